/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thread with a libcurl multi handle. Not in the loop: the system's certificates are read anew
 * for each connection, which takes tens of milliseconds. Each recipient of a message is a transfer
 * of its own; when the last is over, the message is. */
#include "collector/notify/poster.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/conf.h"
#include "zw/alloc.h"
#include "zw/log.h"
#include "zw/str.h"

#define REPLY_SIZE 200
#define POLL_MS 1000

/* One recipient's part. */
struct transfer {
	STAILQ_ENTRY(transfer) link;
	struct post *post;
	size_t index; /* of the recipient */
	CURL *easy;
	char *url;
	char error[CURL_ERROR_SIZE];
	char answer[REPLY_SIZE]; /* its beginning */
	size_t kept;
	size_t heard;
	bool full; /* it was more than is read */
	CURLcode rc;
	long status;
};
STAILQ_HEAD(transfers, transfer);

/* A message. */
struct post {
	LIST_ENTRY(post) link;
	size_t n;
	size_t left;
	struct curl_slist *headers;
	char *body;
	struct transfer *transfers;
	enum channel_fate *fates;
	char (*texts)[REPLY_SIZE];
	const char **replies;
	size_t unreachable;
	channel_done done;
	void *arg;
};

struct poster {
	const struct conf_notify *conf;
	CURLM *multi; /* of the thread; but for the waking */
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* of what follows */
	struct transfers todo;
	struct transfers over;
	bool ending;
	int wake_fd; /* the loop's */
	struct event *wake;
	LIST_HEAD(, post) posts; /* of the loop's side */
};

int
poster_check(const char *url, struct err *e)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *user = NULL;
	int rc = 0;

	if (u == NULL)
		return err_set(e, "out of memory");
	if (strlen(url) > HTTP_MAX_URL - 32 || strpbrk(url, " ,") != NULL ||
	    curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		rc = err_set(e, "\"%s\" is no http or https URL", url);
	else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
		rc = err_set(e, "a URL with a user in it would stand in every log");
	curl_free(scheme);
	curl_free(user);
	curl_url_cleanup(u);
	return rc;
}

/* CURLOPT_OPENSOCKETFUNCTION: as libcurl would, but not for our children. */
static curl_socket_t
transfer_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	(void)arg;
	(void)purpose;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* CURLOPT_WRITEFUNCTION: keeps the beginning, and ends what is too long. */
static size_t
transfer_write(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * n, room = sizeof t->answer - 1 - t->kept;

	if (room > len)
		room = len;
	memcpy(t->answer + t->kept, p, room);
	t->kept += room;
	t->heard += len;
	t->full = t->heard > HTTP_MAX_ANSWER;
	return t->full ? 0 : len;
}

/* In the thread: all that libcurl is to know. */
static void
transfer_options(const struct poster *h, struct transfer *t)
{
	const struct conf_notify *c = h->conf;
	CURL *e = t->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_URL, t->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)c->timeout);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)c->timeout);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (c->ca != NULL) {
		curl_easy_setopt(e, CURLOPT_CAINFO, c->ca);
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	}
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "zonewatch/" ZW_VERSION);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->post->headers);
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->post->body);
	curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(t->post->body));
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, transfer_write);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, transfer_socket);
}

/* In the thread: hands it back to the loop. */
static void
transfer_over(struct poster *h, struct transfer *t, CURLcode rc)
{
	uint64_t one = 1;

	t->rc = rc;
	if (t->easy != NULL) {
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->status);
		curl_multi_remove_handle(h->multi, t->easy);
		curl_easy_cleanup(t->easy);
		t->easy = NULL;
	}
	pthread_mutex_lock(&h->lock);
	STAILQ_INSERT_TAIL(&h->over, t, link);
	pthread_mutex_unlock(&h->lock);
	ssize_t n = write(h->wake_fd, &one, sizeof one);
	(void)n; /* fails only by overflow, and then the loop wakes anyway */
}

/* In the thread: begins what was asked for. False: all is to end. */
static bool
poster_begin(struct poster *h)
{
	struct transfers mine = STAILQ_HEAD_INITIALIZER(mine);
	struct transfer *t;

	pthread_mutex_lock(&h->lock);
	STAILQ_CONCAT(&mine, &h->todo);
	bool ending = h->ending;
	pthread_mutex_unlock(&h->lock);
	while (!ending && (t = STAILQ_FIRST(&mine)) != NULL) {
		STAILQ_REMOVE_HEAD(&mine, link);
		t->easy = curl_easy_init();
		if (t->easy == NULL) {
			transfer_over(h, t, CURLE_FAILED_INIT);
			continue;
		}
		transfer_options(h, t);
		curl_multi_add_handle(h->multi, t->easy);
	}
	return !ending;
}

/* The thread. */
static void *
poster_main(void *arg)
{
	struct poster *h = arg;
	int running, left;
	CURLMsg *msg;

	while (poster_begin(h)) {
		curl_multi_perform(h->multi, &running);
		while ((msg = curl_multi_info_read(h->multi, &left)) != NULL) {
			char *t = NULL;
			if (msg->msg != CURLMSG_DONE)
				continue;
			CURLcode rc = msg->data.result;
			curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
			transfer_over(h, (struct transfer *)(void *)t, rc);
		}
		curl_multi_poll(h->multi, NULL, 0, POLL_MS, NULL);
	}
	return NULL;
}

/* Frees a message that no thread knows any more. */
static void
post_free(struct post *p)
{
	LIST_REMOVE(p, link);
	for (size_t i = 0; i < p->n; i++) {
		curl_easy_cleanup(p->transfers[i].easy);
		free(p->transfers[i].url);
	}
	curl_slist_free_all(p->headers);
	free(p->body);
	free(p->transfers);
	free(p->fates);
	free(p->texts);
	free(p->replies);
	free(p);
}

/* What an answer means. What only a change of the message would mend never goes; but a missing
 * page, a redirect or a refused login is what the operator mends. */
static enum channel_fate
poster_fate(long status)
{
	static const long final[] = { 400, 405, 406, 410, 411, 413, 414, 415, 422, 501, 505 };

	if (status >= 200 && status <= 299)
		return CHANNEL_ACCEPTED;
	for (size_t i = 0; i < sizeof final / sizeof final[0]; i++) {
		if (status == final[i])
			return CHANNEL_REFUSED;
	}
	return CHANNEL_RETRY;
}

/* A recipient's part is over. */
static void
transfer_judge(struct transfer *t)
{
	struct post *p = t->post;
	char *text = p->texts[t->index];
	char answer[REPLY_SIZE];

	if (t->rc != CURLE_OK && !(t->full && t->status != 0)) {
		const char *why = *t->error != '\0' ? t->error : curl_easy_strerror(t->rc);
		str_escape(text, REPLY_SIZE, why, strlen(why));
		p->fates[t->index] = CHANNEL_RETRY;
		p->unreachable += t->status == 0;
		return;
	}
	p->fates[t->index] = poster_fate(t->status);
	str_escape(answer, sizeof answer, t->answer, strcspn(t->answer, "\r\n"));
	snprintf(text, REPLY_SIZE, "HTTP %ld%s%.150s%s", t->status, *answer != '\0' ? ": " : "",
	    answer, t->status / 100 == 3 ? " (redirects are not followed)" : "");
}

/* All recipients of a message are through. */
static void
post_finish(struct post *p)
{
	size_t at = 0; /* whose words stand for all: the first's who has it not */

	while (at < p->n && p->fates[at] == CHANNEL_ACCEPTED)
		at++;
	struct channel_result r = { .n = p->n,
		.fates = p->fates,
		.replies = p->replies,
		.unreachable = p->unreachable == p->n,
		.reply = p->replies[at < p->n ? at : 0] };
	p->done(p->arg, &r);
	post_free(p);
}

/* In the loop: something is over. */
static void
poster_wake(evutil_socket_t fd, short what, void *arg)
{
	struct poster *h = arg;
	struct transfers mine = STAILQ_HEAD_INITIALIZER(mine);
	struct transfer *t;
	uint64_t count;

	(void)what;
	ssize_t n = read(fd, &count, sizeof count);
	(void)n;
	pthread_mutex_lock(&h->lock);
	STAILQ_CONCAT(&mine, &h->over);
	pthread_mutex_unlock(&h->lock);
	while ((t = STAILQ_FIRST(&mine)) != NULL) {
		STAILQ_REMOVE_HEAD(&mine, link);
		transfer_judge(t);
		if (--t->post->left == 0)
			post_finish(t->post);
	}
}

/* The header of a message. */
static struct curl_slist *
post_headers(const char *key)
{
	struct curl_slist *l = curl_slist_append(NULL, "Content-Type: application/json");

	l = curl_slist_append(l, "Expect:");
	if (key != NULL) {
		char *line = xasprintf("Idempotency-Key: \"%s\"", key);
		l = curl_slist_append(l, line);
		free(line);
	}
	return l;
}

/* A URL with the path behind it. */
static char *
join(const char *url, const char *path)
{
	size_t n = strlen(url);

	while (*path != '\0' && n > 0 && url[n - 1] == '/')
		n--;
	return xasprintf("%.*s%s", (int)n, url, path);
}

void
poster_post(struct poster *h, char *const *urls, size_t n, const char *path, const char *key,
    const char *body, channel_done done, void *arg)
{
	struct post *p = xcalloc(1, sizeof *p);

	*p = (struct post){ .n = n, .left = n, .done = done, .arg = arg };
	p->headers = post_headers(key);
	p->body = xstrdup(body);
	p->transfers = xcalloc(n + 1, sizeof *p->transfers);
	p->fates = xcalloc(n + 1, sizeof *p->fates);
	p->texts = xcalloc(n + 1, sizeof *p->texts);
	p->replies = xcalloc(n + 1, sizeof *p->replies);
	LIST_INSERT_HEAD(&h->posts, p, link);
	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < n; i++) {
		struct transfer *t = &p->transfers[i];
		t->post = p;
		t->index = i;
		t->url = join(urls[i], path);
		p->replies[i] = p->texts[i];
		STAILQ_INSERT_TAIL(&h->todo, t, link);
	}
	pthread_mutex_unlock(&h->lock);
	curl_multi_wakeup(h->multi);
}

/* Starts the thread with all signals blocked. */
static int
poster_start(struct poster *h, const char *name, struct err *e)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	h->running = pthread_create(&h->thread, NULL, poster_main, h) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!h->running)
		return err_set(e, "cannot start the thread %s", name);
	pthread_setname_np(h->thread, name);
	return 0;
}

int
poster_new(struct poster **out, struct event_base *base, const struct conf_notify *conf,
    const char *name, struct err *e)
{
	struct poster *h = xcalloc(1, sizeof *h);

	h->conf = conf;
	STAILQ_INIT(&h->todo);
	STAILQ_INIT(&h->over);
	LIST_INIT(&h->posts);
	pthread_mutex_init(&h->lock, NULL);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		fatalx("notify", "cannot start libcurl");
	h->multi = curl_multi_init();
	h->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->wake_fd != -1)
		h->wake = event_new(base, h->wake_fd, EV_READ | EV_PERSIST, poster_wake, h);
	if (h->multi == NULL || h->wake == NULL) {
		poster_free(h);
		return err_set(e, "cannot start libcurl");
	}
	event_add(h->wake, NULL);
	if (poster_start(h, name, e) == -1) {
		poster_free(h);
		return -1;
	}
	*out = h;
	return 0;
}

void
poster_free(struct poster *h)
{
	struct post *p;

	if (h == NULL)
		return;
	pthread_mutex_lock(&h->lock);
	h->ending = true;
	pthread_mutex_unlock(&h->lock);
	if (h->running) {
		curl_multi_wakeup(h->multi);
		pthread_join(h->thread, NULL);
	}
	while ((p = LIST_FIRST(&h->posts)) != NULL) {
		for (size_t i = 0; i < p->n; i++) {
			if (p->transfers[i].easy != NULL)
				curl_multi_remove_handle(h->multi, p->transfers[i].easy);
		}
		post_free(p);
	}
	if (h->multi != NULL)
		curl_multi_cleanup(h->multi);
	if (h->wake != NULL)
		event_free(h->wake);
	if (h->wake_fd != -1)
		close(h->wake_fd);
	pthread_mutex_destroy(&h->lock);
	curl_global_cleanup();
	free(h);
}
