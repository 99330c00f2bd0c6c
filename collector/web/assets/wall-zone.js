// SPDX-License-Identifier: GPL-3.0-or-later
// The panels of the zones: air, countdown, cooling units, the last hour, tiles of nodes.
import {say, fill, fit, show, age, shortAge, number, countdown} from './wall-text.js';

const MANY = 24; // tiles of a zone; of more, only those that are not well have names
const STALE_MS = 30000;
const SVG = 'http://www.w3.org/2000/svg';
const GRIDS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 7: 3, 8: 4, 9: 3};

// The state that a tile shows.
const stateOf = (piece) => (piece.muted === 'maintenance' ? 'maintenance' : piece.state);

// A list of tiles: their names, and a number where something is wrong.
export class Tiles {
  #list;
  #items = new Map(); // by name: element and piece

  constructor(list, {columns = 0} = {}) {
    this.#list = list;
    this.columns = columns;
  }

  // all: [name, piece] in order.
  draw(all) {
    const before = this.#items;
    this.#items = new Map();
    for (const [name, piece] of all) {
      const item = before.get(name) ?? {el: fill('t-tile')};
      item.piece = piece;
      this.#items.set(name, item);
      drawTile(item.el, name, piece);
    }
    const els = [...this.#items.values()].map((item) => item.el);
    if (els.length !== this.#list.children.length || els.some((el, i) => el !== this.#list.children[i])) {
      this.#list.replaceChildren(...els);
    }
    if (this.columns > 0) this.#list.style.setProperty('--columns', this.columns);
    this.fit();
  }

  // Lets all names fit.
  fit() {
    for (const {el} of this.#items.values()) {
      if (el.classList.contains('mark')) continue;
      fit(el.children[2]);
      fit(el.children[1], `${el.children[1].textContent}|${el.children[2].textContent !== ''}`);
    }
  }

  // The ages of those of which nothing comes.
  tick(at) {
    for (const {el, piece} of this.#items.values()) {
      if (piece.state === 'no-data' && piece.seen_ms > 0) {
        const value = el.querySelector('.value');
        show(value, shortAge(at - piece.seen_ms));
        fit(value);
      }
    }
  }
}

// What a tile is called: a link by its title, a server by its name, another by the shorter of both.
function nameOf(name, piece) {
  if (piece.server === undefined) return piece.title;
  return piece.server || name.length <= piece.title.length ? name : piece.title;
}

// A tile: sign, name, and the number of what is wrong.
function drawTile(el, name, piece) {
  const state = stateOf(piece);
  el.dataset.state = state;
  el.classList.toggle('fresh', piece.acked === false && state !== 'maintenance');
  el.classList.toggle('server', piece.server !== false);
  el.querySelector('.sign').dataset.state = state;
  show(el.querySelector('.name'), nameOf(name, piece));
  if (piece.state !== 'no-data') show(el.querySelector('.value'), piece.value ?? '');
  el.setAttribute('aria-label', `${piece.title}: ${say(state)} ${piece.value ?? ''}`);
}

// One zone.
class Panel {
  constructor() {
    this.el = fill('t-zone');
    this.tiles = new Tiles(this.el.querySelector('.tiles'));
    this.piece = null;
    this.trend = '';
  }

  // Its piece, and [name, piece] of its nodes.
  draw(piece, nodes) {
    const {el} = this;
    this.piece = piece;
    el.dataset.state = piece.state;
    show(el.querySelector('h2'), piece.title);
    show(el.querySelector('.kw'), piece.kw == null ? '' : `${number(piece.kw, 1)} kW`);
    el.querySelector('header .sign').dataset.state = piece.state;
    show(el.querySelector('.state b'), say(piece.state));
    this.drawAir(piece);
    this.drawUnits(piece.units);
    this.drawTiles(nodes);
  }

  // Inlet, rate, supply, return, dew point.
  drawAir(piece) {
    const {el} = this;
    const known = piece.inlet != null;
    const inlet = el.querySelector('.inlet');
    inlet.dataset.state = !known ? 'none' : piece.inlet > piece.limit ? 'critical'
      : piece.warns !== null && piece.inlet > piece.warns ? 'warning' : 'ok';
    show(inlet.firstElementChild, known ? number(piece.inlet, 1) : '–');
    show(el.querySelector('.where .label'), say(known ? 'hottest' : 'no-inlet'));
    show(el.querySelector('.where b'), known ? piece.node : '');
    const rate = piece.rate ?? 0;
    const way = !known ? '' : rate >= 1 ? 'up2' : rate > 0.1 ? 'up' : rate < -0.1 ? 'down' : 'flat';
    el.querySelector('.rate').dataset.way = way;
    show(el.querySelector('.rate b'), known && Math.abs(rate) > 0.1
      ? `${rate > 0 ? '+' : ''}${number(rate, 1)}` : '');
    for (const [name, unit, decimals] of
      [['supply', '°C', 1], ['return', '°C', 1], ['dew', '°C', 1], ['humidity', '%', 0]]) {
      const value = piece[name];
      const pair = el.querySelector(`.${name}`);
      pair.hidden = value == null;
      if (value != null) show(pair.querySelector('dd'), `${number(value, decimals)} ${unit}`);
    }
  }

  // The cooling units.
  drawUnits(units) {
    const list = this.el.querySelector('.units');
    const had = new Map([...list.children].map((li) => [li.dataset.name, li]));
    list.replaceChildren(...units.map((unit) => {
      const li = had.get(unit.name) ?? fill('t-unit');
      li.dataset.name = unit.name;
      li.dataset.state = stateOf(unit);
      li.dataset.mode = unit.mode;
      li.classList.toggle('fresh', unit.acked === false);
      show(li.querySelector('.name'), unit.name);
      show(li.querySelector('.value'), say(unit.mode));
      show(li.querySelector('.figure'),
        unit.mode === 'run' && unit.fan !== null ? `${unit.fan} %` : '');
      return li;
    }));
    this.fitUnits();
  }

  // Leaves out of the units' words what has no room.
  fitUnits() {
    const list = this.el.querySelector('.units');
    delete list.dataset.brief;
    for (let brief = 1; brief <= 4 && list.scrollWidth > list.clientWidth + 1; brief++) {
      list.dataset.brief = brief;
    }
  }

  // Its nodes: each by name, or, of very many, only those that are not well.
  drawTiles(nodes) {
    const many = nodes.length > MANY;
    const list = this.el.querySelector('.tiles');
    list.classList.toggle('many', many);
    // What has no room at the end is well.
    this.tiles.draw(many ? [...nodes.filter(([, n]) => stateOf(n) !== 'ok'),
      ...nodes.filter(([, n]) => stateOf(n) === 'ok')] : nodes);
    for (const el of list.children) {
      const mark = many && el.dataset.state === 'ok';
      if (el.classList.contains('mark') !== mark) el.classList.toggle('mark', mark);
    }
    const rows = nodes.length > 6 ? 2 : 1;
    list.style.setProperty('--columns', Math.max(Math.ceil(nodes.length / rows), 4));
    this.tiles.fit();
  }

  // What ages: the countdown, the age of what is old.
  tick(at, seen) {
    const {left, limit} = this.piece;
    const el = this.el.querySelector('.left');
    let text = '';
    if (left) {
      const name = number(limit, limit % 1 === 0 ? 0 : 1);
      const reached = left.reached || this.piece.inlet >= limit;
      text = reached ? say('limit-reached', name)
        : `${say('limit-in', name)} ${countdown(left.at_ms - at)}`;
      if (!reached && left.from_ms && left.to_ms) {
        text += ` (${countdown(left.from_ms - at)}–${countdown(left.to_ms - at)})`;
      }
    }
    show(el, text);
    fit(el, String(text.length));
    const old = seen > 0 && at - seen > STALE_MS;
    this.el.classList.toggle('old', old || seen === 0);
    show(this.el.querySelector('.stale'), old ? `${say('no-data')} · ${age(at - seen)}` : '');
    this.tiles.tick(at);
  }

  // The last hour with the limits.
  drawTrend(trend) {
    const svg = this.el.querySelector('svg');
    const {clientWidth: w, clientHeight: h} = svg.parentElement;
    const {warns, limit, inlet} = this.piece;
    const want = `${trend.end_ms}|${warns}|${limit}|${inlet}|${w}|${h}`;
    if (want === this.trend || w === 0) return;
    this.trend = want;
    drawTrend(svg, w, h, [...trend.v, inlet ?? null], warns, limit ?? null);
  }
}

// An element of a picture.
function shape(name, attributes, text) {
  const el = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) el.setAttribute(key, value);
  if (text !== undefined) el.textContent = text;
  return el;
}

// The points of the line, with holes where nothing is known.
function lineOf(values, x, y) {
  let path = '';
  values.forEach((v, i) => {
    if (v === null) return;
    const first = i === 0 || values[i - 1] === null;
    path += `${first ? 'M' : 'L'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
    if (first && (i + 1 === values.length || values[i + 1] === null)) path += 'h0.1';
  });
  return path;
}

// Draws an hour: bands beyond the limits, their lines with numbers, the values.
function drawTrend(svg, w, h, values, warns, limit) {
  const known = values.filter((v) => v !== null);
  const low = Math.min(18, ...known.map((v) => Math.floor(v) - 1));
  const high = Math.max((limit ?? 32) + 2, ...known.map((v) => v + 1));
  const y = (v) => h - ((v - low) / (high - low)) * h;
  const x = (i) => (i / (values.length - 1)) * w * 0.98;
  svg.setAttribute('viewBox', `0 0 ${w} ${h}`);
  const parts = [];
  for (const [value, name] of [[warns, 'warns'], [limit, 'limit']]) {
    if (value === null) continue;
    parts.push(shape('line', {class: name, x1: 0, x2: w, y1: y(value), y2: y(value)}));
    parts.push(shape('text', {class: name, x: 4, y: y(value), dy: '1.05em'}, number(value, value % 1 === 0 ? 0 : 1)));
  }
  parts.push(shape('path', {class: 'line', d: lineOf(values, x, y)}));
  const last = values.at(-1);
  if (last !== null) parts.push(shape('circle', {class: 'now', cx: x(values.length - 1), cy: y(last)}));
  parts.push(shape('text', {class: 'span', x: 4, y: h - 4}, `−${say('hour')}`));
  svg.replaceChildren(...parts);
}

// All zones.
export class ZonePanels {
  #box;
  #panels = new Map(); // by name

  constructor(box) {
    this.#box = box;
  }

  draw(all, nodes) {
    const before = this.#panels;
    this.#panels = new Map();
    for (const [name, piece] of all) {
      const panel = before.get(name) ?? new Panel();
      this.#panels.set(name, panel);
      if (panel.el.parentElement === null) this.#box.append(panel.el);
      panel.draw(piece, nodes.filter(([, n]) => n.zone === name)
        .sort(([, a], [, b]) => b.server - a.server || a.place - b.place));
    }
    for (const [name, panel] of before) if (!this.#panels.has(name)) panel.el.remove();
    const n = this.#panels.size;
    this.#box.dataset.zones = n;
    this.#box.style.setProperty('--columns', GRIDS[n] ?? 4);
    const rows = Math.ceil(n / (GRIDS[n] ?? 4)) || 1;
    this.#box.style.setProperty('--rows', rows);
    this.#box.classList.toggle('low', rows > 2);
  }

  drawTrends(pieces) {
    for (const [name, panel] of this.#panels) {
      const trend = pieces.get(`trend.${name}`);
      if (trend) panel.drawTrend(trend);
    }
  }

  tick(at, seen) {
    for (const [name, panel] of this.#panels) panel.tick(at, seen[name] ?? 0);
  }

  resize() {
    for (const panel of this.#panels.values()) {
      panel.trend = '';
      panel.tiles.fit();
      panel.fitUnits();
    }
  }
}
