/* SPDX-License-Identifier: GPL-3.0-or-later */
/* renew: an agent's certificate is replaced before it ends. Times are by the wall clock, as those
 * in certificates are; since that may jump, it is looked at often instead of trusted in a timer. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/feed.h"
#include "agent/renew.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/clock.h"
#include "zw/log.h"

#define MINUTE_MS 60000
#define HOUR_MS (60 * INT64_C(60000))
#define DAY_MS (24 * HOUR_MS)
#define ANSWER_MS 120000
#define LOOK_MIN_MS 200
#define LOOK_MAX_MS 30000

struct renew {
	struct renew_opts o;
	struct cert_pair pair;
	struct event *timer;
	struct tls_identity self;
	int64_t not_after_ms;
	int64_t due_ms;
	unsigned failures; /* in a row */
	int64_t asked_ms;  /* monotonic */
	bool asked;	   /* the collector has a request of ours */
	struct renew_said logged;
	struct renew_said told; /* as an event */
};

/* A number that other machines do not have. */
static uint32_t
roll(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof n, GRND_NONBLOCK) != (ssize_t)sizeof n)
		n = (uint32_t)(clock_mono_us() ^ (int64_t)getpid() << 16);
	return n;
}

/* A part of a length of time. */
static int64_t
part_of(int64_t ms, uint32_t random)
{
	return (int64_t)((double)ms * random / 4294967296.0);
}

int64_t
renew_due_ms(int64_t not_before_ms, int64_t not_after_ms, int64_t now_ms, uint32_t random)
{
	int64_t life_ms = not_after_ms > not_before_ms ? not_after_ms - not_before_ms : 0;
	int64_t due_ms = not_after_ms - life_ms / 3 + part_of(life_ms / 30, random);

	if (due_ms > now_ms)
		return due_ms;
	int64_t left_ms = not_after_ms > now_ms ? not_after_ms - now_ms : 0;
	return now_ms + part_of(left_ms / 30 < MINUTE_MS ? left_ms / 30 : MINUTE_MS, random);
}

int64_t
renew_next_ms(int64_t not_before_ms, int64_t not_after_ms, int64_t now_ms, uint32_t random)
{
	int64_t due_ms = renew_due_ms(not_before_ms, not_after_ms, now_ms, random);

	return due_ms > now_ms + MINUTE_MS ? due_ms : now_ms + MINUTE_MS;
}

int64_t
renew_wait_ms(unsigned failures, int64_t left_ms, uint32_t random)
{
	int64_t most_ms = left_ms < 7 * DAY_MS ? HOUR_MS : DAY_MS;
	int64_t wait_ms = failures > 11 ? DAY_MS : (int64_t)MINUTE_MS << (failures - 1);

	if (wait_ms > most_ms)
		wait_ms = most_ms;
	if (left_ms > 0 && wait_ms > left_ms / 8)
		wait_ms = left_ms / 8;
	wait_ms = wait_ms - wait_ms / 4 + part_of(wait_ms / 2, random);
	return wait_ms > 1000 ? wait_ms : 1000;
}

/* Look again when it is due, and not much later than anybody set the clock. */
static void
arm(struct renew *r)
{
	int64_t ms = r->due_ms - clock_wall_ms();

	if (ms < LOOK_MIN_MS)
		ms = LOOK_MIN_MS;
	if (ms > LOOK_MAX_MS)
		ms = LOOK_MAX_MS;
	struct timeval tv = clock_timeval(ms);
	evtimer_add(r->timer, &tv);
}

/* Tell the collector, too. */
static void
tell(struct renew *r, enum wire_severity severity, const char *code, const char *text)
{
	struct wire_event ev = { .time_ms = clock_wall_ms(), .severity = severity };

	str_copy(ev.code, sizeof ev.code, code);
	str_copy(ev.text, sizeof ev.text, text);
	feed_event(r->o.feed, &ev);
}

bool
renew_says(struct renew_said *s, const char *why, int64_t every_ms, int64_t now_ms)
{
	if (strcmp(why, s->why) == 0 && now_ms >= s->at_ms && now_ms - s->at_ms < every_ms)
		return false;
	(void)str_copy(s->why, sizeof s->why, why);
	s->at_ms = now_ms;
	return true;
}

/* It did not work this time; the same reason is logged once an hour, and told as an event once a
 * day. */
static void
fail(struct renew *r, const char *why)
{
	int64_t now_ms = clock_wall_ms(), left_ms = r->not_after_ms - now_ms;
	char reason[RENEW_MAX_WHY], text[RENEW_MAX_WHY + 40];

	r->asked = false;
	r->failures++;
	r->due_ms = now_ms + renew_wait_ms(r->failures, left_ms, roll());
	(void)str_copy(reason, sizeof reason, why);
	if (renew_says(&r->logged, reason, HOUR_MS, now_ms))
		log_warnx("renew",
		    "the certificate was not renewed: %s; again in %lld s, it ends in %lld h", why,
		    (long long)((r->due_ms - now_ms) / 1000), (long long)(left_ms / HOUR_MS));
	if (renew_says(&r->told, reason, DAY_MS, now_ms)) {
		(void)!str_format(text, sizeof text, "The certificate was not renewed: %s", reason);
		tell(r, WIRE_WARNING, "certificate-renewal", text);
	}
	arm(r);
}

/* Plan by the certificate that is in force; `came`: just now. */
static int
plan(struct renew *r, bool came, struct err *e)
{
	struct cert_facts f;

	tls_identity_clear(&r->self);
	if (tls_own_facts(r->o.tls, &f, e) == -1 || tls_own_identity(r->o.tls, &r->self, e) == -1)
		return -1;
	r->not_after_ms = f.not_after_ms;
	r->due_ms = (came ? renew_next_ms : renew_due_ms)(
	    f.not_before_ms, f.not_after_ms, clock_wall_ms(), roll());
	return 0;
}

/* The answer: install it, show it in a new session. */
static void
certified(void *arg, const struct wire_certificate *m, const char *why)
{
	struct renew *r = arg;
	struct err e;

	if (m == NULL) {
		fail(r, why);
		return;
	}
	/* The authority that it is to be of is the one in our file, whatever comes along. */
	if (cert_pair_install(&r->pair, m->leaf, m->nleaf, NULL, 0, &r->self, &e) == -1 ||
	    tls_reload(r->o.tls, r->pair.ca, r->pair.cert, r->pair.key, &e) == -1 ||
	    plan(r, true, &e) == -1) {
		fail(r, e.msg);
		return;
	}
	r->asked = false;
	r->failures = 0;
	r->logged = r->told = (struct renew_said){ 0 };
	log_info("renew", "the certificate was renewed; it ends in %lld days",
	    (long long)((r->not_after_ms - clock_wall_ms()) / DAY_MS));
	tell(r, WIRE_INFO, "certificate-renewed", "The certificate was renewed.");
	if (r->o.changed != NULL)
		r->o.changed(r->o.arg, r->not_after_ms);
	arm(r);
	feed_renewed(r->o.feed);
}

/* Make a key and ask. */
static void
ask(struct renew *r)
{
	struct buf request = { 0 };
	struct err e;

	if (cert_pair_renew(&r->pair, &request, &e) == -1)
		fail(r, e.msg);
	else
		r->asked = feed_renew(r->o.feed, &request, certified, r);
	r->asked_ms = clock_mono_ms();
	buf_free(&request);
}

/* Is it time, and somebody there to ask? */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct renew *r = arg;
	struct feed_stats st;

	(void)fd, (void)what;
	feed_stats(r->o.feed, &st);
	if (r->asked && clock_mono_ms() - r->asked_ms >= ANSWER_MS) {
		feed_forget_renewal(r->o.feed);
		fail(r, "the collector does not answer");
		return;
	}
	if (!r->asked && st.connected && clock_wall_ms() >= r->due_ms)
		ask(r);
	arm(r);
}

/* Whether we may replace a file. */
static bool
may_replace(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return access(".", W_OK | X_OK) == 0;
	if (str_copy(dir, sizeof dir, path) == -1)
		return false;
	dir[slash == path ? 1 : slash - path] = '\0';
	return access(dir, W_OK | X_OK) == 0;
}

int
renew_new(struct renew **out, const struct renew_opts *o, struct err *e)
{
	struct renew *r = xcalloc(1, sizeof *r);

	*out = NULL;
	r->o = *o;
	r->pair = (struct cert_pair){ .ca = o->ca, .cert = o->cert, .key = o->key };
	if (plan(r, false, e) == -1) {
		renew_free(r);
		return -1;
	}
	*out = r;
	if (!may_replace(o->cert) || !may_replace(o->key)) {
		log_info("renew",
		    "%s does not renew itself: this process cannot write beside it and its key",
		    o->cert);
		return 0;
	}
	r->timer = evtimer_new(o->base, on_timer, r);
	if (r->timer == NULL) {
		*out = NULL;
		renew_free(r);
		return err_set(e, "no timer for the certificate's renewal");
	}
	arm(r);
	return 0;
}

void
renew_free(struct renew *r)
{
	if (r == NULL)
		return;
	if (r->asked)
		feed_forget_renewal(r->o.feed);
	if (r->timer != NULL)
		event_free(r->timer);
	tls_identity_clear(&r->self);
	free(r);
}
