/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpdrv: net-snmp's door driven by a test (test_snmp_io.py). Commands come line by line on stdin,
 * results go to stdout as lines of words; it ends at "quit" or the input's end.
 *
 *   peer NAME ADDRESS PORT VERSION key=value ...    opens one
 *   get|next|bulk NAME OID ...                      one request; TAG= and REP= may stand first
 *   limits NAME varbinds= outstanding= pause=       before the next
 *   fetch|walk|first NAME OID ...
 *   cred VERSION key=value ...; trapd ADDRESS PORT rate= burst=; trapengine HEX VERSION ...
 *   trapstats | engine NAME
 *   quiet                                           bindings are not printed
 *   free NAME | stats | wait                        wait: until nothing is under way
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "agent/gateway/fetch.h"
#include "agent/gateway/trapd.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

#define MAX_PEERS 2048
#define MAX_WORDS 512

struct drv {
	LIST_HEAD(, job) jobs;
	struct event_base *base;
	struct snmpio *io;
	struct event *input;
	struct event *tick;
	char *names[MAX_PEERS];
	struct snmpio_peer *peers[MAX_PEERS];
	struct fetch_limits limits[MAX_PEERS];
	struct trapd *trapd;
	struct snmpio_credential credentials[16];
	size_t ncredentials;
	char line[65536];
	size_t fill;
	unsigned under_way;
	bool waiting;
	int64_t tick_us; /* of the last tick, to see how long the loop was held */
	int64_t held_us;
	int64_t tick_cpu_us; /* the same of CPU time: others on the machine do not count */
	int64_t busy_us;
	bool quiet; /* no bindings are printed */
	char *words[MAX_WORDS];
	size_t nwords;
};

/* What a request was called. */
struct job {
	LIST_ENTRY(job) link;
	struct drv *d;
	char tag[64];
};

/* The value of "key=..." among the words, or NULL. */
static const char *
option(const struct drv *d, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 1; i < d->nwords; i++)
		if (strncmp(d->words[i], key, n) == 0 && d->words[i][n] == '=')
			return d->words[i] + n + 1;
	return NULL;
}

/* The same as a number. */
static uint64_t
number(const struct drv *d, const char *key, uint64_t otherwise)
{
	const char *text = option(d, key);
	uint64_t v = otherwise;

	if (text != NULL && str_to_u64(text, 0, UINT64_MAX, &v) == -1)
		fatalx("snmpdrv", "bad %s", text);
	return v;
}

/* The place of a peer's name, or of a free one for NULL. */
static size_t
place(const struct drv *d, const char *name)
{
	for (size_t i = 0; i < MAX_PEERS; i++)
		if (name == NULL ? d->names[i] == NULL
				 : d->names[i] != NULL && strcmp(d->names[i], name) == 0)
			return i;
	fatalx("snmpdrv", "no peer %s", name != NULL ? name : "(too many)");
}

/* A credential from the words. */
static struct snmpio_credential
credential(const struct drv *d, const char *version)
{
	struct snmpio_credential c = { .version = strcmp(version, "1") == 0    ? SNMPIO_V1
						  : strcmp(version, "2c") == 0 ? SNMPIO_V2C
									       : SNMPIO_V3,
		.community = option(d, "community"),
		.user = option(d, "user"),
		.auth_password = option(d, "authpass"),
		.priv_password = option(d, "privpass"),
		.context = option(d, "context") };
	const char *auth = option(d, "auth"), *priv = option(d, "priv");

	if ((auth != NULL && snmpio_auth_parse(auth, &c.auth) == -1) ||
	    (priv != NULL && snmpio_priv_parse(priv, &c.priv) == -1))
		fatalx("snmpdrv", "bad protocol");
	return c;
}

/* CPU time of this thread. */
static int64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* An address from text. */
static unsigned
address(const char *text, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *a4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, &a4->sin_addr) == 1) {
		a4->sin_family = AF_INET;
		a4->sin_port = htons(port);
		return sizeof *a4;
	}
	if (inet_pton(AF_INET6, text, &a6->sin6_addr) != 1)
		fatalx("snmpdrv", "bad address %s", text);
	a6->sin6_family = AF_INET6;
	a6->sin6_port = htons(port);
	return sizeof *a6;
}

/* peer NAME ADDRESS PORT VERSION ... */
static void
do_peer(struct drv *d)
{
	struct sockaddr_storage sa;
	uint64_t port;
	size_t at = place(d, NULL);
	struct snmpio_credential c = credential(d, d->words[4]);
	struct err e;
	unsigned len;

	if (str_to_u64(d->words[3], 1, 65535, &port) == -1)
		fatalx("snmpdrv", "bad port");
	len = address(d->words[2], (uint16_t)port, &sa);
	if (snmpio_peer_new(&d->peers[at], d->io, (struct sockaddr *)&sa, len, &c,
		(int64_t)number(d, "timeout", 500), (unsigned)number(d, "retries", 1), &e) == -1) {
		printf("peer %s error %s\n", d->words[1], e.msg);
		return;
	}
	d->names[at] = xstrdup(d->words[1]);
	d->limits[at] = fetch_limits(24, 2, 0);
	printf("peer %s ok\n", d->words[1]);
}

/* Print one binding. */
static void
print_binding(const struct varbind *v)
{
	char name[OID_MAX_TEXT], value[2048], safe[4096];

	varbind_format(value, sizeof value, v);
	str_escape(safe, sizeof safe, value, strlen(value));
	printf("  %s %s %s\n", oid_format(name, v->oid), varbind_type_name(v->type), safe);
}

/* Count down, and tell who waits. */
static void
ended(struct drv *d)
{
	d->under_way--;
	if (d->under_way == 0 && d->waiting) {
		d->waiting = false;
		printf("idle\n");
	}
	fflush(stdout);
}

/* A request ended. */
static void
on_done(void *arg, const struct snmpio_reply *r)
{
	struct job *j = arg;

	if (!j->d->quiet)
		printf("done %s status=%d rtt=%lld errstat=%d index=%d n=%zu %s\n", j->tag,
		    (int)r->status, (long long)r->rtt_us, r->errstat, r->error_index, r->n,
		    r->reason);
	for (size_t i = 0; i < r->n && !j->d->quiet; i++)
		print_binding(&r->v[i]);
	ended(j->d);
	LIST_REMOVE(j, link);
	free(j);
}

/* The OIDs among the words after the name; returns how many. */
static size_t
oids(const struct drv *d, struct oid_buf *bufs, struct oid *out)
{
	size_t n = 0;

	for (size_t i = 2; i < d->nwords && n < MAX_WORDS; i++)
		if (strchr(d->words[i], '=') == NULL) {
			if (oid_parse(d->words[i], &bufs[n]) == -1)
				fatalx("snmpdrv", "bad OID %s", d->words[i]);
			out[n] = oid_of(&bufs[n]);
			n++;
		}
	return n;
}

/* get|next|bulk NAME ... ; n= so many times */
static void
do_request(struct drv *d, enum snmpio_command cmd)
{
	struct oid_buf *bufs = xcalloc(MAX_WORDS, sizeof *bufs);
	struct oid views[MAX_WORDS];
	size_t n = oids(d, bufs, views);
	struct snmpio_peer *p = d->peers[place(d, d->words[1])];

	for (uint64_t times = number(d, "n", 1); times > 0; times--) {
		struct job *j = xcalloc(1, sizeof *j);
		const char *tag = option(d, "tag");
		j->d = d;
		LIST_INSERT_HEAD(&d->jobs, j, link);
		str_copy(j->tag, sizeof j->tag, tag != NULL ? tag : d->words[1]);
		d->under_way++;
		snmpio_send(p, cmd, views, n, (unsigned)number(d, "rep", 10), on_done, j);
	}
	free(bufs);
}

/* A fetch with what it borrows. */
struct fetching {
	struct drv *d;
	char tag[64];
	size_t at; /* of the peer */
	struct oid_buf bufs[MAX_WORDS];
	struct oid views[MAX_WORDS];
	struct walk *w;
};

/* An object of a GET. */
static void
on_got(void *arg, size_t i, const struct varbind *v)
{
	struct fetching *g = arg;

	if (g->d->quiet)
		return;
	printf("got %s %zu\n", g->tag, i);
	print_binding(v);
}

/* A fetch ended. */
static void
on_fetched(void *arg, const struct fetch_result *r)
{
	struct fetching *g = arg;
	const struct fetch_limits *l = &g->d->limits[g->at];

	printf("fetched %s status=%d asked=%zu answered=%zu varbinds=%u repetitions=%u count=%zu "
	       "%s\n",
	    g->tag, (int)r->status, r->asked, r->answered, l->varbinds, l->repetitions,
	    g->w != NULL ? walk_count(g->w) : 0, r->reason);
	for (size_t i = 0; !g->d->quiet && g->w != NULL && i < walk_count(g->w) && i < 3000; i++)
		print_binding(walk_at(g->w, i));
	walk_free(g->w);
	ended(g->d);
	free(g);
}

/* fetch|walk|first NAME OID ... */
static void
do_fetch(struct drv *d)
{
	struct fetching *g = xcalloc(1, sizeof *g);
	const char *tag = option(d, "tag");
	size_t n = oids(d, g->bufs, g->views);
	struct fetch_limits *l;
	struct snmpio_peer *p;

	g->d = d;
	g->at = place(d, d->words[1]);
	p = d->peers[g->at];
	l = &d->limits[g->at];
	str_copy(g->tag, sizeof g->tag, tag != NULL ? tag : d->words[1]);
	d->under_way++;
	if (strcmp(d->words[0], "fetch") == 0) {
		fetch_get(p, l, d->base, g->views, n, on_got, on_fetched, g);
		return;
	}
	g->w = walk_new();
	if (strcmp(d->words[0], "walk") == 0)
		fetch_walk(p, l, d->base, g->views, n, g->w, on_fetched, g);
	else
		fetch_first(p, l, d->base, g->views, n, g->w, on_fetched, g);
}

/* A notification came. */
static void
on_trap(void *arg, const struct trapd_trap *t)
{
	const struct drv *d = arg;
	char text[OID_MAX_TEXT];

	if (d->quiet)
		return;
	printf("trap from=%s agent=%s version=%d inform=%d uptime=%llu n=%zu oid=%s\n",
	    t->from_text, t->agent_text, (int)t->version, t->inform,
	    (unsigned long long)t->uptime_cs, t->n, oid_format(text, t->oid));
	for (size_t i = 0; i < t->n; i++)
		print_binding(&t->v[i]);
	fflush(stdout);
}

/* Free a text of ours. */
static void
discard(const char *text)
{
	union {
		const char *in;
		char *out;
	} u = { .in = text };

	free(u.out);
}

/* cred VERSION ...: one more for the next trapd. */
static void
do_credential(struct drv *d)
{
	struct snmpio_credential *c = &d->credentials[d->ncredentials++];

	*c = credential(d, d->words[1]);
	c->community = c->community != NULL ? xstrdup(c->community) : NULL;
	c->user = c->user != NULL ? xstrdup(c->user) : NULL;
	c->auth_password = c->auth_password != NULL ? xstrdup(c->auth_password) : NULL;
	c->priv_password = c->priv_password != NULL ? xstrdup(c->priv_password) : NULL;
}

/* trapd ADDRESS PORT rate= burst= */
static void
do_trapd(struct drv *d)
{
	struct sockaddr_storage sa;
	uint64_t port;
	struct err e;
	struct trapd_opts o = { .credentials = d->credentials,
		.ncredentials = d->ncredentials,
		.rate = (unsigned)number(d, "rate", 50),
		.burst = (unsigned)number(d, "burst", 200),
		.trap = on_trap,
		.arg = d };

	if (str_to_u64(d->words[2], 1, 65535, &port) == -1)
		fatalx("snmpdrv", "bad port");
	o.listen_len = address(d->words[1], (uint16_t)port, &sa);
	o.listen = (struct sockaddr *)&sa;
	if (trapd_new(&d->trapd, d->io, &o, &e) == -1)
		printf("trapd error %s\n", e.msg);
	else
		printf("trapd ok\n");
}

/* trapengine HEX VERSION ...: the user at another engine. */
static void
do_trap_engine(struct drv *d)
{
	uint8_t id[32];
	size_t n = 0;
	struct snmpio_credential c = credential(d, d->words[2]);
	struct err e;
	unsigned byte;

	for (const char *s = d->words[1]; n < sizeof id && sscanf(s, "%2x", &byte) == 1; s += 2)
		id[n++] = (uint8_t)byte;
	if (trapd_engine(d->trapd, id, n, &c, &e) == -1)
		printf("trapengine error %s\n", e.msg);
	else
		printf("trapengine ok\n");
}

/* trapstats */
static void
do_trap_stats(struct drv *d)
{
	struct trapd_stats s;

	trapd_stats(d->trapd, &s);
	printf("trapstats accepted=%llu duplicates=%llu", (unsigned long long)s.accepted,
	    (unsigned long long)s.duplicates);
	for (int i = 0; i < TRAPD_REFUSALS; i++)
		printf(" %s=%llu", trapd_refusal_name((enum trapd_refusal)i),
		    (unsigned long long)s.refused[i]);
	printf("\n");
}

/* limits NAME varbinds= outstanding= pause= */
static void
do_limits(struct drv *d)
{
	d->limits[place(d, d->words[1])] = fetch_limits((unsigned)number(d, "varbinds", 24),
	    (unsigned)number(d, "outstanding", 2), (int64_t)number(d, "pause", 0));
}

/* free NAME */
static void
do_free(struct drv *d)
{
	size_t at = place(d, d->words[1]);

	snmpio_peer_free(d->peers[at]);
	free(d->names[at]);
	d->peers[at] = NULL;
	d->names[at] = NULL;
}

/* stats: the library's, CPU time and the longest hold of the loop since the last time. */
static void
do_stats(struct drv *d)
{
	struct snmpio_stats s;
	struct rusage u;

	snmpio_stats(d->io, &s);
	getrusage(RUSAGE_SELF, &u);
	printf("stats requests=%llu retries=%llu replies=%llu timeouts=%llu refused=%llu "
	       "outstanding=%u cpu_us=%lld held_us=%lld busy_us=%lld rss_kb=%ld\n",
	    (unsigned long long)s.requests, (unsigned long long)s.retries,
	    (unsigned long long)s.replies, (unsigned long long)s.timeouts,
	    (unsigned long long)s.refused, s.outstanding, (long long)cpu_us(),
	    (long long)d->held_us, (long long)d->busy_us, u.ru_maxrss);
	d->held_us = d->busy_us = 0;
	d->tick_us = clock_mono_us();
	d->tick_cpu_us = cpu_us();
}

/* engine NAME: its engine ID. */
static void
do_engine(struct drv *d)
{
	const uint8_t *id;
	size_t n = snmpio_peer_engine(d->peers[place(d, d->words[1])], &id);

	printf("engine %s ", d->words[1]);
	for (size_t i = 0; i < n; i++)
		printf("%02x", id[i]);
	printf("\n");
}

/* One command. */
static void
command(struct drv *d)
{
	const char *w = d->words[0];

	if (strcmp(w, "peer") == 0)
		do_peer(d);
	else if (strcmp(w, "get") == 0)
		do_request(d, SNMPIO_GET);
	else if (strcmp(w, "next") == 0)
		do_request(d, SNMPIO_GETNEXT);
	else if (strcmp(w, "bulk") == 0)
		do_request(d, SNMPIO_GETBULK);
	else if (strcmp(w, "free") == 0)
		do_free(d);
	else if (strcmp(w, "stats") == 0)
		do_stats(d);
	else if (strcmp(w, "fetch") == 0 || strcmp(w, "walk") == 0 || strcmp(w, "first") == 0)
		do_fetch(d);
	else if (strcmp(w, "cred") == 0)
		do_credential(d);
	else if (strcmp(w, "trapd") == 0)
		do_trapd(d);
	else if (strcmp(w, "trapengine") == 0)
		do_trap_engine(d);
	else if (strcmp(w, "trapstats") == 0)
		do_trap_stats(d);
	else if (strcmp(w, "limits") == 0)
		do_limits(d);
	else if (strcmp(w, "engine") == 0)
		do_engine(d);
	else if (strcmp(w, "wait") == 0 && d->under_way > 0)
		d->waiting = true;
	else if (strcmp(w, "wait") == 0)
		printf("idle\n");
	else if (strcmp(w, "quiet") == 0)
		d->quiet = true;
	else if (strcmp(w, "quit") == 0)
		event_base_loopbreak(d->base);
	else
		fatalx("snmpdrv", "unknown command %s", w);
	fflush(stdout);
}

/* Split a line into words and obey. */
static void
obey(struct drv *d, char *line)
{
	char *state = NULL;

	d->nwords = 0;
	for (char *w = strtok_r(line, " ", &state); w != NULL && d->nwords < MAX_WORDS;
	     w = strtok_r(NULL, " ", &state))
		d->words[d->nwords++] = w;
	if (d->nwords > 0)
		command(d);
}

/* Bytes of commands. */
static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	struct drv *d = arg;
	ssize_t n = read(fd, d->line + d->fill, sizeof d->line - d->fill - 1);
	char *start = d->line, *end;

	(void)what;
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			event_base_loopbreak(d->base);
		return;
	}
	d->fill += (size_t)n;
	d->line[d->fill] = '\0';
	while ((end = strchr(start, '\n')) != NULL) {
		*end = '\0';
		obey(d, start);
		start = end + 1;
	}
	d->fill -= (size_t)(start - d->line);
	memmove(d->line, start, d->fill);
}

/* Each millisecond: how late it comes is how long something held the loop. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct drv *d = arg;
	int64_t now = clock_mono_us(), cpu = cpu_us();

	(void)fd;
	(void)what;
	if (now - d->tick_us - 1000 > d->held_us)
		d->held_us = now - d->tick_us - 1000;
	if (cpu - d->tick_cpu_us > d->busy_us)
		d->busy_us = cpu - d->tick_cpu_us;
	d->tick_us = now;
	d->tick_cpu_us = cpu;
}

/* A limit of descriptors as high as may be, and so many of them taken. */
static void
take_descriptors(const char *count)
{
	struct rlimit r;
	uint64_t n;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max < 65536 ? r.rlim_max : 65536;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
	if (str_to_u64(count, 0, 10000, &n) == -1)
		fatalx("snmpdrv", "bad count");
	for (; n > 0; n--)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) == -1)
			fatal("snmpdrv", "descriptors");
}

/* snmpdrv [STATE_DIR|- [DESCRIPTORS]] */
int
main(int argc, char **argv)
{
	struct drv *d = xcalloc(1, sizeof *d);
	struct timeval ms = { .tv_usec = 1000 };
	struct job *j;
	struct err e;

	log_init("snmpdrv", LOG_LEVEL_DEBUG);
	take_descriptors(argc > 2 ? argv[2] : "0");
	d->base = event_base_new();
	if (snmpio_new(
		&d->io, d->base, argc > 1 && strcmp(argv[1], "-") != 0 ? argv[1] : NULL, &e) == -1)
		fatalx("snmpdrv", "%s", e.msg);
	fcntl(0, F_SETFL, O_NONBLOCK);
	d->input = event_new(d->base, 0, EV_READ | EV_PERSIST, on_input, d);
	d->tick = event_new(d->base, -1, EV_PERSIST, on_tick, d);
	event_add(d->input, NULL);
	event_add(d->tick, &ms);
	d->tick_us = clock_mono_us();
	event_base_dispatch(d->base);
	for (size_t i = 0; i < MAX_PEERS; i++) {
		snmpio_peer_free(d->peers[i]);
		free(d->names[i]);
	}
	trapd_free(d->trapd);
	snmpio_free(d->io);
	event_free(d->input);
	event_free(d->tick);
	while ((j = LIST_FIRST(&d->jobs)) != NULL) { /* of peers that were freed */
		LIST_REMOVE(j, link);
		free(j);
	}
	for (size_t i = 0; i < d->ncredentials; i++) {
		const struct snmpio_credential *c = &d->credentials[i];
		discard(c->community);
		discard(c->user);
		discard(c->auth_password);
		discard(c->priv_password);
	}
	event_base_free(d->base);
	free(d);
	return 0;
}
