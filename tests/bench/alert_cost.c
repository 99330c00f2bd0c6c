/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What judging costs: 500 nodes with 200 fields each under 300 rules, in 20 racks and 4 zones. Each
 * round gives every series a reading, a tenth of the nodes a second, with a tick at each second; a
 * few values are beyond their limits. Prints CPU seconds per million values, without what the site
 * itself takes for them.  alert_cost [ROUNDS] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/alert/alert.h"
#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "zw/alloc.h"

#define NODES 500
#define SERIES 10
#define FIELDS 20
#define RULES 300
#define STEP 10

struct bench {
	struct conf_collector conf;
	struct conf_zone zones[4];
	struct conf_node nodes[NODES];
	struct conf_rule rules[RULES];
	struct site *site;
	struct engine *e;
	struct series *series[NODES][SERIES];
	size_t changes;
};

/* CPU time of the process, s. */
static double
cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Count what is told. */
static void
changed(void *arg, const struct alert_change *ch)
{
	struct bench *b = arg;
	(void)ch;
	b->changes++;
}

/* A key of the rule's kind. */
static void
put_number(struct conf_rule *r, const char *key, double v)
{
	const struct conf_table *t = rule_kind_table(r->kind);
	for (size_t i = 0; i < t->nkeys; i++) {
		if (strcmp(t->keys[i].name, key) == 0)
			*(double *)((char *)r->variant + t->keys[i].offset) = v;
	}
}

/* The i-th rule: 240 on a field of every node, 40 on racks and zones, 10 rates, 10 silences. */
static void
make_rule(struct bench *b, size_t i)
{
	static const char *const sums[] = { "average", "maximum", "percentile", "count" };
	struct conf_rule *r = &b->rules[i];
	r->name = xasprintf("rule%zu", i);
	r->kind = xstrdup(i < 280 ? "threshold" : i < 290 ? "rate" : "no-data");
	r->variant = conf_defaults(rule_kind_table(r->kind));
	r->source = xasprintf("source%zu", i % SERIES);
	r->count = 3;
	r->percentile = 95;
	if (i < 290)
		r->field = xasprintf("f%zu", i / SERIES % FIELDS);
	if (i < 280) {
		put_number(r, "above", 90);
		put_number(r, "clear", 85);
	} else if (i < 290) {
		put_number(r, "above", 20);
	}
	if (i >= 240 && i < 280) {
		r->scope = xstrdup(i % 2 == 0 ? "rack" : "zone");
		r->aggregate = xstrdup(sums[i / 2 % 4]);
	}
}

/* The configuration. */
static void
make_conf(struct bench *b)
{
	for (size_t z = 0; z < 4; z++)
		b->zones[z].name = xasprintf("Z%zu", z);
	for (size_t i = 0; i < NODES; i++) {
		b->nodes[i].name = xasprintf("n%zu", i);
		b->nodes[i].zone = b->zones[i % 4].name;
		b->nodes[i].rack = xasprintf("R%zu", i % 20);
	}
	for (size_t i = 0; i < RULES; i++)
		make_rule(b, i);
	b->conf.zones = (struct conf_list){ .v = b->zones, .n = 4 };
	b->conf.nodes = (struct conf_list){ .v = b->nodes, .n = NODES };
	b->conf.rules = (struct conf_list){ .v = b->rules, .n = RULES };
	b->conf.notify.gather = 600000;
}

/* All series. */
static void
make_series(struct bench *b)
{
	b->site = site_new(&b->conf);
	for (size_t n = 0; n < NODES; n++) {
		for (size_t s = 0; s < SERIES; s++) {
			struct series_def def = { .step_s = STEP, .nfields = FIELDS };
			snprintf(def.node, sizeof def.node, "n%zu", n);
			snprintf(def.source, sizeof def.source, "source%zu", s);
			for (unsigned i = 0; i < FIELDS; i++) {
				def.fields[i].kind = FIELD_GAUGE;
				def.fields[i].min = 0;
				def.fields[i].max = 100;
				snprintf(def.fields[i].name, sizeof def.fields[i].name, "f%u", i);
			}
			b->series[n][s] =
			    site_define(b->site, (uint32_t)(n * SERIES + s) + 1, &def);
		}
		site_connected(site_node_at(b->site, n), "", "", 1700000000000);
	}
}

/* Feed rounds; without the engine if judge is false. Returns the CPU time. */
static double
feed(struct bench *b, unsigned rounds, int64_t *now_s, bool judge)
{
	double values[FIELDS], before = cpu();
	unsigned seed = 1;
	for (unsigned k = 0; k < rounds * STEP; k++, ++*now_s) {
		for (size_t n = k % STEP; n < NODES; n += STEP) {
			for (size_t s = 0; s < SERIES; s++) {
				for (unsigned i = 0; i < FIELDS; i++) {
					seed = seed * 1664525 + 1013904223;
					values[i] = 20 + (double)(seed >> 24) / 8;
				}
				if (seed >> 16 == 7)
					values[0] = 95;
				if (site_update(
					b->series[n][s], *now_s, *now_s * 1000, FIELDS, values) &&
				    judge)
					engine_reading(b->e, b->series[n][s], *now_s * 1000);
			}
		}
		if (judge)
			engine_tick(b->e, *now_s * 1000);
	}
	return cpu() - before;
}

int
main(int argc, char **argv)
{
	struct bench *b = xcalloc(1, sizeof *b);
	unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 30;
	int64_t now_s = 1700000000;
	if (rounds < 1 || rounds > 10000)
		return 2;
	make_conf(b);
	make_series(b);
	b->e = engine_new(&b->conf, b->site, now_s * 1000, changed, b);
	double start = cpu();
	(void)feed(b, 1, &now_s, true);
	start = cpu() - start;
	double with = feed(b, rounds, &now_s, true);
	double idle = cpu();
	for (int i = 0; i < 100; i++)
		engine_tick(b->e, now_s * 1000);
	idle = cpu() - idle;
	double without = feed(b, rounds, &now_s, false);
	double millions = (double)rounds * NODES * SERIES * FIELDS / 1e6;
	printf(
	    "%.3f CPU s per million values (%.1f million, site %.3f apart); first round %.2f s; a "
	    "tick with nothing new %.3f ms; %zu changes told\n",
	    (with - without) / millions, millions, without / millions, start, idle * 10,
	    b->changes);
	return 0;
}
