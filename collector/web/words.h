/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words: which words of a question a text has, and which the fields of a series have, by folded
 * letters (zw/fold.h). Series mostly have the fields of many others: these are looked at once. */
#ifndef COLLECTOR_WEB_WORDS_H
#define COLLECTOR_WEB_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "collector/site/site.h"

#define WORDS_MAX 8
#define WORDS_MAX_TEXT 128 /* of a question, in bytes */
#define WORDS_KNOWN 64	   /* series whose fields are remembered */

/* Words of the fields of a series. */
struct words_fields {
	const struct series *se; /* NULL: none yet */
	unsigned any;
	uint8_t bits[METRIC_MAX_FIELDS];
};

struct words {
	char whole[WORDS_MAX_TEXT]; /* folded, without blanks at its ends */
	char text[WORDS_MAX_TEXT];
	const char *v[WORDS_MAX]; /* within text */
	size_t n;
	unsigned all; /* a bit for each word */
	struct words_fields known[WORDS_KNOWN];
};

/* Takes a question apart at these characters; what goes beyond the bounds is left out. */
void words_split(struct words *w, const char *question, const char *between);
/* Bits of the wanted words that a text has. */
unsigned words_in(const struct words *w, const char *text, unsigned wanted);
/* Those that the name or label of each field of a series has; good until the next call. */
const struct words_fields *words_of_fields(struct words *w, const struct series *se);

#endif
