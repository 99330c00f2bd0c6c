// SPDX-License-Identifier: GPL-3.0-or-later
// Tiles: a name each, and a number where something is wrong. Where there is little room the number
// goes without its unit, then away; the name stays. Of very many only those that are not well have a
// tile, and the others are counted.
import {say, fill, show, shortAge, fitWhole, fitName, soften} from './wall-text.js';

const WORST = ['critical', 'warning', 'no-data', 'never-seen', 'maintenance', 'ok'];
const LEAST = {ok: 0.7, other: 0.75}; // of its size, to which a name may shrink

// The state that a tile shows.
export const stateOf = (piece) => (piece.muted === 'maintenance' ? 'maintenance' : piece.state);

// What a tile is called: a link by its title, a server by its name, another by the shorter of both.
function nameOf(name, piece) {
  if (piece.server === undefined) return soften(piece.title);
  return piece.server || name.length <= piece.title.length ? name : piece.title;
}

// A tile that says how many others there are.
function countOf(state, text) {
  const el = fill('t-tile');
  el.classList.add('count');
  el.dataset.state = state;
  el.querySelector('.sign').dataset.state = state;
  show(el.querySelector('.name'), text);
  return el;
}

// A list of tiles.
export class Tiles {
  #list;
  #items = new Map(); // by name: element, piece, name and value as wanted

  constructor(list) {
    this.#list = list;
  }

  // all: [name, piece] in order. In a grid of so many columns and rows; of more tiles than that,
  // those that are not well, the worst first.
  draw(all, columns = 0, rows = 0) {
    const room = columns * rows || Infinity;
    const before = this.#items;
    const few = all.length <= room;
    const bad = few ? all : all.filter(([, piece]) => stateOf(piece) !== 'ok')
      .sort(([, a], [, b]) => WORST.indexOf(stateOf(a)) - WORST.indexOf(stateOf(b)) || a.place - b.place);
    const kept = few || bad.length < room ? bad : bad.slice(0, room - 2);
    this.#items = new Map(kept.map(([name, piece]) => [name, before.get(name) ?? {el: fill('t-tile')}]));
    for (const [name, piece] of kept) drawTile(this.#items.get(name), name, piece);
    const els = [...this.#items.values()].map((item) => item.el);
    if (kept.length < bad.length) els.push(countOf('more', say('more', String(bad.length - kept.length))));
    if (!few) els.push(countOf('ok', `${all.length - bad.length} ${say('ok')}`));
    if (els.length !== this.#list.children.length || els.some((el, i) => el !== this.#list.children[i])) {
      this.#list.replaceChildren(...els);
    }
    if (columns > 0) {
      this.#list.style.setProperty('--columns', columns);
      this.#list.style.setProperty('--rows', rows);
    }
    this.fit();
  }

  // Lets names and numbers fit.
  fit() {
    for (const item of this.#items.values()) fitTile(item);
    for (const el of this.#list.querySelectorAll('.count')) fitName(el.children[1], el.children[1].textContent, 0.5);
  }

  // The ages of those of which nothing comes.
  tick(at) {
    for (const item of this.#items.values()) {
      const {piece} = item;
      if (piece.state !== 'no-data' || !(piece.seen_ms > 0)) continue;
      const text = shortAge(at - piece.seen_ms);
      if (text === item.value) continue;
      item.value = text;
      fitTile(item);
    }
  }
}

// What a tile shows.
function drawTile(item, name, piece) {
  const {el} = item;
  const state = stateOf(piece);
  item.piece = piece;
  item.name = nameOf(name, piece);
  if (piece.state !== 'no-data') item.value = piece.state === 'ok' ? '' : piece.value ?? '';
  else item.value ??= '';
  el.dataset.state = state;
  el.classList.toggle('fresh', piece.acked === false && state !== 'maintenance');
  el.querySelector('.sign').dataset.state = state;
  el.setAttribute('aria-label', `${piece.title}: ${say(state)} ${piece.value ?? ''}`);
}

// Lets it fit: its number whole, else without unit, else none.
function fitTile(item) {
  const {el} = item;
  const [, name, value] = el.children;
  const want = [item.name, item.value, el.dataset.state, el.clientWidth, el.clientHeight].join('|');
  if (item.fitted === want || el.clientWidth === 0) return;
  item.fitted = want;
  const least = el.dataset.state === 'ok' ? LEAST.ok : LEAST.other;
  const bare = el.dataset.state === 'no-data' ? '' : item.value.replace(/\s\D+$/u, '');
  for (const text of new Set([item.value, /\d/.test(bare) ? bare : item.value, ''])) {
    show(value, text);
    value.hidden = text === '';
    show(name, item.name);
    if (fitWhole(el, [name, value], least)) return;
  }
  fitName(name, item.name, 1);
}
