/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A handler reads the form, has the engine or the silences do it, and hands a ticket to the
 * history, which answers when it is durable: who reads "done" may pull the plug. */
#include "collector/web/api/acts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/history.h"
#include "collector/alert/silence.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/api/form.h"
#include "collector/web/api/member.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define MAX_PREVIEW 200
#define WHAT_MAX (4 * SILENCE_MAX_PATTERN + 80)
#define DAY_MS INT64_C(86400000)

/* Who waits for the disk. */
struct act {
	struct ticket *ticket;
	bool api;
	char back[256]; /* where a page goes on */
	char cookie[REQUEST_MAX_AUTHOR + 128];
	struct buf answer;
};

/* It is on disk, or cannot be put there now. */
static void
stored(void *arg, bool ok)
{
	struct act *a = arg;

	if (!ok)
		ticket_error(a->ticket, 503, "not-stored",
		    "it holds for now, but cannot be written to disk; see the collector's log");
	else if (a->api)
		ticket_answer(a->ticket, 200, REPLY_JSON, a->answer.data, a->answer.len);
	else
		ticket_redirect(a->ticket, a->back, a->cookie);
	buf_free(&a->answer);
	free(a);
}

/* Who acted is filled into the next form. */
static void
remember(const struct collector *c, const struct request *rq, char *cookie, size_t size)
{
	const char *url = c->conf->web.url, *author = request_param(rq, "author");
	struct buf b = { 0 };

	cookie[0] = '\0';
	if (author == NULL)
		return;
	html_query(&b, author);
	if (b.len <= REQUEST_MAX_AUTHOR)
		snprintf(cookie, size,
		    REQUEST_AUTHOR "=%.*s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict%s",
		    (int)b.len, (const char *)b.data,
		    url != NULL && strncmp(url, "https:", 6) == 0 ? "; Secure" : "");
	buf_free(&b);
}

/* Answers when all that was done is durable; the reply's body is what the API says then. */
static int
answer_later(
    const struct collector *c, const struct request *rq, struct reply *re, const char *back)
{
	struct act *a = xcalloc(1, sizeof *a);

	a->api = re->api;
	a->answer = re->body;
	re->body = (struct buf){ 0 };
	const char *wish = request_param(rq, "back");
	if (wish == NULL || !page_is_local(wish) || str_copy(a->back, sizeof a->back, wish) == -1)
		(void)str_copy(a->back, sizeof a->back, back);
	remember(c, rq, a->cookie, sizeof a->cookie);
	a->ticket = ticket_take(re);
	history_sync(c->history, 0, stored, a);
	return REPLY_LATER;
}

/* What the API answers to an act that is done. */
static void
put_done(struct reply *re, const char *what, uint64_t id)
{
	struct json j = member_begin(re);
	json_text(&j, "done", what);
	json_uint(&j, "id", id);
	json_end(&j);
}

int
acts_later(const struct collector *c, const struct request *rq, struct reply *re, const char *done,
    uint64_t id, const char *back)
{
	put_done(re, done, id);
	return answer_later(c, rq, re, back);
}

/* Acknowledges an incident, or an alert of it. */
static int
acknowledge(const struct collector *c, const struct request *rq, struct reply *re, bool incident)
{
	const char *comment;
	int64_t for_ms;
	uint64_t id;
	struct ack ack = { .at_ms = rq->wall_ms };
	char back[64] = "/incidents", what[32] = "";
	struct err e;
	int status = form_id(rq, re, &id);

	if (status == 200)
		status = form_author(rq, re, ack.author);
	if (status == 200)
		status = form_text(rq, re, "comment", sizeof ack.comment - 1, false, &comment);
	if (status == 200)
		status = form_for(rq, re, &for_ms);
	if (status != 200)
		return status;
	(void)str_copy(ack.comment, sizeof ack.comment, comment);
	str_straighten(ack.comment);
	ack.until_ms = for_ms != 0 ? rq->wall_ms + for_ms : 0;
	if (engine_acknowledge(c->engine, incident ? id : 0, incident ? 0 : id, &ack, ack.author,
		rq->steady_ms, &e) == -1)
		return reply_error(re, 409, "not-open", "%s", e.msg);
	if (incident)
		snprintf(back, sizeof back, "/incident/%llu", (unsigned long long)id);
	else
		snprintf(what, sizeof what, "alert %llu", (unsigned long long)id);
	history_act(c->history, rq->wall_ms, ack.author, "acknowledge", incident ? id : 0, what,
	    ack.comment);
	put_done(re, "acknowledged", id);
	return answer_later(c, rq, re, back);
}

int
acts_acknowledge(const struct collector *c, const struct request *rq, struct reply *re)
{
	return acknowledge(c, rq, re, true);
}

int
acts_acknowledge_alert(const struct collector *c, const struct request *rq, struct reply *re)
{
	return acknowledge(c, rq, re, false);
}

int
acts_unacknowledge(const struct collector *c, const struct request *rq, struct reply *re)
{
	char author[ALERT_MAX_AUTHOR];
	uint64_t id;
	char back[64];
	struct err e;
	int status = form_id(rq, re, &id);

	if (status == 200)
		status = form_author(rq, re, author);
	if (status != 200)
		return status;
	if (engine_acknowledge(c->engine, id, 0, NULL, author, rq->steady_ms, &e) == -1)
		return reply_error(re, 409, "not-open", "%s", e.msg);
	snprintf(back, sizeof back, "/incident/%llu", (unsigned long long)id);
	history_act(c->history, rq->wall_ms, author, "unacknowledge", id, "", "");
	put_done(re, "unacknowledged", id);
	return answer_later(c, rq, re, back);
}

int
acts_comment(const struct collector *c, const struct request *rq, struct reply *re)
{
	char author[ALERT_MAX_AUTHOR];
	const char *comment;
	uint64_t id;
	char back[64];
	int status = form_id(rq, re, &id);

	if (status == 200)
		status = form_author(rq, re, author);
	if (status == 200)
		status = form_text(rq, re, "comment", 1000, true, &comment);
	if (status != 200)
		return status;
	if (engine_incident(c->engine, id) == NULL)
		return reply_error(re, 404, "no-such-incident",
		    "there is no incident %llu among those open or closed lately",
		    (unsigned long long)id);
	char *text = xstrdup(comment);
	str_straighten(text);
	history_act(c->history, rq->wall_ms, author, "comment", id, "", text);
	free(text);
	snprintf(back, sizeof back, "/incident/%llu", (unsigned long long)id);
	put_done(re, "commented", id);
	return answer_later(c, rq, re, back);
}

/* --- silences -------------------------------------------------------------------------------- */

/* The matcher of the form. */
static int
read_match(
    const struct collector *c, const struct request *rq, struct reply *re, struct silence_match *m)
{
	static const char *const names[] = { "zone", "node", "source", "rule" };
	char *const into[] = { m->zone, m->node, m->source, m->rule };
	const char *text;
	struct err e;

	for (size_t i = 0; i < 4; i++) {
		int status = form_text(rq, re, names[i], SILENCE_MAX_PATTERN - 1, false, &text);
		if (status != 200)
			return status;
		(void)str_copy(into[i], SILENCE_MAX_PATTERN, text);
	}
	if (silence_judge_zone(m, c->site, &e) == -1)
		return reply_error(re, 400, "bad-parameter", "%s", e.msg);
	return 200;
}

/* When it holds. */
static int
read_span(const struct request *rq, struct reply *re, struct silence *s)
{
	const char *window = request_param(rq, "window");
	int64_t for_ms;
	struct err e;
	int status = form_for(rq, re, &for_ms);

	if (status == 200)
		status = form_moment(rq, re, "starts", &s->starts_ms);
	if (status == 200)
		status = form_moment(rq, re, "until", &s->ends_ms);
	if (status != 200)
		return status;
	if (s->starts_ms == 0)
		s->starts_ms = rq->wall_ms;
	if (for_ms != 0)
		s->ends_ms = s->starts_ms + for_ms;
	if (window != NULL && *window != '\0' && silence_parse_window(window, s, &e) == -1)
		return reply_error(re, 400, "bad-parameter", "window=: %s", e.msg);
	/* One that comes again has an end, too: somebody must still want it after a year. */
	if (s->days != 0 && s->ends_ms == 0)
		s->ends_ms = s->starts_ms + SILENCE_MAX_MS;
	return 200;
}

/* A silence as it is asked for; nothing is done yet. */
static int
read_silence(
    const struct collector *c, const struct request *rq, struct reply *re, struct silence *s)
{
	const char *reason, *kind = request_param(rq, "kind");
	int word = kind == NULL || *kind == '\0' ? SILENCE_SILENCE : silence_kind_of(kind);

	if (word == -1)
		return reply_error(
		    re, 400, "bad-parameter", "kind= is silence, maintenance or out-of-service");
	s->kind = (enum silence_kind)word;
	int status = read_match(c, rq, re, &s->match);
	if (status == 200)
		status = form_author(rq, re, s->author);
	if (status == 200)
		status = form_text(rq, re, "reason", sizeof s->reason - 1, true, &reason);
	if (status != 200)
		return status;
	(void)str_copy(s->reason, sizeof s->reason, reason);
	str_straighten(s->reason);
	return read_span(rq, re, s);
}

/* Which one it is, for the audit: "silence 3: zone B rule disk-*". */
static void
describe(char *dst, size_t size, const struct silence *s)
{
	const char *const words[] = { "zone", "node", "source", "rule" };
	const char *const patterns[] = { s->match.zone, s->match.node, s->match.source,
		s->match.rule };
	size_t used;

	snprintf(dst, size, "%s %llu:", silence_word(s->kind), (unsigned long long)s->id);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		used = strlen(dst);
		if (patterns[i][0] != '\0')
			snprintf(dst + used, size - used, " %s %s", words[i], patterns[i]);
	}
}

int
acts_silence(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct silence want = { 0 };
	const struct silence *added;
	char what[WHAT_MAX];
	struct err e;
	int status = read_silence(c, rq, re, &want);

	if (status != 200)
		return status;
	if (silences_add(c->silences, &want, rq->wall_ms, &added, &e) == -1)
		return reply_error(re, 400, "bad-parameter", "%s", e.msg);
	history_silence(c->history, added);
	describe(what, sizeof what, added);
	history_act(c->history, rq->wall_ms, added->author, "silence", 0, what, added->reason);
	put_done(re, "silenced", added->id);
	return answer_later(c, rq, re, "/silences");
}

int
acts_silence_end(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct silence *ended;
	char author[ALERT_MAX_AUTHOR];
	char what[WHAT_MAX];
	uint64_t id;
	struct err e;
	int status = form_id(rq, re, &id);

	if (status == 200)
		status = form_author(rq, re, author);
	if (status != 200)
		return status;
	if (silences_end(c->silences, id, author, rq->wall_ms, &ended, &e) == -1)
		return reply_error(re, 409, "not-open", "%s", e.msg);
	history_silence(c->history, ended);
	describe(what, sizeof what, ended);
	history_act(c->history, rq->wall_ms, author, "silence-end", 0, what, ended->reason);
	put_done(re, "ended", id);
	return answer_later(c, rq, re, "/silences");
}

int
acts_silence_extend(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct silence *s;
	char author[ALERT_MAX_AUTHOR], what[WHAT_MAX];
	int64_t for_ms = 0;
	uint64_t id;
	struct err e;
	int status = form_id(rq, re, &id);

	if (status == 200)
		status = form_author(rq, re, author);
	if (status == 200)
		status = form_for(rq, re, &for_ms);
	if (status != 200)
		return status;
	if (for_ms == 0)
		return reply_error(re, 400, "bad-parameter", "for= is missing");
	s = silences_find(c->silences, id);
	int64_t from_ms = s != NULL && s->ends_ms > rq->wall_ms ? s->ends_ms : rq->wall_ms;
	if (silences_extend(c->silences, id, from_ms + for_ms, rq->wall_ms, &s, &e) == -1)
		return reply_error(re, 409, "not-open", "%s", e.msg);
	history_silence(c->history, s);
	describe(what, sizeof what, s);
	history_act(c->history, rq->wall_ms, author, "silence-extend", 0, what, s->reason);
	put_done(re, "extended", id);
	return answer_later(c, rq, re, "/silences");
}

/* One silence. */
static void
put_silence(struct json *j, const struct silence *s, int64_t now_ms)
{
	char window[96] = "";

	json_object(j, NULL);
	json_uint(j, "id", s->id);
	json_text(j, "kind", silence_word(s->kind));
	json_flag(j, "active", silence_is_active(s, now_ms));
	json_text(j, "zone", s->match.zone[0] != '\0' ? s->match.zone : NULL);
	json_text(j, "node", s->match.node[0] != '\0' ? s->match.node : NULL);
	json_text(j, "source", s->match.source[0] != '\0' ? s->match.source : NULL);
	json_text(j, "rule", s->match.rule[0] != '\0' ? s->match.rule : NULL);
	json_text(j, "author", s->author);
	json_text(j, "reason", s->reason);
	member_moment(j, "created_ms", s->created_ms);
	member_moment(j, "starts_ms", s->starts_ms);
	member_moment(j, "ends_ms", s->ends_ms);
	member_moment(j, "next_ms", silence_next_ms(s, now_ms));
	if (s->days != 0)
		silence_print_window(window, sizeof window, s);
	json_text(j, "window", s->days != 0 ? window : NULL);
	json_text(j, "ended_by", s->ended_by[0] != '\0' ? s->ended_by : NULL);
	json_end(j);
}

int
acts_silences(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct json j = member_begin(re);

	json_array(&j, "silences");
	for (size_t i = 0; i < silences_count(c->silences); i++)
		put_silence(&j, silences_at(c->silences, i), rq->wall_ms);
	json_end(&j);
	json_end(&j);
	return 200;
}

int
acts_silence_preview(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct node *nodes[MAX_PREVIEW];
	struct silence_match m = { 0 };
	int status = read_match(c, rq, re, &m);

	if (status != 200)
		return status;
	size_t n = silence_preview(&m, c->site, nodes, MAX_PREVIEW);
	struct json j = member_begin(re);
	json_uint(&j, "total", n);
	json_array(&j, "nodes");
	for (size_t i = 0; i < n && i < MAX_PREVIEW; i++)
		json_text(&j, NULL, nodes[i]->name);
	json_end(&j);
	json_array(&j, "alerts");
	for (size_t i = 0; i < engine_nalerts(c->engine); i++) {
		const struct alert *a = engine_alert_at(c->engine, i);
		if (a->state >= ALERT_RESOLVED ||
		    !silence_matches(&m, a->zone, a->node, a->series, a->rule))
			continue;
		json_object(&j, NULL);
		json_uint(&j, "id", a->id);
		json_text(&j, "zone", a->zone);
		json_text(&j, "node", a->node[0] != '\0' ? a->node : NULL);
		json_text(&j, "rule", a->rule);
		json_text(&j, "title", a->title);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	return 200;
}

/* --- the past -------------------------------------------------------------------------------- */

/* The history's thread has read. */
static void
asked(void *arg, const char *json, size_t n, const char *why)
{
	if (json != NULL)
		ticket_answer(arg, 200, REPLY_JSON, json, n);
	else if (why != NULL && strcmp(why, "there is no such incident") == 0)
		ticket_error(arg, 404, "no-such-incident", why);
	else
		ticket_error(arg, 503, "no-answer", why != NULL ? why : "no reason given");
}

int
acts_ask(const struct collector *c, const struct request *rq, struct reply *re,
    struct history_ask *q, int64_t back_ms)
{
	const char *limit = request_param(rq, "limit");
	int64_t to_ms;
	uint64_t n;
	int status = form_moment(rq, re, "from", &q->from_ms);

	if (status == 200)
		status = form_moment(rq, re, "to", &to_ms);
	if (status != 200)
		return status;
	if (limit != NULL && str_to_u64(limit, 1, 10000, &n) == -1)
		return reply_error(re, 400, "bad-parameter", "limit= is no number from 1 to 10000");
	if (limit != NULL)
		q->limit = (unsigned)n;
	if (to_ms != 0 || q->to_ms == 0)
		q->to_ms = to_ms != 0 ? to_ms : rq->wall_ms;
	if (q->from_ms == 0)
		q->from_ms = q->to_ms - back_ms;
	if (q->from_ms >= q->to_ms)
		return reply_error(re, 400, "bad-parameter", "from= is not before to=");
	history_ask(c->history, q, asked, ticket_take(re));
	return REPLY_LATER;
}

/* Asks for something of a zone or of all. */
static int
ask(const struct collector *c, const struct request *rq, struct reply *re, const char *what,
    int64_t back_ms)
{
	struct history_ask q = { .what = what, .zone = request_param(rq, "zone"), .limit = 500 };

	return acts_ask(c, rq, re, &q, back_ms);
}

int
acts_incident(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct history_ask q = { .what = "incident", .limit = 500 };
	int status = form_id(rq, re, &q.id);

	if (status != 200)
		return status;
	history_ask(c->history, &q, asked, ticket_take(re));
	return REPLY_LATER;
}

int
acts_past(const struct collector *c, const struct request *rq, struct reply *re)
{
	return ask(c, rq, re, "incidents", 31 * DAY_MS);
}

int
acts_ledger(const struct collector *c, const struct request *rq, struct reply *re)
{
	return ask(c, rq, re, "ledger", 7 * DAY_MS);
}

int
acts_audit(const struct collector *c, const struct request *rq, struct reply *re)
{
	return ask(c, rq, re, "acts", 31 * DAY_MS);
}

int
acts_stats(const struct collector *c, const struct request *rq, struct reply *re)
{
	return ask(c, rq, re, "stats", 31 * DAY_MS);
}
