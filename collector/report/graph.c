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
#define MAX_LABEL 60

/* Told apart also by those who do not tell red from green. */
static const char *const palette[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00",
	"#56b4e9", "#7f3c8d", "#666666" };
#define COLOURS (sizeof palette / sizeof palette[0])

/* One field of one series. */
struct line {
	const struct series_def *series;
	const struct field *field;
	char file[RRDFILE_PATH];
	char source[RRDFILE_NAME];
	bool band; /* its extremes are in the file */
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

/* Whether a field belongs in this picture. */
static bool
is_wanted(const struct ask *a, const struct field *f)
{
	const struct field *first = &a->series[0].fields[0];

	if (a->field[0] != '\0')
		return strcmp(f->name, a->field) == 0;
	return strcmp(f->unit, first->unit) == 0 &&
	       (f->kind == FIELD_COUNTER) == (first->kind == FIELD_COUNTER);
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
		if (!is_wanted(a, &se->fields[i]))
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

/* What the legend calls a line. */
static void
label_of(const struct ask *a, const struct line *l, char dst[2 * MAX_LABEL])
{
	char series[NAME_MAX_SOURCE + NAME_MAX_NODE + 2], text[256];
	const char *field = l->field->label[0] != '\0' ? l->field->label : l->field->name;

	series_name(series, l->series->source, l->series->instance);
	if (a->nseries == 1)
		(void)snprintf(text, sizeof text, "%.*s", MAX_LABEL - 1, field);
	else if (a->field[0] != '\0')
		(void)snprintf(text, sizeof text, "%s %s", l->series->node, series);
	else
		(void)snprintf(
		    text, sizeof text, "%s %s %s", l->series->node, series, l->field->name);
	graph_escape(dst, MAX_LABEL, text);
}

/* Whether large values are written with k, M, G. */
static bool
is_scaled(const struct field *f)
{
	return strncmp(f->unit, "By", 2) == 0 || strncmp(f->unit, "bit", 3) == 0 ||
	       strcmp(f->unit, "Hz") == 0 || strcmp(f->unit, "W") == 0 || strcmp(f->unit, "1") == 0;
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
	add(v, "--imgformat=%s", a->format == RENDER_SVG ? "SVG" : "PNG");
	add(v, "--start=%lld", (long long)a->start_s);
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
add_line(struct args *v, const struct ask *a, const struct line *l, unsigned i, bool alone)
{
	const char *colour = palette[i % COLOURS];
	const char *form = is_scaled(l->field) ? "%7.2lf%s" : "%8.2lf";
	char label[2 * MAX_LABEL];

	label_of(a, l, label);
	if (alone && l->band) {
		add(v, "DEF:lo%u=%s:%s:MIN", i, l->file, l->source);
		add(v, "DEF:hi%u=%s:%s:MAX", i, l->file, l->source);
		add(v, "CDEF:band%u=hi%u,lo%u,-", i, i, i);
		add(v, "AREA:lo%u", i);
		add(v, "AREA:band%u%s30::STACK", i, colour);
	}
	add(v, "DEF:v%u=%s:%s:AVERAGE", i, l->file, l->source);
	add(v, "LINE%s:v%u%s: %s", i < COLOURS ? "1.5" : "1", i, colour, label);
	add(v, "GPRINT:v%u:LAST:last %s", i, form);
	add(v, "GPRINT:v%u:AVERAGE:avg %s", i, form);
	add(v, "GPRINT:%s%u:MAX:max %s\\l", alone && l->band ? "hi" : "v", i, form);
}

/* The limit's line and the moment's. */
static void
add_marks(struct args *v, const struct ask *a)
{
	char limit[32];

	if (!isnan(a->limit)) {
		str_from_double(limit, a->limit);
		add(v, "HRULE:%s#c00000:limit %s\\l:dashes=6,4", limit, limit);
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
	add_frame(&v, a, lines, n);
	for (unsigned i = 0; i < n; i++)
		add_line(&v, a, &lines[i], i, n == 1);
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
		add(&v, "--title=title 0123456789");
		add(&v, "--vertical-label=%%");
		add(&v, "HRULE:1#000000:legend\\l");
		(void)draw(&b, &v, &e);
		args_free(&v);
	}
	buf_free(&b);
}
