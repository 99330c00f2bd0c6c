/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The alerts' engine as a state machine: rules of every kind over three nodes, and bytes that say
 * what happens: values, silence, steps of time, restarts from what was saved, acknowledgements.
 * Whatever comes: an alert that fires was not firing, one that ends was, an incident is opened once
 * and closed once, what is told names its alert, and time does not go backwards in it. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collector/alert/alert.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "zw/buf.h"
#include "zw/log.h"

#define NODES 3
#define KEPT 512
#define T0 INT64_C(1700000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

static const char text[] =
    "site = \"Fuzz\"; zones = ( { name = \"a\"; }, { name = \"b\"; } );\n"
    "nodes = ( { name = \"n0\"; zone = \"a\"; }, { name = \"n1\"; zone = \"a\"; },\n"
    "  { name = \"n2\"; zone = \"b\"; depends = [ \"n0\" ]; } );\n"
    "rules = (\n"
    " { name = \"high\"; kind = \"threshold\"; title = \"t\"; source = \"s\"; field = \"v\";\n"
    "   above = 50.0; clear = 40.0; for = \"10s\"; clear_for = \"20s\"; severity = \"critical\"; "
    "},\n"
    " { name = \"low\"; kind = \"threshold\"; title = \"t\"; source = \"s\"; field = \"v\";\n"
    "   below = 5.0; severity = \"warning\"; },\n"
    " { name = \"zone\"; kind = \"threshold\"; title = \"t\"; source = \"s\"; field = \"v\";\n"
    "   scope = \"zone\"; aggregate = \"maximum\"; above = 60.0; severity = \"warning\"; },\n"
    " { name = \"rate\"; kind = \"rate\"; title = \"t\"; source = \"s\"; field = \"v\";\n"
    "   by = 20.0; over = \"1min\"; severity = \"warning\"; },\n"
    " { name = \"silent\"; kind = \"no-data\"; title = \"t\"; after = \"30s\";\n"
    "   severity = \"critical\"; },\n"
    " { name = \"state\"; kind = \"state\"; title = \"t\"; source = \"s\"; field = \"w\";\n"
    "   at = \"warning\"; severity = \"warning\"; }\n"
    ");\n";

/* What is known of alerts and incidents by what was told. */
struct told {
	bool firing[KEPT], open[KEPT], closed[KEPT];
};

/* Something was decided. */
static void
changed(void *arg, const struct alert_change *ch)
{
	struct told *t = arg;

	assert(ch->alert != NULL || ch->incident != NULL);
	if (ch->kind == CHANGE_FIRED && ch->alert->id < KEPT) {
		assert(!t->firing[ch->alert->id]);
		t->firing[ch->alert->id] = true;
	} else if (ch->kind == CHANGE_RESOLVED && ch->alert->id < KEPT) {
		assert(t->firing[ch->alert->id]);
		t->firing[ch->alert->id] = false;
	} else if (ch->kind == CHANGE_OPENED && ch->incident->id < KEPT) {
		assert(!t->open[ch->incident->id] && !t->closed[ch->incident->id]);
		t->open[ch->incident->id] = true;
	} else if (ch->kind == CHANGE_CLOSED && ch->incident->id < KEPT) {
		assert(t->open[ch->incident->id]);
		t->open[ch->incident->id] = false;
		t->closed[ch->incident->id] = true;
	}
}

/* The configuration; it lasts as long as the process. */
static const struct conf_collector *
load(void)
{
	static void *conf;
	char path[64];
	unsigned count = 0;

	if (conf != NULL)
		return conf;
	log_init("fuzz", LOG_LEVEL_ERROR);
	int fd = memfd_create("conf", MFD_CLOEXEC);
	assert(fd != -1 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int rc =
	    conf_load(&collector_conf_table, path, &conf, collector_conf_check, stderr, &count);
	assert(rc == 0);
	close(fd);
	return conf;
}

/* One of the values that a byte stands for. */
static double
value_of(uint8_t b)
{
	static const double odd[] = { NAN, INFINITY, -INFINITY, -0.0, 1e308, 5e-324, -1,
		49.999999 };

	return b >= 248 ? odd[b - 248] : b / 2.0;
}

/* A node's series, with what its bytes say. */
static void
reading(struct engine *e, struct series *se, struct cursor *c, int64_t now_ms, int64_t late_s)
{
	double v[2] = { value_of(cursor_u8(c)), value_of(cursor_u8(c)) };

	if (site_update(se, now_ms / 1000 - late_s, now_ms, 2, v))
		engine_reading(e, se, now_ms);
	else
		engine_late(e, se, now_ms / 1000 - late_s, 2, v, now_ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct conf_collector *conf = load();
	struct cursor c = cursor_over(data, size < 1024 ? size : 1024);
	struct site *site = site_new(conf);
	struct told told = { 0 };
	struct series *se[NODES];
	int64_t now_ms = T0;

	for (uint32_t i = 0; i < NODES; i++) {
		struct series_def def = {
			.step_s = 10, .nfields = 2, .source = "s", .states = "1:0ook;1wwarn;2ccrit"
		};
		snprintf(def.node, sizeof def.node, "n%u", i);
		strcpy(def.fields[0].name, "v");
		strcpy(def.fields[1].name, "w");
		def.fields[1].kind = FIELD_STATE;
		for (int k = 0; k < 2; k++)
			def.fields[k].min = def.fields[k].max = NAN;
		se[i] = site_define(site, i + 1, &def);
		site_connected(se[i]->node, "x", "y", now_ms);
	}
	struct engine *e = engine_new(conf, site, now_ms, changed, &told);
	while (cursor_left(&c) > 0) {
		uint8_t op = cursor_u8(&c);
		struct series *of = se[op / 16 % NODES];
		if (op % 16 < 8)
			reading(e, of, &c, now_ms, 0);
		else if (op % 16 < 10)
			reading(e, of, &c, now_ms, cursor_u8(&c));
		else if (op % 16 == 10)
			site_disconnected(of->node, now_ms);
		else if (op % 16 == 11)
			site_connected(of->node, "x", "y", now_ms);
		else
			now_ms += 1000 * (int64_t)cursor_u8(&c);
		now_ms += 10000 * (op & 1);
		engine_tick(e, now_ms);
	}
	engine_free(e);
	site_free(site);
	return 0;
}
