/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text_reason: an alert in the words of a language: what it is called, its value, its reason, who
 * it is about. Each writes "" where there is nothing to say. */
#ifndef COLLECTOR_TEXT_REASON_H
#define COLLECTOR_TEXT_REASON_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/alert/alert.h"
#include "zw/lang.h"

struct node;
struct zone;

/* "above 32 °C", "output source: on battery": by the parts of its reason, else as it stands. */
void text_reason(char *dst, size_t size, const struct alert *a, enum lang l);
/* Whether the title says the reason already, as that of a combination does: each of its conditions
 * is named by it. */
bool text_is_titled(const struct alert *a);
/* The reason as it stands behind the title: "" if that says it. */
void text_beside(char *dst, size_t size, const struct alert *a, enum lang l);
/* Whether its value is a mere yes or no, of which the title says all. */
bool text_is_flag(const struct alert *a);
/* "33.4 °C", "on battery". */
void text_value(char *dst, size_t size, const struct alert *a, enum lang l);
/* The same where it stands beside the reason: not what the reason says already, nor of what was but
 * a moment ago and is not now. */
void text_present(char *dst, size_t size, const struct alert *a, enum lang l);
/* Whether it is over: the others of its incident still fire. */
bool text_is_over(const struct alert *a);
/* "comes and goes; held until it is steady for 10 min", or "". */
const char *text_unsteady(const struct alert *a, enum lang l);
/* What its rule is called. */
const char *text_title(const struct alert *a, enum lang l);
/* "srv17", "srv17 (root)", "zone average", "rack B2". */
void text_who(char *dst, size_t size, const struct alert *a, enum lang l);
/* "Critical: Inlet air too warm – srv18 33 °C, above 32 °C". */
void text_alert(char *dst, size_t size, const struct alert *a, enum lang l);
/* "KRİTİK", as in a subject. */
const char *text_tag(enum wire_severity s, enum lang l);
/* "Critical", within a sentence or a table. */
const char *text_grade(enum wire_severity s, enum lang l);
/* "Zone B" of one that is called so or has only a name, else its title; NULL: the site's. */
void text_zone(char *dst, size_t size, const struct zone *z, const char *site, enum lang l);
/* A node as people call it: its title, else its name. */
const char *text_node(const struct node *n);
/* A word of a device's own (a state, a field), if the language knows it; else itself. */
const char *text_word(const char *word, enum lang l);

#endif
