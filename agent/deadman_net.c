/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman_net: gives agent/deadman.c the time, the feed's state and what the others say, and does
 * what it decides: log, event, datagrams, mails. What must survive a restart is in one small file,
 * so that an agent that mailed and was restarted still mails that it is over. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/deadman.h"
#include "agent/deadman_conf.h"
#include "agent/deadman_mail.h"
#include "agent/deadman_net.h"
#include "agent/deadman_wire.h"
#include "agent/feed.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/units.h"

#define TICK_LEAST_MS 200
#define TICK_MOST_MS 2000
#define READ_AT_ONCE 256
#define COMPLAIN_MS 600000

struct deadman_net {
	struct deadman_net_opts o;
	struct deadman d;
	struct deadman_memo kept; /* what the file says */
	struct deadman_wire wire;
	struct deadman_seen *seen;
	struct sockaddr_storage *addresses; /* in the order of ranks */
	unsigned *lengths;
	const char **names;
	char *key;
	uint64_t seq;
	int fd;
	struct event *readable;
	struct event *timer;
	int64_t tick_ms;
	struct deadman_mail *mail;
	bool deaf; /* nobody is heard, which was said */
	struct log_throttle bad_throttle;
	struct log_throttle send_throttle;
};

/* For qsort: by name. */
static int
by_name(const void *a, const void *b)
{
	const struct conf_deadman_peer *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Names and addresses in the order of ranks; returns this one's rank. */
static unsigned
rank_peers(struct deadman_net *n)
{
	const struct conf_list *l = &n->o.conf->peers;
	const struct conf_deadman_peer *rows = l->v;
	const struct conf_deadman_peer **sorted = xcalloc(l->n + 1, sizeof *sorted);
	unsigned self = 0;

	n->names = xcalloc(l->n + 1, sizeof *n->names);
	n->addresses = xcalloc(l->n + 1, sizeof *n->addresses);
	n->lengths = xcalloc(l->n + 1, sizeof *n->lengths);
	n->seen = xcalloc(l->n + 1, sizeof *n->seen);
	for (size_t i = 0; i < l->n; i++)
		sorted[i] = &rows[i];
	qsort(sorted, l->n, sizeof(const struct conf_deadman_peer *), by_name);
	for (unsigned i = 0; i < l->n; i++) {
		n->names[i] = sorted[i]->name;
		if (strcmp(sorted[i]->name, n->o.node) == 0)
			self = i;
		if (deadman_conf_address(sorted[i]->address, &n->addresses[i], &n->lengths[i]) ==
		    -1)
			n->lengths[i] = 0; /* the configuration's check leaves none */
	}
	free(sorted);
	return self;
}

/* "since_ms mailed id quiet_ms claimed_ms" of the file; nothing if it is absent or damaged. */
static void
memo_load(const struct deadman_net *n, struct deadman_memo *m)
{
	char path[PATH_MAX], *text = NULL;
	size_t len;
	int mailed = 0;

	*m = (struct deadman_memo){ 0 };
	if (str_format(path, sizeof path, "%s/deadman", n->o.dir) == -1 ||
	    fs_read(path, 256, &text, &len, NULL) == -1)
		return;
	if (sscanf(text, "%" SCNd64 " %d %" SCNu64 " %" SCNd64 " %" SCNd64, &m->since_ms, &mailed,
		&m->id, &m->quiet_ms, &m->claimed_ms) != 5)
		*m = (struct deadman_memo){ 0 };
	m->mailed = mailed != 0;
	free(text);
}

/* Keeps what is new of it. */
static void
memo_save(struct deadman_net *n)
{
	struct deadman_memo m;
	char path[PATH_MAX], text[160];
	struct err e;

	deadman_memo(&n->d, &m);
	if (m.since_ms == n->kept.since_ms && m.mailed == n->kept.mailed && m.id == n->kept.id)
		return;
	n->kept = m;
	if (str_format(path, sizeof path, "%s/deadman", n->o.dir) == -1 ||
	    str_format(text, sizeof text, "%" PRId64 " %d %" PRIu64 " %" PRId64 " %" PRId64 "\n",
		m.since_ms, m.mailed, m.id, m.quiet_ms, m.claimed_ms) == -1)
		return;
	if (m.since_ms == 0 && !m.mailed) {
		if (unlink(path) == -1 && errno != ENOENT)
			log_warn("deadman", "cannot remove %s", path);
	} else if (fs_replace(path, text, strlen(text), &e) == -1) {
		log_warnx("deadman", "cannot remember what was said: %s", e.msg);
	}
}

/* Tell all others. The socket's queue may be full, a network unreachable: it is said again. */
static void
say(struct deadman_net *n, int64_t now)
{
	uint8_t bytes[DEADMAN_WIRE_SIZE];
	struct deadman_said said;
	int64_t wall = clock_wall_ms();
	uint64_t seq = (uint64_t)clock_wall_us();
	unsigned failed = 0, held;
	int why = 0;

	n->seq = seq > n->seq ? seq : n->seq + 1;
	deadman_say(&n->d, now, &said);
	if (deadman_wire_encode(&n->wire, n->seq, wall, n->d.o.self, &said, bytes) == -1)
		return;
	for (unsigned i = 0; i < n->d.o.n; i++) {
		if (i == n->d.o.self)
			continue;
		if (sendto(n->fd, bytes, sizeof bytes, MSG_DONTWAIT,
			(struct sockaddr *)&n->addresses[i], n->lengths[i]) == -1 &&
		    errno != ECONNREFUSED) {
			failed++;
			why = errno;
		}
	}
	if (failed > 0 && log_throttle_pass(&n->send_throttle, now, &held))
		log_warnx("deadman", "cannot tell %u of the other agents how it is: %s", failed,
		    strerror(why));
}

/* What both mails say. */
static void
make_facts(const struct deadman_net *n, int64_t now, bool over, struct deadman_facts *f)
{
	const struct conf_texts *c = n->o.collectors;
	size_t at = 0;

	*f = (struct deadman_facts){ .over = over,
		.id = n->d.id,
		.quiet_ms = n->d.quiet_ms,
		.now_ms = clock_wall_ms(),
		.peers = n->d.o.n - 1 };
	(void)str_copy(f->node, sizeof f->node, n->o.node);
	for (size_t i = 0; i < c->n && at < sizeof f->collectors; i++)
		at += (size_t)snprintf(f->collectors + at, sizeof f->collectors - at, "%s%s",
		    i > 0 ? ", " : "", c->v[i]);
	at = 0;
	for (unsigned i = 0; i < n->d.o.n; i++) {
		if (i == n->d.o.self)
			continue;
		if (deadman_hears(&n->d, now, i))
			f->heard++;
		else if (at < sizeof f->unheard)
			at += (size_t)snprintf(f->unheard + at, sizeof f->unheard - at, "%s%s",
			    at > 0 ? ", " : "", n->names[i]);
	}
}

/* Says here what concerns this one alone. */
static void
tell_here(struct deadman_net *n, int64_t now, const struct deadman_turn *t)
{
	struct wire_event ev = { .time_ms = clock_wall_ms(),
		.severity = t->tell_lost ? WIRE_WARNING : WIRE_INFO };
	char span[UNITS_MAX];

	if (!t->tell_lost && !t->tell_back)
		return;
	units_duration(span, sizeof span, now - t->since_ms);
	(void)str_copy(ev.code, sizeof ev.code, t->tell_lost ? "delivery-lost" : "delivery-back");
	if (str_format(ev.text, sizeof ev.text,
		t->tell_lost ? "nothing could be delivered to a collector for %s"
			     : "delivers again; for %s nothing could be delivered",
		span) == -1)
		return;
	if (t->tell_lost)
		log_warnx("deadman", "%s; samples wait on disk", ev.text);
	else
		log_info("deadman", "%s", ev.text);
	feed_event(n->o.feed, &ev);
}

/* Says when it hears nobody, for then it will not mail either. */
static void
tell_deaf(struct deadman_net *n, int64_t now)
{
	bool deaf =
	    now - n->d.start_ms > 4 * deadman_repeat_ms(&n->d.o) && deadman_alone(&n->d, now);

	if (deaf == n->deaf)
		return;
	n->deaf = deaf;
	if (deaf)
		log_warnx("deadman",
		    "hears none of the %u other agents, and so would not mail that the collector "
		    "is silent: is %s open to them?",
		    n->d.o.n - 1, n->o.conf->listen);
	else
		log_info("deadman", "hears other agents again");
}

/* Mails. */
static void
mail(struct deadman_net *n, int64_t now, bool over)
{
	struct deadman_facts f;

	make_facts(n, now, over, &f);
	log_warnx("deadman", over ? "mails that the collector is back"
				  : "mails that the collector is silent: no agent can deliver");
	deadman_mail_send(n->mail, &f);
}

/* What became of the mail. */
static void
on_mailed(void *arg, bool sent)
{
	struct deadman_net *n = arg;

	if (!sent)
		log_warnx("deadman", "the mail could not be handed over");
	deadman_mailed(&n->d, clock_steady_ms(), sent);
	memo_save(n);
}

/* Time for a decision. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct deadman_net *n = arg;
	struct timeval tv = clock_timeval(n->tick_ms);
	int64_t now = clock_steady_ms();
	struct feed_stats st;
	uint64_t random = 0;
	(void)fd;
	(void)what;

	event_add(n->timer, &tv);
	if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
		random = (uint64_t)clock_wall_us();
	feed_stats(n->o.feed, &st);
	struct deadman_turn t = deadman_turn(&n->d, now, st.delivered_ms, random);
	tell_here(n, now, &t);
	if (n->fd != -1)
		tell_deaf(n, now);
	memo_save(n);
	if (t.say && n->fd != -1)
		say(n, now);
	if (t.mail_silent || t.mail_over)
		mail(n, now, t.mail_over);
}

/* Others say something. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct deadman_net *n = arg;
	uint8_t bytes[DEADMAN_WIRE_SIZE + 1];
	struct deadman_said said;
	unsigned from, held;
	struct err e;
	(void)what;

	for (unsigned i = 0; i < READ_AT_ONCE; i++) {
		ssize_t len = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
		int64_t now = clock_steady_ms();
		if (len == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (len == -1)
			continue; /* an ICMP error of what was sent */
		if (deadman_wire_decode(&n->wire, n->seen, clock_wall_ms(), bytes, (size_t)len,
			&from, &said, &e) == 0)
			deadman_heard(&n->d, now, from, &said);
		else if (log_throttle_pass(&n->bad_throttle, now, &held))
			log_warnx("deadman", "left out %s (%u more before)", e.msg, held);
	}
}

/* Where the others are heard. */
static int
open_socket(struct deadman_net *n, struct err *e)
{
	const char *listen_at = n->o.conf->listen;
	struct sockaddr_storage ss;
	unsigned len;
	int on = 1;

	if (deadman_conf_key(n->o.conf, &n->key, e) == -1)
		return -1;
	if (deadman_conf_address(listen_at, &ss, &len) == -1)
		return err_set(e, "deadman.listen: \"%s\" is no address", listen_at);
	n->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd == -1)
		return err_set(e, "socket: %s", strerror(errno));
	if (ss.ss_family == AF_INET6)
		(void)setsockopt(n->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(n->fd, (struct sockaddr *)&ss, len) == -1)
		return err_set(e, "deadman.listen %s: %s", listen_at, strerror(errno));
	n->readable = event_new(n->o.base, n->fd, EV_READ | EV_PERSIST, on_readable, n);
	if (n->readable == NULL || event_add(n->readable, NULL) == -1)
		return err_set(e, "cannot watch %s", listen_at);
	n->wire = (struct deadman_wire){ .names = n->names, .n = n->d.o.n, .key = n->key };
	return 0;
}

/* Between the least and the most of a tick. */
static int64_t
tick_of(int64_t ms)
{
	if (ms < TICK_LEAST_MS)
		return TICK_LEAST_MS;
	return ms < TICK_MOST_MS ? ms : TICK_MOST_MS;
}

int
deadman_net_new(struct deadman_net **out, const struct deadman_net_opts *o, struct err *e)
{
	const struct conf_deadman *c = o->conf;
	struct deadman_net *n = xcalloc(1, sizeof *n);
	struct deadman_opts d = { .after_ms = c->after,
		.stagger_ms = c->stagger,
		.n = (unsigned)c->peers.n,
		.mails = c->mail.transport != NULL };

	n->o = *o;
	n->fd = -1;
	n->bad_throttle.every_ms = n->send_throttle.every_ms = COMPLAIN_MS;
	if (deadman_conf_ready(c, o->node, e) == -1)
		goto fail;
	d.self = rank_peers(n);
	memo_load(n, &n->kept);
	deadman_init(&n->d, &d, &n->kept, clock_steady_ms());
	if (d.n > 1 && open_socket(n, e) == -1)
		goto fail;
	n->tick_ms = tick_of(d.n > 0 ? c->stagger / 10 : c->after / 20);
	n->mail = deadman_mail_new(o->base, &c->mail, o->dir, on_mailed, n);
	n->timer = evtimer_new(o->base, on_tick, n);
	if (n->timer == NULL) {
		err_set(e, "no timer for the dead-man's switch");
		goto fail;
	}
	on_tick(-1, 0, n);
	*out = n;
	return 0;
fail:
	deadman_net_free(n);
	return -1;
}

void
deadman_net_free(struct deadman_net *n)
{
	if (n == NULL)
		return;
	deadman_mail_free(n->mail);
	if (n->timer != NULL)
		event_free(n->timer);
	if (n->readable != NULL)
		event_free(n->readable);
	if (n->fd != -1)
		close(n->fd);
	if (n->key != NULL)
		explicit_bzero(n->key, strlen(n->key));
	free(n->key);
	free(n->seen);
	free(n->addresses);
	free(n->lengths);
	free(n->names);
	free(n);
}

void
deadman_net_status(const struct deadman_net *n, char *dst, size_t size)
{
	time_t since = (time_t)(n->d.since_ms / 1000);
	struct tm tm;
	char text[40];

	if (size > 0)
		dst[0] = '\0';
	if (n->d.since_ms == 0 || localtime_r(&since, &tm) == NULL ||
	    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return;
	(void)snprintf(dst, size, "nothing delivered since %s; ", text);
}
