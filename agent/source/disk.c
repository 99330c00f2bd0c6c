/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk: what the block devices do (/proc/diskstats, Documentation/admin-guide/iostats.rst).
 *
 * Whole devices only: those that have a directory of their own in /sys/block. A device-mapper
 * device is called by the name it was given (dm-vg0-root), for its number changes with each
 * start. Times there are 32 bits of milliseconds and wrap; a count that went back is another
 * device under the same name, whose differences are unknown once. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/conf.h"
#include "agent/names.h"
#include "agent/procfs.h"
#include "agent/source.h"
#include "zw/alloc.h"

#define SECTOR 512 /* of diskstats, whatever the device's own is */
#define MAX_RATE 1e9
#define MAX_BYTES 1e12
#define MAX_MS 1e7

/* Columns of /proc/diskstats behind the name. */
enum column {
	READS,
	READS_MERGED,
	READ_SECTORS,
	READ_MS,
	WRITES,
	WRITES_MERGED,
	WRITE_SECTORS,
	WRITE_MS,
	IN_FLIGHT,
	BUSY_MS,
	WEIGHTED_MS,
	COLUMNS
};

static const struct field_row fields[] = {
	{ "read_ops", FIELD_COUNTER, "1", 0, MAX_RATE, "Reads done." },
	{ "write_ops", FIELD_COUNTER, "1", 0, MAX_RATE, "Writes done." },
	{ "read_bytes", FIELD_COUNTER, "By", 0, MAX_BYTES, "Bytes read." },
	{ "write_bytes", FIELD_COUNTER, "By", 0, MAX_BYTES, "Bytes written." },
	{ "read_await", FIELD_GAUGE, "ms", 0, MAX_MS, "Mean time of a read; 0 without any." },
	{ "write_await", FIELD_GAUGE, "ms", 0, MAX_MS, "Mean time of a write; 0 without any." },
	{ "utilisation", FIELD_GAUGE, "%", 0, 100, "Time with something to do." },
	{ "queue", FIELD_GAUGE, "1", 0, 1e6, "Mean number of requests waiting or in work." },
	{ "in_flight", FIELD_GAUGE, "1", 0, 1e6, "Requests in work at this moment." },
};
enum {
	NFIELDS = sizeof fields / sizeof fields[0]
};

struct disk {
	const struct conf_sources *conf;
	struct procfs stats;
	int block; /* directory /sys/block */
	struct names names;
};

/* What is kept of one device. */
struct device {
	uint64_t now[COLUMNS];
	uint64_t before[COLUMNS];
	bool compared; /* before is of the read before */
};

/* Closes all. */
static void
disk_close(void *state)
{
	struct disk *d = state;
	procfs_close(&d->stats);
	names_clear(&d->names);
	if (d->block != -1)
		close(d->block);
	free(d);
}

/* Opens the list and the directory. */
static void *
disk_open(const char *root, const struct conf_sources *conf)
{
	struct disk *d = xcalloc(1, sizeof *d);
	d->conf = conf;
	d->stats = (struct procfs)PROCFS_CLOSED;
	d->names.data_size = sizeof(struct device);
	char *path = xasprintf("%s/sys/block", root);
	d->block = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	if (d->block != -1 && procfs_open(&d->stats, root, "proc/diskstats") == 0)
		return d;
	disk_close(d);
	return NULL;
}

/* Decides, once in a device's life, whether it is watched and what it is called. */
static void
judge(const struct disk *d, struct name *name)
{
	/* sysfs writes a '!' where the device's name has a '/' ("cciss!c0d0"). */
	char *dir = xstrdup(name->raw);
	for (char *p = dir; *p != '\0'; p++)
		if (*p == '/')
			*p = '!';
	name->hidden = names_match(&d->conf->disk.ignore, name->raw) || dir[0] == '.' ||
		       faccessat(d->block, dir, F_OK, 0) == -1;
	char *path = xasprintf("%s/dm/name", dir);
	char given[128];
	if (!name->hidden && procfs_line(d->block, path, given, sizeof given) == 0 &&
	    given[0] != '\0')
		name->label = xasprintf("dm-%s", given);
	free(path);
	free(dir);
}

/* Takes one line "major minor name columns...". */
static void
read_line(struct disk *d, const char *p)
{
	uint64_t number[2];
	char raw[64];
	uint64_t columns[COLUMNS];
	if (procfs_u64s(&p, number, 2) < 2 || !procfs_word(&p, raw, sizeof raw))
		return;
	bool fresh = false;
	struct name *name = names_see(&d->names, raw, &fresh);
	if (name == NULL)
		return;
	if (fresh)
		judge(d, name);
	struct device *dev = name->data;
	dev->compared = false;
	if (name->hidden)
		return;
	/* A line cut short is a device that is not seen now. */
	if (procfs_u64s(&p, columns, COLUMNS) < COLUMNS) {
		name->seen = 0;
		return;
	}
	memcpy(dev->before, dev->now, sizeof dev->before);
	memcpy(dev->now, columns, sizeof dev->now);
	dev->compared = !fresh;
}

/* Milliseconds gone by on one of the counters of time. */
static double
ms(const struct device *dev, enum column c)
{
	return (uint32_t)(dev->now[c] - dev->before[c]);
}

/* Whether the counts only grew. */
static bool
grew(const struct device *dev)
{
	static const enum column counts[] = { READS, READ_SECTORS, WRITES, WRITE_SECTORS };
	for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++)
		if (dev->now[counts[i]] < dev->before[counts[i]])
			return false;
	return true;
}

/* Mean time of the requests done since the read before. */
static double
await(const struct device *dev, enum column count, enum column time)
{
	double n = procfs_delta(dev->now[count], dev->before[count]);
	return n > 0 ? procfs_round(ms(dev, time) / n, 100) : 0;
}

/* Emits one device. */
static void
put(const struct name *name, double interval_s, struct emit *out)
{
	const struct device *dev = name->data;
	double v[NFIELDS] = {
		(double)dev->now[READS],
		(double)dev->now[WRITES],
		(double)dev->now[READ_SECTORS] * SECTOR,
		(double)dev->now[WRITE_SECTORS] * SECTOR,
		NAN,
		NAN,
		NAN,
		NAN,
		(double)dev->now[IN_FLIGHT],
	};
	if (dev->compared && interval_s > 0 && grew(dev)) {
		double interval_ms = interval_s * 1000;
		v[4] = await(dev, READS, READ_MS);
		v[5] = await(dev, WRITES, WRITE_MS);
		double busy = ms(dev, BUSY_MS) / interval_ms;
		v[6] = busy < 1 ? procfs_round(busy * 100, 100) : 100;
		v[7] = procfs_round(ms(dev, WEIGHTED_MS) / interval_ms, 100);
	}
	emit(out, name->instance, v);
}

/* Reads all devices. A machine without any is no failure. */
static int
disk_read(void *state, double interval_s, struct emit *out)
{
	struct disk *d = state;
	if (procfs_read(&d->stats) == -1 && errno != ENODATA)
		return -1;
	names_begin(&d->names);
	bool more = d->stats.text[0] != '\0';
	for (const char *p = d->stats.text; more; more = procfs_next_line(&p))
		read_line(d, p);
	names_end(&d->names);
	for (size_t i = 0; i < d->names.n; i++)
		if (!d->names.v[i]->hidden)
			put(d->names.v[i], interval_s, out);
	return 0;
}

const struct source source_disk = {
	.name = "disk",
	.help = "What the block devices do, and how long it takes them.",
	.fields = fields,
	.nfields = NFIELDS,
	.open = disk_open,
	.read = disk_read,
	.close = disk_close,
};
