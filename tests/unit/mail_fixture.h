/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The facts of an incident: cooling unit 2 of zone B stopped, inlets rise, a UPS is on battery. */
#ifndef MAIL_FIXTURE_H
#define MAIL_FIXTURE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/notify/text.h"
#include "zw/alloc.h"

#define MAIL_T0 INT64_C(1795300920000) /* 2026-11-22 02:42:00 +04:00 */

struct mail_fixture {
	struct zone zone;
	struct node nodes[6]; /* cool-b2, cool-b1, ups-1, srv-17, srv-18, a link */
	struct series series[6];
	struct alert alerts[TEXT_MAX_OTHERS + 4];
	struct incident incident;
	struct zone_air air;
	struct text_facts facts;
};

/* An alert on the inlet of a server. */
static inline struct alert
mail_alert(uint64_t id, const char *node, double value)
{
	struct alert a = { .id = id,
		.rule = "inlet-hot",
		.title = "Inlet air above the allowable range",
		.advice = "Servers switch themselves off before long. Restore the cooling, or move "
			  "load away "
			  "and shut down what can be spared.",
		.unit = "Cel",
		.severity = WIRE_CRITICAL,
		.zone = "b",
		.sid = 7,
		.state = ALERT_FIRING,
		.value = value,
		.limit = 32,
		.reason = "above 32 °C",
		.why = { .code = REASON_ABOVE, .v = { 32 } },
		.topic = TOPIC_AIR,
		.peak = value,
		.peak_ms = MAIL_T0 + 300000,
		.since_ms = MAIL_T0,
		.fired_ms = MAIL_T0 + 20000,
		.incident = 12 };

	(void)str_copy(a.node, sizeof a.node, node);
	(void)str_copy(a.series, sizeof a.series, "thermal");
	(void)str_copy(a.field, sizeof a.field, "inlet");
	for (size_t i = 0; i < ALERT_TREND; i++)
		a.trend[i] = (float)(value - 0.6 * (double)(ALERT_TREND - 1 - i));
	a.trend[2] = NAN;
	return a;
}

/* An alert of a state of a device. */
static inline struct alert
mail_state_alert(uint64_t id, const char *node, const char *reason, const char *words)
{
	struct alert a = { .id = id,
		.rule = "device-state-critical",
		.title = "A device reports a critical state",
		.severity = WIRE_CRITICAL,
		.zone = "b",
		.state = ALERT_FIRING,
		.value = 2,
		.limit = NAN,
		.peak = NAN,
		.why = { .code = REASON_STATE },
		.topic = TOPIC_COOLING,
		.since_ms = MAIL_T0,
		.fired_ms = MAIL_T0,
		.incident = 12 };

	(void)str_copy(a.node, sizeof a.node, node);
	(void)str_copy(a.series, sizeof a.series, "cooling");
	(void)str_copy(a.field, sizeof a.field, "unit");
	(void)str_copy(a.reason, sizeof a.reason, reason);
	(void)str_copy(a.why.words, sizeof a.why.words, reason);
	(void)str_copy(a.words, sizeof a.words, words);
	for (size_t i = 0; i < ALERT_TREND; i++)
		a.trend[i] = NAN;
	return a;
}

/* A series of one gauge. */
static inline void
mail_series(struct series *se, struct node *n, const char *source, double value)
{
	*se = (struct series){ .sid = 7, .node = n, .nfields = 1, .step_s = 10 };
	static char none[1] = "";
	se->states = none;
	(void)str_copy(se->source, sizeof se->source, source);
	(void)str_copy(se->name, sizeof se->name, source);
	(void)str_copy(se->fields[0].name, sizeof se->fields[0].name, "inlet");
	(void)str_copy(se->fields[0].unit, sizeof se->fields[0].unit, "Cel");
	se->fields[0].min = se->fields[0].max = NAN;
	se->last.time_s = 1;
	se->last.values[0] = value;
}

/* Server srv-17 alone is too hot; freed by free(). */
static inline struct mail_fixture *
mail_fixture_new(enum lang l)
{
	struct mail_fixture *x = xcalloc(1, sizeof *x);

	setenv("TZ", "Asia/Baku", 1);
	tzset();
	x->zone = (struct zone){ .name = "b", .title = "Zone B" };
	static const char *const names[][3] = { { "cool-b2", "Cooling unit 2", "B3" },
		{ "cool-b1", "Cooling unit 1", "B1" }, { "ups-1", "UPS 1", NULL },
		{ "srv-17", "Mail server", "B2" }, { "srv-18", "srv-18", "B2" },
		{ "school-04", "Naxçıvan 4 nömrəli məktəb", NULL } };
	for (size_t i = 0; i < 6; i++) {
		x->nodes[i] = (struct node){ .name = names[i][0],
			.title = names[i][1],
			.rack = names[i][2],
			.kind = i == 5	? NODE_LINK
				: i < 3 ? NODE_DEVICE
					: NODE_SERVER,
			.zone = &x->zone };
		mail_series(&x->series[i], &x->nodes[i], "thermal", 24.5 + (double)i);
	}
	x->nodes[3].unit = 14;
	x->alerts[0] = mail_alert(1, "srv-17", 32.44);
	x->incident = (struct incident){ .id = 12,
		.zone = "b",
		.severity = WIRE_CRITICAL,
		.opened_ms = MAIL_T0 + 30000,
		.firing = 1,
		.total = 1,
		.topic = TOPIC_AIR,
		.cause = "the cause" };
	x->facts = (struct text_facts){ .lang = l,
		.act = PLAN_OPEN,
		.site = "Data centre",
		.url = "https://zw.example/",
		.zone = &x->zone,
		.node = &x->nodes[3],
		.incident = &x->incident,
		.alert = &x->alerts[0],
		.series = &x->series[3],
		.power = { .runtime_min = NAN, .charge = NAN, .load = NAN },
		.now_ms = MAIL_T0 + 60000 };
	return x;
}

/* The cooling fails: the issue's own example. */
static inline void
mail_fixture_cooling(struct mail_fixture *x)
{
	struct text_facts *f = &x->facts;

	x->alerts[0] = mail_state_alert(1, "cool-b2", "unit: off", "off");
	x->alerts[0].advice =
	    "Look at the zone's cooling units: are they on, have they an alarm, is their supply "
	    "air cold? Without cooling the air gains 1 to 3 °C a minute.";
	x->incident.topic = TOPIC_COOLING;
	x->air = (struct zone_air){ .inlets = 12,
		.rising = 9,
		.hottest = 29.8,
		.node = "srv-17",
		.mean = 28.1,
		.rate = 1.6,
		.limit = 32,
		.units = 2,
		.off = 1,
		.off_ms = MAIL_T0,
		.supply = 17.5,
		.power = NAN,
		.left_s = 84,
		.earliest_s = 66,
		.latest_s = 120,
		.learned = 3 };
	f->generic = true;
	f->node = &x->nodes[0];
	f->air = &x->air;
	f->units[0] = (struct text_unit){ &x->nodes[1], true, 0, false, 17.5 };
	f->units[1] = (struct text_unit){ &x->nodes[0], false, 0, false, NAN };
	f->nunits = 2;
	f->power = (struct text_power){ &x->nodes[2], true, 0, 12.4, 88, 41 };
	f->neighbours[0] = (struct text_value){ &x->nodes[3], &x->series[3], 0, 1 };
	f->neighbours[1] = (struct text_value){ &x->nodes[4], &x->series[4], 0, 0 };
	f->nneighbours = 2;
	f->map = true;
	f->graph = true;
}

#endif
