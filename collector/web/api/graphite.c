/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of names, walked from its root; only what the pattern's part covers is gone into. */
#include "collector/web/api/graphite.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/api/graphexpr.h"
#include "collector/web/api/member.h"
#include "zw/str.h"

#define LEVELS 4
#define MAX_LOOKS 40000 /* comparisons of one request */
#define MAX_FOUND 1000

/* A pattern by its parts. */
struct pattern {
	const char *part[LEVELS];
	size_t n[LEVELS];
	size_t levels;
	unsigned looks;
	/* The fields of the series that was looked at last: many have the same. */
	uint64_t shape;
	unsigned nfields;
	uint64_t fields; /* a bit for each that is covered */
};

/* A name as part of a path. */
static void
escape(char dst[NAME_MAX_NODE * 2], const char *name)
{
	(void)str_copy(dst, NAME_MAX_NODE * 2, name);
	for (char *p = dst; *p != '\0'; p++)
		if (*p == '.')
			*p = ':';
}

/* Takes a pattern apart at its dots; false: it is deeper than any path. */
static bool
split(struct pattern *p, const char *text, size_t n)
{
	*p = (struct pattern){ 0 };
	for (;;) {
		size_t len = 0;
		if (p->levels == LEVELS)
			return false;
		while (len < n && text[len] != '.')
			len++;
		p->part[p->levels] = text;
		p->n[p->levels++] = len;
		if (len == n)
			return true;
		text += len + 1;
		n -= len + 1;
	}
}

/* Whether a name is covered by the pattern's part of that level. */
static bool
covered(struct pattern *p, size_t level, const char *name)
{
	char text[NAME_MAX_NODE * 2];

	p->looks++;
	escape(text, name);
	return graphexpr_covers(p->part[level], p->n[level], text);
}

/* Which fields of a series the last part covers. */
static uint64_t
fields_covered(struct pattern *p, const struct series *se)
{
	if (p->shape == se->shape && p->nfields == se->nfields)
		return p->fields;
	p->shape = se->shape;
	p->nfields = se->nfields;
	p->fields = 0;
	for (unsigned i = 0; i < se->nfields; i++)
		if (covered(p, 3, se->fields[i].name))
			p->fields |= UINT64_C(1) << i;
	return p->fields;
}

/* The zone's name of a node in paths. */
static const char *
zone_of(const struct node *n)
{
	return n->zone != NULL ? n->zone->name : "site";
}

void
graphite_path(char dst[GRAPHITE_PATH], const struct graphite_leaf *l)
{
	const struct series *se = l->series;
	const char *names[LEVELS] = { zone_of(se->node), se->node->name, se->name,
		se->fields[l->field].name };
	char text[NAME_MAX_NODE * 2];

	dst[0] = '\0';
	for (size_t i = 0; i < LEVELS; i++) {
		size_t used = strlen(dst);
		escape(text, names[i]);
		snprintf(dst + used, GRAPHITE_PATH - used, "%s%s", i > 0 ? "." : "", text);
	}
}

int
graphite_leaves(const struct collector *c, const char *pattern, size_t n, struct graphite_leaf *out,
    size_t max, size_t *found)
{
	struct pattern p;

	*found = 0;
	if (!split(&p, pattern, n) || p.levels != LEVELS)
		return 0;
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *no = site_node_at(c->site, i);
		if (!covered(&p, 0, zone_of(no)) || !covered(&p, 1, no->name))
			continue;
		for (size_t k = 0; k < no->nseries; k++) {
			const struct series *se = no->series[k];
			uint64_t fields = covered(&p, 2, se->name) ? fields_covered(&p, se) : 0;
			for (unsigned f = 0; f < se->nfields; f++) {
				if ((fields & UINT64_C(1) << f) == 0)
					continue;
				if (*found == max)
					return -1;
				out[(*found)++] = (struct graphite_leaf){ se, f };
			}
			if (p.looks > MAX_LOOKS)
				return -1;
		}
	}
	return 0;
}

/* What has been found of a tree's level. */
struct finding {
	struct json *j;
	size_t n;
};

/* Adds a name below the path so far. */
static void
put_found(struct finding *f, const char *path, const char *name, bool leaf)
{
	char text[NAME_MAX_NODE * 2], id[3 * GRAPHITE_PATH];

	if (f->n++ >= MAX_FOUND)
		return;
	escape(text, name);
	snprintf(id, sizeof id, "%s%s%s", path, *path != '\0' ? "." : "", text);
	json_object(f->j, NULL);
	json_text(f->j, "text", text);
	json_text(f->j, "id", id);
	json_uint(f->j, "leaf", leaf);
	json_uint(f->j, "expandable", !leaf);
	json_uint(f->j, "allowChildren", !leaf);
	json_object(f->j, "context");
	json_end(f->j);
	json_end(f->j);
}

/* Series of a node, or fields of its series. */
static void
find_below(struct finding *f, struct pattern *p, const struct node *no, const char *path)
{
	char deeper[2 * GRAPHITE_PATH], text[NAME_MAX_NODE * 2];

	for (size_t k = 0; k < no->nseries && p->looks < MAX_LOOKS && f->n < MAX_FOUND; k++) {
		const struct series *se = no->series[k];
		if (!covered(p, 2, se->name))
			continue;
		if (p->levels == 3) {
			put_found(f, path, se->name, false);
			continue;
		}
		uint64_t fields = fields_covered(p, se);
		if (fields == 0)
			continue;
		escape(text, se->name);
		snprintf(deeper, sizeof deeper, "%s.%s", path, text);
		for (unsigned i = 0; i < se->nfields; i++)
			if ((fields & UINT64_C(1) << i) != 0)
				put_found(f, deeper, se->fields[i].name, true);
	}
}

/* Zones: those of the configuration, then the site. */
static void
find_zones(struct finding *f, struct pattern *p, const struct collector *c)
{
	for (size_t i = 0; i < site_nzones(c->site); i++)
		if (covered(p, 0, site_zone_at(c->site, i)->name))
			put_found(f, "", site_zone_at(c->site, i)->name, false);
	if (covered(p, 0, "site"))
		put_found(f, "", "site", false);
}

int
graphite_find(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *query = request_param(rq, "query");
	struct pattern p;
	struct json j;

	if (query == NULL || strlen(query) >= GRAPHEXPR_MAX_TEXT)
		return reply_error(re, 400, "bad-parameter", "query= is missing or too long");
	re->type = REPLY_JSON;
	j = json_over(&re->body);
	struct finding f = { .j = &j };
	json_array(&j, NULL);
	if (split(&p, query, strlen(query))) {
		if (p.levels == 1)
			find_zones(&f, &p, c);
		for (size_t i = 0; p.levels > 1 && i < site_nnodes(c->site); i++) {
			const struct node *no = site_node_at(c->site, i);
			char zone[NAME_MAX_NODE * 2], path[GRAPHITE_PATH], name[NAME_MAX_NODE * 2];
			if (!covered(&p, 0, zone_of(no)) || !covered(&p, 1, no->name))
				continue;
			escape(zone, zone_of(no));
			escape(name, no->name);
			snprintf(path, sizeof path, "%s.%s", zone, name);
			if (p.levels == 2)
				put_found(&f, zone, no->name, false);
			else
				find_below(&f, &p, no, path);
		}
	}
	json_end(&j);
	return 200;
}

int
graphite_functions(const struct collector *c, const struct request *rq, struct reply *re)
{
	(void)c;
	(void)rq;
	struct json j = member_begin(re);
	json_end(&j);
	return 200;
}

int
graphite_version(const struct collector *c, const struct request *rq, struct reply *re)
{
	static const char version[] = "\"1.1.8\"\n"; /* whose requests are understood */

	(void)c;
	(void)rq;
	re->type = REPLY_JSON;
	buf_put(&re->body, version, sizeof version - 1);
	return 200;
}
