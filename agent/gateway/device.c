/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device: identify (who is it, which profiles match), walk (what has it), then poll for ever. Each
 * device has its own timer, socket and sizes of requests; nothing is shared but the publisher. A
 * device that does not answer sends nothing, so that the collector sees its silence; why it is
 * silent is told by an event. */
#include <arpa/inet.h>
#include <event2/event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/device_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/crc32c.h"

#define EARLY_MS 2     /* the loop's timers may be this early */
#define NEWS_MS 120000 /* a device is told of so often on average, and so often at once: */
#define NEWS_BURST 10

/* Where in the spread this device always is. */
static int64_t
spread_ms(const struct device *d)
{
	const char *node = d->conf->node;

	if (d->env.spread_ms <= 0)
		return 0;
	int64_t ms = (int64_t)(crc32c(0, node, strlen(node)) % (uint64_t)d->env.spread_ms);
	return ms / d->env.together_ms * d->env.together_ms;
}

/* Lets the timer run in so long. */
static void
arm(struct device *d, int64_t ms)
{
	struct timeval tv = clock_timeval(ms);
	event_add(d->timer, &tv);
}

/* The greatest common divisor. */
static int64_t
gcd(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t r = a % b;
		a = b;
		b = r;
	}
	return a;
}

/* (Re)start the schedule. Each 10 s the device is asked at least for its time, so that its silence
 * is seen whatever it has. */
void
device_schedule(struct device *d)
{
	int64_t step = DEVICE_DEFAULT_MS, now = clock_wall_ms() - spread_ms(d);

	for (size_t i = 0; d->rows != NULL && i < rows_count(d->rows); i++)
		step = gcd(step, rows_at(d->rows, i)->interval_ms);
	if (step == d->schedule.step_ms)
		return;
	schedule_start(&d->schedule, step, now, 0, d->stamp_s * 1000);
	arm(d, 0);
}

/* A multiple of the step: ask, unless the last time's answers are still awaited. */
static void
on_due(struct device *d, int64_t stamp_ms)
{
	if (d->stage == DEVICE_POLLING) {
		if (d->polling != NULL)
			d->late_polls++;
		else if (device_poll(d, stamp_ms, d->poll_now))
			d->poll_now = false;
	} else if (d->walking == NULL && d->making == NULL) {
		if (d->stage == DEVICE_IDENTIFYING)
			device_identify(d);
		else
			device_walk(d);
	}
}

/* A poll out of turn, if one is wanted and none is under way: not twice in a second, for stamps
 * would run ahead of the clock. Returns when to come again, at the latest after max_ms. */
static int64_t
poll_out_of_turn(struct device *d, int64_t max_ms)
{
	int64_t now_ms = clock_wall_ms(), wait_ms = 1000 - now_ms % 1000;

	if (!d->poll_now || d->stage != DEVICE_POLLING || d->polling != NULL)
		return max_ms;
	if (!device_poll(d, now_ms, true))
		return wait_ms < max_ms ? wait_ms : max_ms;
	d->poll_now = false;
	return max_ms;
}

/* The timer: a turn of the schedule, or a poll out of turn. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct device *d = arg;
	struct schedule_turn t;
	(void)fd;
	(void)what;

	do {
		t = schedule_turn(&d->schedule, clock_wall_ms() - spread_ms(d) + EARLY_MS);
		if (t.sample)
			on_due(d, t.stamp_ms);
	} while (t.wait_ms <= 0);
	arm(d, poll_out_of_turn(d, t.wait_ms));
}

/* Whether it may be told of in the log and to the collector: one that comes and goes all the time
 * does not fill them. */
bool
device_may_tell(struct device *d)
{
	unsigned held = 0;

	if (!log_throttle_pass(&d->news, clock_steady_ms(), &held))
		return false;
	if (held > 0)
		log_warnx("device",
		    "%s (%s): not all of its comings, goings and restarts were told", d->conf->node,
		    d->conf->address);
	return true;
}

/* It does not answer, or says no. Told once until it answers again. */
static void
tell_trouble(struct device *d)
{
	if (d->told || !device_may_tell(d))
		return;
	d->told = true;
	log_warnx("device", "%s (%s): %s", d->conf->node, d->conf->address, d->trouble);
	publisher_event(d->env.publisher, d->series, "device-trouble", WIRE_WARNING,
	    "%s (%s) does not answer: %s", d->conf->node, d->conf->address, d->trouble);
}

/* It answers again. */
static void
tell_answers(struct device *d)
{
	if (!d->told || !device_may_tell(d))
		return;
	d->told = false;
	log_info("device", "%s (%s) answers again", d->conf->node, d->conf->address);
	publisher_event(d->env.publisher, d->series, "device-answers", WIRE_INFO,
	    "%s (%s) answers again", d->conf->node, d->conf->address);
}

/* How a fetch ended. An agent that answers all but some objects is not silent. */
bool
device_judge(struct device *d, const struct fetch_result *r)
{
	const char *status = snmpio_status_text(r->status);
	const char *reason = r->reason != NULL ? r->reason : "";
	bool whole = strstr(reason, status) != NULL; /* the reason has the status in it */

	d->trouble[0] = '\0';
	if (r->status != SNMPIO_OK)
		snprintf(d->trouble, sizeof d->trouble, "%s%s%s%s",
		    r->given_up ? "" : "of some objects: ", whole ? "" : status,
		    whole || reason[0] == '\0' ? "" : ": ", reason);
	d->answers = !r->given_up;
	if (r->given_up) {
		tell_trouble(d);
	} else {
		d->answered_ms = clock_wall_ms();
		tell_answers(d);
	}
	return d->answers;
}

/* Defines the series of the device's own. */
static void
define_self(struct device *d)
{
	static const struct field_row fields[] = {
		{ "rtt", FIELD_GAUGE, "s", 0, 3600, "Time a poll took." },
		{ "asked", FIELD_GAUGE, "1", 0, NAN, "Objects asked for in a poll." },
		{ "answered", FIELD_GAUGE, "1", 0, NAN, "Objects that were answered." },
		{ "uptime", FIELD_GAUGE, "s", 0, NAN, "Time since the agent started." },
	};
	struct series_def def = { .step_s = DEVICE_DEFAULT_MS / 1000,
		.nfields = sizeof fields / sizeof fields[0] };

	str_copy(def.node, sizeof def.node, d->conf->node);
	str_copy(def.source, sizeof def.source, "snmp");
	for (unsigned i = 0; i < def.nfields; i++)
		field_from_row(&def.fields[i], &fields[i]);
	d->series = publisher_define(d->env.publisher, &def);
}

/* Make a device; it is asked at the next multiple of 10 s. */
int
device_new(struct device **out, const struct device_env *env, const struct conf_device *conf,
    const struct snmpio_credential *credential, struct err *e)
{
	struct sockaddr_storage ss;
	unsigned len = 0;
	struct device *d = xcalloc(1, sizeof *d);

	d->env = *env;
	d->conf = conf;
	d->rtt_s = NAN;
	d->series_left = DEVICE_MAX_NEW;
	d->news = (struct log_throttle){ .every_ms = NEWS_MS, .burst = NEWS_BURST };
	d->patience_ms = DEVICE_PATIENCE_MS;
	d->limits =
	    fetch_limits((unsigned)conf->varbinds, (unsigned)conf->outstanding, conf->pause);
	d->timer = event_new(env->base, -1, 0, on_timer, d);
	if (d->timer == NULL)
		fatalx("device", "cannot make a timer");
	if (gateway_conf_address(conf->address, 161, &ss, &len) == -1) {
		err_set(e, "\"%s\" is no IP address", conf->address);
		goto fail;
	}
	if (snmpio_peer_new(&d->peer, env->io, (struct sockaddr *)&ss, len, credential,
		conf->timeout, (unsigned)conf->retries, e) == -1)
		goto fail;
	define_self(d);
	device_schedule(d);
	device_identify(d);
	*out = d;
	return 0;
fail:
	device_free(d);
	return -1;
}

/* End what is under way and free. */
void
device_free(struct device *d)
{
	if (d == NULL)
		return;
	fetch_cancel(d->walking);
	fetch_cancel(d->polling);
	device_walk_forget(d);
	snmpio_peer_free(d->peer);
	event_free(d->timer);
	device_outlets_free(d);
	rows_free(d->fresh);
	rows_free(d->rows);
	walk_free(d->identity);
	walk_free(d->walk);
	free(d->wanted);
	free(d->asked);
	free(d->due_slots);
	free(d->descr);
	free(d);
}

/* Ask for everything. */
void
device_poll_now(struct device *d)
{
	d->poll_now = true;
	if (d->polling == NULL)
		arm(d, 0);
}

/* Tell how it is. */
void
device_info(const struct device *d, struct device_info *out)
{
	static const char *const stages[] = { "identifying", "walking", "polling" };

	*out = (struct device_info){
		.conf = d->conf,
		.stage = stages[d->stage],
		.answers = d->answers,
		.answered_ms = d->answered_ms,
		.rtt_s = d->rtt_s,
		.uptime_s = d->uptime.known ? uptime_s(&d->uptime) : NAN,
		.descr = d->descr != NULL ? d->descr : "",
		.sysobjectid = d->sysobjectid,
		.profiles = d->profiles,
		.nprofiles = d->nprofiles,
		.rows = d->rows,
		.rows_ms = d->rows_ms,
		.polls = d->polls,
		.failed_polls = d->failed_polls,
		.late_polls = d->late_polls,
		.limits = d->limits,
		.series = d->series,
	};
	memcpy(out->trouble, d->trouble, sizeof out->trouble);
}

/* Its name. */
const char *
device_node(const struct device *d)
{
	return d->conf->node;
}

/* When a row was answered last. */
int64_t
device_row_ms(const struct device *d, size_t row)
{
	return d->outlets[row].read_ms;
}

/* Whether two numeric addresses, the first perhaps with a port, are the same host. */
static bool
same_host(const char *conf, const char *address)
{
	struct sockaddr_storage a, b;
	unsigned alen, blen;

	if (gateway_conf_address(conf, 1, &a, &alen) == -1 ||
	    gateway_conf_address(address, 1, &b, &blen) == -1 || a.ss_family != b.ss_family)
		return false;
	if (a.ss_family == AF_INET)
		return ((struct sockaddr_in *)&a)->sin_addr.s_addr ==
		       ((struct sockaddr_in *)&b)->sin_addr.s_addr;
	return memcmp(&((struct sockaddr_in6 *)&a)->sin6_addr,
		   &((struct sockaddr_in6 *)&b)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

/* Whether its traps come from there. */
bool
device_has_address(const struct device *d, const char *address)
{
	if (same_host(d->conf->address, address))
		return true;
	for (size_t i = 0; i < d->conf->traps_from.n; i++)
		if (same_host(d->conf->traps_from.v[i], address))
			return true;
	return false;
}
