/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graph: pictures by rrd_graph_v() from fixed templates. The names of nodes, series and fields have
 * no character that librrd takes for its own (zw/str.h); labels and titles go through an escaper.
 * No file is opened that rrdfile.c has not judged. */
#include <math.h>
#include <rrd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/ask.h"
#include "collector/report/graph.h"
#include "collector/store/rrdfile.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

#define MAX_LINES 16
#define MAX_ARGS (MAX_LINES * 8 + 64)
#define MAX_LABEL 120

/* The legend is set in columns: its font has one width, its three figures take so many characters,
 * and of the picture's width beside the plot so many pixels are its own. A help that would be
 * shorter than so is left out. */
#define LEGEND_FIGURES 36
#define LEGEND_PIXELS 7
#define LEGEND_BESIDE 80
#define LEGEND_LEAST 12
#define LEGEND_NAME 24
#define LEGEND_HELP 8

/* The first ones are told apart also by those who do not tell red from green; lines beyond the last
 * are dashed. */
static const char *const palette[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00",
	"#56b4e9", "#7f3c8d", "#666666", "#8b1a1a", "#7fb800", "#1b1b6b", "#6b4f1d" };
#define COLOURS (sizeof palette / sizeof palette[0])

/* One field of one series. */
struct line {
	const struct series_def *series;
	const struct field *field;
	char file[RRDFILE_PATH];
	char source[RRDFILE_NAME];
	bool band; /* its extremes are in the file */
	char label[MAX_LABEL];
};

struct args {
	char *v[MAX_ARGS];
	int n;
};

/* Add an argument. */
static void __attribute__((format(printf, 2, 3))) add(struct args *a, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;

	if (a->n >= MAX_ARGS)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = xstrdup("");
	va_end(ap);
	a->v[a->n++] = text;
}

/* Free the arguments. */
static void
args_free(struct args *a)
{
	for (int i = 0; i < a->n; i++)
		free(a->v[i]);
	a->n = 0;
}

/* Escape a text for a legend. */
void
graph_escape(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	for (; *src != '\0' && n + 2 < size; src++) {
		unsigned char ch = (unsigned char)*src;
		if (ch == ':')
			dst[n++] = '\\';
		dst[n++] = ch == '\\' ? '/' : ch < ' ' || ch == 0x7f ? ' ' : (char)ch;
	}
	if (*src != '\0') /* do not cut a UTF-8 character in two */
		while (n > 0 && ((unsigned char)*src & 0xc0) == 0x80)
			src--, n--;
	dst[n] = '\0';
}

/* The field whose unit a picture has that nobody chose: the first that is no state, if any is. */
static const struct field *
leading(const struct series_def *se)
{
	for (unsigned i = 0; i < se->nfields; i++)
		if (se->fields[i].kind != FIELD_STATE)
			return &se->fields[i];
	return &se->fields[0];
}

/* Whether a field belongs in this picture. */
static bool
is_wanted(const struct ask *a, const struct series_def *se, unsigned i)
{
	const struct field *first = leading(&a->series[0]), *f = &se->fields[i];

	if (a->field[0] != '\0' || a->chosen[se - a->series] != 0)
		return ask_wants(a, (unsigned)(se - a->series), i);
	return strcmp(f->unit, first->unit) == 0 && f->kind == first->kind;
}

/* Whether the file has both extremes. */
static bool
has_extremes(const struct rrdfile *f)
{
	bool low = false, high = false;

	for (unsigned i = 0; i < f->narchives; i++) {
		low |= f->archives[i].cf == RRDFILE_MIN;
		high |= f->archives[i].cf == RRDFILE_MAX;
	}
	return low && high;
}

/* The lines of one series; a file that is not there yet has none. */
static int
add_lines(const struct ask *a, const struct series_def *se, struct line *lines, unsigned *n,
    struct err *e)
{
	struct rrdfile f;
	char name[RRDFILE_PATH];

	rrdfile_name(name, se->node, se->source, se->instance);
	if (rrdfile_read(name, clock_wall_ms() / 1000 + 86400, &f, NULL, e) == -1)
		return -1;
	for (unsigned i = 0; i < se->nfields && i < f.nsources && *n < MAX_LINES; i++) {
		if (!is_wanted(a, se, i))
			continue;
		struct line *l = &lines[(*n)++];
		*l = (struct line){
			.series = se, .field = &se->fields[i], .band = has_extremes(&f)
		};
		(void)str_copy(l->file, sizeof l->file, name);
		(void)str_copy(l->source, sizeof l->source, f.sources[i].name);
	}
	return 0;
}

/* Characters of a UTF-8 text. */
static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Cut a text to so many characters, the last then saying that there were more. */
static void
cut(char *s, size_t size, size_t max)
{
	size_t n = 0;

	if (characters(s) <= max)
		return;
	for (char *p = s; *p != '\0'; p++) {
		if (((unsigned char)*p & 0xc0) == 0x80 || ++n < max)
			continue;
		(void)str_copy(p, size - (size_t)(p - s), "…");
		return;
	}
}

/* How wide the names of the lines' fields are, the very long ones apart. */
static size_t
name_width(const struct line *lines, unsigned n)
{
	size_t width = 0;

	for (unsigned i = 0; i < n; i++) {
		size_t own = strlen(lines[i].field->name);
		if (own > width && own <= LEGEND_NAME)
			width = own;
	}
	return width;
}

/* What the legend calls a line: the field as tables name it, then what that means; of several
 * series what tells them apart. */
static void
label_of(const struct ask *a, struct line *l, size_t name, size_t room)
{
	char series[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];
	const struct field *f = l->field;

	series_name(series, l->series->source, l->series->instance);
	if (a->nseries > 1)
		(void)snprintf(l->label, sizeof l->label, "%.50s %.50s%s%.15s", l->series->node,
		    series, a->field[0] != '\0' ? "" : " ", a->field[0] != '\0' ? "" : f->name);
	else if (f->label[0] == '\0' || strcmp(f->label, f->name) == 0 || room < name + LEGEND_HELP)
		(void)snprintf(l->label, sizeof l->label, "%.100s", f->name);
	else
		(void)snprintf(
		    l->label, sizeof l->label, "%-*.60s  %.50s", (int)name, f->name, f->label);
}

/* The labels of all lines, as many characters as the picture has room for; returns the widest. */
static size_t
set_labels(const struct ask *a, struct line *lines, unsigned n)
{
	size_t room = (a->width + LEGEND_BESIDE) / LEGEND_PIXELS, widest = 0;

	room = room > LEGEND_FIGURES + LEGEND_LEAST ? room - LEGEND_FIGURES : LEGEND_LEAST;
	for (unsigned i = 0; i < n; i++) {
		label_of(a, &lines[i], name_width(lines, n), room);
		cut(lines[i].label, sizeof lines[i].label, room);
		size_t own = characters(lines[i].label);
		widest = own > widest ? own : widest;
	}
	return widest;
}

/* Whether large values are written with k, M, G. */
static bool
is_scaled(const struct field *f)
{
	return strncmp(f->unit, "By", 2) == 0 || strncmp(f->unit, "bit", 3) == 0 ||
	       strcmp(f->unit, "Hz") == 0 || strcmp(f->unit, "W") == 0 || strcmp(f->unit, "1") == 0;
}

/* The time of the first known value of a line within the picture's; its end if there is none. */
static int64_t
first_value(const struct ask *a, const struct line *l)
{
	time_t start = (time_t)a->start_s, end = (time_t)a->end_s;
	unsigned long step = 1, n = 0;
	char **names = NULL;
	rrd_value_t *values = NULL;
	int64_t first = a->end_s;

	rrd_clear_error();
	if (rrd_fetch_r(l->file, "AVERAGE", &start, &end, &step, &n, &names, &values) != 0) {
		rrd_clear_error();
		return a->start_s;
	}
	size_t rows = step > 0 && end > start ? (size_t)(end - start) / step : 0;
	for (size_t i = 0; i < rows * n && first == a->end_s; i++)
		if (!isnan(values[i]))
			first = (int64_t)start + (int64_t)(i / n * step);
	for (unsigned long i = 0; i < n; i++)
		rrd_freemem(names[i]);
	rrd_freemem(names);
	rrd_freemem(values);
	return first;
}

/* Where the picture begins: where asked, or, trimmed, a little before the first value. */
static int64_t
start_of(const struct ask *a, const struct line *lines, unsigned n)
{
	int64_t start = a->end_s;

	if (a->trim_s == 0)
		return a->start_s;
	for (unsigned i = 0; i < n; i++) {
		int64_t first = first_value(a, &lines[i]);
		start = first < start ? first : start;
	}
	if (a->mark_s != 0 && a->mark_s < start)
		start = a->mark_s;
	start -= (a->end_s - start) / 20;
	if (start > a->end_s - a->trim_s)
		start = a->end_s - a->trim_s;
	return start > a->start_s ? start : a->start_s;
}

/* Axes, colours, fonts, time. */
static void
add_frame(struct args *v, const struct ask *a, const struct line *lines, unsigned n)
{
	const struct field *f = lines[0].field;
	bool from_zero = true;
	char title[2 * ASK_MAX_TITLE], unit[64];

	for (unsigned i = 0; i < n; i++)
		from_zero &= lines[i].field->kind == FIELD_COUNTER || lines[i].field->min == 0;
	add(v, "graphv");
	add(v, "-");
	add(v, "--imgformat=%s",
	    a->format == RENDER_SVG   ? "SVG"
	    : a->format == RENDER_PDF ? "PDF"
				      : "PNG");
	add(v, "--start=%lld", (long long)start_of(a, lines, n));
	add(v, "--end=%lld", (long long)a->end_s);
	add(v, "--width=%u", a->width);
	add(v, "--height=%u", a->height);
	(void)str_copy(title, sizeof title, a->title);
	if (title[0] == '\0') {
		char series[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];
		series_name(series, lines[0].series->source, lines[0].series->instance);
		(void)snprintf(title, sizeof title, "%s %s%s", lines[0].series->node, series,
		    a->nseries > 1 ? " ..." : "");
	}
	add(v, "--title=%s", title);
	(void)snprintf(unit, sizeof unit, "%s%s",
	    strcmp(f->unit, "Cel") == 0 ? "\xc2\xb0"
					  "C"
					: f->unit,
	    f->kind == FIELD_COUNTER ? "/s" : "");
	add(v, "--vertical-label=%s", unit);
	add(v, "--border=0");
	add(v, "--color=BACK#ffffff");
	add(v, "--font=DEFAULT:8:DejaVu Sans");
	add(v, "--font=LEGEND:8:DejaVu Sans Mono");
	add(v, "--slope-mode");
	add(v, "--disable-rrdtool-tag");
	if (from_zero)
		add(v, "--lower-limit=0");
	if (!is_scaled(f))
		add(v, "--units-exponent=0");
	if (strcmp(f->unit, "By") == 0 && f->kind == FIELD_GAUGE)
		add(v, "--base=1024");
}

/* One line with its figures, and the band of its extremes if it is alone. */
static void
add_line(struct args *v, const struct line *l, unsigned i, bool alone, size_t width)
{
	const char *colour = palette[i % COLOURS];
	const char *form = is_scaled(l->field) ? "%9.2lf%s" : "%10.2lf";
	int pad = (int)(width - characters(l->label));
	char label[2 * MAX_LABEL];

	graph_escape(label, sizeof label, l->label);
	if (alone && l->band) {
		add(v, "DEF:lo%u=%s:%s:MIN", i, l->file, l->source);
		add(v, "DEF:hi%u=%s:%s:MAX", i, l->file, l->source);
		add(v, "CDEF:band%u=hi%u,lo%u,-", i, i, i);
		add(v, "AREA:lo%u", i);
		add(v, "AREA:band%u%s30::STACK", i, colour);
	}
	add(v, "DEF:v%u=%s:%s:AVERAGE", i, l->file, l->source);
	/* \g: no gap of librrd's own, which would not be of whole characters. */
	add(v, "LINE1.5:v%u%s: %s\\g%s", i, colour, label, i < COLOURS ? "" : ":dashes=5,3");
	add(v, "GPRINT:v%u:LAST:%*s%s\\g", i, pad, "", form); /* a label's end loses blanks */
	add(v, "GPRINT:v%u:AVERAGE:%s\\g", i, form);
	add(v, "GPRINT:%s%u:MAX:%s\\l", alone && l->band ? "hi" : "v", i, form);
}

/* The heads of the legend's figures. */
static void
add_heads(struct args *v, size_t width)
{
	add(v, "COMMENT:%*s%10s%10s%10s\\l", (int)width + 3, "", "last", "average", "max");
}

/* The limit's line and the moment's. */
static void
add_marks(struct args *v, const struct ask *a)
{
	char limit[32];

	if (!isnan(a->limit)) {
		str_from_double(limit, a->limit);
		add(v, "HRULE:%s#c00000: limit %s\\l:dashes=6,4", limit, limit);
	}
	if (a->mark_s != 0)
		add(v, "VRULE:%lld#404040", (long long)a->mark_s);
}

/* Let librrd draw. */
static int
draw(struct buf *b, struct args *v, struct err *e)
{
	int rc = -1;

	rrd_clear_error();
	rrd_info_t *all = rrd_graph_v(v->n, v->v);
	for (const rrd_info_t *i = all; i != NULL; i = i->next)
		if (strcmp(i->key, "image") == 0 && i->type == RD_I_BLO) {
			buf_put(b, i->value.u_blo.ptr, i->value.u_blo.size);
			rc = 0;
		}
	if (rc == -1) {
		const char *why = rrd_get_error();
		err_set(e, "librrd cannot draw: %s",
		    why != NULL && why[0] != '\0' ? why : "no reason given");
	}
	rrd_info_free(all);
	rrd_clear_error();
	return rc;
}

/* The picture. */
int
graph_draw(struct buf *b, const struct ask *a, struct err *e)
{
	struct line lines[MAX_LINES];
	struct args v = { .n = 0 };
	struct err why = { "" };
	unsigned n = 0;

	for (unsigned i = 0; i < a->nseries; i++)
		(void)add_lines(a, &a->series[i], lines, &n, &why);
	if (n == 0)
		return err_set(
		    e, "there is nothing to draw yet%s%s", why.msg[0] ? ": " : "", why.msg);
	size_t width = set_labels(a, lines, n);
	add_frame(&v, a, lines, n);
	add_heads(&v, width);
	for (unsigned i = 0; i < n; i++)
		add_line(&v, &lines[i], i, n == 1, width);
	add_marks(&v, a);
	int rc = draw(b, &v, e);
	args_free(&v);
	return rc;
}

/* Load the fonts. */
void
graph_warm_up(void)
{
	struct args v = { .n = 0 };
	struct buf b = { 0 };
	struct err e;

	for (unsigned i = 0; i < 2; i++) {
		add(&v, "graphv");
		add(&v, "-");
		add(&v, "--imgformat=%s", i == 0 ? "PNG" : "SVG");
		add(&v, "--start=1000000000");
		add(&v, "--end=1000003600");
		add(&v, "--font=DEFAULT:8:DejaVu Sans");
		add(&v, "--font=LEGEND:8:DejaVu Sans Mono");
		add(&v, "--title=title 0123456789");
		add(&v, "--vertical-label=%%");
		add(&v, "HRULE:1#000000:legend\\l");
		(void)draw(&b, &v, &e);
		args_free(&v);
	}
	buf_free(&b);
}
