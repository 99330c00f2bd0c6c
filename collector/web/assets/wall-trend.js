// SPDX-License-Identifier: GPL-3.0-or-later
// The picture of a zone's last hour: its hottest inlet, and the limits.
import {say, number} from './wall-text.js';

const SVG = 'http://www.w3.org/2000/svg';
const GUTTER = 2.3; // heights of the letters, for the numbers before the lines

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

// Draws the hour: the limits with their numbers before them, the values, how long it is. em is how
// high letters are; numbers that would lie over each other are left out, the limit's last.
export function drawTrend(svg, w, h, em, values, warns, limit) {
  const known = values.filter((v) => v !== null);
  const low = Math.min(18, ...known.map((v) => Math.floor(v) - 1));
  const high = Math.max((limit ?? 32) + 1, ...known.map((v) => v + 1));
  const edge = em * 0.5;
  const left = em * GUTTER;
  const y = (v) => h - edge - ((v - low) / (high - low)) * (h - 2 * edge);
  const x = (i) => left + (i / (values.length - 1)) * (w - left - edge);
  const parts = [];
  const taken = [];
  const label = (name, text, at) => {
    if (taken.some((other) => Math.abs(other - at) < em * 0.9)) return;
    taken.push(at);
    const x = text.length > 3 ? 0 : left - em * 0.35;
    parts.push(shape('text', {class: text.length > 3 ? `${name} long` : name, x, y: at, dy: '0.36em'}, text));
  };
  for (const [value, name] of [[limit, 'limit'], [warns, 'warns']]) {
    if (value === null) continue;
    parts.push(shape('line', {class: name, x1: left, x2: w, y1: y(value), y2: y(value)}));
    label(name, number(value, value % 1 === 0 ? 0 : 1), y(value));
  }
  label('span', `−${say('hour')}`, h - edge);
  parts.push(shape('path', {class: 'line', d: lineOf(values, x, y)}));
  const last = values.at(-1);
  if (last !== null) parts.push(shape('circle', {class: 'now', cx: x(values.length - 1), cy: y(last)}));
  svg.setAttribute('viewBox', `0 0 ${w} ${h}`);
  svg.replaceChildren(...parts);
}
