/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vmstat: what the kernel does: switches, interrupts, forks, pages (/proc/stat, /proc/vmstat). */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/procfs.h"
#include "agent/source.h"
#include "zw/alloc.h"

#define MAX_RATE 1e10

/* The keys of /proc/stat, then those of /proc/vmstat, each in its file's order. */
enum {
	INTR,
	CTXT,
	FORKS,
	PROCS_RUNNING,
	PROCS_BLOCKED,
	STAT_KEYS,
	PGPGIN = STAT_KEYS,
	PGPGOUT,
	PGFAULT,
	PGMAJFAULT,
	OOM_KILL,
	NFIELDS
};

static const char *const stat_keys[] = { "intr", "ctxt", "processes", "procs_running",
	"procs_blocked" };
static const char *const vmstat_keys[] = { "pgpgin", "pgpgout", "pgfault", "pgmajfault",
	"oom_kill" };

static const struct field_row fields[] = {
	{ "intr", FIELD_COUNTER, "1", 0, MAX_RATE, "Interrupts." },
	{ "ctxt", FIELD_COUNTER, "1", 0, MAX_RATE, "Switches from one thread to another." },
	{ "forks", FIELD_COUNTER, "1", 0, MAX_RATE, "Processes and threads started." },
	{ "procs_running", FIELD_GAUGE, "1", 0, 1e7, "Threads that can run at this moment." },
	{ "procs_blocked", FIELD_GAUGE, "1", 0, 1e7, "Threads that wait for a disk." },
	{ "pgpgin", FIELD_COUNTER, "By", 0, 1e13, "Read from block devices." },
	{ "pgpgout", FIELD_COUNTER, "By", 0, 1e13, "Written to block devices." },
	{ "pgfault", FIELD_COUNTER, "1", 0, MAX_RATE, "Page faults, minor and major." },
	{ "pgmajfault", FIELD_COUNTER, "1", 0, MAX_RATE, "Page faults that waited for a disk." },
	{ "oom_kill", FIELD_COUNTER, "1", 0, MAX_RATE, "Processes killed for want of memory." },
};
_Static_assert(NFIELDS == sizeof fields / sizeof fields[0], "an index for each field");

struct vmstat {
	struct procfs stat;
	struct procfs vmstat;
};

/* Closes the files. */
static void
vmstat_close(void *state)
{
	struct vmstat *s = state;
	procfs_close(&s->stat);
	procfs_close(&s->vmstat);
	free(s);
}

/* Opens the files. */
static void *
vmstat_open(const char *root, const struct conf_sources *conf)
{
	(void)conf;
	struct vmstat *s = xcalloc(1, sizeof *s);
	s->stat = (struct procfs)PROCFS_CLOSED;
	s->vmstat = (struct procfs)PROCFS_CLOSED;
	if (procfs_open(&s->stat, root, "proc/stat") == 0 &&
	    procfs_open(&s->vmstat, root, "proc/vmstat") == 0)
		return s;
	vmstat_close(s);
	return NULL;
}

/* The part of /proc/stat behind the processors' lines, of which there may be thousands. */
static const char *
behind_cpus(const char *text)
{
	const char *p = text;
	while (strncmp(p, "cpu", 3) == 0 && procfs_next_line(&p))
		continue;
	return p;
}

/* Reads both files. pgpgin and pgpgout count KiB whatever the size of a page (proc(5)). */
static int
vmstat_read(void *state, double interval_s, struct emit *out)
{
	(void)interval_s;
	struct vmstat *s = state;
	if (procfs_read(&s->stat) == -1 || procfs_read(&s->vmstat) == -1)
		return -1;
	double v[NFIELDS];
	unsigned n = procfs_keys(behind_cpus(s->stat.text), stat_keys, STAT_KEYS, 1, v);
	n += procfs_keys(s->vmstat.text, vmstat_keys, NFIELDS - STAT_KEYS, 1, &v[STAT_KEYS]);
	if (n == 0) {
		errno = EBADMSG;
		return -1;
	}
	v[PGPGIN] *= 1024;
	v[PGPGOUT] *= 1024;
	emit(out, "", v);
	return 0;
}

const struct source source_vmstat = {
	.name = "vmstat",
	.help = "What the kernel does: switches, interrupts, forks, paging.",
	.fields = fields,
	.nfields = NFIELDS,
	.open = vmstat_open,
	.read = vmstat_read,
	.close = vmstat_close,
};
