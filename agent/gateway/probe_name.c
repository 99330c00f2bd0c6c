/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_name: getaddrinfo() in a few threads. A look-up belongs to its thread; when the probe goes
 * away meanwhile, the look-up forgets the probe and is freed when it comes back. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "agent/gateway/probe_name.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/conn.h"
#include "zw/str.h"
#include "zw/worker.h"

#define THREADS 4
#define FRESH_MS 60000	/* look up anew after so long */
#define USED_MS 3600000 /* and do without an answer for so long */

struct pool {
	struct worker *workers[THREADS];
	size_t busy[THREADS];
};

struct lookup {
	struct probe_name *name; /* the loop's only; NULL: nobody waits any more */
	struct pool *pool;
	size_t thread;
	char host[256];
	char port[8];
	struct addrinfo *list;
	int rc;
};

struct probe_name {
	struct pool *pool;
	char host[256];
	char port[8];
	bool numeric;
	bool awaited; /* ready() is owed */
	struct lookup *lookup;
	struct probe_address list[PROBE_NAME_MAX_ADDRESSES];
	size_t n;
	int64_t known_ms;  /* monotonic: when the addresses came */
	int64_t looked_ms; /* when somebody last looked, 0: never */
	const char *why;
	void (*ready)(void *arg);
	void *arg;
};

/* Threads are made with the first name. */
static void *
pool_make(struct probe_env *env, struct err *e)
{
	struct pool *p = xcalloc(1, sizeof *p);

	for (size_t i = 0; i < THREADS; i++) {
		if (worker_new(&p->workers[i], probe_env_base(env), "probe-name", e) == -1) {
			while (i-- > 0)
				worker_free(p->workers[i]);
			free(p);
			return NULL;
		}
	}
	return p;
}

/* In the thread of an abandoned worker. */
static void
lookup_drop(void *arg)
{
	struct lookup *l = arg;

	if (l->list != NULL)
		freeaddrinfo(l->list);
	free(l);
}

/* Waits for nobody. */
static void
pool_free(void *part)
{
	struct pool *p = part;

	for (size_t i = 0; i < THREADS; i++)
		worker_abandon(p->workers[i], lookup_drop);
	free(p);
}

static const struct probe_part pool_part = { .make = pool_make, .free = pool_free };

/* In the thread. */
static void
lookup_run(void *arg)
{
	struct lookup *l = arg;
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV };

	l->rc = getaddrinfo(l->host, l->port[0] != '\0' ? l->port : NULL, &hints, &l->list);
}

/* Takes the addresses over. */
static void
name_take(struct probe_name *n, const struct addrinfo *list)
{
	n->n = 0;
	for (const struct addrinfo *a = list; a != NULL && n->n < PROBE_NAME_MAX_ADDRESSES;
	     a = a->ai_next) {
		if (a->ai_addrlen > sizeof n->list[0].sa)
			continue;
		memcpy(&n->list[n->n].sa, a->ai_addr, a->ai_addrlen);
		n->list[n->n++].len = a->ai_addrlen;
	}
}

/* In the loop again. */
static void
lookup_done(void *arg)
{
	struct lookup *l = arg;
	struct probe_name *n = l->name;

	l->pool->busy[l->thread]--;
	if (n != NULL) {
		n->lookup = NULL;
		n->looked_ms = clock_mono_ms();
		n->why = l->rc == 0 ? NULL : gai_strerror(l->rc);
		if (l->rc == 0) {
			name_take(n, l->list);
			n->known_ms = n->looked_ms;
		}
		bool awaited = n->awaited;
		n->awaited = false;
		if (awaited)
			n->ready(n->arg);
	}
	lookup_drop(l);
}

/* The thread with the least to do takes it. */
static void
name_look_up(struct probe_name *n)
{
	struct lookup *l = xcalloc(1, sizeof *l);
	struct pool *p = n->pool;

	*l = (struct lookup){ .name = n, .pool = p };
	(void)str_copy(l->host, sizeof l->host, n->host);
	(void)str_copy(l->port, sizeof l->port, n->port);
	for (size_t i = 1; i < THREADS; i++)
		if (p->busy[i] < p->busy[l->thread])
			l->thread = i;
	p->busy[l->thread]++;
	n->lookup = l;
	(void)worker_submit(p->workers[l->thread], lookup_run, lookup_done, l);
}

/* Addresses as text need no thread. */
static bool
name_is_numeric(struct probe_name *n)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *list = NULL;

	if (getaddrinfo(n->host, n->port[0] != '\0' ? n->port : NULL, &hints, &list) != 0)
		return false;
	name_take(n, list);
	freeaddrinfo(list);
	return true;
}

/* A host to ask. */
struct probe_name *
probe_name_new(struct probe_env *env, const char *host, const char *port, void (*ready)(void *arg),
    void *arg, struct err *e)
{
	struct probe_name *n = xcalloc(1, sizeof *n);

	n->ready = ready;
	n->arg = arg;
	if (str_copy(n->host, sizeof n->host, host) == -1 ||
	    str_copy(n->port, sizeof n->port, port) == -1) {
		err_set(e, "the name \"%.40s...\" is too long", host);
		free(n);
		return NULL;
	}
	n->numeric = name_is_numeric(n);
	if (!n->numeric && (n->pool = probe_env_part(env, &pool_part, e)) == NULL) {
		free(n);
		return NULL;
	}
	return n;
}

/* A look-up under way is left to its thread. */
void
probe_name_free(struct probe_name *n)
{
	if (n == NULL)
		return;
	if (n->lookup != NULL)
		n->lookup->name = NULL;
	free(n);
}

/* What is known, and a look-up when that is old. A failure is kept for a second, so that the one
 * who was called back reads it. */
size_t
probe_name_get(struct probe_name *n, const struct probe_address **list, const char **why)
{
	int64_t now = clock_mono_ms();

	*list = n->list;
	*why = NULL;
	if (n->numeric)
		return n->n;
	if (n->n > 0 && now - n->known_ms > USED_MS)
		n->n = 0;
	bool fresh = n->looked_ms != 0 && now - n->looked_ms < (n->why == NULL ? FRESH_MS : 1000);
	if (n->n == 0 && fresh) {
		*why = n->why != NULL ? n->why : "the name has no address";
		return 0;
	}
	if (!fresh && n->lookup == NULL)
		name_look_up(n);
	if (n->n == 0)
		n->awaited = true;
	return n->n;
}

/* A whole text that is an address goes before one with a port. */
int
probe_name_numeric(const char *text, const char *default_port, struct probe_address *out)
{
	struct probe_name n = { .n = 0 };
	struct err e;

	if (str_copy(n.host, sizeof n.host, text) == -1)
		return -1;
	(void)str_copy(n.port, sizeof n.port, default_port);
	if (!name_is_numeric(&n) &&
	    (conn_split_address(text, n.host, n.port, &e) == -1 || !name_is_numeric(&n)))
		return -1;
	*out = n.list[0];
	return n.n > 0 ? 0 : -1;
}

/* By family and address; scopes tell no two hosts apart that have both answered one question. */
bool
probe_name_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET) {
		struct sockaddr_in x, y;
		memcpy(&x, a, sizeof x);
		memcpy(&y, b, sizeof y);
		return x.sin_addr.s_addr == y.sin_addr.s_addr;
	}
	struct sockaddr_in6 x, y;
	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return memcmp(&x.sin6_addr, &y.sin6_addr, sizeof x.sin6_addr) == 0;
}

/* As text. */
void
probe_name_format(char *dst, size_t size, const struct probe_address *a)
{
	union {
		struct sockaddr sa;
		struct sockaddr_storage ss;
	} u = { .ss = a->sa };

	if (getnameinfo(&u.sa, a->len, dst, (socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
		(void)str_copy(dst, size, "?");
}
