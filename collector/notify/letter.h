/* SPDX-License-Identifier: GPL-3.0-or-later */
/* letter: a message made for a group: its identity, its words, its pictures. The identity follows
 * from what it tells and to whom, so that the same message made twice (a crash between the two) is
 * the same message. */
#ifndef COLLECTOR_LETTER_H
#define COLLECTOR_LETTER_H

#include <stdint.h>

#include "collector/notify/facts.h"

/* Where letters come from; all borrowed. */
struct letters {
	struct facts facts;
	const char *host;    /* right of the Message-ID's @ */
	const char *install; /* history_install() */
};

/* On an incident. f: facts_gather() and facts_freshen(); act, lang, reminders and late are set
 * here. told: before the message. root: how often the opening was made anew. */
struct mail *letter_new(const struct letters *l, const struct plan_group *g, struct text_facts *f,
    enum plan_act act, const struct told *told, unsigned root, bool late);
/* A digest of what was held, the sign of life (life) otherwise; at_ms tells it from others. NULL:
 * the channel has no use for it. lang is set here. */
struct mail *letter_digest(const struct letters *l, const struct plan_group *g,
    struct text_digest *d, bool life, int64_t at_ms);

#endif
