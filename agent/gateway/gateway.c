/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gateway: makes the parts of a configuration and joins them:
 *
 *   devices (SNMP polls) ─┐
 *   probes ───────────────┼─► publisher ─► feed ─► collector
 *   trapd ─► traps ─► alarms
 *              └─► devices (poll now)
 */
#include <event2/event.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/feed.h"
#include "agent/gateway/gateway.h"
#include "agent/gateway/secrets.h"
#include "agent/schedule.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/worker.h"

#define GROUP 50 /* devices that are asked at once, about: 1 to 2 ms */
#define DAY_MS 86400000.0
#define SELF_MS 10000
#define PULSE_MS 100 /* the loop's own time is watched by a timer of this interval */

/* A series of a probe, defined when it first answered. */
struct probed {
	const struct series_def *def;
	uint32_t id;
	unsigned nfields;
};

struct gateway {
	struct gateway_opts o;
	char *node;
	struct publisher *publisher;
	struct worker *worker; /* of the devices */
	struct secrets *secrets;
	struct device **devices;
	size_t ndevices;
	struct prober *prober;
	struct probed *probed;
	size_t nprobed;
	struct alarms *alarms;
	struct traps *traps;
	struct trapd *trapd;
	struct schedule schedule;
	struct event *self;
	struct event *pulse;
	uint32_t self_id;
	uint32_t certificate_id;
	int64_t pulse_us;
	int64_t held_us; /* the longest the loop was held since the last reading */
};

/* The series of a probe's answer; its definition may grow by performance data. */
static uint32_t
probed_id(struct gateway *g, const struct series_def *def)
{
	size_t i = 0;

	while (i < g->nprobed && g->probed[i].def != def)
		i++;
	if (i == g->nprobed) {
		g->probed = xreallocarray(g->probed, ++g->nprobed, sizeof *g->probed);
		g->probed[i] = (struct probed){ .def = def };
	}
	struct probed *p = &g->probed[i];
	if (p->nfields != def->nfields) {
		p->id = publisher_define(g->publisher, def);
		p->nfields = def->nfields;
	}
	return p->id;
}

/* A probe answered. */
static void
on_reading(void *arg, const struct series_def *def, int64_t time_s, const double *values)
{
	struct gateway *g = arg;

	publisher_reading(g->publisher, probed_id(g, def), time_s, def->nfields, values);
}

/* A probe's thing went down or came back. */
static void
on_changed(void *arg, const struct series_def *def, bool up, const char *text)
{
	struct gateway *g = arg;

	publisher_event(g->publisher, probed_id(g, def), up ? "probe-up" : "probe-down",
	    up ? WIRE_INFO : WIRE_WARNING, "%s: %s %s%s%s", def->node, def->source,
	    up ? "answers again" : "does not answer", text[0] != '\0' ? ": " : "", text);
}

static const struct prober_ops prober_ops = { on_reading, on_changed };

/* Devices are asked in groups, for waking up costs more than asking; but a group must not hold the
 * loop for long. */
static int64_t
together_ms(int64_t spread_ms, size_t ndevices)
{
	int64_t ms = ndevices > 0 ? spread_ms * GROUP / (int64_t)ndevices : 0;

	return ms > 0 ? ms : 1;
}

/* Makes the devices. */
static int
start_devices(struct gateway *g, struct err *e)
{
	const struct conf_gateway *c = g->o.conf;
	const struct conf_device *d = c->devices.v;
	const struct device_env env = {
		.base = g->o.base,
		.io = g->o.io,
		.profiles = g->o.profiles,
		.publisher = g->publisher,
		.worker = g->worker,
		.spread_ms = c->spread,
		.together_ms = together_ms(c->spread, c->devices.n),
	};

	g->devices = xcalloc(c->devices.n + 1, sizeof(struct device *));
	for (size_t i = 0; i < c->devices.n; i++) {
		struct err why;
		const struct secrets *s =
		    secrets_named(g->secrets, c->credentials.n, d[i].credential);
		if (s == NULL)
			return err_set(
			    e, "%s: there is no credential \"%s\"", d[i].node, d[i].credential);
		if (device_new(&g->devices[g->ndevices], &env, &d[i], &s->credential, &why) == -1)
			return err_set(e, "%s: %s", d[i].node, why.msg);
		g->ndevices++;
	}
	return 0;
}

/* Whether traps of this credential are accepted. */
static bool
is_trap_credential(const struct conf_gateway *c, const char *name)
{
	if (c->traps.credentials.n == 0)
		return true;
	for (size_t i = 0; i < c->traps.credentials.n; i++)
		if (strcmp(c->traps.credentials.v[i], name) == 0)
			return true;
	return false;
}

/* Tells trapd the engines that the configuration names. */
static int
start_engines(struct gateway *g, struct err *e)
{
	const struct conf_gateway *c = g->o.conf;
	const struct conf_device *d = c->devices.v;
	uint8_t id[GATEWAY_CONF_MAX_ENGINE];

	for (size_t i = 0; i < c->devices.n; i++) {
		if (d[i].engine_id == NULL)
			continue;
		size_t n = gateway_conf_engine(d[i].engine_id, id);
		const struct secrets *s =
		    secrets_named(g->secrets, c->credentials.n, d[i].credential);
		if (n == 0 || s == NULL || s->credential.version != SNMPIO_V3)
			return err_set(e, "%s: engine_id \"%s\" is not that of a v3 device",
			    d[i].node, d[i].engine_id);
		if (trapd_engine(g->trapd, id, n, &s->credential, e) == -1)
			return -1;
	}
	return 0;
}

/* Opens the port of traps. */
static int
start_traps(struct gateway *g, struct err *e)
{
	const struct conf_gateway *c = g->o.conf;
	struct sockaddr_storage ss;
	unsigned len;
	size_t n = 0;

	const struct traps_opts to = { g->o.profiles, g->publisher, g->alarms, g->devices,
		g->ndevices };
	g->traps = traps_new(&to);
	if (c->traps.listen == NULL)
		return 0;
	if (gateway_conf_address(c->traps.listen, 162, &ss, &len) == -1)
		return err_set(e, "traps.listen: \"%s\" is no IP address", c->traps.listen);
	struct snmpio_credential *creds = xcalloc(c->credentials.n + 1, sizeof *creds);
	for (size_t i = 0; i < c->credentials.n; i++)
		if (is_trap_credential(c, g->secrets[i].conf->name))
			creds[n++] = g->secrets[i].credential;
	const struct trapd_opts o = {
		.listen = (struct sockaddr *)&ss,
		.listen_len = len,
		.credentials = creds,
		.ncredentials = n,
		.rate = (unsigned)c->traps.rate,
		.burst = (unsigned)c->traps.burst,
		.trap = traps_take,
		.arg = g->traps,
	};
	int rc = trapd_new(&g->trapd, g->o.io, &o, e);
	free(creds);
	return rc == -1 ? -1 : start_engines(g, e);
}

/* Defines the gateway's own series. */
static void
define_self(struct gateway *g)
{
	static const struct field_row fields[] = {
		{ "devices", FIELD_GAUGE, "1", 0, NAN, "Devices that are polled." },
		{ "silent", FIELD_GAUGE, "1", 0, NAN, "Of these, without an answer." },
		{ "requests", FIELD_COUNTER, "1", 0, NAN, "SNMP requests." },
		{ "timeouts", FIELD_COUNTER, "1", 0, NAN, "SNMP requests without an answer." },
		{ "refused", FIELD_COUNTER, "1", 0, NAN, "SNMP packets that were no answer." },
		{ "traps", FIELD_COUNTER, "1", 0, NAN, "Traps and informs accepted." },
		{ "traps_refused", FIELD_COUNTER, "1", 0, NAN, "Traps and informs refused." },
		{ "traps_unknown", FIELD_COUNTER, "1", 0, NAN, "Traps that no profile knows." },
		{ "loop_held", FIELD_GAUGE, "s", 0, 3600, "Longest the event loop was held." },
		{ "spool_bytes", FIELD_GAUGE, "By", 0, NAN, "Size of the spool." },
		{ "clock_offset", FIELD_GAUGE, "s", NAN, NAN, "Collector's clock less ours." },
	};
	struct series_def def = { .step_s = SELF_MS / 1000,
		.nfields = sizeof fields / sizeof fields[0] };

	str_copy(def.node, sizeof def.node, g->node);
	str_copy(def.source, sizeof def.source, "gateway");
	for (unsigned i = 0; i < def.nfields; i++)
		field_from_row(&def.fields[i], &fields[i]);
	g->self_id = publisher_define(g->publisher, &def);
}

/* And, named as an agent's so that the same rule judges it, how long its certificate is good. */
static void
define_certificate(struct gateway *g)
{
	static const struct field_row row = { "cert_left", FIELD_GAUGE, "d", NAN, NAN,
		"Days until the node's certificate ends." };
	struct series_def def = { .step_s = SELF_MS / 1000, .nfields = 1 };

	str_copy(def.node, sizeof def.node, g->node);
	str_copy(def.source, sizeof def.source, "agent");
	str_copy(def.instance, sizeof def.instance, "certificate");
	field_from_row(&def.fields[0], &row);
	g->certificate_id = publisher_define(g->publisher, &def);
}

/* The certificate is another now. */
void
gateway_set_not_after(struct gateway *g, int64_t not_after_ms)
{
	g->o.not_after_ms = not_after_ms;
}

/* The gateway's own values. */
static void
publish_self(struct gateway *g, int64_t stamp_s)
{
	struct feed_stats fs;
	struct snmpio_stats is;
	struct trapd_stats ts = { 0 };
	uint64_t refused = 0;
	size_t silent = 0;

	feed_stats(g->o.feed, &fs);
	snmpio_stats(g->o.io, &is);
	if (g->trapd != NULL)
		trapd_stats(g->trapd, &ts);
	for (unsigned i = 0; i < TRAPD_REFUSALS; i++)
		refused += ts.refused[i];
	for (size_t i = 0; i < g->ndevices; i++) {
		struct device_info info;
		device_info(g->devices[i], &info);
		silent += !info.answers;
	}
	const double values[] = { (double)g->ndevices, (double)silent, (double)is.requests,
		(double)is.timeouts, (double)is.refused, (double)ts.accepted, (double)refused,
		(double)traps_unknown(g->traps), (double)g->held_us / 1e6, (double)fs.spool_bytes,
		fs.clock_offset_s };
	publisher_reading(
	    g->publisher, g->self_id, stamp_s, sizeof values / sizeof values[0], values);
	const double days =
	    floor((double)(g->o.not_after_ms - stamp_s * 1000) / DAY_MS * 100) / 100;
	publisher_reading(g->publisher, g->certificate_id, stamp_s, 1, &days);
	g->held_us = 0;
}

/* Each 10 s. */
static void
on_self(evutil_socket_t fd, short what, void *arg)
{
	struct gateway *g = arg;
	struct schedule_turn t;
	(void)fd;
	(void)what;

	do {
		t = schedule_turn(&g->schedule, clock_wall_ms());
		if (t.sample)
			publish_self(g, t.stamp_ms / 1000);
	} while (t.wait_ms <= 0);
	struct timeval tv = clock_timeval(t.wait_ms);
	event_add(g->self, &tv);
}

/* How late this timer is tells how long the loop was held. */
static void
on_pulse(evutil_socket_t fd, short what, void *arg)
{
	struct gateway *g = arg;
	int64_t now = clock_mono_us();
	(void)fd;
	(void)what;

	if (g->pulse_us != 0 && now - g->pulse_us - PULSE_MS * 1000 > g->held_us)
		g->held_us = now - g->pulse_us - PULSE_MS * 1000;
	g->pulse_us = now;
	struct timeval tv = clock_timeval(PULSE_MS);
	event_add(g->pulse, &tv);
}

/* Makes the gateway's own timers. */
static void
start_self(struct gateway *g)
{
	g->self = event_new(g->o.base, -1, 0, on_self, g);
	g->pulse = event_new(g->o.base, -1, 0, on_pulse, g);
	if (g->self == NULL || g->pulse == NULL)
		fatalx("gateway", "cannot make a timer");
	define_self(g);
	define_certificate(g);
	schedule_start(&g->schedule, SELF_MS, clock_wall_ms(), 0, 0);
	on_self(-1, 0, g);
	on_pulse(-1, 0, g);
}

/* Whether a device answers; of links and of the gateway itself nobody asks. */
static bool
is_alive(const void *arg, const char *node)
{
	const struct gateway *g = arg;
	struct device_info info;

	for (size_t i = 0; i < g->ndevices; i++)
		if (strcmp(device_node(g->devices[i]), node) == 0) {
			device_info(g->devices[i], &info);
			return info.answers;
		}
	return true;
}

/* Make everything and begin. */
int
gateway_new(struct gateway **out, const struct gateway_opts *o, struct err *e)
{
	struct gateway *g = xcalloc(1, sizeof *g);

	g->o = *o;
	g->node = xstrdup(o->node);
	g->publisher = publisher_new(o->base, o->feed);
	if (worker_new(&g->worker, o->base, "rows", e) == -1) {
		gateway_free(g);
		return -1;
	}
	char *path = xasprintf("%s/raised", o->conf->state_dir);
	g->alarms = alarms_new(o->base, g->publisher, path, o->conf->traps.hold);
	free(path);
	if (secrets_read_all(&g->secrets, o->conf, e) == -1 || start_devices(g, e) == -1 ||
	    start_traps(g, e) == -1 ||
	    prober_new(&g->prober, o->base, &o->conf->probes, &prober_ops, g, e) == -1) {
		gateway_free(g);
		return -1;
	}
	alarms_on_alive(g->alarms, is_alive, g);
	start_self(g);
	*out = g;
	return 0;
}

/* End everything, in reverse. */
void
gateway_free(struct gateway *g)
{
	if (g == NULL)
		return;
	if (g->pulse != NULL)
		event_free(g->pulse);
	if (g->self != NULL)
		event_free(g->self);
	prober_free(g->prober);
	trapd_free(g->trapd);
	traps_free(g->traps);
	for (size_t i = 0; i < g->ndevices; i++)
		device_free(g->devices[i]);
	free(g->devices);
	worker_free(g->worker);
	secrets_free_all(g->secrets, g->o.conf->credentials.n);
	alarms_free(g->alarms);
	publisher_free(g->publisher);
	free(g->probed);
	free(g->node);
	free(g);
}

/* Its own name. */
const char *
gateway_node(const struct gateway *g)
{
	return g->node;
}

/* All devices, in the order of the configuration. */
struct device *const *
gateway_devices(const struct gateway *g, size_t *n)
{
	*n = g->ndevices;
	return g->devices;
}

/* The probes. */
const struct prober *
gateway_prober(const struct gateway *g)
{
	return g->prober;
}

/* The receiver of traps. */
const struct trapd *
gateway_trapd(const struct gateway *g)
{
	return g->trapd;
}

/* The traps that came. */
const struct traps *
gateway_traps(const struct gateway *g)
{
	return g->traps;
}

/* What they raised. */
struct alarms *
gateway_alarms(const struct gateway *g)
{
	return g->alarms;
}

/* The SNMP library. */
const struct snmpio *
gateway_io(const struct gateway *g)
{
	return g->o.io;
}

/* The way to the collector. */
const struct feed *
gateway_feed(const struct gateway *g)
{
	return g->o.feed;
}
