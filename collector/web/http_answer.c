/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How an answer leaves: its headers, whether the client has it already (RFC 9110, 13.1.2), whether
 * it goes by gzip. evhttp 2.1.12 sends a body with the answer to HEAD, unless there is none: the
 * length is stated here. */
#include "collector/web/http_int.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "collector/web/conns.h"
#include "collector/web/gzip.h"
#include "zw/str.h"

struct conns_one *
http_conn(const struct http *h, struct evhttp_request *rq)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(rq);
	return evcon == NULL ? NULL
			     : conns_find(h->conns, evhttp_connection_get_bufferevent(evcon));
}

/* A header of the request; NULL: it has none of this name. */
static const char *
header_of(struct evhttp_request *rq, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(rq), name);
}

/* The answer is out: the connection waits for the next request. */
static void
on_sent(struct evhttp_request *rq, void *arg)
{
	const struct http *h = arg;
	struct conns_one *c = http_conn(h, rq);
	if (c != NULL)
		conns_answered(h->conns, c);
}

/* Its connection may end with it. */
static void
prepare(struct http *h, struct evhttp_request *rq)
{
	struct conns_one *c = http_conn(h, rq);
	if (c != NULL)
		conns_answering(c);
	if (c == NULL || conns_is_spare(c))
		evhttp_add_header(evhttp_request_get_output_headers(rq), "Connection", "close");
	evhttp_request_set_on_complete_cb(rq, on_sent, h);
}

void
http_finish(struct http *h, struct evhttp_request *rq)
{
	struct conns_one *c = http_conn(h, rq);
	if (c != NULL)
		conns_answering(c);
	evhttp_request_set_on_complete_cb(rq, on_sent, h);
	evhttp_send_reply_end(rq);
}

/* Whether its bytes are text, which gets smaller. */
static bool
is_text(const char *type)
{
	return strncmp(type, "text/", 5) == 0 || strcmp(type, REPLY_JSON) == 0 ||
	       strcmp(type, REPLY_SVG) == 0 || strcmp(type, REPLY_OPENMETRICS) == 0;
}

/* The name to be saved under, for those who know UTF-8 there and those who do not (RFC 6266). */
static void
add_disposition(struct evkeyvalq *out, const char *filename, bool shown)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._";
	char text[640];
	size_t n =
	    (size_t)snprintf(text, sizeof text, "%s; filename=\"", shown ? "inline" : "attachment");
	for (const char *s = filename; *s != '\0'; s++)
		if (strchr(plain, *s) != NULL || *s == ' ')
			text[n++] = *s;
		else if (((unsigned char)*s & 0xc0) != 0x80)
			text[n++] = '_';
	n += (size_t)snprintf(text + n, sizeof text - n, "\"; filename*=UTF-8''");
	for (const char *s = filename; *s != '\0'; s++) {
		bool as_is = strchr(plain, *s) != NULL;
		n += (size_t)snprintf(
		    text + n, sizeof text - n, as_is ? "%c" : "%%%02X", (unsigned char)*s);
	}
	evhttp_add_header(out, "Content-Disposition", text);
}

/* Cookies, one a line; for TLS only if that is how people come here. */
static void
add_cookies(const struct http *h, struct evhttp_request *rq, const char *cookies)
{
	const char *host = header_of(rq, "Host");
	bool near = host != NULL && (strncasecmp(host, "127.0.0.1", 9) == 0 ||
					strncasecmp(host, "localhost", 9) == 0 ||
					strncasecmp(host, "[::1]", 5) == 0);
	bool secure = h->o.tls != NULL || (h->o.behind_tls && !near);
	while (*cookies != '\0') {
		char one[sizeof(((struct reply *)NULL)->cookie) + 16];
		size_t n = strcspn(cookies, "\n");
		snprintf(one, sizeof one, "%.*s%s", (int)n, cookies, secure ? "; Secure" : "");
		evhttp_add_header(evhttp_request_get_output_headers(rq), "Set-Cookie", one);
		cookies += n;
		cookies += *cookies == '\n';
	}
}

/* For how long it may be kept. What has a tag is asked for again each time. */
static const char *
caching(const struct reply *re, int status)
{
	if (re->keep)
		return "max-age=31536000, immutable";
	if (status == 304 || (status == 200 && re->tag != NULL))
		return "private, no-cache";
	return "no-store";
}

/* A page loads and runs nothing but our style sheets, scripts, icons and graphs, and asks nobody
 * else; an SVG opened by itself may style itself; so may a report, which may do nothing else. */
static void
add_guards(const struct http *h, struct evkeyvalq *out, const struct reply *re)
{
	bool svg = strcmp(re->type, REPLY_SVG) == 0;
	evhttp_add_header(out, "Content-Security-Policy",
	    re->foreign
		? "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
		  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
	    : svg ? "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
		  : "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
		    "connect-src 'self'; base-uri 'none'; form-action 'self'; "
		    "frame-ancestors 'none'");
	evhttp_add_header(out, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(out, "Referrer-Policy", "same-origin");
	evhttp_add_header(out, "Cross-Origin-Resource-Policy", "same-origin");
	if (h->o.tls != NULL)
		evhttp_add_header(out, "Strict-Transport-Security", "max-age=31536000");
}

void
http_headers(const struct http *h, struct evhttp_request *rq, const struct reply *re, int status)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(rq);
	if (status != 304)
		evhttp_add_header(out, "Content-Type", re->type);
	add_guards(h, out, re);
	evhttp_add_header(out, "Cache-Control", caching(re, status));
	if (is_text(re->type))
		evhttp_add_header(out, "Vary",
		    strcmp(re->type, REPLY_HTML) == 0 ? "Accept-Encoding, Accept-Language"
						      : "Accept-Encoding");
	if (re->tag != NULL && (status == 200 || status == 304)) {
		char tag[80];
		/* Weak: by gzip it has other bytes. */
		if (str_format(tag, sizeof tag, "W/\"%s\"", re->tag) == 0)
			evhttp_add_header(out, "ETag", tag);
	}
	if (re->filename[0] != '\0' && status == 200)
		add_disposition(out, re->filename, re->shown);
	if (re->location != NULL)
		evhttp_add_header(out, "Location", re->location);
	add_cookies(h, rq, re->cookie);
	if (status == 401)
		evhttp_add_header(out, "WWW-Authenticate", "Bearer realm=\"zonewatch\"");
	if (status == 405)
		evhttp_add_header(out, "Allow", re->allow != NULL ? re->allow : "GET, HEAD, POST");
	if (status == 503)
		evhttp_add_header(out, "Retry-After", "5");
}

bool
http_gzips(struct evhttp_request *rq, const struct reply *re)
{
	return is_text(re->type) && gzip_accepted(header_of(rq, "Accept-Encoding"));
}

/* Mixes eight bytes at a time; as good as a tag of the content needs. */
static void
make_tag(char tag[17], const unsigned char *p, size_t n)
{
	uint64_t h = n * UINT64_C(0x9e3779b97f4a7c15);
	for (; n > 0;) {
		uint64_t word = 0;
		size_t take = n < 8 ? n : 8;
		memcpy(&word, p, take);
		h = (h ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
		h ^= h >> 29;
		p += take;
		n -= take;
	}
	h = (h ^ (h >> 32)) * UINT64_C(0x94d049bb133111eb);
	snprintf(tag, 17, "%016llx", (unsigned long long)(h ^ (h >> 31)));
}

/* Whether an If-None-Match header (NULL: none) names the tag, by the weak comparison. */
static bool
is_known(const char *header, const char *tag)
{
	size_t n = strlen(tag);
	while (header != NULL && *header != '\0') {
		header += strspn(header, " ,\t");
		if (*header == '*')
			return true;
		if (strncmp(header, "W/", 2) == 0)
			header += 2;
		if (*header == '"' && strncmp(header + 1, tag, n) == 0 && header[1 + n] == '"')
			return true;
		header += strcspn(header, ",");
	}
	return false;
}

/* Sends a whole body, or its length only. */
static void
send_body(
    struct http *h, struct evhttp_request *rq, bool head, int status, const void *data, size_t n)
{
	char length[24];
	snprintf(length, sizeof length, "%zu", n);
	if (status != 304)
		evhttp_add_header(evhttp_request_get_output_headers(rq), "Content-Length", length);
	prepare(h, rq);
	if (!head && status != 304 && n > 0)
		evbuffer_add(evhttp_request_get_output_buffer(rq), data, n);
	evhttp_send_reply(rq, status, reply_phrase(status), NULL);
}

void
http_send_head(struct http *h, struct evhttp_request *rq, int status)
{
	/* Else evhttp says Content-Length: 0. */
	evhttp_add_header(evhttp_request_get_output_headers(rq), "Transfer-Encoding", "chunked");
	prepare(h, rq);
	evhttp_send_reply(rq, status, reply_phrase(status), NULL);
}

/* Sends it smaller, or says that it cannot be. */
static bool
send_gzip(struct http *h, struct evhttp_request *rq, bool head, const struct reply *re, int status,
    const void *data, size_t n)
{
	if (n < GZIP_MIN || n > GZIP_WHOLE || !http_gzips(rq, re))
		return false;
	struct buf small = { 0 };
	if (re->gz == NULL)
		gzip_whole(h->gzip, &small, data, n);
	evhttp_add_header(evhttp_request_get_output_headers(rq), "Content-Encoding", "gzip");
	if (re->gz != NULL)
		send_body(h, rq, head, status, re->gz, re->gz_size);
	else
		send_body(h, rq, head, status, small.data, small.len);
	buf_free(&small);
	return true;
}

void
http_send(struct http *h, struct evhttp_request *rq, bool head, struct reply *re, int status,
    const void *data, size_t n)
{
	char made[17];
	bool tagged = status == 200 && re->cookie[0] == '\0' && re->more == NULL &&
		      evhttp_request_get_command(rq) != EVHTTP_REQ_POST;
	if (tagged && re->tag == NULL && !re->untagged) {
		make_tag(made, data, n);
		re->tag = made;
	}
	if (tagged && re->tag != NULL && is_known(header_of(rq, "If-None-Match"), re->tag)) {
		status = 304;
		n = 0;
	}
	if (!head && n > GZIP_WHOLE && re->gz == NULL && http_gzips(rq, re)) {
		if (data != re->body.data)
			buf_put(&re->body, data, n);
		http_send_parts(h, rq, false, re, status);
		goto out;
	}
	http_headers(h, rq, re, status);
	if (!send_gzip(h, rq, head, re, status, data, n))
		send_body(h, rq, head, status, data, n);
out:
	if (re->tag == made)
		re->tag = NULL;
}
