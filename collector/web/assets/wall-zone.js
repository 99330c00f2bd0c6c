// SPDX-License-Identifier: GPL-3.0-or-later
// The panels of the zones: air, countdown, cooling units, the last hour, tiles of nodes.
import {say, fill, fit, show, age, number, countdown} from './wall-text.js';
import {Tiles, stateOf} from './wall-tile.js';
import {drawTrend} from './wall-trend.js';

const STALE_MS = 30000;
const GRIDS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 7: 3, 8: 4, 9: 3};

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
    fit(el.querySelector('h2'));
    show(el.querySelector('.kw'), piece.kw == null ? '' : `${number(piece.kw, 1)} ${say('kw')}`);
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
      if (value != null) show(pair.lastElementChild, `${number(value, decimals)} ${unit}`);
      fit(pair.firstElementChild);
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

  // Its nodes, in two rows of tiles, or in three low ones.
  drawTiles(nodes) {
    const list = this.el.querySelector('.tiles');
    const widest = Math.max(4, Math.floor(list.clientWidth / (list.clientHeight * (this.low ? 1.7 : 0.85))));
    const rows = nodes.length > 2 * widest && !this.low ? 3 : 2;
    list.classList.toggle('dense', rows > 2);
    this.tiles.draw(nodes, Math.min(Math.max(Math.ceil(nodes.length / rows), 4), widest), rows);
  }

  // What ages: the countdown, the age of what is old.
  tick(at, seen) {
    this.tickLeft(at);
    const old = seen > 0 && at - seen > STALE_MS;
    this.el.classList.toggle('old', old || seen === 0);
    show(this.el.querySelector('.stale'), old ? `${say('no-data')} · ${age(at - seen)}` : '');
    this.tiles.tick(at);
  }

  // The countdown, in the place of the air's other figures.
  tickLeft(at) {
    const {left, limit, inlet} = this.piece;
    const el = this.el.querySelector('.left');
    this.el.classList.toggle('counts', Boolean(left));
    if (!left) return;
    const [label, digits, range] = el.children;
    const name = number(limit, limit % 1 === 0 ? 0 : 1);
    const reached = left.reached || inlet >= limit;
    const spread = !reached && left.from_ms && left.to_ms;
    show(label, say(reached ? 'limit-reached' : 'limit-in', name));
    show(digits, reached ? '0:00' : countdown(left.at_ms - at));
    show(range, spread ? `${countdown(left.from_ms - at)}–\n${countdown(left.to_ms - at)}` : '');
    fit(el, `${label.textContent.length}|${digits.textContent.length}|${range.textContent.length}`);
  }

  // The last hour with the limits.
  drawTrend(trend) {
    const svg = this.el.querySelector('svg');
    const {clientWidth: w, clientHeight: h} = svg.parentElement;
    const {warns, limit, inlet} = this.piece;
    const want = `${trend.end_ms}|${warns}|${limit}|${inlet}|${w}|${h}`;
    if (want === this.trend || w === 0) return;
    this.trend = want;
    const em = parseFloat(getComputedStyle(svg).fontSize);
    drawTrend(svg, w, h, em, [...trend.v, inlet ?? null], warns, limit ?? null);
  }
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
    const low = this.lay(all.length);
    this.#panels = new Map();
    for (const [name, piece] of all) {
      const panel = before.get(name) ?? new Panel();
      this.#panels.set(name, panel);
      if (panel.el.parentElement === null) this.#box.append(panel.el);
      panel.low = low;
      panel.draw(piece, nodes.filter(([, n]) => n.zone === name)
        .sort(([, a], [, b]) => b.server - a.server || a.place - b.place));
    }
    for (const [name, panel] of before) if (!this.#panels.has(name)) panel.el.remove();
  }

  // The grid of panels.
  lay(n) {
    const columns = GRIDS[n] ?? 4;
    const rows = Math.ceil(n / columns) || 1;
    this.#box.style.setProperty('--columns', columns);
    this.#box.style.setProperty('--rows', rows);
    this.#box.classList.toggle('low', rows > 2);
    return rows > 2;
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
