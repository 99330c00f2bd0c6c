/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory: what the machine's memory is used for (/proc/meminfo, proc.rst). */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "agent/procfs.h"
#include "agent/source.h"
#include "zw/alloc.h"

#define MAX_BYTES 1e16

/* The fields that are keys of meminfo come first, in the file's order. */
enum {
	TOTAL,
	FREE,
	AVAILABLE,
	BUFFERS,
	CACHED,
	DIRTY,
	WRITEBACK,
	SLAB,
	KEYS,
	USED = KEYS,
	USED_PERCENT,
	NFIELDS
};

static const char *const keys[KEYS] = { "MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached",
	"Dirty", "Writeback", "SReclaimable" };

static const struct field_row fields[] = {
	{ "total", FIELD_GAUGE, "By", 0, MAX_BYTES, "Memory of the machine." },
	{ "free", FIELD_GAUGE, "By", 0, MAX_BYTES, "Memory that is used for nothing." },
	{ "available", FIELD_GAUGE, "By", 0, MAX_BYTES, "Memory that programs can have at once." },
	{ "buffers", FIELD_GAUGE, "By", 0, MAX_BYTES, "Cache of block devices." },
	{ "cached", FIELD_GAUGE, "By", 0, MAX_BYTES, "Cache of files, shared memory included." },
	{ "dirty", FIELD_GAUGE, "By", 0, MAX_BYTES, "Cache that waits to be written to disk." },
	{ "writeback", FIELD_GAUGE, "By", 0, MAX_BYTES, "Cache that is being written to disk." },
	{ "slab", FIELD_GAUGE, "By", 0, MAX_BYTES, "The kernel's own caches that it can give up." },
	{ "used", FIELD_GAUGE, "By", 0, MAX_BYTES, "Memory that is not available." },
	{ "used_percent", FIELD_GAUGE, "%", 0, 100, "The same as a share of the total." },
};
_Static_assert(NFIELDS == sizeof fields / sizeof fields[0], "an index for each field");

struct memory {
	struct procfs file;
};

/* Opens /proc/meminfo. */
static void *
memory_open(const char *root, const struct conf_sources *conf)
{
	(void)conf;
	struct memory *m = xcalloc(1, sizeof *m);
	m->file = (struct procfs)PROCFS_CLOSED;
	if (procfs_open(&m->file, root, "proc/meminfo") == 0)
		return m;
	free(m);
	return NULL;
}

/* Reads the file. Kernels before 3.14 do not estimate what is available: then what is free or
 * cache is taken for it, as free(1) did. */
static int
memory_read(void *state, double interval_s, struct emit *out)
{
	(void)interval_s;
	struct memory *m = state;
	if (procfs_read(&m->file) == -1)
		return -1;
	double v[NFIELDS];
	procfs_keys(m->file.text, keys, KEYS, 1024, v);
	if (isnan(v[TOTAL])) {
		errno = EBADMSG;
		return -1;
	}
	if (isnan(v[AVAILABLE]))
		v[AVAILABLE] = v[FREE] + v[BUFFERS] + v[CACHED];
	v[USED] = v[AVAILABLE] > v[TOTAL] ? 0 : v[TOTAL] - v[AVAILABLE];
	v[USED_PERCENT] = v[TOTAL] > 0 ? procfs_round(v[USED] / v[TOTAL] * 100, 100) : NAN;
	emit(out, "", v);
	return 0;
}

/* Closes the file. */
static void
memory_close(void *state)
{
	struct memory *m = state;
	procfs_close(&m->file);
	free(m);
}

const struct source source_memory = {
	.name = "memory",
	.help = "What the memory is used for.",
	.fields = fields,
	.nfields = NFIELDS,
	.open = memory_open,
	.read = memory_read,
	.close = memory_close,
};
