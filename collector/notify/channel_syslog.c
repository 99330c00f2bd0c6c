/* SPDX-License-Identifier: GPL-3.0-or-later */
/* channel syslog: a line by RFC 5424 to the local syslog's socket. The recipient's address is the
 * facility. Datagrams of a unix socket are taken or refused at once, so that no thread is needed;
 * the answer is given in the next turn of the loop. */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "collector/conf.h"
#include "collector/notify/channel.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

#define SYSLOG_LANES 8
#define MAX_LINE 4096 /* bytes; the payload is cut to less */

/* The facilities of RFC 5424, 6.2.1 by the names that syslog.conf(5) knows. */
static const struct {
	const char *name;
	unsigned number;
} facilities[] = { { "kern", 0 }, { "user", 1 }, { "mail", 2 }, { "daemon", 3 }, { "auth", 4 },
	{ "syslog", 5 }, { "lpr", 6 }, { "news", 7 }, { "uucp", 8 }, { "cron", 9 },
	{ "authpriv", 10 }, { "ftp", 11 }, { "local0", 16 }, { "local1", 17 }, { "local2", 18 },
	{ "local3", 19 }, { "local4", 20 }, { "local5", 21 }, { "local6", 22 }, { "local7", 23 } };

/* An answer that is to be given. */
struct answer {
	TAILQ_ENTRY(answer) link;
	size_t n;
	enum channel_fate *fates;
	char why[128];
	channel_done done;
	void *arg;
};

struct syslog {
	const char *path;
	char host[256];
	int fd; /* -1: not connected */
	struct event *turn;
	TAILQ_HEAD(, answer) answers;
};

/* A facility's number, or -1. */
static int
facility(const char *name)
{
	for (size_t i = 0; i < sizeof facilities / sizeof facilities[0]; i++) {
		if (strcmp(facilities[i].name, name) == 0)
			return (int)facilities[i].number;
	}
	return -1;
}

static int
syslog_check(const struct conf_collector *conf, const char *address, struct err *e)
{
	struct sockaddr_un un;

	if (strlen(conf->notify.syslog) >= sizeof un.sun_path)
		return err_set(e, "notify.syslog is too long for a socket");
	if (facility(address) == -1)
		return err_set(
		    e, "\"%s\" is no facility of syslog (daemon, local0 to local7)", address);
	return 0;
}

/* The next turn: answers are given. */
static void
syslog_turn(evutil_socket_t fd, short what, void *arg)
{
	struct syslog *s = arg;
	struct answer *a;

	(void)fd;
	(void)what;
	while ((a = TAILQ_FIRST(&s->answers)) != NULL) {
		struct channel_result r = { .n = a->n,
			.fates = a->fates,
			.unreachable = a->fates[0] == CHANNEL_RETRY,
			.reply = a->why };
		TAILQ_REMOVE(&s->answers, a, link);
		a->done(a->arg, &r);
		free(a->fates);
		free(a);
	}
}

static int
syslog_open(void **state, struct event_base *base, const struct conf_collector *conf,
    const char *hostname, struct err *e)
{
	struct syslog *s = xcalloc(1, sizeof *s);

	(void)hostname;
	s->path = conf->notify.syslog;
	s->fd = -1;
	TAILQ_INIT(&s->answers);
	if (gethostname(s->host, sizeof s->host - 1) == -1 || *s->host == '\0')
		(void)str_copy(s->host, sizeof s->host, "-");
	s->turn = evtimer_new(base, syslog_turn, s);
	if (s->turn == NULL) {
		free(s);
		return err_set(e, "cannot make a timer");
	}
	*state = s;
	return 0;
}

static void
syslog_close(void *state)
{
	struct syslog *s = state;
	struct answer *a;

	while ((a = TAILQ_FIRST(&s->answers)) != NULL) {
		TAILQ_REMOVE(&s->answers, a, link);
		free(a->fates);
		free(a);
	}
	if (s->fd != -1)
		close(s->fd);
	event_free(s->turn);
	free(s);
}

/* Connects if it is not: 0, or -1 and errno. */
static int
syslog_connect(struct syslog *s)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (s->fd != -1)
		return 0;
	(void)str_copy(un.sun_path, sizeof un.sun_path, s->path);
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd == -1)
		return -1;
	if (connect(s->fd, (const struct sockaddr *)&un, sizeof un) == 0)
		return 0;
	int saved = errno;
	close(s->fd);
	s->fd = -1;
	errno = saved;
	return -1;
}

/* RFC 5424's header; the payload goes on with the structured data. */
static size_t
syslog_line(char dst[MAX_LINE], const struct syslog *s, const struct mail *m, int number)
{
	/* Severities of RFC 5424: critical, warning, notice, informational. */
	int level = m->severity == WIRE_CRITICAL ? 2 : m->severity == WIRE_WARNING ? 4 : 6;
	time_t t = (time_t)(m->created_ms / 1000);
	struct tm tm;
	char day[32];

	if (strcmp(m->kind, "close") == 0)
		level = 5;
	gmtime_r(&t, &tm);
	strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
	int n = snprintf(dst, MAX_LINE, "<%d>1 %s.%03dZ %s zonewatch %ld %s %s", number * 8 + level,
	    day, (int)(m->created_ms % 1000), s->host, (long)getpid(), m->kind, m->text);
	return n >= MAX_LINE ? MAX_LINE - 1 : (size_t)n;
}

/* One line to one facility: 0, or -1 and errno. A syslog that was begun anew is found again. */
static int
syslog_put(struct syslog *s, const char *line, size_t n)
{
	for (int i = 0; i < 2; i++) {
		if (syslog_connect(s) == -1)
			return -1;
		if (send(s->fd, line, n, MSG_NOSIGNAL | MSG_DONTWAIT) != -1)
			return 0;
		if (errno == EAGAIN || errno == ENOBUFS || errno == EMSGSIZE)
			return -1;
		close(s->fd);
		s->fd = -1;
	}
	errno = ECONNREFUSED;
	return -1;
}

static void
syslog_send(void *state, const struct mail *m, char *const *to, size_t nto, const uint8_t *png,
    size_t png_len, const uint8_t *map, size_t map_len, channel_done done, void *arg)
{
	struct syslog *s = state;
	struct answer *a = xcalloc(1, sizeof *a);
	char line[MAX_LINE];

	(void)png;
	(void)png_len;
	(void)map;
	(void)map_len;
	*a = (struct answer){ .n = nto, .done = done, .arg = arg, .why = "written" };
	a->fates = xcalloc(nto + 1, sizeof *a->fates);
	for (size_t i = 0; i < nto; i++) {
		int number = facility(to[i]);
		size_t n = syslog_line(line, s, m, number == -1 ? 3 : number);
		if (syslog_put(s, line, n) == 0) {
			a->fates[i] = CHANNEL_ACCEPTED;
			continue;
		}
		a->fates[i] = errno == EMSGSIZE ? CHANNEL_REFUSED : CHANNEL_RETRY;
		snprintf(a->why, sizeof a->why, "%s: %s", s->path, strerror(errno));
	}
	TAILQ_INSERT_TAIL(&s->answers, a, link);
	event_active(s->turn, EV_TIMEOUT, 0);
}

const struct channel channel_syslog = { .name = "syslog",
	.help = "A line to the local syslog, by RFC 5424.",
	.lanes = SYSLOG_LANES,
	.check = syslog_check,
	.open = syslog_open,
	.close = syslog_close,
	.send = syslog_send };
