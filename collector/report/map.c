/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floor map as a text, there and back: lines of words between tabs,
 *
 *   map 1
 *   legend  UNKNOWN  COLD  GOOD  WARM  HOT
 *   zone    MARKED  TITLE
 *   rack    HEAT  MARKED  VALUE  NAME
 *
 * A rack is of the zone above it. */
#include "collector/report/map.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/site/measure.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define WARM_ABOVE 27.0 /* °C, ASHRAE's recommended range */
#define COLD_BELOW 18.0

/* Append a word: as much of the text as a label has room for, in one line, and ended by `end`. */
static void
put_word(struct buf *b, const char *text, char end)
{
	char word[MAP_MAX_NAME];
	size_t n = 0;

	(void)str_copy(word, sizeof word, text);
	str_straighten(word);
	for (const char *p = word; *p != '\0'; p += n) {
		for (n = 1; n < 4 && p[n] != '\0' && !str_is_text(p, n);)
			n++;
		if (str_is_text(p, n))
			buf_put(b, p, n);
		else
			buf_u8(b, ' '), n = 1; /* a control, or cut within a character */
	}
	buf_u8(b, (uint8_t)end);
}

/* Whether a field of a series measures the air at an inlet: as the configuration's measures say,
 * or, where it has none, by the names that are usual. */
static bool
is_inlet(const struct conf_collector *conf, const struct series *se, unsigned field)
{
	const char *name = se->fields[field].name;

	if (conf->measures.n > 0)
		return measure_holds(conf, "inlet", se, field);
	if (strcmp(se->source, "thermal") == 0)
		return strcmp(name, "inlet") == 0;
	return strcmp(se->source, "temperature") == 0 && str_covers("*nlet*", se->instance) &&
	       strcmp(name, "value") == 0;
}

/* The hottest live inlet of a node; NAN: none. */
static double
hottest_of(const struct conf_collector *conf, const struct node *n, int64_t now_ms)
{
	double hottest = NAN;

	if (site_is_stale(n, now_ms))
		return NAN;
	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		for (unsigned k = 0; k < se->nfields && se->last.time_s != 0; k++) {
			if (is_inlet(conf, se, k) && site_is_plausible(se, k) &&
			    !(hottest >= se->last.values[k]))
				hottest = se->last.values[k];
		}
	}
	return hottest;
}

/* The zone's row of the configuration, or NULL. */
static const struct conf_zone *
conf_of(const struct conf_collector *conf, const struct zone *z)
{
	const struct conf_zone *rows = conf->zones.v;

	for (size_t i = 0; i < conf->zones.n; i++) {
		if (strcmp(rows[i].name, z->name) == 0)
			return &rows[i];
	}
	return NULL;
}

/* Order of rack names, for qsort: "A2" before "A10". */
static int
compare_racks(const void *a, const void *b)
{
	return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

/* The racks of a zone in their order; returns how many, at most MAP_MAX_RACKS. */
static size_t
racks_of(const struct zone *z, const struct conf_zone *c, const char *racks[MAP_MAX_RACKS])
{
	size_t n = 0;

	for (size_t i = 0; c != NULL && i < c->racks.n && n < MAP_MAX_RACKS; i++)
		racks[n++] = c->racks.v[i];
	if (n > 0)
		return n;
	for (size_t i = 0; i < z->nnodes && n < MAP_MAX_RACKS; i++) {
		const char *rack = z->nodes[i]->rack;
		size_t k = 0;
		while (rack != NULL && k < n && strcmp(racks[k], rack) != 0)
			k++;
		if (rack != NULL && k == n)
			racks[n++] = rack;
	}
	qsort(racks, n, sizeof racks[0], compare_racks);
	return n;
}

/* One rack's line. */
static void
describe_rack(struct buf *b, const struct conf_collector *conf, const struct zone *z,
    const char *rack, double limit, const struct node *marked, enum lang l, int64_t now_ms)
{
	enum map_heat heat = MAP_GOOD;
	double hottest = NAN;
	char value[16], head[32];

	for (size_t i = 0; i < z->nnodes; i++) {
		const struct node *n = z->nodes[i];
		if (n->rack == NULL || strcmp(n->rack, rack) != 0)
			continue;
		double v = hottest_of(conf, n, now_ms);
		if (!isnan(v) && !(hottest >= v))
			hottest = v;
	}
	if (isnan(hottest))
		heat = MAP_UNKNOWN;
	else if (hottest >= limit)
		heat = MAP_HOT;
	else if (hottest > WARM_ABOVE)
		heat = MAP_WARM;
	else if (hottest < COLD_BELOW)
		heat = MAP_COLD;
	bool here = marked != NULL && marked->zone == z && marked->rack != NULL &&
		    strcmp(marked->rack, rack) == 0;
	lang_number(value, sizeof value, hottest, 1, l);
	snprintf(head, sizeof head, "rack\t%d\t%d\t", (int)heat, here);
	buf_text(b, head);
	put_word(b, value, '\t');
	put_word(b, rack, '\n');
}

/* One zone's lines; returns its racks. */
static size_t
describe_zone(struct buf *b, const struct zone *z, const struct conf_collector *conf,
    const struct zone *marked, const struct node *node, enum lang l, int64_t now_ms)
{
	const struct conf_zone *c = conf_of(conf, z);
	const char *racks[MAP_MAX_RACKS];
	size_t n = racks_of(z, c, racks);
	double limit = c != NULL && c->limit > 0 ? c->limit : conf->thermal.limit;
	char title[MAP_MAX_NAME];

	if (n == 0 && z != marked)
		return 0;
	bool plain = strncmp(z->title, "Zone ", 5) == 0 && str_casecmp(z->title + 5, z->name) == 0;
	if (plain || strcmp(z->title, z->name) == 0)
		snprintf(
		    title, sizeof title, lang_text(l, "Zone %s"), plain ? z->title + 5 : z->name);
	else
		(void)str_copy(title, sizeof title, z->title);
	buf_text(b, z == marked ? "zone\t1\t" : "zone\t0\t");
	put_word(b, title, '\n');
	for (size_t i = 0; i < n; i++)
		describe_rack(b, conf, z, racks[i], limit, node, l, now_ms);
	return n;
}

char *
map_describe(const struct site *s, const struct conf_collector *conf, const struct zone *zone,
    const struct node *node, enum lang l, int64_t now_ms)
{
	static const char *const legend[] = { N_("no value"), N_("too cold"), N_("in order"),
		N_("too warm"), N_("beyond the limit") };
	struct buf b = { 0 };
	size_t racks = 0, zones = 0;

	buf_text(&b, "map 1\nlegend\t");
	for (size_t i = 0; i < 5; i++)
		put_word(&b, lang_text(l, legend[i]), i < 4 ? '\t' : '\n');
	for (size_t i = 0; i < site_nzones(s) && zones < MAP_MAX_ZONES && b.len < MAP_MAX_TEXT / 2;
	     i++) {
		size_t before = b.len;
		racks += describe_zone(&b, site_zone_at(s, i), conf, zone, node, l, now_ms);
		zones += b.len > before;
	}
	buf_u8(&b, '\0');
	if (racks > 0 && b.len <= MAP_MAX_TEXT)
		return (char *)b.data;
	buf_free(&b);
	return NULL;
}

/* The next word of a line; -1: there is none, it is too long, or no text. */
static int
word(const char **p, const char *end, char *dst, size_t size)
{
	const char *tab = *p == NULL ? NULL : memchr(*p, '\t', (size_t)(end - *p));
	size_t n = *p == NULL ? size : (size_t)((tab != NULL ? tab : end) - *p);

	if (n >= size || !str_is_text(*p, n))
		return -1;
	memcpy(dst, *p, n);
	dst[n] = '\0';
	*p = tab != NULL ? tab + 1 : NULL;
	return 0;
}

/* A word that is one digit, at most max. */
static int
digit(const char **p, const char *end, int max, int *out)
{
	char text[2];

	if (word(p, end, text, sizeof text) == -1 || text[0] < '0' || text[0] > '0' + max)
		return -1;
	*out = text[0] - '0';
	return 0;
}

/* A rack's line, behind its first word. */
static int
parse_rack(const char *p, const char *end, struct map *m)
{
	struct map_zone *z = m->nzones == 0 ? NULL : &m->zones[m->nzones - 1];
	int heat, marked;

	if (z == NULL || z->nracks == MAP_MAX_RACKS)
		return -1;
	struct map_rack *r = &z->racks[z->nracks++];
	if (digit(&p, end, MAP_HOT, &heat) == -1 || digit(&p, end, 1, &marked) == -1 ||
	    word(&p, end, r->value, sizeof r->value) == -1 ||
	    word(&p, end, r->name, sizeof r->name) == -1)
		return -1;
	r->heat = (enum map_heat)heat;
	r->marked = marked != 0;
	return p == NULL ? 0 : -1;
}

/* A zone's line, behind its first word. */
static int
parse_zone(const char *p, const char *end, struct map *m)
{
	int marked;

	if (m->nzones == MAP_MAX_ZONES)
		return -1;
	struct map_zone *z = &m->zones[m->nzones++];
	if (digit(&p, end, 1, &marked) == -1 || word(&p, end, z->title, sizeof z->title) == -1)
		return -1;
	z->marked = marked != 0;
	return p == NULL ? 0 : -1;
}

/* One line. */
static int
parse_line(const char *p, const char *end, struct map *m)
{
	char kind[8];

	if (word(&p, end, kind, sizeof kind) == -1)
		return -1;
	if (strcmp(kind, "zone") == 0)
		return parse_zone(p, end, m);
	if (strcmp(kind, "rack") == 0)
		return parse_rack(p, end, m);
	if (strcmp(kind, "legend") != 0)
		return strcmp(kind, "map 1") == 0 && p == NULL ? 0 : -1;
	for (size_t i = 0; i < 5; i++) {
		if (word(&p, end, m->legend[i], sizeof m->legend[i]) == -1)
			return -1;
	}
	return p == NULL ? 0 : -1;
}

int
map_parse(const char *text, size_t n, struct map *m, struct err *e)
{
	const char *end = text + n;
	unsigned line = 0;

	*m = (struct map){ 0 };
	if (n > MAP_MAX_TEXT)
		return err_set(e, "the map's text is longer than %d bytes", MAP_MAX_TEXT);
	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		line++;
		if (nl == NULL || parse_line(text, nl, m) == -1)
			return err_set(e, "line %u of the map is malformed", line);
		text = nl + 1;
	}
	return m->nzones > 0 ? 0 : err_set(e, "the map has no zones");
}
