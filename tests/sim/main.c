/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-sim: the servers of a simulated data centre, each with its own certificate, spool and
 * connection, from one process; with a thermal model of its zones and scripted faults. */
#include <argp.h>
#include <event2/event.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/script.h"
#include "tests/sim/server.h"
#include "tests/sim/thermal.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"

#define MAX_SERVERS 1024
#define MAX_ZONES 16
#define MAX_TEXT 65536
#define ZONE_M3 60.0

struct zone {
	const char *name;
	struct thermal air;
};

struct sim {
	/* options */
	char *collector;
	const char *pki_dir;
	const char *state_dir;
	const char *script_path;
	const char *oracle_path;
	uint64_t step_s;
	uint64_t speed; /* how many times faster than in nature the air warms */
	struct {
		const char *zone;
		const char *name;
	} wanted[MAX_SERVERS];
	size_t nwanted;
	/* state */
	struct event_base *base;
	struct event *tick;
	struct event *signals[2];
	struct conf_texts collectors;
	struct script script;
	struct zone zones[MAX_ZONES];
	size_t nzones;
	struct server *servers[MAX_SERVERS];
	size_t nservers;
	FILE *oracle;
	int64_t start_ms;
	int64_t last_s; /* time stamp sampled last */
};

/* Remember "ZONE:NAME,NAME,..." in order; the text is cut in place. */
static int
sim_want(struct sim *s, char *text)
{
	char *colon = strchr(text, ':'), *save = NULL;

	if (colon == NULL)
		return -1;
	*colon = '\0';
	for (char *n = strtok_r(colon + 1, ",", &save); n != NULL; n = strtok_r(NULL, ",", &save)) {
		if (s->nwanted == MAX_SERVERS || !str_is_name(n, NAME_MAX_NODE))
			return -1;
		s->wanted[s->nwanted].zone = text;
		s->wanted[s->nwanted++].name = n;
	}
	return 0;
}

/* One option, for argp. */
static error_t
sim_option(int key, char *arg, struct argp_state *state)
{
	struct sim *s = state->input;

	switch (key) {
	case 'c':
		s->collector = arg;
		break;
	case 'p':
		s->pki_dir = arg;
		break;
	case 'd':
		s->state_dir = arg;
		break;
	case 'f':
		s->script_path = arg;
		break;
	case 'o':
		s->oracle_path = arg;
		break;
	case 's':
		if (str_to_u64(arg, 1, 3600, &s->step_s) == -1)
			argp_error(state, "--step wants 1 to 3600 seconds");
		break;
	case 'x':
		if (str_to_u64(arg, 1, 1000, &s->speed) == -1)
			argp_error(state, "--speed wants 1 to 1000");
		break;
	case ARGP_KEY_ARG:
		if (sim_want(s, arg) == -1)
			argp_error(state, "servers are written ZONE:NAME,NAME,...");
		break;
	case ARGP_KEY_END:
		if (s->nwanted == 0 || s->collector == NULL || s->pki_dir == NULL ||
		    s->state_dir == NULL)
			argp_error(state, "--collector, --pki, --state and servers are needed");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* The zone of this name, made if new. */
static struct zone *
sim_zone(struct sim *s, const char *name)
{
	for (size_t i = 0; i < s->nzones; i++)
		if (strcmp(s->zones[i].name, name) == 0)
			return &s->zones[i];
	if (s->nzones == MAX_ZONES)
		fatalx("sim", "more than %d zones", MAX_ZONES);
	s->zones[s->nzones] = (struct zone){ .name = name };
	return &s->zones[s->nzones++];
}

/* The heat of a zone's servers. */
static double
sim_load_w(const struct sim *s, const struct zone *z)
{
	double w = 0;

	for (size_t i = 0; i < s->nservers; i++)
		if (strcmp(server_zone(s->servers[i]), z->name) == 0)
			w += server_power_w(s->servers[i]);
	return w;
}

/* Bring a fault about, or end it. */
static void
sim_fault(struct sim *s, struct fault *f, int active)
{
	struct err e = { "" };

	if (f->active == active)
		return;
	f->active = active;
	log_info("sim", "%s %s %s", fault_name(f->kind), f->target, active ? "begins" : "ends");
	if (f->kind == FAULT_COOLING) {
		sim_zone(s, f->target)->air.cooling = !active;
		return;
	}
	for (size_t i = 0; i < s->nservers; i++) {
		struct server *sv = s->servers[i];
		if (strcmp(server_name(sv), f->target) != 0)
			continue;
		if (f->kind == FAULT_HOST && server_set_dead(sv, active, &e) == -1)
			log_warnx("sim", "%s does not come back: %s", f->target, e.msg);
		else if (f->kind == FAULT_DISK)
			server_set_disk_fills(sv, active);
		else if (f->kind == FAULT_CPU)
			server_set_busy(sv, active);
	}
}

/* Sample the moment time_s everywhere. */
static void
sim_sample(struct sim *s, int64_t time_s)
{
	int64_t elapsed_ms = clock_mono_ms() - s->start_ms;

	for (size_t i = 0; i < s->script.n; i++)
		sim_fault(s, &s->script.faults[i], fault_active(&s->script.faults[i], elapsed_ms));
	for (size_t i = 0; i < s->nzones; i++)
		thermal_step(
		    &s->zones[i].air, (double)(s->step_s * s->speed), sim_load_w(s, &s->zones[i]));
	for (size_t i = 0; i < s->nservers; i++)
		server_sample(
		    s->servers[i], time_s, sim_zone(s, server_zone(s->servers[i]))->air.air_c);
	if (s->oracle != NULL)
		fflush(s->oracle);
}

/* At each multiple of the step, once. */
static void
sim_tick(evutil_socket_t fd, short what, void *arg)
{
	struct sim *s = arg;
	int64_t now_ms = clock_wall_ms(), step_ms = (int64_t)s->step_s * 1000;
	int64_t time_s = now_ms / step_ms * (int64_t)s->step_s;

	(void)fd;
	(void)what;
	if (time_s > s->last_s) {
		s->last_s = time_s;
		sim_sample(s, time_s);
	}
	int64_t wait_ms = step_ms - clock_wall_ms() % step_ms + 1;
	struct timeval tv = { wait_ms / 1000, wait_ms % 1000 * 1000 };
	evtimer_add(s->tick, &tv);
}

/* SIGINT or SIGTERM. */
static void
sim_stop(evutil_socket_t fd, short what, void *arg)
{
	struct sim *s = arg;

	(void)fd;
	(void)what;
	event_base_loopbreak(s->base);
}

/* Read the script, open the oracle. */
static void
sim_files(struct sim *s)
{
	struct err e;
	char *text;
	size_t n;

	if (s->script_path != NULL) {
		if (fs_read(s->script_path, MAX_TEXT, &text, &n, &e) == -1)
			fatalx("sim", "%s", e.msg);
		if (script_parse(&s->script, text, &e) == -1)
			fatalx("sim", "%s: %s", s->script_path, e.msg);
		free(text);
	}
	if (s->oracle_path != NULL && (s->oracle = fopen(s->oracle_path, "ae")) == NULL)
		fatal("sim", "cannot write %s", s->oracle_path);
	if (s->oracle != NULL)
		fprintf(s->oracle, "\nR\n");
}

/* Bring all servers up. */
static void
sim_servers(struct sim *s)
{
	struct err e;

	for (size_t i = 0; i < s->nwanted; i++) {
		char dir[PATH_MAX];
		if (str_format(dir, sizeof dir, "%s/%s", s->state_dir, s->wanted[i].name) == -1 ||
		    fs_mkdirs(dir, 0700, &e) == -1)
			fatalx("sim", "cannot make a directory for %s", s->wanted[i].name);
		struct server_opts so = {
			.name = s->wanted[i].name,
			.zone = s->wanted[i].zone,
			.spool_dir = dir,
			.pki_dir = s->pki_dir,
			.collectors = &s->collectors,
			.step_s = (uint32_t)s->step_s,
			.seed = (unsigned)i + 1,
			.oracle = s->oracle,
		};
		if (server_new(&s->servers[i], s->base, &so, &e) == -1)
			fatalx("sim", "%s: %s", so.name, e.msg);
		s->nservers++;
		(void)sim_zone(s, so.zone);
	}
	for (size_t i = 0; i < s->nzones; i++)
		s->zones[i].air = thermal_at_rest(ZONE_M3, sim_load_w(s, &s->zones[i]));
}

/* What the run came to, and the end of everything. */
static void
sim_end(struct sim *s)
{
	uint64_t unacked = 0, acked = 0;

	for (size_t i = 0; i < s->nservers; i++) {
		unacked += server_unacked(s->servers[i]);
		acked += server_acked(s->servers[i]) > 0;
		server_free(s->servers[i]);
	}
	log_info("sim",
	    "%zu servers, %" PRIu64 " of them acknowledged, %" PRIu64 " records unacknowledged",
	    s->nservers, acked, unacked);
	if (s->oracle != NULL)
		fclose(s->oracle);
	event_free(s->tick);
	event_free(s->signals[0]);
	event_free(s->signals[1]);
	event_base_free(s->base);
	libevent_global_shutdown();
}

int
main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "collector", 'c', "HOST:PORT", 0, "Where the agents connect", 0 },
		{ "pki", 'p', "DIR", 0, "ca.crt and nodes/NAME.crt, .key (conf/pki.sh)", 0 },
		{ "state", 'd', "DIR", 0, "A spool for each server below this", 0 },
		{ "script", 'f', "FILE", 0, "Faults, a line each (tests/sim/script.h)", 0 },
		{ "oracle", 'o', "FILE", 0, "Append what was sent and acknowledged", 0 },
		{ "step", 's', "SECONDS", 0, "Interval of the samples (10)", 0 },
		{ "speed", 'x', "TIMES", 0, "How much faster than in nature the air warms (1)", 0 },
		{ 0 },
	};
	static const struct argp argp = { .options = options,
		.parser = sim_option,
		.args_doc = "ZONE:NAME,NAME,...  [ZONE:...]",
		.doc = "Simulates the servers of a data centre over zonewatch's own protocol." };
	static struct sim sim = { .step_s = 10, .speed = 1 };
	struct sim *s = &sim;

	argp_parse(&argp, argc, argv, 0, NULL, s);
	log_init("zonewatch-sim", LOG_LEVEL_INFO);
	signal(SIGPIPE, SIG_IGN);
	s->base = event_base_new();
	s->collectors = (struct conf_texts){ .v = &s->collector, .n = 1 };
	sim_files(s);
	sim_servers(s);
	s->start_ms = clock_mono_ms();
	s->tick = evtimer_new(s->base, sim_tick, s);
	s->signals[0] = evsignal_new(s->base, SIGINT, sim_stop, s);
	s->signals[1] = evsignal_new(s->base, SIGTERM, sim_stop, s);
	event_add(s->signals[0], NULL);
	event_add(s->signals[1], NULL);
	sim_tick(-1, 0, s);
	event_base_dispatch(s->base);
	sim_end(s);
	return 0;
}
