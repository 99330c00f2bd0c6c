/* SPDX-License-Identifier: GPL-3.0-or-later */
/* client: requests to the collector's API; the only door to libcurl here. */
#ifndef COLLECTOR_CTL_CLIENT_H
#define COLLECTOR_CTL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#include "zw/buf.h"
#include "zw/err.h"

struct client;

struct client_param {
	const char *name;
	const char *value; /* NULL: left out */
};

/* Whether it is an address as client_new() takes it. */
bool client_is_url(const char *url);
/* url: "http://host:port". The token is read at once. */
int client_new(struct client **out, const char *url, const char *token_file, struct err *e)
    __attribute__((warn_unused_result));
void client_free(struct client *c);
const char *client_url(const struct client *c);

/* How long a request may take. */
void client_limit(struct client *c, int64_t ms);

/* GET of a path with parameters (ended by a NULL name; may be NULL). The answer's bytes are
 * appended to body. -1 and the reason, with what may be done about it. */
int client_get(struct client *c, const char *path, const struct client_param *params,
    struct buf *body, struct err *e) __attribute__((warn_unused_result));
/* POST of a form (as the parameters above; may be NULL). */
int client_post(struct client *c, const char *path, const struct client_param *form,
    struct buf *body, struct err *e) __attribute__((warn_unused_result));
/* Whether the last failure was that nobody answers there. */
bool client_unreachable(const struct client *c);

#endif
