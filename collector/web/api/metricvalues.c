/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prometheus wants all samples of a family together, and we have them by node: first the fields of
 * all series are gathered by family, some thousand in a turn of the loop, then families are
 * written, some hundred samples in a turn. A series never goes, so pointers to them stay good.
 *
 * Counters are told as they were sent, not as rates; each value with its own time. */
#include "collector/web/api/metricvalues.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/api/exposition.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/hash.h"
#include "zw/str.h"

#define TURN_FIELDS 1000  /* gathered in a turn */
#define TURN_BYTES 16384  /* written in a turn */
#define TURN_SAMPLES 2000 /* likewise, or found to be too old for that */
#define MAX_FAMILIES 8192 /* beyond which fields are left out */

/* A field of a series. */
struct ref {
	const struct series *series;
	unsigned field;
	double factor; /* to the base unit */
};

/* What is told under one name. */
struct family {
	char name[METRICVALUES_NAME];
	const char *unit;
	enum field_kind kind;
	bool own;		    /* one of the collector's own, which nobody else adds to */
	const struct series *first; /* whose field made it */
	unsigned first_field;
	char help[METRIC_MAX_LABEL + NAME_MAX_SOURCE + 4];
	struct ref *refs;
	size_t n;
	size_t cap;
	UT_hash_handle hh;
};

struct values {
	const struct collector *c;
	bool open;
	char zone[NAME_MAX_NODE + 1]; /* "": all */
	char node[NAME_MAX_NODE + 1];
	char source[NAME_MAX_SOURCE + 1];
	size_t at_node; /* gathering */
	size_t at_series;
	struct family *families;
	struct family *at; /* writing; NULL: not yet, or done */
	size_t at_ref;
};

/* Base units by what the wire calls them. */
static const struct {
	const char *unit;
	const char *name;
	double factor;
} units[] = {
	{ "%", "ratio", 0.01 },
	{ "A", "amperes", 1 },
	{ "By", "bytes", 1 },
	{ "Cel", "celsius", 1 },
	{ "Hz", "hertz", 1 },
	{ "J", "joules", 1 },
	{ "K", "kelvin", 1 },
	{ "Pa", "pascals", 1 },
	{ "V", "volts", 1 },
	{ "VA", "voltamperes", 1 },
	{ "W", "watts", 1 },
	{ "Wh", "joules", 3600 },
	{ "bit", "bytes", 0.125 },
	{ "d", "seconds", 86400 },
	{ "dB", "decibels", 1 },
	{ "h", "seconds", 3600 },
	{ "kVA", "voltamperes", 1000 },
	{ "kW", "watts", 1000 },
	{ "kWh", "joules", 3600000 },
	{ "l", "liters", 1 },
	{ "m", "meters", 1 },
	{ "mA", "amperes", 0.001 },
	{ "mV", "volts", 0.001 },
	{ "min", "seconds", 60 },
	{ "ms", "seconds", 0.001 },
	{ "s", "seconds", 1 },
	{ "us", "seconds", 0.000001 },
};

/* Appends a text as part of a name: what may not stand in one becomes '_', never two of them. */
static void
add_part(char dst[METRICVALUES_NAME], const char *part)
{
	size_t n = strlen(dst);

	if (n < METRICVALUES_NAME - 1 && n > 0 && dst[n - 1] != '_')
		dst[n++] = '_';
	for (; *part != '\0' && n < METRICVALUES_NAME - 1; part++) {
		char ch = *part;
		if (ch >= 'A' && ch <= 'Z')
			ch = (char)(ch - 'A' + 'a');
		else if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9')))
			ch = '_';
		if (ch != '_' || dst[n - 1] != '_')
			dst[n++] = ch;
	}
	while (n > 0 && dst[n - 1] == '_')
		n--;
	dst[n] = '\0';
}

/* Whether the name ends like a family of another type. */
static bool
ends_wrong(const char *name)
{
	static const char *const taken[] = { "_total", "_count", "_sum", "_bucket", "_info",
		"_created" };
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		if (n > strlen(taken[i]) && strcmp(name + n - strlen(taken[i]), taken[i]) == 0)
			return true;
	return false;
}

/* The name of a field's family, without "_total", and what its values are multiplied by; returns
 * the name of its unit, or NULL. Pure. */
static const char *
family_name(char dst[METRICVALUES_NAME], const char *source, const struct field *f, double *factor)
{
	const char *unit = NULL;

	*factor = 1;
	(void)str_copy(dst, METRICVALUES_NAME, "zonewatch");
	add_part(dst, source);
	add_part(dst, f->name);
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(units[i].unit, f->unit) == 0) {
			unit = units[i].name;
			*factor = units[i].factor;
		}
	if (unit != NULL)
		add_part(dst, unit);
	else if (ends_wrong(dst))
		add_part(dst, "value");
	return unit;
}

/* Notes the names of the collector's own figures, as OpenMetrics has them. A source that is called
 * like one must not speak in its name. */
static void
take_own(struct values *v, const struct buf *b)
{
	static const char mark[] = "# TYPE ";
	const char *p = (const char *)b->data, *end = p + b->len;

	while (p < end && (p = memmem(p, (size_t)(end - p), mark, sizeof mark - 1)) != NULL) {
		struct family *fam = xcalloc(1, sizeof *fam);
		p += sizeof mark - 1;
		const char *blank = memchr(p, ' ', (size_t)(end - p));
		size_t n = blank != NULL ? (size_t)(blank - p) : 0;
		snprintf(fam->name, sizeof fam->name, "%.*s", (int)n, p);
		fam->own = true;
		HASH_ADD_STR(v->families, name, fam);
	}
}

/* The family of a field, made when it is new; NULL: there are too many, or one of that name is of
 * another type. */
static struct family *
family_of(struct values *v, const struct series *se, const struct field *f, double *factor)
{
	char name[METRICVALUES_NAME];
	struct family *fam;
	const char *unit = family_name(name, se->source, f, factor);

	HASH_FIND_STR(v->families, name, fam);
	if (fam != NULL && fam->own) {
		add_part(name, "value");
		unit = NULL;
		HASH_FIND_STR(v->families, name, fam);
	}
	if (fam != NULL && fam->own)
		return NULL;
	if (fam != NULL)
		return (fam->kind == FIELD_COUNTER) == (f->kind == FIELD_COUNTER) ? fam : NULL;
	if (HASH_COUNT(v->families) >= MAX_FAMILIES)
		return NULL;
	fam = xcalloc(1, sizeof *fam);
	(void)str_copy(fam->name, sizeof fam->name, name);
	fam->unit = unit;
	fam->kind = f->kind;
	fam->first = se;
	fam->first_field = (unsigned)(f - se->fields);
	snprintf(fam->help, sizeof fam->help, "%s: %s", se->source,
	    f->label[0] != '\0' ? f->label : f->name);
	HASH_ADD_STR(v->families, name, fam);
	return fam;
}

/* Notes all fields of a series. */
static void
gather_series(struct values *v, const struct series *se)
{
	for (unsigned i = 0; i < se->nfields; i++) {
		double factor;
		struct family *fam = family_of(v, se, &se->fields[i], &factor);
		if (fam == NULL)
			continue;
		if (fam->n == fam->cap) {
			fam->cap = fam->cap == 0 ? 16 : 2 * fam->cap;
			fam->refs = xreallocarray(fam->refs, fam->cap, sizeof *fam->refs);
		}
		fam->refs[fam->n++] = (struct ref){ se, i, factor };
	}
}

/* Whether a node is asked for. */
static bool
node_passes(const struct values *v, const struct node *n)
{
	const char *zone = n->zone != NULL ? n->zone->name : "site";
	return (v->zone[0] == '\0' || strcmp(v->zone, zone) == 0) &&
	       (v->node[0] == '\0' || strcmp(v->node, n->name) == 0);
}

/* Gathers a turn's worth; false when all is. */
static bool
gather(struct values *v)
{
	size_t done = 0;

	while (v->at_node < site_nnodes(v->c->site)) {
		const struct node *n = site_node_at(v->c->site, v->at_node);
		bool wanted = node_passes(v, n);
		for (; wanted && v->at_series < n->nseries; v->at_series++) {
			const struct series *se = n->series[v->at_series];
			if (done >= TURN_FIELDS)
				return true;
			if (v->source[0] == '\0' || strcmp(v->source, se->source) == 0)
				gather_series(v, se);
			done += se->nfields;
		}
		v->at_series = 0;
		v->at_node++;
	}
	return false;
}

/* A sample, if its node is live and the value known. Where names of different sources or fields
 * became the same (a/b_c, a_b/c), a label of their own tells them apart. */
static void
put_sample(struct exposition *x, const struct family *fam, const struct ref *r, int64_t steady_ms)
{
	const struct series *se = r->series;
	const struct node *n = se->node;
	const struct field *f = &se->fields[r->field];
	const char *first = fam->first->fields[fam->first_field].name;
	const char *const labels[] = { "zone", n->zone != NULL ? n->zone->name : "site", "node",
		n->name, "instance_name", se->instance[0] != '\0' ? se->instance : NULL,
		"source_name", strcmp(se->source, fam->first->source) != 0 ? se->source : NULL,
		"field_name", strcmp(f->name, first) != 0 ? f->name : NULL, NULL };
	double value = f->kind == FIELD_COUNTER ? se->raw[r->field] : se->last.values[r->field];

	if (se->last.time_s == 0 || isnan(value) || site_is_stale(n, steady_ms))
		return;
	exposition_sample(x, labels, value * r->factor, se->last.time_s * 1000);
}

/* Writes a turn's worth; false when all is. */
static bool
write_families(struct values *v, struct exposition *x)
{
	int64_t steady_ms = clock_steady_ms();
	size_t till = x->b->len + TURN_BYTES, left = TURN_SAMPLES;

	while (v->at != NULL) {
		struct family *fam = v->at;
		bool counts = fam->kind == FIELD_COUNTER;
		if (fam->own) {
			v->at = fam->hh.next;
			continue;
		}
		if (v->at_ref == 0)
			exposition_family(x, fam->name,
			    counts ? EXPOSITION_COUNTER : EXPOSITION_GAUGE, fam->unit, fam->help);
		else
			snprintf(
			    x->family, sizeof x->family, "%s%s", fam->name, counts ? "_total" : "");
		/* One at least, or the family would begin again in the next turn. */
		for (; v->at_ref < fam->n && (v->at_ref == 0 || (x->b->len < till && left > 0));
		     left--)
			put_sample(x, fam, &fam->refs[v->at_ref++], steady_ms);
		if (v->at_ref < fam->n)
			return true;
		v->at_ref = 0;
		v->at = fam->hh.next;
		if ((x->b->len >= till || left == 0) && v->at != NULL)
			return true;
	}
	return false;
}

/* The next part of the answer. */
static bool
more(void *arg, struct buf *b)
{
	struct values *v = arg;
	struct exposition x = { .b = b, .open = v->open };

	if (v->at == NULL) {
		if (gather(v))
			return true;
		v->at = v->families;
	}
	if (write_families(v, &x))
		return true;
	exposition_end(&x);
	return false;
}

/* All is told, or nobody listens any more. */
static void
forget(void *arg)
{
	struct values *v = arg;
	struct family *fam, *next;

	HASH_ITER (hh, v->families, fam, next) {
		HASH_DEL(v->families, fam);
		free(fam->refs);
		free(fam);
	}
	free(v);
}

/* A parameter's value, or "". */
static void
take(const struct request *rq, const char *name, char *dst, size_t size)
{
	const char *text = request_param(rq, name);
	(void)str_copy(dst, size, text != NULL ? text : "");
}

void
metricvalues_begin(const struct collector *c, const struct request *rq, struct reply *re, bool open,
    const struct buf *own)
{
	struct values *v = xcalloc(1, sizeof *v);

	v->c = c;
	v->open = open;
	take(rq, "zone", v->zone, sizeof v->zone);
	take(rq, "node", v->node, sizeof v->node);
	take(rq, "source", v->source, sizeof v->source);
	take_own(v, own);
	re->more = more;
	re->more_arg = v;
	re->more_free = forget;
}
