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
	free(op->reply);
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
    int64_t next_ms, const char *reply)
{
	struct history_op *op = op_new(j, HISTORY_OUTCOME);

	op->id = id;
	op->state = xstrdup(state);
	op->tries = tries;
	op->next_ms = next_ms;
	op->reply = copy_text(reply);
}

/* An entry of the recipients that still wait. */
void
history_job_rest(struct history_job *j, int64_t id, const char *rest)
{
	struct history_op *op = op_new(j, HISTORY_REST);

	op->id = id;
	op->reply = xstrdup(rest);
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
