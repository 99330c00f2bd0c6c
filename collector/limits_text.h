/* SPDX-License-Identifier: GPL-3.0-or-later */
/* limits_text: rules and limits of a configuration as one text, to be kept; and what changed
 * between two of them, as acts of the history tell it (report/figures/annals.h). Pure. */
#ifndef COLLECTOR_LIMITS_TEXT_H
#define COLLECTOR_LIMITS_TEXT_H

#include "collector/conf.h"

/* Of at most so many changes each is told; of the rest their number. */
#define LIMITS_TEXT_CHANGES 200

/* To be freed. A line of each rule and each row of `limits`, and one of the whole's revision. */
char *limits_text(const struct conf_collector *conf);
/* kind: "config", "limit-change". */
void limits_text_compare(const char *before, const char *now,
    void (*changed)(void *arg, const char *kind, const char *what, const char *text), void *arg);

#endif
