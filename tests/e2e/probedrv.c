/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probedrv CONF [SECONDS]: the gateway's probes without the gateway, for the end-to-end tests.
 * Loads a configuration of the gateway, runs its probes, and prints each answer as a line of JSON;
 * ends after so many seconds, or on SIGTERM. The last line has what it cost. */
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <event2/event.h>

#include "agent/gateway/conf.h"
#include "agent/gateway/prober.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

struct driver {
	struct prober *prober;
	uint64_t readings;
	int64_t held_us; /* longest that the loop did not turn */
	int64_t turn_us;
	struct event *tick;
};

/* A text as JSON; the texts have no control bytes. */
static void
print_text(const char *s)
{
	putchar('"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar(*s);
	}
	putchar('"');
}

/* What the series is called. */
static void
print_series(const char *what, const struct series_def *d)
{
	printf("{\"what\": \"%s\", \"node\": \"%s\", \"source\": \"%s\", \"instance\": \"%s\", ",
	    what, d->node, d->source, d->instance);
}

/* One answer. */
static void
reading(void *arg, const struct series_def *def, int64_t time_s, const double *values)
{
	struct driver *d = arg;
	const struct probe_result *last = NULL;
	int64_t ms = 0;
	struct err e;

	d->readings++;
	if (series_def_check(def, &e) == -1 || !metric_states_check(def->states, def->nfields))
		fatalx("probedrv", "a series that is none: %s", e.msg);
	print_series("reading", def);
	printf(
	    "\"time\": %" PRId64 ", \"at\": %" PRId64 ", \"values\": {", time_s, clock_wall_ms());
	for (unsigned i = 0; i < def->nfields; i++) {
		char number[32];
		str_from_double(number, values[i]);
		printf("%s\"%s\": %s", i > 0 ? ", " : "", def->fields[i].name,
		    isnan(values[i]) ? "null" : number);
	}
	printf("}, \"units\": {");
	for (unsigned i = 0; i < def->nfields; i++)
		printf("%s\"%s\": \"%s%s\"", i > 0 ? ", " : "", def->fields[i].name,
		    def->fields[i].unit, def->fields[i].kind == FIELD_COUNTER ? "/counter" : "");
	printf("}, \"text\": ");
	for (size_t i = 0; d->prober != NULL && i < prober_count(d->prober); i++)
		if (prober_at(d->prober, i, &last, &ms) == def)
			break;
	print_text(last != NULL ? last->text : "");
	printf("}\n");
	fflush(stdout);
}

/* Up or down. */
static void
changed(void *arg, const struct series_def *def, bool up, const char *text)
{
	(void)arg;
	print_series("changed", def);
	printf("\"up\": %s, \"text\": ", up ? "true" : "false");
	print_text(text);
	printf("}\n");
	fflush(stdout);
}

static const struct prober_ops ops = { .reading = reading, .changed = changed };

/* Looks how late the loop is. */
static void
tick(evutil_socket_t fd, short what, void *arg)
{
	struct driver *d = arg;
	struct timeval tv = { .tv_usec = 1000 };
	int64_t now = clock_mono_us();

	(void)fd, (void)what;
	if (d->turn_us != 0 && now - d->turn_us - 1000 > d->held_us)
		d->held_us = now - d->turn_us - 1000;
	d->turn_us = now;
	evtimer_add(d->tick, &tv);
}

/* The end. */
static void
stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	event_base_loopbreak(arg);
}

/* What it cost. */
static void
print_cost(const struct driver *d)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	printf("{\"what\": \"cost\", \"readings\": %" PRIu64
	       ", \"user_ms\": %ld, \"system_ms\": %ld, "
	       "\"rss_kib\": %ld, \"held_us\": %" PRId64 "}\n",
	    d->readings, u.ru_utime.tv_sec * 1000 + u.ru_utime.tv_usec / 1000,
	    u.ru_stime.tv_sec * 1000 + u.ru_stime.tv_usec / 1000, u.ru_maxrss, d->held_us);
}

int
main(int argc, char **argv)
{
	struct driver d = { 0 };
	struct conf_gateway *conf = NULL;
	void *loaded = NULL;
	unsigned errors;
	struct err e;
	double seconds = 3600;

	log_init("probedrv", LOG_LEVEL_INFO);
	if (argc < 2 || (argc > 2 && str_to_double(argv[2], &seconds) == -1))
		fatalx("probedrv", "usage: probedrv CONF [SECONDS]");
	if (conf_load(&gateway_conf_table, argv[1], &loaded, gateway_conf_check, stderr, &errors) ==
	    -1)
		return 1;
	conf = loaded;
	struct event_base *base = event_base_new();
	if (base == NULL)
		fatalx("probedrv", "cannot make an event loop");
	struct timeval end = clock_timeval((int64_t)(seconds * 1000));
	struct event *ender = evtimer_new(base, stop, base);
	struct event *term = evsignal_new(base, SIGTERM, stop, base);
	d.tick = evtimer_new(base, tick, &d);
	evtimer_add(ender, &end);
	evsignal_add(term, NULL);
	if (getenv("PROBEDRV_TICK") != NULL)
		tick(-1, 0, &d);
	signal(SIGPIPE, SIG_IGN);
	if (prober_new(&d.prober, base, &conf->probes, &ops, &d, &e) == -1)
		fatalx("probedrv", "%s", e.msg);
	event_base_dispatch(base);
	prober_free(d.prober);
	print_cost(&d);
	event_free(ender);
	event_free(term);
	event_free(d.tick);
	event_base_free(base);
	conf_free(&gateway_conf_table, loaded);
	return 0;
}
