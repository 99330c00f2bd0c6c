/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Outages come from availability.h, and are charged in links_charge.c; here are round trips and
 * losses of the links' probes, and the traffic of switches' ports. A port is a link's when the
 * description that its switch has of it (ifAlias) is the link's title or name. */
#include "collector/report/figures/links.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/availability.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define STEP_S 300
#define MAX_EXTRAS 256

/* Probes of links, the best first: which field is a round trip. */
static const struct probe {
	const char *source;
	const char *field;
} probes[] = {
	{ "icmp", "rtt" },
	{ "tcp", "time" },
	{ "http", "time" },
	{ "dns", "time" },
};

static const struct extra {
	enum links_extra_kind kind;
	const char *source;
	const char *field;
} extras[] = {
	{ LINKS_POINTS, "wlan", "aps" },
	{ LINKS_STATIONS, "wlan", "stations" },
	{ LINKS_SESSIONS, "firewall", "sessions" },
	{ LINKS_SESSIONS, "firewall", "sessions_usg" },
};

/* The work under way. */
struct work {
	struct links *v;
	const struct figures_ask *ask;
};

/* Nothing known. */
static const struct stats nothing = { .mean = NAN, .min = NAN, .max = NAN, .p95 = NAN };

/* The rows of a series in the period; NULL: there are none. */
static struct span *
rows_of(const struct work *w, const struct series *se)
{
	struct span *s;
	struct err e;

	return span_read(&s, se, w->v->from_s, w->v->to_s, STEP_S, &e) == 0 ? s : NULL;
}

/* Round trips and losses of one probe. */
static bool
read_probe(const struct work *w, struct links_one *one, const struct probe *p)
{
	for (size_t i = 0; i < one->node->nseries; i++) {
		const struct series *se = one->node->series[i];
		unsigned rtt = site_field(se, p->field), loss = site_field(se, "loss");
		struct span *s;
		if (strcmp(se->source, p->source) != 0 || rtt == se->nfields ||
		    (s = rows_of(w, se)) == NULL)
			continue;
		stat_between(&one->rtt, s, rtt, w->v->from_s, w->v->to_s);
		if (loss < se->nfields)
			stat_between(&one->loss, s, loss, w->v->from_s, w->v->to_s);
		span_free(s);
		if (one->rtt.known_s > 0)
			return true;
	}
	return false;
}

bool
links_bears(const char *label, const char *title)
{
	const char *colon = strrchr(label, ':');
	size_t n = title != NULL ? strlen(title) : 0;

	return n > 0 && colon != NULL && (size_t)(colon - label) > n &&
	       memcmp(colon - n, title, n) == 0 && colon[-(ptrdiff_t)n - 1] == ' ';
}

/* Whether the port's state is labelled with the link's title or name. */
static bool
is_port_of(const struct series *se, const struct node *link)
{
	unsigned oper;

	if (strcmp(se->source, "interface") != 0 || (oper = site_field(se, "oper")) == se->nfields)
		return false;
	return links_bears(se->fields[oper].label, link->title) ||
	       links_bears(se->fields[oper].label, link->name);
}

/* One way of the port, in bytes and in parts of its speed. */
static void
read_flow(
    struct links_flow *f, const struct work *w, const struct span *s, unsigned field, double speed)
{
	stat_between(&f->bytes, s, field, w->v->from_s, w->v->to_s);
	f->share_p95 = f->bytes.p95 * 8 / speed;
}

/* Traffic of the port that is the link's. */
static void
read_port(struct work *w, struct links_one *one, const struct series *se)
{
	unsigned rx = site_field(se, "rx_bytes"), tx = site_field(se, "tx_bytes");
	unsigned speed = site_field(se, "speed");
	struct span *s;
	struct stats st;

	if (rx == se->nfields || tx == se->nfields || (s = rows_of(w, se)) == NULL)
		return;
	if (speed < se->nfields) {
		stat_between(&st, s, speed, w->v->from_s, w->v->to_s);
		one->speed = st.max > 0 ? st.max * 1e6 : NAN;
	}
	one->port = se;
	read_flow(&one->from, w, s, rx, one->speed);
	read_flow(&one->to, w, s, tx, one->speed);
	w->v->measured += one->from.bytes.known_s > 0;
	span_free(s);
}

/* The port of a link among all of the site. */
static void
find_port(struct work *w, struct links_one *one)
{
	const struct site *site = w->ask->plant->site;

	for (size_t i = 0; i < site_nnodes(site); i++) {
		const struct node *n = site_node_at(site, i);
		for (size_t j = 0; n->kind == NODE_DEVICE && j < n->nseries; j++) {
			if (!is_port_of(n->series[j], one->node))
				continue;
			read_port(w, one, n->series[j]);
			return;
		}
	}
}

/* A number that a device of the network tells. */
static void
take_extra(void *arg, const struct series *se)
{
	struct work *w = arg;

	for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
		unsigned field = site_field(se, extras[i].field);
		struct links_extra x = { .kind = extras[i].kind, .series = se, .field = field };
		struct span *s;
		if (strcmp(se->source, extras[i].source) != 0 || field == se->nfields ||
		    w->v->nextras == MAX_EXTRAS || (s = rows_of(w, se)) == NULL)
			continue;
		stat_between(&x.stat, s, field, w->v->from_s, w->v->to_s);
		span_free(s);
		if (!(x.stat.known_s > 0))
			continue;
		w->v->extras = xgrow(w->v->extras, w->v->nextras, sizeof *w->v->extras);
		w->v->extras[w->v->nextras++] = x;
	}
}

/* By kind, then as the site has them. */
static int
by_kind(const void *a, const void *b)
{
	const struct links_extra *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->series->node->index != y->series->node->index)
		return x->series->node->index < y->series->node->index ? -1 : 1;
	return x->field < y->field ? -1 : x->field > y->field;
}

/* Worst first; those of which nothing is known last; else by name. */
static int
by_availability(const void *a, const void *b)
{
	const struct links_one *x = a, *y = b;
	double ax = isnan(x->availability) ? 2 : x->availability;
	double ay = isnan(y->availability) ? 2 : y->availability;

	if (ax != ay)
		return ax < ay ? -1 : 1;
	return strcmp(x->node->name, y->node->name);
}

int
links_new(struct links **out, const struct figures_ask *a, struct err *e)
{
	struct links *v = xcalloc(1, sizeof *v);
	struct work w = { .v = v, .ask = a };
	size_t n;
	const struct availability_one *ones =
	    availability_of(a->of->availability, AVAILABILITY_LINK, &n);

	(void)e;
	v->from_s = a->period->from_s;
	v->to_s = a->of->availability->to_s;
	*out = v;
	links_charge(v, ones, n, a->annals->incidents, a->annals->nincidents, a->plant->site);
	for (size_t i = 0; i < n; i++) {
		struct links_one *one = &v->ones[i];
		one->rtt = one->loss = nothing;
		one->from = (struct links_flow){ nothing, NAN };
		one->to = one->from;
		for (size_t j = 0; j < sizeof probes / sizeof probes[0]; j++)
			if (read_probe(&w, one, &probes[j]))
				break;
		find_port(&w, one);
	}
	plant_sources(a->plant, "*", a->zone, take_extra, &w);
	if (v->nextras > 1)
		qsort(v->extras, v->nextras, sizeof *v->extras, by_kind);
	if (n > 1)
		qsort(v->ones, n, sizeof *v->ones, by_availability);
	return 0;
}

void
links_free(struct links *v)
{
	if (v == NULL)
		return;
	free(v->ones);
	free(v->causes);
	free(v->extras);
	free(v);
}
