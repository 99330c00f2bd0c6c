/* SPDX-License-Identifier: GPL-3.0-or-later */
/* self: what an agent says about itself at each step, so that a spool that fills, a clock that
 * drifts or a certificate that ends can have a rule like anything else. */
#include "agent/self.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/procfs.h"
#include "zw/alloc.h"

#define DAY_MS 86400000.0

enum {
	CONNECTED,
	SPOOL_RECORDS,
	SPOOL_BYTES,
	SPOOL_AGE,
	DROPPED,
	REJECTED,
	MISSED,
	STUCK,
	CYCLE_MS,
	READ_MS,
	CLOCK_OFFSET,
	ROUND_TRIP,
	RSS,
	CPU_TIME,
	CERT_LEFT,
	DAMAGED,
	UNWRITTEN_AGE,
	NFIELDS
};

static const struct field_row fields[] = {
	{ "connected", FIELD_STATE, "1", 0, 1, "1 with a session to a collector." },
	{ "spool_records", FIELD_GAUGE, "1", 0, NAN, "Records that the collector lacks yet." },
	{ "spool_bytes", FIELD_GAUGE, "By", 0, NAN, "Their size on disk." },
	{ "spool_age", FIELD_GAUGE, "s", 0, NAN, "Age of the oldest of them." },
	{ "dropped", FIELD_COUNTER, "1", 0, NAN, "Records thinned or dropped for want of room." },
	{ "rejected", FIELD_COUNTER, "1", 0, NAN, "Records that the collector refused." },
	{ "missed", FIELD_COUNTER, "1", 0, NAN, "Steps without a sample." },
	{ "stuck", FIELD_GAUGE, "1", 0, NAN, "Sources and mounts that do not answer." },
	{ "cycle_ms", FIELD_GAUGE, "ms", 0, NAN, "Time from a step's begin until it was sent." },
	{ "read_ms", FIELD_GAUGE, "ms", 0, NAN, "Time spent in reading the sources." },
	{ "clock_offset", FIELD_GAUGE, "s", NAN, NAN, "Collector's clock less this one." },
	{ "round_trip", FIELD_GAUGE, "ms", 0, NAN, "Time to the collector and back." },
	{ "rss", FIELD_GAUGE, "By", 0, NAN, "Memory of the agent." },
	{ "cpu_time", FIELD_COUNTER, "s", 0, NAN, "Processor time of the agent." },
	{ "cert_left", FIELD_GAUGE, "d", NAN, NAN, "Days until the node's certificate ends." },
	{ "damaged", FIELD_GAUGE, "1", 0, NAN, "Places of the spool found damaged of late." },
	{ "unwritten_age", FIELD_GAUGE, "s", 0, NAN, "Age of the oldest that is in memory only." },
};
_Static_assert(NFIELDS == sizeof fields / sizeof fields[0], "an index for each field");

const struct source self_source = {
	.name = "agent",
	.help = "How the agent itself does.",
	.fields = fields,
	.nfields = NFIELDS,
};

struct self {
	struct procfs statm;
	double page_size;
};

struct self *
self_new(void)
{
	struct self *s = xcalloc(1, sizeof *s);
	s->statm = (struct procfs)PROCFS_CLOSED;
	if (procfs_open(&s->statm, "/", "proc/self/statm") == -1)
		s->statm.fd = -1;
	s->page_size = (double)sysconf(_SC_PAGESIZE);
	return s;
}

void
self_free(struct self *s)
{
	if (s == NULL)
		return;
	procfs_close(&s->statm);
	free(s);
}

/* Resident memory: the second number of statm, in pages (proc(5)). */
static double
resident(struct self *s)
{
	uint64_t pages[2];
	if (s->statm.fd == -1 || procfs_read(&s->statm) == -1)
		return NAN;
	const char *p = s->statm.text;
	return procfs_u64s(&p, pages, 2) == 2 ? (double)pages[1] * s->page_size : NAN;
}

/* Processor time of all threads, in seconds. */
static double
cpu_time(void)
{
	struct rusage u;
	if (getrusage(RUSAGE_SELF, &u) == -1)
		return NAN;
	double us = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
		    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	return procfs_round(us / 1e6, 1e6);
}

void
self_values(struct self *s, const struct self_input *in, double *values)
{
	const struct feed_stats *f = &in->feed;
	values[CONNECTED] = f->connected;
	values[SPOOL_RECORDS] = (double)f->spool_records;
	values[SPOOL_BYTES] = (double)f->spool_bytes;
	values[SPOOL_AGE] = procfs_round((double)f->unacked_ms / 1000, 10);
	values[DROPPED] = (double)f->dropped;
	values[REJECTED] = (double)f->rejected;
	values[MISSED] = (double)in->missed;
	values[STUCK] = in->stuck;
	values[CYCLE_MS] = procfs_round(in->cycle_ms, 100);
	values[READ_MS] = procfs_round(in->read_ms, 100);
	values[CLOCK_OFFSET] = procfs_round(f->clock_offset_s, 1000);
	values[ROUND_TRIP] = procfs_round(f->round_trip_s * 1000, 100);
	values[RSS] = resident(s);
	values[CPU_TIME] = cpu_time();
	values[UNWRITTEN_AGE] = procfs_round((double)f->unwritten_ms / 1000, 100);
	values[DAMAGED] = (double)f->damaged;
	values[CERT_LEFT] = procfs_round((double)(in->not_after_ms - in->now_ms) / DAY_MS, 100);
}
