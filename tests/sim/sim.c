/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sim: each second the faults, the air and the equipment; each step the servers' samples. */
#include <event2/event.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/framelog.h"
#include "tests/sim/script.h"
#include "tests/sim/server.h"
#include "tests/sim/sim.h"
#include "tests/sim/thermal.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"

#define MAX_ZONES 64
#define MAX_TEXT 65536
#define ZONE_M3 60.0
#define EMPTY_ZONE_W 2200.0 /* of a zone without simulated servers */
#define LONGEST_S 10	    /* that passes at once after a pause */
#define CATCH_STEPS 8192    /* caught up before the spools have time to write */
#define CATCH_MS 20	    /* that they are given */
#define PAST_MS 20	    /* between two looks while the present is not reached */

struct zone {
	const char *name;
	struct thermal air;
};

struct sim {
	const struct sim_opts *o;
	struct event_base *base;
	struct event *tick;
	struct conf_texts collectors;
	struct script script;
	struct zone zones[MAX_ZONES];
	size_t nzones;
	struct server *servers[SIM_MAX_SERVERS];
	size_t nservers;
	struct equipment *equipment;
	FILE *oracle;
	struct framelog *frames;
	int64_t start_ms;
	int64_t tick_ms;  /* monotonic, of the last tick */
	int64_t last_s;	  /* time stamp sampled last */
	int64_t ahead_ms; /* more than on the monotonic clock has passed in the centre */
	uint64_t caught;  /* steps of the past since the clock was set ahead */
};

/* The zone of this name, made if new; NULL: too many. */
static struct zone *
sim_zone(struct sim *s, const char *name)
{
	for (size_t i = 0; i < s->nzones; i++)
		if (strcmp(s->zones[i].name, name) == 0)
			return &s->zones[i];
	if (s->nzones == MAX_ZONES)
		return NULL;
	s->zones[s->nzones] = (struct zone){ .name = name };
	return &s->zones[s->nzones++];
}

/* The heat of a zone's servers, or of those that nobody simulates. */
static double
sim_load_w(const struct sim *s, const struct zone *z)
{
	double w = 0;
	bool any = false;

	for (size_t i = 0; i < s->nservers; i++)
		if (strcmp(server_zone(s->servers[i]), z->name) == 0) {
			w += server_power_w(s->servers[i]);
			any = true;
		}
	return any ? w : EMPTY_ZONE_W;
}

/* A fault of a zone's air: true if there is such a zone. */
static bool
sim_zone_fault(struct sim *s, const struct fault *f, bool active)
{
	for (size_t i = 0; i < s->nzones && f->kind == FAULT_COOLING; i++)
		if (strcmp(s->zones[i].name, f->target) == 0) {
			s->zones[i].air.cooling = !active;
			return true;
		}
	return false;
}

/* A fault of a server: true if there is such a one. */
static bool
sim_server_fault(struct sim *s, const struct fault *f, bool active)
{
	struct err e = { "" };

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
		return f->kind == FAULT_HOST || f->kind == FAULT_DISK || f->kind == FAULT_CPU;
	}
	return false;
}

/* Bring a fault about, or end it. */
static void
sim_fault(struct sim *s, struct fault *f, int active)
{
	if (f->active == active)
		return;
	f->active = active;
	bool known = sim_zone_fault(s, f, active);
	known |= sim_server_fault(s, f, active);
	if (s->equipment != NULL)
		known |= equipment_fault(s->equipment, f, active);
	if (known)
		log_info(
		    "sim", "%s %s %s", fault_name(f->kind), f->target, active ? "begins" : "ends");
	else
		log_warnx("sim", "%s %s: there is no such thing", fault_name(f->kind), f->target);
}

/* Let the equipment live, in the air that there is. */
static void
sim_equipment(struct sim *s, double seconds)
{
	if (s->equipment == NULL)
		return;
	struct room *room = equipment_room(s->equipment);
	room->speed = (double)s->o->speed;
	for (int i = 0; i < ROOM_ZONES; i++) {
		struct zone *z = sim_zone(s, room->zones[i].name);
		if (z == NULL)
			continue;
		room->zones[i].air_c = z->air.air_c;
		room->zones[i].set_c = z->air.set_c;
		room->zones[i].capacity_w = z->air.capacity_w;
		room->zones[i].load_w = sim_load_w(s, z);
	}
	equipment_tick(s->equipment, seconds);
}

/* Let so much time pass. */
static void
sim_pass(struct sim *s, double seconds)
{
	int64_t elapsed_ms = clock_mono_ms() - s->start_ms + s->ahead_ms;

	for (size_t i = 0; i < s->script.n; i++)
		sim_fault(s, &s->script.faults[i], fault_active(&s->script.faults[i], elapsed_ms));
	for (size_t i = 0; i < s->nzones; i++)
		thermal_step(
		    &s->zones[i].air, seconds * (double)s->o->speed, sim_load_w(s, &s->zones[i]));
	sim_equipment(s, seconds);
}

/* Let the time pass that has passed. */
static void
sim_live(struct sim *s)
{
	int64_t now_ms = clock_mono_ms();
	double seconds = (double)(now_ms - s->tick_ms) / 1000;

	s->tick_ms = now_ms;
	sim_pass(s, seconds < LONGEST_S ? seconds : LONGEST_S);
}

/* All servers measure. */
static void
sim_sample(struct sim *s, int64_t time_s)
{
	s->last_s = time_s;
	for (size_t i = 0; i < s->nservers; i++)
		server_sample(
		    s->servers[i], time_s, sim_zone(s, server_zone(s->servers[i]))->air.air_c);
}

/* Measure steps that the clock has jumped over, as many as the spools can take into memory; then
 * they write. True: there are more. */
static bool
sim_catch_up(struct sim *s, int64_t time_s)
{
	int64_t step_s = (int64_t)s->o->step_s;
	uint64_t unwritten = 0;

	if (!s->o->catch_up || s->last_s == 0)
		return false;
	for (size_t i = 0; i < s->nservers; i++)
		unwritten += server_unwritten(s->servers[i]);
	if (time_s - s->last_s <= LONGEST_S + step_s)
		return s->caught > 0 && unwritten > 0;
	for (int n = 0; unwritten == 0 && n < CATCH_STEPS && s->last_s + step_s < time_s; n++) {
		s->ahead_ms += step_s * 1000;
		s->caught++;
		sim_pass(s, (double)step_s);
		sim_sample(s, s->last_s + step_s);
	}
	s->tick_ms = clock_mono_ms();
	return true;
}

/* At each multiple of the step, once, the servers' samples. */
static void
sim_measure(struct sim *s, int64_t time_s)
{
	if (s->caught > 0)
		log_info("sim", "caught up: %" PRIu64 " steps of the past", s->caught);
	s->caught = 0;
	sim_live(s);
	if (time_s > s->last_s) {
		sim_sample(s, time_s);
		if (s->oracle != NULL)
			fflush(s->oracle);
	}
}

/* What time it is for servers that began in the past: it goes faster until it has caught up. */
static int64_t
sim_past_ms(const struct sim *s)
{
	int64_t wall_ms = clock_wall_ms();
	int64_t ms =
	    (int64_t)s->o->since_s * 1000 + (clock_mono_ms() - s->start_ms) * (int64_t)s->o->pace;

	return ms < wall_ms ? ms : wall_ms;
}

/* Measure what has passed of the past; false: it is the present. */
static bool
sim_past(struct sim *s)
{
	int64_t step_s = (int64_t)s->o->step_s, time_s = sim_past_ms(s) / 1000;

	if (s->o->since_s == 0 || time_s >= clock_wall_ms() / 1000)
		return false;
	sim_live(s);
	while (s->last_s + step_s <= time_s)
		sim_sample(s, s->last_s + step_s);
	if (s->oracle != NULL)
		fflush(s->oracle);
	return true;
}

/* Each second, or more often. */
static void
sim_tick(evutil_socket_t fd, short what, void *arg)
{
	struct sim *s = arg;
	int64_t step_s = (int64_t)s->o->step_s;
	int64_t time_s = clock_wall_ms() / 1000 / step_s * step_s;
	struct timeval tv = clock_timeval(CATCH_MS);

	(void)fd;
	(void)what;
	if (sim_past(s)) {
		tv = clock_timeval(PAST_MS);
	} else if (!sim_catch_up(s, time_s)) {
		sim_measure(s, time_s);
		tv = clock_timeval(1000 - clock_wall_ms() % 1000 + 1);
	}
	evtimer_add(s->tick, &tv);
}

/* Read the script, open the oracle. */
static int
sim_files(struct sim *s, struct err *e)
{
	struct err why;
	char *text;
	size_t n;

	if (s->o->script_path != NULL) {
		if (fs_read(s->o->script_path, MAX_TEXT, &text, &n, e) == -1)
			return -1;
		int rc = script_parse(&s->script, text, &why);
		free(text);
		if (rc == -1)
			return err_set(e, "%s: %s", s->o->script_path, why.msg);
	}
	if (s->o->oracle_path == NULL)
		return 0;
	if ((s->oracle = fopen(s->o->oracle_path, "ae")) == NULL)
		return err_set(e, "cannot write %s", s->o->oracle_path);
	fprintf(s->oracle, "\nR\n");
	char path[PATH_MAX];
	if (str_format(path, sizeof path, "%s.frames", s->o->oracle_path) == -1)
		return err_set(e, "the path of the oracle is too long");
	return framelog_open(&s->frames, path, e);
}

/* Bring a server up. */
static int
sim_server(struct sim *s, size_t i, struct err *e)
{
	char dir[PATH_MAX];
	struct err why;
	struct server_opts so = {
		.name = s->o->servers[i].name,
		.zone = s->o->servers[i].zone,
		.spool_dir = dir,
		.pki_dir = s->o->pki_dir,
		.collectors = &s->collectors,
		.step_s = (uint32_t)s->o->step_s,
		.spool_bytes = s->o->spool_bytes,
		.seed = (unsigned)i + 1,
		.eager = s->o->eager,
		.oracle = s->oracle,
		.frames = s->frames,
	};

	if (str_format(dir, sizeof dir, "%s/%s", s->o->state_dir, so.name) == -1 ||
	    fs_mkdirs(dir, 0700, &why) == -1)
		return err_set(e, "cannot make a directory for %s", so.name);
	if (server_new(&s->servers[i], s->base, &so, &why) == -1)
		return err_set(e, "%s: %s", so.name, why.msg);
	s->nservers++;
	return sim_zone(s, so.zone) != NULL ? 0 : err_set(e, "more than %d zones", MAX_ZONES);
}

/* Bring everything up. */
int
sim_new(struct sim **out, struct event_base *base, const struct sim_opts *o, struct err *e)
{
	struct sim *s = xcalloc(1, sizeof *s);
	struct sim_opts *mine = xmemdup(o, sizeof *o);

	s->o = mine;
	s->base = base;
	s->collectors = (struct conf_texts){ .v = &mine->collector, .n = 1 };
	s->tick = evtimer_new(base, sim_tick, s);
	if (sim_files(s, e) == -1)
		goto fail;
	for (size_t i = 0; i < o->nservers; i++)
		if (sim_server(s, i, e) == -1)
			goto fail;
	if (o->equipment != NULL) {
		if (equipment_new(&s->equipment, base, o->equipment, e) == -1)
			goto fail;
		for (int i = 0; i < ROOM_ZONES; i++)
			(void)sim_zone(s, equipment_zones[i]);
	}
	for (size_t i = 0; i < s->nzones; i++)
		s->zones[i].air = thermal_at_rest(ZONE_M3, sim_load_w(s, &s->zones[i]));
	s->start_ms = s->tick_ms = clock_mono_ms();
	if (o->since_s != 0)
		s->last_s = (int64_t)(o->since_s / o->step_s * o->step_s);
	sim_tick(-1, 0, s);
	*out = s;
	return 0;
fail:
	sim_free(s);
	return -1;
}

/* What the run came to, and the end of everything. */
void
sim_free(struct sim *s)
{
	uint64_t unacked = 0, acked = 0;

	if (s == NULL)
		return;
	for (size_t i = 0; i < s->nservers; i++) {
		unacked += server_unacked(s->servers[i]);
		acked += server_acked(s->servers[i]) > 0;
		server_free(s->servers[i]);
	}
	if (s->nservers > 0)
		log_info("sim",
		    "%zu servers, %" PRIu64 " of them acknowledged, %" PRIu64
		    " records unacknowledged",
		    s->nservers, acked, unacked);
	equipment_free(s->equipment);
	if (s->oracle != NULL)
		fclose(s->oracle);
	framelog_close(s->frames);
	event_free(s->tick);
	free((void *)(uintptr_t)s->o);
	free(s);
}
