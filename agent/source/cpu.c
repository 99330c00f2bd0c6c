/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu: where the processors' time went since the read before, in all and for each of them.
 *
 * /proc/stat counts ticks (Documentation/filesystems/proc.rst, 1.7). Guests' time is in user and
 * nice already and is not added again. iowait and idle may step back, which proc.rst warns of: a
 * step back counts as nothing. A processor that went away and comes back starts anew. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/procfs.h"
#include "agent/source.h"
#include "zw/alloc.h"

/* In the order of the columns of /proc/stat. */
enum mode {
	USER,
	NICE,
	SYSTEM,
	IDLE,
	IOWAIT,
	IRQ,
	SOFTIRQ,
	STEAL,
	MODES
};

#define MAX_CPUS 8192 /* the largest CONFIG_NR_CPUS */

static const struct field_row fields[] = {
	{ "user", FIELD_GAUGE, "%", 0, 100, "Time in programs, guests included." },
	{ "nice", FIELD_GAUGE, "%", 0, 100, "Time in programs of low priority." },
	{ "system", FIELD_GAUGE, "%", 0, 100, "Time in the kernel." },
	{ "idle", FIELD_GAUGE, "%", 0, 100, "Time with nothing to do." },
	{ "iowait", FIELD_GAUGE, "%", 0, 100, "Time with nothing to do but wait for disks." },
	{ "irq", FIELD_GAUGE, "%", 0, 100, "Time in interrupts." },
	{ "softirq", FIELD_GAUGE, "%", 0, 100, "Time in soft interrupts, most of it network." },
	{ "steal", FIELD_GAUGE, "%", 0, 100, "Time that the hypervisor gave to others." },
	{ "busy", FIELD_GAUGE, "%", 0, 100, "All time but idle and iowait." },
};
enum {
	NFIELDS = sizeof fields / sizeof fields[0]
};
_Static_assert(NFIELDS == MODES + 1, "a field for each mode, and busy");

/* Ticks of one processor as they were, and in which read that was. */
struct ticks {
	uint64_t mode[MODES];
	uint64_t read;
};

struct cpu {
	struct procfs stat;
	uint64_t reads;
	struct ticks total;
	struct ticks *each; /* by number */
	size_t n;
};

/* Opens /proc/stat. */
static void *
cpu_open(const char *root, const struct conf_sources *conf)
{
	(void)conf;
	struct cpu *c = xcalloc(1, sizeof *c);
	c->stat = (struct procfs)PROCFS_CLOSED;
	if (procfs_open(&c->stat, root, "proc/stat") == 0)
		return c;
	free(c);
	return NULL;
}

/* Shares of the time between two readings; all NAN when no time went by. */
static void
shares(const uint64_t *now, const uint64_t *before, double *values)
{
	double sum = 0;
	for (unsigned i = 0; i < MODES; i++) {
		values[i] = now[i] > before[i] ? (double)(now[i] - before[i]) : 0;
		sum += values[i];
	}
	double busy = sum - values[IDLE] - values[IOWAIT];
	values[MODES] = busy;
	for (unsigned i = 0; i < NFIELDS; i++)
		values[i] = sum > 0 ? procfs_round(values[i] / sum * 100, 100) : NAN;
}

/* Emits one line's processor, and keeps its ticks for the next read. */
static void
take(const struct cpu *c, struct ticks *t, const uint64_t *mode, const char *instance,
    struct emit *out)
{
	double values[NFIELDS];
	if (c->reads > 1 && t->read + 1 == c->reads) {
		shares(mode, t->mode, values);
	} else {
		for (unsigned i = 0; i < NFIELDS; i++)
			values[i] = NAN;
	}
	memcpy(t->mode, mode, sizeof t->mode);
	t->read = c->reads;
	emit(out, instance, values);
}

/* The place of processor i; the array grows to it. */
static struct ticks *
place(struct cpu *c, uint64_t i)
{
	if (i >= c->n) {
		size_t n = c->n * 2 > i ? c->n * 2 : (size_t)i + 1;
		c->each = xreallocarray(c->each, n, sizeof *c->each);
		memset(c->each + c->n, 0, (n - c->n) * sizeof *c->each);
		c->n = n;
	}
	return &c->each[i];
}

/* Reads one line "cpu[N] ticks...": whether it is one. */
static bool
read_line(struct cpu *c, const char *p, struct emit *out)
{
	char word[24];
	uint64_t mode[MODES] = { 0 };
	if (strncmp(p, "cpu", 3) != 0 || !procfs_word(&p, word, sizeof word))
		return false;
	/* Kernels before 2.6.11 had fewer columns; fewer than four is a line cut short. */
	if (procfs_u64s(&p, mode, MODES) <= IDLE)
		return true;
	const char *digits = word + 3;
	uint64_t i = 0;
	if (*digits == '\0')
		take(c, &c->total, mode, "total", out);
	else if (procfs_u64(&digits, &i) && *digits == '\0' && i < MAX_CPUS)
		take(c, place(c, i), mode, word, out);
	return true;
}

/* Reads all processors. */
static int
cpu_read(void *state, double interval_s, struct emit *out)
{
	(void)interval_s;
	struct cpu *c = state;
	if (procfs_read(&c->stat) == -1)
		return -1;
	c->reads++;
	const char *p = c->stat.text;
	bool more = true;
	bool any = false;
	/* These lines come first and together; the long rest of the file is not looked at. */
	for (; more && read_line(c, p, out); more = procfs_next_line(&p))
		any = true;
	if (any)
		return 0;
	errno = EBADMSG;
	return -1;
}

/* Closes the file. */
static void
cpu_close(void *state)
{
	struct cpu *c = state;
	procfs_close(&c->stat);
	free(c->each);
	free(c);
}

const struct source source_cpu = {
	.name = "cpu",
	.help = "Where the processors' time goes: in all and for each of them.",
	.fields = fields,
	.nfields = NFIELDS,
	.open = cpu_open,
	.read = cpu_read,
	.close = cpu_close,
};
