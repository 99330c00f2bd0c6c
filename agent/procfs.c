/* SPDX-License-Identifier: GPL-3.0-or-later */
/* procfs: how all sources read the kernel's text files.
 *
 * A file stays open and is read from its start with pread(2): the kernel writes the text anew for
 * each read at offset 0 (seq_file.rst). The buffer grows to what the file needs and stays. The
 * scanner is written by hand because scanf() costs more than the kernel's own work. */
#include "agent/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/str.h"

#define FIRST_CAP 2048
/* /proc/stat of 8192 processors with 60,000 interrupts stays below this. */
#define MAX_CAP (4U << 20)

/* Joins root and path, whether or not root ends with a slash. */
static int
join(char dst[PATH_MAX], const char *root, const char *path)
{
	size_t n = strlen(root);
	const char *slash = n > 0 && root[n - 1] == '/' ? "" : "/";
	if (str_format(dst, PATH_MAX, "%s%s%s", root, slash, path) == 0)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
procfs_open(struct procfs *f, const char *root, const char *path)
{
	char full[PATH_MAX];
	if (join(full, root, path) == -1)
		return -1;
	f->fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return f->fd == -1 ? -1 : 0;
}

int
procfs_open_own(struct procfs *f, const char *root, const char *path)
{
	char own[64];
	if (strcmp(root, "/") != 0 && str_format(own, sizeof own, "proc/1/%s", path) == 0 &&
	    procfs_open(f, root, own) == 0)
		return 0;
	if (str_format(own, sizeof own, "proc/self/%s", path) == -1) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return procfs_open(f, root, own);
}

/* Doubles the buffer: 0, or -1 when the file is larger than anything believable. */
static int
grow(struct procfs *f)
{
	if (f->cap >= MAX_CAP) {
		errno = EFBIG;
		return -1;
	}
	f->cap = f->cap == 0 ? FIRST_CAP : f->cap * 2;
	f->text = xreallocarray(f->text, f->cap, 1);
	return 0;
}

int
procfs_read(struct procfs *f)
{
	size_t len = 0;
	for (;;) {
		if (len + 1 >= f->cap && grow(f) == -1)
			return -1;
		ssize_t r = pread(f->fd, f->text + len, f->cap - 1 - len, (off_t)len);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -1;
		if (r == 0)
			break;
		len += (size_t)r;
	}
	f->text[len] = '\0';
	if (len > 0)
		return 0;
	errno = ENODATA;
	return -1;
}

void
procfs_close(struct procfs *f)
{
	if (f->fd != -1)
		close(f->fd);
	free(f->text);
	*f = (struct procfs)PROCFS_CLOSED;
}

int
procfs_line(int dirfd, const char *path, char *dst, size_t size)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return -1;
	ssize_t r = read(fd, dst, size - 1);
	int saved = errno;
	close(fd);
	if (r == -1) {
		errno = saved;
		return -1;
	}
	dst[r] = '\0';
	dst[strcspn(dst, "\n")] = '\0';
	return 0;
}

/* The first byte at or after p that is no blank. */
static const char *
skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* Reads digits: the number, or UINT64_MAX when it is larger. */
static const char *
digits(const char *p, uint64_t *v)
{
	uint64_t n = 0;
	bool over = false;
	for (; *p >= '0' && *p <= '9'; p++) {
		unsigned d = (unsigned)(*p - '0');
		over = over || n > (UINT64_MAX - d) / 10;
		n = n * 10 + d;
	}
	*v = over ? UINT64_MAX : n;
	return p;
}

bool
procfs_u64(const char **p, uint64_t *v)
{
	const char *start = skip_blanks(*p);
	const char *end = digits(start, v);
	if (end == start)
		return false;
	*p = end;
	return true;
}

unsigned
procfs_u64s(const char **p, uint64_t *v, unsigned n)
{
	unsigned i = 0;
	while (i < n && procfs_u64(p, &v[i]))
		i++;
	return i;
}

bool
procfs_decimal(const char **p, double *v)
{
	uint64_t whole = 0;
	if (!procfs_u64(p, &whole))
		return false;
	uint64_t part = 0;
	uint64_t scale = 1;
	if (**p == '.') {
		const char *q = *p + 1;
		for (; *q >= '0' && *q <= '9'; q++) {
			if (scale >= 1000000000)
				continue;
			part = part * 10 + (unsigned)(*q - '0');
			scale *= 10;
		}
		*p = q;
	}
	/* One division of whole numbers, so that "0.21" becomes the very double 0.21. */
	*v = whole < 1000000 ? (double)(whole * scale + part) / (double)scale
			     : (double)whole + (double)part / (double)scale;
	return true;
}

bool
procfs_word(const char **p, char *dst, size_t size)
{
	const char *start = skip_blanks(*p);
	size_t n = strcspn(start, " \t\n");
	if (n == 0 || n >= size)
		return false;
	memcpy(dst, start, n);
	dst[n] = '\0';
	*p = start + n;
	return true;
}

bool
procfs_next_line(const char **p)
{
	const char *end = strchr(*p, '\n');
	if (end == NULL) {
		*p += strlen(*p);
		return false;
	}
	*p = end + 1;
	return **p != '\0';
}

/* Whether the line at p begins with the key, and then a colon or blank; *p goes behind it. */
static bool
is_key(const char **p, const char *key)
{
	const char *s = *p;
	while (*key != '\0' && *s == *key) {
		s++;
		key++;
	}
	if (*key != '\0' || (*s != ':' && *s != ' ' && *s != '\t'))
		return false;
	*p = *s == ':' ? s + 1 : s;
	return true;
}

unsigned
procfs_keys(const char *text, const char *const *keys, unsigned n, double scale, double *values)
{
	for (unsigned i = 0; i < n; i++)
		values[i] = NAN;
	unsigned found = 0;
	unsigned next = 0; /* most likely the key that comes next in the file */
	bool more = *text != '\0';
	for (const char *p = text; more && found < n; more = procfs_next_line(&p)) {
		for (unsigned k = 0; k < n; k++) {
			unsigned i = next + k < n ? next + k : next + k - n;
			const char *q = p;
			uint64_t v = 0;
			if (!is_key(&q, keys[i]))
				continue;
			if (isnan(values[i]) && procfs_u64(&q, &v)) {
				values[i] = (double)v * scale;
				found++;
			}
			next = i + 1 < n ? i + 1 : 0;
			break;
		}
	}
	return found;
}

double
procfs_delta(uint64_t now, uint64_t before)
{
	return now >= before ? (double)(now - before) : NAN;
}

double
procfs_round(double v, double steps_per_unit)
{
	/* The compiler knows floor() by itself; round() alone would have all of libm in memory. */
	return floor(v * steps_per_unit + 0.5) / steps_per_unit;
}
