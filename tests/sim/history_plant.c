/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of equipment, of zones and of the site. Fields stand in the order of history.def. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/history.h"

#define DAY 86400.0
#define PDU_LOSS 1.03 /* what it measures over what servers draw */
#define MAINS_V 230.0
#define UPS_W 9000.0 /* that a UPS can feed */

/* A series under way. */
struct ask {
	const struct era *h;
	const struct history_node *n;
	size_t node;
	const struct series_def *def;
	struct history_cells *c;
	unsigned zone; /* whose air and power it is about */
	double joules; /* so far */
};

/* The zone that the last letter of a device's name means ("cool-b", "env-1.zone-b"), or its own. */
static unsigned
zone_of(const struct era *h, const struct history_node *n)
{
	size_t len = strlen(n->name);
	unsigned letter = len > 0 ? (unsigned)(unsigned char)n->name[len - 1] : 0;

	if (n->zone < h->nzones)
		return n->zone;
	return letter >= 'a' && letter - 'a' < h->nzones ? letter - 'a' : 0;
}

/* Air of the zone, `over` it, as it is with all that heats it. */
static void
put_air(const struct ask *a, unsigned field, size_t i, double over)
{
	for (unsigned k = 0; k < 3; k++)
		a->c->v[k][field][i] = a->h->air[a->zone][k][i] + over;
}

/* Relative humidity. */
static double
humidity(const struct ask *a, size_t i)
{
	return 44 + 4 * history_drift(a->h, 40, a->zone, i, 288) + 0.2 * (a->h->outdoor[i] - 16) -
	       1.5 * (a->h->air[a->zone][CELL_MEAN][i] - 22);
}

/* Dew point by Magnus (Sonntag 1990). */
static double
dew_point(double t, double rh)
{
	double g = log(rh / 100) + 17.62 * t / (243.12 + t);

	return 243.12 * g / (17.62 - g);
}

/* What a PDU measures of its zone. */
static void
model_pdu(const struct ask *a, size_t i, double kwh)
{
	double watts = a->h->power[a->zone][i] * PDU_LOSS, swing = watts * 0.03;
	bool whole = strcmp(a->def->source, "pdu") == 0;

	if (whole) {
		history_put(a->c, 0, i, watts, swing);
		history_put(a->c, 1, i, kwh, watts * HISTORY_CELL / 7.2e6);
		history_put(a->c, 2, i, 2, 0);
		history_put(a->c, 3, i, 1, 0);
		history_put(a->c, 4, i, watts / 0.96, swing);
		history_put(a->c, 5, i, 0.96, 0);
		return;
	}
	history_put(a->c, 0, i, 2, 0);
	history_put(a->c, 1, i, watts / 0.96 / MAINS_V, swing / MAINS_V);
	history_put(a->c, 2, i, MAINS_V + history_noise(a->h, 41, a->node, i), 1);
	history_put(a->c, 3, i, watts, swing);
	history_put(a->c, 4, i, watts / 0.96, swing);
	history_put(a->c, 5, i, 0.96, 0);
}

/* What a UPS feeds: two zones each. */
static double
ups_watts(const struct ask *a, size_t i)
{
	unsigned first = a->n->name[strlen(a->n->name) - 1] == '2' ? 2 : 0;
	double w = 0;

	for (unsigned z = first; z < first + 2 && z < a->h->nzones; z++)
		w += a->h->power[z] != NULL ? a->h->power[z][i] * PDU_LOSS : 0;
	return w;
}

/* A UPS, by the order of its own fields. */
static void
model_ups(const struct ask *a, size_t i)
{
	double w = ups_watts(a, i), load = 100 * w / UPS_W, minutes = fmin(120, 2200 / (load + 5));
	double temp =
	    24 + 0.05 * (a->h->outdoor[i] - 16) + 0.3 * history_drift(a->h, 42, a->node, i, 96);
	bool second = a->def->nfields > 7;
	const double one[] = { 2, 0, minutes, 100, temp, 1, 2 };
	const double two[] = { 2, 3, 0, minutes, 100, 273, 0, temp, 0 };

	for (unsigned f = 0; f < a->def->nfields; f++)
		history_put(a->c, f, i, second ? two[f] : one[f], 0);
}

/* What goes in and out of it. */
static void
model_ups_side(const struct ask *a, size_t i)
{
	double w = ups_watts(a, i), load = 100 * w / UPS_W;
	double mains = MAINS_V + 2 * history_drift(a->h, 43, a->node, i, 24);
	bool in = strcmp(a->def->source, "ups_input") == 0, second = a->def->instance[0] == '1';
	const double first_out[] = { MAINS_V, 50, load, w / MAINS_V };
	const double second_out[] = { MAINS_V, w / MAINS_V, w, load };

	if (in) {
		history_put(a->c, 0, i, mains, 1.5);
		if (a->def->nfields > 1)
			history_put(a->c, 1, i, 50, 0.03);
		return;
	}
	for (unsigned f = 0; f < a->def->nfields; f++)
		history_put(a->c, f, i, second ? second_out[f] : first_out[f], 0);
}

/* An in-row unit of the kind of zones A and B. */
static void
model_cooling(const struct ask *a, size_t i)
{
	double heat = a->h->power[a->zone][i] * 0.95, swing = heat * 0.02;
	double fan = 45 + heat / 100, airflow = 9 * fan;

	if (strcmp(a->def->instance, "group") == 0) {
		history_put(a->c, 0, i, 21, 0);
		return;
	}
	history_put(a->c, 0, i, 2, 0);
	history_put(a->c, 1, i, heat, swing);
	history_put(a->c, 2, i, heat, swing);
	history_put(a->c, 3, i, airflow, 5);
	put_air(a, 4, i, 0.1);
	put_air(a, 5, i, -2.4);
	put_air(a, 6, i, 2.6 + heat / 1500);
	history_put(a->c, 7, i, fan, 1);
	history_put(a->c, 8, i, fmin(100, 25 + heat / 60), 1);
	history_put(a->c, 9, i, 9.5 + 0.03 * (a->h->outdoor[i] - 16), 0.1);
	history_put(a->c, 10, i, 10.6 + 0.03 * (a->h->outdoor[i] - 16) + heat / 8000, 0.1);
	history_put(a->c, 11, i, 1, 0);
}

/* A controller's single values, by their names: of the units of zones C and D, of the probes. */
static bool
model_named(const struct ask *a, size_t i)
{
	const char *s = a->def->source, *at = a->def->instance;
	double heat = a->h->power[a->zone][i] * 0.95, rh = humidity(a, i);
	double t = a->h->air[a->zone][CELL_MEAN][i];

	if (strstr(at, "Dew-Point") != NULL || strcmp(s, "dewpoint_made") == 0)
		history_put(a->c, 0, i, dew_point(t, rh), 0.1);
	else if (strcmp(s, "humidity") == 0)
		history_put(a->c, 0, i, rh, 0.4);
	else if (strcmp(s, "airflow") == 0)
		history_put(a->c, 0, i, 9 * (45 + heat / 100), 5);
	else if (strcmp(s, "pressure") == 0)
		history_put(a->c, 0, i, 40 + fmod((double)i * HISTORY_CELL / DAY, 180) * 0.7, 1);
	else if (strcmp(s, "power") == 0)
		history_put(a->c, 0, i, heat, heat * 0.02);
	else if (strcmp(s, "fan") == 0)
		history_put(a->c, 0, i, 2200 + heat * 0.6, 20);
	else if (strcmp(s, "frequency") == 0)
		history_put(a->c, 0, i, 28 + heat / 120, 0.5);
	else if (strcmp(s, "runhours") == 0)
		history_put(a->c, 0, i, 1, 0); /* summed up in the end */
	else
		return false;
	return true;
}

/* Temperatures by what their names say. */
static void
model_temperature(const struct ask *a, size_t i)
{
	const char *at = a->def->instance;
	double over = 0.3 * history_noise(a->h, 44, a->node, strlen(at));

	if (strstr(at, "Supply-Temp") != NULL)
		over = -2.4;
	else if (strstr(at, "Return") != NULL)
		over = 3.2;
	else if (strstr(at, "Maximum") != NULL || strstr(at, "Inlet-Temperature-3") != NULL)
		over = 0.5;
	else if (strstr(at, "Inlet-Temperature") != NULL)
		over = 0.1;
	else if (strncmp(a->n->name, "switch", 6) == 0)
		over = strstr(at, "ASIC") != NULL ? 28 : 4;
	put_air(a, 0, i, over);
}

/* The link behind a port of the switch; nnodes: none. */
static size_t
link_of(const struct ask *a)
{
	char name[32];

	(void)snprintf(name, sizeof name, "link-%02d", history_port(a->def->instance));
	return history_find(a->h, name);
}

/* A port: what an institution sends and gets, by day and its own size. */
static void
model_port(const struct ask *a, size_t i)
{
	size_t link = link_of(a);
	double size = 1 + 0.8 * history_noise(a->h, 46, link, 0);
	double tx =
	    2.2e6 * size * (0.06 + a->h->work[i]) * (1 + 0.25 * history_noise(a->h, 47, link, i));
	const double v[] = { tx * 0.3, tx, tx * 0.3 / 700, tx / 700, 0, 0, 0, 0, 1, 1, 100 };

	for (unsigned f = 0; f < a->def->nfields; f++)
		history_put(a->c, f, i, v[f], f < 4 ? v[f] * 0.5 : 0);
}

/* Nothing passes a port while its link is down. */
static void
overlay_port(const struct ask *a)
{
	size_t link = link_of(a);

	for (size_t k = 0; k < a->h->nevents; k++) {
		const struct history_event *ev = &a->h->events[k];
		if (ev->node != link ||
		    (ev->kind != EVENT_LINK_DOWN && ev->kind != EVENT_LINK_WORKS))
			continue;
		for (unsigned f = 0; f < 4; f++)
			history_overlay(a->h, a->c, f, ev->from_s, ev->to_s, 0);
		history_overlay(a->h, a->c, 9, ev->from_s, ev->to_s, 2);
	}
}

/* States, all in order. */
static void
model_state(const struct ask *a, size_t i)
{
	const char *at = a->def->instance;
	bool mode = strstr(at, "Mode") != NULL, flow = strstr(at, "Flow") != NULL;

	history_put(a->c, 0, i, mode ? 6 : flow || strcmp(a->def->source, "unit") == 0 ? 1 : 0, 0);
}

/* How a device answers, and how long it is up. */
static void
model_snmp(const struct ask *a, size_t i)
{
	int64_t boot =
	    a->n->born_s > a->h->from_s ? a->n->born_s : a->h->from_s - (int64_t)(200 * DAY);
	double up = (double)(history_time(a->h, i) - boot), step = a->def->step_s;
	unsigned f = a->def->nfields - 1;

	if (f > 0) {
		history_put(a->c, 0, i, 0.004 + 0.001 * history_noise(a->h, 45, a->node, i), 0.001);
		history_put(a->c, 1, i, 16, 0);
		history_put(a->c, 2, i, 16, 0);
	}
	up = fmax(0, up);
	history_put(a->c, f, i, up + (HISTORY_CELL + step) / 2, (HISTORY_CELL - step) / 2);
	a->c->ramp[f] = true;
}

/* The hottest of a zone's servers that were there. */
static double
hottest_place(const struct ask *a, size_t i)
{
	double most = 0.1; /* the cooling unit's own probe */

	for (size_t k = 0; k < a->h->nnodes; k++) {
		const struct history_node *n = &a->h->nodes[k];
		if (n->kind == HISTORY_SERVER && n->zone == a->zone &&
		    n->born_s <= history_time(a->h, i))
			most = fmax(most, history_place(a->h, n));
	}
	return most;
}

/* What is derived of a zone or the site. */
static void
model_summary(const struct ask *a, size_t i)
{
	const double own[] = { 39, 4194304, 1, 20, 0, 0, 0, 0, 62, 1800, 2.5 };
	double t = a->h->air[a->zone][CELL_MEAN][i], w = 0;

	if (strcmp(a->def->source, "air") == 0) {
		put_air(a, 0, i, hottest_place(a, i));
		history_put(a->c, 1, i, 0, 0.05);
	} else if (strcmp(a->def->source, "rci") == 0) {
		history_put(a->c, 0, i, 100 * (1 - fmin(1, fmax(0, t - 27) / 5)), 0);
		history_put(a->c, 1, i, 100 * (1 - fmin(1, fmax(0, 18 - t) / 3)), 0);
	} else if (strcmp(a->def->source, "collector") == 0) {
		for (unsigned f = 0; f < a->def->nfields; f++)
			history_put(a->c, f, i, own[f], 0);
	} else {
		for (unsigned z = 0; z < a->h->nzones; z++)
			if (strcmp(a->def->source, "site_it_power") == 0 || z == a->zone)
				w += a->h->power[z][i] * PDU_LOSS;
		history_put(a->c, 0, i, w, w * 0.02);
	}
}

/* A cell of a series; what runs on goes on. */
static void
model_cell(struct ask *a, size_t i)
{
	const char *s = a->def->source;
	double watts = a->zone < a->h->nzones ? a->h->power[a->zone][i] * PDU_LOSS : 0;

	if (a->n->kind == HISTORY_SUMMARY)
		model_summary(a, i);
	else if (strncmp(s, "pdu", 3) == 0)
		model_pdu(a, i, (a->joules + watts * HISTORY_CELL / 2) / 3.6e6);
	else if (strcmp(s, "ups") == 0)
		model_ups(a, i);
	else if (strncmp(s, "ups_", 4) == 0)
		model_ups_side(a, i);
	else if (strcmp(s, "cooling") == 0)
		model_cooling(a, i);
	else if (strcmp(s, "interface") == 0)
		model_port(a, i);
	else if (strcmp(s, "snmp") == 0 || strcmp(s, "system") == 0)
		model_snmp(a, i);
	else if (!model_named(a, i)) {
		if (strcmp(s, "temperature") == 0)
			model_temperature(a, i);
		else
			model_state(a, i);
	}
	if (a->def->nfields == 2 && strcmp(a->def->fields[1].name, "status") == 0)
		history_put(a->c, 1, i, a->n->name[0] == 's' ? 1 : 4, 0);
	a->joules += watts * HISTORY_CELL;
}

/* A unit that does not run. */
static void
overlay_standby(const struct ask *a, const struct history_event *ev)
{
	static const double off[] = { 1, 0, NAN, 0, NAN, NAN, NAN, 0, 0 };

	if (strcmp(a->def->source, "cooling") == 0 && a->def->nfields > 8) {
		for (unsigned f = 0; f < 9; f++)
			if (!isnan(off[f]))
				history_overlay(a->h, a->c, f, ev->from_s, ev->to_s, off[f]);
	} else if (strstr(a->def->instance, "Mode") != NULL) {
		history_overlay(a->h, a->c, 0, ev->from_s, ev->to_s, 3);
	} else if (strcmp(a->def->source, "fan") == 0 || strcmp(a->def->source, "airflow") == 0 ||
		   strcmp(a->def->source, "frequency") == 0 ||
		   strcmp(a->def->source, "runhours") == 0 ||
		   strstr(a->def->instance, "Cool-Output") != NULL) {
		history_overlay(a->h, a->c, 0, ev->from_s, ev->to_s, 0);
	}
}

/* A UPS on its battery. */
static void
overlay_battery(const struct ask *a, const struct history_event *ev)
{
	bool second = a->def->nfields > 7;
	double span = (double)(ev->to_s - ev->from_s);

	if (strcmp(a->def->source, "ups_input") == 0 && ev->kind == EVENT_BATTERY)
		for (unsigned f = 0; f < a->def->nfields; f++)
			history_overlay(a->h, a->c, f, ev->from_s, ev->to_s, 0);
	if (strcmp(a->def->source, "ups") != 0)
		return;
	history_overlay(a->h, a->c, second ? 1 : 6, ev->from_s, ev->to_s, second ? 5 : 3);
	history_overlay(
	    a->h, a->c, second ? 2 : 1, ev->from_s, ev->to_s, second ? span / 120 : span / 2);
	history_overlay(a->h, a->c, second ? 4 : 3, ev->from_s, ev->to_s, 100 - span / 30);
}

/* Hours that a unit ran, from the part of each cell in which it did. */
static void
sum_hours(const struct ask *a)
{
	double hours = 1200;

	for (size_t i = 0; i < a->c->n; i++) {
		double ran = a->c->v[CELL_MEAN][0][i] * HISTORY_CELL / 3600;
		history_put(a->c, 0, i, hours + ran / 2, ran / 2);
		hours += ran;
	}
	a->c->ramp[0] = true;
}

/* What happens to a device. */
static void
overlay(const struct ask *a, const struct history_event *ev)
{
	const char *s = a->def->source;

	if (ev->kind == EVENT_COOLING_FAILS || ev->kind == EVENT_COOLING_TEST)
		overlay_standby(a, ev);
	if (ev->kind == EVENT_BATTERY || ev->kind == EVENT_BATTERY_TEST)
		overlay_battery(a, ev);
	if ((ev->kind == EVENT_LEAK && strcmp(s, "water") == 0) ||
	    (ev->kind == EVENT_DOOR && strcmp(s, "door") == 0))
		history_overlay(a->h, a->c, 0, ev->from_s, ev->to_s, 1);
	if (ev->kind == EVENT_PROBE_DEAD && strcmp(s, "temperature") == 0 &&
	    strstr(a->def->instance, "11.2") != NULL)
		history_overlay(a->h, a->c, 0, ev->from_s, ev->to_s, NAN);
}

/* The cells of a series. */
void
history_plant(const struct era *h, const struct history_node *n, const struct series_def *def,
    struct history_cells *c)
{
	struct ask a = { h, n, (size_t)(n - h->nodes), def, c, zone_of(h, n), 0 };

	for (size_t i = 0; i < c->n; i++)
		model_cell(&a, i);
	if (strcmp(def->source, "pdu") == 0)
		c->ramp[1] = true;
	for (size_t k = 0; k < h->nevents; k++)
		if (h->events[k].node == a.node)
			overlay(&a, &h->events[k]);
	if (strcmp(def->source, "runhours") == 0)
		sum_hours(&a);
	if (strcmp(def->source, "interface") == 0)
		overlay_port(&a);
	history_silence_cells(h, a.node, c);
}
