/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One handle, one request after the other, with an end to each: a collector that hangs must not
 * hang the person who asks why. */
#include "collector/ctl/client.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

#include "zw/alloc.h"
#include "zw/fs.h"

#define CONNECT_MS 5000L
#define TOTAL_MS 30000L
#define MAX_BODY (64 * 1024 * 1024)

struct client {
	CURL *curl;
	struct curl_slist *headers;
	char *url;
	char *token_file;
	bool unreachable;
};

/* Appends what came; more than MAX_BODY ends the request. */
static size_t
take(char *data, size_t size, size_t n, void *arg)
{
	struct buf *b = arg;
	if (n * size > MAX_BODY - b->len)
		return 0;
	buf_put(b, data, n * size);
	return n * size;
}

/* What never changes between requests. */
static void
set_up(struct client *c)
{
	curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c->curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, TOTAL_MS);
	curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "zonewatchctl/" ZW_VERSION);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take);
	/* The page's certificate may be of the site's own authority. */
	const char *ca = getenv("ZONEWATCH_CA");
	if (ca != NULL && ca[0] != '\0')
		curl_easy_setopt(c->curl, CURLOPT_CAINFO, ca);
}

bool
client_is_url(const char *url)
{
	size_t scheme = strncmp(url, "http://", 7) == 0	   ? 7
			: strncmp(url, "https://", 8) == 0 ? 8
							   : 0;
	return scheme != 0 && url[scheme] != '\0' && url[scheme] != '/';
}

int
client_new(struct client **out, const char *url, const char *token_file, struct err *e)
{
	struct err why;
	char *token = NULL;
	*out = NULL;
	if (!client_is_url(url))
		return err_set(e,
		    "\"%s\" is not the address of a collector; it looks like "
		    "http://127.0.0.1:7480",
		    url);
	if (fs_read_secret(token_file, &token, &why) == -1)
		return err_set(e,
		    "cannot read the token: %s; --token-file or ZONEWATCH_TOKEN_FILE names "
		    "another file",
		    why.msg);
	struct client *c = xcalloc(1, sizeof *c);
	char *header = xasprintf("Authorization: Bearer %s", token);
	c->headers = curl_slist_append(NULL, header);
	explicit_bzero(header, strlen(header));
	explicit_bzero(token, strlen(token));
	free(header);
	free(token);
	c->url = xstrdup(url);
	for (size_t n = strlen(url); n > 0 && c->url[n - 1] == '/'; n--)
		c->url[n - 1] = '\0';
	c->token_file = xstrdup(token_file);
	c->curl = curl_easy_init();
	if (c->curl == NULL || c->headers == NULL) {
		client_free(c);
		return err_set(e, "cannot start libcurl");
	}
	set_up(c);
	*out = c;
	return 0;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	for (struct curl_slist *h = c->headers; h != NULL; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(c->headers);
	free(c->url);
	free(c->token_file);
	free(c);
}

const char *
client_url(const struct client *c)
{
	return c->url;
}

bool
client_unreachable(const struct client *c)
{
	return c->unreachable;
}

void
client_limit(struct client *c, int64_t ms)
{
	curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)ms);
	curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long)ms);
}

/* Parameters, encoded, with what stands before the first (0: nothing) and '&' between them. */
static void
put_params(struct client *c, struct buf *to, const struct client_param *params, char sep)
{
	for (; params != NULL && params->name != NULL; params++) {
		if (params->value == NULL)
			continue;
		char *value = curl_easy_escape(c->curl, params->value, 0);
		if (value == NULL)
			continue;
		if (sep != 0)
			buf_u8(to, (uint8_t)sep);
		buf_text(to, params->name);
		buf_u8(to, '=');
		buf_text(to, value);
		curl_free(value);
		sep = '&';
	}
}

/* The whole address, to be freed with buf_free(). */
static void
build(struct client *c, struct buf *address, const char *path, const struct client_param *params)
{
	buf_text(address, c->url);
	buf_text(address, path);
	put_params(c, address, params, '?');
	buf_u8(address, '\0');
}

/* The collector's own words about a refusal, or NULL; freed by the caller. */
static char *
said(const struct buf *body)
{
	char *text = NULL;
	json_t *root = json_loadb((const char *)body->data, body->len, 0, NULL);
	json_t *message = json_object_get(json_object_get(root, "error"), "message");
	if (json_is_string(message))
		text = xstrdup(json_string_value(message));
	json_decref(root);
	return text;
}

/* Judges the HTTP status. */
static int
judge(struct client *c, const struct buf *body, struct err *e)
{
	long status = 0;
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200 || status == 202)
		return 0;
	if (status == 401)
		return err_set(e,
		    "the collector at %s does not take the token in %s; --token-file or "
		    "ZONEWATCH_TOKEN_FILE names another file",
		    c->url, c->token_file);
	char *text = said(body);
	if (text != NULL)
		err_set(e, "%s", text);
	else
		err_set(e, "%s answered with status %ld; is that a zonewatch collector?", c->url,
		    status);
	free(text);
	return -1;
}

/* Asks, whichever way. */
static int
perform(struct client *c, const char *path, const struct client_param *params, struct buf *body,
    struct err *e)
{
	struct buf address = { 0 };
	build(c, &address, path, params);
	curl_easy_setopt(c->curl, CURLOPT_URL, (const char *)address.data);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, body);
	CURLcode rc = curl_easy_perform(c->curl);
	buf_free(&address);
	c->unreachable = rc == CURLE_COULDNT_CONNECT || rc == CURLE_COULDNT_RESOLVE_HOST;
	if (c->unreachable)
		return err_set(e,
		    "no collector answers at %s (%s); is it running? --url or ZONEWATCH_URL names "
		    "another address",
		    c->url, curl_easy_strerror(rc));
	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		return err_set(e,
		    "the certificate of %s is not to be trusted (%s); ZONEWATCH_CA names the file "
		    "of its authority",
		    c->url, curl_easy_strerror(rc));
	if (rc != CURLE_OK)
		return err_set(e, "asking %s failed: %s", c->url, curl_easy_strerror(rc));
	return judge(c, body, e);
}

int
client_get(struct client *c, const char *path, const struct client_param *params, struct buf *body,
    struct err *e)
{
	curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
	return perform(c, path, params, body, e);
}

int
client_post(struct client *c, const char *path, const struct client_param *form, struct buf *body,
    struct err *e)
{
	struct buf data = { 0 };
	put_params(c, &data, form, 0);
	curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE, (long)data.len);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, data.len > 0 ? (const char *)data.data : "");
	int rc = perform(c, path, NULL, body, e);
	buf_free(&data);
	return rc;
}
