/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify: from an incident's change to a mail that the relay took. */
#ifndef COLLECTOR_NOTIFY_H
#define COLLECTOR_NOTIFY_H

#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/alert/history.h"

struct conf_collector;
struct event_base;
struct notify;
struct render;
struct site;

struct notify_stats {
	uint64_t waiting;
	uint64_t sent;
	uint64_t failed;  /* given up or refused for good */
	uint64_t refused; /* recipients refused for good */
	uint64_t retries;
	int64_t oldest_ms; /* wall time the oldest waiting mail was made; 0: none */
	char last_error[256];
};

/* All borrowed. Mails that were undelivered are handed to notify_take(). */
struct notify *notify_new(struct event_base *base, const struct conf_collector *conf,
    const struct site *site, struct render *render, struct history *history, struct err *e);
/* What is being sent is broken off; it stays in the outbox. */
void notify_free(struct notify *n);

/* Makes the mails of an incident's opening or end, one for each group of recipients who get the
 * same, and gives them to history_mail(). Call it after the alerts of the same moment were told.
 * CHANGE_FIRED: an alert joined the incident; those who want mail only from its new severity on
 * get the opening now (one that had it gets none again). */
void notify_incident(struct notify *n, const struct engine *e, const struct incident *in,
    enum alert_change_kind kind, int64_t now_ms);
/* A stored mail, to be delivered at m->next_ms; taken. */
void notify_take(struct notify *n, struct mail *m);
/* Why nobody gets mails ("no transport configured"); NULL: they do. */
const char *notify_off(const struct notify *n);
const struct notify_stats *notify_stats(const struct notify *n);

#endif
