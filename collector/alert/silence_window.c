/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a silence is in force: once, or on days of the week in local time; and a recurring window
 * as text. A window begins and ends when the local clock says so, so the night in which an hour
 * comes twice is longer. Where the clock jumps over its beginning or its end, it begins at once
 * after the jump and lasts for its minutes. */
#include "collector/alert/silence.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/conf.h"
#include "zw/str.h"

#define DAY_S 86400
#define DAY_MIN 1440
#define WEEK_MIN (7 * DAY_MIN)

static const char day_words[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

/* What the local clock says at an instant, as seconds of a world without time zones. */
static int64_t
local_clock(int64_t t)
{
	time_t at = (time_t)t;
	struct tm tm;

	if (localtime_r(&at, &tm) == NULL)
		return t;
	return (int64_t)timegm(&tm);
}

/* The first instant in (low, high] at which the clock says at least `clock`. */
static int64_t
first_at_least(int64_t low, int64_t high, int64_t clock)
{
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;
		if (local_clock(middle) >= clock)
			high = middle;
		else
			low = middle;
	}
	return high;
}

/* The instant at which the local clock says so: the first one, or the last one if it does so
 * twice. *jumped: it never does; then the instant of the jump. */
static int64_t
instant_of(int64_t clock, bool last, bool *jumped)
{
	int64_t before = clock - (local_clock(clock - DAY_S) - (clock - DAY_S));
	int64_t after = clock - (local_clock(clock + DAY_S) - (clock + DAY_S));
	int64_t low = before < after ? before : after;
	int64_t high = before < after ? after : before;

	*jumped = false;
	if (last && local_clock(high) == clock)
		return high;
	if (local_clock(low) == clock)
		return low;
	if (local_clock(high) == clock)
		return high;
	*jumped = true;
	return first_at_least(low - 1, high, clock);
}

/* The window that begins on the day at whose midnight the clock says so, in ms. */
static void
window_of(const struct silence *s, int64_t midnight, int64_t *begin_ms, int64_t *end_ms)
{
	int64_t from = midnight + 60 * (int64_t)s->from_min;
	bool begin_jumped, end_jumped;
	int64_t begin = instant_of(from, false, &begin_jumped);
	int64_t end = instant_of(from + 60 * (int64_t)s->minutes, true, &end_jumped);

	if (begin_jumped || end_jumped)
		end = begin + 60 * (int64_t)s->minutes;
	*begin_ms = 1000 * begin;
	*end_ms = 1000 * end;
}

/* Midnight of the local day of an instant, on the clock, and so many days later. */
static int64_t
midnight_of(int64_t now_ms, int days)
{
	int64_t clock = local_clock(now_ms / 1000);
	int64_t into = clock % DAY_S;

	return clock - (into < 0 ? into + DAY_S : into) + (int64_t)days * DAY_S;
}

/* Whether the day that begins there is one of the silence's. 1970-01-01 was a Thursday. */
static bool
is_day_of(const struct silence *s, int64_t midnight)
{
	int64_t day = (midnight / DAY_S + 4) % 7;

	return (s->days >> (day < 0 ? day + 7 : day) & 1) != 0;
}

/* Whether it is in force at this moment. */
bool
silence_is_active(const struct silence *s, int64_t now_ms)
{
	if (now_ms < s->starts_ms || (s->ends_ms != 0 && now_ms >= s->ends_ms))
		return false;
	if (s->days == 0)
		return true;
	for (int d = -8; d <= 1; d++) {
		int64_t begin, end, midnight = midnight_of(now_ms, d);
		if (!is_day_of(s, midnight))
			continue;
		window_of(s, midnight, &begin, &end);
		if (begin <= now_ms && now_ms < end)
			return true;
	}
	return false;
}

/* Takes t if it is after now, before what was taken, and if being in force changes there. */
static void
offer(const struct silence *s, int64_t now_ms, bool active, int64_t t, int64_t *best)
{
	if (t > now_ms && (*best == 0 || t < *best) && silence_is_active(s, t) != active)
		*best = t;
}

/* Its next beginning or end after now; 0: none. */
int64_t
silence_next_ms(const struct silence *s, int64_t now_ms)
{
	bool active = silence_is_active(s, now_ms);
	int64_t base = now_ms > s->starts_ms ? now_ms : s->starts_ms;
	int64_t best = 0;

	offer(s, now_ms, active, s->starts_ms, &best);
	if (s->ends_ms != 0)
		offer(s, now_ms, active, s->ends_ms, &best);
	for (int d = -8; s->days != 0 && d <= 15; d++) {
		int64_t begin, end, midnight = midnight_of(base, d);
		if (!is_day_of(s, midnight))
			continue;
		window_of(s, midnight, &begin, &end);
		offer(s, now_ms, active, begin, &best);
		offer(s, now_ms, active, end, &best);
	}
	return best;
}

/* Tells the part of a time that lies within another, and within that in which s holds at all. */
static void
tell(const struct silence *s, const struct silence_span *one, const struct silence_span *within,
    void (*each)(void *arg, const struct silence_span *at), void *arg)
{
	struct silence_span at = *one;

	if (at.from_ms < s->starts_ms)
		at.from_ms = s->starts_ms;
	if (at.from_ms < within->from_ms)
		at.from_ms = within->from_ms;
	if (s->ends_ms != 0 && at.to_ms > s->ends_ms)
		at.to_ms = s->ends_ms;
	if (at.to_ms > within->to_ms)
		at.to_ms = within->to_ms;
	if (at.from_ms < at.to_ms)
		each(arg, &at);
}

void
silence_each(const struct silence *s, const struct silence_span *within,
    void (*each)(void *arg, const struct silence_span *at), void *arg)
{
	struct silence_span one = *within;

	if (s->days == 0) {
		tell(s, &one, within, each, arg);
		return;
	}
	int64_t end = midnight_of(within->to_ms, 1);
	for (int64_t day = midnight_of(within->from_ms, -8); day <= end; day += DAY_S) {
		if (!is_day_of(s, day))
			continue;
		window_of(s, day, &one.from_ms, &one.to_ms);
		tell(s, &one, within, each, arg);
	}
}

/* The day of the week whose word stands at *p, which is moved past it; -1: none. */
static int
scan_day(const char **p)
{
	char word[4];

	if (strlen(*p) < 3)
		return -1;
	memcpy(word, *p, 3);
	word[3] = '\0';
	for (int d = 0; d < 7; d++) {
		if (str_casecmp(word, day_words[d]) == 0) {
			*p += 3;
			return d;
		}
	}
	return -1;
}

/* "HH:MM" at *p, up to 24:00, which is moved past it; minutes, or -1. */
static int
scan_time(const char **p)
{
	int v[5];

	for (int i = 0; i < 5; i++) {
		char c = (*p)[i];
		if (i == 2 ? c != ':' : c < '0' || c > '9')
			return -1;
		v[i] = c - '0';
	}
	int minutes = 60 * (10 * v[0] + v[1]) + 10 * v[3] + v[4];
	if (v[3] > 5 || minutes > DAY_MIN)
		return -1;
	*p += 5;
	return minutes;
}

/* "daily", or days and ranges of days with commas between, at *p. Returns the bits; 0: none. */
static unsigned
scan_days(const char **p)
{
	char word[6];
	unsigned days = 0;

	(void)str_copy(word, sizeof word, *p);
	if (str_casecmp(word, "daily") == 0) {
		*p += 5;
		return 0x7f;
	}
	for (;; (*p)++) {
		int from = scan_day(p), to = from;
		if (from == -1)
			return 0;
		if (**p == '-') {
			(*p)++;
			to = scan_day(p);
		}
		if (to == -1)
			return 0;
		days |= 1u << to;
		for (int d = from; d != to; d = (d + 1) % 7)
			days |= 1u << d;
		if (**p != ',')
			return days;
	}
}

/* The number of the only bit, or -1. */
static int
only_day(unsigned days)
{
	for (int d = 0; d < 7; d++) {
		if (days == 1u << d)
			return d;
	}
	return -1;
}

/* The end of a window at p, "06:00" or, of one that begins on a single day, "Mon 06:00", or
 * "+90min" after its beginning. Returns its minutes; 0: it is none. */
static int64_t
scan_end(const char *p, unsigned days, int from)
{
	int64_t ms;

	if (p[0] == '+')
		return str_to_duration(p + 1, &ms) == 0 && ms % 60000 == 0 ? ms / 60000 : 0;
	if (*p++ != '-')
		return 0;
	int start = only_day(days), day = scan_day(&p);
	if (day != -1 && (start == -1 || *p++ != ' '))
		return 0;
	int to = scan_time(&p);
	if (to == -1 || *p != '\0' || (day == -1 && to == from))
		return 0;
	if (day == -1)
		return to > from ? to - from : to + DAY_MIN - from;
	int64_t minutes = (int64_t)((day - start + 7) % 7) * DAY_MIN + to - from;
	return minutes > 0 ? minutes : minutes + WEEK_MIN;
}

/* A window out of its text. */
int
silence_parse_window(const char *text, struct silence *s, struct err *e)
{
	const char *p = text;
	unsigned days = scan_days(&p);
	int from = -1;
	int64_t minutes = 0;

	if (days != 0 && *p++ == ' ' && (from = scan_time(&p)) != -1 && from < DAY_MIN)
		minutes = scan_end(p, days, from);
	if (minutes < 1 || minutes > WEEK_MIN)
		return err_set(e, "a window is needed, as \"Mon-Fri 22:00-06:00\", "
				  "\"Sun 02:00-04:30\", \"Fri 22:00-Mon 06:00\" or "
				  "\"daily 00:00-24:00\"");
	s->days = days;
	s->from_min = (unsigned)from;
	s->minutes = (unsigned)minutes;
	return 0;
}

/* Appends to dst as far as it fits. */
static void
put(char *dst, size_t size, const char *text)
{
	size_t n = strlen(dst);

	(void)str_copy(dst + n, size - n, text);
}

/* The days: runs of three or more as a range, the week's begin on Monday. */
static void
print_days(char *dst, size_t size, unsigned days)
{
	if (days == 0x7f) {
		put(dst, size, "daily");
		return;
	}
	for (int i = 0; i < 7;) {
		int run = 0;
		while (i + run < 7 && (days >> (i + run + 1) % 7 & 1) != 0)
			run++;
		if (run == 0) {
			i++;
			continue;
		}
		int shown = run < 3 ? 1 : run;
		if (*dst != '\0')
			put(dst, size, ",");
		put(dst, size, day_words[(i + 1) % 7]);
		if (shown > 1) {
			put(dst, size, "-");
			put(dst, size, day_words[(i + shown) % 7]);
		}
		i += shown;
	}
}

int
silence_of_window(struct silence *s, const struct conf_window *w, struct err *e)
{
	*s = (struct silence){ .kind = SILENCE_MAINTENANCE, .author = "configuration" };
	if (silence_parse_window(w->when, s, e) == -1)
		return -1;
	(void)str_copy(s->match.zone, sizeof s->match.zone, w->zone ? w->zone : "");
	(void)str_copy(s->match.node, sizeof s->match.node, w->node ? w->node : "");
	(void)str_copy(s->match.source, sizeof s->match.source, w->source ? w->source : "");
	(void)str_copy(s->match.rule, sizeof s->match.rule, w->rule ? w->rule : "");
	(void)str_copy(s->reason, sizeof s->reason, w->reason);
	return 0;
}

/* The text of a window, which silence_parse_window() reads back; "" of none. */
void
silence_print_window(char *dst, size_t size, const struct silence *s)
{
	unsigned to = s->from_min + s->minutes;
	char text[40];

	dst[0] = '\0';
	if (s->days == 0)
		return;
	print_days(dst, size, s->days);
	snprintf(text, sizeof text, " %02u:%02u", s->from_min / 60, s->from_min % 60);
	put(dst, size, text);
	if (s->minutes < DAY_MIN || (s->minutes == DAY_MIN && s->from_min == 0)) {
		unsigned end = to > DAY_MIN ? to % DAY_MIN : to;
		snprintf(text, sizeof text, "-%02u:%02u", end / 60, end % 60);
	} else if (only_day(s->days) != -1) {
		unsigned day = ((unsigned)only_day(s->days) + to / DAY_MIN) % 7;
		snprintf(
		    text, sizeof text, "-%s %02u:%02u", day_words[day], to % DAY_MIN / 60, to % 60);
	} else {
		snprintf(text, sizeof text, "+%umin", s->minutes);
	}
	put(dst, size, text);
}
