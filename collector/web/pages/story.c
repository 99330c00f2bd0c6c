/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the request said is copied, the history's thread reads, and its answer becomes a page in the
 * loop. When the collector ends meanwhile, the history says so before anything that a page shows is
 * gone, and no page is made. */
#include "collector/web/pages/story.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* A page on its way. */
struct pending {
	const struct collector *c;
	struct ticket *ticket;
	struct request rq;
	struct who who;
	json_t *root; /* what the history said; NULL: nothing that can be read */
	void (*put)(struct reply *re, const struct story *s);
	int (*missing)(struct reply *re, const struct story *s);
};

/* Writes the page and sends it. */
static void
finish(struct pending *p, const json_t *root)
{
	struct reply re = { .type = REPLY_HTML, .lang = p->rq.lang };
	struct story s = { .c = p->c, .rq = &p->rq, .root = root };
	int status = 200;

	if (root != NULL)
		p->put(&re, &s);
	else
		status = p->missing(&re, &s);
	ticket_answer(p->ticket, status, re.type, re.body.data, re.body.len);
	buf_free(&re.body);
}

/* In the history's thread: takes the answer apart. */
static void
digest(void *arg, const char *text, size_t n)
{
	struct pending *p = arg;

	p->root = json_loadb(text, n, 0, NULL);
}

/* The history has read, or could not. */
static void
answered(void *arg, const char *text, size_t n, const char *why)
{
	struct pending *p = arg;
	(void)n;
	json_t *root = text != NULL ? p->root : NULL;
	bool gone = why != NULL && strcmp(why, "there is no such incident") == 0;

	if (root != NULL || (gone && p->missing != NULL))
		finish(p, root);
	else if (gone)
		ticket_error(p->ticket, 404, "no-such-incident",
		    lang_text(p->rq.lang, "There is no such incident."));
	else
		ticket_error(p->ticket, 503, "no-answer",
		    lang_text(p->rq.lang, "The history does not answer now. Try again."));
	json_decref(p->root);
	free(p);
}

int
story_ask(const struct collector *c, const struct request *rq, struct reply *re,
    const struct history_ask *ask, void (*put)(struct reply *re, const struct story *s),
    int (*missing)(struct reply *re, const struct story *s))
{
	if (c->history == NULL)
		return reply_error(re, 503, "no-answer", "%s",
		    lang_text(rq->lang, "The history does not answer now. Try again."));
	struct pending *p = xcalloc(1, sizeof *p);
	p->c = c;
	p->put = put;
	p->missing = missing;
	request_copy(&p->rq, &p->who, rq);
	p->ticket = ticket_take(re);
	struct history_ask with = *ask;
	with.digest = digest;
	history_ask(c->history, &with, answered, p);
	return REPLY_LATER;
}

size_t
story_count(const json_t *object, const char *list)
{
	return json_array_size(json_object_get(object, list));
}

const json_t *
story_row(const json_t *object, const char *list, size_t i)
{
	return json_array_get(json_object_get(object, list), i);
}

const json_t *
story_part(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

const char *
story_text(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text != NULL ? text : "";
}

int64_t
story_int(const json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

double
story_number(const json_t *row, const char *key)
{
	const json_t *v = json_object_get(row, key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

/* A member that is yes or no; no where there is none. */
static bool
flag_of(const json_t *row, const char *key)
{
	return json_is_true(json_object_get(row, key));
}

enum wire_severity
story_severity(const char *word)
{
	if (strcmp(word, "critical") == 0)
		return WIRE_CRITICAL;
	return strcmp(word, "warning") == 0 ? WIRE_WARNING : WIRE_INFO;
}

/* Its state by its word. */
static enum alert_state
state_of(const char *word)
{
	for (int i = ALERT_PENDING; i < ALERT_CLOSED; i++)
		if (strcmp(word, alert_state_word((enum alert_state)i)) == 0)
			return (enum alert_state)i;
	return ALERT_CLOSED;
}

/* What holds beside the state. */
static unsigned
flags_of(const json_t *row)
{
	static const char *const words[] = { "acknowledged", "silenced", "maintenance",
		"out_of_service", "no_data", "chattering", "consequence", "late" };
	unsigned flags = 0;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (flag_of(row, words[i]))
			flags |= 1U << i;
	return flags;
}

/* What its reason is made of. */
static void
take_reason(const json_t *row, struct alert *a)
{
	static const char *const keys[REASON_NUMBERS] = { "v0", "v1", "v2", "v3" };
	int64_t code = story_int(row, "code"), sum = story_int(row, "sum");

	(void)str_copy(a->reason, sizeof a->reason, story_text(row, "reason"));
	(void)str_copy(a->why.words, sizeof a->why.words, story_text(row, "why_words"));
	if (code > 0 && code <= REASON_GONE)
		a->why.code = (enum reason_code)code;
	if (sum > 0 && sum <= REASON_EACH)
		a->why.sum = (enum reason_sum)sum;
	for (size_t i = 0; i < REASON_NUMBERS; i++)
		a->why.v[i] = story_number(row, keys[i]);
}

/* The times of its life. */
static void
take_times(const json_t *row, struct alert *a)
{
	a->since_ms = story_int(row, "since_ms");
	a->fired_ms = story_int(row, "fired_ms");
	a->resolved_ms = story_int(row, "resolved_ms");
	a->peak_ms = story_int(row, "peak_ms");
	a->changes = (unsigned)story_int(row, "changes");
}

void
story_alert(const json_t *row, struct alert *a)
{
	*a = (struct alert){ .id = (uint64_t)story_int(row, "id") };
	a->rule = story_text(row, "rule");
	a->title = story_text(row, "title");
	a->advice = story_text(row, "advice");
	a->unit = story_text(row, "unit");
	a->severity = story_severity(story_text(row, "severity"));
	(void)str_copy(a->zone, sizeof a->zone, story_text(row, "zone"));
	(void)str_copy(a->rack, sizeof a->rack, story_text(row, "rack"));
	(void)str_copy(a->node, sizeof a->node, story_text(row, "node"));
	(void)str_copy(a->series, sizeof a->series, story_text(row, "series"));
	(void)str_copy(a->field, sizeof a->field, story_text(row, "field"));
	(void)str_copy(a->words, sizeof a->words, story_text(row, "value_words"));
	(void)str_copy(a->because, sizeof a->because, story_text(row, "because"));
	(void)str_copy(a->ack.author, sizeof a->ack.author, story_text(row, "ack_author"));
	a->state = state_of(story_text(row, "state"));
	a->value = story_number(row, "value");
	a->limit = story_number(row, "limit");
	a->peak = story_number(row, "peak");
	a->sid = (uint32_t)story_int(row, "sid");
	a->topic = (enum alert_topic)story_int(row, "topic_code");
	a->flags = flags_of(row);
	a->silence = (uint64_t)story_int(row, "silence");
	a->incident = (uint64_t)story_int(row, "incident");
	take_times(row, a);
	take_reason(row, a);
}
