/* SPDX-License-Identifier: GPL-3.0-or-later */
/* filter: the parameters by which lists are narrowed: zone=, node=, state=, severity=, q=. */
#ifndef COLLECTOR_WEB_API_FILTER_H
#define COLLECTOR_WEB_API_FILTER_H

#include <stdbool.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;
struct node;

/* Whether the query's zone and node, if any, let this node pass. */
bool filter_passes(const struct request *rq, const struct node *n);
/* Whether they name what there is; else the answer is made and *status is its. */
bool filter_is_known(
    const struct collector *c, const struct request *rq, struct reply *re, int *status);
/* Whether the parameter, if any, is one of these words (NULL at the end): 200, or 400 answered. A
 * list "a,b" is several. */
int filter_words(
    const struct request *rq, struct reply *re, const char *name, const char *const *words);
/* Whether the parameter, if any, has this word (NULL: none). */
bool filter_has(const struct request *rq, const char *name, const char *word);
/* Whether q=, if any, is in one of these texts (NULL texts have nothing), whatever the case of its
 * ASCII letters. */
bool filter_finds(const struct request *rq, const char *const *texts, size_t n);

#endif
