/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is said here that the tables do not say. A row without a schema answers something else
 * than JSON, or JSON of a form of its own. */
#include "collector/web/api/openapi.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "collector/web/api/member.h"
#include "collector/web/api/schema.h"
#include "collector/web/route.h"
#include "zw/json.h"

#define PREFIX "/api/v1"

/* "#/components/schemas/NAME". */
static void
put_ref(struct json *j, const char *name, size_t n)
{
	char text[128];

	snprintf(text, sizeof text, "#/components/schemas/%.*s", (int)n, name);
	json_text(j, "$ref", text);
}

/* A list of words, with null if that is one. */
static void
put_words(struct json *j, const char *s, size_t n, bool null)
{
	char word[64];

	json_array(j, "enum");
	while (n > 0) {
		size_t len = 0;
		while (len < n && s[len] != '|')
			len++;
		snprintf(word, sizeof word, "%.*s", (int)len, s);
		json_text(j, NULL, word);
		s += len + (len < n);
		n -= len + (len < n);
	}
	if (null)
		json_null(j, NULL);
	json_end(j);
}

/* "type": one, or that and null. */
static void
put_type(struct json *j, const char *type, bool null)
{
	if (!null) {
		json_text(j, "type", type);
		return;
	}
	json_array(j, "type");
	json_text(j, NULL, type);
	json_text(j, NULL, "null");
	json_end(j);
}

static const struct {
	const char *word;
	const char *type;
	const char *format;
	const char *help;
} plain[] = {
	{ "text", "string", NULL, NULL },
	{ "integer", "integer", NULL, NULL },
	{ "number", "number", NULL, NULL },
	{ "flag", "boolean", NULL, NULL },
	{ "{}", "object", NULL, NULL },
	{ "moment", "integer", "int64", "Milliseconds since 1970 UTC." },
	{ "time", "integer", "int64", NULL },
	{ "date", "string", "date", NULL },
	{ "duration", "string", NULL, NULL },
};

/* A type of the tables as members of the object that is open. */
static void
put_schema(struct json *j, const char *type, const char *help)
{
	size_t n = strlen(type);
	bool null = n > 0 && type[n - 1] == '?';

	if (help != NULL)
		json_text(j, "description", help);
	if (strncmp(type, "[]", 2) == 0) {
		json_text(j, "type", "array");
		json_object(j, "items");
		put_schema(j, type + 2, NULL);
		json_end(j);
		return;
	}
	n -= null;
	if (memchr(type, '|', n) != NULL) {
		put_words(j, type, n, null);
		return;
	}
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (strlen(plain[i].word) == n && memcmp(plain[i].word, type, n) == 0) {
			put_type(j, plain[i].type, null);
			if (plain[i].format != NULL)
				json_text(j, "format", plain[i].format);
			if (help == NULL && plain[i].help != NULL)
				json_text(j, "description", plain[i].help);
			return;
		}
	if (*type >= 'a' && *type <= 'z') {
		put_words(j, type, n, null);
		return;
	}
	if (!null) {
		put_ref(j, type, n);
		return;
	}
	json_array(j, "anyOf");
	json_object(j, NULL);
	put_ref(j, type, n);
	json_end(j);
	json_object(j, NULL);
	json_text(j, "type", "null");
	json_end(j);
	json_end(j);
}

/* All schemas of a table. */
static void
put_table(struct json *j, const struct schema *s)
{
	for (; s->name != NULL; s++) {
		json_object(j, s->name);
		json_text(j, "type", "object");
		if (s->help != NULL)
			json_text(j, "description", s->help);
		json_object(j, "properties");
		for (const struct schema_member *m = s->members; m->name != NULL; m++) {
			json_object(j, m->name + (m->name[0] == '~'));
			put_schema(j, m->type, m->help);
			json_end(j);
		}
		json_end(j);
		json_array(j, "required");
		for (const struct schema_member *m = s->members; m->name != NULL; m++)
			if (m->name[0] != '~')
				json_text(j, NULL, m->name);
		json_end(j);
		json_end(j);
	}
}

/* What the parts of a path are called, in their order. */
static const char *const holes[] = { "name", "file" };
#define HOLES (sizeof holes / sizeof holes[0])

/* The path as OpenAPI has it: {} becomes {name}, a second one {file}. Returns how many there are.
 */
static size_t
path_of(const struct route *r, char *dst, size_t size)
{
	size_t n = 0, used = 0;

	dst[0] = '\0';
	for (const char *p = r->pattern; *p != '\0' && used + 8 < size; p++) {
		dst[used++] = *p;
		if (*p == '{' && n < HOLES)
			used += (size_t)snprintf(dst + used, size - used, "%s", holes[n++]);
	}
	dst[used] = '\0';
	return n;
}

/* Parameters of the query, and the path's. */
static void
put_params(struct json *j, const struct route *r)
{
	const struct route_param *p = r->method == REQUEST_GET ? r->params : NULL;
	char path[256];
	size_t n = path_of(r, path, sizeof path);

	if (n == 0 && p == NULL)
		return;
	json_array(j, "parameters");
	for (size_t i = 0; i < n; i++) {
		json_object(j, NULL);
		json_text(j, "name", holes[i]);
		json_text(j, "in", "path");
		json_flag(j, "required", true);
		json_object(j, "schema");
		put_schema(j, "text", NULL);
		json_end(j);
		json_end(j);
	}
	for (; p != NULL && p->name != NULL; p++) {
		json_object(j, NULL);
		json_text(j, "name", p->name);
		json_text(j, "in", "query");
		json_text(j, "description", p->help);
		json_flag(j, "required", p->needed);
		json_object(j, "schema");
		put_schema(j, p->type, NULL);
		json_end(j);
		json_end(j);
	}
	json_end(j);
}

/* The form of what is not GET. */
static void
put_form(struct json *j, const struct route *r)
{
	if (r->method == REQUEST_GET || r->params == NULL)
		return;
	json_object(j, "requestBody");
	json_object(j, "content");
	json_object(j, "application/x-www-form-urlencoded");
	json_object(j, "schema");
	json_text(j, "type", "object");
	json_object(j, "properties");
	for (const struct route_param *p = r->params; p->name != NULL; p++) {
		json_object(j, p->name);
		put_schema(j, p->type, p->help);
		json_end(j);
	}
	json_end(j);
	json_array(j, "required");
	for (const struct route_param *p = r->params; p->name != NULL; p++)
		if (p->needed)
			json_text(j, NULL, p->name);
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
}

/* An answer with this schema. */
static void
put_answer(struct json *j, const char *status, const char *help, const char *schema)
{
	json_object(j, status);
	json_text(j, "description", help);
	if (schema != NULL) {
		json_object(j, "content");
		json_object(j, "application/json");
		json_object(j, "schema");
		put_ref(j, schema, strlen(schema));
		json_end(j);
		json_end(j);
		json_end(j);
	}
	json_end(j);
}

/* One row. */
static void
put_route(struct json *j, const struct route *r)
{
	json_object(j, r->method == REQUEST_GET ? "get" : "post");
	json_text(j, "summary", r->help);
	json_text(j, "x-role", who_role_word(r->role));
	if (r->role == WHO_NOBODY) {
		json_array(j, "security");
		json_end(j);
	}
	put_params(j, r);
	put_form(j, r);
	json_object(j, "responses");
	if (r->answer != NULL && strcmp(r->answer, "ReportAsked") == 0)
		put_answer(j, "202", "It will be done.", r->answer);
	else
		put_answer(j, "200", "The answer.", r->answer);
	if (r->answer != NULL && strcmp(r->answer, "Health") == 0)
		put_answer(j, "503", "Some part fails.", r->answer);
	put_answer(j, "default", "What is wrong.", "Error");
	json_end(j);
	json_end(j);
}

/* All paths, each once with its methods. */
static void
put_paths(struct json *j)
{
	char path[256];

	json_object(j, "paths");
	for (size_t i = 0; i < api_routes.n; i++) {
		const struct route *r = &api_routes.rows[i];
		bool seen = false;
		for (size_t k = 0; k < i; k++)
			seen = seen || strcmp(api_routes.rows[k].pattern, r->pattern) == 0;
		if (seen)
			continue;
		(void)path_of(r, path, sizeof path);
		json_object(j, path);
		for (size_t k = i; k < api_routes.n; k++)
			if (strcmp(api_routes.rows[k].pattern, r->pattern) == 0)
				put_route(j, &api_routes.rows[k]);
		json_end(j);
	}
	json_end(j);
}

/* How one proves who one is. */
static void
put_security(struct json *j)
{
	json_object(j, "securitySchemes");
	json_object(j, "token");
	json_text(j, "type", "http");
	json_text(j, "scheme", "bearer");
	json_end(j);
	json_end(j);
}

/* The document into b. */
static void
write_document(struct buf *b)
{
	struct json j = json_over(b);

	json_object(&j, NULL);
	json_text(&j, "openapi", "3.1.0");
	json_object(&j, "info");
	json_text(&j, "title", "zonewatch");
	json_text(&j, "version", ZW_VERSION);
	json_text(&j, "description",
	    "The HTTP API of zonewatch-collector; see zonewatch-api(7). Unknown numbers are null. "
	    "New "
	    "members may be added to answers, none is taken away within " PREFIX ".");
	json_object(&j, "license");
	json_text(&j, "name", "GPL-3.0-or-later");
	json_text(&j, "identifier", "GPL-3.0-or-later");
	json_end(&j);
	json_end(&j);
	json_array(&j, "security");
	json_object(&j, NULL);
	json_array(&j, "token");
	json_end(&j);
	json_end(&j);
	json_end(&j);
	put_paths(&j);
	json_object(&j, "components");
	json_object(&j, "schemas");
	put_table(&j, schema_site);
	put_table(&j, schema_past);
	put_table(&j, schema_people);
	put_table(&j, schema_reports);
	put_table(&j, schema_agents);
	json_end(&j);
	put_security(&j);
	json_end(&j);
	json_end(&j);
}

int
openapi_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	(void)c;
	(void)rq;
	re->type = REPLY_JSON;
	write_document(&re->body);
	return 200;
}
