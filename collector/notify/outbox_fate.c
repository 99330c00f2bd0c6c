/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of a try, recipient by recipient: into the ledger, and then the message is through,
 * given up, tried again later, or (an Alertmanager forgets) sent again while its incident lasts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/notify/outbox_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

/* Who is not even there is asked again this often at the latest, however long he was away: asking
 * costs little then, and what waits may be urgent. The first answer has all that wait tried. */
#define AWAY_DELAY_MS 30000

/* The words for those who watch; those of other channels than mail with their name. */
static void
note_error(struct delivery *d, const char *why)
{
	struct notify_stats *st = d->outbox->stats;
	struct notify_channel *ch = outbox_channel(d->outbox, d->lane);

	(void)str_copy(ch->last_error, sizeof ch->last_error, why);
	if (d->lane->channel == &channel_mail)
		(void)str_copy(st->last_error, sizeof st->last_error, why);
	else
		snprintf(st->last_error, sizeof st->last_error, "%s: %.200s",
		    d->lane->channel->name, why);
}

/* The message is through or given up. */
static void
delivery_end(struct delivery *d, bool sent, const char *why)
{
	struct outbox *o = d->outbox;
	struct mail *m = d->mail;

	history_mail_outcome(o->history, m->id, sent ? "sent" : "failed", m->tries, 0, why);
	if (sent && d->standing) {
		log_debug(d->lane->channel->name, "incident %" PRIu64 " (%s) is not repeated: %s",
		    m->incident, m->kind, why);
	} else if (sent) {
		o->stats->sent++;
		outbox_channel(o, d->lane)->sent++;
		log_info(d->lane->channel->name, "incident %" PRIu64 " (%s) went to %s",
		    m->incident, m->kind, m->to);
	} else {
		o->stats->failed++;
		outbox_channel(o, d->lane)->failed++;
		note_error(d, why);
		log_warnx(d->lane->channel->name,
		    "incident %" PRIu64 " (%s) to %s failed for good: %s", m->incident, m->kind,
		    m->to, why);
	}
	delivery_tell(d, sent);
	delivery_free(d);
}

/* The last try did not succeed: once more later, or no more. */
static void
delivery_retry(struct delivery *d, const char *why)
{
	struct outbox *o = d->outbox;
	struct mail *m = d->mail;
	int64_t now_ms = clock_steady_ms();
	uint32_t r;
	unsigned held;

	m->tries++;
	o->stats->retries++;
	outbox_channel(o, d->lane)->retries++;
	note_error(d, why);
	if (now_ms - d->from_ms >= o->conf->mail.give_up) {
		for (size_t i = 0; i < d->nto; i++)
			history_delivery(o->history, m->id, d->to[i], now_ms, "failed", why);
		delivery_end(d, d->standing || d->reached, why);
		return;
	}
	if (log_throttle_pass(&d->lane->complaint, now_ms, &held))
		log_warnx(d->lane->channel->name,
		    "incident %" PRIu64 " (%s) is not delivered yet: %s (%u more such)",
		    m->incident, m->kind, why, held);
	evutil_secure_rng_get_bytes(&r, sizeof r);
	int64_t delay = outbox_delay_ms(m->tries);
	if (d->lane->channel->again && delay > o->conf->notify.again)
		delay = o->conf->notify.again;
	if (d->unreachable && delay > AWAY_DELAY_MS)
		delay = AWAY_DELAY_MS;
	m->next_ms = now_ms + delay + delay * (int64_t)(r % 1000) / 5000;
	d->lane->failing = true;
	if (!d->standing)
		history_mail_outcome(o->history, m->id, "waiting", m->tries, m->next_ms, why);
}

/* The other side is back: what waits only because it was away is tried now. */
static void
lane_recovered(struct outbox *o, struct lane *l)
{
	struct delivery *d;

	if (!l->failing)
		return;
	l->failing = false;
	log_info(l->channel->name, "delivered again");
	TAILQ_FOREACH (d, &o->all, link) {
		if (d->lane == l && d->unreachable && d->state == DELIVERY_WAITING)
			d->mail->next_ms = 0;
	}
}

/* Accepted by all: kept, to be sent again while the incident lasts. What stood for it before is
 * through. */
static void
delivery_stand(struct delivery *d, const char *why)
{
	struct outbox *o = d->outbox;
	struct mail *m = d->mail;
	struct delivery *other, *next;

	for (other = TAILQ_FIRST(&o->all); other != NULL; other = next) {
		next = TAILQ_NEXT(other, link);
		if (other != d && other->standing && other->state == DELIVERY_WAITING &&
		    other->lane == d->lane && other->mail->incident == m->incident &&
		    other->mail->recipient == m->recipient)
			delivery_end(other, true, "followed by another");
	}
	if (strcmp(m->kind, "close") == 0 || m->incident == 0) {
		delivery_end(d, true, why);
		return;
	}
	d->from_ms = clock_steady_ms();
	m->next_ms = d->from_ms + o->conf->notify.again;
	m->tries = 0;
	if (d->standing)
		return;
	delivery_tell(d, true);
	d->standing = true;
	o->stats->sent++;
	outbox_channel(o, d->lane)->sent++;
	free(m->rest);
	m->rest = xstrdup("");
	history_mail_rest(o->history, m->id, m->rest);
	history_mail_outcome(o->history, m->id, "waiting", 0, m->next_ms, why);
	log_info(d->lane->channel->name, "incident %" PRIu64 " (%s) went to %s", m->incident,
	    m->kind, m->to);
}

/* The ledger's line of a recipient. */
static void
note_fate(struct delivery *d, size_t i, enum channel_fate fate, const char *reply)
{
	struct outbox *o = d->outbox;

	if (fate == CHANNEL_REFUSED) {
		o->stats->refused++;
		outbox_channel(o, d->lane)->refused++;
		log_warnx(d->lane->channel->name,
		    "incident %" PRIu64 " (%s): %s is refused for good: %s", d->mail->incident,
		    d->mail->kind, d->to[i], reply);
	}
	if (fate != CHANNEL_RETRY && !d->standing)
		history_delivery(o->history, d->mail->id, d->to[i], clock_steady_ms(),
		    fate == CHANNEL_ACCEPTED ? "accepted" : "refused", reply);
}

/* Says who was refused for good and keeps in the message who still waits; returns how many do. */
static size_t
delivery_sort(struct delivery *d, const struct channel_result *r, size_t *accepted)
{
	struct buf rest = { 0 };
	size_t waiting = 0;

	for (size_t i = 0; i < r->n && i < d->nto; i++) {
		*accepted += r->fates[i] == CHANNEL_ACCEPTED;
		note_fate(d, i, r->fates[i], r->replies != NULL ? r->replies[i] : r->reply);
		if (r->fates[i] != CHANNEL_RETRY)
			continue;
		if (waiting++ > 0)
			buf_put(&rest, ", ", 2);
		buf_text(&rest, d->to[i]);
	}
	buf_u8(&rest, '\0');
	if (waiting > 0 && waiting < r->n && !d->lane->channel->again) {
		free(d->mail->rest);
		d->mail->rest = xstrdup((const char *)rest.data);
		history_mail_rest(d->outbox->history, d->mail->id, d->mail->rest);
	}
	buf_free(&rest);
	return waiting;
}

/* This try is over: room for the next. */
static void
delivery_leave(struct delivery *d)
{
	d->state = DELIVERY_WAITING;
	d->lane->active--;
	event_active(d->outbox->timer, EV_TIMEOUT, 0);
}

void
delivery_done(void *arg, const struct channel_result *r)
{
	struct delivery *d = arg;
	struct outbox *o = d->outbox;
	size_t accepted = 0;

	size_t waiting = delivery_sort(d, r, &accepted);
	delivery_leave(d);
	d->unreachable = r->unreachable;
	d->reached = d->reached || accepted > 0;
	if (!r->unreachable)
		lane_recovered(o, d->lane);
	if (waiting > 0)
		delivery_retry(d, r->reply);
	else if (d->lane->channel->again && accepted > 0)
		delivery_stand(d, r->reply);
	else /* those that were refused were said; one that has it is enough to call it sent */
		delivery_end(d, d->reached, r->reply);
	outbox_count(o);
}
