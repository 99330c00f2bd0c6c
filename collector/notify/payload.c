/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One builder for each channel. All of them tell of the same: the message (what it is and its
 * words), the incident, the alert that is its cause. A webhook gets everything that is known, for
 * who reads it is a program of which nothing is known. */
#include "collector/notify/payload.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "zw/json.h"
#include "zw/alloc.h"
#include "zw/str.h"
#include "zw/utf8.h"

#define TIME_SIZE 40
#define LINE_MAX_BYTES 2000 /* of a line for syslog; RFC 5424, 6.1 wants 2048 taken */

/* RFC 3339 in UTC with milliseconds. */
static void
time_text(char dst[TIME_SIZE], int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;
	char day[32];

	gmtime_r(&t, &tm);
	strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(dst, TIME_SIZE, "%s.%03dZ", day, (int)(wall_ms % 1000));
}

/* A time as a text, or null for 0. */
static void
put_time(struct json *j, const char *key, int64_t wall_ms)
{
	char t[TIME_SIZE];

	time_text(t, wall_ms);
	json_text(j, key, wall_ms == 0 ? NULL : t);
}

/* A text; "" is null. */
static void
put_some(struct json *j, const char *key, const char *s)
{
	json_text(j, key, s == NULL || *s == '\0' ? NULL : s);
}

/* Puts the text in the place of the message's own, without the line's end. */
static void
payload_set(struct mail *m, struct buf *b)
{
	while (b->len > 0 && b->data[b->len - 1] == '\n')
		b->len--;
	buf_u8(b, '\0');
	free(m->text);
	free(m->html);
	m->text = xstrdup((const char *)b->data);
	m->html = xstrdup("");
	buf_free(b);
}

/* The page of the incident (NULL: of all), as the mails have it; NULL: none. dst: for it. */
static const char *
incident_url(char *dst, size_t size, const char *url, const struct incident *in)
{
	size_t n = url == NULL ? 0 : strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	if (n == 0)
		return NULL;
	int cut = in == NULL ? str_format(dst, size, "%.*s/incidents", (int)n, url)
			     : str_format(dst, size, "%.*s/incident/%llu", (int)n, url,
				   (unsigned long long)in->id);
	return cut == -1 ? NULL : dst;
}

/* --- webhook --------------------------------------------------------------------------------- */

/* Who acknowledged. */
static void
put_ack(struct json *j, const struct ack *a)
{
	if (*a->author == '\0') {
		json_null(j, "acknowledged");
		return;
	}
	json_object(j, "acknowledged");
	json_text(j, "author", a->author);
	json_text(j, "comment", a->comment);
	put_time(j, "at", a->at_ms);
	put_time(j, "until", a->until_ms);
	json_end(j);
}

/* What an alert is about. */
static void
put_subject(struct json *j, const struct alert *a)
{
	json_uint(j, "id", a->id);
	json_text(j, "rule", a->rule);
	json_text(j, "title", a->title);
	json_text(j, "severity", alert_severity_word(a->severity));
	json_text(j, "state", alert_state_word(a->state));
	json_text(j, "topic", alert_topic_word(a->topic));
	json_text(j, "zone", a->zone);
	put_some(j, "rack", a->rack);
	put_some(j, "node", a->node);
	put_some(j, "series", a->series);
	put_some(j, "field", a->field);
}

/* An alert, whole. */
static void
put_alert(struct json *j, const char *key, const struct alert *a)
{
	json_object(j, key);
	put_subject(j, a);
	json_number(j, "value", a->value);
	put_some(j, "words", a->words);
	put_some(j, "unit", a->unit);
	json_number(j, "limit", a->limit);
	json_number(j, "peak", a->peak);
	json_text(j, "reason", a->reason);
	put_some(j, "advice", a->advice);
	json_flag(j, "muted", (a->flags & ALERT_MUTED) != 0);
	json_flag(j, "consequence", (a->flags & ALERT_CONSEQUENCE) != 0);
	put_some(j, "because", a->because);
	put_time(j, "since", a->since_ms);
	put_time(j, "fired", a->fired_ms);
	put_time(j, "resolved", a->resolved_ms);
	put_ack(j, &a->ack);
	json_end(j);
}

/* The incident, and its zone. */
static void
put_incident(struct json *j, const struct text_facts *f)
{
	const struct incident *in = f->incident;

	json_object(j, "incident");
	json_uint(j, "id", in->id);
	json_text(j, "zone", in->zone);
	json_text(j, "zone_title", f->zone != NULL ? f->zone->title : NULL);
	json_text(j, "severity", alert_severity_word(in->severity));
	json_text(j, "topic", alert_topic_word(in->topic));
	put_some(j, "node", in->node);
	json_text(j, "cause", in->cause);
	put_time(j, "opened", in->opened_ms);
	put_time(j, "closed", in->closed_ms);
	json_uint(j, "firing", in->firing);
	json_uint(j, "total", in->total);
	json_uint(j, "unreachable", f->unreachable);
	put_ack(j, &in->ack);
	json_end(j);
}

/* The zone's air. */
static void
put_air(struct json *j, const struct zone_air *a)
{
	if (a == NULL || a->inlets == 0) {
		json_null(j, "air");
		return;
	}
	json_object(j, "air");
	json_uint(j, "inlets", a->inlets);
	json_uint(j, "rising", a->rising);
	json_number(j, "hottest", a->hottest);
	put_some(j, "hottest_node", a->node);
	json_number(j, "mean", a->mean);
	json_number(j, "rate_per_min", a->rate);
	json_number(j, "limit", a->limit);
	json_number(j, "left_s", a->left_s);
	json_number(j, "earliest_s", a->earliest_s);
	json_number(j, "latest_s", a->latest_s);
	json_end(j);
}

/* Cooling units and the UPS. */
static void
put_plant(struct json *j, const struct text_facts *f)
{
	json_array(j, "cooling");
	for (size_t i = 0; i < f->nunits; i++) {
		json_object(j, NULL);
		json_text(j, "node", f->units[i].node->name);
		json_flag(j, "cools", f->units[i].cools);
		json_flag(j, "silent", f->units[i].silent);
		json_number(j, "supply", f->units[i].supply);
		json_end(j);
	}
	json_end(j);
	if (f->power.node == NULL) {
		json_null(j, "power");
		return;
	}
	json_object(j, "power");
	json_text(j, "node", f->power.node->name);
	json_flag(j, "on_battery", f->power.on_battery);
	json_number(j, "runtime_min", f->power.runtime_min);
	json_number(j, "charge_percent", f->power.charge);
	json_number(j, "load_percent", f->power.load);
	json_end(j);
}

/* What all messages of a webhook begin with. */
static void
put_head(struct json *j, const struct mail *m, const char *site, const char *page, enum lang lang)
{
	json_object(j, NULL);
	json_int(j, "version", 1);
	json_text(j, "id", m->message_id);
	json_text(j, "kind", m->kind);
	json_text(j, "references", m->references);
	put_time(j, "time", m->created_ms);
	json_text(j, "site", site);
	json_text(j, "url", page);
	json_text(j, "language", lang_word(lang));
	json_text(j, "subject", m->subject);
	json_text(j, "text", m->text);
}

/* For a webhook. */
static void
make_webhook(struct buf *b, const struct mail *m, const struct text_facts *f)
{
	struct json j = json_over(b);
	char page[1024];

	put_head(&j, m, f->site, incident_url(page, sizeof page, f->url, f->incident), f->lang);
	json_flag(&j, "late", f->late);
	put_incident(&j, f);
	if (f->alert != NULL)
		put_alert(&j, "alert", f->alert);
	else
		json_null(&j, "alert");
	json_array(&j, "others");
	for (size_t i = 0; i < f->nothers; i++)
		put_alert(&j, NULL, f->others[i]);
	json_end(&j);
	json_uint(&j, "more", f->nmore);
	put_air(&j, f->air);
	put_plant(&j, f);
	json_end(&j);
}

/* --- Alertmanager ---------------------------------------------------------------------------- */

/* By which an Alertmanager tells alerts apart, routes and inhibits them. */
static void
put_labels(struct json *j, const struct text_facts *f)
{
	const struct incident *in = f->incident;
	const struct alert *a = f->alert;
	char number[24];

	snprintf(number, sizeof number, "%llu", (unsigned long long)in->id);
	json_object(j, "labels");
	json_text(j, "alertname", a != NULL ? a->rule : "incident");
	json_text(j, "severity", alert_severity_word(in->severity));
	json_text(j, "zone", in->zone);
	if (*in->node != '\0')
		json_text(j, "node", in->node);
	json_text(j, "instance", *in->node != '\0' ? in->node : in->zone);
	json_text(j, "topic", alert_topic_word(in->topic));
	json_text(j, "incident", number);
	json_text(j, "site", f->site);
	json_end(j);
}

/* For an Alertmanager: one alert, to which the channel adds endsAt while it lasts. */
static void
make_alertmanager(struct buf *b, const struct mail *m, const struct text_facts *f)
{
	struct json j = json_over(b);
	char page[1024];
	const char *url = incident_url(page, sizeof page, f->url, f->incident);

	json_object(&j, NULL);
	put_labels(&j, f);
	json_object(&j, "annotations");
	json_text(&j, "summary", m->subject);
	json_text(&j, "description", m->text);
	if (f->alert != NULL && f->alert->advice != NULL)
		json_text(&j, "runbook", f->alert->advice);
	json_end(&j);
	put_time(&j, "startsAt", f->incident->opened_ms);
	if (url != NULL)
		json_text(&j, "generatorURL", url);
	if (f->incident->closed_ms != 0)
		put_time(&j, "endsAt", f->incident->closed_ms);
	json_end(&j);
}

/* --- trap ------------------------------------------------------------------------------------ */

/* What the objects of ZONEWATCH-MIB hold, by their names without "zw". */
static void
put_objects(struct json *j, const struct mail *m, const char *site)
{
	json_text(j, "kind", m->kind);
	json_text(j, "messageId", m->message_id);
	json_text(j, "site", site);
	json_uint(j, "incident", m->incident);
	json_text(j, "zone", m->zone);
	json_text(j, "severity", alert_severity_word(m->severity));
	json_int(j, "time_ms", m->created_ms);
	json_text(j, "title", m->subject);
	json_text(j, "text", m->text);
}

/* For a trap. */
static void
make_trap(struct buf *b, const struct mail *m, const struct text_facts *f)
{
	struct json j = json_over(b);
	const struct alert *a = f->alert;
	char value[64] = "";

	if (a != NULL)
		alert_value(value, sizeof value, a);
	json_object(&j, NULL);
	put_objects(&j, m, f->site);
	json_text(&j, "node", f->incident->node);
	json_text(&j, "rule", a != NULL ? a->rule : "");
	json_text(&j, "value", value);
	json_uint(&j, "count", f->incident->firing);
	json_int(&j, "opened_ms", f->incident->opened_ms);
	json_end(&j);
}

/* --- syslog ---------------------------------------------------------------------------------- */

/* Appends a text as part of a line: UTF-8 without control characters; escaped for a parameter (RFC
 * 5424, 6.3.3), else cut where the line is full. */
static void
put_line(struct buf *b, const char *s, bool param)
{
	for (size_t n, left = strlen(s); left > 0; s += n, left -= n) {
		n = utf8_length(s, left);
		if (!param && b->len + n > LINE_MAX_BYTES)
			return;
		if (param && strchr("\"\\]", *s) != NULL)
			buf_u8(b, '\\');
		if (n == 0)
			buf_u8(b, '?');
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			buf_u8(b, ' ');
		else
			buf_put(b, s, n);
		n += n == 0;
	}
}

/* A parameter. */
static void
put_param(struct buf *b, const char *name, const char *value)
{
	buf_put(b, " ", 1);
	buf_text(b, name);
	buf_put(b, "=\"", 2);
	put_line(b, value, true);
	buf_u8(b, '"');
}

/* STRUCTURED-DATA and MSG of RFC 5424: what syslog gets behind the header. */
static void
make_syslog(struct buf *b, const struct mail *m, const struct incident *in, const char *rule)
{
	char number[24];
	static const char head[] = "[zonewatch@32473";

	snprintf(number, sizeof number, "%llu", (unsigned long long)m->incident);
	buf_put(b, head, sizeof head - 1);
	put_param(b, "kind", m->kind);
	put_param(b, "incident", number);
	put_param(b, "severity", alert_severity_word(m->severity));
	put_param(b, "zone", m->zone);
	if (in != NULL && *in->node != '\0')
		put_param(b, "node", in->node);
	if (rule != NULL)
		put_param(b, "rule", rule);
	put_param(b, "id", m->message_id);
	buf_put(b, "] ", 2);
	put_line(b, m->subject, false);
	if (in != NULL && *in->cause != '\0' && strstr(m->subject, in->cause) == NULL) {
		put_line(b, ": ", false);
		put_line(b, in->cause, false);
	}
}

void
payload_make(struct mail *m, const char *via, const struct text_facts *f)
{
	struct buf b = { 0 };

	if (strcmp(via, "webhook") == 0)
		make_webhook(&b, m, f);
	else if (strcmp(via, "alertmanager") == 0)
		make_alertmanager(&b, m, f);
	else if (strcmp(via, "trap") == 0)
		make_trap(&b, m, f);
	else if (strcmp(via, "syslog") == 0)
		make_syslog(&b, m, f->incident, f->alert != NULL ? f->alert->rule : NULL);
	else
		return;
	payload_set(m, &b);
}

/* The lines of a digest, and the figures of the sign of life. */
static void
put_digest(struct json *j, const struct text_digest *d)
{
	json_array(j, "incidents");
	for (size_t i = 0; i < d->nlines; i++) {
		const struct incident *in = d->lines[i].incident;
		json_object(j, NULL);
		json_uint(j, "id", in->id);
		json_text(j, "zone", in->zone);
		json_text(j, "severity", alert_severity_word(in->severity));
		json_text(j, "cause", in->cause);
		put_time(j, "opened", in->opened_ms);
		put_time(j, "closed", in->closed_ms);
		json_end(j);
	}
	json_end(j);
	json_uint(j, "more", d->nmore);
	json_uint(j, "nodes", d->nodes);
	json_uint(j, "live", d->live);
	json_uint(j, "silences", d->silences);
	json_uint(j, "waiting", d->waiting);
}

int
payload_digest(struct mail *m, const char *via, const struct text_digest *d)
{
	struct buf b = { 0 };
	struct json j = json_over(&b);
	char page[1024];

	if (strcmp(via, "alertmanager") == 0)
		return -1;
	if (strcmp(via, "webhook") == 0) {
		put_head(&j, m, d->site, incident_url(page, sizeof page, d->url, NULL), d->lang);
		put_digest(&j, d);
		json_end(&j);
	} else if (strcmp(via, "trap") == 0) {
		json_object(&j, NULL);
		put_objects(&j, m, d->site);
		json_uint(&j, "count", d->nlines + d->nmore);
		json_end(&j);
	} else if (strcmp(via, "syslog") == 0) {
		make_syslog(&b, m, NULL, NULL);
	} else {
		return 0;
	}
	payload_set(m, &b);
	return 0;
}
