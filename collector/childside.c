/* SPDX-License-Identifier: GPL-3.0-or-later */
/* childside: the child's side of child.h: blocking messages over descriptor 3. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "collector/child.h"
#include "zw/alloc.h"
#include "zw/buf.h"

#define HEADER 9
#define COUNTED 5

/* Exactly n bytes: 1, 0 at the end of file before the first, -1. */
static int
read_all(uint8_t *dst, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t r = read(CHILD_FD, dst + at, n - at);
		if (r == -1 && errno == EINTR)
			continue;
		if (r <= 0)
			return r == 0 && at == 0 ? 0 : -1;
		at += (size_t)r;
	}
	return 1;
}

/* Wait for the first byte: 1, 0 after the time, -1. */
static int
wait_readable(int timeout_ms)
{
	struct pollfd p = { .fd = CHILD_FD, .events = POLLIN };
	int rc;

	do
		rc = poll(&p, 1, timeout_ms);
	while (rc == -1 && errno == EINTR && timeout_ms == -1);
	return rc == -1 && errno == EINTR ? 0 : rc;
}

/* The next message. */
int
child_receive(
    int timeout_ms, uint8_t *type, uint32_t *request, uint8_t **data, size_t *n, bool *eof)
{
	uint8_t head[HEADER];
	int rc = wait_readable(timeout_ms);

	*data = NULL;
	*n = 0;
	*eof = false;
	if (rc <= 0)
		return rc;
	rc = read_all(head, HEADER);
	if (rc == -1 && errno == ECONNRESET)
		rc = 0;
	*eof = rc == 0;
	if (rc <= 0)
		return rc;
	struct cursor c = cursor_over(head, HEADER);
	uint32_t len = cursor_be32(&c);
	*type = cursor_u8(&c);
	*request = cursor_be32(&c);
	if (len < COUNTED || len - COUNTED > CHILD_MAX_MESSAGE)
		return -1;
	*n = len - COUNTED;
	*data = xmalloc(*n + 1);
	if (*n > 0 && read_all(*data, *n) != 1) {
		free(*data);
		*data = NULL;
		return -1;
	}
	return 1;
}

/* Send a message whole. */
int
child_reply(uint8_t type, uint32_t request, const void *data, size_t n)
{
	struct buf b = { 0 };
	int rc = 0;

	if (n > CHILD_MAX_MESSAGE)
		return -1;
	buf_be32(&b, (uint32_t)(n + COUNTED));
	buf_u8(&b, type);
	buf_be32(&b, request);
	buf_put(&b, data, n);
	for (size_t at = 0; at < b.len && rc == 0;) {
		ssize_t w = send(CHILD_FD, b.data + at, b.len - at, MSG_NOSIGNAL);
		if (w == -1 && errno == EINTR)
			continue;
		if (w <= 0)
			rc = -1;
		else
			at += (size_t)w;
	}
	buf_free(&b);
	return rc;
}
