/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log: sentences with a subject, on stderr. Under systemd (JOURNAL_STREAM is set) each line begins
 * with its <priority>, else with the local time. The one file with mutable state of its own: the
 * program has one log. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

#define LOG_LINE 2048

static struct {
	const char *ident;
	enum log_level most;
	bool journal;
} log_state = { .ident = "zonewatch", .most = LOG_LEVEL_INFO };

/* Set the name and the most talkative level. */
void
log_init(const char *ident, enum log_level most)
{
	log_state.ident = ident;
	log_state.most = most;
	log_state.journal = getenv("JOURNAL_STREAM") != NULL && !isatty(STDERR_FILENO);
}

/* The start of a line: priority for the journal, else time and program. */
static size_t
log_prefix(char *dst, size_t size, enum log_level level)
{
	static const char priority[] = { '3', '4', '6', '7' };
	struct tm tm;
	int n;

	if (log_state.journal)
		return (size_t)snprintf(dst, size, "<%c>", priority[level]);
	int64_t now_ms = clock_wall_ms();
	time_t now = (time_t)(now_ms / 1000);
	localtime_r(&now, &tm);
	long offset_min = tm.tm_gmtoff / 60;
	n = snprintf(dst, size,
	    "%04d-%02d-%02d %02d:%02d:%02d.%03d%+03ld%02ld %s[%d]: ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(now_ms % 1000),
	    offset_min / 60, labs(offset_min % 60), log_state.ident, (int)getpid());
	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

/* Copy text into dst with control bytes as \xHH; UTF-8 goes through as it is. */
static size_t
log_escape(char *dst, size_t size, const char *src)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *src != '\0' && n + 5 < size; src++) {
		unsigned char c = (unsigned char)*src;
		if (c >= 0x20 && c != 0x7f) {
			dst[n++] = (char)c;
			continue;
		}
		dst[n++] = '\\';
		dst[n++] = 'x';
		dst[n++] = hex[c >> 4];
		dst[n++] = hex[c & 15];
	}
	dst[n] = '\0';
	return n;
}

/* Write one whole line with one write, so that lines of several processes do not mix. */
__attribute__((format(printf, 4, 0))) static void
log_line(enum log_level level, const char *subject, int error, const char *fmt, va_list ap)
{
	char text[LOG_LINE], line[LOG_LINE + 256];
	int saved = errno;

	if (level > log_state.most)
		return;
	(void)vsnprintf(text, sizeof text, fmt, ap);
	size_t n = log_prefix(line, sizeof line, level);
	n += log_escape(line + n, 64, subject);
	line[n++] = ':';
	line[n++] = ' ';
	n += log_escape(line + n, sizeof line - n - 128, text);
	if (error != 0) {
		char why[96];
		/* GNU strerror_r: thread-safe, and C locale in our daemons. */
		int m = snprintf(
		    line + n, sizeof line - n - 1, ": %s", strerror_r(error, why, sizeof why));
		if (m > 0)
			n += (size_t)m < sizeof line - n - 1 ? (size_t)m : sizeof line - n - 2;
	}
	line[n++] = '\n';
	ssize_t written = write(STDERR_FILENO, line, n);
	(void)written; /* there is nobody to tell */
	errno = saved;
}

#define LOG_BODY(level, error)                                                                     \
	do {                                                                                       \
		va_list ap;                                                                        \
		va_start(ap, fmt);                                                                 \
		log_line((level), subject, (error), fmt, ap);                                      \
		va_end(ap);                                                                        \
	} while (0)

/* Something went wrong, and errno says why. */
void
log_warn(const char *subject, const char *fmt, ...)
{
	LOG_BODY(LOG_LEVEL_WARNING, errno);
}

/* Something went wrong, and the text says why. */
void
log_warnx(const char *subject, const char *fmt, ...)
{
	LOG_BODY(LOG_LEVEL_WARNING, 0);
}

/* A state changed. */
void
log_info(const char *subject, const char *fmt, ...)
{
	LOG_BODY(LOG_LEVEL_INFO, 0);
}

/* For whoever looks for a fault. */
void
log_debug(const char *subject, const char *fmt, ...)
{
	LOG_BODY(LOG_LEVEL_DEBUG, 0);
}

/* The program cannot go on, and errno says why. */
void
fatal(const char *subject, const char *fmt, ...)
{
	LOG_BODY(LOG_LEVEL_ERROR, errno);
	exit(1);
}

/* The program cannot go on, and the text says why. */
void
fatalx(const char *subject, const char *fmt, ...)
{
	LOG_BODY(LOG_LEVEL_ERROR, 0);
	exit(1);
}

/* Pass the first and a burst, then at most one in every_ms; count those held back. */
bool
log_throttle_pass(struct log_throttle *t, int64_t now_ms, unsigned *held)
{
	if (now_ms + (int64_t)t->burst * t->every_ms < t->next_ms) {
		t->held++;
		return false;
	}
	t->next_ms = (t->next_ms > now_ms ? t->next_ms : now_ms) + t->every_ms;
	*held = t->held;
	t->held = 0;
	return true;
}
