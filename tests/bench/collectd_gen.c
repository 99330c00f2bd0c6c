/* SPDX-License-Identifier: GPL-3.0-or-later */
/* collectd_gen: the same load for collectd's network plugin (its binary protocol, parts as in the
 * public description of that protocol): a value a value-list, as its own agents send them.
 *
 *   collectd_gen PORT NODES SERIES FIELDS STEPS START RATE
 *
 * Sends to 127.0.0.1, RATE steps a second (UDP knows no back-pressure: too fast loses). */
#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zw/buf.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

#define STEP_S 10
#define PACKET 1452 /* what collectd's own sender fills at most */

enum part {
	PART_HOST = 0,
	PART_PLUGIN = 2,
	PART_PLUGIN_INSTANCE = 3,
	PART_TYPE = 4,
	PART_TYPE_INSTANCE = 5,
	PART_VALUES = 6,
	PART_TIME_HR = 8,
	PART_INTERVAL_HR = 9
};

/* A text part: type, length, text with its NUL. */
static void
put_text(struct buf *b, enum part type, const char *text)
{
	buf_be16(b, (uint16_t)type);
	buf_be16(b, (uint16_t)(4 + strlen(text) + 1));
	buf_put(b, text, strlen(text) + 1);
}

/* A number part; times are in units of 2^-30 s. */
static void
put_number(struct buf *b, enum part type, uint64_t v)
{
	buf_be16(b, (uint16_t)type);
	buf_be16(b, 12);
	buf_be64(b, v);
}

/* A values part with one value: a gauge (little-endian double) or a derive. */
static void
put_value(struct buf *b, int derive, double v)
{
	buf_be16(b, PART_VALUES);
	buf_be16(b, 15);
	buf_be16(b, 1);
	buf_u8(b, derive ? 2 : 1);
	if (derive)
		buf_be64(b, (uint64_t)v);
	else
		buf_put(b, &v, sizeof v);
}

/* All of one node at one moment; returns the bytes sent. */
static size_t
send_node(int fd, uint64_t node, uint64_t nseries, uint64_t nfields, uint64_t time_s, uint64_t step)
{
	struct buf b = { 0 };
	char text[64];
	size_t sent = 0;

	for (uint64_t s = 0; s < nseries; s++)
		for (uint64_t f = 0; f < nfields; f++) {
			if (b.len == 0) {
				(void)snprintf(text, sizeof text, "load%" PRIu64, node + 1);
				put_text(&b, PART_HOST, text);
				put_number(&b, PART_TIME_HR, time_s << 30);
				put_number(&b, PART_INTERVAL_HR, (uint64_t)STEP_S << 30);
				put_text(&b, PART_PLUGIN, "bench");
			}
			if (f == 0 || b.len < 120) {
				(void)snprintf(text, sizeof text, "s%" PRIu64, s);
				put_text(&b, PART_PLUGIN_INSTANCE, text);
			}
			put_text(&b, PART_TYPE, f % 4 == 3 ? "derive" : "gauge");
			(void)snprintf(text, sizeof text, "f%" PRIu64, f);
			put_text(&b, PART_TYPE_INSTANCE, text);
			put_value(&b, f % 4 == 3,
			    f % 4 == 3 ? (double)(step * 50000 + node)
				       : nearbyint(5000 + 4000 * sin((double)(step + f))) / 100);
			if (b.len > PACKET - 80 || (s == nseries - 1 && f == nfields - 1)) {
				if (send(fd, b.data, b.len, 0) == -1)
					fatal("collectd_gen", "cannot send");
				sent += b.len;
				buf_clear(&b);
			}
		}
	buf_free(&b);
	return sent;
}

int
main(int argc, char **argv)
{
	uint64_t port, nodes, series, fields, steps, start, rate, bytes = 0;

	if (argc != 8 || str_to_u64(argv[1], 1, 65535, &port) == -1 ||
	    str_to_u64(argv[2], 1, 1024, &nodes) == -1 ||
	    str_to_u64(argv[3], 1, 64, &series) == -1 ||
	    str_to_u64(argv[4], 1, 64, &fields) == -1 ||
	    str_to_u64(argv[5], 1, 10000000, &steps) == -1 ||
	    str_to_u64(argv[6], 1, 4000000000, &start) == -1 ||
	    str_to_u64(argv[7], 1, 100000, &rate) == -1)
		fatalx("collectd_gen", "PORT NODES SERIES FIELDS STEPS START RATE");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd == -1 || connect(fd, (const struct sockaddr *)&to, sizeof to) == -1)
		fatal("collectd_gen", "cannot connect");
	int64_t began = clock_mono_us();
	for (uint64_t k = 0; k < steps; k++)
		for (uint64_t n = 0; n < nodes; n++) {
			int64_t due = began + (int64_t)((k * nodes + n) * 1000000 / (rate * nodes));
			int64_t wait = due - clock_mono_us();
			if (wait > 100)
				usleep((useconds_t)wait);
			bytes += send_node(fd, n, series, fields, start + k * STEP_S, k);
		}
	uint64_t values = nodes * series * fields * steps;
	printf("{\"values\": %" PRIu64 ", \"seconds\": %.3f, \"bytes_per_value\": %.3f}\n", values,
	    (double)(clock_mono_us() - began) / 1e6, (double)bytes / (double)values);
	close(fd);
	return 0;
}
