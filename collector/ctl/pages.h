/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages: lists of the API whole, though they come in pages: "next" is followed to its end. */
#ifndef COLLECTOR_CTL_PAGES_H
#define COLLECTOR_CTL_PAGES_H

#include <jansson.h>

#include "collector/ctl/client.h"

/* Asks, and goes on while there is more. The tree has all items; text what it would be as one
 * answer. -1 and the reason. */
int pages_get(struct client *c, const char *path, const struct client_param *params, json_t **root,
    struct buf *text, struct err *e) __attribute__((warn_unused_result));

#endif
