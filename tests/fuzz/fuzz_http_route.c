/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* From a request line to its row: target and form decoding, routes, headers of the sign-in. What
 * was decoded must be text, inside its storage, and come out of both writers unbroken. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/web/auth.h"
#include "collector/web/pages/html.h"
#include "zw/json.h"
#include "collector/web/route.h"

#include "tests/unit/fake_collector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A decoded part lies in the request and is text. */
static void
check_part(const struct request *rq, const char *s)
{
	assert(*s == '\0' || (s >= rq->text && s < rq->text + sizeof rq->text));
	assert(str_is_text(s, strlen(s)));
}

/* Text put into JSON and HTML stays in its place. */
static void
check_writers(const char *s)
{
	struct buf b = { 0 };
	struct json j = json_over(&b);
	json_array(&j, NULL);
	json_text(&j, NULL, s);
	json_end(&j);
	for (size_t i = 0; i + 1 < b.len; i++)
		assert(b.data[i] >= 0x20);
	buf_clear(&b);
	html_text(&b, s);
	assert(b.len == 0 ||
	       (memchr(b.data, '<', b.len) == NULL && memchr(b.data, '"', b.len) == NULL));
	buf_free(&b);
}

/* First line: the target; second: a form; third: headers. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct request rq;
	struct err e;
	char *text = malloc(n + 1);
	memcpy(text, data, n);
	text[n] = '\0';
	char *form = strchr(text, '\n');
	if (form != NULL)
		*form++ = '\0';
	char *header = form != NULL ? strchr(form, '\n') : NULL;
	if (header != NULL)
		*header++ = '\0';
	check_writers(text);
	enum request_method method = n % 2 == 0 ? REQUEST_GET : REQUEST_POST;
	if (request_parse(&rq, method, text, &e) == 0 &&
	    (form == NULL || request_add_form(&rq, form, strlen(form), &e) == 0)) {
		bool method_only;
		for (size_t i = 0; i < rq.nsegments; i++)
			check_part(&rq, rq.segments[i]);
		for (size_t i = 0; i < rq.nparams; i++) {
			check_part(&rq, rq.params[i].name);
			check_part(&rq, rq.params[i].value);
		}
		const struct route *r = route_find(&rq, &method_only);
		assert(r == NULL || r->method == method);
	}
	if (header != NULL) {
		struct auth_hosts h;
		auth_hosts_init(&h, header, text);
		(void)auth_host_known(&h, header);
		auth_hosts_clear(&h);
		const char *cookie = header;
		size_t len;
		(void)auth_bearer(header);
		while (auth_cookie(&cookie, &len) != NULL)
			assert(len > 0 && cookie <= header + strlen(header));
	}
	free(text);
	return 0;
}
