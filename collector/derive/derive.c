/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inputs are found by walking over what the site has got since the last time, so that a look costs
 * nothing while nothing is new. A row of the configuration is a field of an output; rows of one
 * source and scope are fields of the same series, in their order. */
#include "collector/derive/derive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/site/measure.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define RATE_POINTS 64

enum derive_kind {
	DERIVE_MAXIMUM,
	DERIVE_MINIMUM,
	DERIVE_AVERAGE,
	DERIVE_SUM,
	DERIVE_RATE,
	DERIVE_RATIO,
	DERIVE_RCI_HIGH,
	DERIVE_RCI_LOW,
	DERIVE_DEW_POINT,
	DERIVE_NONE
};

static const char *const kind_words[] = { "maximum", "minimum", "average", "sum", "rate", "ratio",
	"rci-high", "rci-low", "dew-point" };

/* A value that goes into an output's field. */
struct input {
	const struct series *se;
	unsigned field;
	bool other; /* of the row's second measure */
};

/* The past of a value, for its rate. */
struct track {
	int64_t time_s[RATE_POINTS];
	double value[RATE_POINTS];
	size_t next;
	size_t n;
};

/* A field of an output. */
struct part {
	const struct conf_derived *row;
	enum derive_kind kind;
	struct input *inputs;
	size_t ninputs;
	struct track *track; /* of a rate */
};

/* A derived series. */
struct output {
	struct series_def def;
	const struct conf_derived *first; /* its source and scope */
	struct part parts[METRIC_MAX_FIELDS];
};

struct derive {
	const struct conf_collector *conf;
	struct site *site;
	struct output **outputs;
	size_t noutputs;
	size_t *nseen; /* series of each node that were looked at, by the node's index */
	size_t nnodes;
	bool full;
};

/* Magnus' formula, turned round. */
double
derive_dew_point(double celsius, double humidity)
{
	const double a = 17.62, b = 243.12;

	if (!(humidity > 0 && humidity <= 100) || !(celsius > -45 && celsius < 60))
		return NAN;
	double g = log(humidity / 100) + a * celsius / (b + celsius);
	return b * g / (a - g);
}

static enum derive_kind
kind_of(const char *word)
{
	int k = 0;

	while (k < DERIVE_NONE && (word == NULL || strcmp(word, kind_words[k]) != 0))
		k++;
	return (enum derive_kind)k;
}

/* Nothing is known yet. */
struct derive *
derive_new(const struct conf_collector *conf, struct site *site)
{
	struct derive *d = xcalloc(1, sizeof *d);

	d->conf = conf;
	d->site = site;
	return d;
}

void
derive_free(struct derive *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->noutputs; i++) {
		struct output *o = d->outputs[i];
		for (unsigned k = 0; k < o->def.nfields; k++) {
			free(o->parts[k].inputs);
			free(o->parts[k].track);
		}
		free(o);
	}
	free(d->outputs);
	free(d->nseen);
	free(d);
}

/* The node that holds what is derived of a value; NULL: none of the row's scope. */
static const struct node *
node_for(const struct derive *d, const struct conf_derived *row, const struct series *se)
{
	if (strcmp(row->scope, "series") == 0)
		return se->node;
	if (strcmp(row->scope, "site") == 0)
		return site_summary(d->site, NULL);
	return se->node->zone != NULL ? site_summary(d->site, se->node->zone) : NULL;
}

/* The derived series of the row on a node, made if there is room for it. */
static struct output *
output_for(
    struct derive *d, const struct conf_derived *row, const struct node *n, const char *instance)
{
	for (size_t i = 0; i < d->noutputs; i++) {
		struct output *o = d->outputs[i];
		if (strcmp(o->def.node, n->name) == 0 && strcmp(o->def.source, row->source) == 0 &&
		    strcmp(o->def.instance, instance) == 0)
			return o;
	}
	if (d->noutputs == DERIVE_MAX_SERIES) {
		d->full = true;
		return NULL;
	}
	struct output *o = xcalloc(1, sizeof *o);
	o->first = row;
	o->def.step_s = DERIVE_STEP;
	(void)str_copy(o->def.node, sizeof o->def.node, n->name);
	(void)str_copy(o->def.source, sizeof o->def.source, row->source);
	(void)str_copy(o->def.instance, sizeof o->def.instance, instance);
	d->outputs = xreallocarray(d->outputs, d->noutputs + 1, sizeof o);
	d->outputs[d->noutputs++] = o;
	return o;
}

/* What the field is, by what it is made of. */
static void
describe(
    struct field *f, const struct conf_derived *row, enum derive_kind kind, const struct field *of)
{
	const char *unit = of->unit;

	*f = (struct field){ .kind = FIELD_GAUGE, .min = NAN, .max = NAN };
	if (kind == DERIVE_RCI_HIGH || kind == DERIVE_RCI_LOW)
		unit = "%";
	else if (kind == DERIVE_RATIO)
		unit = "1";
	else if (kind == DERIVE_DEW_POINT)
		unit = "Cel";
	else if (kind == DERIVE_RATE)
		unit = strcmp(unit, "Cel") == 0 ? "K/min" : "1/min";
	(void)str_copy(f->name, sizeof f->name, row->field);
	(void)str_copy(f->unit, sizeof f->unit, unit);
	(void)str_copy(f->label, sizeof f->label, row->label != NULL ? row->label : row->field);
}

/* The field of the row in a derived series, made if there is room for it. */
static struct part *
part_for(struct output *o, const struct conf_derived *row, const struct field *of)
{
	for (unsigned i = 0; i < o->def.nfields; i++) {
		if (o->parts[i].row == row)
			return &o->parts[i];
	}
	if (o->def.nfields == METRIC_MAX_FIELDS)
		return NULL;
	struct part *p = &o->parts[o->def.nfields];
	p->row = row;
	p->kind = kind_of(row->kind);
	if (p->kind == DERIVE_RATE)
		p->track = xcalloc(1, sizeof *p->track);
	describe(&o->def.fields[o->def.nfields++], row, p->kind, of);
	return p;
}

/* A further value for a field. */
static void
part_add(struct part *p, const struct series *se, unsigned field, bool other)
{
	p->inputs = xreallocarray(p->inputs, p->ninputs + 1, sizeof *p->inputs);
	p->inputs[p->ninputs++] = (struct input){ .se = se, .field = field, .other = other };
}

/* The temperature beside a humidity: in the same series, or of the same instance of the node. */
static bool
find_partner(const struct derive *d, const struct conf_derived *row, const struct series *se,
    const struct series **partner, unsigned *field)
{
	const struct node *n = se->node;

	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *other = n->series[i];
		if (other != se && strcmp(other->instance, se->instance) != 0)
			continue;
		for (unsigned k = 0; k < other->nfields; k++) {
			if (!measure_holds(d->conf, row->other, other, k))
				continue;
			*partner = other;
			*field = k;
			return true;
		}
	}
	return false;
}

/* The dew point of a probe: needs both of its values. */
static bool
add_dew_point(
    struct derive *d, const struct conf_derived *row, const struct series *se, unsigned field)
{
	const struct series *partner;
	unsigned at;

	if (!measure_holds(d->conf, row->measure, se, field) ||
	    !find_partner(d, row, se, &partner, &at))
		return false;
	struct output *o = output_for(d, row, se->node, se->instance);
	struct part *p = o != NULL ? part_for(o, row, &se->fields[field]) : NULL;
	if (p == NULL || p->ninputs > 0)
		return false;
	part_add(p, se, field, false);
	part_add(p, partner, at, true);
	return true;
}

/* A value of a series that is new: what the row makes of it. Whether anything is defined by it. */
static bool
add_value(struct derive *d, const struct conf_derived *row, const struct series *se, unsigned field)
{
	bool first = measure_holds(d->conf, row->measure, se, field);
	bool other = row->other != NULL && measure_holds(d->conf, row->other, se, field);

	if (!first && !other)
		return false;
	const struct node *n = node_for(d, row, se);
	if (n == NULL || se->node->kind == NODE_SUMMARY)
		return false;
	const char *instance = strcmp(row->scope, "series") == 0 ? se->instance : "";
	struct output *o = output_for(d, row, n, instance);
	unsigned before = o != NULL ? o->def.nfields : 0;
	struct part *p = o != NULL ? part_for(o, row, &se->fields[field]) : NULL;
	if (p == NULL)
		return false;
	if (first)
		part_add(p, se, field, false);
	if (other)
		part_add(p, se, field, true);
	return o->def.nfields != before;
}

/* All that a series is an input of. */
static bool
add_series(struct derive *d, const struct series *se)
{
	const struct conf_derived *rows = d->conf->derived.v;
	bool more = false;

	for (size_t r = 0; r < d->conf->derived.n; r++) {
		bool dew = kind_of(rows[r].kind) == DERIVE_DEW_POINT;
		for (unsigned k = 0; k < se->nfields; k++) {
			bool added =
			    dew ? add_dew_point(d, &rows[r], se, k) : add_value(d, &rows[r], se, k);
			more = more || added;
		}
	}
	return more;
}

/* A probe's second value may come after its first: pair what is still alone, when the node got
 * more. */
static bool
pair_again(struct derive *d, const struct node *n)
{
	const struct conf_derived *rows = d->conf->derived.v;
	bool more = false;

	for (size_t r = 0; r < d->conf->derived.n; r++) {
		if (kind_of(rows[r].kind) != DERIVE_DEW_POINT)
			continue;
		for (size_t i = 0; i < n->nseries; i++)
			for (unsigned k = 0; k < n->series[i]->nfields; k++)
				if (add_dew_point(d, &rows[r], n->series[i], k))
					more = true;
	}
	return more;
}

/* Look at what came since the last time. */
bool
derive_find(struct derive *d)
{
	size_t nodes = site_nnodes(d->site);
	bool more = false;

	if (d->conf->derived.n == 0)
		return false;
	if (nodes > d->nnodes) {
		d->nseen = xreallocarray(d->nseen, nodes, sizeof *d->nseen);
		memset(d->nseen + d->nnodes, 0, (nodes - d->nnodes) * sizeof *d->nseen);
		d->nnodes = nodes;
	}
	for (size_t i = 0; i < nodes; i++) {
		const struct node *n = site_node_at(d->site, i);
		bool grew = d->nseen[i] < n->nseries;
		while (d->nseen[i] < n->nseries)
			more = add_series(d, n->series[d->nseen[i]++]) || more;
		if (grew && n->kind != NODE_SUMMARY)
			more = pair_again(d, n) || more;
	}
	return more;
}

size_t
derive_count(const struct derive *d)
{
	return d->noutputs;
}

const struct series_def *
derive_def(const struct derive *d, size_t i)
{
	return &d->outputs[i]->def;
}

/* The value of an input now; NaN if it is not live or can not be. */
static double
input_value(const struct input *in, int64_t now_ms)
{
	const struct reading *r = &in->se->last;
	int64_t age_ms = now_ms - r->recv_ms;

	if (r->time_s == 0 || age_ms > (int64_t)SITE_STALE_STEPS * in->se->step_s * 1000)
		return NAN;
	return site_is_plausible(in->se, in->field) ? r->values[in->field] : NAN;
}

/* What the inputs of a field come to. */
struct sum {
	double total;
	double least;
	double most;
	double over;  /* how far they are above 27 °C, together */
	double under; /* and below 18 °C */
	size_t n;
	size_t known;
};

/* Limits of ASHRAE's recommended and allowable range (class A1), for Herrlin's indices. */
#define RCI_HIGH 27.0
#define RCI_HIGH_MOST 32.0
#define RCI_LOW 18.0
#define RCI_LOW_LEAST 15.0

static struct sum
sum_up(const struct part *p, bool other, int64_t now_ms)
{
	struct sum s = { .least = INFINITY, .most = -INFINITY };

	for (size_t i = 0; i < p->ninputs; i++) {
		if (p->inputs[i].other != other)
			continue;
		double v = input_value(&p->inputs[i], now_ms);
		s.n++;
		if (isnan(v))
			continue;
		s.known++;
		s.total += v;
		s.least = fmin(s.least, v);
		s.most = fmax(s.most, v);
		s.over += fmax(0, v - RCI_HIGH);
		s.under += fmax(0, RCI_LOW - v);
	}
	return s;
}

/* The slope of the last `over` ms by least squares, per minute; NaN while less than half of it is
 * known. */
static double
rate_of(struct track *t, int64_t time_s, double value, int64_t over_ms)
{
	double n = 0, st = 0, sv = 0, stt = 0, stv = 0;
	int64_t oldest = time_s;

	t->time_s[t->next] = time_s;
	t->value[t->next] = value;
	t->next = (t->next + 1) % RATE_POINTS;
	if (t->n < RATE_POINTS)
		t->n++;
	for (size_t i = 0; i < t->n; i++) {
		double x = (double)(t->time_s[i] - time_s);
		if (isnan(t->value[i]) || -x * 1000 > (double)over_ms)
			continue;
		oldest = t->time_s[i] < oldest ? t->time_s[i] : oldest;
		n++;
		st += x;
		sv += t->value[i];
		stt += x * x;
		stv += x * t->value[i];
	}
	double det = n * stt - st * st;
	if ((time_s - oldest) * 2000 < over_ms || n < 3 || det <= 0)
		return NAN;
	return (n * stv - st * sv) / det * 60;
}

/* One field. */
static double
part_value(struct part *p, int64_t time_s, int64_t now_ms)
{
	struct sum s = sum_up(p, false, now_ms), o = sum_up(p, true, now_ms);

	switch (p->kind) {
	case DERIVE_MAXIMUM:
		return s.known > 0 ? s.most : NAN;
	case DERIVE_MINIMUM:
		return s.known > 0 ? s.least : NAN;
	case DERIVE_AVERAGE:
		return s.known > 0 && 2 * s.known >= s.n ? s.total / (double)s.known : NAN;
	case DERIVE_SUM:
		return s.known > 0 && s.known == s.n ? s.total : NAN;
	case DERIVE_RATE:
		return rate_of(p->track, time_s, s.known > 0 ? s.most : NAN, p->row->over);
	case DERIVE_RATIO:
		if (s.known == 0 || s.known != s.n || o.known == 0 || o.known != o.n)
			return NAN;
		return o.total > 0 ? s.total / o.total : NAN;
	case DERIVE_RCI_HIGH:
		return s.known == 0
			   ? NAN
			   : 100 * (1 - s.over / ((double)s.known * (RCI_HIGH_MOST - RCI_HIGH)));
	case DERIVE_RCI_LOW:
		return s.known == 0
			   ? NAN
			   : 100 * (1 - s.under / ((double)s.known * (RCI_LOW - RCI_LOW_LEAST)));
	case DERIVE_DEW_POINT:
		return derive_dew_point(o.known == 1 ? o.total : NAN, s.known == 1 ? s.total : NAN);
	case DERIVE_NONE:
		break;
	}
	return NAN;
}

void
derive_values(
    struct derive *d, size_t i, int64_t time_s, int64_t now_ms, double values[METRIC_MAX_FIELDS])
{
	struct output *o = d->outputs[i];

	for (unsigned k = 0; k < o->def.nfields; k++)
		values[k] = part_value(&o->parts[k], time_s, now_ms);
}
