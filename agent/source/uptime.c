/* SPDX-License-Identifier: GPL-3.0-or-later */
/* uptime: how long the machine has been up (/proc/uptime, proc(5)). */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "agent/procfs.h"
#include "agent/source.h"
#include "zw/alloc.h"

static const struct field_row fields[] = {
	{ "uptime", FIELD_GAUGE, "s", 0, 1e10, "Time since the machine's start." },
};

struct uptime {
	struct procfs file;
};

/* Opens /proc/uptime. */
static void *
uptime_open(const char *root, const struct conf_sources *conf)
{
	(void)conf;
	struct uptime *u = xcalloc(1, sizeof *u);
	u->file = (struct procfs)PROCFS_CLOSED;
	if (procfs_open(&u->file, root, "proc/uptime") == 0)
		return u;
	free(u);
	return NULL;
}

/* Reads "2247.69 4419.28"; whole seconds are enough. */
static int
uptime_read(void *state, double interval_s, struct emit *out)
{
	(void)interval_s;
	struct uptime *u = state;
	if (procfs_read(&u->file) == -1)
		return -1;
	double value = NAN;
	const char *p = u->file.text;
	if (!procfs_decimal(&p, &value)) {
		errno = EBADMSG;
		return -1;
	}
	value = floor(value);
	emit(out, "", &value);
	return 0;
}

/* Closes the file. */
static void
uptime_close(void *state)
{
	struct uptime *u = state;
	procfs_close(&u->file);
	free(u);
}

const struct source source_uptime = {
	.name = "uptime",
	.help = "How long the machine has been up.",
	.fields = fields,
	.nfields = 1,
	.open = uptime_open,
	.read = uptime_read,
	.close = uptime_close,
};
