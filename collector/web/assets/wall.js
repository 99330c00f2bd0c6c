// SPDX-License-Identifier: GPL-3.0-or-later
// The wall display: keeps the pieces of the topic "wall" (collector/web/wall.h) on the screen. What is
// drawn is made anew only where a piece changed; once a second the ages are. Everything is kept by
// the names of pieces that are there now, so that nothing grows however long it runs.
import {follow} from './live.js';
import {say, fill, fit, fitName, fitWhole, show, age, clock, countdown, number} from './wall-text.js';
import {Tiles} from './wall-tile.js';
import {ZonePanels} from './wall-zone.js';
import {Sound} from './wall-sound.js';

const SHIFT_MS = 15 * 60000; // between two moves against burn-in
const SHIFTS = [[0, 0], [3, 0], [4, 2], [3, 4], [0, 5], [-3, 4], [-4, 2], [-3, 0]];
const RELOAD_MS = 60000; // a refused page whose address has a token asks for itself again
const TICK_MS = 1000;

const BATTERY_WARM = 30; // °C
const FAR_M = 4.5;
const LINES = 5; // of incidents, at most
const MOST_LINKS = 48; // that have a tile each

const root = document.documentElement;
const byId = (id) => document.getElementById(id);

let pieces = new Map();
let dirty = new Set();
let drawing = 0;
let stream = {state: 'late', last_ms: 0, now_ms: 0, why: ''};
let offsetMs = 0; // of the site's local time
let heardAt = 0;
let lostSince = 0;

const zones = new ZonePanels(byId('zones'));
const links = new Tiles(byId('links').querySelector('ul'));
const plant = new Tiles(byId('plant'));
const sound = new Sound(byId('sound'));

// What the collector's clock says now.
const now = () => (stream.now_ms === 0 ? 0 : stream.now_ms + (performance.now() - heardAt));

// All pieces of a kind, by name, in their order.
function ofKind(kind) {
  const found = [];
  for (const [key, piece] of pieces) {
    if (key.startsWith(`${kind}.`)) found.push([key.slice(kind.length + 1), piece]);
  }
  return found.sort((a, b) => a[1].place - b[1].place);
}

// Notes that a kind is to be drawn at the next frame.
function note(key) {
  const end = key.indexOf('.');
  dirty.add(end < 0 ? key : key.slice(0, end));
  // A timer, not a frame: a screen that is not looked at keeps up as well.
  if (drawing === 0) drawing = setTimeout(draw, 30);
}

// Draws what changed.
function draw() {
  const what = dirty;
  drawing = 0;
  dirty = new Set();
  if (what.has('site')) drawSite(pieces.get('site'));
  if (what.has('zone') || what.has('node')) zones.draw(ofKind('zone'), ofKind('node'));
  if (what.has('node')) plant.draw(ofKind('node').filter(([, n]) => n.zone === null));
  if (what.has('trend') || what.has('zone')) zones.drawTrends(pieces);
  if (what.has('link')) drawLinks();
  if (what.has('power')) drawPower(ofKind('power'));
  if (what.has('incident') || what.has('site')) drawIncidents(ofKind('incident'));
  tick();
}

// The links, in rows as long as their number wants.
function drawLinks() {
  const all = ofKind('link');
  const rows = all.length > 36 && all.length <= MOST_LINKS ? 4 : all.length > 10 ? 3 : 2;
  const columns = all.length > MOST_LINKS ? 8 : Math.max(Math.ceil(all.length / rows), 5);
  byId('links').hidden = all.length === 0;
  links.draw(all, columns, rows);
}

// The top strip but for what ages.
function drawSite(site) {
  if (site === undefined) return;
  offsetMs = site.offset_min * 60000;
  show(byId('site').lastElementChild, site.title);
  byId('site').firstElementChild.dataset.state = site.state;
  drawCounts(site.counts);
  drawNotes(site);
  fit(byId('site').lastElementChild, `${site.title}|${byId('counts').clientWidth}`);
  const [it, pue] = byId('energy').querySelectorAll('div');
  it.hidden = site.it_kw === null;
  pue.hidden = site.pue === null;
  if (site.it_kw !== null) show(it.querySelector('dd'), `${number(site.it_kw, 1)} ${say('kw')}`);
  if (site.pue !== null) show(pue.querySelector('dd'), number(site.pue, 2));
}

// How many nodes are in each state: those that are not well always have their place.
function drawCounts(counts) {
  const states = ['critical', 'warning', 'no-data', 'never-seen', 'ok'];
  const list = byId('counts');
  if (list.children.length === 0) {
    list.replaceChildren(...states.map((state) => {
      const li = document.createElement('li');
      li.dataset.state = state;
      li.append(sign(state), document.createElement('b'), document.createElement('span'));
      li.lastChild.textContent = say(state);
      return li;
    }));
  }
  for (const li of list.children) {
    const n = counts[li.dataset.state];
    show(li.children[1], String(n));
    li.classList.toggle('none', n === 0);
    li.hidden = li.dataset.state === 'never-seen' && n === 0;
  }
}

// A sign as an element.
function sign(state) {
  const i = document.createElement('i');
  i.className = 'sign';
  i.dataset.state = state;
  return i;
}

// A note of the top strip.
function noteOf(className, text, state) {
  const li = document.createElement('li');
  li.className = className;
  if (state) li.append(sign(state));
  li.append(document.createTextNode(text));
  return li;
}

// Maintenance, mail, the store.
function drawNotes(site) {
  const notes = [];
  if (!site.stores) notes.push(noteOf('critical', say('store-dead'), 'critical'));
  if (site.mail.off) notes.push(noteOf('warning', say('mail-off'), 'warning'));
  else if (site.mail.waiting > 0) {
    notes.push(noteOf('warning', `${say('mail-waiting')}: ${site.mail.waiting}`, 'warning'));
  } else notes.push(noteOf('quiet', say('mail-ok')));
  for (const m of site.maintenance) {
    const until = m.until_ms > 0 ? ` → ${clock(m.until_ms, offsetMs).slice(0, 5)}` : '';
    notes.push(noteOf('maintenance', `${say('maintenance')}: ${m.what}${until}`, 'maintenance'));
  }
  const others = site.silences - site.maintenance.length;
  if (others > 0) notes.push(noteOf('maintenance', `${say('silence')}: ${others}`, 'maintenance'));
  byId('notes').replaceChildren(...notes);
  fit(byId('notes'));
}

// Each UPS: source, what is left, load.
function drawPower(all) {
  const list = byId('supplies');
  const had = new Map([...list.children].map((li) => [li.dataset.name, li]));
  list.replaceChildren(...all.map(([name, ups]) => {
    const li = had.get(name) ?? fill('t-ups');
    const away = ups.source && ups.source !== 'mains' && ups.state === 'ok';
    li.dataset.name = name;
    li.dataset.state = ups.muted === 'maintenance' ? 'maintenance' : away ? 'warning' : ups.state;
    li.dataset.source = ups.source ?? '';
    li.classList.toggle('fresh', ups.acked === false);
    li.querySelector('.sign').dataset.state = li.dataset.state;
    show(li.querySelector('.name'), name);
    show(li.querySelector('.source'), ups.source ? say(ups.source) : say(ups.state));
    show(li.querySelector('.runtime small'), ups.runtime_min == null ? '' : say('runtime'));
    show(li.querySelector('.runtime b'),
      ups.runtime_min == null ? '' : `${ups.runtime_min} ${say('minutes')}`);
    return li;
  }));
  for (const li of list.children) {
    fit(li.querySelector('.source'));
    fitFigures(li.querySelector('.figures'), figures(pieces.get(`power.${li.dataset.name}`)));
  }
}

// As many of a UPS's figures as have room, the most telling first.
function fitFigures(el, parts) {
  for (let n = parts.length; n >= 0; n--) {
    show(el, parts.slice(0, n).join(' · '));
    if (fitWhole(el, [], 0.8)) return;
  }
}

// "load 35 %", "charge 100 %", "4,2 kW".
function figures(ups) {
  if (!ups.source) return [];
  const parts = [];
  if (ups.load !== null) parts.push(`${say('load')} ${ups.load} %`);
  if (ups.charge !== null) parts.push(`${say('charge')} ${ups.charge} %`);
  if (ups.battery_temp !== null && ups.battery_temp > BATTERY_WARM) parts.push(`${ups.battery_temp} °C`);
  if (ups.kw !== null) parts.push(`${number(ups.kw, 1)} ${say('kw')}`);
  return parts;
}

// The worst incidents, as large as their number lets them be, and how many more there are.
function drawIncidents(all) {
  const box = byId('incidents');
  const list = box.querySelector('ol');
  const had = new Map([...list.children].map((li) => [li.dataset.name, li]));
  const site = pieces.get('site');
  const open = site ? site.incidents.open : all.length;
  const shown = all.slice(0, LINES);
  box.dataset.lines = shown.length;
  list.replaceChildren(...shown.map(([id, incident]) => drawIncident(had.get(id) ?? fill('t-incident'), id, incident)));
  box.classList.toggle('calm', open === 0);
  show(byId('more'), open === 0 ? say('calm')
    : open > shown.length ? say('more', String(open - shown.length)) : '');
  sound.follow(all.filter(([, i]) => i.state === 'critical' && !i.acked).map(([id]) => id));
  tickIncidents();
  for (const li of list.children) {
    for (const el of li.querySelectorAll('.word, .head')) fit(el);
    fitName(li.querySelector('.detail'), pieces.get(`incident.${li.dataset.name}`).detail, 0.7, 0);
  }
}

// One: what it is, where, since when, and who has it.
function drawIncident(li, id, incident) {
  li.dataset.name = id;
  li.dataset.state = incident.state;
  li.dataset.since = incident.since_ms;
  li.dataset.heats = incident.heats ?? '-';
  li.classList.toggle('acked', incident.acked);
  li.querySelector('.sign').dataset.state = incident.state;
  show(li.querySelector('.word'), say(incident.state));
  show(li.querySelector('.place'), incident.zone);
  show(li.querySelector('.title'), incident.title);
  show(li.querySelector('time'), clock(incident.since_ms, offsetMs).slice(0, 5));
  show(li.querySelector('.owner'), incident.acked ? `✔ ${incident.author}` : say('nobody'));
  return li;
}

// What is left of the time until the incident's zone is too hot; '': nothing is foreseen.
function leftOf(li, at) {
  const zone = pieces.get(`zone.${li.dataset.heats}`);
  if (!zone?.left || zone.left.reached) return '';
  const name = number(zone.limit, zone.limit % 1 === 0 ? 0 : 1);
  return `${say('limit-in', name)} ${countdown(zone.left.at_ms - at)}`;
}

// The ages of the incidents; where a countdown comes or goes there is other room.
function tickIncidents() {
  const at = lostSince !== 0 ? lostSince : now();
  for (const li of byId('incidents').querySelector('ol').children) {
    const soon = li.querySelector('.soon');
    const left = leftOf(li, at);
    if (left.length !== soon.textContent.length) note('incident');
    show(soon, left);
    show(li.querySelector('.age'), age(at - Number(li.dataset.since)));
  }
}

// What changes by itself: the clock, ages, the band.
function tick() {
  // What nobody confirms does not run on.
  const at = lostSince !== 0 ? lostSince : now();
  if (at === 0) return band();
  show(byId('clock'), clock(at, offsetMs));
  zones.tick(at, pieces.get('seen') ?? {});
  links.tick(at);
  plant.tick(at);
  tickIncidents();
  zones.drawTrends(pieces);
  drawAge(at);
  band();
}

// The age of what is known of the zone that is heard of least.
function drawAge(at) {
  let oldest = 0;
  if (lostSince !== 0) at = now();
  for (const seen of Object.values(pieces.get('seen') ?? {})) {
    oldest = Math.max(oldest, seen === 0 ? Infinity : at - seen);
  }
  const old = oldest > 30000 || stream.state === 'lost';
  show(byId('oldest'), Number.isFinite(oldest) ? age(oldest) : '–');
  byId('age').classList.toggle('old', old);
}

// The band over the top strip when there is no stream.
function band() {
  const el = byId('band');
  const lost = stream.state === 'lost' || stream.state === 'signed-out';
  const never = stream.last_ms === 0;
  root.classList.toggle('lost', lost && !never);
  root.classList.toggle('empty', never);
  el.hidden = !lost && !never;
  if (el.hidden) return;
  el.replaceChildren(sign('critical'), document.createTextNode(bandText(never)));
}

// What the band says.
function bandText(never) {
  if (stream.state === 'signed-out') return say('refused');
  if (never) return `${say('connecting')} …`;
  const since = clock(lostSince, offsetMs);
  return `${say('lost', since)} · ${age(now() - lostSince)} · ${say('lost-data')}`;
}

// Moves the whole by a few pixels, so that nothing burns in.
function shift() {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches ? 4 : 1;
  const [x, y] = SHIFTS[Math.floor(Date.now() / (SHIFT_MS * calm)) % SHIFTS.length];
  byId('wall').style.translate = `calc(${x} * var(--px)) calc(${y} * var(--px))`;
}

// A page that was signed out and has its token in the address asks for itself again, whole: the
// token may have been made anew, and the page with it.
function reloadIfRefused() {
  if (stream.state === 'signed-out' && new URLSearchParams(location.search).has('token')) {
    location.reload();
  }
}

// The stream's news.
function status(how) {
  const was = stream.state;
  stream = how;
  heardAt = performance.now();
  if (how.state === 'lost' || how.state === 'signed-out') {
    if (lostSince === 0) lostSince = how.last_ms || how.now_ms;
  } else lostSince = 0;
  if (was !== how.state) {
    root.dataset.stream = how.state;
    tick();
  }
  beat();
}

// Lets the heart beat, which shows that the page itself lives.
function beat() {
  if (stream.state === 'live') byId('heart').classList.toggle('on');
}

root.style.setProperty('--d', document.body.dataset.distance);
root.classList.toggle('far', Number(document.body.dataset.distance) > FAR_M);
follow(`wall:${document.body.dataset.lang}`, {
  full(all) {
    pieces = all;
    for (const kind of ['site', 'zone', 'node', 'trend', 'link', 'power', 'incident']) note(kind);
  },
  set: (key) => note(key),
  drop: (key) => note(key),
  status,
}, {hidden: true});
setInterval(tick, TICK_MS);
setInterval(reloadIfRefused, RELOAD_MS);
setInterval(shift, SHIFT_MS / 3);
shift();
addEventListener('resize', () => {
  zones.resize();
  for (const kind of ['zone', 'trend', 'link', 'incident']) note(kind);
});
document.fonts?.ready.then(() => {
  zones.resize();
  for (const kind of ['zone', 'trend', 'link', 'incident']) note(kind);
});
