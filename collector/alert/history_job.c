/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies of what changed, of mails and of their outcomes, in order. The texts of an alert are
 * borrowed from configuration and site, which may be gone when the thread comes to it: they are
 * copied too. */
#include "collector/alert/history_job.h"

#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"

/* NULL stays NULL. */
static char *
copy_text(const char *s)
{
	return s == NULL ? NULL : xstrdup(s);
}

/* Free a mail and its texts. */
void
mail_free(struct mail *m)
{
	if (m == NULL)
		return;
	free(m->kind);
	free(m->via);
	free(m->map);
	free(m->attach);
	free(m->zone);
	free(m->to);
	free(m->rest);
	free(m->subject);
	free(m->text);
	free(m->html);
	free(m->message_id);
	free(m->references);
	free(m->graph_field);
	free(m);
}

/* A mail and its texts once more. */
struct mail *
mail_copy(const struct mail *m)
{
	struct mail *c = xmemdup(m, sizeof *m);

	c->kind = copy_text(m->kind);
	c->via = copy_text(m->via);
	c->map = copy_text(m->map);
	c->attach = copy_text(m->attach);
	c->zone = copy_text(m->zone);
	c->to = copy_text(m->to);
	c->rest = copy_text(m->rest);
	c->subject = copy_text(m->subject);
	c->text = copy_text(m->text);
	c->html = copy_text(m->html);
	c->message_id = copy_text(m->message_id);
	c->references = copy_text(m->references);
	c->graph_field = copy_text(m->graph_field);
	return c;
}

/* Frees states and what is in them. */
static void
states_free(struct history_state *states, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(states[i].key);
		free(states[i].bytes);
	}
	free(states);
}

/* Free what was restored and not taken. */
void
history_restored_clear(struct history_restored *r)
{
	for (size_t i = 0; i < r->nmails; i++)
		mail_free(r->mails[i]);
	for (size_t i = 0; i < r->ntexts; i++)
		free(r->texts[i]);
	free(r->mails);
	free(r->texts);
	free(r->alerts);
	free(r->incidents);
	free(r->silences);
	free(r->actions);
	free(r->told);
	free(r->notes);
	free(r->heatings);
	states_free(r->states, r->nstates);
	*r = (struct history_restored){ 0 };
}

/* An empty job. */
void
history_job_init(struct history_job *j)
{
	*j = (struct history_job){ 0 };
	TAILQ_INIT(&j->ops);
}

/* An entry and all it owns. */
static void
op_free(struct history_op *op)
{
	for (size_t i = 0; i < sizeof op->texts / sizeof op->texts[0]; i++)
		free(op->texts[i]);
	free(op->alert);
	free(op->incident);
	mail_free(op->mail);
	free(op->state);
	free(op->author);
	free(op->what);
	free(op->text);
	free(op->silence);
	free(op->action);
	free(op);
}

/* Free its entries. */
void
history_job_clear(struct history_job *j)
{
	struct history_op *op;

	while ((op = TAILQ_FIRST(&j->ops)) != NULL) {
		TAILQ_REMOVE(&j->ops, op, link);
		op_free(op);
	}
	states_free(j->states.v, j->states.n);
	history_counts_clear(&j->counts);
	free(j->waiters);
	history_job_init(j);
}

/* An empty entry at the end. */
static struct history_op *
op_new(struct history_job *j, enum history_op_kind kind)
{
	struct history_op *op = xcalloc(1, sizeof *op);

	op->kind = kind;
	TAILQ_INSERT_TAIL(&j->ops, op, link);
	j->nops++;
	return op;
}

/* An entry of a change. */
void
history_job_change(struct history_job *j, const struct alert_change *ch)
{
	struct history_op *op = op_new(j, HISTORY_CHANGE);

	op->change = ch->kind;
	op->now_ms = ch->now_ms;
	op->author = copy_text(ch->author);
	op->text = copy_text(ch->text);
	if (ch->incident != NULL)
		op->incident = xmemdup(ch->incident, sizeof *ch->incident);
	if (ch->alert == NULL)
		return;
	op->alert = xmemdup(ch->alert, sizeof *ch->alert);
	op->alert->rule = op->texts[0] = copy_text(ch->alert->rule);
	op->alert->title = op->texts[1] = copy_text(ch->alert->title);
	op->alert->advice = op->texts[2] = copy_text(ch->alert->advice);
	op->alert->unit = op->texts[3] = copy_text(ch->alert->unit);
}

/* An entry of a mail. */
void
history_job_mail(struct history_job *j, struct mail *m)
{
	struct history_op *op = op_new(j, HISTORY_MAIL);

	op->mail = m;
	j->nmails++;
	op->id = m->id;
}

/* An entry of a delivery's outcome. */
void
history_job_outcome(struct history_job *j, int64_t id, const char *state, unsigned tries,
    int64_t next_ms, const char *reply, int64_t now_ms)
{
	struct history_op *op = op_new(j, HISTORY_OUTCOME);

	op->id = id;
	op->state = xstrdup(state);
	op->tries = tries;
	op->next_ms = next_ms;
	op->now_ms = now_ms;
	op->text = copy_text(reply);
}

/* An entry of the recipients that still wait. */
void
history_job_rest(struct history_job *j, int64_t id, const char *rest)
{
	struct history_op *op = op_new(j, HISTORY_REST);

	op->id = id;
	op->text = xstrdup(rest);
}

/* An entry of a message that is withdrawn. */
void
history_job_supersede(struct history_job *j, int64_t id, const char *why, int64_t now_ms)
{
	struct history_op *op = op_new(j, HISTORY_SUPERSEDE);

	op->id = id;
	op->now_ms = now_ms;
	op->text = copy_text(why);
}

/* An entry of the ledger. */
void
history_job_delivery(struct history_job *j, int64_t mail, const char *to, int64_t at_ms,
    const char *state, const char *reply)
{
	struct history_op *op = op_new(j, HISTORY_DELIVERY);

	op->id = mail;
	op->now_ms = at_ms;
	op->what = xstrdup(to);
	op->state = xstrdup(state);
	op->text = copy_text(reply);
}

/* An entry of a silence. */
void
history_job_silence(struct history_job *j, const struct silence *s)
{
	op_new(j, HISTORY_SILENCE)->silence = xmemdup(s, sizeof *s);
}

/* An entry of an action. */
void
history_job_action(struct history_job *j, const struct action *a)
{
	op_new(j, HISTORY_ACTION)->action = xmemdup(a, sizeof *a);
}

/* An entry of what a group was told. */
void
history_job_told(struct history_job *j, const struct told *t)
{
	op_new(j, HISTORY_TOLD)->row.told = *t;
}

/* An entry of a note. */
void
history_job_note(struct history_job *j, const char *key, const char *value)
{
	struct history_op *op = op_new(j, HISTORY_NOTE);

	op->what = xstrdup(key);
	op->text = xstrdup(value);
}

/* An entry of a cooling event. */
void
history_job_heating(struct history_job *j, const struct thermal_event *ev)
{
	op_new(j, HISTORY_HEATING)->row.heating = *ev;
}

/* An entry of the audit trail. */
void
history_job_act(struct history_job *j, int64_t now_ms, const char *author, const char *kind,
    uint64_t incident, const char *what, const char *text)
{
	struct history_op *op = op_new(j, HISTORY_ACT);

	op->now_ms = now_ms;
	op->author = xstrdup(author == NULL ? "" : author);
	op->state = xstrdup(kind);
	op->id = (int64_t)incident;
	op->what = xstrdup(what == NULL ? "" : what);
	op->text = xstrdup(text == NULL ? "" : text);
}

/* All states. */
void
history_job_states(struct history_job *j, uint64_t lsn, struct history_state *states, size_t n)
{
	states_free(j->states.v, j->states.n);
	j->states = (struct history_states){ .set = true, .lsn = lsn, .v = states, .n = n };
}

/* A node's hour of the ledger. */
void
history_job_count(
    struct history_job *j, uint64_t cursor, const char *node, int64_t hour_s, const struct tally *t)
{
	history_counts_add(&j->counts, node, hour_s, t);
	if (cursor > j->counted)
		j->counted = cursor;
}

/* One more who waits. */
void
history_job_wait(struct history_job *j, void (*done)(void *arg, bool ok), void *arg)
{
	j->waiters = xreallocarray(j->waiters, j->nwaiters + 1, sizeof *j->waiters);
	j->waiters[j->nwaiters++] = (struct history_waiter){ done, arg };
}

/* Whether there is nothing to do. */
bool
history_job_is_empty(const struct history_job *j)
{
	return j->nops == 0 && j->cursor == 0 && !j->states.set && j->nwaiters == 0;
}

/* Move entries from one job to the end of another. */
void
history_job_append(struct history_job *to, struct history_job *from)
{
	TAILQ_CONCAT(&to->ops, &from->ops, link);
	to->nops += from->nops;
	to->nmails += from->nmails;
	if (from->cursor > to->cursor)
		to->cursor = from->cursor;
	if (from->states.set)
		history_job_states(to, from->states.lsn, from->states.v, from->states.n);
	history_counts_merge(&to->counts, &from->counts);
	if (from->counted > to->counted)
		to->counted = from->counted;
	for (size_t i = 0; i < from->nwaiters; i++)
		history_job_wait(to, from->waiters[i].done, from->waiters[i].arg);
	free(from->waiters);
	history_job_init(from);
}

/* A change in a word. */
const char *
history_job_word(enum alert_change_kind kind)
{
	static const char *const words[CHANGE_KINDS] = {
		[CHANGE_PENDING] = "pending",
		[CHANGE_DROPPED] = "dropped",
		[CHANGE_FIRED] = "fired",
		[CHANGE_WORSE] = "worse",
		[CHANGE_RESOLVED] = "resolved",
		[CHANGE_OPENED] = "opened",
		[CHANGE_CLOSED] = "closed",
		[CHANGE_CLEARING] = "clearing",
		[CHANGE_BACK] = "back",
		[CHANGE_ACKED] = "acknowledged",
		[CHANGE_UNACKED] = "unacknowledged",
		[CHANGE_MUTED] = "muted",
		[CHANGE_UNMUTED] = "unmuted",
		[CHANGE_CHATTERING] = "chattering",
		[CHANGE_STEADY] = "steady",
		[CHANGE_NO_DATA] = "no-data",
		[CHANGE_DATA] = "data",
		[CHANGE_CAUSE] = "cause",
		[CHANGE_LATE] = "late",
	};

	return (size_t)kind < CHANGE_KINDS ? words[kind] : "?";
}
