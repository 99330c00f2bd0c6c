/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the engine tells is kept by number, so that at the end each alert and incident is there as
 * it was last. Texts of alerts are borrowed from the configuration, which outlives the trial. */
#include "collector/notify/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/notify/facts.h"
#include "collector/site/site.h"
#include "zw/alloc.h"

struct trial {
	struct site *site;
	struct engine *engine;
	struct silences *silences;
	struct plan plan;
	int64_t now_ms;
	int64_t tick_ms;
	struct alert *alerts;
	size_t nalerts;
	struct incident *incidents;
	size_t nincidents;
	struct trial_message *messages;
	size_t nmessages;
	struct told *told; /* by incident, then group */
	size_t ntold;
	struct due *dues; /* incidents of which something may yet be told */
	size_t ndues;
};

/* Looked at again at the latest after this long while it is open, ms. */
#define LOOK_MS 60000

/* When somebody is to be told of an incident next. */
struct due {
	uint64_t incident;
	int64_t at_ms;
};

/* The alert as it is now, in place of how it was. */
static void
keep_alert(struct trial *t, const struct alert *a)
{
	for (size_t i = t->nalerts; i > 0; i--) {
		if (t->alerts[i - 1].id == a->id) {
			t->alerts[i - 1] = *a;
			return;
		}
	}
	t->alerts = xreallocarray(t->alerts, t->nalerts + 1, sizeof *t->alerts);
	t->alerts[t->nalerts++] = *a;
}

/* The same of an incident. */
static void
keep_incident(struct trial *t, const struct incident *in)
{
	for (size_t i = t->nincidents; i > 0; i--) {
		if (t->incidents[i - 1].id == in->id) {
			t->incidents[i - 1] = *in;
			return;
		}
	}
	t->incidents = xreallocarray(t->incidents, t->nincidents + 1, sizeof *t->incidents);
	t->incidents[t->nincidents++] = *in;
}

/* Something about the incident is another: look at it at once. */
static void
touch(struct trial *t, uint64_t incident)
{
	for (size_t i = t->ndues; i > 0; i--) {
		if (t->dues[i - 1].incident == incident) {
			t->dues[i - 1].at_ms = 0;
			return;
		}
	}
	t->dues = xreallocarray(t->dues, t->ndues + 1, sizeof *t->dues);
	t->dues[t->ndues++] = (struct due){ .incident = incident };
}

/* The engine tells of a change. */
static void
changed(void *arg, const struct alert_change *ch)
{
	struct trial *t = arg;

	if (ch->alert != NULL && ch->alert->fired_ms != 0 && ch->kind != CHANGE_LATE)
		keep_alert(t, ch->alert);
	if (ch->incident != NULL) {
		keep_incident(t, ch->incident);
		touch(t, ch->incident->id);
	} else if (ch->alert != NULL && ch->alert->incident != 0) {
		touch(t, ch->alert->incident);
	}
}

/* What a group was told of an incident. */
static struct told *
told_of(struct trial *t, uint64_t incident, uint32_t group)
{
	for (size_t i = t->ntold; i > 0; i--) {
		if (t->told[i - 1].incident == incident && t->told[i - 1].recipient == group)
			return &t->told[i - 1];
	}
	t->told = xreallocarray(t->told, t->ntold + 1, sizeof *t->told);
	t->told[t->ntold] = (struct told){ .incident = incident, .recipient = group };
	return &t->told[t->ntold++];
}

/* Note a message. */
static void
add_message(struct trial *t, uint64_t incident, uint32_t group, enum plan_act act)
{
	t->messages = xreallocarray(t->messages, t->nmessages + 1, sizeof *t->messages);
	t->messages[t->nmessages++] = (struct trial_message){
		.at_ms = t->now_ms, .incident = incident, .group = group, .act = act
	};
}

/* What the groups are told of an incident now; returns when there may be more. */
static int64_t
tell(struct trial *t, const struct incident *in)
{
	struct plan_case c = { .fresh = true };
	int64_t next_ms = INT64_MAX;

	facts_case(t->engine, in, in->opened_ms, &c);
	for (size_t g = 0; g < t->plan.ngroups; g++) {
		struct plan_group *group = &t->plan.groups[g];
		struct told *told = told_of(t, in->id, group->number);
		enum plan_act act = plan_next(&t->plan, group, &c, told, t->now_ms);
		if (act != PLAN_NOTHING)
			plan_done(group, told, &c, act, t->now_ms);
		if (act != PLAN_NOTHING && act != PLAN_HOLD)
			add_message(t, in->id, group->number, act);
		struct plan_due due = plan_due(&t->plan, group, &c, told, t->now_ms);
		next_ms = due.at_ms < next_ms ? due.at_ms : next_ms;
	}
	if (in->closed_ms == 0 && next_ms > t->now_ms + LOOK_MS)
		next_ms = t->now_ms + LOOK_MS;
	return next_ms;
}

/* What is told of all incidents now. One of which nothing more will be told is let go. */
static void
tell_all(struct trial *t)
{
	for (size_t i = 0; i < t->ndues;) {
		struct due *d = &t->dues[i];
		const struct incident *in = NULL;
		if (d->at_ms <= t->now_ms) {
			in = engine_incident(t->engine, d->incident);
			d->at_ms = in != NULL ? tell(t, in) : INT64_MAX;
		}
		if (d->at_ms == INT64_MAX)
			t->dues[i] = t->dues[--t->ndues];
		else
			i++;
	}
}

/* Digests that are due: what they tell of is told. */
static void
tell_digests(struct trial *t)
{
	for (size_t g = 0; g < t->plan.ngroups; g++) {
		struct plan_group *group = &t->plan.groups[g];
		if (group->held == 0 || plan_digest_ms(group, t->now_ms) > t->now_ms)
			continue;
		group->held = 0;
		group->held_ms = 0;
		for (size_t i = 0; i < t->ntold; i++)
			if (t->told[i].recipient == group->number)
				t->told[i].digested = false;
		add_message(t, 0, group->number, PLAN_HOLD);
	}
}

int
trial_new(struct trial **out, const struct conf_collector *conf, int64_t start_ms, int64_t tick_ms,
    struct err *e)
{
	struct trial *t = xcalloc(1, sizeof *t);

	t->now_ms = start_ms;
	t->tick_ms = tick_ms;
	if (plan_init(&t->plan, conf, e) == -1) {
		free(t);
		return -1;
	}
	t->site = site_new(conf);
	t->silences = silences_new();
	t->engine = engine_new(conf, t->site, start_ms, changed, t);
	engine_use_silences(t->engine, t->silences);
	*out = t;
	return 0;
}

void
trial_free(struct trial *t)
{
	if (t == NULL)
		return;
	engine_free(t->engine);
	silences_free(t->silences);
	site_free(t->site);
	plan_clear(&t->plan);
	free(t->alerts);
	free(t->incidents);
	free(t->messages);
	free(t->told);
	free(t->dues);
	free(t);
}

int
trial_define(struct trial *t, uint32_t sid, const struct series_def *def)
{
	struct series *se = site_define(t->site, sid, def);

	if (se == NULL)
		return -1;
	if (!se->node->connected)
		site_connected(se->node, "", "trial", t->now_ms);
	return 0;
}

/* One look at the time. */
static void
look(struct trial *t)
{
	engine_tick(t->engine, t->now_ms);
	tell_all(t);
	tell_digests(t);
}

void
trial_pass(struct trial *t, int64_t to_ms)
{
	while (t->now_ms < to_ms) {
		int64_t next = t->now_ms + t->tick_ms;
		t->now_ms = next < to_ms ? next : to_ms;
		look(t);
	}
}

void
trial_read(struct trial *t, uint32_t sid, int64_t time_s, unsigned n, const double *values)
{
	struct series *se = site_series(t->site, sid);
	double raw[METRIC_MAX_FIELDS];

	if (se == NULL)
		return;
	for (unsigned i = 0; i < se->nfields; i++)
		raw[i] = i < n ? values[i] : NAN;
	if (site_update(se, time_s, t->now_ms, se->nfields, raw))
		engine_reading(t->engine, se, t->now_ms);
}

const struct engine *
trial_engine(const struct trial *t)
{
	return t->engine;
}

const struct site *
trial_site(const struct trial *t)
{
	return t->site;
}

size_t
trial_nalerts(const struct trial *t)
{
	return t->nalerts;
}

const struct alert *
trial_alert(const struct trial *t, size_t i)
{
	return &t->alerts[i];
}

size_t
trial_nincidents(const struct trial *t)
{
	return t->nincidents;
}

const struct incident *
trial_incident(const struct trial *t, size_t i)
{
	return &t->incidents[i];
}

size_t
trial_nmessages(const struct trial *t)
{
	return t->nmessages;
}

const struct trial_message *
trial_message(const struct trial *t, size_t i)
{
	return &t->messages[i];
}

const struct plan *
trial_plan(const struct trial *t)
{
	return &t->plan;
}
