/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device_poll: the values of a device. All that is due at a moment is asked for in one go, the
 * agent's sysUpTime first: if that went backwards the agent restarted, its counters began anew and
 * its tables may be others. What was answered is published, each row with the stamp of the moment;
 * a row that was answered in part, or whose key says that another thing has its index now, is not.
 */
#include <event2/event.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/device_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define WALK_AGAIN_MS 30000 /* after a walk, at the earliest, when rows do not fit */

static const uint32_t sysuptime[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };

/* Whether what is asked for at this interval is due. */
static bool
is_due(const struct device *d, int64_t interval_ms)
{
	return d->due_ms == 0 || d->due_ms % interval_ms == 0;
}

/* The node of a row: the device, or DEVICE.CHILD. */
static void
row_node(const struct device *d, const struct row *row, char *dst, size_t size)
{
	if (row->child[0] == '\0')
		str_copy(dst, size, d->conf->node);
	else if (str_format(dst, size, "%s.%s", d->conf->node, row->child) == -1)
		str_copy(dst, size, d->conf->node);
}

/* Defines a row's series when it has its first value, so that an empty slot makes no RRD. */
static void
define_row(struct device *d, size_t i)
{
	const struct row *row = rows_at(d->rows, i);
	struct outlet *o = &d->outlets[i];
	struct series_def def = row->def;

	row_node(d, row, def.node, sizeof def.node);
	o->id = publisher_define(d->env.publisher, &def);
	o->refused = o->id == 0;
	for (unsigned f = 0; f < def.nfields; f++)
		if (def.fields[f].kind == FIELD_COUNTER && o->tallies == NULL)
			o->tallies = xcalloc(def.nfields, sizeof *o->tallies);
}

/* The value of a counter: its readings added up, unknown where it began anew. */
static double
tally(struct device *d, size_t i, unsigned f, double value)
{
	struct tally *t = &d->outlets[i].tallies[f];
	const struct slot *s = rows_source(d->rows, i, f);
	uint64_t since = rows_discontinuity(d->rows, i, f);
	bool restarted = d->restarted || (t->counter.known && since != t->discontinuity);

	t->discontinuity = since;
	if (s == NULL || isnan(value))
		return NAN;
	uint64_t raw = s->type == VARBIND_INTEGER ? (uint64_t)s->i : s->u;
	double total =
	    counter_take(&t->counter, raw, s->type == VARBIND_COUNTER64 ? 64 : 32, restarted);
	/* value is scaled, raw is not. */
	return raw == 0 ? total : total * (value / (double)raw);
}

/* Publishes a row. */
static void
publish_row(struct device *d, size_t i)
{
	const struct row *row = rows_at(d->rows, i);
	struct outlet *o = &d->outlets[i];
	struct row_value v;
	double values[METRIC_MAX_FIELDS];
	bool any = false;

	for (unsigned f = 0; f < row->def.nfields; f++) {
		rows_value(d->rows, i, f, &v);
		values[f] = v.value;
		any = any || v.status == VALUE_OK;
	}
	o->read_ms = clock_wall_ms();
	if (o->id == 0 && any && !o->refused)
		define_row(d, i);
	if (o->id == 0 || !any || d->stamp_s <= o->stamp_s)
		return;
	for (unsigned f = 0; o->tallies != NULL && f < row->def.nfields; f++)
		if (row->def.fields[f].kind == FIELD_COUNTER)
			values[f] = tally(d, i, f, values[f]);
	o->stamp_s = d->stamp_s;
	publisher_reading(d->env.publisher, o->id, d->stamp_s, row->def.nfields, values);
}

/* Publishes what was answered; true when the rows do not fit the device any more. */
static bool
publish(struct device *d)
{
	bool misfit = d->restarted;

	for (size_t i = 0; i < rows_count(d->rows); i++) {
		if (!is_due(d, rows_at(d->rows, i)->interval_ms) || !rows_fresh(d->rows, i))
			continue;
		if (rows_holds(d->rows, i))
			publish_row(d, i);
		else
			misfit = true;
	}
	return misfit;
}

/* The device's own series. */
static void
publish_self(struct device *d, const struct fetch_result *r)
{
	const double values[] = { d->rtt_s, (double)r->asked, (double)r->answered,
		d->uptime.known ? uptime_s(&d->uptime) : NAN };

	publisher_reading(d->env.publisher, d->series, d->stamp_s, 4, values);
}

/* It restarted: said, and walked anew. */
static void
tell_restart(struct device *d)
{
	log_info("device", "%s (%s) restarted", d->conf->node, d->conf->address);
	publisher_event(d->env.publisher, d->series, "device-restarted", WIRE_INFO,
	    "%s restarted: its time since the start went backwards", d->conf->node);
}

/* Whether it is time to see anew who it is (it restarted, perhaps as another device) or what it
 * has. */
static void
look_again(struct device *d, bool misfit, int64_t age_ms)
{
	if (d->walking != NULL)
		return;
	if (d->restarted || (d->nprofiles == 0 && age_ms >= d->conf->refresh))
		device_identify(d);
	else if (age_ms >= d->conf->refresh ||
		 ((misfit || d->walk_again) && age_ms >= WALK_AGAIN_MS))
		device_walk(d);
}

/* All answers are there, or will not come. */
static void
polled(void *arg, const struct fetch_result *r)
{
	struct device *d = arg;
	bool misfit = false;

	d->polling = NULL;
	d->polls++;
	d->rtt_s = (double)(clock_mono_us() - d->begun_us) / 1e6;
	if (r->status != SNMPIO_OK) {
		d->failed_polls++;
		device_trouble(d, r);
	} else {
		device_answered(d);
	}
	if (r->answered > 0) {
		d->rows_ms = clock_wall_ms();
		misfit = publish(d);
		publish_self(d, r);
	}
	if (d->restarted)
		tell_restart(d);
	if (d->fresh != NULL)
		device_adopt(d);
	if (r->status == SNMPIO_OK)
		look_again(d, misfit, clock_steady_ms() - d->walked_ms);
	if (d->poll_now)
		device_poll_now(d);
}

/* An answer. The first is the agent's time. */
static void
got(void *arg, size_t i, const struct varbind *v)
{
	struct device *d = arg;

	if (i > 0) {
		rows_take(rows_slot(d->rows, d->due_slots[i - 1]), v);
		if (v->type == VARBIND_NO_INSTANCE || v->type == VARBIND_NO_OBJECT)
			d->walk_again = true;
	} else if (v->type == VARBIND_TICKS || v->type == VARBIND_GAUGE32) {
		d->restarted = uptime_take(&d->uptime, (uint32_t)v->u, clock_steady_ms());
	}
}

/* Ask for what is due at the stamp, or for everything. */
void
device_poll(struct device *d, int64_t stamp_ms, bool all)
{
	size_t n = rows_nslots(d->rows);

	d->due_ms = all ? 0 : stamp_ms;
	int64_t stamp_s = stamp_ms / 1000;
	/* A poll out of turn may have taken this second. */
	if (all && stamp_s <= d->stamp_s)
		stamp_s = d->stamp_s + 1;
	if (stamp_s <= d->stamp_s)
		return;
	d->stamp_s = stamp_s;
	d->asked = xreallocarray(d->asked, n + 1, sizeof *d->asked);
	d->due_slots = xreallocarray(d->due_slots, n + 1, sizeof *d->due_slots);
	d->asked[0] = (struct oid){ sysuptime, sizeof sysuptime / sizeof sysuptime[0] };
	d->nasked = 1;
	for (size_t i = 0; i < n; i++) {
		struct slot *s = rows_slot(d->rows, i);
		if (!is_due(d, s->interval_ms))
			continue;
		s->fresh = false;
		d->due_slots[d->nasked - 1] = i;
		d->asked[d->nasked++] = s->oid;
	}
	d->restarted = false;
	d->begun_us = clock_mono_us();
	d->polling =
	    fetch_get(d->peer, &d->limits, d->env.base, d->asked, d->nasked, got, polled, d);
}
