// SPDX-License-Identifier: GPL-3.0-or-later
// How graphs say numbers and times: units as lib/units.c writes them, the reader's words and decimal
// sign, and the site's local time, whatever zone the browser is in.

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const SCALED = {
  By: ['B', 1024, BINARY], bit: ['bit', 1000, DECIMAL], Hz: ['Hz', 1000, DECIMAL],
  W: ['W', 1000, DECIMAL], 1: ['', 1000, DECIMAL], '': ['', 1000, DECIMAL],
};
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200];
const DAYS = [1, 2, 7, 14];
const MONTHS = [1, 3, 6, 12, 24];
const DAY_MS = 86400000;

// Two digits.
const two = (n) => String(n).padStart(2, '0');

// Decimals that leave about three digits that count.
function decimals(v) {
  const a = Math.abs(v);
  if (a >= 100) return 0;
  if (a >= 10) return 1;
  return a >= 0.1 || a === 0 ? 2 : 4;
}

// What a page says, in its language.
export class Words {
  constructor({lang, sign, say, months, units}) {
    Object.assign(this, {lang, sign, texts: say, months, units});
  }

  // A text with its values.
  say(key, ...values) {
    let i = 0;
    return (this.texts[key] ?? key).replace(/%(?:(\d)\$)?s/g, (_, n) => values[n ? n - 1 : i++] ?? '');
  }

  // A number with so many decimals, less the zeros at its end.
  number(v, places = decimals(v)) {
    let text = v.toFixed(places);
    if (text.includes('.')) text = text.replace(/\.?0+$/, '');
    return (text === '-0' ? '0' : text).replace('.', this.sign).replace('-', '−');
  }

  // A value with its unit, UCUM-like, as a field has it ("By/s", "Cel").
  value(v, unit) {
    if (v === null || v === undefined || Number.isNaN(v)) return '–';
    const per = unit.endsWith('/s') ? '/s' : '';
    const plain = per ? unit.slice(0, -2) : unit;
    if (unit === 's' || unit === 'ms') return this.#seconds(unit === 'ms' ? v / 1000 : v);
    if (SCALED[plain]) return this.#scaled(v, SCALED[plain], per);
    const sign = plain === 'Cel' ? '°C' : plain.replace(/^\{(.*)\}$/, '$1');
    return this.#join(this.number(v, Math.abs(v) < 1000 ? decimals(v) : 0), sign + per);
  }

  // A value whose unit has greater ones.
  #scaled(v, [sign, base, prefixes], per) {
    let i = 0;
    let bound = sign === '' ? 10 * base : base;
    for (; i + 1 < prefixes.length && Math.abs(v) >= bound; i++) {
      v /= base;
      bound = base;
    }
    const places = i === 0 && base === 1024 && per === '' ? 0 : decimals(v);
    return this.#join(this.number(v, places), prefixes[i] + sign + per);
  }

  // A number and what stands behind it.
  #join(number, unit) {
    return unit === '' ? number : `${number}\u00a0${this.units[unit] ?? unit}`;
  }

  // A length of time by its two greatest units.
  #seconds(v) {
    const a = Math.abs(v);
    if (a > 0 && a < 0.001) return this.#join(this.number(v * 1e6), 'µs');
    if (a > 0 && a < 1) return this.#join(this.number(v * 1e3), 'ms');
    if (a < 60) return this.#join(this.number(v), 's');
    return (v < 0 ? '−' : '') + this.span(a);
  }

  // "3 min 20 s".
  span(s) {
    const parts = [];
    let rest = Math.round(s);
    for (const [unit, of] of [['y', 31536000], ['d', 86400], ['h', 3600], ['min', 60], ['s', 1]]) {
      const n = Math.floor(rest / of);
      rest -= n * of;
      if (n > 0 && parts.length < 2) parts.push(this.#join(String(n), unit));
      else if (parts.length > 0) break;
    }
    return parts.join(' ') || this.#join('0', 's');
  }
}

// The site's local time.
export class Clock {
  #format;
  #offsets = new Map(); // by the hour

  constructor(zone, words) {
    const wanted = {
      year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
      second: '2-digit', hourCycle: 'h23', timeZone: zone,
    };
    this.words = words;
    try {
      this.#format = new Intl.DateTimeFormat('en-GB', wanted);
    } catch { // a zone that browsers do not know by this name
      this.#format = new Intl.DateTimeFormat('en-GB', {...wanted, timeZone: undefined});
    }
  }

  // Milliseconds that local time is ahead of UTC then.
  offset(ms) {
    const hour = Math.floor(ms / 900000);
    let known = this.#offsets.get(hour);
    if (known === undefined) {
      const at = hour * 900000;
      const p = Object.fromEntries(this.#format.formatToParts(at).map((x) => [x.type, Number(x.value)]));
      known = Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - at;
      if (this.#offsets.size > 5000) this.#offsets.clear();
      this.#offsets.set(hour, known);
    }
    return known;
  }

  // Its parts, as those of UTC of a shifted time.
  #local(ms) {
    return new Date(ms + this.offset(ms));
  }

  // The moment at which local clocks show this (as if it were UTC).
  moment(local) {
    const guess = local - this.offset(local);
    return local - this.offset(guess);
  }

  // "22.11.2026 14:03" (en: "2026-11-22 14:03"); with seconds if wanted.
  text(ms, seconds = false) {
    const d = this.#local(ms);
    const day = two(d.getUTCDate()), month = two(d.getUTCMonth() + 1), year = d.getUTCFullYear();
    const date = this.words.lang === 'en' ? `${year}-${month}-${day}` : `${day}.${month}.${year}`;
    return `${date} ${this.time(ms, seconds)}`;
  }

  // "14:03".
  time(ms, seconds = false) {
    const d = this.#local(ms);
    const text = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
    return seconds ? `${text}:${two(d.getUTCSeconds())}` : text;
  }

  // As short as the span shown allows.
  brief(ms, span_ms) {
    return span_ms <= DAY_MS ? this.time(ms, span_ms <= 7200000) : this.text(ms);
  }

  // For an input of the type datetime-local, and back.
  field(ms) {
    return this.#local(ms).toISOString().slice(0, 16);
  }

  fromField(text) {
    const local = Date.parse(`${text}:00Z`);
    return Number.isNaN(local) ? null : this.moment(local);
  }

  // Where an axis has its ticks: [{v, label}].
  ticks(from, to, pixels) {
    const room = Math.max(2, pixels / 85);
    const least = (to - from) / room;
    const step = STEPS_S.find((s) => 1000 * s >= least);
    if (step) return this.#short(from, to, 1000 * step);
    const days = DAYS.find((n) => n * DAY_MS >= least);
    if (days) return this.#byDays(from, to, days);
    const months = MONTHS.find((n) => n * 30 * DAY_MS >= least) ?? MONTHS.at(-1);
    return this.#byMonths(from, to, months);
  }

  // Less than a day apart; midnight is said as its day.
  #short(from, to, step) {
    const ticks = [];
    const begin = Math.ceil((from + this.offset(from)) / step) * step;
    for (let local = begin; ticks.length < 200; local += step) {
      const v = this.moment(local);
      if (v > to) break;
      const midnight = local % DAY_MS === 0;
      ticks.push({v, label: midnight ? this.#day(local) : this.time(v, step < 60000)});
    }
    return ticks;
  }

  // "22 Nov" of a local time.
  #day(local) {
    const d = new Date(local);
    return `${d.getUTCDate()} ${this.words.months[d.getUTCMonth()]}`;
  }

  #byDays(from, to, days) {
    const ticks = [];
    const step = days * DAY_MS;
    const monday = 4 * DAY_MS; // the first one after 1970-01-01
    const begin = Math.ceil((from + this.offset(from) - monday) / step) * step + monday;
    for (let local = begin; ticks.length < 200; local += step) {
      const v = this.moment(local);
      if (v > to) break;
      ticks.push({v, label: this.#day(local)});
    }
    return ticks;
  }

  #byMonths(from, to, months) {
    const ticks = [];
    const first = this.#local(from);
    let index = Math.floor((first.getUTCFullYear() * 12 + first.getUTCMonth()) / months) * months;
    for (; ticks.length < 200; index += months) {
      const year = Math.floor(index / 12), month = index % 12;
      const v = this.moment(Date.UTC(year, month, 1));
      if (v > to) break;
      if (v >= from) ticks.push({v, label: month === 0 ? String(year) : this.words.months[month]});
    }
    return ticks;
  }
}

// Ticks of an axis of numbers; of bytes by powers of two.
export function numberTicks(low, high, pixels, unit, words) {
  const wanted = (high - low) / Math.max(2, pixels / 34);
  if (!(wanted > 0) || !Number.isFinite(wanted)) return [{v: low, label: words.value(low, unit)}];
  const base = unit.startsWith('By') ? 1024 : 1000;
  const scale = unit === 's' ? 1 : base ** Math.floor(Math.log(wanted) / Math.log(base));
  const rest = wanted / scale;
  const power = rest >= 1 ? 10 ** Math.floor(Math.log10(rest)) : 10 ** Math.floor(Math.log10(rest));
  const step = scale * power * [1, 2, 5, 10].find((n) => n * power >= rest * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high && ticks.length < 60; i++) {
    ticks.push({v: i * step, label: words.value(Math.abs(i * step) < step / 1e6 ? 0 : i * step, unit)});
  }
  return ticks;
}
