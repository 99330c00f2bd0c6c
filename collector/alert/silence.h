/* SPDX-License-Identifier: GPL-3.0-or-later */
/* silence: who is not told of what: silences, maintenance windows (once or recurring, in local
 * time), and what is out of service. Pure but for localtime_r(). */
#ifndef COLLECTOR_SILENCE_H
#define COLLECTOR_SILENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "zw/err.h"

#define SILENCE_MAX 1024 /* that are in force or to come */
#define SILENCE_MAX_PATTERN 128
#define SILENCE_MAX_MS (366 * INT64_C(86400000)) /* of one that is not recurring */

enum silence_kind {
	SILENCE_SILENCE,
	SILENCE_MAINTENANCE,
	SILENCE_OUT_OF_SERVICE /* the only one that may be without an end */
};

/* "" matches anything; * in a pattern stands for any text. All that are given must match. */
struct silence_match {
	char zone[SILENCE_MAX_PATTERN]; /* "site" for the site itself */
	char node[SILENCE_MAX_PATTERN];
	char source[SILENCE_MAX_PATTERN]; /* a source (up to the first dash), or source-instance */
	char rule[SILENCE_MAX_PATTERN];
};

struct silence {
	uint64_t id; /* 0: of the configuration */
	enum silence_kind kind;
	struct silence_match match;
	char author[ALERT_MAX_AUTHOR]; /* required; "configuration" of the configuration's */
	char reason[ALERT_MAX_TEXT];   /* required */
	int64_t created_ms;
	int64_t starts_ms;
	int64_t ends_ms; /* 0: none */
	/* A recurring window: on these days of the week (bit 0: Sunday) from that minute of the day
	 * on, local time, for so many minutes, while starts_ms <= now < ends_ms. days 0: not
	 * recurring. */
	unsigned days;
	unsigned from_min;
	unsigned minutes;		 /* at most 7 days */
	char ended_by[ALERT_MAX_AUTHOR]; /* "": it was not ended before its time */
};

struct silences;
struct site;

struct silences *silences_new(void);
void silences_free(struct silences *s); /* NULL is fine */
/* Judges one that is asked for (texts are UTF-8 of one line, an end, at least one pattern, sane
 * times; a beginning in the past is now) and fills in the number and created_ms. */
int silences_add(struct silences *s, const struct silence *want, int64_t now_ms,
    const struct silence **added, struct err *e) __attribute__((warn_unused_result));
/* Whether the zone's pattern covers a zone of the site, or the site; ask it before silences_add().
 */
int silence_judge_zone(const struct silence_match *m, const struct site *site, struct err *e)
    __attribute__((warn_unused_result));
/* Ends one now; -1 and the reason: there is none such, or it is the configuration's. */
int silences_end(struct silences *s, uint64_t id, const char *author, int64_t now_ms,
    const struct silence **ended, struct err *e) __attribute__((warn_unused_result));
/* Gives one that is not over another end, after now and by the same limits. */
int silences_extend(struct silences *s, uint64_t id, int64_t ends_ms, int64_t now_ms,
    const struct silence **changed, struct err *e) __attribute__((warn_unused_result));
/* Takes back one that was stored, or one of the configuration. Numbers go on from the highest. */
void silences_restore(struct silences *s, const struct silence *one);
/* Forgets those that ended more than a day ago (silences_add() all that ended, of very many). */
void silences_tick(struct silences *s, int64_t now_ms);
/* Forgets those of the configuration, when another takes its place. */
void silences_forget_configured(struct silences *s);

size_t silences_count(const struct silences *s);
const struct silence *silences_at(const struct silences *s, size_t i);	    /* newest first */
const struct silence *silences_find(const struct silences *s, uint64_t id); /* or NULL */

/* Whether it is in force at this moment. */
bool silence_is_active(const struct silence *s, int64_t now_ms);
/* Each time at which it is in force within a length of time, in order; those of one that recurs may
 * overlap. */
struct silence_span {
	int64_t from_ms;
	int64_t to_ms;
};
void silence_each(const struct silence *s, const struct silence_span *within,
    void (*each)(void *arg, const struct silence_span *at), void *arg);
/* Its next beginning or end after now; 0: none. */
int64_t silence_next_ms(const struct silence *s, int64_t now_ms);
bool silence_matches(const struct silence_match *m, const char *zone, const char *node,
    const char *series, const char *rule);
/* The one in force that covers the alert, the strongest kind first; NULL: none. */
const struct silence *silences_cover(
    const struct silences *s, const struct alert *a, int64_t now_ms);
/* "Mon-Fri 22:00-06:00", "Sun 02:00-04:30", "daily 13:00-13:15", "Sat,Sun 00:00-24:00",
 * "Fri 22:00-Mon 06:00", "Mon,Thu 22:00+36h": days, from_min and minutes. */
int silence_parse_window(const char *text, struct silence *s, struct err *e)
    __attribute__((warn_unused_result));
/* A maintenance window of the configuration. */
struct conf_window;
int silence_of_window(struct silence *s, const struct conf_window *w, struct err *e)
    __attribute__((warn_unused_result));
void silence_print_window(char *dst, size_t size, const struct silence *s);
const char *silence_word(enum silence_kind kind); /* "silence", "maintenance", "out-of-service" */
int silence_kind_of(const char *word);		  /* -1: no such word */
/* What it would cover: nodes of the site by their names, at most n; returns how many in all. */
size_t silence_preview(
    const struct silence_match *m, const struct site *site, const struct node **nodes, size_t n);

#endif
