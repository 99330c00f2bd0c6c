/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Request targets by RFC 3986. Nothing of a request ever becomes the name of a file; the decoded
 * parts are only compared with names that the site knows. */
#include "collector/web/request.h"

#include <string.h>
#include <strings.h>

#include "zw/str.h"

/* The value of a hexadecimal digit, or -1. */
static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes n bytes into the request's text; in a query '+' is a blank. NULL and the reason if they
 * are malformed. */
static const char *
decode(struct request *rq, const char *s, size_t n, bool query, struct err *e)
{
	if (n >= sizeof rq->text - rq->used) {
		err_set(e, "the address is too long");
		return NULL;
	}
	char *start = rq->text + rq->used;
	char *out = start;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		if (c == '%') {
			int high = i + 2 < n ? hex(s[i + 1]) : -1;
			int low = high >= 0 ? hex(s[i + 2]) : -1;
			if (low < 0) {
				err_set(e, "a %% in the address is not followed by two digits");
				return NULL;
			}
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && query) {
			c = ' ';
		}
		*out++ = c;
	}
	*out = '\0';
	if (!str_is_text(start, (size_t)(out - start))) {
		err_set(e, "the address holds a control character or is not UTF-8");
		return NULL;
	}
	rq->used += (size_t)(out - start) + 1;
	return start;
}

/* Takes "a=b&c=d" apart; a name without '=' has an empty value. */
static int
parse_params(struct request *rq, const char *s, size_t n, struct err *e)
{
	while (n > 0) {
		const char *amp = memchr(s, '&', n);
		size_t len = amp != NULL ? (size_t)(amp - s) : n;
		const char *eq = memchr(s, '=', len);
		size_t name_len = eq != NULL ? (size_t)(eq - s) : len;
		if (len > 0) {
			if (rq->nparams == REQUEST_MAX_PARAMS)
				return err_set(e, "more than %d parameters", REQUEST_MAX_PARAMS);
			struct request_param *p = &rq->params[rq->nparams];
			p->name = decode(rq, s, name_len, true, e);
			if (p->name == NULL)
				return -1;
			p->value =
			    eq != NULL ? decode(rq, eq + 1, len - name_len - 1, true, e) : "";
			if (p->value == NULL)
				return -1;
			rq->nparams++;
		}
		size_t skip = amp != NULL ? len + 1 : len;
		s += skip;
		n -= skip;
	}
	return 0;
}

/* Takes "/a/b" apart. Empty parts ("//", a '/' at the end) are left out; "." and ".." are
 * refused, as is a part with a '/' of its own. */
static int
parse_path(struct request *rq, const char *s, size_t n, struct err *e)
{
	while (n > 0) {
		if (*s == '/') {
			s++;
			n--;
			continue;
		}
		const char *slash = memchr(s, '/', n);
		size_t len = slash != NULL ? (size_t)(slash - s) : n;
		if (rq->nsegments == REQUEST_MAX_SEGMENTS)
			return err_set(e, "the path has more than %d parts", REQUEST_MAX_SEGMENTS);
		const char *part = decode(rq, s, len, false, e);
		if (part == NULL)
			return -1;
		if (strcmp(part, ".") == 0 || strcmp(part, "..") == 0 || strchr(part, '/') != NULL)
			return err_set(e, "the path has a part that names nothing");
		rq->segments[rq->nsegments++] = part;
		s += len;
		n -= len;
	}
	return 0;
}

int
request_parse(struct request *rq, enum request_method method, const char *target, struct err *e)
{
	memset(rq, 0, offsetof(struct request, text));
	rq->method = method;
	size_t n = strnlen(target, REQUEST_MAX_TARGET + 1);
	if (n > REQUEST_MAX_TARGET)
		return err_set(e, "the address is longer than %d bytes", REQUEST_MAX_TARGET);
	if (target[0] != '/')
		return err_set(e, "the address does not begin with /");
	size_t path_len = strcspn(target, "?#");
	if (parse_path(rq, target, path_len, e) == -1)
		return -1;
	if (target[path_len] != '?')
		return 0;
	const char *query = target + path_len + 1;
	return parse_params(rq, query, strcspn(query, "#"), e);
}

int
request_add_form(struct request *rq, const char *body, size_t n, struct err *e)
{
	return parse_params(rq, body, n, e);
}

enum lang
request_language(const char *accept)
{
	while (accept != NULL && *accept != '\0') {
		accept += strspn(accept, " ,\t");
		size_t n = strcspn(accept, ",;-");
		for (int l = 0; l < LANG_N; l++)
			if (n == 2 && strncasecmp(accept, lang_word((enum lang)l), 2) == 0)
				return (enum lang)l;
		accept += strcspn(accept, ",");
	}
	return LANG_EN;
}

bool
request_cookie(const char *cookie, const char *name, char *dst, size_t size)
{
	size_t skip = strlen(name);
	while (cookie != NULL && *cookie != '\0') {
		cookie += strspn(cookie, " ;");
		size_t n = strcspn(cookie, ";");
		if (n > skip && n - skip <= size && strncmp(cookie, name, skip) == 0 &&
		    cookie[skip] == '=') {
			memcpy(dst, cookie + skip + 1, n - skip - 1);
			dst[n - skip - 1] = '\0';
			return true;
		}
		cookie += n;
	}
	return false;
}

void
request_add_cookie(struct request *rq, const char *cookie)
{
	static const char name[] = REQUEST_AUTHOR "=";
	struct err e;

	while (cookie != NULL && *cookie != '\0') {
		cookie += strspn(cookie, " ;");
		size_t n = strcspn(cookie, ";"), skip = sizeof name - 1;
		if (n > skip && n - skip <= REQUEST_MAX_AUTHOR && memcmp(cookie, name, skip) == 0) {
			rq->author = decode(rq, cookie + skip, n - skip, false, &e);
			return;
		}
		cookie += n;
	}
}

const char *
request_param(const struct request *rq, const char *name)
{
	for (size_t i = 0; i < rq->nparams; i++)
		if (strcmp(rq->params[i].name, name) == 0)
			return rq->params[i].value;
	return NULL;
}

bool
request_is_api(const struct request *rq)
{
	static const char *const programs[] = { "api", "metrics", "render", "functions", "version",
		"healthz" };
	for (size_t i = 0; rq->nsegments > 0 && i < sizeof programs / sizeof programs[0]; i++)
		if (strcmp(rq->segments[0], programs[i]) == 0)
			return true;
	return false;
}

/* The same text in the copy; one that is not the request's own (a constant) stays. */
static const char *
moved(const struct request *dst, const struct request *src, const char *text)
{
	if (text == NULL || text < src->text || text >= src->text + sizeof src->text)
		return text;
	return dst->text + (text - src->text);
}

void
request_copy(struct request *dst, struct who *who, const struct request *src)
{
	*dst = *src;
	*who = *src->who;
	dst->who = who;
	dst->author = moved(dst, src, src->author);
	dst->name = moved(dst, src, src->name);
	for (size_t i = 0; i < src->nsegments; i++)
		dst->segments[i] = moved(dst, src, src->segments[i]);
	for (size_t i = 0; i < src->nparams; i++) {
		dst->params[i].name = moved(dst, src, src->params[i].name);
		dst->params[i].value = moved(dst, src, src->params[i].value);
	}
}
