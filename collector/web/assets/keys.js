// SPDX-License-Identifier: GPL-3.0-or-later
// Keys: "/" searches, "?" explains, "g" and a letter goes to a page, "j" and "k" go through rows,
// Enter opens one. Who needs single keys for something else switches these off in the explanation.

const ROWS = 'main .problem, main table.list tbody tr';
const G_MS = 1500; // for the letter behind "g"

let afterG = 0;

// Whether single keys do anything in this browser.
function isOn() {
  try {
    return localStorage.getItem('zw-keys') !== 'off';
  } catch {
    return true;
  }
}

// Keeps that choice.
function turn(on) {
  try {
    localStorage.setItem('zw-keys', on ? 'on' : 'off');
  } catch {
    // A browser that keeps nothing forgets this too.
  }
}

// Whether a key belongs to what has the focus.
function isTyping(event) {
  const at = event.target;
  return at instanceof Element &&
    at.closest('input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]') !== null;
}

// The row that j and k left at, if it is still there.
const row = () => document.querySelector('main .at');

// Where a row leads: to what it is about, rather than to its zone.
const leads = (r) => r?.querySelector('h2 a[href], td.wide a[href]') ?? r?.querySelector('a[href]');

// Goes one row on or back.
function step(by) {
  const rows = [...document.querySelectorAll(ROWS)].filter((r) => r.offsetParent !== null);
  if (rows.length === 0) return;
  const now = rows.indexOf(row());
  const next = now < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + by, 0), rows.length - 1);
  row()?.classList.remove('at');
  rows[next].classList.add('at');
  rows[next].scrollIntoView({block: 'nearest'});
  leads(rows[next])?.focus({preventScroll: true});
}

// Goes where an entry of the menu leads.
function go(letter) {
  const entry = document.querySelector(`.menu a[data-key="${CSS.escape(letter)}"]`);
  if (entry !== null) location.assign(entry.href);
  return entry !== null;
}

// What a single key does; false: nothing.
function act(key) {
  if (afterG > performance.now()) {
    afterG = 0;
    return go(key);
  }
  if (key === '/') document.querySelector('.search input')?.focus();
  else if (key === '?') explain();
  else if (key === 'g') afterG = performance.now() + G_MS;
  else if (key === 'j') step(1);
  else if (key === 'k') step(-1);
  else if (key === 'Enter' && document.activeElement === document.body) leads(row())?.click();
  else return false;
  return true;
}

// Shows the explanation.
function explain() {
  const dialog = document.getElementById('keys');
  if (dialog === null || dialog.open) return;
  document.getElementById('keys-on').checked = isOn();
  dialog.showModal();
}

// Closes what is unfolded over the page.
function foldUp(but) {
  for (const drop of document.querySelectorAll('details.drop[open]')) {
    if (!drop.contains(but)) drop.open = false;
  }
}

// Begins to listen.
export function startKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      const drop = event.target instanceof Element ? event.target.closest('details.drop[open]') : null;
      foldUp(null);
      drop?.querySelector('summary').focus();
      if (isTyping(event) && event.target.closest('.search')) event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || !isOn()) return;
    if (document.querySelector('dialog[open]') === null && act(event.key)) event.preventDefault();
  });
  document.addEventListener('click', (event) => foldUp(event.target));
  document.getElementById('keys-on')?.addEventListener('change', (event) => turn(event.target.checked));
  for (const button of document.querySelectorAll('.keys-open')) {
    button.hidden = false;
    button.addEventListener('click', explain);
  }
}
