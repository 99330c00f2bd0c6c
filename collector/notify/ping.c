/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The asking is in a thread, for a name may take long to be found. What is answered does not matter
 * but for its status; no more than a little of it is read. */
#include "collector/notify/ping.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"
#include "zw/worker.h"

#define EVERY_MS INT64_C(60000)
#define TIMEOUT_MS 20000L
#define MAX_ANSWER 65536 /* bytes */

struct ping {
	const char *url;
	struct notify_stats *stats;
	struct worker *worker;
	bool under_way;
	bool failing;
	int64_t last_ms;
};

/* One question, with its answer. */
struct asking {
	struct ping *ping; /* looked at in the loop only */
	char *url;
	size_t got;
	char error[CURL_ERROR_SIZE + 64]; /* "": it was answered */
};

/* Throws the answer away; too long a one is no answer. */
static size_t
swallow(char *p, size_t size, size_t n, void *arg)
{
	struct asking *a = arg;

	(void)p;
	a->got += size * n;
	return a->got > MAX_ANSWER ? 0 : size * n;
}

/* Sets what the question needs. */
static bool
prepare(CURL *c, struct asking *a, char *error)
{
	bool ok = true;

	ok &= curl_easy_setopt(c, CURLOPT_URL, a->url) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, TIMEOUT_MS) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_USERAGENT, "zonewatch/" ZW_VERSION) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, swallow) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_WRITEDATA, a) == CURLE_OK;
	return ok;
}

/* In the thread: asks. */
static void
ask(void *arg)
{
	struct asking *a = arg;
	char error[CURL_ERROR_SIZE] = "";
	CURL *c = curl_easy_init();

	if (c == NULL || !prepare(c, a, error)) {
		(void)str_copy(a->error, sizeof a->error, "libcurl cannot do it");
	} else {
		CURLcode rc = curl_easy_perform(c);
		const char *why = *error != '\0' ? error : curl_easy_strerror(rc);
		if (rc != CURLE_OK)
			(void)str_copy(a->error, sizeof a->error, why);
	}
	curl_easy_cleanup(c);
}

/* A question's end, when nobody wants to know. */
static void
drop(void *arg)
{
	struct asking *a = arg;

	free(a->url);
	free(a);
}

/* In the loop: what came of it. */
static void
asked(void *arg)
{
	struct asking *a = arg;
	struct ping *p = a->ping;
	bool ok = *a->error == '\0';

	p->under_way = false;
	(void)str_copy(p->stats->ping_error, sizeof p->stats->ping_error, a->error);
	if (ok) {
		p->stats->pings++;
		p->stats->pinged_ms = clock_steady_ms();
	} else {
		p->stats->unpinged++;
	}
	if (ok && p->failing)
		log_info("ping", "answered again");
	else if (!ok && !p->failing)
		log_warnx("ping", "not answered: %s", a->error);
	p->failing = !ok;
	drop(a);
}

int
ping_new(struct ping **out, struct event_base *base, const char *url, struct notify_stats *stats,
    struct err *e)
{
	struct ping *p = xcalloc(1, sizeof *p);

	*p = (struct ping){ .url = url, .stats = stats };
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
		free(p);
		return err_set(e, "notify.ping_url: \"%s\" is no http or https URL", url);
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(p);
		return err_set(e, "libcurl does not start");
	}
	if (worker_new(&p->worker, base, "zw-ping", e) == -1) {
		curl_global_cleanup();
		free(p);
		return -1;
	}
	*out = p;
	return 0;
}

void
ping_free(struct ping *p)
{
	if (p == NULL)
		return;
	if (p->under_way) {
		/* Its thread goes on with libcurl, which therefore is not cleaned up. */
		worker_abandon(p->worker, drop);
	} else {
		worker_free(p->worker);
		curl_global_cleanup();
	}
	free(p);
}

void
ping_tick(struct ping *p, int64_t now_ms)
{
	bool due = p->last_ms == 0 || now_ms - p->last_ms >= EVERY_MS || now_ms < p->last_ms;

	if (p->under_way || !due)
		return;
	struct asking *a = xcalloc(1, sizeof *a);
	*a = (struct asking){ .ping = p, .url = xstrdup(p->url) };
	p->under_way = true;
	p->last_ms = now_ms;
	(void)worker_submit(p->worker, ask, asked, a);
}
