// SPDX-License-Identifier: GPL-3.0-or-later
// One figure: its lines with the band from lowest to highest, what is shaded behind them, limits,
// the legend with the values at the cursor, the table. It is told what to show by graph.js.

import {numberTicks} from './scale.js';
import {Backdrop} from './backdrop.js';

const COLOURS = {
  light: ['#0072b2', '#c14f00', '#00795a', '#a8447f', '#7a5c00', '#3c5bd0', '#8b1a1a', '#555555'],
  dark: ['#56b4e9', '#ff9a52', '#2fcb9c', '#e79ac4', '#f0e442', '#9db7ff', '#ff8f8f', '#c0c4c8'],
};
// Lines differ in grey, too.
const DASHES = [null, [8, 3], [2, 3], [9, 3, 2, 3], [14, 4], [5, 5], [3, 6], [12, 3, 3, 3, 3, 3]];
const BAND_LINES = 4; // with more of them bands only hide each other
const TABLE_ROWS = 300;
const SVG = 'http://www.w3.org/2000/svg';

// Ticks whose labels are shown as they are: dygraphs takes them for markup, and units and states are
// an agent's words.
function asText(ticks) {
  const stands = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};
  return ticks.map((t) => (t.label === undefined ? t
    : {...t, label: String(t.label).replace(/[&<>"]/g, (c) => stands[c])}));
}

// A new element with a class and text.
export function make(name, className = '', text = '') {
  const e = document.createElement(name);
  if (className) e.className = className;
  if (text) e.textContent = text;
  return e;
}

// Whether the page is dark now.
function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
}

export class Plot {
  #dygraph = null;
  #columns = []; // {field, name, unit, ghost, average, min, max}
  #times = [];
  #banded = false;
  #cursor = null; // ms
  #marks = [];
  #span = [0, 0];

  constructor(figure, page) {
    this.figure = figure;
    this.page = page;
    this.words = page.words;
    this.clock = page.clock;
    this.selectors = figure.dataset.s.split(' ').map(decodeURIComponent);
    this.limits = JSON.parse(figure.dataset.limits || '[]');
    this.isState = figure.dataset.kind === 'state';
    this.backdrop = new Backdrop(this);
    this.#build();
  }

  // The parts of the figure below its caption.
  #build() {
    this.area = make('div', 'area');
    this.area.tabIndex = 0;
    this.area.setAttribute('role', 'application');
    this.area.setAttribute('aria-label', this.words.say('keys'));
    this.note = make('p', 'note', this.words.say('loading'));
    this.legend = make('ul', 'lines');
    this.when = make('p', 'when');
    this.when.setAttribute('aria-live', 'polite');
    this.markList = make('ul', 'marks');
    this.summary = make('p', 'summary');
    this.table = make('details', 'numbers');
    this.table.append(make('summary', '', this.words.say('table')), make('div', 'scroll'));
    this.table.addEventListener('toggle', () => this.#fillTable());
    this.save = make('p', 'save');
    this.figure.append(this.area, this.note, this.legend, this.when, this.markList, this.summary,
      this.save, this.table);
    this.area.addEventListener('keydown', (e) => this.#key(e));
    this.area.addEventListener('blur', () => this.page.point(null));
  }

  // Whether a field of an answer is one of this figure's.
  #isMine(f) {
    return this.selectors.some((s) => {
      const [path, names] = s.split(':');
      return path === `${f.node}/${f.series}` && (!names || names.split(',').includes(f.field));
    });
  }

  // What a line is called: what tells it from the others.
  #name(f) {
    const several = this.selectors.length > 1;
    const alone = several && this.selectors.every((s) => !(s.split(':')[1] ?? ',').includes(','));
    if (!several) return f.field;
    const nodes = new Set(this.selectors.map((s) => s.split('/')[0]));
    const series = new Set(this.selectors.map((s) => s.split('/')[1].split(':')[0]));
    return [nodes.size > 1 ? f.node : '', series.size > 1 ? f.series : '',
      alone && nodes.size > 1 && this.#oneField() ? '' : f.field].filter(Boolean).join(' ') || f.field;
  }

  // Whether all lines are of fields of one name.
  #oneField() {
    return new Set(this.selectors.map((s) => s.split(':')[1])).size === 1;
  }

  // The columns of an answer that belong here.
  #pick(answer, ghost) {
    const picked = [];
    answer.fields.forEach((f, i) => {
      if (!this.#isMine(f)) return;
      picked.push({
        field: f, name: ghost ? `${this.#name(f)}, ${ghost}` : this.#name(f), ghost: Boolean(ghost),
        unit: f.kind === 'counter' ? `${f.unit}/s` : f.unit,
        average: answer.average[i], min: answer.min[i], max: answer.max[i],
      });
    });
    return picked;
  }

  // Shows an answer, and what was then (before, its rows so many ms earlier).
  show(answer, before, shift_ms, span) {
    this.#span = span;
    this.answer = answer;
    this.#columns = this.#pick(answer, null);
    this.#times = this.#columns[0]?.average.map((_, i) => 1000 * (answer.start_s + i * answer.step_s)) ?? [];
    if (before) this.#columns.push(...this.#shifted(before, shift_ms));
    this.#banded = !answer.archive.exact && this.#columns.filter((c) => !c.ghost).length <= BAND_LINES;
    this.#draw();
  }

  // Rows of another time put on this one's.
  #shifted(before, shift_ms) {
    const columns = this.#pick(before, this.words.say(`ago-${this.page.compare}`));
    const onto = (values) => this.#times.map((t) => {
      const i = Math.round(((t - shift_ms) / 1000 - before.start_s) / before.step_s);
      return values[i] ?? null;
    });
    return columns.map((c) => ({...c, average: onto(c.average), min: onto(c.min), max: onto(c.max)}));
  }

  // Adds what came since; false if it does not fit what is shown.
  extend(answer, span) {
    if (!this.answer || answer.step_s !== this.answer.step_s) return false;
    const fresh = this.#pick(answer, null);
    const keep = this.#times.findIndex((t) => t >= 1000 * answer.start_s);
    const gone = Math.max(0, this.#times.findIndex((t) => t >= span[0]));
    const end = keep < 0 ? this.#times.length : keep;
    const next = this.#times.length > 0 ? this.#times[end - 1] + 1000 * answer.step_s : null;
    if (next !== null && next < 1000 * answer.start_s) return false;
    const times = fresh[0]?.average.map((_, i) => 1000 * (answer.start_s + i * answer.step_s)) ?? [];
    this.#times = this.#times.slice(gone, end).concat(times);
    this.#columns.forEach((c, k) => {
      for (const f of ['average', 'min', 'max']) c[f] = c[f].slice(gone, end).concat(fresh[k]?.[f] ?? []);
    });
    this.#span = span;
    this.#draw();
    return true;
  }

  // That it cannot be shown.
  fail(why) {
    this.note.hidden = false;
    this.note.textContent = this.words.say('failed', why);
  }

  // What is shaded.
  mark(marks) {
    this.#marks = marks;
    this.#tellMarks();
    if (this.#dygraph) this.#dygraph.updateOptions({});
  }

  get marks() {
    return this.#marks;
  }

  // The rows as dygraphs wants them.
  #rows() {
    const cell = (c, i) => {
      const v = c.average[i];
      if (!this.#banded) return v;
      if (v === null) return [null, null, null];
      return c.ghost ? [v, v, v] : [c.min[i] ?? v, v, c.max[i] ?? v];
    };
    return this.#times.map((t, i) => [t, ...this.#columns.map((c) => cell(c, i))]);
  }

  // The unit of its axis.
  unit() {
    return this.#columns[0]?.unit ?? '';
  }

  // Lowest and highest of all that is drawn.
  #extent() {
    let low = Infinity, high = -Infinity;
    for (const c of this.#columns) {
      for (const v of this.#banded && !c.ghost ? c.min : c.average) if (v !== null && v < low) low = v;
      for (const v of this.#banded && !c.ghost ? c.max : c.average) if (v !== null && v > high) high = v;
    }
    return [low, high];
  }

  // The range of the axis: with room, from zero where that means something, and with near limits.
  #range() {
    let [low, high] = this.#extent();
    if (!(high >= low)) return [0, 1];
    if (this.isState) return [Math.min(0, low) - 0.4, Math.max(1, high) + 0.4];
    const size = Math.max(high - low, Math.abs(high) * 0.08, 1e-9);
    for (const {value} of this.limits) {
      if (value > high && value - high < 0.8 * size) high = value;
      if (value < low && low - value < 0.8 * size) low = value;
    }
    const fromZero = this.#columns.every((c) => c.field.kind === 'counter' || c.field.least === 0);
    const pad = Math.max(high - low, size) * 0.08;
    if (fromZero) return [0, high + pad > 0 ? high + pad : 1];
    return [low - pad, high + pad];
  }

  // The words of a state's codes, as ticks.
  #stateTicks() {
    const states = this.#columns[0]?.field.states ?? [];
    const [low, high] = this.#range();
    if (states.length > 0) {
      return states.filter((s) => s.code >= low && s.code <= high).map((s) => ({v: s.code, label: this.#word(s)}));
    }
    return Array.from({length: Math.min(12, Math.floor(high) + 1)}, (_, v) => ({v, label: String(v)}));
  }

  // A state in the reader's language, where the page has it.
  #word(state) {
    return this.words.texts[`state:${state.text}`] ?? state.text;
  }

  // A value of a column in words.
  #text(c, v, low = v, high = v) {
    if (v === null || v === undefined) return '–';
    if (!this.isState) return this.words.value(v, c.unit);
    const word = (code) => {
      const state = c.field.states?.find((s) => s.code === Math.round(code));
      return state ? this.#word(state) : this.words.number(code);
    };
    if (low === high || low === null || low === undefined) return word(v);
    return this.words.say('partly', word(low), word(high));
  }

  // The options of each line.
  #lines(colours) {
    const lines = {};
    let i = 0, ghost = 0;
    for (const c of this.#columns) {
      const k = c.ghost ? ghost++ : i++;
      c.colour = colours[k % colours.length];
      // The ninth has the first one's colour, and another dash.
      c.dash = c.ghost ? [3, 4] : DASHES[(k + Math.floor(k / colours.length)) % DASHES.length];
      lines[c.name] = {
        color: c.colour, strokePattern: c.dash, strokeWidth: c.ghost ? 1.1 : 1.6,
        stepPlot: this.isState, fillAlpha: 0.2,
      };
    }
    return lines;
  }

  // Draws all of it.
  #draw() {
    const any = this.#columns.some((c) => c.average.some((v) => v !== null));
    this.note.hidden = any;
    this.note.textContent = this.words.say('none');
    if (this.#columns.length === 0) return;
    const css = getComputedStyle(this.figure);
    const options = {
      labels: ['x', ...this.#columns.map((c) => c.name)],
      series: this.#lines(COLOURS[isDark() ? 'dark' : 'light']),
      customBars: this.#banded,
      dateWindow: [...this.#span],
      valueRange: this.#range(),
      axisLineColor: css.getPropertyValue('--line') || '#888',
      gridLineColor: css.getPropertyValue('--line') || '#ddd',
    };
    if (this.#dygraph && options.labels.join('\n') === this.labels) {
      this.#dygraph.updateOptions({file: this.#rows(), ...options});
    } else {
      this.#create(options);
    }
    this.labels = options.labels.join('\n');
    this.#tell();
  }

  // A new dygraph.
  #create(options) {
    this.#dygraph?.destroy();
    const narrow = this.area.clientWidth < 420;
    this.#dygraph = new window.Dygraph(this.area, this.#rows(), {
      ...options,
      legend: 'never', showLabelsOnHighlight: false, connectSeparatedPoints: false,
      highlightCircleSize: 3, animatedZooms: false, rightGap: 6, xRangePad: 0,
      axes: {
        x: {
          ticker: (a, b, pixels) => this.clock.ticks(a, b, pixels),
          axisLabelWidth: 76, drawGrid: true,
        },
        y: {
          ticker: (a, b, pixels) => asText(this.isState ? this.#stateTicks()
            : numberTicks(a, b, pixels, this.#columns[0].unit, this.words)),
          axisLabelWidth: this.isState ? (narrow ? 74 : 104) : (narrow ? 52 : 66) + (this.#columns[0].unit === 's' ? 20 : 0),
        },
      },
      underlayCallback: (canvas, area, g) => this.backdrop.draw(canvas, area, g),
      highlightCallback: (event, x) => this.page.point(x),
      unhighlightCallback: () => this.page.point(null),
      zoomCallback: (from, to) => this.page.show(from, to),
      interactionModel: this.#interaction(),
    });
  }

  // Dragging marks a span; with Shift it moves the time; fingers move and pinch, and leave the
  // page's scrolling alone.
  #interaction() {
    const model = {...window.Dygraph.defaultInteractionModel};
    let start = null;
    model.dblclick = () => this.page.zoom(2);
    model.touchstart = (event, g) => {
      start = {touches: [...event.touches].map((t) => t.clientX), window: g.xAxisRange(), at: null};
    };
    model.touchmove = (event, g) => {
      if (start === null || event.touches.length !== start.touches.length) return;
      const [a, b] = start.window;
      const scale = (b - a) / this.area.clientWidth;
      const xs = [...event.touches].map((t) => t.clientX);
      if (xs.length === 1) {
        const moved = (start.touches[0] - xs[0]) * scale;
        start.at = [a + moved, b + moved];
      } else {
        const size = Math.abs(start.touches[1] - start.touches[0]) / Math.max(20, Math.abs(xs[1] - xs[0]));
        const middle = (a + b) / 2;
        start.at = [middle - (b - a) * size / 2, middle + (b - a) * size / 2];
      }
      g.updateOptions({dateWindow: start.at});
    };
    model.touchend = () => {
      if (start?.at) this.page.show(...start.at);
      start = null;
    };
    model.touchcancel = model.touchend;
    return model;
  }

  // The nearest row of a moment; -1: none.
  #row(ms) {
    if (ms === null || this.#times.length === 0) return -1;
    const step = this.#times.length > 1 ? this.#times[1] - this.#times[0] : 1;
    const i = Math.round((ms - this.#times[0]) / step);
    return i >= 0 && i < this.#times.length ? i : -1;
  }

  // Shows the cursor that all figures share.
  point(ms) {
    this.#cursor = ms;
    const i = this.#row(ms);
    if (this.#dygraph) {
      if (i >= 0) this.#dygraph.setSelection(i);
      else this.#dygraph.clearSelection();
    }
    this.#tellValues();
  }

  // What stands below the drawing.
  #tell() {
    this.legend.replaceChildren(...this.#columns.map((c) => {
      const li = make('li', c.ghost ? 'ghost' : '');
      c.value = make('b');
      c.range = make('small');
      const name = make('span', '', c.name);
      name.title = c.field.label;
      name.translate = false; // it is what its source calls it
      name.lang = 'en';
      li.append(this.#swatch(c), name, c.value, c.range);
      return li;
    }));
    this.#tellValues();
    this.#tellSummary();
    this.#tellSave();
    if (this.table.open) this.#fillTable();
  }

  // A piece of the line.
  #swatch(c) {
    const svg = document.createElementNS(SVG, 'svg');
    const line = document.createElementNS(SVG, 'line');
    svg.setAttribute('viewBox', '0 0 26 8');
    svg.setAttribute('aria-hidden', 'true');
    for (const [k, v] of Object.entries({x1: 0, y1: 4, x2: 26, y2: 4, stroke: c.colour,
      'stroke-width': 2.5, 'stroke-dasharray': (c.dash ?? []).join(' ')})) line.setAttribute(k, v);
    svg.append(line);
    return svg;
  }

  // The values at the cursor, else the latest.
  #tellValues() {
    const at = this.#row(this.#cursor);
    const words = this.words;
    for (const c of this.#columns) {
      const i = at >= 0 ? at : c.average.findLastIndex((v) => v !== null);
      const [v, low, high] = [c.average[i], c.min[i], c.max[i]];
      if (c.value) c.value.textContent = this.#text(c, v, low, high);
      const ranged = v !== null && v !== undefined && !this.isState && low !== high && low !== null;
      if (c.range) c.range.textContent = ranged ? `${words.value(low, c.unit)} – ${words.value(high, c.unit)}` : '';
    }
    const seconds = this.answer?.step_s < 60;
    this.when.textContent = at >= 0 ? this.clock.text(this.#times[at], seconds)
      + this.#covering(this.#times[at]).map((m) => ` · ${m.text}`).join('') : '';
  }

  // The marks over a moment.
  #covering(ms) {
    return this.backdrop.all().filter((m) => m.from <= ms && (m.to === null || m.to >= ms));
  }

  // What is shaded, in words.
  #tellMarks() {
    const all = this.backdrop.all().filter((m) => m.from < this.#span[1] && (m.to ?? Infinity) > this.#span[0]);
    const shown = all.slice(0, this.figure.classList.contains('wide') ? 12 : 3);
    this.markList.hidden = shown.length === 0;
    this.markList.replaceChildren(...shown.map((m) => {
      const li = make('li', `${m.kind} ${m.severity ?? ''}`);
      const time = `${this.clock.brief(Math.max(m.from, this.#span[0]), this.#span[1] - this.#span[0])} – ${
        m.to === null ? this.words.say('open') : this.clock.brief(m.to, this.#span[1] - this.#span[0])}`;
      const text = m.href ? make('a', '', m.text) : make('span', '', m.text);
      if (m.href) text.href = m.href;
      li.append(make('i'), make('span', 'soft', time), text);
      return li;
    }));
    if (all.length > shown.length) {
      this.markList.append(make('li', 'rest', this.words.say('more', all.length - shown.length)));
    }
  }

  // One sentence for each of the first lines.
  #tellSummary() {
    const words = this.words;
    const span = this.#span[1] - this.#span[0];
    const lines = this.#columns.filter((c) => !c.ghost).slice(0, 3).map((c) => {
      const known = c.average.filter((v) => v !== null);
      if (known.length === 0) return words.say('nothing', c.name);
      if (this.isState) return words.say('states', c.name, this.#text(c, known.at(-1)), this.#text(c, this.#usual(known)));
      const edge = (values, better) => {
        let at = -1;
        values.forEach((v, i) => { if (v !== null && (at < 0 || better(v, values[at]))) at = i; });
        return words.say('at', words.value(values[at], c.unit), this.clock.brief(this.#times[at], span));
      };
      const mean = known.reduce((a, b) => a + b, 0) / known.length;
      return words.say('summary', c.name, edge(c.min, (a, b) => a < b), words.value(mean, c.unit), edge(c.max, (a, b) => a > b));
    });
    const {archive, step_s} = this.answer;
    lines.push(words.say(archive.exact ? 'sample' : 'row', words.span(step_s)));
    if (this.#banded) lines.push(words.say('band'));
    this.summary.textContent = lines.join(' ');
    this.#tellMarks();
  }

  // The code that a state had most of the time.
  #usual(known) {
    const counts = new Map();
    for (const v of known) counts.set(Math.round(v), (counts.get(Math.round(v)) ?? 0) + 1);
    return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  }

  // The ways to keep what is seen.
  #tellSave() {
    const from = Math.floor(this.#span[0] / 1000), to = Math.ceil(this.#span[1] / 1000);
    const series = this.selectors.map((s) => `series=${encodeURIComponent(s)}`).join('&');
    const graph = `/api/v1/graph?${series}&from=${from}&to=${to}&width=1000&height=320&save=1&format=`;
    this.save.replaceChildren(...[['CSV', `/api/v1/values?${series}&from=${from}&to=${to}&format=csv`],
      ['PNG', `${graph}png`], ['SVG', `${graph}svg`], ['PDF', `${graph}pdf`]].map(([text, href]) => {
      const a = make('a', '', text);
      a.href = href;
      a.setAttribute('download', '');
      return a;
    }));
  }

  // The table, when somebody looks.
  #fillTable() {
    if (!this.table.open || !this.answer) return;
    const every = Math.max(1, Math.ceil(this.#times.length / TABLE_ROWS));
    const table = make('table', 'values');
    const head = table.createTHead().insertRow();
    for (const text of [this.words.say('time'), ...this.#columns.map((c) => c.name)]) {
      const th = make('th', head.children.length > 0 ? 'number' : '', text);
      th.scope = 'col';
      head.append(th);
    }
    const body = table.createTBody();
    for (let i = this.#times.length - 1; i >= 0; i -= every) {
      const row = body.insertRow();
      const th = make('th', '', this.clock.text(this.#times[i], this.answer.step_s < 60));
      th.scope = 'row';
      row.append(th);
      for (const c of this.#columns) row.append(make('td', 'number', this.#text(c, c.average[i], c.min[i], c.max[i])));
    }
    const box = this.table.querySelector('.scroll');
    box.replaceChildren(table);
    if (every > 1) box.append(make('p', 'hint', this.words.say('tables', every)));
  }

  // Runs of rows in which nothing is known: [[from, to], ...] in ms.
  gaps() {
    const found = [];
    const own = this.#columns.filter((c) => !c.ghost);
    const step = 1000 * (this.answer?.step_s ?? 1);
    let begin = -1;
    const empty = (i) => own.every((c) => c.average[i] === null);
    let last = this.#times.length - 1;
    while (last >= 0 && empty(last) && this.#times[last] > this.page.now() - 3 * step) last--;
    for (let i = 0; i <= last + 1; i++) {
      const gap = i <= last && empty(i);
      if (gap && begin < 0) begin = i;
      if (!gap && begin >= 0) {
        if (i - begin >= 2 || begin === 0) found.push([this.#times[begin] - step, this.#times[i - 1], begin === 0]);
        begin = -1;
      }
    }
    return own.length > 0 ? found : [];
  }

  // The cursor by the keyboard, time and zoom.
  #key(event) {
    const span = this.#span[1] - this.#span[0];
    const step = event.shiftKey ? span / 4 : 0;
    const at = this.#row(this.#cursor);
    const acts = {
      ArrowLeft: () => (step ? this.page.move(-step) : this.#go(at < 0 ? this.#times.length - 1 : at - 1)),
      ArrowRight: () => (step ? this.page.move(step) : this.#go(at < 0 ? 0 : at + 1)),
      Home: () => this.#go(0), End: () => this.#go(this.#times.length - 1),
      '+': () => this.page.zoom(0.5), '=': () => this.page.zoom(0.5), '-': () => this.page.zoom(2),
      Escape: () => this.page.point(null),
    };
    if (!acts[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }

  // The cursor onto a row.
  #go(i) {
    const at = Math.min(this.#times.length - 1, Math.max(0, i));
    if (this.#times.length > 0) this.page.point(this.#times[at]);
  }

  // Colours anew.
  repaint() {
    if (this.answer) this.#draw();
  }

  // Nothing of it stays.
  end() {
    this.#dygraph?.destroy();
    this.#dygraph = null;
  }
}
