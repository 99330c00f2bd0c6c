/* SPDX-License-Identifier: GPL-3.0-or-later */
/* links: the network and the institutions behind its links. */
#ifndef COLLECTOR_FIGURES_LINKS_H
#define COLLECTOR_FIGURES_LINKS_H

#include "collector/report/figures/figures.h"

struct links {
	int64_t from_s; /* of the period */
	int64_t to_s;
};

int links_new(struct links **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void links_free(struct links *v); /* NULL is fine */

#endif
