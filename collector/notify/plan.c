/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan: for each incident and group at most one thing that is to be told next, and its time.
 * What is due is looked for in the order of its weight, so that of two messages that would go
 * together only the weightier does: each of them tells all that is known. */
#include "collector/notify/plan.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/crc32c.h"

/* The steps of the countdown, s. */
#define NEAR_S 3600
#define SOON_S 600
#define AT_HAND_S 180

#define USUAL_BUDGET 20
#define USUAL_UPDATE_MS INT64_C(300000)
#define USUAL_FIRST_MS INT64_C(600000)
#define USUAL_EVERY_MS INT64_C(1800000)

/* Order of names, for qsort. */
static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Appends the names, with commas; sorted, if their order means nothing. */
static void
put_names(struct buf *b, const struct conf_texts *t, bool sorted)
{
	char **names = xmalloc((t->n + 1) * sizeof *names);

	for (size_t i = 0; i < t->n; i++)
		names[i] = t->v[i];
	if (sorted)
		qsort(names, t->n, sizeof *names, compare_names);
	for (size_t i = 0; i < t->n; i++) {
		buf_text(b, i == 0 ? "" : ",");
		buf_text(b, names[i]);
	}
	free(names);
	buf_text(b, t->n == 0 ? "*" : "");
}

/* A text, or what stands for it where the configuration gives none. */
static const char *
or_else(const char *text, const char *other)
{
	return text != NULL ? text : other;
}

/* The wishes of a recipient as a text. */
static char *
wishes_of(const struct conf_recipient *r)
{
	struct buf b = { 0 };
	char *numbers = xasprintf("|%" PRId64 "|%" PRId64 "|", r->after, r->budget);

	buf_text(&b, or_else(r->via, "mail"));
	buf_text(&b, "|");
	put_names(&b, &r->zones, true);
	buf_text(&b, "|");
	buf_text(&b, or_else(r->severity, "warning"));
	buf_text(&b, "|");
	put_names(&b, &r->hours, true);
	buf_text(&b, numbers);
	buf_text(&b, or_else(r->language, "en"));
	buf_text(&b, "|");
	buf_text(&b, or_else(r->credential, ""));
	if (r->via != NULL && strcmp(r->via, "mail") != 0) { /* only mail goes to several at once */
		buf_text(&b, "|");
		buf_text(&b, r->address);
	}
	buf_u8(&b, '\0');
	char *wishes = xstrdup((const char *)b.data);
	buf_free(&b);
	free(numbers);
	return wishes;
}

/* The severity of a word; the configuration allows no other. */
static enum wire_severity
severity_of(const char *word)
{
	if (strcmp(word, "critical") == 0)
		return WIRE_CRITICAL;
	return strcmp(word, "info") == 0 ? WIRE_INFO : WIRE_WARNING;
}

/* The list of addresses with one more. */
static void
append(char **list, const char *address)
{
	char *longer = *list == NULL ? xstrdup(address) : xasprintf("%s, %s", *list, address);

	free(*list);
	*list = longer;
}

/* A new group, of one wish. */
static int
group_new(struct plan *p, const struct conf_recipient *r, struct plan_group **out, struct err *e)
{
	p->groups = xreallocarray(p->groups, p->ngroups + 1, sizeof *p->groups);
	struct plan_group *g = &p->groups[p->ngroups++];

	*g = (struct plan_group){ .wishes = wishes_of(r),
		.first = r,
		.via = or_else(r->via, "mail"),
		.severity = severity_of(or_else(r->severity, "warning")),
		.lang = lang_of(r->language),
		.after_ms = r->after,
		.budget = r->budget > 0 ? (unsigned)r->budget : USUAL_BUDGET };
	if (strcmp(g->via, "alertmanager") == 0)
		g->budget = UINT_MAX; /* it groups and limits by itself */
	g->number = crc32c(0, g->wishes, strlen(g->wishes));
	*out = g;
	for (size_t i = 0; i < r->hours.n && g->nhours < PLAN_MAX_WINDOWS; i++) {
		if (silence_parse_window(r->hours.v[i], &g->hours[g->nhours++], e) == -1)
			return -1;
	}
	return 0;
}

/* Puts a recipient into its group. */
static int
plan_add(struct plan *p, const struct conf_recipient *r, struct err *e)
{
	char *wishes = wishes_of(r);
	struct plan_group *g = NULL;
	int rc = 0;

	for (size_t i = 0; i < p->ngroups && g == NULL; i++) {
		if (strcmp(p->groups[i].wishes, wishes) == 0)
			g = &p->groups[i];
	}
	free(wishes);
	if (g == NULL)
		rc = group_new(p, r, &g, e);
	append(&g->to, r->address);
	if (r->daily)
		append(&g->daily, r->address);
	return rc;
}

int
plan_init(struct plan *p, const struct conf_collector *conf, struct err *e)
{
	const struct conf_list *lists[] = { &conf->recipients, &conf->mail.recipients };

	*p = (struct plan){ .conf = conf };
	for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++) {
		const struct conf_recipient *r = lists[k]->v;
		for (size_t i = 0; i < lists[k]->n; i++) {
			if (plan_add(p, &r[i], e) == -1) {
				plan_clear(p);
				return -1;
			}
		}
	}
	return 0;
}

void
plan_clear(struct plan *p)
{
	for (size_t i = 0; i < p->ngroups; i++) {
		free(p->groups[i].wishes);
		free(p->groups[i].to);
		free(p->groups[i].daily);
	}
	free(p->groups);
	*p = (struct plan){ 0 };
}

struct plan_group *
plan_group(const struct plan *p, uint32_t number)
{
	for (size_t i = 0; i < p->ngroups; i++) {
		if (p->groups[i].number == number)
			return &p->groups[i];
	}
	return NULL;
}

/* Whether the group wants to hear of this zone. */
static bool
wants(const struct plan_group *g, const char *zone)
{
	const struct conf_texts *zones = &g->first->zones;

	for (size_t i = 0; i < zones->n; i++) {
		if (strcmp(zones->v[i], zone) == 0)
			return true;
	}
	return zones->n == 0;
}

bool
plan_is_awake(const struct plan_group *g, int64_t now_ms)
{
	for (size_t i = 0; i < g->nhours; i++) {
		if (silence_is_active(&g->hours[i], now_ms))
			return true;
	}
	return g->nhours == 0;
}

/* The first moment from then on at which messages may go. */
static int64_t
awake_from(const struct plan_group *g, int64_t at_ms)
{
	int64_t best = INT64_MAX;

	if (at_ms == INT64_MAX || plan_is_awake(g, at_ms))
		return at_ms;
	for (size_t i = 0; i < g->nhours; i++) {
		int64_t next = silence_next_ms(&g->hours[i], at_ms);
		if (next > at_ms && next < best)
			best = next;
	}
	return best;
}

/* What was spent of the budget in the hour that is now. */
static unsigned
spent(const struct plan_group *g, int64_t now_ms)
{
	bool over = now_ms >= g->hour_ms + PLAN_HOUR_MS || now_ms < g->hour_ms;

	return over ? 0 : g->spent;
}

/* A time of the configuration, where it has one. */
static int64_t
time_or(int64_t conf_ms, int64_t usual_ms)
{
	return conf_ms > 0 ? conf_ms : usual_ms;
}

/* When the first message goes; and whether it is one that no budget stops. */
static struct plan_due
due_open(const struct plan *p, const struct plan_group *g, const struct plan_case *c, bool *passes)
{
	const struct plan_due never = { PLAN_NOTHING, INT64_MAX };

	*passes = c->now == WIRE_CRITICAL;
	if (g->after_ms > 0) {
		if (c->urgent_ms == 0)
			return never;
		return (struct plan_due){ PLAN_ESCALATE, c->urgent_ms + g->after_ms };
	}
	if (c->now < (int)g->severity)
		return never;
	if (c->now == WIRE_CRITICAL)
		return (struct plan_due){ PLAN_OPEN, 0 };
	return (struct plan_due){ PLAN_OPEN, c->in->opened_ms + p->conf->notify.group_wait };
}

/* When the next reminder goes. Those to whom it was escalated had theirs with the opening. */
static int64_t
due_reminder(const struct plan *p, const struct plan_group *g, const struct plan_case *c,
    const struct told *t)
{
	int64_t every = time_or(p->conf->notify.remind_every, USUAL_EVERY_MS);
	int64_t first = time_or(p->conf->notify.remind_first, USUAL_FIRST_MS);
	int64_t base = t->opened_ms > c->urgent_ms ? t->opened_ms : c->urgent_ms;

	if (c->urgent_ms == 0 || c->now < WIRE_CRITICAL)
		return INT64_MAX;
	if (t->reminded_ms >= base)
		return t->reminded_ms + every;
	return base + (g->after_ms > 0 ? every : first);
}

/* When what changed is told. Those who asked for criticals alone are told that none is left, and
 * then nothing of what is less. */
static int64_t
due_update(const struct plan *p, const struct plan_group *g, const struct plan_case *c,
    const struct told *t)
{
	int64_t every = time_or(p->conf->notify.update_every, USUAL_UPDATE_MS);
	bool concerns = c->now >= (int)g->severity || t->severity >= g->severity;
	const struct ack *ack = &c->in->ack;
	int64_t at = INT64_MAX;

	if (c->in->changed_ms > t->changed_ms && concerns)
		at = t->last_ms + every;
	if (*ack->author != '\0' && ack->at_ms > t->last_ms && ack->at_ms + PLAN_ACK_MS < at)
		at = ack->at_ms + PLAN_ACK_MS;
	return at;
}

enum plan_near
plan_near(double left_s)
{
	if (isnan(left_s) || left_s > NEAR_S)
		return PLAN_FAR;
	if (left_s <= 0)
		return PLAN_REACHED;
	if (left_s < AT_HAND_S)
		return PLAN_AT_HAND;
	return left_s < SOON_S ? PLAN_SOON : PLAN_KNOWN;
}

/* Whether all that was critical when they were told last is over, and something else is. Only with
 * the change that this is: a device's clock may be ahead of ours. */
static bool
is_another(
    const struct plan_group *g, const struct plan_case *c, const struct told *t, int64_t now_ms)
{
	return g->after_ms == 0 && c->in->changed_ms > t->changed_ms && c->began_ms > t->last_ms &&
	       c->began_ms <= now_ms;
}

/* What goes next in the thread of an opening that was told. */
static struct plan_due
due_later(const struct plan *p, const struct plan_group *g, const struct plan_case *c,
    const struct told *t, int64_t now_ms, bool *passes)
{
	int64_t remind = due_reminder(p, g, c, t);
	int64_t update = due_update(p, g, c, t);
	bool nearer = c->near > t->near && c->now >= (int)g->severity;

	*passes = true;
	/* It became critical, or critical in another part of the house, or by something else. */
	if (c->now == WIRE_CRITICAL &&
	    (t->severity < WIRE_CRITICAL || (c->topics & ~t->topics) != 0 ||
		is_another(g, c, t, now_ms)))
		return (struct plan_due){ PLAN_UPDATE, 0 };
	if (remind <= now_ms || (!nearer && remind != INT64_MAX && remind <= update))
		return (struct plan_due){ PLAN_REMIND, remind };
	*passes = nearer && c->now == WIRE_CRITICAL;
	if (nearer)
		return (struct plan_due){ PLAN_UPDATE, 0 };
	return (struct plan_due){ update == INT64_MAX ? PLAN_NOTHING : PLAN_UPDATE, update };
}

/* What is told of the end: the story, to those who know of the beginning. One that was critical and
 * over before anybody could be told has the story alone, unless the hour was not theirs. */
static struct plan_due
due_close(const struct plan_group *g, const struct plan_case *c, const struct told *t)
{
	const struct plan_due never = { PLAN_NOTHING, INT64_MAX };

	if (t->opened_ms != 0)
		return (struct plan_due){ PLAN_CLOSE, 0 };
	if (!c->fresh || c->worst < WIRE_CRITICAL || g->after_ms > 0 ||
	    !plan_is_awake(g, c->in->closed_ms))
		return never;
	return (struct plan_due){ PLAN_CLOSE, 0 };
}

struct plan_due
plan_due(const struct plan *p, const struct plan_group *g, const struct plan_case *c,
    const struct told *told, int64_t now_ms)
{
	const struct plan_due never = { PLAN_NOTHING, INT64_MAX };
	struct plan_due due;
	bool passes = false;

	/* The zone is that of the cause, which may change; who knows of it goes on to be told. */
	if (told->closed || (told->opened_ms == 0 && !told->digested && !wants(g, c->in->zone)))
		return never;
	if (c->in->closed_ms != 0)
		due = told->digested ? never : due_close(g, c, told);
	else if (c->now < 0)
		return never;
	else if (told->opened_ms == 0)
		due = due_open(p, g, c, &passes);
	else
		due = due_later(p, g, c, told, now_ms, &passes);
	if (due.act == PLAN_NOTHING || (told->digested && !passes))
		return never;
	due.at_ms = awake_from(g, due.at_ms > now_ms ? due.at_ms : now_ms);
	if (due.at_ms <= now_ms && !passes && spent(g, now_ms) >= g->budget)
		due.act = PLAN_HOLD;
	return due;
}

enum plan_act
plan_next(const struct plan *p, const struct plan_group *g, const struct plan_case *c,
    const struct told *told, int64_t now_ms)
{
	struct plan_due due = plan_due(p, g, c, told, now_ms);

	return due.at_ms <= now_ms ? due.act : PLAN_NOTHING;
}

/* One more of the hour's budget is spent. */
static void
spend(struct plan_group *g, int64_t now_ms)
{
	unsigned before = spent(g, now_ms);

	if (before == 0)
		g->hour_ms = now_ms;
	g->spent = before + 1;
}

void
plan_hold(struct plan_group *g, struct told *told, int64_t now_ms)
{
	told->last_ms = now_ms;
	if (told->digested)
		return;
	told->digested = true;
	if (g->held++ == 0)
		g->held_ms = now_ms;
}

void
plan_done(struct plan_group *g, struct told *told, const struct plan_case *c, enum plan_act act,
    int64_t now_ms)
{
	if (act == PLAN_HOLD) {
		plan_hold(g, told, now_ms);
		return;
	}
	if (told->digested && g->held > 0)
		g->held--;
	told->digested = false;
	told->last_ms = now_ms;
	told->changed_ms = c->in->changed_ms;
	if (c->near > told->near)
		told->near = c->near;
	told->topics |= c->topics;
	if (c->near == PLAN_REACHED) /* that the inlets are past their limit is no news then */
		told->topics |= 1U << TOPIC_AIR;
	if (c->now >= 0)
		told->severity = (enum wire_severity)c->now;
	if (act == PLAN_OPEN || act == PLAN_ESCALATE)
		told->opened_ms = now_ms;
	told->updates += act == PLAN_UPDATE;
	told->reminders += act == PLAN_REMIND;
	if (act == PLAN_REMIND)
		told->reminded_ms = now_ms;
	told->closed = told->closed || act == PLAN_CLOSE;
	spend(g, now_ms);
}

int64_t
plan_digest_ms(const struct plan_group *g, int64_t now_ms)
{
	int64_t at = g->held_ms + PLAN_DIGEST_MS;

	if (g->held == 0)
		return INT64_MAX;
	if (g->hour_ms <= g->held_ms && g->hour_ms + PLAN_HOUR_MS < at)
		at = g->hour_ms + PLAN_HOUR_MS;
	return awake_from(g, at > now_ms ? at : now_ms);
}

const char *
plan_word(enum plan_act act)
{
	static const char *const words[] = { [PLAN_NOTHING] = "nothing",
		[PLAN_OPEN] = "open",
		[PLAN_UPDATE] = "update",
		[PLAN_REMIND] = "remind",
		[PLAN_ESCALATE] = "escalate",
		[PLAN_CLOSE] = "close",
		[PLAN_HOLD] = "digest" };

	return words[act];
}
