/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log: sentences with a subject, on stderr; under systemd with its <priority> prefix.
 *
 * The first argument is the subsystem word ("journal", "uplink"). The plain names add
 * strerror(errno), the names ending in x do not. Every line is one line: control bytes in the
 * text are escaped, whoever wrote them. errno is left as it was. */
#ifndef ZW_LOG_H
#define ZW_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Set the program's name (borrowed for ever) and the most talkative level that is written. */
void log_init(const char *ident, enum log_level most);

void log_warn(const char *subject, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warnx(const char *subject, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *subject, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const char *subject, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Say why the program cannot go on and end it with exit code 1. */
_Noreturn void fatal(const char *subject, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
_Noreturn void fatalx(const char *subject, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A complaint that repeats: the first is passed, then at most one in `every_ms`, with the number
 * of those held back since; after a silence `burst` more than that. Zero-initialise, but for
 * every_ms and burst. */
struct log_throttle {
	int64_t every_ms;
	unsigned burst;
	int64_t next_ms; /* when all of the burst but the first may be passed again */
	unsigned held;
};

/* Whether to log now (steady milliseconds); *held gets how many were held back before this. */
bool log_throttle_pass(struct log_throttle *t, int64_t now_ms, unsigned *held);

#endif
