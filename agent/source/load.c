/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load: the kernel's load averages and numbers of threads (/proc/loadavg, proc(5)). */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "agent/procfs.h"
#include "agent/source.h"
#include "zw/alloc.h"

static const struct field_row fields[] = {
	{ "load1", FIELD_GAUGE, "1", 0, 1e6, "Threads that run or wait for disks, over a minute." },
	{ "load5", FIELD_GAUGE, "1", 0, 1e6, "The same over five minutes." },
	{ "load15", FIELD_GAUGE, "1", 0, 1e6, "The same over fifteen minutes." },
	{ "running", FIELD_GAUGE, "1", 0, 1e7, "Threads that can run at this moment." },
	{ "threads", FIELD_GAUGE, "1", 0, 1e8, "Threads that there are." },
};
enum {
	NFIELDS = sizeof fields / sizeof fields[0]
};

struct load {
	struct procfs file;
};

/* Opens /proc/loadavg. */
static void *
load_open(const char *root, const struct conf_sources *conf)
{
	(void)conf;
	struct load *l = xcalloc(1, sizeof *l);
	l->file = (struct procfs)PROCFS_CLOSED;
	if (procfs_open(&l->file, root, "proc/loadavg") == 0)
		return l;
	free(l);
	return NULL;
}

/* Reads "0.21 0.06 0.02 1/94 8900". */
static int
load_read(void *state, double interval_s, struct emit *out)
{
	(void)interval_s;
	struct load *l = state;
	if (procfs_read(&l->file) == -1)
		return -1;
	double values[NFIELDS] = { NAN, NAN, NAN, NAN, NAN };
	const char *p = l->file.text;
	for (unsigned i = 0; i < 3; i++) {
		if (!procfs_decimal(&p, &values[i])) {
			errno = EBADMSG;
			return -1;
		}
	}
	uint64_t running = 0;
	uint64_t threads = 0;
	if (procfs_u64(&p, &running) && *p++ == '/' && procfs_u64(&p, &threads)) {
		values[3] = (double)running;
		values[4] = (double)threads;
	}
	emit(out, "", values);
	return 0;
}

/* Closes the file. */
static void
load_close(void *state)
{
	struct load *l = state;
	procfs_close(&l->file);
	free(l);
}

const struct source source_load = {
	.name = "load",
	.help = "Load averages and numbers of threads.",
	.fields = fields,
	.nfields = NFIELDS,
	.open = load_open,
	.read = load_read,
	.close = load_close,
};
