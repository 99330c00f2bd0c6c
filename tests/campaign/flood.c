/* link: zw */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flood PORT CA CERT KEY SECONDS WAY: an agent with a good certificate that does one thing as fast
 * as the line takes it:
 *
 *   tiny     pings            events   numbered events          batches  batches of 64 KiB
 *   deaf     pings, and never reads                             series   a stream and 512 series
 *   define   one series, each time as something else                     anew in each session
 *   empty    numbered batches without a value                   garbage  zeros after a good start
 *
 * When it is thrown out it comes back at once. Prints: frames, bytes, sessions, errors read. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "zw/batch.h"
#include "zw/clock.h"
#include "zw/wire.h"

#define CHUNK (64 * 1024)
#define WIDE 50 /* series of the big batches */

enum way {
	TINY,
	EVENTS,
	BATCHES,
	DEAF,
	SERIES,
	DEFINE,
	EMPTY,
	GARBAGE,
	NWAYS
};

static const char *const ways[NWAYS] = { "tiny", "events", "batches", "deaf", "series", "define",
	"empty", "garbage" };

struct flood {
	SSL_CTX *ctx;
	SSL *ssl;
	long port;
	enum way way;
	uint8_t stream[WIRE_STREAM_ID];
	uint64_t seq;
	uint32_t series; /* made in this session */
	uint32_t name;	 /* of the next series, for ever new */
	int64_t time_s;
	unsigned long long frames, bytes, sessions, errors;
	uint8_t in[WIRE_HEADER]; /* what was read of a header */
	size_t nin;
	size_t skip; /* bytes of a payload to come */
};

/* A frame at the end of b. */
static void
frame(struct flood *f, struct buf *b, uint8_t type, const struct buf *payload)
{
	uint8_t head[WIRE_HEADER];

	wire_header_encode(head, type, 0, payload->data, (uint32_t)payload->len);
	buf_put(b, head, sizeof head);
	buf_put(b, payload->data, payload->len);
	f->frames++;
}

/* A series of this number and instance, with so many fields. */
static void
define(struct flood *f, struct buf *b, uint32_t id, unsigned nfields)
{
	struct series_def def = { .id = id, .step_s = 1, .nfields = nfields };
	struct buf p = { 0 };

	(void)str_copy(def.source, sizeof def.source, "flood");
	(void)!str_format(def.instance, sizeof def.instance, "n%u", f->name++);
	for (unsigned i = 0; i < nfields; i++) {
		struct field *to = &def.fields[i];
		(void)!str_format(to->name, sizeof to->name, "f%u", i);
		(void)str_copy(to->unit, sizeof to->unit, "1");
		to->kind = f->way == DEFINE ? f->name % 3 : FIELD_GAUGE;
		to->min = to->max = NAN;
	}
	wire_define_encode(&p, &def);
	frame(f, b, WIRE_DEFINE, &p);
	buf_free(&p);
}

/* A batch of values that take their full eight bytes. */
static void
batch(struct flood *f, struct buf *b)
{
	double v[METRIC_MAX_FIELDS];
	struct buf p = { 0 };
	struct batch_writer w = batch_begin(&p, ++f->seq, f->time_s);

	f->time_s++;
	for (uint32_t id = 1; f->way == BATCHES && id <= WIDE; id++) {
		for (unsigned i = 0; i < METRIC_MAX_FIELDS; i++)
			v[i] = (double)(f->seq * 0x9e3779b97f4a7c15 >> 11) / (3.0 + i);
		batch_add(&w, id, METRIC_MAX_FIELDS, v);
	}
	frame(f, b, WIRE_BATCH, &p);
	buf_free(&p);
}

/* An event or a ping. */
static void
word(struct flood *f, struct buf *b)
{
	struct wire_event ev = { .time_ms = clock_wall_ms(), .severity = WIRE_WARNING };
	struct buf p = { 0 };

	if (f->way == EVENTS) {
		ev.seq = ++f->seq;
		(void)str_copy(ev.code, sizeof ev.code, "flood");
		(void)str_copy(ev.text, sizeof ev.text, "help");
		wire_event_encode(&p, &ev);
	} else {
		wire_ping_encode(&p, &(struct wire_ping){ .sent_ms = ev.time_ms });
	}
	frame(f, b, f->way == EVENTS ? WIRE_EVENT : WIRE_PING, &p);
	buf_free(&p);
}

/* What is sent next: a chunk of it. */
static void
fill(struct flood *f, struct buf *b)
{
	while (b->len < CHUNK)
		switch (f->way) {
		case BATCHES:
		case EMPTY:
			batch(f, b);
			break;
		case SERIES:
			define(f, b, f->series % WIRE_MAX_SERIES + 1, 3);
			if (++f->series % 512 == 0)
				return;
			break;
		case DEFINE:
			f->name = (uint32_t)(f->frames % 7);
			define(f, b, 1 + (uint32_t)(f->frames % 3), 1 + f->frames % 60);
			break;
		case GARBAGE:
			buf_put(b, (const uint8_t[64]){ 0 }, 64);
			break;
		default:
			word(f, b);
		}
}

/* Take what the collector says; whether the connection still is one. */
static bool
hear(struct flood *f)
{
	uint8_t data[4096];
	int n;

	while ((n = SSL_read(f->ssl, data, sizeof data)) > 0)
		for (int i = 0; i < n; i++) {
			if (f->skip > 0) {
				f->skip--;
				continue;
			}
			f->in[f->nin++] = data[i];
			if (f->nin < WIRE_HEADER)
				continue;
			f->nin = 0;
			f->errors += f->in[2] == WIRE_ERROR;
			f->skip = (size_t)f->in[4] << 24 | (size_t)f->in[5] << 16 |
				  (size_t)f->in[6] << 8 | f->in[7];
		}
	return SSL_get_error(f->ssl, n) == SSL_ERROR_WANT_READ;
}

/* Send all of it, reading in between; whether the connection still is one. */
static bool
say(struct flood *f, const struct buf *b, int64_t end_ms)
{
	size_t done = 0;

	while (done < b->len && clock_mono_ms() < end_ms) {
		size_t n = 0;
		if (SSL_write_ex(f->ssl, b->data + done, b->len - done, &n) == 1) {
			done += n;
			f->bytes += n;
		} else if (SSL_get_error(f->ssl, 0) != SSL_ERROR_WANT_WRITE) {
			return false;
		} else {
			struct pollfd p = { .fd = SSL_get_fd(f->ssl), .events = POLLOUT };
			if (f->way != DEAF)
				p.events |= POLLIN;
			(void)poll(&p, 1, 200);
		}
		if (f->way != DEAF && !hear(f))
			return false;
	}
	return true;
}

/* A connection that has said hello; whether there is one. */
static bool
begin(struct flood *f)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)f->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct wire_hello m = { .first_seq = 1, .next_seq = f->seq + 1, .step_s = 1 };
	struct buf b = { 0 }, p = { 0 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	f->ssl = SSL_new(f->ctx);
	f->nin = f->skip = 0;
	if (fd == -1 || connect(fd, (struct sockaddr *)&sin, sizeof sin) == -1 ||
	    SSL_set_fd(f->ssl, fd) != 1 || SSL_connect(f->ssl) != 1)
		return false;
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	SSL_set_mode(f->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (f->way == SERIES || f->sessions == 0)
		(void)!getrandom(f->stream, sizeof f->stream, 0);
	memcpy(m.stream, f->stream, sizeof m.stream);
	m.sent_ms = clock_wall_ms();
	(void)str_copy(m.agent, sizeof m.agent, "flood");
	wire_hello_encode(&p, &m);
	frame(f, &b, WIRE_HELLO, &p);
	f->name = f->way == BATCHES ? 0 : f->name;
	for (uint32_t id = 1; f->way == BATCHES && id <= WIDE; id++)
		define(f, &b, id, METRIC_MAX_FIELDS);
	bool good = say(f, &b, clock_mono_ms() + 5000);
	f->sessions++;
	buf_free(&b);
	buf_free(&p);
	return good;
}

/* The end of a connection. */
static void
end(struct flood *f)
{
	int fd = f->ssl != NULL ? SSL_get_fd(f->ssl) : -1;

	SSL_free(f->ssl);
	f->ssl = NULL;
	if (fd != -1)
		close(fd);
}

/* Until then. */
static void
run(struct flood *f, int64_t end_ms)
{
	while (clock_mono_ms() < end_ms) {
		bool good = begin(f);
		f->series = 0;
		while (good && clock_mono_ms() < end_ms) {
			struct buf b = { 0 };
			fill(f, &b);
			good = say(f, &b, end_ms) && (f->way != SERIES || f->series % 512 != 0);
			buf_free(&b);
		}
		end(f);
	}
}

int
main(int argc, char **argv)
{
	struct flood f = { .ctx = SSL_CTX_new(TLS_client_method()), .way = NWAYS };

	if (argc != 7 || f.ctx == NULL ||
	    SSL_CTX_load_verify_locations(f.ctx, argv[2], NULL) != 1 ||
	    SSL_CTX_use_certificate_file(f.ctx, argv[3], SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(f.ctx, argv[4], SSL_FILETYPE_PEM) != 1)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < NWAYS; i++)
		if (strcmp(argv[6], ways[i]) == 0)
			f.way = (enum way)i;
	if (f.way == NWAYS)
		return 2;
	f.port = strtol(argv[1], NULL, 10);
	f.time_s = clock_wall_ms() / 1000 - 86400;
	run(&f, clock_mono_ms() + 1000 * strtol(argv[5], NULL, 10));
	printf("%llu %llu %llu %llu\n", f.frames, f.bytes, f.sessions, f.errors);
	SSL_CTX_free(f.ctx);
	return 0;
}
