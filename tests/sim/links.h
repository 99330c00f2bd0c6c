/* SPDX-License-Identifier: GPL-3.0-or-later */
/* links: the 24 institutions' ends of the links, link-01 to link-24: a TCP listener each on
 * 127.0.24.1 to 127.0.24.24, which is closed while the link is down. (The kernel answers echo
 * requests to all of 127/8, so that ICMP cannot show a link that is down.) */
#ifndef SIM_LINKS_H
#define SIM_LINKS_H

#include <stdbool.h>

#include "zw/err.h"

#define LINKS 24

struct event_base;
struct links;

int links_new(struct links **out, struct event_base *base, unsigned port, struct err *e)
    __attribute__((warn_unused_result));
void links_free(struct links *l);
/* Link 1 to 24. */
void links_set_down(struct links *l, unsigned link, bool down);
/* The institution's name; UTF-8. */
const char *links_title(unsigned link);

#endif
