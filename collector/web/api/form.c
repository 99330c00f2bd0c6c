/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is read here is bounded and judged before anything is done with it. */
#include "collector/web/api/form.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "zw/str.h"

#define MAX_FOR_MS (366 * INT64_C(86400000))

int
form_text(const struct request *rq, struct reply *re, const char *name, size_t max, bool required,
    const char **out)
{
	const char *text = request_param(rq, name);

	*out = text != NULL ? text : "";
	if (required && (*out)[strspn(*out, " ")] == '\0')
		return reply_error(re, 400, "bad-parameter", "%s= is missing", name);
	if (strlen(*out) > max)
		return reply_error(
		    re, 400, "bad-parameter", "%s= is longer than %zu bytes", name, max);
	if (!str_is_text(*out, strlen(*out)))
		return reply_error(re, 400, "bad-parameter", "%s= is not one line of UTF-8", name);
	return 200;
}

int
form_author(const struct request *rq, struct reply *re, char into[ALERT_MAX_AUTHOR])
{
	const char *author = rq->who->name;
	int status = 200;

	if (*author == '\0') /* the nameless token: who holds it says who it is */
		status = form_text(rq, re, "author", ALERT_MAX_AUTHOR - 1, true, &author);

	if (status != 200)
		return status;
	(void)str_copy(into, ALERT_MAX_AUTHOR, author);
	str_straighten(into);
	return 200;
}

int
form_for(const struct request *rq, struct reply *re, int64_t *out_ms)
{
	const char *text = request_param(rq, "for");

	*out_ms = 0;
	if (text == NULL || *text == '\0')
		return 200;
	if (str_to_duration(text, out_ms) == -1 || *out_ms <= 0 || *out_ms > MAX_FOR_MS)
		return reply_error(re, 400, "bad-parameter",
		    "for= is no duration up to 366d, such as 30min or 2h");
	return 200;
}

int
form_id(const struct request *rq, struct reply *re, uint64_t *id)
{
	if (rq->name == NULL || str_to_u64(rq->name, 1, UINT64_MAX, id) == -1)
		return reply_error(re, 404, "no-such-number", "that is no number");
	return 200;
}

/* Local time as a browser's field has it, "2026-11-22T14:00"; 0: it is none. */
static int64_t
local_moment(const char *text)
{
	struct tm tm = { .tm_isdst = -1 };
	int end = 0;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
		&tm.tm_min, &end) != 5 ||
	    text[end] != '\0' || tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 ||
	    tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 24 ||
	    tm.tm_min < 0 || tm.tm_min > 59)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	time_t t = mktime(&tm);
	return t > 0 ? (int64_t)t : 0;
}

int
form_date(const struct request *rq, struct reply *re, const char *name, int64_t *out_ms)
{
	const char *text = request_param(rq, name);
	char moment[32];
	int64_t s = 0;

	*out_ms = 0;
	if (text == NULL || *text == '\0')
		return 200;
	if (str_format(moment, sizeof moment, "%sT00:00", text) == 0)
		s = local_moment(moment);
	if (s == 0)
		return reply_error(re, 400, "bad-parameter", "%s= is no day as YYYY-MM-DD", name);
	*out_ms = s * 1000;
	return 200;
}

int
form_moment(const struct request *rq, struct reply *re, const char *name, int64_t *out_ms)
{
	const char *text = request_param(rq, name);
	int64_t s = 0;

	*out_ms = 0;
	if (text == NULL || *text == '\0')
		return 200;
	if (str_to_i64(text, 1, INT64_C(4102444800), &s) == -1)
		s = local_moment(text);
	if (s == 0)
		return reply_error(re, 400, "bad-parameter",
		    "%s= is no time in seconds since 1970, and no local YYYY-MM-DDTHH:MM", name);
	*out_ms = s * 1000;
	return 200;
}
