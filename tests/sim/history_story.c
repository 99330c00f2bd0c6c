/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the collector would have told of a simulated past: alerts and incidents with who took care
 * of them, works that were planned, what people wrote. Through the history's own API. */
#include <event2/event.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/history.h"
#include "collector/conf.h"
#include "tests/sim/history_story.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define MINUTE 60
#define COMMIT_EVERY 200
#define CLOSES_MS 120000 /* after its last alert's end */

static const char *const people[] = { "aysel", "rashad", "leyla", "kamran" };

/* What an alert is of; texts are constant. */
struct kind {
	const char *rule;
	const char *title;
	enum wire_severity severity;
	enum alert_topic topic;
	const char *series;
	const char *field;
	const char *unit;
	double value;
	double limit;
	const char *reason;
	enum reason_code code;
};

static const struct kind silent = { "silent", "No data from the node", WIRE_CRITICAL, TOPIC_OTHER,
	"", "", "", NAN, NAN, "silent", REASON_SILENT };
static const struct kind link_lost = { "link-lost", "A link is down", WIRE_WARNING, TOPIC_LINK,
	"icmp", "up", "1", 0, NAN, "Echo: down", REASON_STATE };
static const struct kind standby = { "device-state-warning",
	"A device reports a state out of order", WIRE_WARNING, TOPIC_COOLING, "cooling", "mode",
	"1", 1, NAN, "operating mode: standby", REASON_STATE };
static const struct kind warm = { "inlet-warm", "Inlet air above the recommended range",
	WIRE_WARNING, TOPIC_AIR, "thermal", "inlet", "Cel", 27.4, 27, "above 27 °C", REASON_ABOVE };
static const struct kind hot = { "inlet-hot", "Inlet air above the allowable range", WIRE_CRITICAL,
	TOPIC_AIR, "thermal", "inlet", "Cel", 32.3, 32, "above 32 °C", REASON_ABOVE };
static const struct kind rises = { "inlet-rises", "Inlet air warms fast", WIRE_WARNING, TOPIC_AIR,
	"thermal", "inlet", "Cel", 24.6, 1, "rising by more than 1 K/min", REASON_RISING };
static const struct kind battery = { "ups-on-battery", "The UPS runs from its battery",
	WIRE_WARNING, TOPIC_POWER, "ups", "output_source", "1", 3, NAN, "output: on battery",
	REASON_STATE };
static const struct kind long_battery = { "ups-long-on-battery",
	"The UPS has run from its battery for a minute", WIRE_CRITICAL, TOPIC_POWER, "ups",
	"output_source", "1", 3, NAN, "output: on battery", REASON_STATE };
static const struct kind disk_full = { "disk-full", "File system nearly full", WIRE_WARNING,
	TOPIC_SERVER, "filesystem-var", "used_percent", "%", 97, 90, "above 90 %", REASON_ABOVE };
static const struct kind disk_over = { "disk-overfull", "File system full", WIRE_CRITICAL,
	TOPIC_SERVER, "filesystem-var", "used_percent", "%", 97, 95, "above 95 %", REASON_ABOVE };
static const struct kind leak = { "water-leak", "Water leak", WIRE_CRITICAL, TOPIC_SAFETY,
	"water-Leakage.Value", "value", "1", 1, NAN, "leak", REASON_STATE };
static const struct kind door = { "door-open", "A door stands open", WIRE_WARNING, TOPIC_SAFETY,
	"door-Access.Value", "value", "1", 1, NAN, "open", REASON_STATE };
static const struct kind clock_off = { "clock-off", "Clock is wrong", WIRE_WARNING, TOPIC_MONITOR,
	"agent", "clock_offset", "s", 5400, 5, "above 5 s", REASON_ABOVE };
static const struct kind lost = { "sensor-lost", "A temperature sensor is lost", WIRE_WARNING,
	TOPIC_MONITOR, "temperature-Temperature.Value-11.2", "value", "Cel", NAN, NAN, "silent",
	REASON_SILENT };

/* "site" or the zone of a node; a link's is "links". */
static const char *
zone_word(const struct era *h, size_t node)
{
	const struct history_node *n = &h->nodes[node];

	if (n->kind == HISTORY_LINK)
		return "links";
	return n->zone < h->nzones ? h->zones[n->zone] : "site";
}

/* One more alert of the incident under way; resolved_s 0: it is not over. */
static struct alert *
add(struct story *s, const struct kind *k, size_t node, int64_t since_s, int64_t fired_s,
    int64_t resolved_s)
{
	if (s->nalerts == STORY_MAX_ALERTS)
		return &s->alerts[STORY_MAX_ALERTS - 1];
	struct alert *a = &s->alerts[s->nalerts++];
	*a = (struct alert){ .id = ++s->last_alert,
		.rule = k->rule,
		.title = k->title,
		.unit = k->unit,
		.severity = k->severity,
		.value = k->value,
		.limit = k->limit,
		.topic = k->topic,
		.peak = k->value,
		.peak_ms = fired_s * 1000,
		.since_ms = since_s * 1000,
		.fired_ms = fired_s * 1000,
		.resolved_ms = resolved_s * 1000,
		.changes = 1 };
	a->why.code = k->code;
	a->why.v[0] = k->limit;
	for (unsigned i = k->code == REASON_ABOVE ? 1 : 0; i < REASON_NUMBERS; i++)
		a->why.v[i] = NAN;
	(void)str_copy(a->zone, sizeof a->zone, zone_word(s->h, node));
	(void)str_copy(a->node, sizeof a->node, s->h->nodes[node].name);
	(void)str_copy(a->series, sizeof a->series, k->series);
	(void)str_copy(a->field, sizeof a->field, k->field);
	(void)str_copy(a->reason, sizeof a->reason, k->reason);
	if (k->code == REASON_STATE)
		(void)str_copy(a->why.words, sizeof a->why.words, k->reason);
	return a;
}

/* Have all stored that was told so far. Counts alone would wait for a position in the journal, so a
 * note goes with them. */
static void
commit(struct story *s)
{
	history_note(s->db, "simulated-past", "yes");
	history_commit(s->db, 0, true);
	s->waiting = 0;
}

/* Commit now and then: an entry is a few hundred bytes. */
void
history_story_breathe(struct story *s)
{
	if (++s->waiting >= COMMIT_EVERY)
		commit(s);
}

/* Tell the history of a change. */
static void
tell(struct story *s, enum alert_change_kind kind, int64_t now_ms, const struct alert *a,
    const struct incident *in, const char *author, const char *text)
{
	struct alert_change ch = { .kind = kind,
		.now_ms = now_ms,
		.alert = a,
		.incident = in,
		.author = author,
		.text = text };

	history_change(s->db, &ch);
	history_story_breathe(s);
}

/* By when they fired. */
static int
compare_fired(const void *a, const void *b)
{
	const struct alert *x = a, *y = b;

	if (x->fired_ms != y->fired_ms)
		return x->fired_ms < y->fired_ms ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Who took it, and when: most of what lasts longer than it takes to look. */
static void
acknowledge(const struct story *s, struct incident *in, int64_t over_ms)
{
	static const char *const comments[] = { "Looking into it", "On my way to the room",
		"Called the provider", "Known, spare part is ordered", "" };
	unsigned n = s->ev->n;
	double u = (history_noise(s->h, 300, n, 0) + 1) / 2,
	       v = (history_noise(s->h, 301, n, 0) + 1) / 2;
	int64_t at = in->opened_ms + 60000 + (int64_t)(v * v * 30 * 60000);

	if (u < 0.12 || (over_ms != 0 && at > over_ms - 30000))
		return;
	in->ack.at_ms = at;
	(void)str_copy(in->ack.author, sizeof in->ack.author, people[n % 4]);
	(void)str_copy(in->ack.comment, sizeof in->ack.comment, comments[n / 4 % 5]);
}

/* The incident of the alerts under way: its numbers. */
static struct incident
incident_of(struct story *s, bool muted)
{
	struct incident in = { .id = ++s->last_incident,
		.opened_ms = s->alerts[0].fired_ms,
		.total = (unsigned)s->nalerts,
		.root = s->alerts[0].id,
		.topic = s->alerts[0].topic };
	int64_t over = 0;
	bool open = false;

	(void)str_copy(in.zone, sizeof in.zone, s->alerts[0].zone);
	(void)str_copy(in.node, sizeof in.node, s->alerts[0].node);
	(void)snprintf(in.cause, sizeof in.cause, "%.80s: %s, %.80s", s->alerts[0].title,
	    s->alerts[0].node, s->alerts[0].reason);
	for (size_t i = 0; i < s->nalerts; i++) {
		const struct alert *a = &s->alerts[i];
		if (a->severity > in.severity)
			in.severity = a->severity;
		open |= a->resolved_ms == 0;
		over = a->resolved_ms > over ? a->resolved_ms : over;
		in.joined_ms = a->fired_ms;
	}
	in.closed_ms = open ? 0 : over + CLOSES_MS;
	in.changed_ms = open ? in.joined_ms : in.closed_ms;
	if (!muted)
		acknowledge(s, &in, open ? 0 : over);
	return in;
}

/* Tell it step by step. */
static void
tell_incident(struct story *s, const struct incident *end, bool muted)
{
	struct incident in = *end;

	in.closed_ms = 0;
	in.ack = (struct ack){ .at_ms = 0 };
	in.firing = (unsigned)s->nalerts;
	in.muted = muted ? in.firing : 0;
	in.now = in.severity;
	tell(s, CHANGE_OPENED, in.opened_ms, NULL, &in, NULL, NULL);
	for (size_t i = 0; i < s->nalerts; i++) {
		struct alert a = s->alerts[i];
		a.incident = in.id;
		a.state = ALERT_FIRING;
		a.resolved_ms = 0;
		tell(s, CHANGE_FIRED, a.fired_ms, &a, &in, NULL, NULL);
	}
	in.ack = end->ack;
	if (in.ack.at_ms != 0)
		tell(s, CHANGE_ACKED, in.ack.at_ms, NULL, &in, in.ack.author, in.ack.comment);
	for (size_t i = 0; i < s->nalerts; i++) {
		struct alert a = s->alerts[i];
		a.incident = in.id;
		if (in.ack.at_ms != 0 && (a.resolved_ms == 0 || a.resolved_ms > in.ack.at_ms) &&
		    a.fired_ms <= in.ack.at_ms) {
			a.ack = in.ack;
			a.flags |= ALERT_ACKED;
		}
		in.firing -= a.resolved_ms != 0;
		a.state = a.resolved_ms == 0	? ALERT_FIRING
			  : end->closed_ms != 0 ? ALERT_CLOSED
						: ALERT_RESOLVED;
		if (a.resolved_ms != 0)
			tell(s, CHANGE_RESOLVED, a.resolved_ms, &a, &in, NULL, NULL);
		else if (in.ack.at_ms != 0)
			tell(s, CHANGE_ACKED, in.ack.at_ms, &a, &in, in.ack.author, NULL);
	}
	in = *end;
	if (in.closed_ms != 0)
		tell(s, CHANGE_CLOSED, in.closed_ms, NULL, &in, NULL, NULL);
}

/* What somebody wrote about it afterwards: cause and action. */
static void
comment(struct story *s, const struct incident *in)
{
	static const char *const words[EVENT_KINDS] = {
		[EVENT_SERVER_DOWN] = "Power supply replaced, server started again",
		[EVENT_SWITCH_DOWN] = "Firmware of the switch updated after a crash",
		[EVENT_COOLING_FAILS] = "Condensate pump was stuck; cleaned, and the unit started",
		[EVENT_BATTERY] = "Mains outage in the district; the UPS carried the load",
		[EVENT_LEAK] = "Loose joint of the humidifier's pipe tightened",
		[EVENT_DISK_FILLS] = "Old logs removed, rotation corrected",
		[EVENT_FLOOD] = "False alarms: a probe line was touched during cleaning",
		[EVENT_CLOCK_STEP] = "Its time server was set wrong; corrected",
		[EVENT_LINK_DOWN] = "Provider reports a cut fibre",
	};
	const char *text = words[s->ev->kind];

	if (text == NULL || in->closed_ms == 0 || in->ack.at_ms == 0)
		return;
	history_act(s->db, in->closed_ms - 60000, in->ack.author, "comment", in->id, "", text);
	history_story_breathe(s);
}

/* The alerts under way are an incident. */
static void
close_story(struct story *s, bool muted)
{
	static const char *const words[] = { "info", "warning", "critical" };

	if (s->nalerts == 0)
		return;
	qsort(s->alerts, s->nalerts, sizeof s->alerts[0], compare_fired);
	for (size_t i = 0; i < s->nalerts && muted; i++)
		s->alerts[i].flags |= ALERT_MAINTENANCE;
	struct incident in = incident_of(s, muted);
	tell_incident(s, &in, muted);
	comment(s, &in);
	struct history_incident told = { in.id, in.zone, in.node, s->alerts[0].rule,
		words[in.severity], in.opened_ms, in.closed_ms, in.ack.at_ms, in.total, muted };
	history_truth_incident(s->truth, &told);
	s->nalerts = 0;
}

/* Works that were planned, with some room before and after. */
static uint64_t
plan(struct story *s, const char *reason)
{
	struct silence one = { .id = ++s->last_silence,
		.kind = SILENCE_MAINTENANCE,
		.created_ms = (s->ev->from_s - 86400) * 1000,
		.starts_ms = (s->ev->from_s - 5 * MINUTE) * 1000,
		.ends_ms = (s->ev->to_s + 10 * MINUTE) * 1000 };

	(void)str_copy(one.match.node, sizeof one.match.node, s->h->nodes[s->ev->node].name);
	(void)str_copy(one.author, sizeof one.author, people[s->ev->n % 4]);
	(void)str_copy(one.reason, sizeof one.reason, reason);
	history_silence(s->db, &one);
	history_act(s->db, one.created_ms, one.author, "silence", 0, one.match.node, reason);
	history_story_breathe(s);
	return one.id;
}

/* A planned event: muted by its works. */
static void
planned(struct story *s, const struct kind *k, int64_t after_s, const char *reason)
{
	uint64_t id = plan(s, reason);
	struct alert *a =
	    add(s, k, s->ev->node, s->ev->from_s, s->ev->from_s + after_s, s->ev->to_s + 10);

	a->silence = id;
	close_story(s, true);
}

/* The whole of a zone: calls for each server that is there. */
static void
each_server(struct story *s, void (*fn)(struct story *s, size_t node, unsigned i))
{
	const struct era *h = s->h;
	unsigned count = 0;

	for (size_t i = 0; i < h->nnodes; i++)
		if (h->nodes[i].kind == HISTORY_SERVER &&
		    h->nodes[i].zone == h->nodes[s->ev->node].zone &&
		    h->nodes[i].born_s < s->ev->from_s)
			fn(s, i, count++);
}

/* A server's inlet while its zone is without cooling: when it passes each limit, and comes back. */
static void
heat_server(struct story *s, size_t node, unsigned i)
{
	const struct kind *kinds[] = { &warm, &hot };
	const double limits[] = { 27, 32 }, holds[] = { 60, 20 };
	const struct history_node *n = &s->h->nodes[node];
	size_t before = (size_t)((s->ev->from_s - s->h->from_s) / HISTORY_CELL) - 1;
	double base = s->h->air[n->zone][CELL_MEAN][before] + history_place(s->h, n);

	(void)i;
	for (unsigned k = 0; k < 2; k++) {
		int64_t since = 0, over = 0;
		double most = -INFINITY;
		for (int64_t t = s->ev->from_s; t < s->ev->to_s + 7200; t += 10) {
			double v = base + history_heat(s->ev, t);
			most = fmax(most, v);
			if (v > limits[k] && since == 0)
				since = t;
			if (v > limits[k] - 1)
				over = t;
		}
		if (since == 0)
			continue;
		struct alert *a =
		    add(s, kinds[k], node, since, since + (int64_t)holds[k], over + 120);
		a->peak = most;
		a->peak_ms = s->ev->to_s * 1000;
	}
}

/* A false alarm. */
static void
flood_server(struct story *s, size_t node, unsigned i)
{
	const struct kind *kinds[] = { &rises, &warm, &hot };

	for (unsigned k = 0; k < 3; k++) {
		int64_t at = s->ev->from_s + 20 + i * 17 + k * 60;
		add(s, kinds[k], node, at - 10, at, at + 150 + 10 * i);
	}
}

/* The links that hang on the switch. */
static void
lose_links(struct story *s)
{
	for (unsigned i = 0; i < 8; i++) {
		size_t node = history_nth(s->h, HISTORY_LINK, i);
		if (node == s->h->nnodes || strncmp(s->h->nodes[node].name, "link", 4) != 0)
			continue;
		struct alert *a = add(
		    s, &link_lost, node, s->ev->from_s, s->ev->from_s + 30 + i, s->ev->to_s + 10);
		a->flags |= ALERT_CONSEQUENCE;
		(void)str_copy(a->because, sizeof a->because, s->h->nodes[s->ev->node].name);
	}
}

/* The same alarm again and again. */
static void
chatter(struct story *s)
{
	for (int64_t t = s->ev->from_s; t + 600 < s->ev->to_s; t += 1500) {
		add(s, &warm, s->ev->node, t, t + 60, t + 400);
		close_story(s, false);
	}
}

/* An event that nobody planned. */
static void
tell_fault(struct story *s, const struct history_event *ev)
{
	int64_t from = ev->from_s, to = ev->to_s;

	switch (ev->kind) {
	case EVENT_SERVER_DOWN:
	case EVENT_COOLING_SILENT:
		add(s, &silent, ev->node, from, from + 24, to + 5);
		break;
	case EVENT_SWITCH_DOWN:
		add(s, &silent, ev->node, from, from + 24, to + 5);
		lose_links(s);
		break;
	case EVENT_LINK_DOWN:
		add(s, &link_lost, ev->node, from, from + 20, to + 10);
		break;
	case EVENT_COOLING_FAILS:
		add(s, &standby, ev->node, from, from + 10, to + 10);
		each_server(s, heat_server);
		break;
	case EVENT_BATTERY:
		add(s, &battery, ev->node, from, from + 10, to + 10);
		if (to - from > 60)
			add(s, &long_battery, ev->node, from, from + 60, to + 10);
		break;
	case EVENT_DISK_FILLS:
		add(s, &disk_full, ev->node, from, from + 60, to + 30);
		add(s, &disk_over, ev->node, from, from + 60, to + 30);
		break;
	case EVENT_CLOCK_STEP:
		add(s, &clock_off, ev->node, from, from + 60, to + 10);
		break;
	case EVENT_LEAK:
		add(s, &leak, ev->node, from, from + 10, to + 10);
		break;
	case EVENT_DOOR:
		add(s, &door, ev->node, from, from + 300, to + 10);
		break;
	case EVENT_FLOOD:
		each_server(s, flood_server);
		break;
	case EVENT_PROBE_DEAD:
		add(s, &lost, ev->node, from, from + 60, 0);
		break;
	default:
		break;
	}
	close_story(s, false);
}

/* An event. */
static void
tell_event(struct story *s, const struct history_event *ev)
{
	s->ev = ev;
	switch (ev->kind) {
	case EVENT_MAINTENANCE:
		planned(s, &silent, 24, "Security updates and a restart");
		break;
	case EVENT_LINK_WORKS:
		planned(s, &link_lost, 20, "The provider works on the line");
		break;
	case EVENT_COOLING_TEST:
		planned(s, &standby, 10, "Filter inspection, the unit stands by");
		break;
	case EVENT_BATTERY_TEST:
		planned(s, &battery, 10, "Battery test");
		break;
	case EVENT_CHATTER:
		chatter(s);
		break;
	case EVENT_COLLECTOR_DOWN:
	case EVENT_GAP:
		history_notice_away(s);
		break;
	default:
		tell_fault(s, ev);
	}
	history_notice_event(s, ev);
}

/* All of it. */
int
history_story(struct era *h, struct history_truth *t, struct err *e)
{
	struct history_restored restored;
	struct event_base *base = event_base_new();
	struct story *s = xcalloc(1, sizeof *s);
	char dir[4096];
	int rc = -1;

	*s = (struct story){ .h = h, .truth = t };
	collector_conf_path(h->conf, "", dir, sizeof dir);
	if (history_open(&s->db, base, dir, &restored, e) == 0) {
		for (size_t i = 0; i < h->nevents; i++)
			tell_event(s, &h->events[i]);
		history_notice_all(s);
		commit(s);
		history_close(s->db);
		history_restored_clear(&restored);
		rc = 0;
	}
	free(s);
	event_base_free(base);
	return rc;
}
