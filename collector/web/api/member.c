/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How moments, ages and counts look in every answer of the API. */
#include "collector/web/api/member.h"

struct json
member_begin(struct reply *re)
{
	re->type = REPLY_JSON;
	struct json j = json_over(&re->body);
	json_object(&j, NULL);
	return j;
}

void
member_age(struct json *j, const char *key, int64_t then_ms, int64_t now_ms)
{
	if (then_ms == 0)
		json_null(j, key);
	else
		json_number(j, key, (double)(now_ms > then_ms ? now_ms - then_ms : 0) / 1000);
}

void
member_moment(struct json *j, const char *key, int64_t ms)
{
	if (ms == 0)
		json_null(j, key);
	else
		json_int(j, key, ms);
}

void
member_state(struct json *j, const struct series *se, unsigned i, double value)
{
	struct metric_state st;
	if (se->fields[i].kind != FIELD_STATE)
		return;
	bool told = site_state(se, i, value, &st);
	json_text(j, "state", told && st.text[0] != '\0' ? st.text : NULL);
	json_text(j, "severity", told ? metric_severity_name(st.severity) : NULL);
}

void
member_counts(struct json *j, const char *key, const struct view_counts *counts)
{
	json_object(j, key);
	json_uint(j, "total", counts->total);
	for (int s = 0; s < VIEW_NSTATES; s++)
		json_uint(j, view_word((enum view_state)s), counts->by[s]);
	json_end(j);
}
