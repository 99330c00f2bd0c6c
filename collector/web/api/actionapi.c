/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Actions are judged by alert/actions.c, stored by the history, and read from it. */
#include "collector/web/api/actionapi.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/actions.h"
#include "collector/alert/history.h"
#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/api/acts.h"
#include "collector/web/api/form.h"
#include "zw/str.h"

/* Closed ones stay in the list for so long, unless from= says otherwise. */
#define BACK_MS (31 * INT64_C(86400000))
#define MAX_LIST 2000

const struct route_param actionapi_list_params[] = {
	{ "from", "time", "Those open at some time since; default: 31 days ago.", false },
	{ "to", "time", "Until then; default: now.", false },
	{ "zone", "text", "Only of this zone.", false },
	{ NULL, NULL, NULL, false },
};

const struct route_param actionapi_add_params[] = {
	{ "text", "text", "What is to be done.", true },
	{ "owner", "text", "Who sees to it.", false },
	{ "due", "date", "Until when: 2026-12-15.", false },
	{ "zone", "text", "Which zone it is about; default: the site.", false },
	{ "advice", "text", "The report's recommendation that it follows.", false },
	{ "author", "text", "Who decides it.", true },
	{ NULL, NULL, NULL, false },
};

const struct route_param actionapi_close_params[] = {
	{ "author", "text", "Who says that it is done.", true },
	{ "note", "text", "What came of it.", false },
	{ NULL, NULL, NULL, false },
};

int
actionapi_list(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct history_ask q = {
		.what = "actions",
		.zone = request_param(rq, "zone"),
		.to_ms = rq->wall_ms + 1, /* those decided just now, too */
		.limit = MAX_LIST,
	};

	return acts_ask(c, rq, re, &q, BACK_MS);
}

/* The texts of an action. */
static int
read_texts(const struct request *rq, struct reply *re, struct action *a)
{
	const struct {
		const char *name;
		char *into;
		size_t size;
		bool required;
	} texts[] = {
		{ "text", a->text, sizeof a->text, true },
		{ "owner", a->owner, sizeof a->owner, false },
		{ "zone", a->zone, sizeof a->zone, false },
		{ "advice", a->advice, sizeof a->advice, false },
	};
	const char *text;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		int status =
		    form_text(rq, re, texts[i].name, texts[i].size - 1, texts[i].required, &text);
		if (status != 200)
			return status;
		(void)str_copy(texts[i].into, texts[i].size, text);
	}
	return form_author(rq, re, a->made_by);
}

int
actionapi_add(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct action want = { 0 };
	const struct action *added;
	char what[64];
	struct err e;
	int status = read_texts(rq, re, &want);

	if (status == 200)
		status = form_date(rq, re, "due", &want.due_ms);
	if (status != 200)
		return status;
	if (strcmp(want.zone, "site") == 0)
		want.zone[0] = '\0';
	if (want.zone[0] != '\0' && site_zone(c->site, want.zone) == NULL)
		return reply_error(re, 400, "bad-parameter", "there is no zone %s", want.zone);
	if (actions_add(c->actions, &want, rq->wall_ms, &added, &e) == -1)
		return reply_error(re, 400, "bad-parameter", "%s", e.msg);
	history_action(c->history, added);
	snprintf(what, sizeof what, "action %" PRIu64, added->id);
	history_act(c->history, rq->wall_ms, added->made_by, "action", 0, what, added->text);
	return acts_later(c, rq, re, "added", added->id, "/reports");
}

int
actionapi_close(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct action *closed;
	char author[ALERT_MAX_AUTHOR], what[64];
	const char *note;
	uint64_t id;
	struct err e;
	int status = form_id(rq, re, &id);

	if (status == 200)
		status = form_author(rq, re, author);
	if (status == 200)
		status = form_text(rq, re, "note", ACTION_MAX_TEXT - 1, false, &note);
	if (status != 200)
		return status;
	if (actions_close(c->actions, id, author, note, rq->wall_ms, &closed, &e) == -1)
		return reply_error(re, 409, "not-open", "%s", e.msg);
	history_action(c->history, closed);
	snprintf(what, sizeof what, "action %" PRIu64, id);
	history_act(c->history, rq->wall_ms, author, "action-close", 0, what,
	    closed->note[0] != '\0' ? closed->note : closed->text);
	return acts_later(c, rq, re, "closed", id, "/reports");
}
