/* SPDX-License-Identifier: GPL-3.0-or-later */
/* procfs: files of /proc and /sys read whole, again and again, and the few forms of text in them.
 */
#ifndef AGENT_PROCFS_H
#define AGENT_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file that stays open. Owned by whoever declares it; starts as PROCFS_CLOSED. */
struct procfs {
	int fd;
	char *text; /* what procfs_read() read last, NUL-terminated; a NUL in it ends it */
	size_t cap;
};

#define PROCFS_CLOSED                                                                              \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Opens ROOT/PATH. 0, or -1 and errno. */
int procfs_open(struct procfs *f, const char *root, const char *path)
    __attribute__((warn_unused_result));
/* Opens ROOT/proc/PATH that belongs to a process: the reader's own file when root is "/", else
 * that of the first process, for a container that sees the host's proc. */
int procfs_open_own(struct procfs *f, const char *root, const char *path)
    __attribute__((warn_unused_result));
/* Reads it anew from its start. 0, or -1 and errno; an empty file is ENODATA. */
int procfs_read(struct procfs *f) __attribute__((warn_unused_result));
/* A closed one is fine. */
void procfs_close(struct procfs *f);

/* One small file, once: its first line (without the end) into dst. 0, or -1 and errno. */
int procfs_line(int dirfd, const char *path, char *dst, size_t size)
    __attribute__((warn_unused_result));

/* The scanner. *p walks over a text; nothing walks over a line's end but procfs_next_line(). */

/* The decimal number at *p after blanks; one that does not fit is UINT64_MAX. False, and *p where
 * it was, if there is none. */
bool procfs_u64(const char **p, uint64_t *v);
/* As many as there are, at most n, of numbers in a row; returns how many. */
unsigned procfs_u64s(const char **p, uint64_t *v, unsigned n);
/* A number with a point ("0.21"); at most nine decimals count. */
bool procfs_decimal(const char **p, double *v);
/* The next word after blanks into dst. False at the line's end, or if it does not fit. */
bool procfs_word(const char **p, char *dst, size_t size);
/* Steps to the start of the next line; false at the end of the text. */
bool procfs_next_line(const char **p);

/* Lines "KEY[:] NUMBER ...": the first number of each of the n keys into values[i] times scale;
 * one that is missing becomes NAN. Fastest when keys are in the file's order. Returns how many
 * there were. */
unsigned procfs_keys(
    const char *text, const char *const *keys, unsigned n, double scale, double *values);

/* The difference of two readings of what only grows; NAN if it went back, which is a reset. */
double procfs_delta(uint64_t now, uint64_t before);
/* Gauges are computed to no more digits than they are good for: the wire's codes are shorter. */
double procfs_round(double v, double steps_per_unit);

#endif
