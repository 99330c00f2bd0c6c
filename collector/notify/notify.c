/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is due is looked for again and again: for each incident that the engine has, and each group
 * of recipients, the plan is asked what comes next. With a message goes into the same transaction
 * what it leaves told, so that after a crash either both are there or neither. */
#include "collector/notify/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/notify/channel.h"
#include "collector/notify/mime.h"
#include "collector/notify/notify_parts.h"
#include "collector/notify/outbox.h"
#include "collector/notify/ping.h"
#include "zw/alloc.h"
#include "zw/log.h"
#include "zw/str.h"

#define SWEEP_MS 1000
#define MOST_AT_ONCE 4 /* messages of an incident to a group in one turn */

/* Judges what the configuration says of mail, which all Message-IDs are made of. */
static int
prepare_mail(struct notify *n, struct err *e)
{
	const struct conf_mail *c = &n->conf->mail;

	if (!mime_is_address(c->from))
		return err_set(e, "mail.from: \"%s\" is no mail address", c->from);
	n->letters.host = c->hostname != NULL ? c->hostname : strrchr(c->from, '@') + 1;
	if (!mime_is_domain(n->letters.host))
		return err_set(e, "mail.hostname: \"%s\" is no domain name", n->letters.host);
	return 0;
}

/* Judges the recipients' addresses, each by its channel. */
static int
check_recipients(const struct conf_collector *conf, const struct conf_list *list, struct err *e)
{
	const struct conf_recipient *r = list->v;
	struct err why;

	for (size_t i = 0; i < list->n; i++) {
		const char *via = r[i].via == NULL ? "mail" : r[i].via;
		const struct channel *ch = channel_find(via);
		if (ch == NULL)
			return err_set(e, "recipients: there is no channel \"%s\"", via);
		if (ch->check(conf, r[i].address, &why) == -1)
			return err_set(e, "recipients: \"%s\": %s", r[i].address, why.msg);
	}
	return 0;
}

/* Whether the group's messages have a way out. */
static bool
has_way(const struct conf_collector *conf, const struct plan_group *g)
{
	return conf->mail.transport != NULL || strcmp(g->via, "mail") != 0;
}

/* The plan, and whether anything can be sent at all. */
static int
notify_prepare(struct notify *n, bool *sends, struct err *e)
{
	*sends = n->conf->mail.transport != NULL;
	if (plan_init(&n->plan, n->conf, e) == -1)
		return -1;
	n->deaf = xcalloc(n->plan.ngroups + 1, sizeof *n->deaf);
	for (size_t i = 0; i < n->plan.ngroups; i++) {
		n->deaf[i] = !has_way(n->conf, &n->plan.groups[i]);
		*sends = *sends || !n->deaf[i];
	}
	if (!*sends)
		return 0;
	if (prepare_mail(n, e) == -1 || check_recipients(n->conf, &n->conf->recipients, e) == -1 ||
	    check_recipients(n->conf, &n->conf->mail.recipients, e) == -1)
		return -1;
	if (n->plan.ngroups == 0)
		log_warnx("notify", "nobody is to be told of anything: there are no recipients");
	return 0;
}

struct notify *
notify_new(struct event_base *base, const struct conf_collector *conf, const struct site *site,
    struct render *render, struct history *history, struct err *e)
{
	struct notify *n = xcalloc(1, sizeof *n);
	const char *url = conf->notify.ping_url;
	bool sends = false;

	*n = (struct notify){ .base = base,
		.conf = conf,
		.site = site,
		.history = history,
		.letters = { .facts = { .conf = conf, .site = site },
		    .install = history_install(history) } };
	if (notify_prepare(n, &sends, e) == -1 ||
	    (url != NULL && ping_new(&n->ping, base, url, &n->stats, e) == -1) ||
	    (sends && outbox_new(&n->outbox, base, conf, n->letters.host, site, render, history,
			  &n->stats, e) == -1)) {
		notify_free(n);
		return NULL;
	}
	if (n->outbox != NULL) {
		outbox_ask(n->outbox, pending_is_wanted, n);
		outbox_on_end(n->outbox, pending_ended, n);
	}
	return n;
}

/* A talk's rows in the order of another plan's groups; new ones are told as after a restart. */
static void
talk_regroup(struct talk *t, const struct plan *old, const struct plan *fresh)
{
	struct told *told = xcalloc(fresh->ngroups + 1, sizeof *told);
	unsigned *roots = xcalloc(fresh->ngroups + 1, sizeof *roots);

	for (size_t g = 0; g < fresh->ngroups; g++) {
		told[g].incident = t->incident;
		told[g].recipient = fresh->groups[g].number;
		for (size_t k = 0; k < old->ngroups; k++) {
			if (old->groups[k].number != fresh->groups[g].number)
				continue;
			told[g] = t->told[k];
			roots[g] = t->roots[k];
		}
	}
	free(t->told);
	free(t->roots);
	t->told = told;
	t->roots = roots;
	t->old = t->old || t->in.closed_ms != 0 || t->in.severity == WIRE_CRITICAL;
	t->in.changed_ms = -1; /* it is looked at anew */
	t->next_ms = 0;
}

/* What a group has spent and holds goes on in its successor. */
static void
plan_inherit(struct plan *fresh, const struct plan *old)
{
	for (size_t g = 0; g < fresh->ngroups; g++) {
		const struct plan_group *was = plan_group(old, fresh->groups[g].number);
		if (was == NULL)
			continue;
		fresh->groups[g].hour_ms = was->hour_ms;
		fresh->groups[g].spent = was->spent;
	}
}

int
notify_retake(struct notify *n, struct err *e)
{
	struct plan old = n->plan;
	bool *deaf = n->deaf, sends = false;

	int rc = notify_prepare(n, &sends, e);
	if (rc == 0 && sends && n->outbox == NULL)
		rc = err_set(e, "until now nothing was sent at all");
	if (rc == -1) {
		plan_clear(&n->plan);
		free(n->deaf);
		n->plan = old;
		n->deaf = deaf;
		return -1;
	}
	plan_inherit(&n->plan, &old);
	for (size_t i = 0; i < n->ntalks; i++)
		talk_regroup(n->talks[i], &old, &n->plan);
	for (size_t g = 0; g < n->plan.ngroups; g++)
		digest_count(n, g);
	plan_clear(&old);
	free(deaf);
	return 0;
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	ping_free(n->ping);
	outbox_free(n->outbox);
	for (size_t i = 0; i < n->ntalks; i++)
		talk_free(n->talks[i]);
	free(n->talks);
	while (n->npending > 0)
		pending_forget(n, n->npending - 1);
	free(n->pending);
	free(n->deaf);
	plan_clear(&n->plan);
	free(n);
}

void
notify_use_silences(struct notify *n, const struct silences *s)
{
	n->silences = s;
}

void
notify_ask_health(struct notify *n, bool (*is_well)(void *arg), void *arg)
{
	n->is_well = is_well;
	n->well_arg = arg;
}

struct facts
notify_facts(const struct notify *n, const struct engine *e)
{
	return (struct facts){ .conf = n->conf, .site = n->site, .engine = e };
}

/* Two numbers of a note, "N M"; whether they are. */
static bool
two_numbers(const char *value, int64_t *a, uint64_t *b)
{
	char first[32];
	size_t len = strcspn(value, " ");

	if (value[len] != ' ' || len >= sizeof first)
		return false;
	memcpy(first, value, len);
	first[len] = '\0';
	return str_to_i64(first, 0, INT64_MAX, a) == 0 &&
	       str_to_u64(value + len + 1, 0, UINT32_MAX, b) == 0;
}

/* Takes a note back: the budgets' hours, the openings made anew, the last sign of life. */
static void
restore_note(struct notify *n, const struct history_note *note)
{
	int64_t at;
	uint64_t number;
	char key[64];

	if (strcmp(note->key, "life") == 0 && str_to_i64(note->value, 0, INT64_MAX, &at) == 0)
		n->life_ms = at;
	if (strncmp(note->key, "loud.", 5) == 0 && two_numbers(note->value, &at, &number))
		talk_get(n, number)->loud_ms = at;
	for (size_t g = 0; g < n->plan.ngroups; g++) {
		struct plan_group *group = &n->plan.groups[g];
		if (str_format(key, sizeof key, "budget.%08" PRIx32, group->number) == 0 &&
		    strcmp(note->key, key) == 0 && two_numbers(note->value, &at, &number)) {
			group->hour_ms = at;
			group->spent = (unsigned)number;
		}
		if (str_format(key, sizeof key, "root.%08" PRIx32, group->number) == 0 &&
		    strncmp(note->key, key, strlen(key)) == 0 && note->key[strlen(key)] == '.' &&
		    two_numbers(note->value, &at, &number)) {
			struct talk *t = talk_find(n, (uint64_t)at);
			if (t != NULL)
				t->roots[g] = (unsigned)number;
		}
	}
}

void
notify_restore(struct notify *n, const struct history_restored *r)
{
	for (size_t i = 0; i < r->ntold; i++) {
		for (size_t g = 0; g < n->plan.ngroups; g++) {
			if (n->plan.groups[g].number == r->told[i].recipient)
				talk_get(n, r->told[i].incident)->told[g] = r->told[i];
		}
	}
	for (size_t i = 0; i < r->nincidents; i++) {
		const struct incident *in = &r->incidents[i];
		if (in->closed_ms != 0 || in->severity == WIRE_CRITICAL)
			talk_get(n, in->id)->old = true;
	}
	for (size_t i = 0; i < r->nnotes; i++)
		restore_note(n, &r->notes[i]);
	for (size_t g = 0; g < n->plan.ngroups; g++)
		digest_count(n, g);
}

void
notify_store_budget(struct notify *n, size_t group)
{
	const struct plan_group *g = &n->plan.groups[group];
	char key[64], value[64];

	if (str_format(key, sizeof key, "budget.%08" PRIx32, g->number) == 0 &&
	    str_format(value, sizeof value, "%" PRId64 " %u", g->hour_ms, g->spent) == 0)
		history_note(n->history, key, value);
}

/* The opening is made anew: nobody has the last one. The number of its Message-ID is kept in one of
 * a hundred notes of the group, the oldest of which are of incidents long over. */
static void
renew_root(struct notify *n, struct talk *t, size_t group)
{
	char key[64], value[64];

	t->roots[group]++;
	if (str_format(key, sizeof key, "root.%08" PRIx32 ".%u", n->plan.groups[group].number,
		(unsigned)(t->incident % 100)) == 0 &&
	    str_format(value, sizeof value, "%" PRIu64 " %u", t->incident, t->roots[group]) == 0)
		history_note(n->history, key, value);
}

/* An incident is muted no longer: the next in the chain is told so long after that, also over a
 * restart. One of a hundred notes, likewise. */
static void
store_loud(struct notify *n, const struct talk *t)
{
	char key[64], value[64];

	if (str_format(key, sizeof key, "loud.%u", (unsigned)(t->incident % 100)) == 0 &&
	    str_format(value, sizeof value, "%" PRId64 " %" PRIu64, t->loud_ms, t->incident) == 0)
		history_note(n->history, key, value);
}

/* Makes a message of an act and hands it over. */
static void
make(struct notify *n, const struct engine *e, struct talk *t, size_t group, enum plan_act act,
    int64_t now_ms)
{
	struct facts from = notify_facts(n, e);
	const struct told *told = &t->told[group];
	struct text_facts f;

	facts_gather(&from, t->c.in, now_ms, &f);
	facts_freshen(&f, told);
	pending_make(n,
	    letter_new(&n->letters, &n->plan.groups[group], &f, act, told, t->roots[group], false));
}

void
notify_perform(struct notify *n, const struct engine *e, struct talk *t, size_t group,
    enum plan_act act, int64_t now_ms)
{
	struct plan_group *g = &n->plan.groups[group];
	struct told *told = &t->told[group];
	bool stuck = pending_is_opening_stuck(n, t->incident, g->number, now_ms);
	int64_t hour_ms = g->hour_ms;
	unsigned spent = g->spent;

	t->c.in = &t->in;
	if (act == PLAN_CLOSE && stuck) {
		digest_add_late(n, t, group, now_ms);
		return;
	}
	if (stuck && act != PLAN_HOLD) {
		act = g->after_ms > 0 ? PLAN_ESCALATE : PLAN_OPEN;
		renew_root(n, t, group);
		pending_withdraw(n, t->incident, g->number, true);
	} else if (act == PLAN_UPDATE || act == PLAN_REMIND) {
		pending_withdraw(n, t->incident, g->number, false);
	}
	if (act != PLAN_HOLD)
		make(n, e, t, group, act, now_ms);
	plan_done(g, told, &t->c, act, now_ms);
	if (stuck) {
		/* One instead of another: nothing more is spent. */
		g->hour_ms = hour_ms;
		g->spent = spent;
	}
	talk_store(n, t, group);
	if (act != PLAN_HOLD)
		notify_store_budget(n, group);
}

/* What is due of one incident. */
static void
tick_talk(struct notify *n, const struct engine *e, struct talk *t, int64_t now_ms)
{
	t->next_ms = INT64_MAX;
	t->c.in = &t->in;
	for (size_t g = 0; g < n->plan.ngroups; g++) {
		struct plan_due due = { PLAN_NOTHING, INT64_MAX };
		for (int i = 0; i < MOST_AT_ONCE && !n->deaf[g]; i++) {
			due = plan_due(&n->plan, &n->plan.groups[g], &t->c, &t->told[g], now_ms);
			if (due.act == PLAN_NOTHING || due.at_ms > now_ms)
				break;
			notify_perform(n, e, t, g, due.act, now_ms);
		}
		if (due.at_ms < t->next_ms)
			t->next_ms = due.at_ms;
	}
}

/* What is due but seldom looked for. */
static void
sweep(struct notify *n, const struct engine *e, int64_t now_ms)
{
	if (now_ms - n->swept_ms < SWEEP_MS && now_ms >= n->swept_ms)
		return;
	n->swept_ms = now_ms;
	if (n->npending > 0)
		outbox_recheck(n->outbox); /* tells how often each was tried */
	pending_sweep(n, e, now_ms);
	notify_life_tick(n, e, now_ms);
}

void
notify_tick(struct notify *n, const struct engine *e, int64_t now_ms)
{
	struct facts from = notify_facts(n, e);
	size_t count = engine_nincidents(e);

	if (n->ping != NULL && (n->is_well == NULL || n->is_well(n->well_arg)))
		ping_tick(n->ping, now_ms);
	if (n->outbox == NULL)
		return;
	n->mark++;
	for (size_t i = 0; i < count; i++) {
		const struct incident *in = engine_incident_at(e, i);
		struct talk *t = talk_get(n, in->id);
		t->mark = n->mark;
		int64_t loud_ms = t->loud_ms;
		if (talk_look(t, &from, in, now_ms))
			t->next_ms = now_ms;
		if (t->loud_ms != loud_ms)
			store_loud(n, t);
	}
	/* In the order in which they opened. */
	for (size_t i = 0; i < n->ntalks; i++) {
		if (n->talks[i]->mark == n->mark && n->talks[i]->next_ms <= now_ms)
			tick_talk(n, e, n->talks[i], now_ms);
	}
	sweep(n, e, now_ms);
	digest_tick(n, e, now_ms);
	if (n->ntalks != count)
		talk_sweep(n);
	if (n->dropped) {
		n->dropped = false;
		outbox_recheck(n->outbox);
	}
}

void
notify_take(struct notify *n, struct mail *m)
{
	if (n->outbox == NULL) {
		/* It stays in the history, for a start with a transport. */
		n->stats.waiting++;
		mail_free(m);
	} else if (pending_take(n, m)) {
		outbox_take(n->outbox, m);
	} else {
		mail_free(m);
	}
}

const struct notify_stats *
notify_stats(const struct notify *n)
{
	return &n->stats;
}

const char *
notify_off(const struct notify *n)
{
	if (n->outbox == NULL)
		return "no transport configured";
	return n->plan.ngroups == 0 ? "no recipients configured" : NULL;
}
