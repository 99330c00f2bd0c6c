/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan: who is told what of an incident, and when. Pure: an incident, what a group of recipients
 * was told of it so far, and the time in; what is to be told now out. It is asked again and again
 * (each tick, each commit), so that nothing depends on an event that a crash could swallow.
 *
 * Recipients with the same wishes (via, zones, severity, hours, after, language, budget) are a
 * group and get one message together; a group's number is made of its wishes, so that the message
 * of the end finds that of the opening also after recipients came or went. */
#ifndef COLLECTOR_PLAN_H
#define COLLECTOR_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/alert/history.h"
#include "collector/alert/silence.h"
#include "zw/err.h"
#include "zw/lang.h"

struct conf_collector;
struct conf_recipient;

#define PLAN_MAX_WINDOWS 16
#define PLAN_STALE_MS                                                                              \
	INT64_C(1800000) /* what is over and this old is told in one message for all */

struct plan_group {
	uint32_t number;
	char *wishes;			    /* as a text, of which the number is made */
	char *to;			    /* addresses, separated by ", " */
	const struct conf_recipient *first; /* for the wishes */
	enum wire_severity severity;
	enum lang lang;
	struct silence hours[PLAN_MAX_WINDOWS]; /* only their windows count */
	size_t nhours;
	/* Of this hour: what was made for it, for the budget. Restored from the history's notes. */
	int64_t hour_ms; /* its beginning; 0: none yet */
	unsigned spent;
	size_t held; /* incidents that wait for the next digest */
};

struct plan {
	const struct conf_collector *conf;
	struct plan_group *groups;
	size_t ngroups;
};

enum plan_act {
	PLAN_NOTHING,
	PLAN_OPEN,
	PLAN_UPDATE,
	PLAN_REMIND,
	PLAN_ESCALATE, /* the opening for those who are told only when nobody acknowledged */
	PLAN_CLOSE,
	PLAN_HOLD /* the budget is spent: into the digest */
};

int plan_init(struct plan *p, const struct conf_collector *conf, struct err *e)
    __attribute__((warn_unused_result));
void plan_clear(struct plan *p);
/* What the group is to be told of the incident now. told: what it was told (zeroed: nothing yet).
 */
enum plan_act plan_next(const struct plan *p, const struct plan_group *g, const struct incident *in,
    const struct told *told, int64_t now_ms);
/* Notes in told and group that it was made. */
void plan_done(struct plan_group *g, struct told *told, const struct incident *in,
    enum plan_act act, int64_t now_ms);
/* When plan_next() may next say something else though nothing changes; INT64_MAX: never. */
int64_t plan_next_ms(const struct plan *p, const struct plan_group *g, const struct incident *in,
    const struct told *told, int64_t now_ms);
/* Whether the group's digest of what was held is due. */
bool plan_digest_due(const struct plan *p, const struct plan_group *g, int64_t now_ms);
const char *plan_word(enum plan_act act); /* the mail's kind */

#endif
