/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A name that is none is an error, not an empty list: a typing mistake must not look like health.
 */
#include "collector/web/api/filter.h"

#include <stdio.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/site/site.h"

/* Whether the query's zone and node, if any, let this node pass. */
bool
filter_passes(const struct request *rq, const struct node *n)
{
	const char *zone = request_param(rq, "zone");
	const char *node = request_param(rq, "node");
	const char *own = n->zone != NULL ? n->zone->name : "site";
	return (zone == NULL || strcmp(zone, own) == 0) &&
	       (node == NULL || strcmp(node, n->name) == 0);
}

/* The zone or the node that the query asks for: false if it is not one, and answered so. */
bool
filter_is_known(const struct collector *c, const struct request *rq, struct reply *re, int *status)
{
	const char *zone = request_param(rq, "zone");
	const char *node = request_param(rq, "node");
	if (zone != NULL && strcmp(zone, "site") != 0 && site_zone(c->site, zone) == NULL)
		*status = reply_error(re, 404, "no-such-zone", "there is no zone \"%.64s\"", zone);
	else if (node != NULL && site_node(c->site, node) == NULL)
		*status = reply_error(re, 404, "no-such-node", "there is no node \"%.64s\"", node);
	else if (node != NULL && !filter_passes(rq, site_node(c->site, node)))
		*status = reply_error(re, 404, "no-such-node",
		    "there is no node \"%.64s\" in the zone \"%.64s\"", node, zone);
	else
		return true;
	return false;
}

/* Whether the word of n bytes is in the list. */
static bool
is_word(const char *const *words, const char *s, size_t n)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == n && memcmp(*words, s, n) == 0)
			return true;
	return false;
}

int
filter_words(const struct request *rq, struct reply *re, const char *name, const char *const *words)
{
	const char *text = request_param(rq, name);
	char all[256] = "";

	for (; text != NULL; text = strchr(text, ',') != NULL ? strchr(text, ',') + 1 : NULL) {
		if (is_word(words, text, strcspn(text, ",")))
			continue;
		for (size_t i = 0; words[i] != NULL; i++) {
			size_t used = strlen(all);
			snprintf(
			    all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "", words[i]);
		}
		return reply_error(re, 400, "bad-parameter",
		    "%s= is one of these, or several with commas between: %s", name, all);
	}
	return 200;
}

bool
filter_has(const struct request *rq, const char *name, const char *word)
{
	const char *text = request_param(rq, name);

	if (text == NULL)
		return true;
	size_t n = word != NULL ? strlen(word) : 0;
	for (; word != NULL && text != NULL;
	     text = strchr(text, ',') != NULL ? strchr(text, ',') + 1 : NULL)
		if (strcspn(text, ",") == n && memcmp(text, word, n) == 0)
			return true;
	return false;
}

/* An ASCII letter as a small one. */
static char
small(char ch)
{
	return (char)(ch >= 'A' && ch <= 'Z' ? ch - 'A' + 'a' : ch);
}

/* Whether the text has the part somewhere. */
static bool
contains(const char *text, const char *part)
{
	for (; *text != '\0'; text++) {
		size_t i = 0;
		while (part[i] != '\0' && small(text[i]) == small(part[i]))
			i++;
		if (part[i] == '\0')
			return true;
	}
	return *part == '\0';
}

bool
filter_finds(const struct request *rq, const char *const *texts, size_t n)
{
	const char *q = request_param(rq, "q");

	for (size_t i = 0; q != NULL && i < n; i++)
		if (texts[i] != NULL && contains(texts[i], q))
			return true;
	return q == NULL;
}
