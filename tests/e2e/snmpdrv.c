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
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/e2e/snmpdrv.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

/* The value of "key=..." among the words, or NULL. */
const char *
snmpdrv_option(const struct drv *d, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 1; i < d->nwords; i++)
		if (strncmp(d->words[i], key, n) == 0 && d->words[i][n] == '=')
			return d->words[i] + n + 1;
	return NULL;
}

/* The same as a number. */
uint64_t
snmpdrv_number(const struct drv *d, const char *key, uint64_t otherwise)
{
	const char *text = snmpdrv_option(d, key);
	uint64_t v = otherwise;

	if (text != NULL && str_to_u64(text, 0, UINT64_MAX, &v) == -1)
		fatalx("snmpdrv", "bad %s", text);
	return v;
}

/* The place of a peer's name, or of a free one for NULL. */
size_t
snmpdrv_place(const struct drv *d, const char *name)
{
	for (size_t i = 0; i < MAX_PEERS; i++)
		if (name == NULL ? d->names[i] == NULL
				 : d->names[i] != NULL && strcmp(d->names[i], name) == 0)
			return i;
	fatalx("snmpdrv", "no peer %s", name != NULL ? name : "(too many)");
}

/* A credential from the words. */
struct snmpio_credential
snmpdrv_credential(const struct drv *d, const char *version)
{
	struct snmpio_credential c = { .version = strcmp(version, "1") == 0    ? SNMPIO_V1
						  : strcmp(version, "2c") == 0 ? SNMPIO_V2C
									       : SNMPIO_V3,
		.community = snmpdrv_option(d, "community"),
		.user = snmpdrv_option(d, "user"),
		.auth_password = snmpdrv_option(d, "authpass"),
		.priv_password = snmpdrv_option(d, "privpass"),
		.context = snmpdrv_option(d, "context") };
	const char *auth = snmpdrv_option(d, "auth"), *priv = snmpdrv_option(d, "priv");

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
unsigned
snmpdrv_address(const char *text, uint16_t port, struct sockaddr_storage *out)
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
	size_t at = snmpdrv_place(d, NULL);
	struct snmpio_credential c = snmpdrv_credential(d, d->words[4]);
	struct err e;
	unsigned len;

	if (str_to_u64(d->words[3], 1, 65535, &port) == -1)
		fatalx("snmpdrv", "bad port");
	len = snmpdrv_address(d->words[2], (uint16_t)port, &sa);
	if (snmpio_peer_new(&d->peers[at], d->io, (struct sockaddr *)&sa, len, &c,
		(int64_t)snmpdrv_number(d, "timeout", 500),
		(unsigned)snmpdrv_number(d, "retries", 1), &e) == -1) {
		printf("peer %s error %s\n", d->words[1], e.msg);
		return;
	}
	d->names[at] = xstrdup(d->words[1]);
	d->limits[at] = fetch_limits(24, 2, 0);
	printf("peer %s ok\n", d->words[1]);
}

/* Print one binding. */
void
snmpdrv_print(const struct varbind *v)
{
	char name[OID_MAX_TEXT], value[2048], safe[4096];

	varbind_format(value, sizeof value, v);
	str_escape(safe, sizeof safe, value, strlen(value));
	printf("  %s %s %s\n", oid_format(name, v->oid), varbind_type_name(v->type), safe);
}

/* Count down, and tell who waits. */
void
snmpdrv_ended(struct drv *d)
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
		snmpdrv_print(&r->v[i]);
	snmpdrv_ended(j->d);
	LIST_REMOVE(j, link);
	free(j);
}

/* The OIDs among the words after the name; returns how many. */
size_t
snmpdrv_oids(const struct drv *d, struct oid_buf *bufs, struct oid *out)
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
	size_t n = snmpdrv_oids(d, bufs, views);
	struct snmpio_peer *p = d->peers[snmpdrv_place(d, d->words[1])];

	for (uint64_t times = snmpdrv_number(d, "n", 1); times > 0; times--) {
		struct job *j = xcalloc(1, sizeof *j);
		const char *tag = snmpdrv_option(d, "tag");
		j->d = d;
		LIST_INSERT_HEAD(&d->jobs, j, link);
		str_copy(j->tag, sizeof j->tag, tag != NULL ? tag : d->words[1]);
		d->under_way++;
		snmpio_send(p, cmd, views, n, (unsigned)snmpdrv_number(d, "rep", 10), on_done, j);
	}
	free(bufs);
}

/* free NAME */
static void
do_free(struct drv *d)
{
	size_t at = snmpdrv_place(d, d->words[1]);

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
	size_t n = snmpio_peer_engine(d->peers[snmpdrv_place(d, d->words[1])], &id);

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
	else if (!snmpdrv_more(d))
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
	snmpdrv_more_end(d);
	snmpio_free(d->io);
	event_free(d->input);
	event_free(d->tick);
	while ((j = LIST_FIRST(&d->jobs)) != NULL) { /* of peers that were freed */
		LIST_REMOVE(j, link);
		free(j);
	}
	event_base_free(d->base);
	free(d);
	return 0;
}
