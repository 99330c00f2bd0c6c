/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hub between topics and streams. What is followed in one language is a feed: its pieces are
 * made once a turn, and what changed goes to all who follow it. A turn that takes long goes on in
 * the loop's next, so that nobody else waits. */
#include "collector/web/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "collector/collector.h"
#include "collector/web/accounts.h"
#include "collector/web/live_pieces.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

#define TURN_US 3000		   /* after so long the rest of a turn waits for the loop */
#define MAX_PENDING (256 * 1024)   /* bytes that a client has not taken */
#define MAX_BEHIND_MS 60000	   /* so long it has not taken all */
#define LONGEST_MS INT64_C(120000) /* then it comes again, which counts as use of its session */
#define STILL_MS 1000		   /* so often it is looked at whether it may still follow */

/* A stream. */
struct follower {
	TAILQ_ENTRY(follower) link;
	struct live *live;
	struct feed *feed;
	struct stream *stream;
	int64_t until_ms;  /* monotonic */
	int64_t behind_ms; /* likewise: since when it did not take all; 0: it did */
	int64_t still_ms;  /* likewise: when it was looked at whether it may */
	int64_t since_ms;  /* when it came */
	struct who who;
};

/* What is made for them. */
struct feed {
	TAILQ_ENTRY(feed) link;
	TAILQ_HEAD(, follower) followers;
	const struct live_topic *topic;
	char arg[LIVE_MAX_ARG];
	enum lang lang;
	struct live_pieces now;	 /* as the followers know them */
	struct live_pieces next; /* those of this turn */
	int64_t made_ms;	 /* monotonic */
	int64_t said_ms;	 /* likewise */
};

struct live {
	const struct collector *c;
	struct event_base *base;
	struct event *turn;
	TAILQ_HEAD(, feed) feeds;
	struct feed *next; /* of this turn; NULL: it is over */
	int64_t began_ms;  /* the turn */
	struct buf text;
	unsigned max;
	unsigned n;
	uint64_t dropped;
	uint64_t spread; /* of the streams' ends */
	struct log_throttle slow;
};

/* The feed's pieces as of now go to p. */
static void
make(const struct live *l, const struct feed *f, struct live_pieces *p)
{
	int64_t values_ms = f->now.values_ms;
	uint64_t values = f->now.values;
	struct live_view v = { .c = l->c,
		.arg = f->arg,
		.lang = f->lang,
		.wall_ms = clock_wall_ms(),
		.steady_ms = clock_steady_ms() };
	live_pieces_clear(p);
	p->now_ms = f->made_ms;
	p->values = values;
	p->values_ms = values_ms;
	f->topic->put(&v, p);
	live_pieces_sort(p);
}

/* Takes a feed that nobody follows out of the list. */
static void
feed_free(struct live *l, struct feed *f)
{
	if (l->next == f)
		l->next = TAILQ_NEXT(f, link);
	TAILQ_REMOVE(&l->feeds, f, link);
	live_pieces_free(&f->now);
	live_pieces_free(&f->next);
	free(f);
}

/* Forgets a follower whose stream is gone. */
static void
follower_free(struct follower *fo)
{
	TAILQ_REMOVE(&fo->feed->followers, fo, link);
	fo->live->n--;
	free(fo);
}

/* The client has left. */
static void
on_left(void *arg)
{
	struct follower *fo = arg;
	struct live *l = fo->live;
	struct feed *f = fo->feed;
	follower_free(fo);
	if (TAILQ_EMPTY(&f->followers))
		feed_free(l, f);
}

/* Whether it reads as fast as it is told. */
static bool
keeps_up(struct follower *fo, int64_t now)
{
	size_t pending = stream_pending(fo->stream);
	if (pending == 0)
		fo->behind_ms = 0;
	else if (fo->behind_ms == 0)
		fo->behind_ms = now;
	return pending <= MAX_PENDING &&
	       (fo->behind_ms == 0 || now - fo->behind_ms < MAX_BEHIND_MS);
}

/* One who cannot keep up is dropped, for the sake of the memory; it may come again. */
static void
drop_slow(struct live *l, struct follower *fo)
{
	unsigned held;
	l->dropped++;
	if (log_throttle_pass(&l->slow, clock_steady_ms(), &held))
		log_warnx("web",
		    "a page's stream took too little and was dropped (and %u dropped before)",
		    held);
	stream_close(fo->stream);
	follower_free(fo);
}

/* Ends the streams of those who are signed out meanwhile, or are somebody else: they come again,
 * and are told so. */
static void
end_strangers(struct live *l, struct feed *f, int64_t now)
{
	struct follower *next;
	for (struct follower *fo = TAILQ_FIRST(&f->followers); fo != NULL; fo = next) {
		next = TAILQ_NEXT(fo, link);
		if (l->c->accounts == NULL || now - fo->still_ms < STILL_MS)
			continue;
		fo->still_ms = now;
		if (accounts_still(l->c->accounts, &fo->who, fo->since_ms, clock_wall_ms()))
			continue;
		stream_end(fo->stream);
		follower_free(fo);
	}
}

/* Sends the text to all who follow. Those that are to come again are ended. */
static void
tell(struct live *l, struct feed *f, int64_t now)
{
	struct follower *next;
	f->said_ms = now;
	for (struct follower *fo = TAILQ_FIRST(&f->followers); fo != NULL; fo = next) {
		next = TAILQ_NEXT(fo, link);
		if (!keeps_up(fo, now)) {
			drop_slow(l, fo);
			continue;
		}
		stream_send(fo->stream, l->text.data, l->text.len);
		if (now < fo->until_ms)
			continue;
		stream_end(fo->stream);
		follower_free(fo);
	}
}

/* A feed's share of a turn. */
static void
feed_turn(struct live *l, struct feed *f)
{
	int64_t now = clock_mono_ms();
	buf_clear(&l->text);
	end_strangers(l, f, now);
	if (now - f->made_ms >= f->topic->every_ms) {
		f->made_ms = now;
		make(l, f, &f->next);
		if (live_pieces_change(&l->text, &f->now, &f->next, clock_wall_ms()) > 0) {
			struct live_pieces old = f->now;
			f->now = f->next;
			f->next = old;
		}
	}
	if (l->text.len == 0 && now - f->said_ms >= LIVE_BEAT_MS) {
		char beat[64];
		snprintf(beat, sizeof beat, "event: beat\ndata: {\"now_ms\":%lld}\n\n",
		    (long long)clock_wall_ms());
		buf_text(&l->text, beat);
	}
	if (l->text.len > 0)
		tell(l, f, now);
	if (TAILQ_EMPTY(&f->followers))
		feed_free(l, f);
}

/* Has the timer run in so many milliseconds. */
static void
arm(struct live *l, int64_t ms)
{
	struct timeval tv = clock_timeval(ms > 0 ? ms : 0);
	event_add(l->turn, &tv);
}

/* A turn, or the rest of one. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct live *l = arg;
	int64_t until_us = clock_mono_us() + TURN_US;
	(void)fd;
	(void)what;
	if (l->next == NULL) {
		l->began_ms = clock_mono_ms();
		l->next = TAILQ_FIRST(&l->feeds);
	}
	while (l->next != NULL && clock_mono_us() < until_us) {
		struct feed *f = l->next;
		l->next = TAILQ_NEXT(f, link);
		feed_turn(l, f);
	}
	if (l->next != NULL)
		arm(l, 0);
	else if (!TAILQ_EMPTY(&l->feeds))
		arm(l, l->began_ms + LIVE_TURN_MS - clock_mono_ms());
}

struct live *
live_new(struct event_base *base, const struct collector *c, unsigned max)
{
	struct live *l = xcalloc(1, sizeof *l);
	l->c = c;
	l->base = base;
	l->max = max;
	l->slow.every_ms = 60000;
	TAILQ_INIT(&l->feeds);
	l->turn = event_new(base, -1, 0, on_turn, l);
	if (l->turn == NULL)
		fatalx("web", "cannot make a timer");
	return l;
}

void
live_free(struct live *l)
{
	if (l == NULL)
		return;
	struct feed *f;
	while ((f = TAILQ_FIRST(&l->feeds)) != NULL) {
		struct follower *fo;
		while ((fo = TAILQ_FIRST(&f->followers)) != NULL)
			follower_free(fo);
		feed_free(l, f);
	}
	event_free(l->turn);
	buf_free(&l->text);
	free(l);
}

unsigned
live_count(const struct live *l)
{
	return l->n;
}

uint64_t
live_dropped(const struct live *l)
{
	return l->dropped;
}

/* The feed, made when nobody follows it yet. */
static struct feed *
feed_of(struct live *l, const struct live_topic *t, const char *arg, enum lang lang)
{
	struct feed *f;
	TAILQ_FOREACH (f, &l->feeds, link)
		if (f->topic == t && f->lang == lang && strcmp(f->arg, arg) == 0)
			return f;
	f = xcalloc(1, sizeof *f);
	TAILQ_INIT(&f->followers);
	f->topic = t;
	(void)str_copy(f->arg, sizeof f->arg, arg);
	f->lang = lang;
	f->made_ms = clock_mono_ms();
	f->said_ms = f->made_ms;
	make(l, f, &f->now);
	TAILQ_INSERT_TAIL(&l->feeds, f, link);
	if (!event_pending(l->turn, EV_TIMEOUT, NULL))
		arm(l, LIVE_TURN_MS);
	return f;
}

/* The row of "NAME" or "NAME:ARG", *arg being what follows; NULL: there is none, or the collector
 * does not know the argument. */
static const struct live_topic *
find(const struct collector *c, const char *topic, const char **arg)
{
	size_t n = strcspn(topic, ":");
	*arg = topic[n] == ':' ? topic + n + 1 : "";
	if (strlen(*arg) >= LIVE_MAX_ARG)
		return NULL;
	for (size_t i = 0; i < live_ntopics; i++) {
		const struct live_topic *t = &live_topics[i];
		if (strlen(t->name) != n || memcmp(t->name, topic, n) != 0)
			continue;
		bool known = t->knows != NULL ? t->knows(c, *arg) : topic[n] == '\0';
		return known ? t : NULL;
	}
	return NULL;
}

int
live_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct live *l = c->live;
	const char *arg, *topic = request_param(rq, "topic");
	if (topic == NULL)
		return reply_error(re, 400, "topic", "topic= is missing");
	const struct live_topic *t = find(c, topic, &arg);
	if (t == NULL)
		return reply_error(re, 404, "topic", "there is no such topic");
	if (rq->who->role < t->role)
		return reply_error(re, 403, "role", "this needs the role %s; yours is %s",
		    who_role_word(t->role), who_role_word(rq->who->role));
	if (l == NULL || l->n >= l->max)
		return reply_error(re, 503, "busy", "too many pages are open; try again");
	struct follower *fo = xcalloc(1, sizeof *fo);
	fo->live = l;
	fo->feed = feed_of(l, t, arg, rq->lang);
	/* Ends are spread, or all who came at once would come again at once. */
	l->spread = live_mix_int(l->spread, (int64_t)l->n);
	fo->who = *rq->who;
	fo->since_ms = rq->wall_ms;
	fo->still_ms = clock_mono_ms();
	fo->until_ms = fo->still_ms + LONGEST_MS + (int64_t)(l->spread % LONGEST_MS);
	fo->stream = stream_take(re, on_left, fo);
	TAILQ_INSERT_TAIL(&fo->feed->followers, fo, link);
	l->n++;
	buf_clear(&l->text);
	live_pieces_full(&l->text, &fo->feed->now, clock_wall_ms());
	stream_send(fo->stream, l->text.data, l->text.len);
	return REPLY_LATER;
}
