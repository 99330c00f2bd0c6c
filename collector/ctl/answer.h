/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer: what the API answered, as a tree for tables or as text for programs. */
#ifndef COLLECTOR_CTL_ANSWER_H
#define COLLECTOR_CTL_ANSWER_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "collector/ctl/ctl.h"

/* Asks and parses; json_decref() the tree. With --json the answer is printed as it is, only
 * indented, and the caller prints nothing. -1 and a complaint on failure, *root being NULL. */
int answer_get(struct ctl *ctl, const char *path, const struct client_param *params, json_t **root)
    __attribute__((warn_unused_result));
/* Posts a form: the answer as a tree, and printed with --json; NULL after a complaint. */
json_t *answer_post(struct ctl *ctl, const char *path, const struct client_param *form);
/* Prints JSON text indented; numbers stay as they are written. */
void answer_indent(FILE *f, const char *text, size_t n);

/* Members; "" and 0 and NaN where there is none. */
const char *answer_text(const json_t *o, const char *key);
int64_t answer_int(const json_t *o, const char *key);
double answer_number(const json_t *o, const char *key);
/* "12 s"; "never" for null. */
void answer_age(char *dst, size_t size, const json_t *o, const char *key);
/* Local time of a moment in ms, "2026-11-21 14:03:10 +04:00"; "" for null. */
void answer_time(char *dst, size_t size, const json_t *o, const char *key);

#endif
