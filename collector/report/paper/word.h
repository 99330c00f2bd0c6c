/* SPDX-License-Identifier: GPL-3.0-or-later */
/* word: numbers, times and lengths of time as words of a sentence in the document's language, as
 * cells have them (doc_cell.c). They are values: doc_paragraphf(d, "...%s", word_percent(d, v,
 * 2).s). What is not known is "no data". */
#ifndef COLLECTOR_WORD_H
#define COLLECTOR_WORD_H

#include <stdint.h>

#include "collector/report/paper/doc.h"

struct word {
	char s[96];
};

struct word word_number(const struct doc *d, double v, int decimals);
/* v: 0-100. */
struct word word_percent(const struct doc *d, double v, int decimals);
/* "31.4 °C", "1.2 kW": with so many decimals, in this unit (zw/units.h). */
struct word word_quantity(const struct doc *d, double v, int decimals, const char *unit);
/* "3 h 20 min". */
struct word word_duration(const struct doc *d, double seconds);
/* "12.10.2026", "12.10.2026 14:05", as cells have them. */
struct word word_date(const struct doc *d, int64_t s);
struct word word_time(const struct doc *d, int64_t s);

#endif
