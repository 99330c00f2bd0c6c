/* SPDX-License-Identifier: GPL-3.0-or-later */
/* server: values that wander as a server's do, sent through the same feed (spool, TLS,
 * acknowledgements) as the real agent's. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/framelog.h"
#include "tests/sim/server.h"
#include "zw/alloc.h"
#include "zw/conn.h"
#include "zw/str.h"
#include "zw/tls.h"

#define SPOOL_AGE_MS (INT64_C(7) * 86400000)
#define GIB (1024.0 * 1024 * 1024)
#define LINK_BY_S 125e6 /* 1 Gbit/s */
#define GIVEN 1024	/* records whose times are known: more than may be unacknowledged */

/* The sources of a simulated server, each with one series. */
enum series {
	S_CPU,
	S_LOAD,
	S_MEMORY,
	S_DISK,
	S_FS_ROOT,
	S_FS_VAR,
	S_NETWORK,
	S_UPTIME,
	S_THERMAL,
	NSERIES
};

#define G FIELD_GAUGE
#define C FIELD_COUNTER
static const struct field_row cpu_rows[] = {
	{ "user", G, "%", 0, 100, "Time in programs" },
	{ "system", G, "%", 0, 100, "Time in the kernel" },
	{ "iowait", G, "%", 0, 100, "Time waiting for disks" },
	{ "idle", G, "%", 0, 100, "Time idle" },
	{ "busy", G, "%", 0, 100, "Time not idle" },
};
static const struct field_row load_rows[] = {
	{ "load1", G, "1", 0, 100000, "Load average of 1 minute" },
	{ "load5", G, "1", 0, 100000, "Load average of 5 minutes" },
};
static const struct field_row memory_rows[] = {
	{ "total", G, "By", 0, NAN, "Memory" },
	{ "available", G, "By", 0, NAN, "Memory that programs can still get" },
	{ "used_percent", G, "%", 0, 100, "Share of memory that is not available" },
};
static const struct field_row disk_rows[] = {
	{ "read_ops", C, "1", 0, 1e7, "Reads" },
	{ "write_ops", C, "1", 0, 1e7, "Writes" },
	{ "read_bytes", C, "By", 0, 1e11, "Bytes read" },
	{ "write_bytes", C, "By", 0, 1e11, "Bytes written" },
	{ "utilisation", G, "%", 0, 100, "Time with requests under way" },
};
static const struct field_row filesystem_rows[] = {
	{ "total", G, "By", 0, NAN, "Size" },
	{ "used", G, "By", 0, NAN, "Space used" },
	{ "used_percent", G, "%", 0, 100, "Share of space used" },
	{ "read_only", FIELD_STATE, "1", 0, 1, "Mounted read-only" },
};
static const struct field_row network_rows[] = {
	{ "rx_bytes", C, "By", 0, 1e11, "Bytes received" },
	{ "tx_bytes", C, "By", 0, 1e11, "Bytes sent" },
	{ "rx_errors", C, "1", 0, 1e9, "Frames received in error" },
	{ "carrier", FIELD_STATE, "1", 0, 1, "Link is up" },
};
static const struct field_row uptime_rows[] = {
	{ "uptime", G, "s", 0, NAN, "Time since boot" },
};
static const struct field_row thermal_rows[] = {
	{ "inlet", G, "Cel", -40, 100, "Air at the inlet" },
	{ "exhaust", G, "Cel", -40, 120, "Air at the exhaust" },
	{ "cpu", G, "Cel", -40, 150, "Processor" },
	{ "power", G, "W", 0, 100000, "Power drawn" },
};
#undef G
#undef C

static const struct {
	const char *source;
	const char *instance;
	const struct field_row *rows;
	unsigned nrows;
} shapes[NSERIES] = {
#define SHAPE(source, instance, rows)                                                              \
	{                                                                                          \
		source, instance, rows, sizeof rows / sizeof rows[0]                               \
	}
	[S_CPU] = SHAPE("cpu", "total", cpu_rows),
	[S_LOAD] = SHAPE("load", "", load_rows),
	[S_MEMORY] = SHAPE("memory", "", memory_rows),
	[S_DISK] = SHAPE("disk", "sda", disk_rows),
	[S_FS_ROOT] = SHAPE("filesystem", "root", filesystem_rows),
	[S_FS_VAR] = SHAPE("filesystem", "var", filesystem_rows),
	[S_NETWORK] = SHAPE("network", "eth0", network_rows),
	[S_UPTIME] = SHAPE("uptime", "", uptime_rows),
	[S_THERMAL] = SHAPE("thermal", "", thermal_rows),
#undef SHAPE
};

struct server {
	struct server_opts o;
	char spool_dir[PATH_MAX];
	struct event_base *base;
	struct tls *tls;
	struct conn_watch watch;
	struct feed *feed; /* NULL while the server is dead */
	uint32_t ids[NSERIES];
	unsigned seed;
	bool fills;
	bool busy;
	double cpu; /* busy share, 0 to 1 */
	double var; /* share of /var in use */
	double load5;
	double counters[6];
	double place_k; /* its inlet, less its zone's air */
	double power_w;
	int64_t boot_s;
	uint64_t sent;
	uint64_t acked;
	uint64_t durable; /* of which the oracle was told */
	uint64_t last_seq;
	struct {
		uint64_t seq;
		int64_t at_us; /* monotonic time at which it was given to the feed */
	} given[GIVEN];	       /* the latest records, by their numbers */
};

/* A random number in [-1, 1], of the server's own sequence. */
static double
wander(struct server *s)
{
	s->seed = s->seed * 1103515245u + 12345u;
	return (double)(s->seed >> 8 & 0xffff) / 32767.5 - 1;
}

/* Rounded as an agent rounds. */
static double
cents(double v)
{
	return nearbyint(v * 100) / 100;
}

/* Monotonic microseconds. */
static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Tell the oracle that all up to this number is somewhere: after so many microseconds, if that is
 * known. */
static void
server_tell_reached(struct server *s, char where, uint64_t seq)
{
	fprintf(s->o.oracle, "%c %s %" PRIu64, where, s->o.name, seq);
	if (s->given[seq % GIVEN].seq == seq)
		fprintf(s->o.oracle, " %" PRId64, now_us() - s->given[seq % GIVEN].at_us);
	fputc('\n', s->o.oracle);
}

/* An acknowledgement arrived. */
static void
server_acknowledged(void *arg, uint64_t seq)
{
	struct server *s = arg;

	s->acked = seq > s->acked ? seq : s->acked;
	if (s->o.oracle == NULL)
		return;
	server_tell_reached(s, 'A', seq);
}

/* Tell the oracle how far the agent's own disk is. */
static void
server_tell_durable(struct server *s)
{
	struct feed_stats st;

	feed_stats(s->feed, &st);
	if (s->o.oracle != NULL && st.durable > s->durable)
		server_tell_reached(s, 'D', s->durable = st.durable);
}

/* A frame is about to be sent, or came: the oracle knows it before the collector does. */
static void
server_frame(void *arg, bool sent, uint8_t type, uint8_t flags, const void *payload, size_t n)
{
	struct server *s = arg;

	framelog_put(s->o.frames, s->o.name, sent, type, flags, payload, n);
}

/* Bring the server's agent up. */
static int
server_start(struct server *s, struct err *e)
{
	struct feed_opts fo = {
		.program = "zonewatch-sim " ZW_VERSION,
		.spool_dir = s->spool_dir,
		.spool_max_bytes = s->o.spool_bytes,
		.spool_max_age_ms = SPOOL_AGE_MS,
		.collectors = s->o.collectors,
		.tls = s->tls,
		.step_s = s->o.step_s,
		.eager = s->o.eager,
		.watch = s->o.frames != NULL ? &s->watch : NULL,
	};

	s->watch = (struct conn_watch){ .frame = server_frame, .arg = s };
	if (feed_new(&s->feed, s->base, &fo, e) == -1)
		return -1;
	feed_on_ack(s->feed, server_acknowledged, s);
	for (int k = 0; k < NSERIES; k++) {
		struct series_def def = { .step_s = s->o.step_s, .nfields = shapes[k].nrows };
		(void)str_copy(def.source, sizeof def.source, shapes[k].source);
		(void)str_copy(def.instance, sizeof def.instance, shapes[k].instance);
		for (unsigned i = 0; i < def.nfields; i++)
			field_from_row(&def.fields[i], &shapes[k].rows[i]);
		s->ids[k] = feed_define(s->feed, &def);
	}
	return 0;
}

/* A server with its certificate from PKI/nodes/NAME. */
int
server_new(struct server **out, struct event_base *base, const struct server_opts *o, struct err *e)
{
	struct server *s = xcalloc(1, sizeof *s);
	char ca[PATH_MAX], cert[PATH_MAX], key[PATH_MAX];

	s->o = *o;
	s->base = base;
	s->seed = o->seed * 2654435761u + 1;
	s->cpu = 0.25 + 0.1 * wander(s);
	s->var = 0.45 + 0.15 * wander(s);
	s->place_k = 0.8 * wander(s);
	s->power_w = 220;
	if (str_copy(s->spool_dir, sizeof s->spool_dir, o->spool_dir) == -1 ||
	    str_format(ca, sizeof ca, "%s/ca.crt", o->pki_dir) == -1 ||
	    str_format(cert, sizeof cert, "%s/nodes/%s.crt", o->pki_dir, o->name) == -1 ||
	    str_format(key, sizeof key, "%s/nodes/%s.key", o->pki_dir, o->name) == -1) {
		err_set(e, "a path is too long");
		goto fail;
	}
	if (tls_client_new(&s->tls, ca, cert, key, e) == -1 || server_start(s, e) == -1)
		goto fail;
	*out = s;
	return 0;
fail:
	server_free(s);
	return -1;
}

/* The end. */
void
server_free(struct server *s)
{
	if (s == NULL)
		return;
	feed_free(s->feed);
	tls_free(s->tls);
	free(s);
}

/* Its node. */
const char *
server_name(const struct server *s)
{
	return s->o.name;
}

/* Its zone. */
const char *
server_zone(const struct server *s)
{
	return s->o.zone;
}

/* What it draws, and so heats with; a dead one draws nothing. */
double
server_power_w(const struct server *s)
{
	return s->feed != NULL ? s->power_w : 0;
}

/* Let the server's load wander on for a step. */
static void
server_live(struct server *s)
{
	double aim = s->busy ? 0.98 : 0.25, dt = s->o.step_s;

	s->cpu += 0.1 * (aim - s->cpu) + (s->busy ? 0.005 : 0.03) * wander(s);
	s->cpu = fmin(1, fmax(0.01, s->cpu));
	s->load5 += 0.05 * (s->cpu * 16 - s->load5);
	s->var += s->fills ? 0.02 : 0.0001 * wander(s);
	s->var = fmin(0.999, fmax(0.1, s->var));
	s->power_w = 120 + 220 * s->cpu;
	s->counters[0] += floor(dt * 40 * (1 + wander(s)));
	s->counters[1] += floor(dt * 90 * (1 + wander(s)));
	s->counters[2] += floor(dt * 900) * 512 * 4;
	s->counters[3] += floor(dt * 1500 * (1 + wander(s))) * 512;
	s->counters[4] += floor(dt * LINK_BY_S * 0.02 * (1 + wander(s)));
	s->counters[5] += floor(dt * LINK_BY_S * 0.05 * (1 + wander(s)));
}

/* The values of one series. */
static void
server_values(struct server *s, enum series which, int64_t time_s, double air_c, double *v)
{
	double busy = cents(100 * s->cpu), inlet = cents(air_c + s->place_k + 0.05 * wander(s));

	switch (which) {
	case S_CPU:
		v[0] = cents(busy * 0.8);
		v[1] = cents(busy - v[0]);
		v[2] = cents(fabs(wander(s)));
		v[3] = cents(fmax(0, 100 - busy - v[2]));
		v[4] = busy;
		break;
	case S_LOAD:
		v[0] = cents(s->cpu * 16);
		v[1] = cents(s->load5);
		break;
	case S_MEMORY:
		v[0] = 64 * GIB;
		v[1] = floor((0.6 - 0.3 * s->cpu) * 64 * GIB / 4096) * 4096;
		v[2] = cents(100 * (1 - v[1] / v[0]));
		break;
	case S_DISK:
		memcpy(v, s->counters, 4 * sizeof *v);
		v[4] = cents(100 * s->cpu * 0.3);
		break;
	case S_FS_ROOT:
	case S_FS_VAR:
		v[0] = (which == S_FS_ROOT ? 50 : 200) * GIB;
		v[2] = cents(which == S_FS_ROOT ? 41.5 : 100 * s->var);
		v[1] = floor(v[0] * v[2] / 100 / 4096) * 4096;
		v[3] = 0;
		break;
	case S_NETWORK:
		memcpy(v, s->counters + 4, 2 * sizeof *v);
		v[2] = 0;
		v[3] = 1;
		break;
	case S_UPTIME:
		v[0] = (double)(time_s - s->boot_s);
		break;
	case S_THERMAL:
		v[0] = inlet;
		v[1] = cents(inlet + 6 + 8 * s->cpu);
		v[2] = cents(inlet + 18 + 30 * s->cpu);
		v[3] = nearbyint(s->power_w);
		break;
	case NSERIES:
		break;
	}
}

/* Tell the oracle what is sent. */
static void
server_tell(struct server *s, uint64_t seq, int64_t time_s, enum series which, const double *v)
{
	char text[32];

	if (s->o.oracle == NULL)
		return;
	fprintf(s->o.oracle, "S %s %" PRIu64 " %" PRId64 " %s%s%s", s->o.name, seq, time_s,
	    shapes[which].source, shapes[which].instance[0] != '\0' ? "-" : "",
	    shapes[which].instance);
	for (unsigned i = 0; i < shapes[which].nrows; i++) {
		str_from_double(text, v[i]);
		fprintf(s->o.oracle, " %s=%s", shapes[which].rows[i].name, text);
	}
	fputc('\n', s->o.oracle);
}

/* Measure and send. */
void
server_sample(struct server *s, int64_t time_s, double air_c)
{
	double v[NSERIES][8] = { 0 };

	if (s->boot_s == 0)
		s->boot_s = time_s - (int64_t)(86400 * (20 + 15 * wander(s)));
	server_live(s);
	if (s->feed == NULL)
		return;
	server_tell_durable(s);
	feed_begin(s->feed, time_s);
	for (int k = 0; k < NSERIES; k++) {
		server_values(s, (enum series)k, time_s, air_c, v[k]);
		feed_add(s->feed, s->ids[k], shapes[k].nrows, v[k]);
	}
	int64_t at_us = now_us();
	feed_end(s->feed);
	s->last_seq = feed_last_seq(s->feed);
	s->given[s->last_seq % GIVEN].seq = s->last_seq;
	s->given[s->last_seq % GIVEN].at_us = at_us;
	s->sent++;
	for (int k = 0; k < NSERIES; k++)
		server_tell(s, s->last_seq, time_s, (enum series)k, v[k]);
}

/* Kill it, or bring it back. */
int
server_set_dead(struct server *s, bool dead, struct err *e)
{
	if (dead) {
		feed_free(s->feed);
		s->feed = NULL;
		return 0;
	}
	return s->feed != NULL ? 0 : server_start(s, e);
}

/* Something writes its file system full, or was stopped. */
void
server_set_disk_fills(struct server *s, bool fills)
{
	if (s->fills && !fills)
		s->var = 0.45; /* somebody cleaned up */
	s->fills = fills;
}

/* Something takes all of its processors, or was stopped. */
void
server_set_busy(struct server *s, bool busy)
{
	s->busy = busy;
}

/* Records not yet acknowledged; those of a dead server do not count. */
uint64_t
server_unacked(const struct server *s)
{
	struct feed_stats st;

	if (s->feed == NULL)
		return 0;
	feed_stats(s->feed, &st);
	return st.spool_records;
}

/* Records that were acknowledged. */
uint64_t
server_acked(const struct server *s)
{
	return s->acked;
}

/* Bytes of samples that the disk does not have yet. */
uint64_t
server_unwritten(const struct server *s)
{
	struct feed_stats st;

	if (s->feed == NULL)
		return 0;
	feed_stats(s->feed, &st);
	return st.unwritten;
}
