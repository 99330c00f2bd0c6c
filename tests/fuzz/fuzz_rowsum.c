/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* fuzz: a file of sums over a small sound RRD. Whatever is in it: bad rows are within an archive
 * and not round its end, the RRD is never written, and sums that are made anew find nothing. The
 * first byte says what is done with them, the second by how much the file has gone on since, and
 * the third whether the states' checksums are made right. */
#include "collector/store/rowsum.h"
#include "fuzz_dir.h"
#include "zw/alloc.h"
#include "zw/crc32c.h"
#include "zw/fs.h"

#define ARCHIVES 3
#define HEAD 3
#define LAST_S 1700000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint64_t rows_of[ARCHIVES] = { 1, 40, 64 };

/* Eight bytes in the machine's own order. */
static void
put(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, sizeof v);
}

/* An RRD's bytes: one source of a step of 10 s, and rows that differ. */
static size_t
make_rrd(uint8_t dst[4096], struct rrdfile *f, unsigned gone_on)
{
	static const uint8_t cookie[8] = { 0x2f, 0x25, 0xc0, 0xc7, 0x43, 0x2b, 0x1f, 0x5b };
	size_t header = RRDFILE_HEAD + 120 + ARCHIVES * 120 + RRDFILE_LIVE_HEAD + RRDFILE_PDP_PREP +
			ARCHIVES * (RRDFILE_CDP_PREP + RRDFILE_RRA_PTR);
	size_t n = header, live = RRDFILE_HEAD + (1 + ARCHIVES) * 120;
	struct err e;

	memset(dst, 0, 4096);
	memcpy(dst,
	    "RRD\0"
	    "0003",
	    9);
	memcpy(dst + 16, cookie, sizeof cookie);
	put(dst + 24, 1);
	put(dst + 32, ARCHIVES);
	put(dst + 40, 10);
	memcpy(dst + RRDFILE_HEAD, "f", 2);
	memcpy(dst + RRDFILE_HEAD + RRDFILE_NAME, "GAUGE", 6);
	put(dst + RRDFILE_HEAD + 40, 25);
	put(dst + live, LAST_S + 10 * gone_on);
	for (unsigned i = 0; i < ARCHIVES; i++) {
		uint8_t *p = dst + RRDFILE_HEAD + (1 + i) * 120;
		memcpy(p, "AVERAGE", 8);
		put(p + 24, rows_of[i]);
		put(p + 32, 1 + i);
		uint64_t rows = (LAST_S / 10 + gone_on) / (1 + i) - LAST_S / 10 / (1 + i);
		put(dst + header - (ARCHIVES - i) * RRDFILE_RRA_PTR, (30 + rows) % rows_of[i]);
		for (uint64_t row = 0; row < rows_of[i]; row++, n += 8)
			put(dst + n, row * 7 + i);
	}
	int rc = rrdfile_check(dst, header, n, INT64_MAX, f, &e);
	assert(rc == 0);
	return n;
}

/* What is found is in the file. */
static void
found(void *arg, const struct rowsum_bad *b)
{
	const struct rowsum *s = arg;

	assert(b->archive < ARCHIVES && b->n > 0);
	assert(b->row < rows_of[b->archive] && b->n <= rows_of[b->archive] - b->row);
	enum rowsum_result r = rowsum_accept(s, b);
	assert(r == ROWSUM_OK);
}

/* Nothing may be. */
static void
none(void *arg, const struct rowsum_bad *b)
{
	(void)arg;
	(void)b;
	abort();
}

/* The sums with states of this file that are whole, else the fuzzer would never get behind them. */
static void
put_sums(const struct rowsum *s, const uint8_t *data, size_t size, bool right)
{
	uint8_t *sums = xmalloc(size + 1);

	memcpy(sums, data, size);
	for (unsigned slot = 1; right && slot <= 2 && size >= 1024 * (slot + 1); slot++) {
		uint8_t *p = sums + (size_t)1024 * slot;
		for (unsigned i = 0; i < 4; i++)
			p[12 + i] = (uint8_t)(s->identity >> (24 - 8 * i));
		uint32_t crc = crc32c(0, p + 4, 1020);
		for (unsigned i = 0; i < 4; i++)
			p[i] = (uint8_t)(crc >> (24 - 8 * i));
	}
	fuzz_dir_put(fuzz_dir(), "sums", sums, size);
	free(sums);
}

/* The bytes as a file of sums. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t rrd[4096];
	char path[192], sums[192], *now = NULL;
	struct rrdfile f;
	size_t n;
	struct err e;

	if (size < HEAD || size > 16384)
		return 0;
	(void)snprintf(path, sizeof path, "%s/rrd", fuzz_dir());
	(void)snprintf(sums, sizeof sums, "%s/sums", fuzz_dir());
	size_t bytes = make_rrd(rrd, &f, data[1]);
	fuzz_dir_put(fuzz_dir(), "rrd", rrd, bytes);
	struct rowsum s = { .path = sums, .rrd = path, .f = &f, .header = rrd };
	s.identity = rowsum_identity("n/s.rrd", &f, rrd);
	put_sums(&s, data + HEAD, size - HEAD, (data[2] & 1) != 0);
	s.was_s = (data[0] & 4) != 0 ? f.last_s + 10 * data[2] : 0;
	if ((data[0] & 1) != 0)
		(void)rowsum_put_back(&s);
	if ((data[0] & 2) != 0)
		(void)rowsum_follow(&s);
	(void)rowsum_verify(&s, found, &s);
	enum rowsum_result r = rowsum_make(&s);
	assert(r == ROWSUM_OK);
	r = rowsum_verify(&s, none, NULL);
	assert(r == ROWSUM_OK);
	int rc = fs_read(path, sizeof rrd, &now, &n, &e);
	assert(rc == 0 && n == bytes && memcmp(now, rrd, n) == 0);
	free(now);
	return 0;
}
