/* SPDX-License-Identifier: GPL-3.0-or-later */
/* framelog: writes and reads the log of frames. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/framelog.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/crc32c.h"
#include "zw/log.h"

#define MAGIC "ZWFL"
#define HEAD 12
#define MAX_BODY (1 << 20)

struct framelog {
	int fd;
	struct buf b;
};

/* Open or make the file. */
int
framelog_open(struct framelog **out, const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd == -1)
		return err_set(e, "cannot write %s: %s", path, strerror(errno));
	*out = xcalloc(1, sizeof **out);
	(*out)->fd = fd;
	return 0;
}

/* Close it. */
void
framelog_close(struct framelog *l)
{
	if (l == NULL)
		return;
	close(l->fd);
	buf_free(&l->b);
	free(l);
}

/* Append a frame, by one write. */
void
framelog_put(struct framelog *l, const char *node, bool sent, uint8_t type, uint8_t flags,
    const void *payload, size_t n)
{
	struct timespec now;
	struct buf body = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	buf_be64(&body, (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	buf_u8(&body, sent ? 'S' : 'G');
	buf_u8(&body, (uint8_t)strlen(node));
	buf_text(&body, node);
	buf_u8(&body, type);
	buf_u8(&body, flags);
	buf_put(&body, payload, n);
	buf_clear(&l->b);
	buf_text(&l->b, MAGIC);
	buf_be32(&l->b, (uint32_t)body.len);
	buf_be32(&l->b, crc32c(0, body.data, body.len));
	buf_put(&l->b, body.data, body.len);
	buf_free(&body);
	if (write(l->fd, l->b.data, l->b.len) != (ssize_t)l->b.len)
		fatal("oracle", "cannot write the log of frames");
}

/* The body of a record. */
static bool
decode(const uint8_t *p, size_t n, struct framelog_record *r)
{
	struct cursor c = cursor_over(p, n);

	r->time_us = (int64_t)cursor_be64(&c);
	r->sent = cursor_u8(&c) == 'S';
	size_t len = cursor_u8(&c);
	const uint8_t *node = cursor_bytes(&c, len);
	r->type = cursor_u8(&c);
	r->flags = cursor_u8(&c);
	if (c.bad)
		return false;
	memcpy(r->node, node, len);
	r->node[len] = '\0';
	r->n = cursor_left(&c);
	r->payload = cursor_bytes(&c, r->n);
	return true;
}

/* The next whole record. */
bool
framelog_next(const uint8_t *data, size_t n, size_t *at, struct framelog_record *r)
{
	for (; *at + HEAD <= n; (*at)++) {
		if (memcmp(data + *at, MAGIC, 4) != 0)
			continue;
		struct cursor c = cursor_over(data + *at + 4, 8);
		size_t len = cursor_be32(&c);
		uint32_t crc = cursor_be32(&c);
		const uint8_t *body = data + *at + HEAD;
		if (len > MAX_BODY || len > n - *at - HEAD || crc32c(0, body, len) != crc ||
		    !decode(body, len, r))
			continue;
		*at += HEAD + len;
		return true;
	}
	return false;
}
