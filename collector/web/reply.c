/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors, in the form of the one who asked: JSON for programs, a plain page for people. */
#include "collector/web/reply.h"

#include <stdarg.h>
#include <stdio.h>

#include "collector/web/pages/html.h"
#include "zw/json.h"
#include "collector/web/pages/page.h"

const char *
reply_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
		{ 200, "OK" },
		{ 202, "Accepted" },
		{ 303, "See Other" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 421, "Misdirected Request" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
	};
	for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Status";
}

/* {"error":{"code","message"}} */
static void
json_error(struct buf *b, const char *code, const char *text)
{
	struct json j = json_over(b);
	json_object(&j, NULL);
	json_object(&j, "error");
	json_text(&j, "code", code);
	json_text(&j, "message", text);
	json_end(&j);
	json_end(&j);
}

int
reply_error(struct reply *re, int status, const char *code, const char *fmt, ...)
{
	char text[640];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_clear(&re->body);
	if (re->api) {
		re->type = REPLY_JSON;
		json_error(&re->body, code, text);
	} else {
		re->type = REPLY_HTML;
		page_error(&re->body, re->lang, status, text, re->target);
	}
	return status;
}
