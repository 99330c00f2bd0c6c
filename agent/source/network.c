/* SPDX-License-Identifier: GPL-3.0-or-later */
/* network: what goes over the interfaces (/proc/net/dev) and whether they have a link
 * (/sys/class/net, Documentation/ABI/testing/sysfs-class-net).
 *
 * The speed is asked for when the link changes and once a minute: the kernel takes its global
 * network lock for it, and some drivers ask the hardware. */
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

#define SPEED_EVERY_S 60
#define MAX_BYTES 1e12
#define MAX_RATE 1e10

/* Columns of /proc/net/dev that are used. */
enum {
	RX_BYTES = 0,
	RX_PACKETS = 1,
	RX_ERRORS = 2,
	RX_DROPS = 3,
	TX_BYTES = 8,
	TX_PACKETS = 9,
	TX_ERRORS = 10,
	TX_DROPS = 11,
	COLUMNS = 16
};

static const struct field_row fields[] = {
	{ "rx_bytes", FIELD_COUNTER, "By", 0, MAX_BYTES, "Bytes received." },
	{ "tx_bytes", FIELD_COUNTER, "By", 0, MAX_BYTES, "Bytes sent." },
	{ "rx_packets", FIELD_COUNTER, "1", 0, MAX_RATE, "Packets received." },
	{ "tx_packets", FIELD_COUNTER, "1", 0, MAX_RATE, "Packets sent." },
	{ "rx_errors", FIELD_COUNTER, "1", 0, MAX_RATE, "Packets received damaged." },
	{ "tx_errors", FIELD_COUNTER, "1", 0, MAX_RATE, "Packets that could not be sent." },
	{ "rx_drops", FIELD_COUNTER, "1", 0, MAX_RATE, "Packets received and thrown away." },
	{ "tx_drops", FIELD_COUNTER, "1", 0, MAX_RATE, "Packets thrown away before sending." },
	{ "carrier", FIELD_STATE, "1", 0, 1, "1 with a link; unknown when switched off." },
	{ "speed", FIELD_GAUGE, "Mbit/s", 0, 1e7, "Speed of the link, if it has one." },
};
enum {
	NFIELDS = sizeof fields / sizeof fields[0]
};

struct network {
	const struct conf_sources *conf;
	struct procfs dev;
	int class; /* directory /sys/class/net, -1 if there is none */
	struct names names;
};

/* What is kept of one interface. */
struct interface {
	uint64_t now[COLUMNS];
	double carrier;
	double speed;
	double speed_age_s;
};

/* Closes all. */
static void
network_close(void *state)
{
	struct network *n = state;
	procfs_close(&n->dev);
	names_clear(&n->names);
	if (n->class != -1)
		close(n->class);
	free(n);
}

/* Opens the list and the directory. */
static void *
network_open(const char *root, const struct conf_sources *conf)
{
	struct network *n = xcalloc(1, sizeof *n);
	n->conf = conf;
	n->dev = (struct procfs)PROCFS_CLOSED;
	n->names.data_size = sizeof(struct interface);
	char *path = xasprintf("%s/sys/class/net", root);
	n->class = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	if (procfs_open_own(&n->dev, root, "net/dev") == 0)
		return n;
	network_close(n);
	return NULL;
}

/* A small number from a file of the interface; NAN if the kernel does not say. */
static double
attribute(
    const struct network *n, const char *interface, const char *file, int64_t min, int64_t max)
{
	char path[64];
	char line[32];
	int64_t v = 0;
	if (n->class == -1 || str_format(path, sizeof path, "%s/%s", interface, file) == -1 ||
	    procfs_line(n->class, path, line, sizeof line) == -1 ||
	    str_to_i64(line, min, max, &v) == -1)
		return NAN;
	return (double)v;
}

/* Looks at the link. The carrier of an interface that is switched off reads as EINVAL; a speed
 * that is unknown as -1, EINVAL or 4294967295. */
static void
read_link(const struct network *n, const char *interface, struct interface *i, double interval_s)
{
	double carrier = attribute(n, interface, "carrier", 0, 1);
	bool same = carrier == i->carrier || (isnan(carrier) && isnan(i->carrier));
	i->speed_age_s += interval_s;
	if (!same || i->speed_age_s >= SPEED_EVERY_S) {
		i->speed = carrier == 1 ? attribute(n, interface, "speed", 1, 10000000) : NAN;
		i->speed_age_s = 0;
	}
	i->carrier = carrier;
}

/* Takes one line "  name: columns...". */
static void
read_line(struct network *n, const char *p, double interval_s)
{
	char raw[32];
	while (*p == ' ')
		p++;
	size_t len = strcspn(p, ":\n");
	if (len == 0 || len >= sizeof raw || p[len] != ':')
		return;
	memcpy(raw, p, len);
	raw[len] = '\0';
	p += len + 1;
	uint64_t columns[COLUMNS];
	if (procfs_u64s(&p, columns, COLUMNS) < COLUMNS)
		return;
	bool fresh = false;
	struct name *name = names_see(&n->names, raw, &fresh);
	if (name == NULL)
		return;
	struct interface *i = name->data;
	if (fresh) {
		name->hidden = names_match(&n->conf->network.ignore, raw);
		i->speed_age_s = SPEED_EVERY_S;
	}
	memcpy(i->now, columns, sizeof i->now);
	if (!name->hidden)
		read_link(n, raw, i, interval_s);
}

/* Emits one interface. */
static void
put(const struct name *name, struct emit *out)
{
	const struct interface *i = name->data;
	double v[NFIELDS] = {
		(double)i->now[RX_BYTES],
		(double)i->now[TX_BYTES],
		(double)i->now[RX_PACKETS],
		(double)i->now[TX_PACKETS],
		(double)i->now[RX_ERRORS],
		(double)i->now[TX_ERRORS],
		(double)i->now[RX_DROPS],
		(double)i->now[TX_DROPS],
		i->carrier,
		i->speed,
	};
	emit(out, name->instance, v);
}

/* Reads all interfaces; the two lines of headings have no colon behind a name. */
static int
network_read(void *state, double interval_s, struct emit *out)
{
	struct network *n = state;
	if (procfs_read(&n->dev) == -1)
		return -1;
	names_begin(&n->names);
	bool more = true;
	for (const char *p = n->dev.text; more; more = procfs_next_line(&p))
		read_line(n, p, interval_s);
	names_end(&n->names);
	for (size_t i = 0; i < n->names.n; i++)
		if (!n->names.v[i]->hidden)
			put(n->names.v[i], out);
	return 0;
}

const struct source source_network = {
	.name = "network",
	.help = "What goes over the network interfaces, and their links.",
	.fields = fields,
	.nfields = NFIELDS,
	.open = network_open,
	.read = network_read,
	.close = network_close,
};
