/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files that pages load. With the tag of what is there now in the address they may be kept for
 * ever; without it the browser asks each time whether they are still the same. */
#include "collector/web/assets.h"

#include <stdlib.h>
#include <string.h>

#include "zw/log.h"
#include "zw/str.h"

/* The asset of this name, or NULL. */
static const struct asset *
find(const char *name)
{
	for (size_t i = 0; i < nassets; i++)
		if (strcmp(assets[i].name, name) == 0)
			return &assets[i];
	return NULL;
}

void
assets_url(char *dst, size_t size, const char *name)
{
	const struct asset *a = find(name);
	if (a == NULL || str_format(dst, size, "/assets/%s?v=%s", name, a->tag) == -1)
		fatalx("web", "there is no asset \"%s\"", name);
}

/* The type by the name's end. */
static const char *
type_of(const char *name)
{
	const char *end = strrchr(name, '.');
	if (end != NULL && strcmp(end, ".js") == 0)
		return REPLY_JS;
	if (end != NULL && strcmp(end, ".css") == 0)
		return REPLY_CSS;
	return end != NULL && strcmp(end, ".svg") == 0 ? REPLY_SVG : REPLY_TEXT;
}

int
assets_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct asset *a = find(rq->name);
	const char *tag = request_param(rq, "v");
	(void)c;
	if (a == NULL)
		return reply_error(re, 404, "not-found", "There is no such file.");
	re->type = type_of(a->name);
	re->keep = tag != NULL && strcmp(tag, a->tag) == 0;
	re->tag = a->tag;
	re->gz = a->gz;
	re->gz_size = a->gz_size;
	buf_put(&re->body, a->data, a->size);
	return 200;
}
