/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two formats differ in the names of counters, in the unit of times and in their end:
 * OpenMetrics 1.0 (openmetrics.io), Prometheus' text format 0.0.4
 * (prometheus.io/docs/instrumenting). */
#include "collector/web/api/exposition.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "zw/str.h"
#include "zw/utf8.h"

static const char *const words[] = { "gauge", "counter", "info", "histogram" };
static const char *const endings[] = { "", "_total", "_info", "_bucket" };

/* Appends a text. */
static void
put(struct exposition *x, const char *s)
{
	buf_text(x->b, s);
}

/* Appends a text from anywhere as both formats escape it; what is not UTF-8 becomes '?'. */
static void
put_escaped(struct exposition *x, const char *s, bool quoted)
{
	size_t left = strlen(s);

	while (left > 0) {
		size_t n = utf8_length(s, left);
		if (n == 0) {
			put(x, "?");
			n = 1;
		} else if (*s == '\n') {
			put(x, "\\n");
		} else if (*s == '\\' || (quoted && *s == '"')) {
			buf_u8(x->b, '\\');
			buf_u8(x->b, (uint8_t)*s);
		} else {
			buf_put(x->b, s, n);
		}
		s += n;
		left -= n;
	}
}

bool
exposition_wants_open(const char *accept)
{
	return accept != NULL && strstr(accept, "application/openmetrics-text") != NULL;
}

/* "# TYPE name ". */
static void
put_about(struct exposition *x, const char *what, const char *name, const char *ending)
{
	put(x, "# ");
	put(x, what);
	buf_u8(x->b, ' ');
	put(x, name);
	put(x, ending);
	buf_u8(x->b, ' ');
}

void
exposition_family(struct exposition *x, const char *name, enum exposition_type type,
    const char *unit, const char *help)
{
	const char *ending = x->open || type == EXPOSITION_HISTOGRAM ? "" : endings[type];

	snprintf(x->family, sizeof x->family, "%s%s", name, endings[type]);
	put_about(x, "HELP", name, ending);
	put_escaped(x, help, x->open);
	buf_u8(x->b, '\n');
	put_about(x, "TYPE", name, ending);
	put(x, type == EXPOSITION_INFO && !x->open ? "gauge" : words[type]);
	buf_u8(x->b, '\n');
	if (x->open && unit != NULL && type != EXPOSITION_INFO) {
		put_about(x, "UNIT", name, "");
		put(x, unit);
		buf_u8(x->b, '\n');
	}
}

/* The name and its labels. */
static void
put_labels(struct exposition *x, const char *const *labels)
{
	char before = '{';

	put(x, x->family);
	for (; labels != NULL && labels[0] != NULL; labels += 2) {
		if (labels[1] == NULL)
			continue;
		buf_u8(x->b, (uint8_t)before);
		put(x, labels[0]);
		put(x, "=\"");
		put_escaped(x, labels[1], true);
		buf_u8(x->b, '"');
		before = ',';
	}
	put(x, before == ',' ? "} " : " ");
}

void
exposition_sample(struct exposition *x, const char *const *labels, double v, int64_t time_ms)
{
	char text[32];

	put_labels(x, labels);
	if (isinf(v))
		put(x, v > 0 ? "+Inf" : "-Inf");
	else if (isnan(v))
		put(x, "NaN");
	else {
		str_from_double(text, v);
		put(x, text);
	}
	if (time_ms != 0) {
		snprintf(text, sizeof text, x->open ? " %" PRId64 ".%03d" : " %" PRId64 "%03d",
		    time_ms / 1000, (int)(time_ms % 1000));
		put(x, text);
	}
	buf_u8(x->b, '\n');
}

void
exposition_count(struct exposition *x, const char *const *labels, uint64_t v)
{
	char text[24];

	put_labels(x, labels);
	snprintf(text, sizeof text, "%" PRIu64 "\n", v);
	put(x, text);
}

void
exposition_histogram(struct exposition *x, const char *name, const char *help, const double *bounds,
    const uint64_t *by, size_t n, double sum)
{
	uint64_t count = 0;
	char le[32];

	exposition_family(x, name, EXPOSITION_HISTOGRAM, NULL, help);
	for (size_t i = 0; i < n; i++) {
		const char *const labels[] = { "le", le, NULL };
		(void)str_copy(le, sizeof le, "+Inf");
		if (i < n - 1)
			snprintf(le, sizeof le, "%g", bounds[i]);
		count += by[i];
		exposition_count(x, labels, count);
	}
	snprintf(x->family, sizeof x->family, "%s_sum", name);
	exposition_sample(x, NULL, sum, 0);
	snprintf(x->family, sizeof x->family, "%s_count", name);
	exposition_count(x, NULL, count);
}

void
exposition_end(struct exposition *x)
{
	if (x->open)
		put(x, "# EOF\n");
}
