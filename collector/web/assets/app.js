// SPDX-License-Identifier: GPL-3.0-or-later
// What every page does beside its HTML: it renews <main> when its topic changes, lets ages tick,
// says whether it is live, and sends its forms in place. Without it the pages work all the same.
//
//   <body data-live="TOPIC">       the topic of which a change renews <main>
//   <form method="post" data-inline="Done.">   is sent in place; the text is said when it is done
//   data-confirm="Really?"         on a form or its button: asks first
//   <time class="ago" datetime=>   ticks
//   data-keep                      is left alone when the page is renewed
//
// A page's own script hears of a renewal by the event "renewed" on document.
import {follow} from './live.js';
import {startKeys} from './keys.js';

const EVERY_MS = 400; // not more often,
const SHARE = 8; // and not more than this part of the time: a busy collector is asked less
const AT_LEAST_MS = 60000; // for what changes by time alone
const SAID_MS = 6000;

const body = document.body;
const units = (body.dataset.units ?? 's|min|h|d').split('|');
let offset = 0; // of the collector's clock from ours, ms
let version = null; // of the topic
let wanted = false;
let running = false;
let lastRenewal = performance.now();
let took = 0; // ms, the last renewal

// What the collector's clock says.
const wall = () => Date.now() + offset;

// --- renewal ------------------------------------------------------------------------------------

// Whether somebody fills in a form of the page or has something open over it.
function isHeld() {
  const main = document.getElementById('main');
  const at = document.activeElement;
  if (main.contains(at) && at.matches('input:not([type=checkbox]), select, textarea')) return true;
  if (main.querySelector('dialog[open], details.drop[open]') !== null) return true;
  return [...main.querySelectorAll('form[method=post] :is(input, textarea)')].some(
    (f) => f.type !== 'hidden' && f.offsetParent !== null && f.value !== f.defaultValue);
}

// Asks for the page again and takes over what differs.
async function fetchPage() {
  const answer = await fetch(location.href, {cache: 'no-store', headers: {Accept: 'text/html'}});
  if (answer.status === 401) return location.reload();
  if (!answer.ok) return;
  const {morph} = await import('./morph.js'); // a first visit goes without
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const id of ['main', 'site-state']) {
    const [from, to] = [document.getElementById(id), fresh.getElementById(id)];
    if (from !== null && to !== null) keepFocus(() => morph(from, to));
  }
  document.title = fresh.title;
  tick();
  document.dispatchEvent(new CustomEvent('renewed'));
}

// Does something that may move what has the focus.
function keepFocus(act) {
  const at = document.activeElement;
  const row = document.querySelector('main .at');
  act();
  if (at !== document.activeElement && at?.isConnected) at.focus({preventScroll: true});
  if (row?.isConnected) row.classList.add('at');
}

// Renews the page as soon as it may be.
async function renew() {
  if (running || !wanted || document.hidden) return;
  const wait = lastRenewal + Math.max(EVERY_MS, SHARE * took) - performance.now();
  if (wait > 0) return void setTimeout(renew, wait);
  if (isHeld()) return;
  running = true;
  wanted = false;
  lastRenewal = performance.now();
  try {
    await fetchPage();
  } catch {
    wanted = true; // the stream says how it is
  }
  took = Math.min(performance.now() - lastRenewal, AT_LEAST_MS / SHARE);
  running = false;
  if (wanted) setTimeout(renew, EVERY_MS);
}

// Something changed.
function want() {
  wanted = true;
  renew();
}

// --- the sign of life ---------------------------------------------------------------------------

let shown = '';

// Shows how the stream is; a reader is told only when that changes.
function showStatus({state, now_ms: now}) {
  if (state === 'signed-out') return location.reload();
  if (state === 'live' && now > 0) offset = now - Date.now();
  const how = state === 'live' && wanted && isHeld() ? 'held' : state;
  const sign = document.getElementById('live');
  if (sign === null || how === shown) return;
  shown = how;
  sign.className = `live ${how}`;
  sign.textContent = sign.dataset[how] ?? how;
  sign.hidden = false;
  body.classList.toggle('lost', how === 'lost');
}

// --- ages ---------------------------------------------------------------------------------------

// "3 min", "2 h 5 min", "4 d 3 h".
function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const [min, h, d] = [Math.floor(s / 60), Math.floor(s / 3600), Math.floor(s / 86400)];
  if (s < 60) return `${s} ${units[0]}`;
  if (h === 0) return `${min} ${units[1]}`;
  if (d === 0) return `${h} ${units[2]} ${min % 60} ${units[1]}`;
  return `${d} ${units[3]} ${h % 24} ${units[2]}`;
}

// Lets all ages say what they are now.
function tick() {
  for (const time of document.querySelectorAll('time.ago')) {
    const at = Date.parse(time.dateTime.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
    const text = (body.dataset.ago ?? '%s').replace('%s', span(wall() - at));
    if (!Number.isNaN(at) && time.textContent !== text) time.textContent = text;
  }
}

// --- forms --------------------------------------------------------------------------------------

// Says that something is done.
function say(text) {
  const said = document.getElementById('said');
  if (said === null || text === '') return;
  said.textContent = text;
  said.classList.add('on');
  clearTimeout(say.timer);
  say.timer = setTimeout(() => said.classList.remove('on'), SAID_MS);
}

// Says in the form what went wrong.
function complain(form, text) {
  let wrong = form.querySelector('.wrong');
  if (wrong === null) {
    wrong = document.createElement('p');
    wrong.className = 'wrong';
    wrong.setAttribute('role', 'alert');
    form.append(wrong);
  }
  wrong.textContent = text;
}

// What an error's page says.
async function reasonOf(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  return page.querySelector('main p')?.textContent ?? String(answer.status);
}

// Sends a form without leaving the page.
async function send(form, submitter) {
  const data = new URLSearchParams(new FormData(form, submitter));
  const answer = await fetch(form.action, {method: 'POST', body: data, redirect: 'manual'});
  // A redirect means done: where to is a matter of those without a script.
  if (answer.type !== 'opaqueredirect' && !answer.ok) return complain(form, await reasonOf(answer));
  const home = form.closest('article[id], section[id]');
  const done = form.dataset.inline; // the renewal may make another form of it
  form.reset();
  form.querySelector('.wrong')?.remove();
  form.closest('details')?.removeAttribute('open');
  lastRenewal = -EVERY_MS;
  if (body.dataset.live === undefined) return location.reload();
  await fetchPage();
  if (document.activeElement === body && home?.isConnected) home.focus({preventScroll: true});
  say(done);
}

// A form is about to be sent.
function onSubmit(event) {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question !== undefined && !confirm(question)) return event.preventDefault();
  if (event.defaultPrevented || form.dataset.inline === undefined) return;
  event.preventDefault();
  if (form.dataset.busy === 'yes') return;
  form.dataset.busy = 'yes';
  send(form, event.submitter)
    .catch(() => HTMLFormElement.prototype.submit.call(form))
    .finally(() => delete form.dataset.busy);
}

// What unfolds with a field takes the focus there.
function onToggle(event) {
  const {target} = event;
  if (target instanceof HTMLDetailsElement && target.open && target.matches('main .drop')) {
    target.querySelector('input:not([type=hidden]):not([readonly])')?.focus();
  } else if (wanted) {
    renew();
  }
}

startKeys();
tick();
setInterval(tick, 1000);
document.addEventListener('submit', onSubmit);
document.addEventListener('toggle', onToggle, true);
document.addEventListener('focusout', () => setTimeout(renew, EVERY_MS));
document.addEventListener('visibilitychange', () => renew());
if (body.dataset.live) {
  follow(body.dataset.live, {
    set(key, value) {
      if (key !== 'page') return;
      if (version !== null && version !== value.version) want();
      version = value.version;
    },
    status: showStatus,
  });
  setInterval(() => performance.now() - lastRenewal > AT_LEAST_MS && want(), 5000);
}
