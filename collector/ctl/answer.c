/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the API's answers. The collector is trusted with its words, not with their shape: a
 * member that is missing or of another type reads as empty. */
#include "collector/ctl/answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/ctl/client.h"
#include "collector/ctl/pages.h"
#include "zw/alloc.h"
#include "zw/str.h"
#include "zw/units.h"
#include "zw/utf8.h"

/* A new line, so deep. */
static void
newline(FILE *f, unsigned depth)
{
	fprintf(f, "\n%*s", (int)(2 * (depth < 100 ? depth : 100)), "");
}

/* Lets a text be one line that a terminal obeys in nothing; kept: further characters to leave. */
static void
tame(char *s, size_t n, const char *kept)
{
	for (size_t i = 0; i < n;) {
		size_t len = utf8_length(s + i, n - i);
		if (len == 0)
			len = 1;
		if (!str_is_text(s + i, len) && (s[i] == '\0' || strchr(kept, s[i]) == NULL))
			memset(s + i, '?', len);
		i += len;
	}
	str_straighten(s);
}

/* The same for all texts of an answer, however deep. */
static void
tame_all(json_t *v)
{
	const char *key;
	json_t *o;
	size_t i;

	if (json_is_string(v)) {
		char *s = xmemdup(json_string_value(v), json_string_length(v) + 1);
		tame(s, json_string_length(v), "");
		(void)json_string_set(v, s);
		free(s);
	}
	json_array_foreach(v, i, o) tame_all(o);
	json_object_foreach(v, key, o) tame_all(o);
}

/* Prints JSON that is tame, indented. */
static void
indent(FILE *f, const char *text, size_t n)
{
	unsigned depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		if (quoted || c == '"') {
			fputc(c, f);
			if (quoted && c == '\\' && i + 1 < n)
				fputc(text[++i], f);
			else if (c == '"')
				quoted = !quoted;
			continue;
		}
		bool empty = (c == '{' || c == '[') && i + 1 < n &&
			     (text[i + 1] == '}' || text[i + 1] == ']');
		if (empty) {
			fputc(c, f);
			fputc(text[++i], f);
			continue;
		}
		if (c == '}' || c == ']')
			newline(f, depth > 0 ? --depth : 0);
		if (c != '\n')
			fputc(c, f);
		if (c == '{' || c == '[')
			newline(f, ++depth);
		else if (c == ',')
			newline(f, depth);
		else if (c == ':')
			fputc(' ', f);
	}
	fputc('\n', f);
}

void
answer_indent(FILE *f, const char *text, size_t n)
{
	char *s = xmalloc(n + 1);
	memcpy(s, text, n);
	s[n] = '\0';
	tame(s, n, "\n\t");
	indent(f, s, strlen(s));
	free(s);
}

int
answer_get(struct ctl *ctl, const char *path, const struct client_param *params, json_t **root)
{
	struct err e;
	struct buf body = { 0 };
	*root = NULL;
	int rc = pages_get(ctl->client, path, params, root, &body, &e);
	if (rc == -1) {
		ctl_complain("%s", e.msg);
	} else {
		tame_all(*root);
		if (ctl->json)
			answer_indent(stdout, (const char *)body.data, body.len);
	}
	buf_free(&body);
	return rc;
}

json_t *
answer_post(struct ctl *ctl, const char *path, const struct client_param *form)
{
	struct buf body = { 0 };
	struct err e;
	json_t *root = NULL;

	if (client_post(ctl->client, path, form, &body, &e) == -1)
		ctl_complain("%s", e.msg);
	else if ((root = json_loadb((const char *)body.data, body.len, 0, NULL)) == NULL)
		ctl_complain("the collector's answer is no JSON");
	else if (ctl->json)
		answer_indent(stdout, (const char *)body.data, body.len);
	if (body.len > 0)
		explicit_bzero(body.data, body.len);
	buf_free(&body);
	return root;
}

const char *
answer_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s != NULL ? s : "";
}

int64_t
answer_int(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

double
answer_number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	return json_is_number(v) ? json_number_value(v) : NAN;
}

void
answer_age(char *dst, size_t size, const json_t *o, const char *key)
{
	double s = answer_number(o, key);
	if (isnan(s) || s < 0 || s > 1e12)
		(void)str_copy(dst, size, "never");
	else
		units_duration(dst, size, (int64_t)(s * 1000));
}

void
answer_time(char *dst, size_t size, const json_t *o, const char *key)
{
	int64_t ms = answer_int(o, key);
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	dst[0] = '\0';
	if (ms == 0 || localtime_r(&t, &tm) == NULL)
		return;
	char text[40];
	long away = labs(tm.tm_gmtoff / 60);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(dst, size, "%s %c%02ld:%02ld", text, tm.tm_gmtoff < 0 ? '-' : '+', away / 60,
	    away % 60);
}
