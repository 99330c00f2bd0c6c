/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report that comes by itself is several jobs: that of the site, and of each zone that somebody
 * gets the report of. The note that its period was made goes into the history with the last of
 * them, in one transaction with its mails: a restart in between makes all again, and the mails that
 * were stored before are known by their Message-IDs. */
#include "collector/reports_int.h"

#include <string.h>

#include "collector/agenda.h"
#include "collector/conf.h"
#include "collector/dispatch.h"
#include "collector/site/site.h"
#include "zw/clock.h"
#include "zw/log.h"

#define ALL_LANGS ((1U << LANG_N) - 1)

/* The mails of a report that came by itself. */
static void
mail_all(struct reports *r, const struct shelf_report *one)
{
	if (r->conf->mail.transport == NULL)
		return;
	for (int l = 0; l < LANG_N; l++) {
		struct mail *m = dispatch_mail(r->conf, r->site, one, (enum lang)l,
		    history_install(r->history), clock_steady_ms());
		if (m != NULL)
			history_mail(r->history, m);
	}
}

/* Mails and note are stored, or will be. */
static void
stored(void *arg, bool ok)
{
	(void)arg;
	(void)ok;
}

/* A routine's period is made when none of its jobs is left. */
static void
routine_ended(struct reports *r, const struct reports_job *j)
{
	char name[PERIOD_NAME];

	for (size_t i = 0; i < REPORTS_ROUTINES; i++) {
		struct routine *t = &r->routines[i];
		if (!t->under_way || t->kind != j->period.kind || t->due.from_s != j->period.from_s)
			continue;
		for (size_t k = 0; k < r->njobs; k++)
			if (r->jobs[k] != j && r->jobs[k]->scheduled &&
			    r->jobs[k]->period.kind == t->kind)
				return;
		t->made = t->due;
		t->under_way = false;
		period_name(&t->made, name);
		history_note(r->history, t->note, name);
	}
}

/* A job of a routine; one that somebody asked for becomes one. */
static void
routine_add(struct reports *r, const struct period *p, const char *zone, unsigned langs)
{
	char name[SHELF_MAX_NAME];

	shelf_name(name, p, zone);
	struct reports_job *j = reports_job_waiting(r, name);
	if (j == NULL)
		j = reports_job_add(r, p, zone, langs);
	j->langs |= langs;
	j->scheduled = true;
	j->state = REPORTS_WAITING;
	(void)str_copy(j->author, sizeof j->author, "zonewatch");
}

/* The languages in which the site's comes. */
static unsigned
site_langs(const struct reports *r)
{
	const struct conf_texts *t = &r->conf->report.languages;
	unsigned langs = t->n == 0 ? ALL_LANGS : 0;

	for (size_t i = 0; i < t->n; i++)
		langs |= 1U << lang_of(t->v[i]);
	return langs;
}

/* The period that is due becomes jobs: the site's, and of zones what somebody gets. */
static void
routine_begin(struct reports *r, struct routine *t)
{
	unsigned langs = dispatch_langs(r->conf, t->kind, "");

	t->under_way = true;
	if (t->kind == PERIOD_MONTH || r->conf->report.weekly)
		langs |= site_langs(r);
	if (langs != 0)
		routine_add(r, &t->due, "", langs);
	for (size_t i = 0; i < site_nzones(r->site); i++) {
		const char *zone = site_zone_at(r->site, i)->name;
		langs = dispatch_langs(r->conf, t->kind, zone);
		if (langs != 0)
			routine_add(r, &t->due, zone, langs);
	}
}

/* The last period of a kind of which the report should be there by now. */
static struct period
last_due(const struct reports *r, enum period_kind kind, int64_t now_s)
{
	struct period p = period_last(kind, now_s);

	return agenda_when(&p, r->at_min) > now_s ? period_before(&p) : p;
}

/* Looks whether a report's time has come. A collector that never made one begins with the next:
 * what was before it came is not its to report. */
static void
look(struct reports *r, struct routine *t, int64_t now_s)
{
	char name[PERIOD_NAME];

	if (!t->on && t->known) {
		/* Switched on again it begins with the next. */
		t->known = false;
		history_note(r->history, t->note, "");
	}
	if (!t->on || t->under_way)
		return;
	if (t->known && t->made.from_s > now_s) {
		/* A clock that was ahead made it: none would come until that time. */
		period_name(&t->made, name);
		log_warnx("reports",
		    "%s is noted as made, but has not begun: the clock was ahead, and reports go "
		    "on with the next",
		    name);
		t->known = false;
	}
	if (!t->known) {
		t->made = last_due(r, t->kind, now_s);
		t->known = true;
		period_name(&t->made, name);
		history_note(r->history, t->note, name);
		history_sync(r->history, 0, stored, NULL);
	}
	if (agenda_due(&t->made, r->at_min, now_s, &t->due))
		routine_begin(r, t);
}

void
reports_routine_look(struct reports *r, int64_t now_s)
{
	for (size_t i = 0; i < REPORTS_ROUTINES; i++)
		look(r, &r->routines[i], now_s);
}

void
reports_routine_made(struct reports *r, const struct reports_job *j)
{
	mail_all(r, reports_find(r, j->name));
	routine_ended(r, j);
	history_sync(r->history, 0, stored, NULL);
}

bool
reports_next(const struct reports *r, enum period_kind kind, struct period *p, int64_t *at_s)
{
	for (size_t i = 0; i < REPORTS_ROUTINES; i++) {
		const struct routine *t = &r->routines[i];
		if (t->kind != kind || !t->on || !t->known)
			continue;
		*p = t->under_way ? t->due : agenda_after(&t->made);
		*at_s = agenda_when(p, r->at_min);
		return true;
	}
	return false;
}
