/* SPDX-License-Identifier: GPL-3.0-or-later */
/* program: parts in the order of their dependencies, and their end in reverse. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/actions.h"
#include "collector/alert/history.h"
#include "collector/alert/silence.h"
#include "collector/child.h"
#include "collector/conf.h"
#include "collector/damage.h"
#include "collector/derived.h"
#include "collector/enroll/enroll.h"
#include "collector/intake/intake.h"
#include "collector/notify/notify.h"
#include "collector/past.h"
#include "collector/pipeline.h"
#include "collector/program.h"
#include "collector/reload.h"
#include "collector/report/render.h"
#include "collector/reports.h"
#include "collector/site/events.h"
#include "collector/site/site.h"
#include "collector/store/store.h"
#include "collector/web/web.h"
#include "zw/clock.h"
#include "zw/daemon.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/tls.h"

#define BEHIND_MS INT64_C(900000) /* nothing was made durable in the RRDs for so long */
#define AWAY_MS 5000		  /* a shorter absence is not worth a note */

/* A mail is in the outbox. */
static void
program_mail(void *arg, struct mail *m)
{
	struct program *pr = arg;

	notify_take(pr->c.notify, m);
}

/* The maintenance windows of the configuration; their times were checked. */
void
program_windows(struct silences *s, const struct conf_collector *conf)
{
	const struct conf_window *w = conf->maintenance.v;
	struct silence one;

	silences_forget_configured(s);
	for (size_t i = 0; i < conf->maintenance.n; i++) {
		if (silence_of_window(&one, &w[i], NULL) == 0)
			silences_restore(s, &one);
	}
}

/* What was open when the program ended last goes back to the engine and the outbox. */
static void
program_restore(struct program *pr)
{
	struct history_restored *r = &pr->restored;

	for (size_t i = 0; i < r->nsilences; i++)
		silences_restore(pr->c.silences, &r->silences[i]);
	for (size_t i = 0; i < r->nactions; i++)
		actions_restore(pr->c.actions, &r->actions[i]);
	for (size_t i = r->nheatings; i > 0; i--)
		engine_restore_heating(pr->c.engine, &r->heatings[i - 1]);
	engine_restore_ids(pr->c.engine, r->last_alert, r->last_incident);
	for (size_t i = 0; i < r->nincidents; i++)
		engine_restore_incident(pr->c.engine, &r->incidents[i]);
	for (size_t i = 0; i < r->nalerts; i++)
		engine_restore_alert(pr->c.engine, &r->alerts[i]);
	for (size_t i = 0; i < r->nstates; i++)
		pipeline_load(pr->pipeline, &r->states[i]);
	notify_restore(pr->c.notify, r);
	for (size_t i = 0; i < r->nmails; i++) {
		notify_take(pr->c.notify, r->mails[i]);
		r->mails[i] = NULL;
	}
}

/* A report needs the latest values in the RRDs. */
static void
program_flush(void *arg, void (*done)(void *done_arg, int ok), void *done_arg)
{
	struct program *pr = arg;

	store_flush(pr->c.store, NULL, 0, done, done_arg);
}

/* Whether all goes on that people rely on, for the ping: the loop turns if this is asked at all,
 * and a journal that fails ends the program; values are stored, and what is decided is. */
static bool
program_is_well(void *arg)
{
	const struct program *pr = arg;
	const struct store_stats *st = store_stats(pr->c.store);
	int64_t age_ms = clock_wall_ms() - (int64_t)st->checkpoint_ms;

	return store_pid(pr->c.store) > 0 && (st->checkpoint_ms == 0 || age_ms < BEHIND_MS) &&
	       *history_trouble(pr->c.history) == '\0';
}

/* Notes in the history that the collector began, and since when it was away: graphs tell gaps by
 * it. A restart within seconds leaves none, for agents keep what they measure. */
static void
program_tell_start(struct program *pr)
{
	int64_t now_ms = clock_wall_ms(), heard_ms = pipeline_heard_ms(pr->pipeline);
	char away[24] = "";

	if (heard_ms != 0 && now_ms - heard_ms >= AWAY_MS)
		snprintf(away, sizeof away, "%lld", (long long)heard_ms);
	history_act(pr->c.history, now_ms, "zonewatch", "collector-start", 0, away, "");
}

/* What of the logs was damaged when they were opened. */
static void
program_note_damage(struct program *pr)
{
	const struct collector *c = &pr->c;
	uint64_t catalog = seglog_damage(catalog_log(journal_catalog(c->journal)));
	uint64_t journal = journal_damage(c->journal) - catalog;
	char why[120];

	snprintf(why, sizeof why, "%llu places; it is kept as it was in journal/quarantine",
	    (unsigned long long)journal);
	if (journal > 0)
		damage_note(c->damage, "journal", why, clock_mono_ms());
	snprintf(why, sizeof why, "%llu places; it is kept as it was in catalog/quarantine",
	    (unsigned long long)catalog);
	if (catalog > 0)
		damage_note(c->damage, "catalog", why, clock_mono_ms());
}

/* The parts that decide: site, journal, history, engine, mail. */
int
program_open(struct program *pr, struct err *e)
{
	struct collector *c = &pr->c;
	const char *dir = pr->conf->store.dir;

	if (child_check("zonewatch-store", e) == -1 || child_check("zonewatch-render", e) == -1 ||
	    fs_mkdirs(dir, 0700, e) == -1)
		return -1;
	c->site = site_new(pr->conf);
	c->events = events_new();
	c->damage = damage_new(c->site, c->events);
	damage_scan(c->damage, dir, clock_mono_ms());
	pr->running_path = reload_write_running(pr->conf, pr->conf_path);
	c->conf_path = pr->running_path;
	pr->pipeline = pipeline_new(c);
	if (journal_open(&c->journal, pr->base, dir, &pipeline_journal_ops, pr->pipeline, e) == -1)
		return -1;
	program_note_damage(pr);
	pipeline_catalog(pr->pipeline);
	if (history_open(&c->history, pr->base, dir, &pr->restored, e) == -1)
		return -1;
	if (pr->restored.damaged[0] != '\0')
		damage_note(c->damage, "history.db", pr->restored.damaged, clock_mono_ms());
	c->silences = silences_new();
	c->actions = actions_new();
	program_windows(c->silences, pr->conf);
	c->engine =
	    engine_new(pr->conf, c->site, clock_steady_ms(), pipeline_alert_changed, pr->pipeline);
	engine_use_silences(c->engine, c->silences);
	engine_on_heating(c->engine, pipeline_heating, pr->pipeline);
	c->store = store_new(pr->base, c->conf_path, &pipeline_store_ops, pr->pipeline);
	c->render = render_new(pr->base, c->store, c->conf_path);
	c->notify = notify_new(pr->base, pr->conf, c->site, c->render, c->history, e);
	if (c->notify == NULL)
		return -1;
	notify_use_silences(c->notify, c->silences);
	notify_ask_health(c->notify, program_is_well, pr);
	if (reports_new(&c->reports, pr->base, pr->conf, c->conf_path, c->site, c->history, e) ==
	    -1)
		return -1;
	reports_restore(c->reports, &pr->restored);
	reports_use_flush(c->reports, program_flush, pr);
	history_on_mail(c->history, program_mail, pr);
	history_on_saved(c->history, pipeline_saved, pr->pipeline);
	program_restore(pr);
	if (pipeline_replay(pr->pipeline, pr->restored.cursor, pr->restored.saved, e) == -1)
		return -1;
	program_tell_start(pr);
	return 0;
}

/* Certificates were taken back: sessions that show one end at once. */
static void
program_revoked(void *arg)
{
	const struct program *pr = arg;

	intake_judge(pr->c.intake);
}

/* It is in the history's hands; nobody waits for it here. */
static void
program_noted(void *arg, bool ok)
{
	(void)arg, (void)ok;
}

/* What was done about agents, for the audit. */
static void
program_audit(void *arg, const char *author, const char *kind, const char *what, const char *text)
{
	const struct program *pr = arg;

	history_act(pr->c.history, clock_wall_ms(), author, kind, 0, what, text);
	history_sync(pr->c.history, 0, program_noted, NULL);
}

/* A file was found damaged. */
static void
program_damaged(void *arg, const char *file, const char *why)
{
	const struct program *pr = arg;

	damage_note(pr->c.damage, file, why, clock_mono_ms());
}

/* Who gives out certificates. */
static int
program_enroll(struct program *pr, struct err *e)
{
	const struct enroll_parts parts = {
		.site = pr->c.site,
		.events = pr->c.events,
		.audit = program_audit,
		.damaged = program_damaged,
		.revoked = program_revoked,
		.arg = pr,
	};

	return enroll_new(&pr->c.enroll, pr->base, pr->conf, &parts, e);
}

/* The parts that others connect to, once there is something to tell them. */
int
program_listen(struct program *pr, struct err *e)
{
	const struct conf_tls *tls = &pr->conf->tls;

	if (pipeline_start(pr->pipeline, pr->base, e) == -1 ||
	    past_new(&pr->past, pr->base, &pr->c, e) == -1 ||
	    derived_new(&pr->derived, pr->base, &pr->c, &pipeline_intake_ops, pr->pipeline, e) ==
		-1 ||
	    tls_server_new(&pr->tls, tls->ca, tls->cert, tls->key, e) == -1 ||
	    program_enroll(pr, e) == -1 || web_new(&pr->web, pr->base, &pr->c, e) == -1)
		return -1;
	pr->c.tls = pr->tls;
	if (intake_new(&pr->c.intake, pr->base, pr->conf, pr->tls, pr->c.site, pr->c.journal,
		&pipeline_intake_ops, pr->pipeline, e) == -1)
		return -1;
	intake_use_enroll(pr->c.intake, pr->c.enroll);
	enroll_use_tls(pr->c.enroll, pr->tls);
	return 0;
}

/* All that was opened, in reverse; what still awaits is made durable on the way. */
void
program_close(struct program *pr)
{
	struct collector *c = &pr->c;

	daemon_watchdog_free(pr->watchdog);
	reload_free(pr->reload);
	web_free(pr->web);
	derived_free(pr->derived);
	past_free(pr->past);
	if (c->journal != NULL && pr->pipeline != NULL && c->notify != NULL) {
		intake_free(c->intake);
		c->intake = NULL;
		pipeline_stop(pr->pipeline);
	}
	enroll_free(c->enroll);
	reports_free(c->reports);
	journal_close(c->journal);
	notify_free(c->notify);
	render_free(c->render);
	store_free(c->store);
	history_close(c->history);
	engine_free(c->engine);
	actions_free(c->actions);
	silences_free(c->silences);
	pipeline_free(pr->pipeline);
	damage_free(c->damage);
	events_free(c->events);
	site_free(c->site);
	history_restored_clear(&pr->restored);
	tls_free(pr->tls);
	daemon_signals_free(pr->signals);
	/* Connections that were closed amid their handshake go with what they had put off. */
	event_base_loop(pr->base, EVLOOP_NONBLOCK);
	event_base_free(pr->base);
	conf_free(&collector_conf_table, pr->conf);
	free(pr->running_path);
	free(pr->conf_path);
	libevent_global_shutdown();
}
