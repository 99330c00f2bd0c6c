/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages are joined twice: as trees for tables, and as they were written for programs, whose numbers
 * must stay what they are. */
#include "collector/ctl/pages.h"

#include <string.h>

#define MAX_PAGES 10000

/* Where the list's items begin and end in a page's text; false: it has no such form. */
static bool
find_items(const struct buf *page, size_t *begin, size_t *end)
{
	static const char tail[] = "],\"next\":";
	const char *s = (const char *)page->data;
	const char *first = memchr(s, '[', page->len), *last = NULL;

	for (size_t i = sizeof tail; i <= page->len && last == NULL && i < 8192; i++)
		if (memcmp(s + page->len - i, tail, sizeof tail - 1) == 0)
			last = s + page->len - i;
	if (first == NULL || last == NULL || last < first)
		return false;
	*begin = (size_t)(first - s) + 1;
	*end = (size_t)(last - s);
	return true;
}

/* Puts a page's items behind those that are there; the text is without its end meanwhile. */
static bool
join_text(struct buf *text, const struct buf *page)
{
	size_t begin, end;

	if (!find_items(page, &begin, &end))
		return false;
	if (end > begin) {
		buf_u8(text, ',');
		buf_put(text, page->data + begin, end - begin);
	}
	return true;
}

/* Puts a page's arrays behind those of the tree. */
static void
join_tree(json_t *root, json_t *page)
{
	const char *key;
	json_t *o;

	json_object_foreach(page, key, o)
	{
		json_t *into = json_object_get(root, key);
		if (json_is_array(o) && json_is_array(into))
			(void)json_array_extend(into, o);
	}
}

/* One page. */
static int
get_page(struct client *c, const char *path, const struct client_param *params, json_t **root,
    struct buf *body, struct err *e)
{
	json_error_t je;

	buf_clear(body);
	if (client_get(c, path, params, body, e) == -1)
		return -1;
	*root = json_loadb((const char *)body->data, body->len, 0, &je);
	if (*root == NULL)
		return err_set(e, "%s gave no JSON (%s); is that a zonewatch collector?",
		    client_url(c), je.text);
	return 0;
}

/* The address of the page behind this one, if there is one and it is the API's; copied. */
static bool
next_of(const json_t *page, struct buf *next)
{
	const char *s = json_string_value(json_object_get(page, "next"));

	buf_clear(next);
	if (s == NULL || strncmp(s, "/api/v1/", 8) != 0)
		return false;
	buf_put(next, s, strlen(s) + 1);
	return true;
}

int
pages_get(struct client *c, const char *path, const struct client_param *params, json_t **root,
    struct buf *text, struct err *e)
{
	static const char tail[] = "],\"next\":null}\n";
	struct buf body = { 0 }, next = { 0 };
	json_t *page;
	size_t begin, end;
	int rc = get_page(c, path, params, root, text, e);

	if (rc == 0 && next_of(*root, &next) && find_items(text, &begin, &end)) {
		text->len = end;
		for (int i = 0; rc == 0 && next.len > 0 && i < MAX_PAGES; i++) {
			rc = get_page(c, (const char *)next.data, NULL, &page, &body, e);
			if (rc == -1)
				break;
			join_tree(*root, page);
			if (!join_text(text, &body))
				rc = err_set(e, "%s gave a page that is none", client_url(c));
			(void)next_of(page, &next);
			json_decref(page);
		}
		buf_put(text, tail, sizeof tail - 1);
		(void)json_object_set_new(*root, "next", json_null());
	}
	if (rc == -1) {
		json_decref(*root);
		*root = NULL;
	}
	buf_free(&body);
	buf_free(&next);
	return rc;
}
