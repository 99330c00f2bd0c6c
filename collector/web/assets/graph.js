// SPDX-License-Identifier: GPL-3.0-or-later
// All graphs of a page: the time they share, the cursor they share, which of them are seen and so
// are read, the address that says all of it, and the tail that goes on while the end is now.
//
// The figures come from the server (collector/web/pages/plot.c). dygraphs is loaded when there is
// one to draw.

import {Plot, make} from './plot.js';
import {Clock, Words} from './scale.js';

const COMPARE_MS = {day: 86400000, week: 7 * 86400000, month: 28 * 86400000};
const MAX_SERIES = 8; // of one request
const LEAST_SPAN_MS = 30000;
const MOST_SPAN_MS = 20 * 366 * 86400000;
const MARKS_MS = 30000;
const TURN_MS = 1000;
const SETTLE_MS = 150;

// "6h" in ms.
function lengthOf(last) {
  const found = /^(\d+)(s|min|h|d)$/.exec(last);
  const of = {s: 1000, min: 60000, h: 3600000, d: 86400000};
  return found ? Number(found[1]) * of[found[2]] : null;
}

// An answer of the API, or an error with what it says.
async function ask(url, signal) {
  const answer = await fetch(url, {signal, headers: {Accept: 'application/json'}});
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error?.message ?? body.message ?? String(answer.status));
  return body;
}

// Loads dygraphs, once.
let library = null;
function dygraphs(url) {
  library ??= new Promise((resolve, reject) => {
    const script = make('script');
    script.src = url;
    script.addEventListener('load', () => {
      // Its legend wants inline styles; ours stands below the drawing.
      window.Dygraph.PLUGINS = window.Dygraph.PLUGINS.filter((P) => !/Legend/.test(P.prototype.toString()));
      resolve();
    });
    script.addEventListener('error', () => reject(new Error('dygraphs')));
    document.head.append(script);
  });
  return library;
}

class Graphs {
  #plots = new Map(); // by figure
  #dirty = new Set(); // seen or not, what they show is not this time's
  #seen = new Set();
  #abort = new AbortController();
  #due = 0;
  #marksDue = 0;
  #busy = false;
  #settling = 0;

  constructor(root) {
    const d = root.dataset;
    this.root = root;
    this.words = new Words(JSON.parse(d.words));
    this.clock = new Clock(d.zone, this.words);
    this.compare = d.compare;
    this.last = lengthOf(d.last) === null ? '' : d.last;
    this.nodes = d.nodes.split(' ').filter(Boolean);
    this.skew = Number(d.now) - Date.now(); // the collector's clock is what counts
    this.from = 1000 * Number(d.from);
    this.to = 1000 * Number(d.to);
    this.marks = [];
    this.watch = new IntersectionObserver((entries) => this.#look(entries), {rootMargin: '200px'});
    this.#bar();
    this.adopt();
    this.timer = setInterval(() => this.#turn(), TURN_MS);
    for (const on of ['dark', 'light']) {
      matchMedia(`(prefers-color-scheme: ${on})`).addEventListener('change', () => this.#repaint());
    }
    new MutationObserver(() => this.#repaint()).observe(document.documentElement, {attributeFilter: ['data-theme']});
  }

  // The collector's clock now.
  now() {
    return Date.now() + this.skew;
  }

  // Takes up figures that are new.
  adopt() {
    for (const figure of this.root.querySelectorAll('figure.plot')) {
      if (this.#plots.has(figure)) continue;
      const plot = new Plot(figure, this);
      this.#plots.set(figure, plot);
      this.#dirty.add(plot);
      this.watch.observe(figure);
    }
  }

  #repaint() {
    for (const plot of this.#plots.values()) plot.repaint();
  }

  // The buttons, spans and the form.
  #bar() {
    const acts = this.root.querySelector('.moves');
    acts.hidden = false;
    acts.addEventListener('click', (e) => {
      const act = e.target.closest('button')?.dataset.act;
      const span = this.to - this.from;
      if (act === 'back') this.move(-span / 2);
      else if (act === 'forth') this.move(span / 2);
      else if (act === 'in') this.zoom(0.5);
      else if (act === 'out') this.zoom(2);
      else if (act === 'live') this.follow(this.last || `${Math.round(span / 1000)}s`);
    });
    this.root.querySelector('.spans').addEventListener('click', (e) => {
      const last = e.target.closest('a')?.dataset.last;
      if (!last || e.ctrlKey || e.metaKey || e.shiftKey) return;
      e.preventDefault();
      this.follow(last);
    });
    this.form = this.root.querySelector('form.own');
    this.form.addEventListener('submit', (e) => {
      e.preventDefault();
      const [from, to] = ['begin', 'end'].map((n) => this.clock.fromField(this.form.elements[n].value));
      if (from !== null && to !== null && to > from) this.show(from, to);
    });
    this.form.elements.compare.addEventListener('change', (e) => {
      this.compare = e.target.value;
      this.#changed();
    });
  }

  // Shows the time up to now, and goes on with it.
  follow(last) {
    this.last = last;
    this.to = this.now();
    this.from = this.to - lengthOf(last);
    this.#changed();
  }

  // Shows a time of the past.
  show(from, to) {
    const middle = (from + to) / 2;
    const span = Math.min(MOST_SPAN_MS, Math.max(LEAST_SPAN_MS, to - from));
    this.last = '';
    this.to = Math.min(middle + span / 2, this.now());
    this.from = this.to - span;
    this.#changed();
  }

  // Earlier or later.
  move(ms) {
    this.show(this.from + ms, this.to + ms);
  }

  // A longer or shorter time about the same middle; up to now stays up to now.
  zoom(factor) {
    const span = (this.to - this.from) * factor;
    if (this.last && factor > 0) return this.follow(`${Math.max(60, Math.round(Math.min(span, MOST_SPAN_MS) / 1000))}s`);
    const middle = (this.from + this.to) / 2;
    this.show(middle - span / 2, middle + span / 2);
  }

  // The cursor, on all figures.
  point(ms) {
    for (const plot of this.#seen) plot.point(ms);
  }

  // Another time, or another comparison: all is read anew, and the address says it.
  #changed() {
    this.#tellAddress();
    for (const plot of this.#plots.values()) this.#dirty.add(plot);
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#marksDue = 0;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#read(), SETTLE_MS);
  }

  // The parameters of the time.
  #time() {
    const time = this.last ? {last: this.last}
      : {from: Math.floor(this.from / 1000), to: Math.ceil(this.to / 1000)};
    return this.compare ? {...time, compare: this.compare} : time;
  }

  // Address, choice of spans, form, links of the figures.
  #tellAddress() {
    const url = new URL(location.href);
    for (const name of ['last', 'from', 'to', 'begin', 'end', 'compare']) url.searchParams.delete(name);
    for (const [k, v] of Object.entries(this.#time())) url.searchParams.set(k, v);
    history.replaceState(history.state, '', decodeURIComponent(url.pathname) + url.search.replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%2C', ','));
    for (const a of this.root.querySelectorAll('.spans a')) {
      if (a.dataset.last === this.last) a.setAttribute('aria-current', 'true');
      else a.removeAttribute('aria-current');
    }
    for (const a of document.querySelectorAll('figure.plot figcaption a, .graphhead a[href^="/graph"]')) {
      const link = new URL(a.href);
      for (const name of ['last', 'from', 'to', 'compare']) link.searchParams.delete(name);
      for (const [k, v] of Object.entries(this.#time())) link.searchParams.set(k, v);
      a.href = link.pathname + link.search;
    }
    this.form.elements.begin.value = this.clock.field(this.from);
    this.form.elements.end.value = this.clock.field(this.to);
  }

  // What comes into view is read.
  #look(entries) {
    for (const e of entries) {
      const plot = this.#plots.get(e.target);
      if (e.isIntersecting) this.#seen.add(plot);
      else this.#seen.delete(plot);
    }
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#read(), 20);
  }

  // Figures in groups that one request can answer: of one step, of so many series.
  #groups(plots) {
    const groups = [];
    for (const plot of plots) {
      const step = plot.figure.dataset.step, wide = plot.area.clientWidth;
      let g = groups.find((x) => x.step === step && x.wide === wide &&
        x.series + plot.selectors.length <= MAX_SERIES);
      if (!g) groups.push(g = {step, wide, series: 0, plots: []});
      g.series += plot.selectors.length;
      g.plots.push(plot);
    }
    return groups;
  }

  // Values of a group.
  #values(group, from, to, more) {
    const series = group.plots.flatMap((p) => p.selectors).map((s) => `series=${encodeURIComponent(s)}`).join('&');
    return ask(`/api/v1/values?${series}&from=${Math.max(1, Math.floor(from / 1000))}&to=${Math.ceil(to / 1000)}&${more}`, this.#abort.signal);
  }

  // Reads all that is seen and not of this time.
  async #read() {
    const wanted = [...this.#seen].filter((p) => this.#dirty.has(p));
    if (wanted.length === 0) return;
    wanted.forEach((p) => this.#dirty.delete(p));
    const {signal} = this.#abort;
    if (this.last) {
      this.to = this.now();
      this.from = this.to - lengthOf(this.last);
    }
    if (Date.now() >= this.#marksDue) this.#readMarks();
    try {
      await dygraphs(this.root.dataset.dygraph);
      await Promise.all(this.#groups(wanted).map((g) => this.#readGroup(g)));
    } catch (e) {
      if (signal.aborted) return;
      wanted.forEach((p) => p.fail(e.message));
    }
    this.#due = Date.now() + this.#pace();
  }

  // One group, with what was then beside it.
  async #readGroup(group) {
    const {signal} = this.#abort;
    const points = `points=${Math.round(Math.min(1200, Math.max(150, group.wide / 1.5)))}`;
    const span = [this.from, this.to];
    const shift = COMPARE_MS[this.compare] ?? 0;
    try {
      const [now, before] = await Promise.all([this.#values(group, ...span, points),
        shift ? this.#values(group, span[0] - shift, span[1] - shift, points).catch(() => null) : null]);
      for (const plot of group.plots) {
        plot.show(now, before, shift, span);
        plot.mark(this.marks);
      }
    } catch (e) {
      if (!signal.aborted) group.plots.forEach((p) => p.fail(e.message));
    }
  }

  // How long until the tail is asked for again: a row of the finest that is seen.
  #pace() {
    const steps = [...this.#seen].map((p) => p.answer?.step_s ?? 10);
    return 1000 * Math.min(60, Math.max(2, Math.min(...steps, 60)));
  }

  // Once a second: is anything due?
  #turn() {
    if (!this.root.isConnected) return this.end();
    if (document.hidden || !this.last || this.#busy || Date.now() < this.#due || this.#seen.size === 0) return;
    this.#busy = true;
    this.#tail().finally(() => {
      this.#busy = false;
      this.#due = Date.now() + this.#pace();
    });
  }

  // What came since, for all that is seen; with a comparison all anew.
  async #tail() {
    this.to = this.now();
    this.from = this.to - lengthOf(this.last);
    if (Date.now() >= this.#marksDue) this.#readMarks();
    const shown = [...this.#seen].filter((p) => p.answer && !this.#dirty.has(p));
    for (const group of this.#groups(shown)) {
      if (this.compare) {
        await this.#readGroup(group);
        continue;
      }
      const {step_s: step} = group.plots[0].answer;
      const from = this.#known(group) - 3000 * step;
      const answer = await this.#values(group, from, this.to, `step=${step}&points=1200`).catch(() => null);
      if (!answer) return;
      group.plots.forEach((p) => {
        p.tail_ms = 1000 * answer.end_s;
        if (!p.extend(answer, [this.from, this.to])) this.#dirty.add(p);
      });
    }
    if ([...this.#seen].some((p) => this.#dirty.has(p))) await this.#read();
  }

  // Up to when the values of a group are known.
  #known(group) {
    return Math.min(...group.plots.map((p) => p.tail_ms ?? 1000 * p.answer.end_s));
  }

  // Reads what is to be shaded.
  async #readMarks() {
    this.#marksDue = Date.now() + MARKS_MS;
    const {signal} = this.#abort;
    const nodes = this.nodes.map((n) => `node=${encodeURIComponent(n)}`).join('&');
    try {
      const answer = await ask(`/api/v1/marks?${nodes}&from=${Math.floor(this.from / 1000)}&to=${Math.ceil(this.to / 1000)}`, signal);
      this.marks = this.#marksOf(answer);
    } catch {
      return; // graphs without shades are better than none
    }
    for (const plot of this.#plots.values()) plot.mark(this.marks);
  }

  // Marks of an answer in words.
  #marksOf({incidents, silences, planned, reasons}) {
    const say = (...w) => this.words.say(...w);
    return [
      ...incidents.map((i) => ({
        kind: 'incident', severity: i.severity, from: i.opened_ms, to: i.closed_ms, href: `/incident/${i.id}`,
        // Causes are kept in English; in other languages the incident's page has them.
        text: `${say('incident', i.id)}, ${say(i.severity)}${this.words.lang === 'en' ? `: ${i.cause}` : ''}`,
      })),
      ...[...silences, ...planned].map((s) => ({
        kind: s.kind, from: s.starts_ms, to: s.ends_ms, text: `${say(s.kind)}: ${s.reason} (${s.author})`,
      })),
      ...reasons.map((r) => ({
        kind: 'reason', node: r.node, from: r.from_ms, to: r.to_ms, href: r.incident ? `/incident/${r.incident}` : undefined,
        text: r.because ? say('gap-because', r.node, r.because) : say(`gap-${r.kind}`, r.node),
      })),
    ];
  }

  // The page is another.
  end() {
    clearInterval(this.timer);
    this.watch.disconnect();
    this.#abort.abort();
    for (const plot of this.#plots.values()) plot.end();
  }
}

// The list that fills while one types what to add.
function picker(form) {
  const input = form.querySelector('input[type=search]');
  const list = form.querySelector('datalist');
  if (input === null || list === null) return; // a form of another kind
  let timer = 0;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const {found} = await ask(`/api/v1/series/find?q=${encodeURIComponent(input.value)}`).catch(() => ({found: []}));
      list.replaceChildren(...found.map((f) => {
        const option = make('option');
        option.value = f.id;
        option.label = `${f.title} · ${f.label}`;
        return option;
      }));
    }, SETTLE_MS);
  });
}

// Fields that a word leaves, on a node with many.
function filter(input) {
  const blocks = [...document.querySelectorAll('[data-find]')];
  input.closest('form').addEventListener('submit', (e) => e.preventDefault());
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const b of blocks) b.hidden = !words.every((w) => b.dataset.find.toLowerCase().includes(w));
    for (const d of document.querySelectorAll('details.source')) {
      const any = [...d.querySelectorAll('[data-find]')].some((b) => !b.hidden);
      d.hidden = !any;
      if (words.length > 0 && any) d.open = true;
    }
  });
}

// Takes up what the page has now.
let graphs = null;
function begin() {
  const root = document.querySelector('.graphs');
  if (root && graphs?.root !== root) {
    graphs?.end();
    graphs = new Graphs(root);
  } else if (root) {
    graphs.adopt();
  }
}

begin();
document.querySelectorAll('form.picker:has(datalist)').forEach(picker);
document.querySelectorAll('input.filter').forEach(filter);
new MutationObserver(begin).observe(document.querySelector('main'), {childList: true, subtree: true});

// Ready-made graphs stand below one's own: they come when the rest is there.
if (document.getElementById('ready') !== null) setTimeout(() => import('./ready.js'), 1500);
