/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floor map as a picture, by cairo. Zones stand in a grid, in each its racks side by side, as
 * one looks at their fronts. How warm a rack is tells its colour, whose lightness differs too, and
 * a sign: the map is read in print and by those who do not see colours. It is drawn at twice its
 * size, for screens that show so many points. */
#include <cairo.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/map.h"

#define SCALE 2
#define ZONE_HEIGHT 86
#define LEGEND_HEIGHT 22
#define MARGIN 6
#define TITLE_HEIGHT 18
#define RACK_MAX 46 /* width */
#define MAX_PIXELS 4000
#define FONT "DejaVu Sans"

struct colour {
	double r, g, b;
};

/* By enum map_heat; in grey 1.0, .78, .91, .66, .45. */
static const struct colour fills[] = { { 1, 1, 1 }, { .62, .80, .94 }, { .90, .92, .93 },
	{ .95, .66, .10 }, { .84, .37, .0 } };

struct box {
	double x, y, w, h;
};

/* How far a text reaches. */
static double
width_of(cairo_t *c, const char *s)
{
	cairo_text_extents_t e;

	cairo_text_extents(c, s, &e);
	return e.x_advance;
}

/* Shorten a text by whole characters until it has room. */
static void
fit(cairo_t *c, char *s, size_t size, double room)
{
	size_t n = strlen(s);

	if (width_of(c, s) <= room)
		return;
	while (n > 0) {
		while (n > 0 && ((unsigned char)s[--n] & 0xc0) == 0x80)
			;
		if (n + sizeof "…" > size)
			continue;
		memcpy(s + n, "…", sizeof "…");
		if (width_of(c, s) <= room)
			return;
	}
	s[0] = '\0';
}

/* Write a text into a room; centred, or from its left. */
static void
write_text(cairo_t *c, const char *text, const struct box *b, double size, bool bold, bool centred)
{
	char s[MAP_MAX_NAME + 4];

	snprintf(s, sizeof s, "%s", text);
	cairo_select_font_face(c, FONT, CAIRO_FONT_SLANT_NORMAL,
	    bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(c, size);
	fit(c, s, sizeof s, b->w);
	cairo_set_source_rgb(c, 0, 0, 0);
	double x = centred ? b->x + (b->w - width_of(c, s)) / 2 : b->x;
	cairo_move_to(c, x, b->y + b->h / 2 + size * .36);
	cairo_show_text(c, s);
}

/* A rectangle's line. */
static void
frame(cairo_t *c, const struct box *b, double line, double grey)
{
	cairo_rectangle(c, b->x, b->y, b->w, b->h);
	cairo_set_source_rgb(c, grey, grey, grey);
	cairo_set_line_width(c, line);
	cairo_stroke(c);
}

/* Lines across what has no value. */
static void
hatch(cairo_t *c, const struct box *b)
{
	cairo_save(c);
	cairo_rectangle(c, b->x, b->y, b->w, b->h);
	cairo_clip(c);
	for (double d = -b->h; d < b->w; d += 5) {
		cairo_move_to(c, b->x + d, b->y + b->h);
		cairo_line_to(c, b->x + d + b->h, b->y);
	}
	cairo_set_source_rgb(c, .75, .75, .75);
	cairo_set_line_width(c, .7);
	cairo_stroke(c);
	cairo_restore(c);
}

/* The sign of a heat, around a point: up for hot, a diamond for warm, down for cold. */
static void
sign(cairo_t *c, enum map_heat heat, double x, double y, double r)
{
	if (heat != MAP_HOT && heat != MAP_WARM && heat != MAP_COLD)
		return;
	if (heat == MAP_COLD) {
		cairo_move_to(c, x - r, y - r * .8);
		cairo_line_to(c, x + r, y - r * .8);
		cairo_line_to(c, x, y + r);
	} else {
		cairo_move_to(c, x, y - r);
		cairo_line_to(c, x + r, heat == MAP_HOT ? y + r * .8 : y);
		if (heat == MAP_WARM)
			cairo_line_to(c, x, y + r);
		cairo_line_to(c, x - r, heat == MAP_HOT ? y + r * .8 : y);
	}
	cairo_close_path(c);
	cairo_set_source_rgb(c, 0, 0, 0);
	cairo_fill(c);
}

/* The ground of a heat. */
static void
ground(cairo_t *c, enum map_heat heat, const struct box *b)
{
	cairo_rectangle(c, b->x, b->y, b->w, b->h);
	cairo_set_source_rgb(c, fills[heat].r, fills[heat].g, fills[heat].b);
	cairo_fill(c);
	if (heat == MAP_UNKNOWN)
		hatch(c, b);
}

/* One rack. */
static void
draw_rack(cairo_t *c, const struct map_rack *r, const struct box *b)
{
	double size = b->w >= 30 ? 10 : b->w >= 24 ? 9 : 7;
	struct box value = { b->x + 1, b->y + 14, b->w - 2, 16 };
	struct box name = { b->x + 1, b->y + b->h - 16, b->w - 2, 13 };

	ground(c, r->heat, b);
	sign(c, r->heat, b->x + b->w / 2, b->y + 8, 4.5);
	write_text(c, r->heat == MAP_UNKNOWN ? "?" : r->value, &value, size,
	    r->heat == MAP_HOT || r->heat == MAP_WARM, true);
	write_text(c, r->name, &name, size - 1, r->marked, true);
	frame(c, b, r->marked ? 3 : .8, r->marked ? 0 : .35);
}

/* One zone with its racks. */
static void
draw_zone(cairo_t *c, const struct map_zone *z, const struct box *b)
{
	struct box title = { b->x + 6, b->y + 2, b->w - 12, TITLE_HEIGHT };
	char text[MAP_MAX_NAME + 8];

	snprintf(text, sizeof text, "%s%s", z->marked ? "▶ " : "", z->title);
	write_text(c, text, &title, 11, z->marked, false);
	double w = z->nracks == 0 ? 0 : (b->w - 8) / z->nracks;
	w = w > RACK_MAX ? RACK_MAX : w;
	for (unsigned i = 0; i < z->nracks; i++) {
		struct box rack = { b->x + 5 + i * w, b->y + TITLE_HEIGHT + 3, w - 2,
			b->h - TITLE_HEIGHT - 8 };
		draw_rack(c, &z->racks[i], &rack);
	}
	frame(c, b, z->marked ? 3 : 1, z->marked ? 0 : .6);
}

/* What the colours and signs mean. */
static void
draw_legend(cairo_t *c, const struct map *m, double y)
{
	double x = MARGIN, room = (MAP_WIDTH - 2 * MARGIN) / 5.0;

	for (int i = 0; i < 5; i++, x += room) {
		struct box key = { x, y + 4, 14, 13 };
		struct box text = { x + 18, y + 2, room - 20, 17 };
		ground(c, (enum map_heat)i, &key);
		sign(c, (enum map_heat)i, key.x + 7, key.y + 6.5, 4);
		frame(c, &key, .8, .35);
		write_text(c, m->legend[i], &text, 9, false, false);
	}
}

/* The columns of the grid: two as long as racks have room so. */
static unsigned
columns_of(const struct map *m)
{
	unsigned most = 0;

	for (unsigned i = 0; i < m->nzones; i++)
		most = m->zones[i].nracks > most ? m->zones[i].nracks : most;
	if (m->nzones == 1 || most > 10)
		return 1;
	return m->nzones > 6 && most <= 6 ? 3 : 2;
}

/* Takes the PNG's bytes. */
static cairo_status_t
take(void *arg, const unsigned char *p, unsigned n)
{
	buf_put(arg, p, n);
	return CAIRO_STATUS_SUCCESS;
}

int
map_draw(struct buf *b, const struct map *m, struct err *e)
{
	unsigned columns = columns_of(m), rows = (m->nzones + columns - 1) / columns;
	int height = (int)rows * ZONE_HEIGHT + MARGIN + LEGEND_HEIGHT;
	double w = (double)(MAP_WIDTH - MARGIN) / columns;

	if (height * SCALE > MAX_PIXELS)
		return err_set(e, "the map is too high");
	cairo_surface_t *s =
	    cairo_image_surface_create(CAIRO_FORMAT_RGB24, MAP_WIDTH * SCALE, height * SCALE);
	cairo_t *c = cairo_create(s);
	cairo_scale(c, SCALE, SCALE);
	cairo_set_source_rgb(c, 1, 1, 1);
	cairo_paint(c);
	for (unsigned i = 0; i < m->nzones; i++) {
		struct box zone = { MARGIN + i % columns * w, MARGIN + i / columns * ZONE_HEIGHT,
			w - MARGIN, ZONE_HEIGHT - MARGIN };
		draw_zone(c, &m->zones[i], &zone);
	}
	draw_legend(c, m, MARGIN + rows * ZONE_HEIGHT - MARGIN / 2.0);
	cairo_status_t status = cairo_status(c);
	cairo_destroy(c);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_write_to_png_stream(s, take, b);
	cairo_surface_destroy(s);
	if (status != CAIRO_STATUS_SUCCESS)
		return err_set(e, "cairo cannot draw: %s", cairo_status_to_string(status));
	return 0;
}
