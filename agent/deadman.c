/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman: the decision (the table is in the header). Nothing here knows sockets, clocks or mails.
 *
 * A saying also carries what others said: when they delivered, and who of them holds. That is
 * passed on only at first hand, by those who heard it from whom it is about. Were it passed on
 * further, each hop would add its delay to the time that it speaks of, and what goes round would
 * never grow old. */
#include <string.h>

#include "agent/deadman.h"

#define SETTLE_MAX_MS 2000
#define RETRY_FIRST_MS 60000
#define RETRY_MOST_MS 1800000

/* The greater of two times. */
static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t
deadman_repeat_ms(const struct deadman_opts *o)
{
	return o->after_ms / 4 < DEADMAN_REPEAT_MS ? o->after_ms / 4 : DEADMAN_REPEAT_MS;
}

/* After so long without a word of it somebody is not heard any more. */
static int64_t
heard_for_ms(const struct deadman *d)
{
	return 3 * deadman_repeat_ms(&d->o);
}

/* And after so long a holder has fallen silent. */
static int64_t
hold_for_ms(const struct deadman *d)
{
	return 7 * deadman_repeat_ms(&d->o) / 2;
}

/* When this one, or one that it hears, delivered last: what it may tell. */
static int64_t
first_hand_ms(const struct deadman *d)
{
	int64_t ms = d->ok_ms;

	for (unsigned i = 0; i < d->o.n; i++)
		ms = later(ms, d->peers[i].ok_ms);
	return ms;
}

/* When the collector was last known to live; 0: unknown. */
static int64_t
live_ms(const struct deadman *d)
{
	int64_t ms = first_hand_ms(d);

	for (unsigned i = 0; i < d->o.n; i++)
		ms = later(ms, d->peers[i].live_ms);
	return ms;
}

bool
deadman_hears(const struct deadman *d, int64_t now, unsigned rank)
{
	const struct deadman_peer *p = &d->peers[rank];

	return p->heard_ms != 0 && now - p->heard_ms < heard_for_ms(d);
}

bool
deadman_alone(const struct deadman *d, int64_t now)
{
	for (unsigned i = 0; i < d->o.n; i++)
		if (i != d->o.self && deadman_hears(d, now, i))
			return false;
	return d->o.n > 1;
}

void
deadman_init(
    struct deadman *d, const struct deadman_opts *o, const struct deadman_memo *m, int64_t now)
{
	*d = (struct deadman){ .o = *o, .start_ms = now, .news = true };
	if (m == NULL)
		return;
	d->since_ms = m->since_ms;
	if (!m->mailed || !o->mails || o->n == 0)
		return;
	d->part = DEADMAN_MAILED;
	d->id = m->id;
	d->quiet_ms = m->quiet_ms;
	d->claimed_ms = m->claimed_ms < now ? m->claimed_ms : now;
}

void
deadman_memo(const struct deadman *d, struct deadman_memo *m)
{
	*m = (struct deadman_memo){ .since_ms = d->since_ms };
	m->mailed =
	    d->part == DEADMAN_MAILED || d->part == DEADMAN_OWES || d->part == DEADMAN_CLOSING;
	m->id = d->id;
	m->quiet_ms = d->quiet_ms;
	m->claimed_ms = d->claimed_ms;
}

/* What is told here: each once. */
static void
turn_here(struct deadman *d, int64_t now, struct deadman_turn *t)
{
	if (d->since_ms == 0 && now - later(d->ok_ms, d->start_ms) >= d->o.after_ms) {
		d->since_ms = later(d->ok_ms, d->start_ms);
		t->tell_lost = true;
		t->since_ms = d->since_ms;
	} else if (d->since_ms != 0 && d->ok_ms > later(d->since_ms, d->start_ms)) {
		t->tell_back = true;
		t->since_ms = d->since_ms;
		d->since_ms = 0;
	}
}

/* The holder is no more; what it had mailed need not be mailed again. */
static void
lose_hold(struct deadman *d, int64_t now, bool fell_silent)
{
	if (fell_silent && d->hold_mailed)
		d->lost_id = d->hold_id;
	d->held = false;
	d->base_ms = now;
}

/* Take it on: with a mail, or in the place of one that had mailed. */
static void
claim(struct deadman *d, int64_t now, int64_t quiet, uint64_t random)
{
	d->part = d->lost_id != 0 ? DEADMAN_MAILED : DEADMAN_CLAIMED;
	d->id = d->lost_id != 0 ? d->lost_id : random | 1;
	d->lost_id = 0;
	d->quiet_ms = quiet;
	d->claimed_ms = now;
	d->news = true;
}

/* Nobody here holds: whether it is up to this one. */
static void
turn_still(struct deadman *d, int64_t now, uint64_t random)
{
	int64_t quiet = later(live_ms(d), d->start_ms);

	if (d->held && now - d->hold_ms > hold_for_ms(d))
		lose_hold(d, now, true);
	if (now - quiet < d->o.after_ms) {
		d->base_ms = 0;
		d->lost_id = 0;
		return;
	}
	if (d->held || deadman_alone(d, now)) {
		/* Later all that hear each other again count from the same moment. */
		d->base_ms = now;
		return;
	}
	if (d->base_ms == 0)
		d->base_ms = quiet + d->o.after_ms;
	if (now < d->base_ms + d->o.stagger_ms * (int64_t)d->o.self || now < d->retry_ms)
		return;
	claim(d, now, quiet, random);
}

/* Whether the collector lived since this one took it on. */
static bool
is_over(const struct deadman *d)
{
	return live_ms(d) > d->claimed_ms;
}

/* Back to where nobody knows of anything. */
static void
forget(struct deadman *d)
{
	d->part = DEADMAN_STILL;
	d->base_ms = d->retry_ms = 0;
	d->tries = 0;
	d->news = true;
}

/* What this one does of what concerns all. */
static void
turn_mail(struct deadman *d, int64_t now, uint64_t random, struct deadman_turn *t)
{
	int64_t settle = d->o.stagger_ms / 4 < SETTLE_MAX_MS ? d->o.stagger_ms / 4 : SETTLE_MAX_MS;

	if (d->part == DEADMAN_STILL)
		turn_still(d, now, random);
	if (d->part == DEADMAN_CLAIMED && is_over(d)) {
		forget(d);
	} else if (d->part == DEADMAN_CLAIMED && now - d->claimed_ms >= settle) {
		d->part = DEADMAN_SENDING;
		t->mail_silent = true;
	} else if (d->part == DEADMAN_MAILED && is_over(d)) {
		d->part = DEADMAN_OWES;
		d->tries = 0;
		d->retry_ms = 0;
	}
	if (d->part == DEADMAN_OWES && now >= d->retry_ms) {
		d->part = DEADMAN_CLOSING;
		t->mail_over = true;
	}
}

/* How long until it says the same again: at first often, for sayings get lost. */
static int64_t
say_every_ms(const struct deadman *d, int64_t now)
{
	int64_t often = d->o.stagger_ms / 8, seldom = deadman_repeat_ms(&d->o);

	if (d->part != DEADMAN_STILL && now - d->claimed_ms < 2 * d->o.stagger_ms && often < seldom)
		return often;
	return seldom;
}

struct deadman_turn
deadman_turn(struct deadman *d, int64_t now, int64_t delivered_ms, uint64_t random)
{
	struct deadman_turn t = { 0 };

	d->ok_ms = later(d->ok_ms, delivered_ms);
	turn_here(d, now, &t);
	if (d->o.n > 0 && d->o.mails)
		turn_mail(d, now, random, &t);
	t.say = d->o.n > 1 &&
		(d->news || t.tell_lost || t.tell_back || now - d->said_ms >= say_every_ms(d, now));
	if (t.say) {
		d->said_ms = now;
		d->news = false;
	}
	return t;
}

void
deadman_mailed(struct deadman *d, int64_t now, bool sent)
{
	int64_t wait = RETRY_FIRST_MS;

	if (sent && d->part == DEADMAN_SENDING) {
		d->part = DEADMAN_MAILED;
		d->news = true;
		return;
	}
	if (sent && d->part == DEADMAN_CLOSING) {
		forget(d);
		return;
	}
	for (unsigned i = 0; i < d->tries && wait < RETRY_MOST_MS; i++)
		wait *= 2;
	d->tries++;
	d->retry_ms = now + (wait < RETRY_MOST_MS ? wait : RETRY_MOST_MS);
	d->news = true;
	if (d->part == DEADMAN_CLOSING)
		d->part = DEADMAN_OWES;
	if (d->part != DEADMAN_SENDING)
		return;
	/* The others have their turn first. */
	d->part = DEADMAN_STILL;
	d->base_ms = now;
	d->retry_ms += d->o.stagger_ms * (int64_t)d->o.n;
}

/* Another holds as well: whether this one lets go. Of one mail one is in charge; before there is a
 * mail there shall be but one. What both have mailed, each ends itself. */
static bool
yields(const struct deadman *d, const struct deadman_said *s)
{
	if (d->part == DEADMAN_CLAIMED)
		return s->mailed || s->holder < d->o.self;
	return d->part == DEADMAN_MAILED && s->id == d->id && s->holder < d->o.self;
}

/* Somebody says that another, or itself, holds. */
static void
hear_hold(struct deadman *d, int64_t now, unsigned from, const struct deadman_said *s)
{
	int64_t at = now - s->hold_age_ms;

	if (s->holder == d->o.self || s->hold_age_ms < 0 || s->hold_age_ms > hold_for_ms(d))
		return;
	if (from != s->holder && at <= d->peers[s->holder].heard_ms)
		return;
	if (d->part != DEADMAN_STILL && !yields(d, s))
		return;
	if (d->held && from != s->holder && at <= d->hold_ms)
		return;
	if (d->part != DEADMAN_STILL)
		forget(d);
	d->held = true;
	d->holder = s->holder;
	d->hold_id = s->id;
	d->hold_mailed = s->mailed;
	d->hold_ms = at;
}

void
deadman_heard(struct deadman *d, int64_t now, unsigned from, const struct deadman_said *s)
{
	struct deadman_peer *p;

	if (from >= d->o.n || from == d->o.self || (s->held && s->holder >= d->o.n))
		return;
	p = &d->peers[from];
	if (d->held && d->holder == from && (!s->held || s->holder != from))
		lose_hold(d, now, false);
	if (s->held)
		hear_hold(d, now, from, s);
	p->heard_ms = now;
	p->ok_ms = s->own_age_ms >= 0 ? now - s->own_age_ms : 0;
	p->live_ms = s->live_age_ms >= 0 ? now - s->live_age_ms : 0;
}

/* An age, or -1 of what never was. */
static int64_t
age(int64_t now, int64_t then)
{
	if (then == 0)
		return -1;
	return now > then ? now - then : 0;
}

void
deadman_say(const struct deadman *d, int64_t now, struct deadman_said *s)
{
	*s = (struct deadman_said){
		.own_age_ms = age(now, d->ok_ms),
		.live_age_ms = age(now, first_hand_ms(d)),
	};
	if (d->part != DEADMAN_STILL) {
		s->held = true;
		s->holder = d->o.self;
		s->id = d->id;
		s->mailed = d->part >= DEADMAN_MAILED;
	} else if (d->held && d->peers[d->holder].heard_ms != 0) {
		s->held = true;
		s->holder = d->holder;
		s->id = d->hold_id;
		s->mailed = d->hold_mailed;
		s->hold_age_ms = now - d->peers[d->holder].heard_ms;
	}
}
