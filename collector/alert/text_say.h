/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text_say: sentences put together in strings of a fixed size. */
#ifndef COLLECTOR_TEXT_SAY_H
#define COLLECTOR_TEXT_SAY_H

#include <stddef.h>

/* Write, or append, a text; one that has no room is cut between two characters. */
void text_say(char *dst, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void text_add(char *dst, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
