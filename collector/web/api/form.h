/* SPDX-License-Identifier: GPL-3.0-or-later */
/* form: what an act's form and address say: texts, who acts, spans, moments. Each returns 200, or
 * the status of the error that was answered. */
#ifndef COLLECTOR_WEB_API_FORM_H
#define COLLECTOR_WEB_API_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/web/reply.h"
#include "collector/web/request.h"

/* One line of UTF-8 of at most max bytes; "" if it is not given. *out is the request's. */
int form_text(const struct request *rq, struct reply *re, const char *name, size_t max,
    bool required, const char **out);
/* Who acts: the account, whatever the form says; of the nameless token who author= says. */
int form_author(const struct request *rq, struct reply *re, char into[ALERT_MAX_AUTHOR]);
/* The span of for=, up to 366 days; 0: not given. */
int form_for(const struct request *rq, struct reply *re, int64_t *out_ms);
/* The number that the address names. */
int form_id(const struct request *rq, struct reply *re, uint64_t *id);
/* A moment in seconds since 1970, or local as a browser's field has it ("2026-11-22T14:00"); 0: not
 * given. */
int form_moment(const struct request *rq, struct reply *re, const char *name, int64_t *out_ms);
/* A local day, "2026-12-15": its midnight; 0: not given. */
int form_date(const struct request *rq, struct reply *re, const char *name, int64_t *out_ms);

#endif
