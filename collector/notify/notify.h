/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify: from what an incident is now, and what each group of recipients was told of it, to
 * messages that the other side took. plan.h decides, text.h words, outbox.h delivers. */
#ifndef COLLECTOR_NOTIFY_H
#define COLLECTOR_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/alert/history.h"

struct conf_collector;
struct event_base;
struct notify;
struct render;
struct silences;
struct site;

#define NOTIFY_MAX_CHANNELS 8

/* One of the channels in use. */
struct notify_channel {
	const char *name;
	uint64_t waiting;
	uint64_t sent;
	uint64_t failed;
	uint64_t refused;
	uint64_t retries;
	int64_t oldest_ms;
	char last_error[256];
};

struct notify_stats {
	uint64_t waiting;
	uint64_t sent;
	uint64_t failed;  /* given up or refused for good */
	uint64_t refused; /* recipients refused for good */
	uint64_t retries;
	int64_t oldest_ms; /* wall time the oldest waiting mail was made; 0: none */
	char last_error[256];
	struct notify_channel channels[NOTIFY_MAX_CHANNELS]; /* the same of each */
	size_t nchannels;
	/* Of notify.ping_url. */
	uint64_t pings;	      /* that were answered */
	uint64_t unpinged;    /* that were not */
	int64_t pinged_ms;    /* when the last was answered; 0: never */
	char ping_error[256]; /* of the last; "": it was answered */
};

/* All borrowed. Mails that were undelivered are handed to notify_take(), after notify_restore(). */
/* The configuration has other recipients, or times: takes them up. What was told stays told; groups
 * that are new hear of what is open as if it were told to nobody yet. -1: they cannot be, and
 * nothing was changed. */
int notify_retake(struct notify *n, struct err *e) __attribute__((warn_unused_result));
struct notify *notify_new(struct event_base *base, const struct conf_collector *conf,
    const struct site *site, struct render *render, struct history *history, struct err *e);
/* What is being sent is broken off; it stays in the outbox. */
void notify_free(struct notify *n);
/* What each group was told, and the notes; before the first tick. Copied. */
void notify_restore(struct notify *n, const struct history_restored *r);
/* For the sign of life, which says how many are in force; borrowed. */
void notify_use_silences(struct notify *n, const struct silences *s);

/* Asked before each ping, which is left out if the collector is not well. */
void notify_ask_health(struct notify *n, bool (*is_well)(void *arg), void *arg);

/* Makes the messages that are due, and gives them to history_mail(). Call it whenever alerts may
 * have changed, after all of that moment were told, and at least once a second; with nothing due it
 * costs little. now: steady ms. */
void notify_tick(struct notify *n, const struct engine *e, int64_t now_ms);
/* A stored mail, to be delivered at m->next_ms; taken. */
void notify_take(struct notify *n, struct mail *m);
/* Why nobody gets mails ("no transport configured"); NULL: they do. */
const char *notify_off(const struct notify *n);
const struct notify_stats *notify_stats(const struct notify *n);

#endif
