/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each of a few lanes is a thread with a libcurl handle that keeps its connection. Not libcurl's
 * multi interface in the loop: its SMTP (7.88, smtp_done()) waits for the answer to the final dot,
 * and to QUIT, within the call, so that a relay that thinks for a second over a message stops the
 * loop for a second (measured: tests/e2e/test_mail.py).
 *
 * libcurl knows only whether a whole transfer went well. Who of the recipients was refused, and
 * with which answer, is read from its trace: commands and answers come there one by one, for
 * libcurl does not pipeline. */
#include "collector/notify/smtp.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/conf.h"
#include "collector/notify/smtp_answer.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/str.h"
#include "zw/worker.h"

#define URL_MAX 512
#define LANE_MAX_FDS 8 /* while it connects, libcurl tries two addresses at once */

enum stage {
	STAGE_SESSION, /* greeting, EHLO, STARTTLS, AUTH */
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA, /* the command, then the final dot */
	STAGE_QUIT
};

struct transfer {
	struct lane *lane;
	struct curl_slist *to;
	char from[SMTP_ADDRESS];
	struct buf message;
	size_t at; /* bytes of it that were read */
	size_t n;  /* recipients */
	enum smtp_fate *fates;
	int *codes;
	enum stage stage;
	size_t asked;	    /* RCPT commands so far */
	int mail_code;	    /* answer to MAIL */
	int data_code;	    /* answer to DATA or, later, to the final dot */
	unsigned heard;	    /* answers in all */
	char bad[SMTP_WHY]; /* the last answer that is a refusal */
	char error[CURL_ERROR_SIZE];
	CURLcode rc;
	long connects; /* new connections that it took */
	void (*done)(void *arg, const struct smtp_result *r);
	void *arg;
};

struct lane {
	struct smtp *smtp;
	struct worker *worker;
	CURL *easy;
	bool busy;	      /* of the loop's side only */
	pthread_mutex_t lock; /* of what follows */
	bool ending;
	int fds[LANE_MAX_FDS];
	size_t nfds;
};

struct smtp {
	const struct conf_mail *conf;
	char *password; /* NULL: no login */
	char url[URL_MAX];
	bool closing;
	struct lane lanes[SMTP_LANES];
};

/* CURLOPT_OPENSOCKETFUNCTION: as libcurl would, but not for our children, and known to the lane so
 * that the loop can break it off. */
static curl_socket_t
lane_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct lane *l = arg;

	(void)purpose;
	pthread_mutex_lock(&l->lock);
	int fd = l->ending || l->nfds == LANE_MAX_FDS
		     ? -1
		     : socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (fd != -1)
		l->fds[l->nfds++] = fd;
	pthread_mutex_unlock(&l->lock);
	return fd == -1 ? CURL_SOCKET_BAD : fd;
}

/* CURLOPT_CLOSESOCKETFUNCTION. */
static int
lane_close(void *arg, curl_socket_t fd)
{
	struct lane *l = arg;

	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < l->nfds; i++) {
		if (l->fds[i] == fd) {
			l->fds[i] = l->fds[--l->nfds];
			break;
		}
	}
	int rc = close(fd);
	pthread_mutex_unlock(&l->lock);
	return rc;
}

/* Ends the reading (or also the writing) of all its sockets. After QUIT libcurl waits up to two
 * minutes for an answer that is of no use: it finds the end of file instead. */
static void
lane_shut(struct lane *l, int how, bool ending)
{
	pthread_mutex_lock(&l->lock);
	l->ending = l->ending || ending;
	for (size_t i = 0; i < l->nfds; i++)
		shutdown(l->fds[i], how);
	pthread_mutex_unlock(&l->lock);
}

/* CURLOPT_XFERINFOFUNCTION: not 0 breaks off. */
static int
lane_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct lane *l = arg;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	pthread_mutex_lock(&l->lock);
	bool ending = l->ending;
	pthread_mutex_unlock(&l->lock);
	return ending;
}

/* Frees what the transfer owns. */
static void
transfer_free(struct transfer *t)
{
	curl_slist_free_all(t->to);
	buf_free(&t->message);
	free(t->fates);
	free(t->codes);
	free(t);
}

/* Whether an answer is final for its subject: 5xx, but those that speak of the session's login or
 * TLS (RFC 4954 6, RFC 3207 4), which the operator mends. */
static bool
is_final(int code)
{
	return code >= 500 && code <= 599 && code != 530 && code != 534 && code != 535 &&
	       code != 538;
}

/* What became of each recipient. */
static void
transfer_judge(struct transfer *t, bool sent)
{
	bool whole = is_final(t->mail_code) || is_final(t->data_code);

	for (size_t i = 0; i < t->n; i++) {
		int code = t->codes[i];
		/* 552 to RCPT means too many recipients at once (RFC 5321 4.5.3.1.10). */
		if (code != 552 && is_final(code))
			t->fates[i] = SMTP_REFUSED;
		else if (sent && code >= 200 && code <= 299)
			t->fates[i] = SMTP_ACCEPTED;
		else
			t->fates[i] = whole && !sent && code / 100 != 4 ? SMTP_REFUSED : SMTP_RETRY;
	}
}

/* In the loop: tells what became of it. */
static void
transfer_done(void *arg)
{
	struct transfer *t = arg;
	bool failed = t->rc != CURLE_OK;
	size_t accepted = 0;

	t->lane->busy = false;
	transfer_judge(t, !failed);
	for (size_t i = 0; i < t->n; i++)
		accepted += t->fates[i] == SMTP_ACCEPTED;
	struct smtp_result r = { .n = t->n,
		.fates = t->fates,
		.codes = t->codes,
		.unreachable = failed && t->mail_code == 0,
		.stale = failed && t->connects == 0 && (t->heard == 0 || t->mail_code == 421) };
	const char *why = t->bad;
	if (*why == '\0' && failed)
		why = *t->error != '\0' ? t->error : curl_easy_strerror(t->rc);
	str_escape(r.why, sizeof r.why, why, strlen(why));
	if (!t->lane->smtp->closing || accepted > 0)
		t->done(t->arg, &r);
	transfer_free(t);
}

/* A command went out. */
static void
trace_command(struct transfer *t, const char *p, size_t n)
{
	if (n >= 5 && memcmp(p, "MAIL ", 5) == 0) {
		t->stage = STAGE_MAIL;
	} else if (n >= 5 && memcmp(p, "RCPT ", 5) == 0) {
		t->stage = STAGE_RCPT;
		t->asked++;
	} else if (n >= 4 && memcmp(p, "DATA", 4) == 0) {
		t->stage = STAGE_DATA;
	} else if (n >= 4 && memcmp(p, "QUIT", 4) == 0) {
		t->stage = STAGE_QUIT;
		lane_shut(t->lane, SHUT_RD, false);
	}
}

/* A line of an answer came in; the last of an answer has a blank behind its code. */
static void
trace_answer(struct transfer *t, const char *p, size_t n)
{
	int code = smtp_answer_code(p, n);
	if (code == 0)
		return;
	t->heard++;
	if (t->stage == STAGE_MAIL)
		t->mail_code = code;
	else if (t->stage == STAGE_RCPT && t->asked >= 1 && t->asked <= t->n)
		t->codes[t->asked - 1] = code;
	else if (t->stage == STAGE_DATA)
		t->data_code = code;
	if (code < 400 || t->stage == STAGE_QUIT)
		return;
	smtp_answer_text(t->bad, sizeof t->bad, p, n);
}

/* CURLOPT_DEBUGFUNCTION. */
static int
smtp_trace(CURL *easy, curl_infotype type, char *p, size_t n, void *arg)
{
	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		trace_command(arg, p, n);
	else if (type == CURLINFO_HEADER_IN)
		trace_answer(arg, p, n);
	return 0;
}

/* CURLOPT_READFUNCTION. */
static size_t
smtp_read(char *dst, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t room = size * n, left = t->message.len - t->at;

	if (room > left)
		room = left;
	memcpy(dst, t->message.data + t->at, room);
	t->at += room;
	return room;
}

/* How TLS is to be used. A password is never sent without it. */
static long
smtp_tls(const struct conf_mail *c)
{
	if (strcmp(c->starttls, "never") == 0)
		return CURLUSESSL_NONE;
	if (strcmp(c->starttls, "offered") == 0 && c->user == NULL)
		return CURLUSESSL_TRY;
	return CURLUSESSL_ALL;
}

/* The options that say where and how. */
static void
transfer_connect_options(struct transfer *t)
{
	const struct smtp *s = t->lane->smtp;
	const struct conf_mail *c = s->conf;
	CURL *h = t->lane->easy;

	curl_easy_setopt(h, CURLOPT_URL, s->url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	/* Else breaking off while a name is resolved waits for the resolver. */
	curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)c->timeout);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)c->timeout);
	curl_easy_setopt(h, CURLOPT_USE_SSL, smtp_tls(c));
	curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (c->ca != NULL) {
		curl_easy_setopt(h, CURLOPT_CAINFO, c->ca);
		curl_easy_setopt(h, CURLOPT_CAPATH, NULL);
	}
	if (s->password != NULL) {
		curl_easy_setopt(h, CURLOPT_USERNAME, c->user);
		curl_easy_setopt(h, CURLOPT_PASSWORD, s->password);
		/* Else a user with an '@' makes libcurl ask for Kerberos. */
		curl_easy_setopt(h, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5");
	}
	curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, lane_open);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, t->lane);
	curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, lane_close);
	curl_easy_setopt(h, CURLOPT_CLOSESOCKETDATA, t->lane);
	curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, lane_progress);
	curl_easy_setopt(h, CURLOPT_XFERINFODATA, t->lane);
}

/* The options that say what. */
static void
transfer_message_options(struct transfer *t)
{
	CURL *h = t->lane->easy;

	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(h, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(h, CURLOPT_DEBUGFUNCTION, smtp_trace);
	curl_easy_setopt(h, CURLOPT_DEBUGDATA, t);
	curl_easy_setopt(h, CURLOPT_MAIL_FROM, t->from);
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT, t->to);
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, smtp_read);
	curl_easy_setopt(h, CURLOPT_READDATA, t);
	curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->message.len);
}

/* In the lane's thread. The handle keeps its connection through the reset. */
static void
transfer_run(void *arg)
{
	struct transfer *t = arg;

	curl_easy_reset(t->lane->easy);
	transfer_connect_options(t);
	transfer_message_options(t);
	t->rc = curl_easy_perform(t->lane->easy);
	curl_easy_getinfo(t->lane->easy, CURLINFO_NUM_CONNECTS, &t->connects);
}

void
smtp_send(struct smtp *s, const char *from, char *const *to, size_t nto, struct buf *message,
    void (*done)(void *arg, const struct smtp_result *r), void *arg)
{
	struct transfer *t = xcalloc(1, sizeof *t);
	char address[SMTP_ADDRESS];
	size_t i = 0;

	/* The first free one, for it was used last and its connection is warm. */
	while (i < SMTP_LANES && s->lanes[i].busy)
		i++;
	assert(i < SMTP_LANES);
	t->lane = &s->lanes[i];
	t->lane->busy = true;
	t->done = done;
	t->arg = arg;
	t->n = nto;
	t->fates = xcalloc(nto + 1, sizeof *t->fates);
	t->codes = xcalloc(nto + 1, sizeof *t->codes);
	t->message = *message;
	*message = (struct buf){ 0 };
	for (i = 0; i < nto; i++) {
		snprintf(address, sizeof address, "<%s>", to[i]);
		t->to = curl_slist_append(t->to, address);
	}
	snprintf(t->from, sizeof t->from, "<%s>", from);
	worker_submit(t->lane->worker, transfer_run, transfer_done, t);
}

/* URL, password: what is wrong with the configuration is said at the start. */
static int
smtp_prepare(struct smtp *s, const char *helo, struct err *e)
{
	const struct conf_mail *c = s->conf;
	bool implicit = strncmp(c->transport, "smtps://", 8) == 0;
	size_t n = strlen(c->transport);

	if (n > 0 && c->transport[n - 1] == '/')
		n--;
	if (str_format(s->url, sizeof s->url, "%.*s/%s", (int)n, c->transport, helo) == -1)
		return err_set(e, "mail.transport is too long");
	if ((c->user == NULL) != (c->password_file == NULL))
		return err_set(e, "mail.user and mail.password_file go together");
	if (c->user == NULL)
		return 0;
	if (!implicit && strcmp(c->starttls, "never") == 0)
		return err_set(e,
		    "mail.user needs TLS: the password would go in the clear with starttls = "
		    "\"never\"");
	return fs_read_secret(c->password_file, &s->password, e);
}

/* A thread with its handle. */
static int
lane_start(struct lane *l, struct event_base *base, struct err *e)
{
	l->easy = curl_easy_init();
	if (l->easy == NULL)
		return err_set(e, "cannot start libcurl");
	return worker_new(&l->worker, base, "smtp", e);
}

int
smtp_new(struct smtp **out, struct event_base *base, const struct conf_mail *conf, const char *helo,
    struct err *e)
{
	struct smtp *s = xcalloc(1, sizeof *s);
	int rc;

	s->conf = conf;
	for (size_t i = 0; i < SMTP_LANES; i++) {
		s->lanes[i].smtp = s;
		pthread_mutex_init(&s->lanes[i].lock, NULL);
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		fatalx("mail", "cannot start libcurl");
	rc = smtp_prepare(s, helo, e);
	for (size_t i = 0; i < SMTP_LANES && rc == 0; i++)
		rc = lane_start(&s->lanes[i], base, e);
	if (rc == -1) {
		smtp_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

void
smtp_free(struct smtp *s)
{
	if (s == NULL)
		return;
	s->closing = true;
	for (size_t i = 0; i < SMTP_LANES; i++)
		lane_shut(&s->lanes[i], SHUT_RDWR, true);
	for (size_t i = 0; i < SMTP_LANES; i++) {
		worker_free(s->lanes[i].worker);
		curl_easy_cleanup(s->lanes[i].easy);
		pthread_mutex_destroy(&s->lanes[i].lock);
	}
	if (s->password != NULL)
		explicit_bzero(s->password, strlen(s->password));
	free(s->password);
	curl_global_cleanup();
	free(s);
}
