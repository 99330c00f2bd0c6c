/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_perf: after monitoring-plugins.org/doc/guidelines.html, "Performance data": on the first
 * line behind '|', and from the next '|' on in the lines below. Units become ours: s, ms, us and ns
 * seconds; B to TB bytes, of 1024; c a counter; others are kept. Limits are not taken over: a
 * series' description must not change when a disk grows. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/gateway/probe_perf.h"
#include "zw/str.h"

#define MAX_NUMBER 40
#define MAX_UOM 8

/* The part of the output that is read. */
struct text {
	const char *p;
	const char *end;
};

/* What a unit of measurement means. */
struct uom {
	const char *name;
	const char *unit;
	double factor;
};

static const struct uom uoms[] = { { "", "1", 1 }, { "s", "s", 1 }, { "ms", "s", 1e-3 },
	{ "us", "s", 1e-6 }, { "ns", "s", 1e-9 }, { "%", "%", 1 }, { "b", "By", 1 },
	{ "kb", "By", 1024 }, { "kib", "By", 1024 }, { "mb", "By", 1048576 },
	{ "mib", "By", 1048576 }, { "gb", "By", 1073741824 }, { "gib", "By", 1073741824 },
	{ "tb", "By", 1099511627776 }, { "tib", "By", 1099511627776 }, { "c", "1", 1 } };

/* A label: in quotes, two of which stand for one, or up to the '='. False if there is none. */
static bool
label_read(struct text *t, char *dst, size_t size)
{
	size_t n = 0;
	bool quoted = t->p < t->end && *t->p == '\'';

	for (t->p += quoted; t->p < t->end; t->p++) {
		if (quoted && *t->p == '\'') {
			if (t->p + 1 >= t->end || t->p[1] != '\'')
				break;
			t->p++;
		} else if (!quoted && (*t->p == '=' || isspace((unsigned char)*t->p))) {
			break;
		}
		if (n + 1 < size)
			dst[n++] = *t->p;
	}
	dst[n] = '\0';
	if (quoted && t->p < t->end)
		t->p++;
	if (t->p >= t->end || *t->p != '=' || n == 0)
		return false;
	t->p++;
	return true;
}

/* Takes bytes of a set. */
static size_t
span(struct text *t, const char *set, char *dst, size_t size)
{
	size_t n = 0;

	while (t->p < t->end && *t->p != '\0' && strchr(set, *t->p) != NULL && n + 1 < size)
		dst[n++] = *t->p++;
	dst[n] = '\0';
	return n;
}

/* The exponent of a number, if there is one: "e" is one only before digits. */
static void
exponent_read(struct text *t, char *number, size_t n)
{
	const char *p = t->p + 1;

	if (t->p >= t->end || (*t->p != 'e' && *t->p != 'E'))
		return;
	if (p < t->end && (*p == '+' || *p == '-'))
		p++;
	if (p >= t->end || *p < '0' || *p > '9' || n + 2 >= MAX_NUMBER)
		return;
	number[n++] = *t->p++;
	(void)span(t, "+-0123456789", number + n, MAX_NUMBER - n);
}

/* A value with its unit; 'U' is one that the plugin does not know. */
static bool
value_read(struct text *t, double *value, char uom[MAX_UOM])
{
	char number[MAX_NUMBER];
	size_t n = 0;

	uom[0] = '\0';
	if (t->p < t->end && *t->p == 'U') {
		t->p++;
		*value = NAN;
		return true;
	}
	n = span(t, "+-0123456789.", number, sizeof number);
	exponent_read(t, number, n);
	if (str_to_double(number, value) == -1)
		return false;
	n = 0;
	while (t->p < t->end && *t->p != ';' && !isspace((unsigned char)*t->p)) {
		if (n + 1 >= MAX_UOM)
			return false;
		uom[n++] = *t->p++;
	}
	uom[n] = '\0';
	return uom[strcspn(uom, "0123456789,.='\"|")] == '\0' && str_is_text(uom, n);
}

/* Whether a name is taken. */
static bool
is_taken(const struct probe_perf *p, const char *const own[PROBE_PERF_OWN], const char *name)
{
	for (size_t i = 0; i < PROBE_PERF_OWN; i++)
		if (strcmp(own[i], name) == 0)
			return true;
	for (unsigned i = 0; i < p->n; i++)
		if (strcmp(p->fields[i].name, name) == 0)
			return true;
	return false;
}

/* A field's name of a label: lower case, what an RRD does not take becomes '_'; a number behind
 * those that would be the same. */
static void
name_make(const struct probe_perf *p, const char *const own[PROBE_PERF_OWN], const char *label,
    char dst[NAME_MAX_FIELD + 1])
{
	char name[NAME_MAX_FIELD + 1];

	str_to_name(name, sizeof name, label);
	for (char *c = name; *c != '\0'; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c == '.' || *c == '-' ? '_' : *c;
	(void)str_copy(dst, NAME_MAX_FIELD + 1, name);
	for (unsigned i = 2; is_taken(p, own, dst); i++)
		(void)snprintf(dst, NAME_MAX_FIELD + 1, "%.*s_%u", NAME_MAX_FIELD - 3, name, i);
}

/* A text that is cut between characters. */
static void
cut_text(char *dst, size_t size, const char *src)
{
	if (str_copy(dst, size, src) == -1) {
		size_t n = size - 1;
		while (n > 0 && ((unsigned char)src[n] & 0xC0) == 0x80)
			n--;
		dst[n] = '\0';
	}
	if (!str_is_text(dst, strlen(dst)))
		str_escape(dst, size, src, strlen(src));
}

/* Adds a field. A unit that is not known is kept as it is. */
static void
field_add(struct probe_perf *p, const char *const own[PROBE_PERF_OWN], const char *label,
    double value, const char *uom)
{
	struct field *f = &p->fields[p->n];

	*f = (struct field){ .kind = FIELD_GAUGE, .min = NAN, .max = NAN };
	name_make(p, own, label, f->name);
	cut_text(f->label, sizeof f->label, label);
	(void)str_copy(f->unit, sizeof f->unit, uom);
	for (size_t i = 0; i < sizeof uoms / sizeof uoms[0]; i++) {
		if (str_casecmp(uoms[i].name, uom) != 0)
			continue;
		(void)str_copy(f->unit, sizeof f->unit, uoms[i].unit);
		value *= uoms[i].factor;
	}
	if (strcmp(uom, "c") == 0)
		f->kind = FIELD_COUNTER;
	p->values[p->n++] = value;
}

/* Reads performance data up to its end. */
static void
perf_read(struct probe_perf *p, const char *const own[PROBE_PERF_OWN], struct text t)
{
	char label[256], uom[MAX_UOM];
	double value;

	while (p->n < PROBE_PERF_MAX) {
		while (t.p < t.end && isspace((unsigned char)*t.p))
			t.p++;
		if (t.p >= t.end)
			return;
		if (label_read(&t, label, sizeof label) && value_read(&t, &value, uom))
			field_add(p, own, label, value, uom);
		while (t.p < t.end && !isspace((unsigned char)*t.p))
			t.p++;
	}
}

/* Where a byte is, or the end. */
static const char *
find(struct text t, char c)
{
	const char *p = t.p < t.end ? memchr(t.p, c, (size_t)(t.end - t.p)) : NULL;

	return p != NULL ? p : t.end;
}

/* The first line, then what is below. */
void
probe_perf_read(struct probe_perf *p, const char *output, size_t n,
    const char *const own[PROBE_PERF_OWN], char *line, size_t size)
{
	struct text all = { output, output + n };
	struct text first = { output, find(all, '\n') };
	const char *bar = find(first, '|');
	struct text below = { first.end, all.end };
	const char *below_bar = find(below, '|');
	size_t len = (size_t)(bar - output);

	p->n = 0;
	while (len > 0 && isspace((unsigned char)output[len - 1]))
		len--;
	if (len >= size)
		len = size - 1;
	memcpy(line, output, len);
	line[len] = '\0';
	if (bar < first.end)
		perf_read(p, own, (struct text){ bar + 1, first.end });
	if (below_bar < below.end)
		perf_read(p, own, (struct text){ below_bar + 1, below.end });
}
