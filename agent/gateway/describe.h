/* SPDX-License-Identifier: GPL-3.0-or-later */
/* describe: a gateway, its devices and their values as JSON, for zonewatchctl(1); the door to
 * jansson on this side. */
#ifndef AGENT_GATEWAY_DESCRIBE_H
#define AGENT_GATEWAY_DESCRIBE_H

#include "agent/gateway/rows.h"

struct gateway;
struct json_t; /* jansson.s */

/* Answers one line (control.h) with a JSON object that the caller frees; one that has "error" for
 * a line that cannot be answered. g may be NULL: it does not run yet. */
char *describe_answer(struct gateway *g, const char *line);
/* All values of some rows, an array: oid, source, instance, child, title, field, label, raw, scale
 * and offset (null of a state), value, unit, status, state, severity, age_s. age_s(arg, row) is the
 * age of a row, NAN: unknown; may be NULL. The caller frees it with json_decref(). */
struct json_t *describe_rows(
    const struct rows *r, double (*age_s)(const void *arg, size_t row), const void *arg);
/* A text of a device as a JSON string: what is not UTF-8 is escaped. */
struct json_t *describe_text(const char *s);

#endif
