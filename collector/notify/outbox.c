/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message waits until its time has come and those of its incident to the same recipients that
 * were made before it are through; whether it is still wanted is asked; then its pictures are drawn
 * (outbox_draw.c), its channel sends it, and its outcome is stored, or it waits again
 * (outbox_fate.c). Each channel has so many under way at once, and of those to the same recipients
 * a few only, so that neither a dead channel nor a dead recipient holds up others; those that were
 * tried least go first, so that a backlog does not hold up what is new.
 *
 * Times are steady milliseconds (zw/clock.h), which compare with the stored wall times. */
#include "collector/notify/outbox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/conf.h"
#include "collector/notify/outbox_int.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

#define LAST_DELAY_MS (15 * 60000)
#define COMPLAIN_EVERY_MS 60000
#define AT_ONCE 4 /* to the same recipients */
#define MAX_WAIT_MS (24 * 3600000)

int64_t
outbox_delay_ms(unsigned tries)
{
	static const int seconds[] = { 15, 30, 60, 120, 300, 600 };

	if (tries == 0 || tries > sizeof seconds / sizeof seconds[0])
		return tries == 0 ? 0 : LAST_DELAY_MS;
	return (int64_t)seconds[tries - 1] * 1000;
}

struct notify_channel *
outbox_channel(const struct outbox *o, const struct lane *l)
{
	return &o->stats->channels[l - o->lanes];
}

/* Counts one that waits, if the older. */
static void
count_waiting(uint64_t *waiting, int64_t *oldest_ms, int64_t created_ms)
{
	++*waiting;
	if (*oldest_ms == 0 || created_ms < *oldest_ms)
		*oldest_ms = created_ms;
}

/* What waits and since when, for those who watch. */
void
outbox_count(struct outbox *o)
{
	struct notify_stats *st = o->stats;
	struct delivery *d;

	st->waiting = o->homeless;
	st->oldest_ms = 0;
	for (size_t i = 0; i < o->nlanes; i++) {
		st->channels[i].waiting = 0;
		st->channels[i].oldest_ms = 0;
	}
	TAILQ_FOREACH (d, &o->all, link) {
		if (d->standing)
			continue;
		struct notify_channel *ch = outbox_channel(o, d->lane);
		count_waiting(&st->waiting, &st->oldest_ms, d->mail->created_ms);
		count_waiting(&ch->waiting, &ch->oldest_ms, d->mail->created_ms);
	}
}

/* Whether a message is about the same incident to the same recipients as one made before it, or
 * answers it. */
static bool
follows(const struct delivery *d, const struct delivery *before)
{
	const struct mail *m = d->mail, *b = before->mail;

	if (d->lane != before->lane)
		return false;
	if (m->incident != 0 && m->incident == b->incident && m->recipient == b->recipient &&
	    strcmp(m->to, b->to) == 0)
		return true;
	return m->references != NULL && strcmp(b->message_id, m->references) == 0;
}

/* Whether it must wait for another. */
static bool
is_blocked(const struct outbox *o, const struct delivery *d)
{
	const struct delivery *other;
	unsigned beside = 0;
	bool before = true;

	TAILQ_FOREACH (other, &o->all, link) {
		if (other == d) {
			before = false;
			continue;
		}
		if (before && (!other->standing || other->state != DELIVERY_WAITING) &&
		    follows(d, other))
			return true;
		beside += other->state != DELIVERY_WAITING && other->lane == d->lane &&
			  strcmp(other->mail->to, d->mail->to) == 0;
	}
	return beside >= AT_ONCE;
}

/* The message to try now on a lane, or NULL; *next_ms gets no later than when one will be due. */
static struct delivery *
outbox_choose(const struct outbox *o, const struct lane *l, int64_t now_ms, int64_t *next_ms)
{
	struct delivery *d, *best = NULL;

	TAILQ_FOREACH (d, &o->all, link) {
		if (d->lane != l || d->state != DELIVERY_WAITING ||
		    (best != NULL && d->mail->tries >= best->mail->tries))
			continue;
		if (d->mail->next_ms > now_ms) {
			if (d->mail->next_ms < *next_ms)
				*next_ms = d->mail->next_ms;
		} else if (!is_blocked(o, d)) {
			best = d;
		}
	}
	return best;
}

void
delivery_tell(const struct delivery *d, bool sent)
{
	const struct outbox *o = d->outbox;

	if (o->ended != NULL && !d->standing)
		o->ended(o->ended_arg, d->mail, sent);
}

/* Whether it is wanted; if not, it is gone. */
static bool
outbox_keeps(struct delivery *d)
{
	struct outbox *o = d->outbox;
	struct err why = { .msg = "overtaken" };

	if (o->wanted == NULL || o->wanted(o->wanted_arg, d->mail, &why))
		return true;
	history_mail_outcome(o->history, d->mail->id, d->standing ? "sent" : "superseded",
	    d->mail->tries, 0, d->standing ? "it is over" : why.msg);
	log_debug("outbox", "incident %" PRIu64 " (%s) by %s is not sent: %s", d->mail->incident,
	    d->mail->kind, d->lane->channel->name, why.msg);
	delivery_tell(d, false);
	delivery_free(d);
	outbox_count(o);
	return false;
}

/* Its turn has come: is it still wanted? */
static void
outbox_start(struct delivery *d)
{
	if (!outbox_keeps(d))
		return;
	d->lane->active++;
	delivery_draw(d);
}

void
outbox_recheck(struct outbox *o)
{
	struct delivery *d, *next;

	for (d = TAILQ_FIRST(&o->all); d != NULL; d = next) {
		next = TAILQ_NEXT(d, link);
		if (d->state == DELIVERY_WAITING && !d->standing)
			(void)outbox_keeps(d);
	}
	/* What waited behind it may go. */
	event_active(o->timer, EV_TIMEOUT, 0);
}

/* Starts what is due and sets the timer for what is not. */
static void
outbox_kick(evutil_socket_t fd, short what, void *arg)
{
	struct outbox *o = arg;
	int64_t now_ms = clock_steady_ms(), next_ms = now_ms + MAX_WAIT_MS;
	struct delivery *d;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < o->nlanes; i++) {
		struct lane *l = &o->lanes[i];
		while (l->active < l->channel->lanes &&
		       (d = outbox_choose(o, l, now_ms, &next_ms)) != NULL)
			outbox_start(d);
	}
	struct timeval tv = clock_timeval(next_ms - now_ms);
	evtimer_add(o->timer, &tv);
}

/* The addresses of a list as an array. */
static void
split(const char *list, char ***out, size_t *n)
{
	*out = NULL;
	*n = 0;
	while (*list != '\0') {
		const char *end = strstr(list, ", ");
		size_t len = end == NULL ? strlen(list) : (size_t)(end - list);
		*out = xreallocarray(*out, *n + 1, sizeof(char *));
		(*out)[(*n)++] = xasprintf("%.*s", (int)len, list);
		list += len + (end == NULL ? 0 : 2);
	}
}

/* Forgets to whom the last try went. */
static void
delivery_forget(struct delivery *d)
{
	for (size_t i = 0; i < d->nto; i++)
		free(d->to[i]);
	free(d->to);
	d->to = NULL;
	d->nto = 0;
}

/* A delivery's end for this run of the program. */
void
delivery_free(struct delivery *d)
{
	TAILQ_REMOVE(&d->outbox->all, d, link);
	if (d->ticket != NULL)
		d->ticket->delivery = NULL;
	if (d->patience != NULL)
		event_free(d->patience);
	delivery_forget(d);
	buf_free(&d->png);
	buf_free(&d->map);
	mail_free(d->mail);
	free(d);
}

/* Hands it to its channel. What has to be sent again goes to all each time. */
void
delivery_send(struct delivery *d)
{
	const struct mail *m = d->mail;
	bool all = m->rest == NULL || d->lane->channel->again;

	d->state = DELIVERY_SENDING;
	delivery_forget(d);
	split(all ? m->to : m->rest, &d->to, &d->nto);
	d->lane->channel->send(d->lane->state, m, d->to, d->nto, d->png.data, d->png.len,
	    d->map.data, d->map.len, delivery_done, d);
}

/* The lane of a channel, or NULL. */
static struct lane *
outbox_lane(struct outbox *o, const char *via)
{
	for (size_t i = 0; i < o->nlanes; i++) {
		if (strcmp(o->lanes[i].channel->name, via == NULL ? "mail" : via) == 0)
			return &o->lanes[i];
	}
	return NULL;
}

void
outbox_take(struct outbox *o, struct mail *m)
{
	struct lane *l = outbox_lane(o, m->via);
	int64_t now_ms = clock_steady_ms(), latest = now_ms + LAST_DELAY_MS + LAST_DELAY_MS / 5;

	if (l == NULL) {
		o->homeless++;
		mail_free(m);
		outbox_count(o);
		return;
	}
	struct delivery *d = xcalloc(1, sizeof *d);
	d->outbox = o;
	d->lane = l;
	d->mail = m;
	d->reached = m->rest != NULL;
	d->standing = l->channel->again && m->rest != NULL && *m->rest == '\0';
	d->from_ms = d->standing ? now_ms : m->created_ms;
	/* Stored while the clock was ahead: no longer than it ever waits. */
	if (m->next_ms > latest)
		m->next_ms = latest;
	TAILQ_INSERT_TAIL(&o->all, d, link);
	outbox_count(o);
	event_active(o->timer, EV_TIMEOUT, 0);
}

void
outbox_ask(
    struct outbox *o, bool (*wanted)(void *arg, const struct mail *m, struct err *why), void *arg)
{
	o->wanted = wanted;
	o->wanted_arg = arg;
}

void
outbox_on_end(
    struct outbox *o, void (*ended)(void *arg, const struct mail *m, bool sent), void *arg)
{
	o->ended = ended;
	o->ended_arg = arg;
}

/* Opens a channel, if it is not. */
static int
outbox_open(
    struct outbox *o, const char *via, const char *hostname, const char *address, struct err *e)
{
	const struct channel *ch = channel_find(via);
	struct err why;

	if (ch == NULL)
		return err_set(e, "there is no channel \"%s\"", via);
	if (address != NULL && ch->check(o->conf, address, &why) == -1)
		return err_set(e, "recipients: %s: %s", via, why.msg);
	if (outbox_lane(o, via) != NULL)
		return 0;
	struct lane *l = &o->lanes[o->nlanes];
	*l = (struct lane){ .channel = ch, .complaint = { .every_ms = COMPLAIN_EVERY_MS } };
	if (ch->open(&l->state, o->base, o->conf, hostname, e) == -1)
		return -1;
	o->stats->channels[o->nlanes++].name = ch->name;
	o->stats->nchannels = o->nlanes;
	return 0;
}

/* All channels that the configuration uses. */
static int
outbox_open_all(struct outbox *o, const char *hostname, struct err *e)
{
	const struct conf_recipient *r = o->conf->recipients.v;

	if (o->conf->mail.transport != NULL && outbox_open(o, "mail", hostname, NULL, e) == -1)
		return -1;
	for (size_t i = 0; i < o->conf->recipients.n; i++) {
		if (outbox_open(o, r[i].via, hostname, r[i].address, e) == -1)
			return -1;
	}
	return 0;
}

int
outbox_new(struct outbox **out, struct event_base *base, const struct conf_collector *conf,
    const char *hostname, const struct site *site, struct render *render, struct history *history,
    struct notify_stats *stats, struct err *e)
{
	struct outbox *o = xcalloc(1, sizeof *o);
	char host[256] = "localhost";

	*o = (struct outbox){ .base = base,
		.conf = conf,
		.site = site,
		.render = render,
		.history = history,
		.stats = stats };
	TAILQ_INIT(&o->all);
	if (hostname == NULL && gethostname(host, sizeof host - 1) == 0)
		hostname = host;
	o->timer = evtimer_new(base, outbox_kick, o);
	if (o->timer == NULL || outbox_open_all(o, hostname == NULL ? host : hostname, e) == -1) {
		if (o->timer == NULL)
			err_set(e, "cannot make a timer");
		outbox_free(o);
		return -1;
	}
	*out = o;
	return 0;
}

void
outbox_free(struct outbox *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->nlanes; i++)
		o->lanes[i].channel->close(o->lanes[i].state);
	while (!TAILQ_EMPTY(&o->all))
		delivery_free(TAILQ_FIRST(&o->all));
	if (o->timer != NULL)
		event_free(o->timer);
	free(o);
}
