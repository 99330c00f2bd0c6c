/* SPDX-License-Identifier: GPL-3.0-or-later */
/* member: the members that several answers of the API share. */
#ifndef COLLECTOR_WEB_API_MEMBER_H
#define COLLECTOR_WEB_API_MEMBER_H

#include "zw/json.h"
#include "collector/web/reply.h"
#include "collector/web/view.h"

/* Begins an answer: one object, ended by the caller's json_end(). */
struct json member_begin(struct reply *re);
/* Seconds since a steady moment; null if it is 0. */
void member_age(struct json *j, const char *key, int64_t then_ms, int64_t now_ms);
/* A wall moment; null if it is 0. */
void member_moment(struct json *j, const char *key, int64_t ms);
/* What a value of a series' field means: "state" and "severity", null where nothing is told. Left
 * out for fields that are no states. */
void member_state(struct json *j, const struct series *se, unsigned i, double value);
/* How many nodes are in which state. */
void member_counts(struct json *j, const char *key, const struct view_counts *counts);

#endif
