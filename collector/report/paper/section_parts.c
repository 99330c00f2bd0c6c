/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/report/paper/section_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/figures/figures.h"
#include "collector/report/paper/doc.h"
#include "collector/site/site.h"

const char *
section_zone(const struct doc *d, const struct zone *z)
{
	return z != NULL ? z->title : doc_text(d, N_("Site"));
}

const void *
section_same(const void *rows, size_t n, size_t bytes, size_t at, const void *of)
{
	const char *row = rows;

	for (size_t i = 0; i < n; i++, row += bytes) {
		const void *is;
		memcpy(&is, row + at, sizeof is);
		if (is == of)
			return row;
	}
	return NULL;
}

double
section_share(double part_s, double total_s)
{
	return total_s > 0 ? 100 * part_s / total_s : NAN;
}

void
section_list(char *dst, size_t size, const char *name)
{
	static const char more[] = ", …";
	size_t n = strlen(dst), end = sizeof more - 1;

	if (n >= end && strcmp(dst + n - end, more) == 0)
		return;
	if (n + strlen(name) + 2 + sizeof more > size)
		(void)snprintf(dst + n, size - n, "%s", more);
	else
		(void)snprintf(dst + n, size - n, "%s%s", n > 0 ? ", " : "", name);
}
