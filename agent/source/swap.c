/* SPDX-License-Identifier: GPL-3.0-or-later */
/* swap: how full the swap is and how much goes in and out (/proc/meminfo, /proc/vmstat). */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "agent/procfs.h"
#include "agent/source.h"
#include "zw/alloc.h"

#define MAX_BYTES 1e16
#define MAX_RATE 1e9

enum {
	TOTAL,
	FREE,
	USED,
	USED_PERCENT,
	PAGES_IN,
	PAGES_OUT,
	NFIELDS
};

static const char *const space_keys[] = { "SwapTotal", "SwapFree" };
static const char *const flow_keys[] = { "pswpin", "pswpout" };

static const struct field_row fields[] = {
	{ "total", FIELD_GAUGE, "By", 0, MAX_BYTES, "Swap that there is." },
	{ "free", FIELD_GAUGE, "By", 0, MAX_BYTES, "Swap that is free." },
	{ "used", FIELD_GAUGE, "By", 0, MAX_BYTES, "Swap that is in use." },
	{ "used_percent", FIELD_GAUGE, "%", 0, 100, "Share in use; unknown without any swap." },
	{ "pages_in", FIELD_COUNTER, "1", 0, MAX_RATE, "Pages read back from swap." },
	{ "pages_out", FIELD_COUNTER, "1", 0, MAX_RATE, "Pages written to swap." },
};
_Static_assert(NFIELDS == sizeof fields / sizeof fields[0], "an index for each field");

struct swap {
	struct procfs meminfo;
	struct procfs vmstat;
};

/* Closes the files. */
static void
swap_close(void *state)
{
	struct swap *s = state;
	procfs_close(&s->meminfo);
	procfs_close(&s->vmstat);
	free(s);
}

/* Opens the files; a kernel without swapping has no counters of it. */
static void *
swap_open(const char *root, const struct conf_sources *conf)
{
	(void)conf;
	struct swap *s = xcalloc(1, sizeof *s);
	s->meminfo = (struct procfs)PROCFS_CLOSED;
	s->vmstat = (struct procfs)PROCFS_CLOSED;
	if (procfs_open(&s->meminfo, root, "proc/meminfo") == -1) {
		swap_close(s);
		return NULL;
	}
	if (procfs_open(&s->vmstat, root, "proc/vmstat") == -1)
		s->vmstat.fd = -1;
	return s;
}

/* Reads both files. */
static int
swap_read(void *state, double interval_s, struct emit *out)
{
	(void)interval_s;
	struct swap *s = state;
	if (procfs_read(&s->meminfo) == -1)
		return -1;
	double v[NFIELDS] = { NAN, NAN, NAN, NAN, NAN, NAN };
	if (procfs_keys(s->meminfo.text, space_keys, 2, 1024, &v[TOTAL]) < 2) {
		errno = EBADMSG;
		return -1;
	}
	v[USED] = v[FREE] > v[TOTAL] ? 0 : v[TOTAL] - v[FREE];
	v[USED_PERCENT] = v[TOTAL] > 0 ? procfs_round(v[USED] / v[TOTAL] * 100, 100) : NAN;
	if (s->vmstat.fd != -1 && procfs_read(&s->vmstat) == 0)
		procfs_keys(s->vmstat.text, flow_keys, 2, 1, &v[PAGES_IN]);
	emit(out, "", v);
	return 0;
}

const struct source source_swap = {
	.name = "swap",
	.help = "How full the swap is, and how much goes in and out of it.",
	.fields = fields,
	.nfields = NFIELDS,
	.open = swap_open,
	.read = swap_read,
	.close = swap_close,
};
