/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_http: one request over libcurl's multi interface, whose sockets and timer are events of our
 * loop.
 *
 * The server may be hostile: body and headers are counted and cut, nothing is unpacked, no redirect
 * is followed, and the whole has one deadline. When a certificate is refused, what is left of the
 * time goes into a second connection that sends nothing, only to learn until when it holds. */
#include <curl/curl.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/probe_http_multi.h"
#include "agent/gateway/probe_status.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/clock.h"
#include "zw/log.h"

#define HTTP_MAX_BODY 262144
#define HTTP_MAX_HEADERS 65536
#define DAY_S 86400.0

struct http_conf {
	char *url;
	char *method;
	char *status;
	char *text;
	char *ca;
	bool verify;
	char *host;
	char *connect;
};

static const struct conf_key http_keys[] = {
	{ .name = "url",
	    .type = CONF_text,
	    .offset = offsetof(struct http_conf, url),
	    .flags = CONF_REQUIRED,
	    .unit = "URL",
	    .help = "What to ask for, http:// or https://. Redirects are not followed." },
	{ .name = "method",
	    .type = CONF_text,
	    .offset = offsetof(struct http_conf, method),
	    .def = "GET",
	    .unit = "GET|HEAD",
	    .help = "How to ask." },
	{ .name = "status",
	    .type = CONF_text,
	    .offset = offsetof(struct http_conf, status),
	    .def = "200-399",
	    .unit = "codes",
	    .help = "The status codes that are good: codes and ranges with bars between, as "
		    "\"200|301|400-404\"." },
	{ .name = "text",
	    .type = CONF_text,
	    .offset = offsetof(struct http_conf, text),
	    .unit = "text",
	    .help = "What must occur in the body, of which the first 256 KiB are read." },
	{ .name = "ca",
	    .type = CONF_text,
	    .offset = offsetof(struct http_conf, ca),
	    .flags = CONF_FILE,
	    .unit = "file",
	    .help = "Certificates by which the server's must be signed; default: the system's." },
	{ .name = "verify",
	    .type = CONF_flag,
	    .offset = offsetof(struct http_conf, verify),
	    .def = "true",
	    .unit = "flag",
	    .help = "Whether a certificate that is not valid for the host counts as down." },
	{ .name = "host",
	    .type = CONF_text,
	    .offset = offsetof(struct http_conf, host),
	    .unit = "host",
	    .help = "Another host than the URL's for the request's Host header." },
	{ .name = "connect",
	    .type = CONF_text,
	    .offset = offsetof(struct http_conf, connect),
	    .flags = CONF_ADDRESS,
	    .unit = "host:port",
	    .help = "Where to connect to, whatever the URL's host: one server of several." },
};

static const struct conf_table http_table = {
	.name = "http",
	.size = sizeof(struct http_conf),
	.keys = http_keys,
	.nkeys = sizeof http_keys / sizeof http_keys[0],
};

enum {
	HTTP_UP,
	HTTP_TIME,
	HTTP_STATUS,
	HTTP_CERT_DAYS,
	HTTP_SIZE,
	HTTP_FIELDS
};

static const struct field_row http_fields[HTTP_FIELDS] = {
	[HTTP_UP] = { "up", FIELD_STATE, "1", NAN, NAN, "Answer" },
	[HTTP_TIME] = { "time", FIELD_GAUGE, "s", 0, NAN,
	    "From the start to the end of the body, or of what is read of it" },
	[HTTP_STATUS] = { "status", FIELD_GAUGE, "1", 0, 999, "Status code of the answer" },
	[HTTP_CERT_DAYS] = { "cert_days", FIELD_GAUGE, "d", NAN, NAN,
	    "Until the server's certificate ends" },
	[HTTP_SIZE] = { "size", FIELD_GAUGE, "By", 0, NAN, "Body, as far as it is read" },
};

struct http {
	const struct http_conf *conf;
	struct probe_http_multi *multi;
	struct curl_slist *headers;
	struct curl_slist *connect;
	struct probe_http_transfer transfer; /* .easy NULL: it does not ask */
	probe_done done;
	void *arg;
	int64_t deadline_ms; /* monotonic */
	bool looking;	     /* the second connection, for the certificate only */
	bool enough;	     /* the body was cut by us */
	bool too_much;	     /* so were the headers */
	size_t header_bytes;
	size_t body_bytes;
	struct buf body; /* only if it is looked at */
	char error[CURL_ERROR_SIZE];
	struct probe_result result;
};

/* A part of an URL, freed by the caller; NULL if it has none. */
static char *
url_part(CURLU *u, CURLUPart what)
{
	char *text = NULL;
	char *copy;

	if (curl_url_get(u, what, &text, 0) != CURLUE_OK)
		return NULL;
	copy = xstrdup(text);
	curl_free(text);
	return copy;
}

/* An URL of the two schemes, without secrets, which would stand in the configuration. */
static void
check_url(const struct http_conf *c, struct conf_errors *ce)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *user = NULL;

	if (u == NULL || curl_url_set(u, CURLUPART_URL, c->url, 0) != CURLUE_OK) {
		conf_complain(ce, c, "url", "\"%s\" is no URL", c->url);
		curl_url_cleanup(u);
		return;
	}
	scheme = url_part(u, CURLUPART_SCHEME);
	user = url_part(u, CURLUPART_USER);
	if (scheme == NULL || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		conf_complain(ce, c, "url", "must be http:// or https://");
	if (user != NULL)
		conf_complain(ce, c, "url", "names and passwords do not belong into an URL");
	free(scheme);
	free(user);
	curl_url_cleanup(u);
}

/* Looks across keys. */
static void
http_check(const void *conf, const void *probe, struct conf_errors *ce)
{
	const struct http_conf *c = conf;

	(void)probe;
	if (c->url != NULL)
		check_url(c, ce);
	if (c->status != NULL && !probe_status_is_list(c->status))
		conf_complain(ce, c, "status",
		    "\"%s\" is no list of status codes, as \"200|301\" or \"200-399\"", c->status);
	if (c->host != NULL && c->host[strcspn(c->host, "\r\n\t ")] != '\0')
		conf_complain(ce, c, "host", "\"%s\" is no host", c->host);
	if (c->text != NULL && c->text[0] == '\0')
		conf_complain(ce, c, "text", "must not be empty");
	if (c->text != NULL && c->method != NULL && strcmp(c->method, "HEAD") == 0)
		conf_complain(ce, c, "text", "there is no body in an answer to HEAD");
}

/* Headers, counted: libcurl's own limit is for one line. */
static size_t
http_header(char *p, size_t size, size_t n, void *arg)
{
	struct http *s = arg;

	(void)p;
	s->header_bytes += size * n;
	s->too_much = s->header_bytes > HTTP_MAX_HEADERS;
	return s->too_much ? 0 : size * n;
}

/* The body, up to the limit; then the transfer is ended by an error that is none. */
static size_t
http_body(char *p, size_t size, size_t n, void *arg)
{
	struct http *s = arg;
	size_t room = HTTP_MAX_BODY - s->body_bytes;
	size_t take = size * n < room ? size * n : room;

	if (s->conf->text != NULL)
		buf_put(&s->body, p, take);
	s->body_bytes += take;
	s->enough = take < size * n;
	return s->enough ? CURL_WRITEFUNC_ERROR : take;
}

/* Whom to trust. To read the system's bundle takes 30 ms, which nobody else can wait for; its
 * directory is read only for the issuer that is looked for. */
static void
http_trust(struct http *s)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	if (s->conf->ca != NULL) {
		curl_easy_setopt(s->transfer.easy, CURLOPT_CAINFO, s->conf->ca);
		curl_easy_setopt(s->transfer.easy, CURLOPT_CAPATH, NULL);
	} else if (v->age >= CURLVERSION_SEVENTH && v->capath != NULL) {
		curl_easy_setopt(s->transfer.easy, CURLOPT_CAINFO, NULL);
		curl_easy_setopt(s->transfer.easy, CURLOPT_CAPATH, v->capath);
	}
}

/* What is the same for both connections. */
static void
http_options(struct http *s, int64_t timeout_ms)
{
	CURL *h = s->transfer.easy;

	curl_easy_setopt(h, CURLOPT_URL, s->conf->url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	/* Else a resolver's thread that hangs holds up the loop when the transfer is removed. */
	curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(h, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(h, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(h, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, s->error);
	curl_easy_setopt(h, CURLOPT_CONNECT_TO, s->connect);
	http_trust(s);
}

/* The request itself. */
static void
http_request(struct http *s)
{
	CURL *h = s->transfer.easy;

	curl_easy_setopt(h, CURLOPT_USERAGENT, "zonewatch-gateway/" ZW_VERSION);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, s->headers);
	curl_easy_setopt(h, CURLOPT_NOBODY, strcmp(s->conf->method, "HEAD") == 0 ? 1L : 0L);
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, http_header);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, http_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, s->conf->verify ? 1L : 0L);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, s->conf->verify ? 2L : 0L);
}

/* The certificate only: nothing is sent, so nothing need be trusted. */
static void
http_look(struct http *s)
{
	curl_easy_setopt(s->transfer.easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(s->transfer.easy, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(s->transfer.easy, CURLOPT_SSL_VERIFYHOST, 0L);
}

/* Takes the transfer out. */
static void
http_drop(struct http *s)
{
	if (s->transfer.easy == NULL)
		return;
	probe_http_multi_remove(s->multi, &s->transfer);
	curl_easy_cleanup(s->transfer.easy);
	s->transfer.easy = NULL;
}

/* Starts a transfer; libcurl does all of it from the loop. */
static void
http_start(struct http *s)
{
	int64_t left = s->deadline_ms - clock_mono_ms();

	s->transfer.easy = curl_easy_init();
	if (s->transfer.easy == NULL)
		fatalx("probe", "out of memory");
	s->error[0] = '\0';
	http_options(s, left > 0 ? left : 1);
	if (s->looking)
		http_look(s);
	else
		http_request(s);
	probe_http_multi_add(s->multi, &s->transfer);
}

/* Days left of the first certificate of the chain, which is the server's; NAN if none was shown. */
static double
cert_days(CURL *easy)
{
	struct curl_certinfo *info = NULL;
	static const char word[] = "Expire date:";

	if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL ||
	    info->num_of_certs < 1)
		return NAN;
	for (const struct curl_slist *l = info->certinfo[0]; l != NULL; l = l->next) {
		if (strncmp(l->data, word, sizeof word - 1) != 0)
			continue;
		time_t end = curl_getdate(l->data + sizeof word - 1, NULL);
		if (end == -1)
			return NAN;
		return ((double)end - (double)clock_wall_ms() / 1000) / DAY_S;
	}
	return NAN;
}

/* Whether the certificate was the reason. */
static bool
is_refused(CURLcode rc)
{
	return rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_ISSUER_ERROR;
}

/* Judges the answer. */
static void
http_judge(struct http *s, long code)
{
	struct probe_result *r = &s->result;

	r->values[HTTP_UP] = 0;
	if (!probe_status_has(s->conf->status, code))
		probe_say(r, "%s: status %ld", s->conf->url, code);
	else if (s->conf->text != NULL &&
		 (s->body.len == 0 || memmem(s->body.data, s->body.len, s->conf->text,
					  strlen(s->conf->text)) == NULL))
		probe_say(r, "%s: the text is not in the %s%zu bytes of the answer", s->conf->url,
		    s->enough ? "first " : "", s->body_bytes);
	else
		r->values[HTTP_UP] = 1;
}

/* What the first connection gave. */
static void
http_read(struct http *s, CURLcode rc)
{
	struct probe_result *r = &s->result;
	curl_off_t us = 0;
	long code = 0;

	if (s->enough && rc == CURLE_WRITE_ERROR)
		rc = CURLE_OK;
	curl_easy_getinfo(s->transfer.easy, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_getinfo(s->transfer.easy, CURLINFO_TOTAL_TIME_T, &us);
	r->values[HTTP_CERT_DAYS] = cert_days(s->transfer.easy);
	if (code > 0)
		r->values[HTTP_STATUS] = (double)code;
	if (rc == CURLE_OK) {
		r->values[HTTP_TIME] = (double)us / 1e6;
		r->values[HTTP_SIZE] = (double)s->body_bytes;
		http_judge(s, code);
		return;
	}
	r->values[HTTP_UP] = 0;
	if (s->too_much)
		probe_say(r, "%s: more than %d bytes of headers", s->conf->url, HTTP_MAX_HEADERS);
	else if (rc == CURLE_OPERATION_TIMEDOUT && code > 0)
		probe_say(
		    r, "%s: the answer (status %ld) does not end in time", s->conf->url, code);
	else
		probe_say(r, "%s: %s", s->conf->url,
		    s->error[0] != '\0' ? s->error : curl_easy_strerror(rc));
}

/* A transfer is over. */
static void
http_over(void *arg, CURLcode rc)
{
	struct http *s = arg;
	probe_done done = s->done;

	if (s->looking) {
		s->result.values[HTTP_CERT_DAYS] = cert_days(s->transfer.easy);
	} else {
		http_read(s, rc);
		if (is_refused(rc) && isnan(s->result.values[HTTP_CERT_DAYS]) &&
		    s->deadline_ms - clock_mono_ms() > 10) {
			http_drop(s);
			s->looking = true;
			http_start(s);
			return;
		}
	}
	http_drop(s);
	buf_free(&s->body);
	s->done = NULL;
	done(s->arg, &s->result);
}

/* Begins. */
static void
http_ask(void *state, int64_t timeout_ms, probe_done done, void *arg)
{
	struct http *s = state;

	s->done = done;
	s->arg = arg;
	s->deadline_ms = clock_mono_ms() + timeout_ms;
	s->looking = s->enough = s->too_much = false;
	s->header_bytes = s->body_bytes = 0;
	buf_clear(&s->body);
	probe_result_clear(&s->result, HTTP_FIELDS);
	http_start(s);
}

/* Also while it asks. */
static void
http_close(void *state)
{
	struct http *s = state;

	http_drop(s);
	buf_free(&s->body);
	curl_slist_free_all(s->headers);
	curl_slist_free_all(s->connect);
	free(s);
}

/* The lists that libcurl borrows are made once. */
static void *
http_open(struct probe_env *env, const void *conf, struct err *e)
{
	const struct http_conf *c = conf;
	struct probe_http_multi *multi = probe_http_multi_of(env, e);
	struct http *s;

	if (multi == NULL)
		return NULL;
	s = xcalloc(1, sizeof *s);
	s->conf = c;
	s->multi = multi;
	s->transfer.over = http_over;
	s->transfer.arg = s;
	if (c->host != NULL) {
		char *line = xasprintf("Host: %s", c->host);
		s->headers = curl_slist_append(NULL, line);
		free(line);
	}
	if (c->connect != NULL) {
		char *line = xasprintf("::%s", c->connect);
		s->connect = curl_slist_append(NULL, line);
		free(line);
	}
	return s;
}

const struct probe_kind probe_kind_http = {
	.name = "http",
	.help = "A request over HTTP or HTTPS: status, time, text, days left of the certificate.",
	.table = &http_table,
	.fields = http_fields,
	.nfields = HTTP_FIELDS,
	.check = http_check,
	.open = http_open,
	.ask = http_ask,
	.close = http_close,
};
