/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text_facts: the tables of a mail about an incident. */
#ifndef COLLECTOR_TEXT_FACTS_H
#define COLLECTOR_TEXT_FACTS_H

#include <stdbool.h>

#include "collector/notify/text.h"

struct doc;

/* Whether the mail is about an incident's end. */
bool text_is_end(const struct text_facts *f);
/* When it all began: the incident opens only when its first alert has held long enough. */
int64_t text_began(const struct text_facts *f);
/* How bad it is: now, or at the end the worst that it was. */
enum wire_severity text_now(const struct text_facts *f);
/* Whether the value is fine again, but not for long enough: then the worst one says what was
 * wrong. */
bool text_is_past(const struct alert *a);
void text_put_facts(struct doc *d, const struct text_facts *f);
/* The zone's air with the countdown, beside its UPS and cooling units; nothing if none is known. */
void text_put_room(struct doc *d, const struct text_facts *f);

#endif
