/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record is sent before it is on disk, so a start that came to no commit leaves no trace of what
 * it sent in the log. What it leaves is DIR/starts: how many starts there were, which is durable
 * before the first record. The n-th start leaves out n multiples of 2^20 numbers after the last on
 * disk: its numbers lie above all that the starts before it can have sent, and 2^64 is enough for
 * millions.
 *
 * A count that cannot be read, or not be written, is replaced by chance: then two starts in a row
 * that came to no commit give the same numbers in one case of 2^20.
 *
 * DIR/starts: be64 count, crc32c of it. */
#include <stdlib.h>
#include <sys/random.h>

#include "agent/spool_start.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/clock.h"
#include "zw/crc32c.h"
#include "zw/fs.h"
#include "zw/log.h"

#define COUNT_BYTES 12
#define COUNT_MAX (UINT64_C(1) << 24) /* then it begins anew; the sum of all is below 2^64 */

/* A multiple by chance. */
static uint64_t
by_chance(void)
{
	uint32_t random;

	if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
		random = (uint32_t)clock_wall_ms();
	return 1 + (random & 0xfffff);
}

/* The count of the file: 0 when there is none that can be used. */
static uint64_t
read_count(const char *path)
{
	char *data = NULL;
	size_t n = 0;
	uint64_t count = 0;
	struct err e;

	if (fs_read(path, COUNT_BYTES, &data, &n, &e) == 0 && n == COUNT_BYTES) {
		struct cursor c = cursor_over(data, n);
		count = cursor_be64(&c);
		if (cursor_be32(&c) != crc32c(0, data, COUNT_BYTES - 4) || count > COUNT_MAX)
			count = 0;
	}
	free(data);
	return count;
}

/* Make it durable. */
static int
write_count(const char *path, uint64_t count, struct err *e)
{
	struct buf b = { 0 };

	buf_be64(&b, count);
	buf_be32(&b, crc32c(0, b.data, b.len));
	int rc = fs_replace(path, b.data, b.len, e);
	buf_free(&b);
	return rc;
}

/* How many numbers this start leaves out. */
uint64_t
spool_start_skip(const char *dir)
{
	char *path = xasprintf("%s/starts", dir);
	uint64_t count = read_count(path);
	struct err e;

	count = count > 0 && count < COUNT_MAX ? count + 1 : by_chance();
	if (fs_mkdirs(dir, 0700, &e) == -1 || write_count(path, count, &e) == -1) {
		log_warnx("spool", "%s; its numbers begin by chance", e.msg);
		count += by_chance();
	}
	free(path);
	return SPOOL_START_NUMBERS * count;
}
