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
#include "zw/crc32c.h"

#define MIN_CHILD 16 /* bytes left for a child's name that is cut, with what keeps it apart */

static const uint32_t sysuptime[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };

/* Whether what is asked for at this interval is due: a multiple of it has passed since the poll
 * before, whose stamp may have been any, and which may have been late for it. */
static bool
is_due(const struct device *d, int64_t interval_ms)
{
	return d->all || d->stamp_s * 1000 / interval_ms != d->before_s * 1000 / interval_ms;
}

/* The node of a row: the device, or DEVICE.CHILD. Where that is too long the child's name is cut,
 * and its checksum keeps it apart from others that begin alike; -1: there is no room for it. */
static int
row_node(const struct device *d, const struct row *row, char *dst, size_t size)
{
	const char *node = d->conf->node, *child = row->child;
	size_t room = NAME_MAX_NODE - strlen(node);

	if (child[0] == '\0')
		return str_copy(dst, size, node);
	if (str_format(dst, size, "%s.%s", node, child) == 0)
		return 0;
	if (room < MIN_CHILD)
		return -1;
	return str_format(dst, size, "%s.%.*s-%08x", node, (int)(room - 10), child,
	    crc32c(0, child, strlen(child)));
}

/* Defines a row's series when it has its first value, so that an empty slot makes no RRD. */
static void
define_row(struct device *d, size_t i)
{
	const struct row *row = rows_at(d->rows, i);
	struct outlet *o = &d->outlets[i];
	struct series_def def = row->def;

	if (row_node(d, row, def.node, sizeof def.node) == 0)
		o->id = publisher_define_of(d->env.publisher, &def, &d->series_left);
	o->refused = o->id == 0;
	for (unsigned f = 0; f < def.nfields; f++)
		if (def.fields[f].kind == FIELD_COUNTER && o->tallies == NULL)
			o->tallies = xcalloc(def.nfields, sizeof *o->tallies);
}

/* Whether a slot has a whole number, and which. */
static bool
is_whole(const struct slot *s, uint64_t *raw)
{
	switch (s->type) {
	case VARBIND_INTEGER: /* below 0: its upper half, where the profile says that it has one */
		*raw = (uint64_t)(s->i < 0 ? s->i + UINT32_MAX + 1 : s->i);
		return s->i >= INT32_MIN;
	case VARBIND_COUNTER32:
	case VARBIND_COUNTER64:
	case VARBIND_GAUGE32:
	case VARBIND_TICKS:
		*raw = s->u;
		return true;
	default:
		return false;
	}
}

/* A counter that is told as a text or a real number: no wraps are known, but it may begin anew, or
 * stumble as counter_take() has it. */
static double
tally_number(struct tally *t, double value, bool restarted)
{
	bool fell = t->has_number && value < t->number;
	bool stumbled = t->fell > 0 && value >= t->fell;

	if (restarted || stumbled)
		t->fell = 0;
	else if (fell && t->number > t->fell)
		t->fell = t->number;
	t->has_number = true;
	t->number = value;
	return restarted || fell || stumbled ? NAN : value;
}

/* Whether a counter began anew since it was read last. One whose row came later than the others may
 * have been another's before, and what is told in another way now is not compared with before. */
static bool
is_anew(const struct device *d, const struct outlet *o, struct tally *t, uint64_t since, bool whole)
{
	bool anew =
	    t->begun ? t->restarts != d->restarts || t->discontinuity != since || t->whole != whole
		     : o->late;

	t->begun = true;
	t->restarts = d->restarts;
	t->discontinuity = since;
	t->whole = whole;
	return anew;
}

/* The value of a counter: its readings added up, unknown where it began anew. */
static double
tally(struct device *d, size_t i, unsigned f, double value)
{
	struct tally *t = &d->outlets[i].tallies[f];
	const struct slot *s = rows_source(d->rows, i, f);
	double scale, offset;
	uint64_t raw;

	if (s == NULL || isnan(value) || value < 0)
		return NAN;
	bool whole = is_whole(s, &raw) && rows_scaling(d->rows, i, f, &scale, &offset);
	bool anew = is_anew(d, &d->outlets[i], t, rows_discontinuity(d->rows, i, f), whole);
	if (!whole)
		return tally_number(t, value, anew);
	return offset +
	       scale * counter_take(&t->counter, raw, s->type == VARBIND_COUNTER64 ? 64 : 32, anew);
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
	if (o->id == 0 || !any)
		return;
	for (unsigned f = 0; o->tallies != NULL && f < row->def.nfields; f++)
		if (row->def.fields[f].kind == FIELD_COUNTER)
			values[f] = tally(d, i, f, values[f]);
	publisher_reading(d->env.publisher, o->id, d->stamp_s, row->def.nfields, values);
}

/* Publishes what was answered; true when the rows do not fit the device any more. */
static bool
publish(struct device *d)
{
	bool misfit = false;

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
	if (!device_may_tell(d))
		return;
	log_info("device", "%s (%s) restarted", d->conf->node, d->conf->address);
	publisher_event(d->env.publisher, d->series, "device-restarted", WIRE_INFO,
	    "%s restarted: its time since the start went backwards", d->conf->node);
}

/* Whether it is time to see anew who it is (it restarted, perhaps as another device) or what it
 * has. Rows that never fit are looked for ever less often. */
static void
look_again(struct device *d, bool misfit)
{
	int64_t age_ms = clock_steady_ms() - d->looked_ms;

	if (d->walking != NULL || d->making != NULL)
		return;
	if (age_ms >= d->conf->refresh) {
		d->patience_ms = DEVICE_PATIENCE_MS;
	} else if (!d->restarted || age_ms < DEVICE_PATIENCE_MS) {
		if (age_ms < d->patience_ms || (!misfit && !d->walk_again && !d->identify_again))
			return;
		d->patience_ms *= 2;
	}
	if (d->identify_again || d->nprofiles == 0)
		device_identify(d);
	else
		device_walk(d);
}

/* All answers are there, or will not come. */
static void
polled(void *arg, const struct fetch_result *r)
{
	struct device *d = arg;
	bool misfit = false, silent = !d->answers;

	d->polling = NULL;
	d->polls++;
	d->rtt_s = (double)(clock_mono_us() - d->begun_us) / 1e6;
	if (!device_judge(d, r))
		d->failed_polls++;
	else if (silent && !d->all)
		d->poll_now = true; /* what is seldom due has not been heard for long */
	if (r->answered > 0) {
		d->rows_ms = clock_wall_ms();
		misfit = publish(d);
		publish_self(d, r);
	}
	if (d->restarted)
		tell_restart(d);
	if (d->fresh != NULL)
		device_adopt(d);
	if (d->answers)
		look_again(d, misfit);
	if (d->poll_now)
		device_poll_now(d);
}

/* The agent's time. */
static void
got_uptime(struct device *d, const struct varbind *v)
{
	if (v->type != VARBIND_TICKS && v->type != VARBIND_GAUGE32)
		return;
	if (!uptime_take(&d->uptime, (uint32_t)v->u, clock_steady_ms()))
		return;
	d->restarted = d->identify_again = true;
	d->restarts++;
}

/* An answer. The first is the agent's time. */
static void
got(void *arg, size_t i, const struct varbind *v)
{
	struct device *d = arg;

	if (i == 0) {
		got_uptime(d, v);
		return;
	}
	rows_take(rows_slot(d->rows, d->due_slots[i - 1]), v);
	if (v->type == VARBIND_NO_INSTANCE || v->type == VARBIND_NO_OBJECT)
		d->walk_again = true;
}

/* Makes the list of what is asked for. */
static void
list_due(struct device *d)
{
	size_t n = rows_nslots(d->rows);

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
}

/* Ask for what is due, or for everything. A clock that was set back by much was wrong before, and
 * the collector has refused its stamps. */
bool
device_poll(struct device *d, int64_t now_ms, bool all)
{
	int64_t stamp_s = now_ms / 1000;

	if (stamp_s <= d->stamp_s && d->stamp_s - stamp_s <= SCHEDULE_FORGET_MS / 1000)
		return false;
	d->before_s = d->stamp_s;
	d->stamp_s = stamp_s;
	d->all = all;
	d->restarted = false;
	list_due(d);
	d->begun_us = clock_mono_us();
	d->polling =
	    fetch_get(d->peer, &d->limits, d->env.base, d->asked, d->nasked, got, polled, d);
	return true;
}
