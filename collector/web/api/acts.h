/* SPDX-License-Identifier: GPL-3.0-or-later */
/* acts: what people do about incidents (acknowledge, comment, silence), and what they ask of the
 * past. An act is answered only when it is on disk. Each act comes as a form, from the API or from
 * a page; a page is answered by a redirect back to itself. */
#ifndef COLLECTOR_WEB_API_ACTS_H
#define COLLECTOR_WEB_API_ACTS_H

#include <stdint.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;
struct history_ask;
struct json;
struct silence;

/* Of all acts: the author is the account; only the nameless token says author=. A page's form may
 * say back=, an address of ours, where its browser goes on.
 *
 * POST .../incidents/{}/acknowledge, unacknowledge, comment; .../alerts/{}/acknowledge. author=,
 * comment=, for= (a duration; default: to the end). */
int acts_acknowledge(const struct collector *c, const struct request *rq, struct reply *re);
int acts_unacknowledge(const struct collector *c, const struct request *rq, struct reply *re);
int acts_comment(const struct collector *c, const struct request *rq, struct reply *re);
int acts_acknowledge_alert(const struct collector *c, const struct request *rq, struct reply *re);

/* zone=, node=, source=, rule= (patterns), kind=, author=, reason=, and for= or until= (s since
 * 1970) or window=; starts= (likewise). */
int acts_silence(const struct collector *c, const struct request *rq, struct reply *re);
int acts_silence_end(const struct collector *c, const struct request *rq, struct reply *re);
/* for=: so much longer. */
int acts_silence_extend(const struct collector *c, const struct request *rq, struct reply *re);
int acts_silences(const struct collector *c, const struct request *rq, struct reply *re);
int acts_silence_preview(const struct collector *c, const struct request *rq, struct reply *re);

/* Answers that the history makes. */
int acts_incident(const struct collector *c, const struct request *rq, struct reply *re);
int acts_past(const struct collector *c, const struct request *rq, struct reply *re);
int acts_ledger(const struct collector *c, const struct request *rq, struct reply *re);
int acts_audit(const struct collector *c, const struct request *rq, struct reply *re);
int acts_stats(const struct collector *c, const struct request *rq, struct reply *re);

/* Asks the history for q between from= and to= (default: q's, else now), which begins back_ms
 * before the end by default, and for at most limit= rows (default: q's). */
int acts_ask(const struct collector *c, const struct request *rq, struct reply *re,
    struct history_ask *q, int64_t back_ms);
/* Answers "done" with the number when all that was collected for the history is on disk; a page
 * goes on to back. */
int acts_later(const struct collector *c, const struct request *rq, struct reply *re,
    const char *done, uint64_t id, const char *back);

#endif
