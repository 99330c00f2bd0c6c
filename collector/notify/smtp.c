/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libcurl knows only whether a whole transfer went well. Who of the recipients was refused, and
 * with which answer, is read from its trace: commands and answers come there one by one, for
 * libcurl does not pipeline.
 *
 * One call of libcurl's blocks: when it closes a connection that is in order it says QUIT and waits
 * for the answer, for up to two minutes. So the reading side of a socket is shut as soon as its
 * QUIT was sent, and of all sockets before the end: the wait finds the end of file at once. */
#include "collector/notify/smtp.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/conf.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/str.h"

#define KEPT_CONNECTIONS 8L
#define URL_MAX 512

enum stage {
	STAGE_SESSION, /* greeting, EHLO, STARTTLS, AUTH */
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA, /* the command, then the final dot */
	STAGE_QUIT
};

/* A descriptor of libcurl's; ev while libcurl wants to hear of it. */
struct sock {
	TAILQ_ENTRY(sock) link;
	int fd;
	bool relay; /* made by sock_open(), so known until its end; else the resolver's pipe */
	struct event *ev;
};

struct transfer {
	TAILQ_ENTRY(transfer) link;
	struct smtp *smtp;
	CURL *easy;
	struct curl_slist *to;
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
	int fd;
	char error[CURL_ERROR_SIZE];
	void (*done)(void *arg, const struct smtp_result *r);
	void *arg;
};

struct smtp {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;
	const struct conf_mail *conf;
	char *password; /* NULL: no login */
	char url[URL_MAX];
	TAILQ_HEAD(, sock) socks;
	TAILQ_HEAD(, transfer) transfers;
};

/* The socket of this descriptor, or NULL. */
static struct sock *
sock_find(struct smtp *s, int fd)
{
	struct sock *k;

	TAILQ_FOREACH (k, &s->socks, link) {
		if (k->fd == fd)
			return k;
	}
	return NULL;
}

/* CURLOPT_OPENSOCKETFUNCTION: as libcurl would, but not for our children. */
static curl_socket_t
sock_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct smtp *s = arg;
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);

	(void)purpose;
	if (fd == -1)
		return CURL_SOCKET_BAD;
	struct sock *k = xcalloc(1, sizeof *k);
	k->fd = fd;
	k->relay = true;
	TAILQ_INSERT_TAIL(&s->socks, k, link);
	return fd;
}

/* Forget a socket. */
static void
sock_drop(struct smtp *s, struct sock *k)
{
	TAILQ_REMOVE(&s->socks, k, link);
	if (k->ev != NULL)
		event_free(k->ev);
	free(k);
}

/* CURLOPT_CLOSESOCKETFUNCTION. */
static int
sock_close(void *arg, curl_socket_t fd)
{
	struct smtp *s = arg;
	struct sock *k = sock_find(s, fd);

	if (k != NULL)
		sock_drop(s, k);
	return close(fd);
}

/* Takes the transfer out of libcurl and frees it. */
static void
transfer_free(struct transfer *t)
{
	TAILQ_REMOVE(&t->smtp->transfers, t, link);
	curl_multi_remove_handle(t->smtp->multi, t->easy);
	curl_easy_cleanup(t->easy);
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

/* libcurl is through with a transfer: tell and free. */
static void
transfer_done(struct transfer *t, CURLcode rc)
{
	long connects = 0;

	curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
	transfer_judge(t, rc == CURLE_OK);
	struct smtp_result r = { .n = t->n,
		.fates = t->fates,
		.codes = t->codes,
		.unreachable = rc != CURLE_OK && t->mail_code == 0,
		.stale =
		    rc != CURLE_OK && connects == 0 && (t->heard == 0 || t->mail_code == 421) };
	const char *why = t->bad;
	if (*why == '\0' && rc != CURLE_OK)
		why = *t->error != '\0' ? t->error : curl_easy_strerror(rc);
	str_escape(r.why, sizeof r.why, why, strlen(why));
	void (*done)(void *, const struct smtp_result *) = t->done;
	void *arg = t->arg;
	done(arg, &r);
	transfer_free(t);
}

/* Collects what libcurl finished. */
static void
smtp_check(struct smtp *s)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(s->multi, &left)) != NULL) {
		struct transfer *t = NULL;
		CURLcode rc = m->data.result;
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		transfer_done(t, rc);
	}
}

/* A socket is ready. */
static void
smtp_on_sock(evutil_socket_t fd, short what, void *arg)
{
	struct smtp *s = arg;
	int mask =
	    (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
	int running;

	curl_multi_socket_action(s->multi, fd, mask, &running);
	smtp_check(s);
}

/* libcurl's timer. */
static void
smtp_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct smtp *s = arg;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(s->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	smtp_check(s);
}

/* libcurl wants to hear no more of a descriptor; only those of sock_open() go on to be known. */
static void
sock_ignore(struct smtp *s, struct sock *k)
{
	if (k != NULL && !k->relay) {
		sock_drop(s, k);
	} else if (k != NULL && k->ev != NULL) {
		event_free(k->ev);
		k->ev = NULL;
	}
}

/* CURLMOPT_SOCKETFUNCTION: which events libcurl wants of a descriptor. The resolver's wake-up pipe
 * comes here too, without having been opened by sock_open(). */
static int
smtp_want(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct smtp *s = arg;
	struct sock *k = sock_find(s, fd);
	struct transfer *t = NULL;

	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		sock_ignore(s, k);
		return 0;
	}
	if (k == NULL) {
		k = xcalloc(1, sizeof *k);
		k->fd = fd;
		TAILQ_INSERT_TAIL(&s->socks, k, link);
	}
	if (k->ev != NULL)
		event_free(k->ev);
	short want = EV_PERSIST;
	if (what & CURL_POLL_IN)
		want |= EV_READ;
	if (what & CURL_POLL_OUT)
		want |= EV_WRITE;
	k->ev = event_new(s->base, fd, want, smtp_on_sock, s);
	event_add(k->ev, NULL);
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
	if (t != NULL && k->relay)
		t->fd = fd;
	return 0;
}

/* CURLMOPT_TIMERFUNCTION. */
static int
smtp_want_timer(CURLM *multi, long ms, void *arg)
{
	struct smtp *s = arg;
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	(void)multi;
	if (ms < 0)
		evtimer_del(s->timer);
	else
		evtimer_add(s->timer, &tv);
	return 0;
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
		struct sock *k = sock_find(t->smtp, t->fd);
		if (k != NULL && k->relay)
			shutdown(t->fd, SHUT_RD);
	}
}

/* A line of an answer came in; the last of an answer has a blank behind its code. */
static void
trace_answer(struct transfer *t, const char *p, size_t n)
{
	if (n < 3 || p[0] < '2' || p[0] > '5' || (n > 3 && p[3] == '-'))
		return;
	int code = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
	t->heard++;
	if (t->stage == STAGE_MAIL)
		t->mail_code = code;
	else if (t->stage == STAGE_RCPT && t->asked >= 1 && t->asked <= t->n)
		t->codes[t->asked - 1] = code;
	else if (t->stage == STAGE_DATA)
		t->data_code = code;
	if (code < 400 || t->stage == STAGE_QUIT)
		return;
	while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	snprintf(t->bad, sizeof t->bad, "%.*s", (int)(n < SMTP_WHY ? n : SMTP_WHY), p);
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
	const struct conf_mail *c = t->smtp->conf;
	CURL *h = t->easy;

	curl_easy_setopt(h, CURLOPT_URL, t->smtp->url);
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
	if (t->smtp->password != NULL) {
		curl_easy_setopt(h, CURLOPT_USERNAME, c->user);
		curl_easy_setopt(h, CURLOPT_PASSWORD, t->smtp->password);
		/* Else a user with an '@' makes libcurl ask for Kerberos. */
		curl_easy_setopt(h, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5");
	}
	curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, sock_open);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, t->smtp);
	curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, sock_close);
	curl_easy_setopt(h, CURLOPT_CLOSESOCKETDATA, t->smtp);
}

/* The options that say what. */
static void
transfer_message_options(struct transfer *t, const char *from)
{
	CURL *h = t->easy;

	curl_easy_setopt(h, CURLOPT_PRIVATE, t);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(h, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(h, CURLOPT_DEBUGFUNCTION, smtp_trace);
	curl_easy_setopt(h, CURLOPT_DEBUGDATA, t);
	curl_easy_setopt(h, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT, t->to);
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, smtp_read);
	curl_easy_setopt(h, CURLOPT_READDATA, t);
	curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->message.len);
}

void
smtp_send(struct smtp *s, const char *from, char *const *to, size_t nto, struct buf *message,
    void (*done)(void *arg, const struct smtp_result *r), void *arg)
{
	struct transfer *t = xcalloc(1, sizeof *t);
	char address[512];

	t->smtp = s;
	t->fd = -1;
	t->done = done;
	t->arg = arg;
	t->n = nto;
	t->fates = xcalloc(nto + 1, sizeof *t->fates);
	t->codes = xcalloc(nto + 1, sizeof *t->codes);
	t->message = *message;
	*message = (struct buf){ 0 };
	for (size_t i = 0; i < nto; i++) {
		snprintf(address, sizeof address, "<%s>", to[i]);
		t->to = curl_slist_append(t->to, address);
	}
	t->easy = curl_easy_init();
	if (t->easy == NULL)
		fatalx("mail", "libcurl has no memory");
	TAILQ_INSERT_TAIL(&s->transfers, t, link);
	transfer_connect_options(t);
	snprintf(address, sizeof address, "<%s>", from);
	transfer_message_options(t, address);
	curl_multi_add_handle(s->multi, t->easy);
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

int
smtp_new(struct smtp **out, struct event_base *base, const struct conf_mail *conf, const char *helo,
    struct err *e)
{
	struct smtp *s = xcalloc(1, sizeof *s);

	s->base = base;
	s->conf = conf;
	TAILQ_INIT(&s->socks);
	TAILQ_INIT(&s->transfers);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(s);
		return err_set(e, "cannot start libcurl");
	}
	if (smtp_prepare(s, helo, e) == -1)
		goto fail;
	s->timer = evtimer_new(base, smtp_on_timer, s);
	s->multi = curl_multi_init();
	if (s->timer == NULL || s->multi == NULL) {
		err_set(e, "cannot start libcurl");
		goto fail;
	}
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, smtp_want);
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, smtp_want_timer);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
	*out = s;
	return 0;
fail:
	smtp_free(s);
	return -1;
}

void
smtp_free(struct smtp *s)
{
	struct sock *k;

	if (s == NULL)
		return;
	TAILQ_FOREACH (k, &s->socks, link) {
		if (k->relay)
			shutdown(k->fd, SHUT_RD);
	}
	while (!TAILQ_EMPTY(&s->transfers))
		transfer_free(TAILQ_FIRST(&s->transfers));
	curl_multi_cleanup(s->multi);
	while ((k = TAILQ_FIRST(&s->socks)) != NULL)
		sock_drop(s, k);
	if (s->timer != NULL)
		event_free(s->timer);
	if (s->password != NULL)
		explicit_bzero(s->password, strlen(s->password));
	free(s->password);
	curl_global_cleanup();
	free(s);
}
