/* link: zwweb PkgConfig::CMOCKA */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes on a connection of the real HTTP server, with a site, an engine and a history behind
 * it, which lives as long as the process. Whatever comes: what is answered begins as an answer, its
 * headers are lines, no secret and no file is in it, nobody who shows no token gets more than
 * refusals, and the server goes on. */
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/fake_collector.h"
#include "tests/unit/web_fixture.h"
#include "zw/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The head of an answer: lines with a name, without control characters. */
static void
check_head(const char *p, const char *end)
{
	/* evhttp answers in the version that was asked in, 0.0 too. */
	assert(end - p > 12 && memcmp(p, "HTTP/", 5) == 0);
	for (const char *c = p; c < end; c++)
		assert((unsigned char)*c >= 0x20 || *c == '\r' || *c == '\n');
	for (const char *line = p; line < end;) {
		const char *cr = memchr(line, '\r', (size_t)(end - line));
		cr = cr != NULL ? cr : end;
		assert(line == p || memchr(line, ':', (size_t)(cr - line)) != NULL);
		assert(cr == end || cr[1] == '\n');
		line = cr + 2;
	}
}

/* All that was answered. */
static void
check(const struct fixture *f, bool knows_token, bool knows_file)
{
	const char *end = strstr(f->answer, "\r\n\r\n");

	assert(end != NULL || f->n < 1000); /* cut, or nothing */
	if (end != NULL)
		check_head(f->answer, end);
	assert(knows_file || strstr(f->answer, "root:x:0") == NULL);
	if (knows_token)
		return;
	assert(strstr(f->answer, TOKEN) == NULL && strstr(f->answer, "srv01") == NULL);
}

/* Lets the server turn until it has closed, or has answered and says no more (a stream), or has
 * said nothing for long. */
static void
hear(struct fixture *f, int fd)
{
	int64_t end = clock_mono_ms() + 300;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	f->n = 0;
	for (unsigned quiet = 0; quiet < 4 && clock_mono_ms() < end; quiet += f->n > 0) {
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		ssize_t got = recv(fd, f->answer + f->n, sizeof f->answer - 1 - f->n, 0);
		if (got == 0 || (got == -1 && errno != EAGAIN))
			break;
		if (got > 0) {
			f->n += (size_t)got;
			quiet = 0;
		} else {
			poll(&p, 1, 1);
		}
	}
	f->answer[f->n] = '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fixture *f;

	if (f == NULL) {
		log_init("fuzz", LOG_LEVEL_ERROR);
		f = start(64);
	}
	int fd = dial(f);
	if (send(fd, data, size, 0) == -1)
		assert(size == 0 || errno == ECONNRESET || errno == EPIPE);
	shutdown(fd, SHUT_WR);
	hear(f, fd);
	check(f,
	    memmem(data, size, TOKEN, sizeof TOKEN - 1) != NULL ||
		memmem(data, size, "srv01", 5) != NULL,
	    memmem(data, size, "root:x:0", 8) != NULL); /* libFuzzer reads this file, too */
	struct linger reset = { .l_onoff = 1 };
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(fd);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	return 0;
}
