/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole in figures: what a newcomer looks at first, and what tests wait for. */
#include "collector/web/api/status.h"

#include "collector/alert/alert.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/conf_loaded.h"
#include "collector/intake/intake.h"
#include "collector/journal/journal.h"
#include "collector/notify/notify.h"
#include "collector/pace.h"
#include "collector/site/site.h"
#include "collector/store/store.h"
#include "collector/web/api/member.h"
#include "collector/web/survey.h"

/* Firing alerts by severity, those of which nobody is told, and those that wait for their time. */
static void
put_alert_counts(struct json *j, const struct collector *c)
{
	uint64_t firing[WIRE_CRITICAL + 1] = { 0 };
	uint64_t pending = 0, muted = 0;
	for (size_t i = 0; i < engine_nalerts(c->engine); i++) {
		const struct alert *a = engine_alert_at(c->engine, i);
		if (a->state == ALERT_PENDING)
			pending++;
		else if (a->state >= ALERT_RESOLVED)
			continue;
		else if ((a->flags & ALERT_MUTED) != 0)
			muted++;
		else
			firing[a->severity]++;
	}
	uint64_t open = 0;
	for (size_t i = 0; i < engine_nincidents(c->engine); i++)
		open += engine_incident_at(c->engine, i)->closed_ms == 0;
	json_object(j, "alerts");
	json_uint(j, "critical", firing[WIRE_CRITICAL]);
	json_uint(j, "warning", firing[WIRE_WARNING]);
	json_uint(j, "info", firing[WIRE_INFO]);
	json_uint(j, "pending", pending);
	json_uint(j, "silenced", muted);
	json_end(j);
	json_uint(j, "open_incidents", open);
}

/* What came in and where it was written down. */
static void
put_intake(struct json *j, const struct collector *c)
{
	const struct intake_stats *in = intake_stats(c->intake);
	json_object(j, "intake");
	json_uint(j, "connections", in->connections);
	json_uint(j, "accepted", in->accepted);
	json_uint(j, "refused", in->refused);
	json_uint(j, "frames", in->frames);
	json_uint(j, "batches", in->batches);
	json_uint(j, "values", in->values);
	json_uint(j, "live", in->live);
	json_uint(j, "duplicates", in->duplicates);
	json_uint(j, "rejected", in->rejected);
	json_uint(j, "bytes", in->bytes);
	json_end(j);
	json_object(j, "journal");
	json_uint(j, "bytes", journal_bytes(c->journal));
	json_uint(j, "first_lsn", journal_first(c->journal));
	json_uint(j, "last_lsn", journal_last(c->journal));
	json_uint(j, "damage", journal_damage(c->journal));
	json_end(j);
}

/* How long the event loop's turns took. */
static void
put_pace(struct json *j, const struct pace *p)
{
	if (p == NULL)
		return;
	json_object(j, "loop");
	json_number(j, "longest_ms", pace_longest_ms(p));
	json_number(j, "cpu_s", (double)p->us / 1e6);
	json_end(j);
}

/* What was written into RRDs. */
static void
put_store(struct json *j, const struct collector *c)
{
	const struct store_stats *st = store_stats(c->store);
	int pid = store_pid(c->store);
	json_object(j, "store");
	json_flag(j, "running", pid > 0);
	if (pid > 0)
		json_int(j, "pid", pid);
	else
		json_null(j, "pid");
	json_uint(j, "applied_lsn", st->applied_lsn);
	json_uint(j, "pending", st->pending);
	json_uint(j, "values", st->values);
	json_uint(j, "updates", st->updates);
	json_uint(j, "files", st->files);
	json_uint(j, "late", st->late);
	json_uint(j, "quarantined", st->quarantined);
	json_uint(j, "errors", st->errors);
	member_moment(j, "checkpoint_ms", (int64_t)st->checkpoint_ms);
	member_moment(j, "scrubbed_ms", (int64_t)st->scrubbed_ms);
	json_uint(j, "damaged_rows", st->damaged_rows);
	json_end(j);
}

/* The channels in use. */
static void
put_channels(struct json *j, const struct notify_stats *n)
{
	json_array(j, "channels");
	for (size_t i = 0; i < n->nchannels; i++) {
		const struct notify_channel *ch = &n->channels[i];
		json_object(j, NULL);
		json_text(j, "name", ch->name);
		json_uint(j, "waiting", ch->waiting);
		json_uint(j, "sent", ch->sent);
		json_uint(j, "failed", ch->failed);
		json_uint(j, "refused", ch->refused);
		json_uint(j, "retries", ch->retries);
		member_moment(j, "oldest_ms", ch->oldest_ms);
		json_text(j, "last_error", ch->last_error[0] != '\0' ? ch->last_error : NULL);
		json_end(j);
	}
	json_end(j);
}

/* The ping, if one is asked for. */
static void
put_ping(struct json *j, const char *url, const struct notify_stats *n)
{
	if (url == NULL) {
		json_text(j, "ping", NULL);
		return;
	}
	json_object(j, "ping");
	json_uint(j, "answered", n->pings);
	json_uint(j, "unanswered", n->unpinged);
	member_moment(j, "answered_ms", n->pinged_ms);
	json_text(j, "error", n->ping_error[0] != '\0' ? n->ping_error : NULL);
	json_end(j);
}

/* What was mailed. */
static void
put_notify(struct json *j, const struct collector *c)
{
	const struct notify_stats *n = notify_stats(c->notify);
	json_object(j, "mail");
	json_text(j, "off", notify_off(c->notify));
	json_uint(j, "waiting", n->waiting);
	json_uint(j, "sent", n->sent);
	json_uint(j, "failed", n->failed);
	json_uint(j, "retries", n->retries);
	member_moment(j, "oldest_ms", n->oldest_ms);
	json_text(j, "last_error", n->last_error[0] != '\0' ? n->last_error : NULL);
	put_channels(j, n);
	put_ping(j, c->conf->notify.ping_url, n);
	json_end(j);
}

/* The configuration in force, and one that is not. */
static void
put_configuration(struct json *j, const struct collector *c)
{
	const struct conf_loaded *l = c->loaded;

	if (l == NULL)
		return;
	json_object(j, "configuration");
	json_int(j, "loaded_ms", l->loaded_ms);
	json_flag(j, "stale", conf_loaded_is_stale(l, c->conf));
	member_moment(j, "refused_ms", l->refused_ms);
	json_uint(j, "errors", l->errors);
	json_text(j, "error", l->errors > 0 ? l->why : NULL);
	json_end(j);
}

/* GET /api/v1/status */
int
status_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct survey all;
	survey_take(&all, c, rq->steady_ms);
	struct json j = member_begin(re);
	json_text(&j, "site", site_title(c->site));
	json_text(&j, "version", ZW_VERSION);
	json_text(&j, "state", view_word(all.all.state));
	json_int(&j, "now_ms", rq->wall_ms);
	json_int(&j, "started_ms", c->started_ms);
	json_number(&j, "uptime_s", (double)(rq->wall_ms - c->started_ms) / 1000);
	put_configuration(&j, c);
	member_counts(&j, "nodes", &all.all.counts);
	put_alert_counts(&j, c);
	put_intake(&j, c);
	put_store(&j, c);
	put_notify(&j, c);
	put_pace(&j, c->pace);
	json_end(&j);
	survey_free(&all);
	return 200;
}
