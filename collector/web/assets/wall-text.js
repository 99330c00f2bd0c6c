// SPDX-License-Identifier: GPL-3.0-or-later
// Words, numbers and times of the wall in the reader's language, which the page brought along; and
// texts that are made to fit.

const words = document.body.dataset;
const SMALLEST = 0.5; // of its size, to which a text may shrink
const STEP = 0.05;
const VOWELS = 'aeıiouöüəаеёиоуыэюяAEIİOUÖÜƏАЕЁИОУЫЭЮЯ';
const SYLLABLE = new RegExp(`(?<=\\p{L}{3})(?=(?![${VOWELS}])\\p{L}[${VOWELS}]\\p{L}{2})`, 'gu');

// A word of ours; %s stands for what is put in.
export function say(name, value = '') {
  const key = `say-${name}`.replace(/-(.)/g, (_, c) => c.toUpperCase());
  return (words[key] ?? name).replace('%s', () => value);
}

// A number with the language's decimal sign.
export function number(value, decimals) {
  return value.toFixed(decimals).replace('.', words.point).replace('-', '−');
}

// "14:02:05", local time of the site.
export function clock(ms, offsetMs) {
  return ms > 0 ? new Date(ms + offsetMs).toISOString().slice(11, 19) : '–';
}

// "12 s", "3 min 20 s", "3 h 4 min": two units at most.
export function age(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} ${say('seconds')}`;
  if (s < 3600) {
    const rest = s < 600 ? ` ${s % 60} ${say('seconds')}` : '';
    return `${Math.floor(s / 60)} ${say('minutes')}${rest}`;
  }
  if (s < 86400) return `${Math.floor(s / 3600)} ${say('hours')} ${Math.floor(s / 60) % 60} ${say('minutes')}`;
  return `${Math.floor(s / 86400)} ${say('days')} ${Math.floor(s / 3600) % 24} ${say('hours')}`;
}

// The same by its greatest unit only: "3 min".
export function shortAge(ms) {
  return age(ms).split(' ').slice(0, 2).join(' ');
}

// "4:05" of a countdown.
export function countdown(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s >= 3600) return `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

// A copy of the template's element.
export function fill(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

// Sets a text, and touches the page only if it is another.
export function show(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

// A long word with the places where it may be parted: before a consonant that a vowel follows, as
// Azerbaijani and Russian do it.
export function soften(text) {
  return text.replace(/\p{L}{9,}/gu, (word) => word.replace(SYLLABLE, '\u00ad'));
}

// Whether all of the text is seen. A font's lines may be higher than those it is given, without ink.
function isWhole(el) {
  if (el.clientWidth === 0) return el.scrollWidth === 0; // of what is in a line there is no width
  const spare = 1 + 0.16 * parseFloat(getComputedStyle(el).fontSize);
  return el.scrollWidth <= el.clientWidth + 1 && el.scrollHeight <= el.clientHeight + spare;
}

// Makes a box's letters smaller until all of its texts are seen, as far as they may be; whether they
// are.
export function fitWhole(box, els, least) {
  box.style.fontSize = '';
  for (let size = 1; ; size -= STEP) {
    if (size < 1) box.style.fontSize = `${size.toFixed(2)}em`;
    if ([box, ...els].every(isWhole)) return true;
    if (size - STEP < least - 0.001) return false;
  }
}

// Makes a name smaller until all of it is seen, as far as it may be; then its middle is left out, or
// of a sentence its end.
export function fitName(el, text, least, tail = 0.5) {
  show(el, text);
  el.classList.remove('split');
  if (fitWhole(el, [], least)) return;
  if (el.scrollWidth > el.clientWidth + 1) el.classList.add('split');
  for (let kept = text.length - 2; kept >= 4 && !isWhole(el); kept--) {
    const end = text.length - Math.floor(kept * tail);
    show(el, `${text.slice(0, Math.ceil(kept * (1 - tail))).trimEnd()}…${text.slice(end).trimStart()}`);
  }
}

// Makes the text of an element smaller until all of it is seen.
export function fit(el, key = el.textContent) {
  const want = `${key}|${el.clientWidth}|${el.clientHeight}`;
  if (el.fitted === want) return;
  fitWhole(el, [], SMALLEST);
  el.fitted = `${key}|${el.clientWidth}|${el.clientHeight}`;
}
