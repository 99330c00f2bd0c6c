// SPDX-License-Identifier: GPL-3.0-or-later
// What lies behind the lines of a figure: incidents, maintenance and gaps, each by a pattern of its
// own besides its colour, and the limits of rules.

const INKS = {
  light: {critical: '200 30 43', warning: '170 110 0', info: '7 87 186', quiet: '87 96 106', gap: '90 99 110'},
  dark: {critical: '255 128 121', warning: '232 179 63', info: '121 184 255', quiet: '169 180 192', gap: '150 160 172'},
};

// A small picture that repeats: slanted lines, dots or a cross of lines.
function pattern(canvas, kind, ink) {
  const alpha = kind === 'gap' ? 0.3 : 0.55;
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const c = tile.getContext('2d');
  c.strokeStyle = c.fillStyle = `rgb(${ink} / ${alpha})`;
  c.lineWidth = 1;
  const stroke = (...points) => {
    c.beginPath();
    for (const [x0, y0, x1, y1] of points) { c.moveTo(x0, y0); c.lineTo(x1, y1); }
    c.stroke();
  };
  if (kind === 'incident') stroke([-2, 10, 10, -2], [-2, 2, 2, -2], [6, 10, 10, 6]);
  else if (kind === 'gap') stroke([-2, -2, 10, 10], [6, -2, 10, 2], [-2, 6, 2, 10]);
  else { c.fillRect(1, 1, 1.5, 1.5); c.fillRect(5, 5, 1.5, 1.5); }
  return canvas.createPattern(tile, 'repeat');
}

export class Backdrop {
  constructor(plot) {
    this.plot = plot;
  }

  // All that is shaded: {kind, severity, from, to, text, href}; to null: it lasts.
  all() {
    return [...this.plot.marks.filter((m) => m.kind !== 'reason'), ...this.#gaps()];
  }

  // The gaps of the data, with the reason that is known of most of each.
  #gaps() {
    const say = (...w) => this.plot.words.say(...w);
    const reasons = this.plot.marks.filter((m) => m.kind === 'reason' && this.#concerns(m));
    return this.plot.gaps().map(([from, to, first]) => {
      const cover = (m) => Math.min(m.to ?? Infinity, to) - Math.max(m.from, from);
      const best = reasons.filter((m) => cover(m) > 0).sort((a, b) => cover(b) - cover(a))[0];
      // Of what was before the first value nobody knows whether it ever was.
      if (first && !best) return {kind: 'before', from, to, text: say('gap-first')};
      return {kind: 'gap', from, to, text: `${say('gap')}: ${best ? best.text : say('gap-unknown')}`, href: best?.href};
    });
  }

  // Whether a reason is of this figure's nodes.
  #concerns(m) {
    return !m.node || this.plot.selectors.some((s) => s.split('/')[0] === m.node);
  }

  // Draws it, before the lines.
  draw(canvas, area, g) {
    const dark = document.documentElement.dataset.theme === 'dark' ||
      (document.documentElement.dataset.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
    const inks = INKS[dark ? 'dark' : 'light'];
    canvas.save();
    canvas.beginPath();
    canvas.rect(area.x, area.y, area.w, area.h);
    canvas.clip();
    for (const m of this.all()) this.#shade(canvas, area, g, m, inks);
    this.#limits(canvas, area, g, inks);
    canvas.restore();
  }

  // One of them.
  #shade(canvas, area, g, m, inks) {
    const left = Math.max(area.x, g.toDomXCoord(m.from));
    const right = Math.min(area.x + area.w, m.to === null ? area.x + area.w : g.toDomXCoord(m.to));
    if (right < area.x || left > area.x + area.w) return;
    const width = Math.max(2, right - left);
    const ink = inks[m.kind === 'incident' ? m.severity ?? 'info' : m.kind === 'gap' || m.kind === 'before' ? 'gap' : 'quiet'];
    canvas.fillStyle = `rgb(${ink} / ${{incident: 0.13, before: 0.06}[m.kind] ?? 0.09})`;
    canvas.fillRect(left, area.y, width, area.h);
    if (m.kind === 'before') return;
    // The pattern is a strip on top, so that the lines stay readable; a gap has no lines.
    canvas.fillStyle = pattern(canvas, m.kind, ink);
    canvas.fillRect(left, area.y, width, m.kind === 'gap' ? area.h : 10);
    canvas.fillStyle = `rgb(${ink} / 0.8)`;
    if (m.kind === 'incident') canvas.fillRect(left, area.y, 1.5, area.h);
  }

  // Lines of limits with their number.
  #limits(canvas, area, g, inks) {
    const plot = this.plot;
    const [low, high] = g.yAxisRange();
    const seen = new Set();
    canvas.font = '11px system-ui, sans-serif';
    canvas.textAlign = 'right';
    for (const {value, severity, above} of plot.limits) {
      const key = `${value} ${severity}`;
      if (value < low || value > high || seen.has(key)) continue;
      seen.add(key);
      const y = Math.round(g.toDomYCoord(value)) + 0.5;
      canvas.strokeStyle = canvas.fillStyle = `rgb(${inks[severity] ?? inks.info})`;
      canvas.setLineDash(severity === 'critical' ? [10, 3] : [4, 4]);
      canvas.lineWidth = 1.2;
      canvas.beginPath();
      canvas.moveTo(area.x, y);
      canvas.lineTo(area.x + area.w, y);
      canvas.stroke();
      canvas.setLineDash([]);
      const text = plot.words.say('limit', plot.words.value(value, plot.unit()));
      canvas.fillText(`${plot.words.say(severity)} · ${text}`, area.x + area.w - 4, above ? y - 4 : y + 12);
    }
  }
}
