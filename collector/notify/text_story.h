/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text_story: parts of the story that a mail's tables say, too; text_story() is in text.h. */
#ifndef COLLECTOR_TEXT_STORY_H
#define COLLECTOR_TEXT_STORY_H

#include "collector/notify/text.h"

/* "32 °C in about 1.4 min", "32 °C is reached"; "" if it is not being approached. */
void story_left(char *dst, size_t size, const struct zone_air *air, enum lang l);
/* Whether the cause is a cooling unit that stopped: then that is what is said, whatever the rule is
 * called. */
bool story_is_stopped_unit(const struct text_facts *f);
/* How many further alerts there are that do not follow from the cause. */
unsigned text_others(const struct text_facts *f);
/* "+1.6 °C/min". */
void story_rate(char *dst, size_t size, double rate, enum lang l);

#endif
