/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_status: lists of codes, read each time: they are a few bytes long. */
#include <stddef.h>

#include "agent/gateway/probe_status.h"

/* Three digits; moves past them. */
static int
code_read(const char **p)
{
	int code = 0;

	for (int i = 0; i < 3; i++) {
		char c = (*p)[i];
		if (c < '0' || c > '9')
			return -1;
		code = code * 10 + (c - '0');
	}
	*p += 3;
	return code >= 100 ? code : -1;
}

/* One code or range; moves past it. */
static int
range_read(const char **p, int *from, int *to)
{
	*from = *to = code_read(p);
	if (*from != -1 && **p == '-') {
		++*p;
		*to = code_read(p);
	}
	return *from != -1 && *to >= *from ? 0 : -1;
}

/* Ranges, with bars between. */
bool
probe_status_is_list(const char *list)
{
	int from, to;

	for (const char *p = list; range_read(&p, &from, &to) == 0; p++) {
		if (*p == '\0')
			return true;
		if (*p != '|')
			return false;
	}
	return false;
}

/* Up to the first that has it. */
bool
probe_status_has(const char *list, long code)
{
	int from, to;

	for (const char *p = list; range_read(&p, &from, &to) == 0; p++) {
		if (code >= from && code <= to)
			return true;
		if (*p != '|')
			return false;
	}
	return false;
}
