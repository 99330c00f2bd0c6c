/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rrdfile: reads and judges headers of RRD files. Both the store, before it updates, and the
 * renderer, before it draws, ask here.
 *
 * The layout is that of rrd_format.h on a 64-bit machine: stat_head, ds_def for each source,
 * rra_def for each archive; then what changes: live_head, pdp_prep for each source, cdp_prep for
 * each archive and source, rra_ptr for each archive; then the rows. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/store/rrdfile.h"
#include "zw/alloc.h"
#include "zw/fs.h"

#define DS_DEF 120
#define RRA_DEF 120
#define LAST_DS 30
#define MAX_ROWS 100000000u
#define MAX_STEPS 100000000u

static const uint8_t float_cookie[8] = { 0x2f, 0x25, 0xc0, 0xc7, 0x43, 0x2b, 0x1f, 0x5b };

/* A number of the file; it is in the machine's own order. */
static uint64_t
u64_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* A double of the file. */
static double
double_at(const uint8_t *p)
{
	double v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* The counts in the static head. */
int
rrdfile_header_length(const uint8_t *head, size_t n, size_t *len, struct err *e)
{
	if (n < RRDFILE_HEAD || memcmp(head, "RRD", 4) != 0)
		return err_set(e, "it is no RRD file");
	if (memcmp(head + 4, "000", 3) != 0 || head[7] < '3' || head[7] > '5' || head[8] != '\0')
		return err_set(e, "its version is unknown");
	if (memcmp(head + 16, float_cookie, sizeof float_cookie) != 0)
		return err_set(e, "it is of another kind of machine");
	uint64_t ds = u64_at(head + 24), rra = u64_at(head + 32), step = u64_at(head + 40);
	if (ds < 1 || ds > METRIC_MAX_FIELDS || rra < 1 || rra > RRDFILE_MAX_ARCHIVES)
		return err_set(e, "it has an impossible number of sources or archives");
	if (step < 1 || step > 86400)
		return err_set(e, "it has an impossible step");
	*len = RRDFILE_HEAD + ds * DS_DEF + rra * RRA_DEF + RRDFILE_LIVE_HEAD +
	       ds * RRDFILE_PDP_PREP + rra * ds * RRDFILE_CDP_PREP + rra * RRDFILE_RRA_PTR;
	return 0;
}

/* A text that ends within its field; and what librrd makes names of. */
static bool
is_word(const uint8_t *p, size_t size)
{
	size_t n = strnlen((const char *)p, size);

	if (n == 0 || n == size)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') ||
			(p[i] >= '0' && p[i] <= '9') || p[i] == '_' || p[i] == '-'))
			return false;
	return true;
}

/* One ds_def. */
static int
check_source(const uint8_t *p, struct rrdfile_source *out, struct err *e)
{
	if (!is_word(p, RRDFILE_NAME) || !is_word(p + RRDFILE_NAME, RRDFILE_NAME))
		return err_set(e, "a source has no proper name");
	memcpy(out->name, p, RRDFILE_NAME);
	out->derive = strcmp((const char *)p + RRDFILE_NAME, "DERIVE") == 0;
	if (!out->derive && strcmp((const char *)p + RRDFILE_NAME, "GAUGE") != 0)
		return err_set(e, "source %s is of a kind that is not ours", out->name);
	uint64_t heartbeat = u64_at(p + 40);
	if (heartbeat < 1 || heartbeat > 100000000)
		return err_set(e, "source %s has an impossible heartbeat", out->name);
	return 0;
}

/* One rra_def. */
static int
check_archive(const uint8_t *p, struct rrdfile_archive *out, struct err *e)
{
	static const char *const words[] = { "AVERAGE", "MIN", "MAX" };
	unsigned cf = 0;

	while (cf < 3 && strncmp((const char *)p, words[cf], RRDFILE_NAME) != 0)
		cf++;
	if (cf == 3)
		return err_set(e, "an archive is of a kind that is not ours");
	double xff = double_at(p + 40);
	*out =
	    (struct rrdfile_archive){ .cf = cf, .rows = u64_at(p + 24), .steps = u64_at(p + 32) };
	if (out->rows < 1 || out->rows > MAX_ROWS || out->steps < 1 || out->steps > MAX_STEPS)
		return err_set(e, "an archive has an impossible number of rows");
	if (!(xff >= 0 && xff < 1))
		return err_set(e, "an archive has an impossible share of unknown values");
	return 0;
}

/* The part that changes: times, texts of the last values, places in the archives. */
static int
check_live(const uint8_t *header, int64_t max_last_s, struct rrdfile *f, struct err *e)
{
	const uint8_t *p = header + f->live_offset;

	f->last_s = (int64_t)u64_at(p);
	if (f->last_s < RRDFILE_MIN_TIME || f->last_s > max_last_s)
		return err_set(e, "its last update has an impossible time");
	if (u64_at(p + 8) >= 1000000)
		return err_set(e, "its last update has an impossible fraction of a second");
	p += RRDFILE_LIVE_HEAD;
	for (unsigned i = 0; i < f->nsources; i++, p += RRDFILE_PDP_PREP)
		if (memchr(p, '\0', LAST_DS) == NULL || u64_at(p + 32) > UINT32_MAX)
			return err_set(e, "source %s has a damaged last value", f->sources[i].name);
	for (unsigned i = 0; i < f->narchives * f->nsources; i++, p += RRDFILE_CDP_PREP)
		if (u64_at(p + 8) > MAX_STEPS * 10u)
			return err_set(e, "an archive has a damaged count of unknown values");
	for (unsigned i = 0; i < f->narchives; i++, p += RRDFILE_RRA_PTR)
		if (u64_at(p) >= f->archives[i].rows)
			return err_set(e, "an archive's current row is outside of it");
	return 0;
}

/* The whole header. */
int
rrdfile_check(const uint8_t *header, size_t n, uint64_t file_bytes, int64_t max_last_s,
    struct rrdfile *out, struct err *e)
{
	size_t len;
	uint64_t rows = 0;

	*out = (struct rrdfile){ 0 };
	if (rrdfile_header_length(header, n, &len, e) == -1)
		return -1;
	if (n < len)
		return err_set(e, "its header is cut off");
	out->nsources = (unsigned)u64_at(header + 24);
	out->narchives = (unsigned)u64_at(header + 32);
	out->step_s = (uint32_t)u64_at(header + 40);
	const uint8_t *p = header + RRDFILE_HEAD;
	for (unsigned i = 0; i < out->nsources; i++, p += DS_DEF)
		if (check_source(p, &out->sources[i], e) == -1)
			return -1;
	for (unsigned i = 0; i < out->narchives; i++, p += RRA_DEF) {
		if (check_archive(p, &out->archives[i], e) == -1)
			return -1;
		rows += out->archives[i].rows;
	}
	out->live_offset = (size_t)(p - header);
	out->header_bytes = len;
	out->file_bytes = file_bytes;
	if (file_bytes != len + rows * out->nsources * sizeof(double))
		return err_set(e, "its size is not what its header says");
	return check_live(header, max_last_s, out, e);
}

/* Read n bytes from the file's start. */
static int
read_start(int fd, uint8_t *dst, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t r = pread(fd, dst + at, n - at, (off_t)at);
		if (r == -1 && errno == EINTR)
			continue;
		if (r <= 0) {
			if (r == 0)
				errno = EBADMSG;
			return -1;
		}
		at += (size_t)r;
	}
	return 0;
}

/* Read and judge the header of an open file. */
static int
read_open(int fd, int64_t max_last_s, struct rrdfile *out, uint8_t **header, struct err *e)
{
	struct stat st;
	uint8_t head[RRDFILE_HEAD];
	size_t len;

	if (fstat(fd, &st) == -1)
		return err_set(e, "cannot look at it: %s", strerror(errno));
	if (!S_ISREG(st.st_mode)) {
		errno = EBADMSG;
		return err_set(e, "it is not a regular file");
	}
	if (read_start(fd, head, sizeof head) == -1)
		return err_set(e, "cannot read it: %s",
		    errno == EBADMSG ? "it is too short" : strerror(errno));
	if (rrdfile_header_length(head, sizeof head, &len, e) == -1) {
		errno = EBADMSG;
		return -1;
	}
	uint8_t *all = xmalloc(len);
	int rc = 0;
	if (read_start(fd, all, len) == -1)
		rc = err_set(e, "cannot read its header: %s",
		    errno == EBADMSG ? "it is too short" : strerror(errno));
	else if ((rc = rrdfile_check(all, len, (uint64_t)st.st_size, max_last_s, out, e)) == -1)
		errno = EBADMSG;
	if (rc == 0 && header != NULL) {
		*header = all;
		return 0;
	}
	int saved = errno;
	free(all);
	errno = saved;
	return rc;
}

/* Read and judge a file's header. A link or a FIFO in its place is damage. */
int
rrdfile_read(
    const char *path, int64_t max_last_s, struct rrdfile *out, uint8_t **header, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd == -1) {
		if (errno == ELOOP || errno == ENXIO)
			errno = EBADMSG;
		int saved = errno;
		err_set(e, "cannot open it: %s",
		    errno == EBADMSG ? "it is not a regular file" : strerror(errno));
		errno = saved;
		return -1;
	}
	int rc = read_open(fd, max_last_s, out, header, e);
	int saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

/* Whether the file is this series', perhaps of before it got its last fields. */
bool
rrdfile_fits(const struct rrdfile *f, const struct series_def *def)
{
	if (f->step_s != def->step_s || f->nsources > def->nfields)
		return false;
	for (unsigned i = 0; i < f->nsources; i++)
		if (strcmp(f->sources[i].name, def->fields[i].name) != 0 ||
		    f->sources[i].derive != (def->fields[i].kind == FIELD_COUNTER))
			return false;
	return true;
}

/* Where an archive's rows begin. */
uint64_t
rrdfile_rows_at(const struct rrdfile *f, unsigned archive)
{
	uint64_t at = f->header_bytes;

	for (unsigned i = 0; i < archive; i++)
		at += f->archives[i].rows * f->nsources * sizeof(double);
	return at;
}

/* The row written last: the header ends with that of each archive. */
uint64_t
rrdfile_newest(const struct rrdfile *f, const uint8_t *header, unsigned archive)
{
	return u64_at(header + f->header_bytes - (f->narchives - archive) * RRDFILE_RRA_PTR);
}

/* Make rows unknown. */
int
rrdfile_blank(int fd, const struct rrdfile *f, unsigned archive, uint64_t row, uint64_t n)
{
	double unknown[1024];
	size_t width = f->nsources * sizeof unknown[0];
	uint64_t at = rrdfile_rows_at(f, archive) + row * width, left = n * width;
	int rc = 0;

	for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
		unknown[i] = NAN;
	while (left > 0 && rc == 0) {
		size_t some = left < sizeof unknown ? (size_t)left : sizeof unknown;
		rc = fs_pwrite(fd, unknown, some, at);
		at += some;
		left -= some;
	}
	return rc;
}

/* The file's name. */
void
rrdfile_name(char dst[RRDFILE_PATH], const char *node, const char *source, const char *instance)
{
	char series[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];

	series_name(series, source, instance);
	(void)snprintf(dst, RRDFILE_PATH, "%s/%s.rrd", node, series);
}
