/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the history's answer apart. Texts are interned: rules, zones and nodes recur in thousands
 * of alerts. */
#include "collector/report/figures/annals.h"

#include <jansson.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/history_read.h"
#include "collector/conf.h"
#include "zw/alloc.h"
#include "zw/log.h"
#include "zw/str.h"

#define MAX_MS INT64_C(7258118400000) /* 2200 */
#define MAX_COUNT (INT64_C(1) << 40)  /* of samples of an hour; and its time, s */
#define DAY_MIN (24 * 60)
#define MAX_TEXT 2000 /* bytes */

/* A tree of texts, each once; freed with the annals. */
struct annals_text {
	void *root;
};

/* For tsearch(). */
static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Makes one line of readable text of any UTF-8, of bounded length; what the collector wrote stays.
 */
static void
clean(char *text)
{
	char *s = text;
	size_t n = strlen(s);

	if (n > MAX_TEXT) {
		n = MAX_TEXT;
		while ((s[n] & 0xc0) == 0x80)
			n--;
		s[n] = '\0';
	}
	for (; *s != '\0'; s++) {
		const unsigned char *p = (const unsigned char *)s;
		if (p[0] < ' ' || p[0] == 0x7f)
			*s = ' ';
		else if (p[0] == 0xc2 && p[1] < 0xa0)
			s[0] = s[1] = ' ';
	}
	str_straighten(text);
}

/* A text that lives as long as the annals; NULL becomes "". */
static const char *
keep(struct annals *a, const char *s)
{
	if (s == NULL || *s == '\0')
		return "";
	char *const *found = tfind(s, &a->texts->root, by_text);
	if (found != NULL)
		return *found;
	char *own = xstrdup(s);
	clean(own);
	found = tsearch(own, &a->texts->root, by_text);
	if (found != NULL && *found != own)
		free(own);
	if (found == NULL)
		fatalx("annals", "out of memory");
	return *found;
}

/* Members of an object. */
static const char *
text(struct annals *a, const json_t *o, const char *key)
{
	return keep(a, json_string_value(json_object_get(o, key)));
}

static int64_t
number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* A number between two bounds, whatever the file says: sums and differences of such fit. */
static int64_t
bounded(int64_t v, int64_t least, int64_t most)
{
	return v < least ? least : v > most ? most : v;
}

/* A moment, ms. */
static int64_t
moment(const json_t *o, const char *key)
{
	return bounded(number(o, key), 0, MAX_MS);
}

static bool
flag(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

/* NAN where there is none. */
static double
real(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

/* Whatever the file says, a severity is one. */
static enum wire_severity
severity(const json_t *o)
{
	int64_t v = number(o, "severity");

	return v >= WIRE_CRITICAL ? WIRE_CRITICAL : v <= WIRE_INFO ? WIRE_INFO : WIRE_WARNING;
}

/* A member into a text of fixed size; one that does not fit is "". */
static void
copy(char *dst, size_t size, const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	if (str_copy(dst, size, s != NULL ? s : "") == -1)
		dst[0] = '\0';
	clean(dst);
}

/* A number that stands for one of so many words; 0 for any other. */
static int
word(const json_t *o, const char *key, int last)
{
	int64_t v = number(o, key);

	return v >= 0 && v <= last ? (int)v : 0;
}

/* What a reason is made of. */
static struct reason
reason(const json_t *o)
{
	struct reason why = { .code = (enum reason_code)word(o, "code", REASON_GONE),
		.sum = (enum reason_sum)word(o, "sum", REASON_EACH),
		.v = { real(o, "v0"), real(o, "v1"), real(o, "v2"), real(o, "v3") } };

	copy(why.words, sizeof why.words, o, "why_words");
	return why;
}

/* The rows of a list; -1: there are too many to be read. */
static int
rows(const json_t *all, const char *key, const json_t **list, size_t *n, struct err *e)
{
	*list = json_object_get(all, key);
	*n = json_array_size(*list);
	if (*n > HISTORY_READ_ROWS)
		return err_set(e, "the history has more than %d %s of that time; ask for less",
		    HISTORY_READ_ROWS, key);
	return 0;
}

/* One alert. */
static struct annals_alert
alert(struct annals *a, const json_t *o)
{
	return (struct annals_alert){
		.id = (uint64_t)number(o, "id"),
		.incident = (uint64_t)number(o, "incident"),
		.rule = text(a, o, "rule"),
		.title = text(a, o, "title"),
		.zone = text(a, o, "zone"),
		.rack = text(a, o, "rack"),
		.node = text(a, o, "node"),
		.series = text(a, o, "series"),
		.field = text(a, o, "field"),
		.unit = text(a, o, "unit"),
		.severity = severity(o),
		.topic = (enum alert_topic)word(o, "topic", TOPIC_MONITOR),
		.reason = text(a, o, "reason"),
		.why = reason(o),
		.value = real(o, "value"),
		.peak = real(o, "peak"),
		.bound = real(o, "bound"),
		.since_ms = moment(o, "since_ms"),
		.fired_ms = moment(o, "fired_ms"),
		.resolved_ms = moment(o, "resolved_ms"),
		.ack_ms = moment(o, "ack_ms"),
		.ack_author = text(a, o, "ack_author"),
		.muted = flag(o, "muted"),
		.late = flag(o, "late"),
		.consequence = flag(o, "consequence"),
		.because = text(a, o, "because"),
	};
}

static int
take_alerts(struct annals *a, const json_t *all, struct err *e)
{
	const json_t *list;

	if (rows(all, "alerts", &list, &a->nalerts, e) == -1)
		return -1;
	a->alerts = xcalloc(a->nalerts + 1, sizeof *a->alerts);
	for (size_t i = 0; i < a->nalerts; i++)
		a->alerts[i] = alert(a, json_array_get(list, i));
	return 0;
}

/* For bsearch() over pointers to alerts in the order of their numbers. */
static int
by_id(const void *l, const void *r)
{
	const struct annals_alert *const *x = l, *const *y = r;

	return (*x)->id < (*y)->id ? -1 : (*x)->id > (*y)->id;
}

/* One incident; alerts: in the order of their numbers. */
static struct annals_incident
incident(struct annals *a, const struct annals_alert **alerts, const json_t *o)
{
	struct annals_alert want = { .id = (uint64_t)number(o, "root") };
	const struct annals_alert *key = &want;
	const struct annals_alert **root = bsearch(&key, alerts, a->nalerts, sizeof *alerts, by_id);

	return (struct annals_incident){
		.id = (uint64_t)number(o, "id"),
		.zone = text(a, o, "zone"),
		.node = text(a, o, "node"),
		.cause = text(a, o, "cause"),
		.severity = severity(o),
		.topic = (enum alert_topic)word(o, "topic", TOPIC_MONITOR),
		.opened_ms = moment(o, "opened_ms"),
		.closed_ms = moment(o, "closed_ms"),
		.first_ack_ms = moment(o, "first_ack_ms"),
		.ack_author = text(a, o, "ack_author"),
		.ack_comment = text(a, o, "ack_comment"),
		.total = (unsigned)bounded(number(o, "total"), 0, UINT32_MAX),
		.told = flag(o, "told"),
		.root = root != NULL ? *root : NULL,
	};
}

static int
take_incidents(struct annals *a, const json_t *all, struct err *e)
{
	const json_t *list;

	if (rows(all, "incidents", &list, &a->nincidents, e) == -1)
		return -1;
	const struct annals_alert **alerts = xcalloc(a->nalerts + 1, sizeof *alerts);
	for (size_t i = 0; i < a->nalerts; i++)
		alerts[i] = &a->alerts[i];
	qsort(alerts, a->nalerts, sizeof *alerts, by_id);
	a->incidents = xcalloc(a->nincidents + 1, sizeof *a->incidents);
	for (size_t i = 0; i < a->nincidents; i++)
		a->incidents[i] = incident(a, alerts, json_array_get(list, i));
	free(alerts);
	return 0;
}

static int
take_chatters(struct annals *a, const json_t *all, struct err *e)
{
	const json_t *list;

	if (rows(all, "chatters", &list, &a->nchatters, e) == -1)
		return -1;
	a->chatters = xcalloc(a->nchatters + 1, sizeof *a->chatters);
	for (size_t i = 0; i < a->nchatters; i++) {
		const json_t *o = json_array_get(list, i);
		a->chatters[i] = (struct annals_chatter){ .time_ms = moment(o, "time_ms"),
			.zone = text(a, o, "zone"),
			.subject = text(a, o, "subject") };
	}
	return 0;
}

static int
take_acts(struct annals *a, const json_t *all, struct err *e)
{
	const json_t *list;

	if (rows(all, "acts", &list, &a->nacts, e) == -1)
		return -1;
	a->acts = xcalloc(a->nacts + 1, sizeof *a->acts);
	for (size_t i = 0; i < a->nacts; i++) {
		const json_t *o = json_array_get(list, i);
		a->acts[i] = (struct annals_act){
			.time_ms = moment(o, "time_ms"),
			.author = text(a, o, "author"),
			.kind = text(a, o, "kind"),
			.incident = (uint64_t)number(o, "incident"),
			.what = text(a, o, "what"),
			.text = text(a, o, "text"),
		};
	}
	return 0;
}

/* One silence. */
static void
silence(struct silence *s, const json_t *o)
{
	int64_t kind = number(o, "kind");

	*s = (struct silence){
		.id = (uint64_t)number(o, "id"),
		.kind = kind == SILENCE_MAINTENANCE || kind == SILENCE_OUT_OF_SERVICE
			    ? (enum silence_kind)kind
			    : SILENCE_SILENCE,
		.created_ms = moment(o, "created_ms"),
		.starts_ms = moment(o, "starts_ms"),
		.ends_ms = moment(o, "ends_ms"),
		.days = (unsigned)bounded(number(o, "days"), 0, (1 << 7) - 1),
		.from_min = (unsigned)bounded(number(o, "from_min"), 0, DAY_MIN - 1),
		.minutes = (unsigned)bounded(number(o, "minutes"), 0, 7 * DAY_MIN),
	};
	copy(s->match.zone, sizeof s->match.zone, o, "zone");
	copy(s->match.node, sizeof s->match.node, o, "node");
	copy(s->match.source, sizeof s->match.source, o, "source");
	copy(s->match.rule, sizeof s->match.rule, o, "rule");
	copy(s->author, sizeof s->author, o, "author");
	copy(s->reason, sizeof s->reason, o, "reason");
	copy(s->ended_by, sizeof s->ended_by, o, "ended_by");
}

static int
take_silences(struct annals *a, const json_t *all, struct err *e)
{
	const json_t *list;

	if (rows(all, "silences", &list, &a->nsilences, e) == -1)
		return -1;
	a->silences = xcalloc(a->nsilences + 1, sizeof *a->silences);
	for (size_t i = 0; i < a->nsilences; i++)
		silence(&a->silences[i], json_array_get(list, i));
	return 0;
}

static int
take_actions(struct annals *a, const json_t *all, struct err *e)
{
	const json_t *list;

	if (rows(all, "actions", &list, &a->nactions, e) == -1)
		return -1;
	a->actions = xcalloc(a->nactions + 1, sizeof *a->actions);
	for (size_t i = 0; i < a->nactions; i++) {
		const json_t *o = json_array_get(list, i);
		a->actions[i] = (struct annals_action){
			.id = (uint64_t)number(o, "id"),
			.text = text(a, o, "text"),
			.zone = text(a, o, "zone"),
			.owner = text(a, o, "owner"),
			.advice = text(a, o, "advice"),
			.due_ms = moment(o, "due_ms"),
			.made_ms = moment(o, "made_ms"),
			.made_by = text(a, o, "made_by"),
			.closed_ms = moment(o, "closed_ms"),
			.closed_by = text(a, o, "closed_by"),
			.note = text(a, o, "note"),
		};
	}
	return 0;
}

/* A row of the ledger at *p, which is moved behind it. False at the end, or if it is none. */
static bool
hour(struct annals_hour *h, const char **p)
{
	int64_t v[7];

	for (size_t i = 0; i < 7; i++) {
		char *end;
		v[i] = bounded(strtoll(*p, &end, 10), 0, MAX_COUNT);
		if (end == *p)
			return false;
		*p = end;
	}
	if (**p == ';')
		(*p)++;
	*h = (struct annals_hour){ .hour_s = v[0],
		.expected = (uint64_t)v[1],
		.received = (uint64_t)v[2],
		.late = (uint64_t)v[3],
		.empty = (uint64_t)v[4],
		.thinned = (uint64_t)v[5],
		.dropped = (uint64_t)v[6] };
	return true;
}

/* The ledger. */
static void
take_hours(struct annals *a, const json_t *all)
{
	const json_t *list = json_object_get(all, "hours");
	size_t room = 0;
	struct annals_hour h;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const char *p = json_string_value(json_object_get(o, "rows"));
		const char *node = text(a, o, "node");
		while (p != NULL && hour(&h, &p)) {
			if (a->nhours == room) {
				room = room == 0 ? 1024 : 2 * room;
				a->hours = xreallocarray(a->hours, room, sizeof *a->hours);
			}
			h.node = node;
			a->hours[a->nhours++] = h;
		}
	}
}

/* All of it. */
static int
take(struct annals *a, const struct buf *answer, struct err *e)
{
	json_error_t why;
	json_t *all = json_loadb((const char *)answer->data, answer->len, JSON_ALLOW_NUL, &why);

	if (all == NULL)
		return err_set(e, "the history's answer cannot be read: %s", why.text);
	a->history_from_ms = moment(all, "from_ms");
	a->away_ms = moment(all, "away_ms");
	int rc = 0;
	if (take_alerts(a, all, e) == -1 || take_incidents(a, all, e) == -1 ||
	    take_chatters(a, all, e) == -1 || take_acts(a, all, e) == -1 ||
	    take_silences(a, all, e) == -1 || take_actions(a, all, e) == -1)
		rc = -1;
	else
		take_hours(a, all);
	json_decref(all);
	return rc;
}

/* What came after the end is not known yet, however late this is read: a report that is made again
 * says the same. */
static void
forget_later(struct annals *a)
{
	for (size_t i = 0; i < a->nincidents; i++) {
		struct annals_incident *in = &a->incidents[i];
		if (in->closed_ms >= a->to_ms)
			in->closed_ms = 0;
		if (in->first_ack_ms < a->to_ms)
			continue;
		in->first_ack_ms = 0;
		in->ack_author = in->ack_comment = "";
	}
	for (size_t i = 0; i < a->nalerts; i++) {
		struct annals_alert *al = &a->alerts[i];
		if (al->resolved_ms >= a->to_ms)
			al->resolved_ms = 0;
		if (al->ack_ms < a->to_ms)
			continue;
		al->ack_ms = 0;
		al->ack_author = "";
	}
}

/* Reads it, with all of the ledger or not. */
static int
read_annals(struct annals **out, const char *path, int64_t from_ms, int64_t to_ms, bool brief,
    struct err *e)
{
	struct annals *a = xcalloc(1, sizeof *a);
	struct buf answer = { 0 };

	a->from_ms = from_ms;
	a->to_ms = to_ms;
	a->texts = xcalloc(1, sizeof *a->texts);
	int rc = history_read(&answer, path, from_ms, to_ms, brief, e);
	if (rc == 0 && answer.len > 0)
		rc = take(a, &answer, e);
	if (rc == 0)
		forget_later(a);
	buf_free(&answer);
	if (rc == -1)
		annals_free(a);
	else
		*out = a;
	return rc;
}

int
annals_read(struct annals **out, const char *path, int64_t from_ms, int64_t to_ms, struct err *e)
{
	return read_annals(out, path, from_ms, to_ms, false, e);
}

int
annals_read_brief(
    struct annals **out, const char *path, int64_t from_ms, int64_t to_ms, struct err *e)
{
	return read_annals(out, path, from_ms, to_ms, true, e);
}

void
annals_add_windows(struct annals *a, const struct conf_collector *conf)
{
	const struct conf_window *w = conf->maintenance.v;

	a->silences =
	    xreallocarray(a->silences, a->nsilences + conf->maintenance.n + 1, sizeof *a->silences);
	for (size_t i = 0; i < conf->maintenance.n; i++) {
		if (silence_of_window(&a->silences[a->nsilences], &w[i], NULL) == 0)
			a->nsilences++;
	}
}

void
annals_free(struct annals *a)
{
	if (a == NULL)
		return;
	tdestroy(a->texts->root, free);
	free(a->texts);
	free(a->alerts);
	free(a->incidents);
	free(a->chatters);
	free(a->acts);
	free(a->silences);
	free(a->actions);
	free(a->hours);
	free(a);
}
