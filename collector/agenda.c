/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was made last says what comes next, so neither a restart nor a clock that goes back makes a
 * report twice, and one that was missed comes late. */
#include "collector/agenda.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S INT64_C(86400)

int
agenda_at(const char *text, unsigned *minutes, struct err *e)
{
	unsigned hour, minute;
	int end = 0;

	if (text == NULL || sscanf(text, "%2u:%2u%n", &hour, &minute, &end) != 2 || end != 5 ||
	    text[end] != '\0' || hour > 23 || minute > 59 || !isdigit((unsigned char)text[0]) ||
	    !isdigit((unsigned char)text[3]))
		return err_set(
		    e, "\"%s\" is no time of day, such as \"06:00\"", text != NULL ? text : "");
	*minutes = hour * 60 + minute;
	return 0;
}

struct period
agenda_after(const struct period *p)
{
	/* Within the second period after this one, whose end is then the last before. */
	int64_t days = p->kind == PERIOD_MONTH ? 32 : 8;

	return period_last(p->kind, p->to_s + days * DAY_S);
}

int64_t
agenda_when(const struct period *p, unsigned at_min)
{
	time_t end = (time_t)p->to_s;
	struct tm tm = { 0 };

	localtime_r(&end, &tm);
	tm.tm_hour = (int)(at_min / 60);
	tm.tm_min = (int)(at_min % 60);
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm);
}

bool
agenda_due(const struct period *made, unsigned at_min, int64_t now_s, struct period *due)
{
	int64_t late_s = (made->kind == PERIOD_MONTH ? 366 : 57) * DAY_S;

	*due = agenda_after(made);
	while (due->to_s > made->to_s && agenda_when(due, at_min) < now_s - late_s) {
		struct period next = agenda_after(due);
		if (next.to_s <= due->to_s)
			return false;
		*due = next;
	}
	return due->to_s > made->to_s && agenda_when(due, at_min) <= now_s;
}
