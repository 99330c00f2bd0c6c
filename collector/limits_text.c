/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line has fields with a unit separator between them: whose it is, then "key=value" of each key
 * that is set. Values are as they would stand in the file. What only people read (titles, advice)
 * is left out: it limits nothing. */
#include "collector/limits_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/rule.h"
#include "zw/crc32c.h"
#include "zw/log.h"
#include "zw/str.h"

#define SEP '\x1f'
#define WHOLE "@" /* the line of the whole */
#define MAX_NAME 256
#define MAX_TEXT 400

/* What conf_dump() writes of a table, to be freed. */
static char *
dump(const struct conf_table *table, const void *conf)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		fatal("limits", "open_memstream");
	conf_dump(table, conf, f);
	if (fclose(f) != 0)
		fatal("limits", "open_memstream");
	return text;
}

/* Whether a key says where or when a rule fires. */
static bool
limits(const char *line, size_t n)
{
	static const char *const told[] = { "name", "title", "advice", "topic" };

	if (n == 0 || line[0] == '#')
		return false;
	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
		size_t len = strlen(told[i]);
		if (n > len && strncmp(line, told[i], len) == 0 && line[len] == ' ')
			return false;
	}
	return true;
}

/* The lines "key = value;" of a dump as fields. */
static void
put_fields(FILE *out, const char *text)
{
	while (*text != '\0') {
		const char *line = text + strspn(text, "\t");
		size_t n = strcspn(line, "\n");
		const char *eq = memmem(line, n, " = ", 3);
		text = line + n + (line[n] == '\n');
		if (eq == NULL || !limits(line, n))
			continue;
		if (n > 0 && line[n - 1] == ';')
			n--;
		fprintf(out, "%c%.*s=%.*s", SEP, (int)(eq - line), line, (int)(line + n - eq - 3),
		    eq + 3);
	}
	fputc('\n', out);
}

/* Names of a list, joined, behind what is there. */
static void
add_list(char name[MAX_NAME], const struct conf_texts *t)
{
	for (size_t i = 0; i < t->n || i == 0; i++) {
		size_t used = strlen(name);
		const char *one = i < t->n ? t->v[i] : "";
		if (str_format(name + used, MAX_NAME - used, "%s%s", i > 0 ? "," : "/", one) == -1)
			name[used] = '\0'; /* two that differ late are told apart by their places */
	}
}

/* A row of limits has no name: the rules, and where. */
static void
name_limit(char name[MAX_NAME], const struct conf_limit *l)
{
	if (str_copy(name, MAX_NAME, l->rule) == -1)
		name[0] = '\0';
	add_list(name, &l->zones);
	add_list(name, &l->nodes);
	add_list(name, &l->series);
}

/* The table of a list's elements. */
static const struct conf_table *
table_of(const char *list)
{
	for (size_t i = 0; i < collector_conf_table.nkeys; i++) {
		if (strcmp(collector_conf_table.keys[i].name, list) == 0)
			return collector_conf_table.keys[i].sub;
	}
	return NULL;
}

/* The rows of limits; of several of the same name each further one has its number. */
static void
put_limits(FILE *out, const struct conf_collector *conf)
{
	const struct conf_table *table = table_of("limits");
	const struct conf_limit *rows = conf->limits.v;
	char name[MAX_NAME], other[MAX_NAME];

	for (size_t i = 0; i < conf->limits.n; i++) {
		size_t same = 1;
		name_limit(name, &rows[i]);
		for (size_t j = 0; j < i; j++) {
			name_limit(other, &rows[j]);
			same += strcmp(name, other) == 0;
		}
		char *text = dump(table, &rows[i]);
		fprintf(out, same > 1 ? "%s (%zu)" : "%s", name, same);
		put_fields(out, text);
		free(text);
	}
}

char *
limits_text(const struct conf_collector *conf)
{
	const struct conf_table *table = table_of("rules");
	const struct conf_rule *rules = conf->rules.v;
	char *text = NULL, *whole = dump(&collector_conf_table, conf);
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (out == NULL)
		fatal("limits", "open_memstream");
	fprintf(out, WHOLE "%crevision=%08x\n", SEP, crc32c(0, whole, strlen(whole)));
	free(whole);
	for (size_t i = 0; i < conf->rules.n; i++) {
		char *rule = dump(table, &rules[i]);
		fputs(rules[i].name, out);
		put_fields(out, rule);
		free(rule);
	}
	put_limits(out, conf);
	if (fclose(out) != 0)
		fatal("limits", "open_memstream");
	return text;
}

/* A line or a field of one; it is no string of its own. */
struct piece {
	const char *p;
	size_t n;
};

/* Takes the next piece that ends with c, or with the text. False: there is none, it is empty. */
static bool
next(struct piece *rest, char c, struct piece *one)
{
	*one = (struct piece){ "", 0 };
	if (rest->n == 0)
		return false;
	const char *end = memchr(rest->p, c, rest->n);
	size_t n = end != NULL ? (size_t)(end - rest->p) : rest->n;
	*one = (struct piece){ rest->p, n };
	n += end != NULL;
	rest->p += n;
	rest->n -= n;
	return true;
}

/* The piece that begins with what stands in another before c, and what follows there. */
static bool
find(struct piece in, char between, char c, struct piece like, struct piece *found)
{
	struct piece one, a, b = like, key;

	*found = (struct piece){ "", 0 };
	if (!next(&b, c, &key))
		return false;
	while (next(&in, between, &one)) {
		*found = one;
		if (next(found, c, &a) && a.n == key.n && memcmp(a.p, key.p, key.n) == 0)
			return true;
	}
	*found = (struct piece){ "", 0 };
	return false;
}

/* Appends one change of a key, as far as there is room. */
static void
add_change(char text[MAX_TEXT], struct piece key, struct piece before, struct piece now)
{
	static const struct piece none = { "-", 1 };
	size_t used = strlen(text);

	before = before.n > 0 ? before : none;
	now = now.n > 0 ? now : none;
	if (str_format(text + used, MAX_TEXT - used, "%s%.*s %.*s -> %.*s", used > 0 ? "; " : "",
		(int)key.n, key.p, (int)before.n, before.p, (int)now.n, now.p) == -1)
		text[used] = '\0';
}

/* What differs between two lines of the same; "" if nothing does. */
static void
compare_fields(char text[MAX_TEXT], struct piece before, struct piece now)
{
	struct piece field, key, value, other, rest = now;

	text[0] = '\0';
	while (next(&rest, SEP, &field)) {
		value = field;
		if (!next(&value, '=', &key) || key.n == 0)
			continue;
		bool was = find(before, SEP, '=', field, &other);
		if (!was || other.n != value.n || memcmp(other.p, value.p, value.n) != 0)
			add_change(text, key, other, value);
	}
	rest = before;
	while (next(&rest, SEP, &field)) {
		value = field;
		if (!next(&value, '=', &key) || key.n == 0)
			continue;
		if (!find(now, SEP, '=', field, &other))
			add_change(text, key, value, other);
	}
}

/* The comparison, and to whom it is told. */
struct comparison {
	void (*changed)(void *arg, const char *kind, const char *what, const char *text);
	void *arg;
	size_t n;
};

/* One change; of too many the number is told. */
static void
tell(struct comparison *c, struct piece name, const char *text)
{
	char what[MAX_NAME + 16];

	if (++c->n > LIMITS_TEXT_CHANGES)
		return;
	snprintf(what, sizeof what, "%.*s", (int)name.n, name.p);
	c->changed(c->arg, "limit-change", what, text);
}

/* The revisions, of the line of the whole. */
static void
compare_whole(struct comparison *c, struct piece before, struct piece now)
{
	struct piece key;
	char was[32] = "", is[32];

	(void)next(&now, '=', &key);
	if (next(&before, '=', &key))
		snprintf(was, sizeof was, "%.*s", (int)before.n, before.p);
	snprintf(is, sizeof is, "%.*s", (int)now.n, now.p);
	if (strcmp(was, is) != 0)
		c->changed(c->arg, "config", is, was);
}

void
limits_text_compare(const char *before, const char *now,
    void (*changed)(void *arg, const char *kind, const char *what, const char *text), void *arg)
{
	struct comparison c = { .changed = changed, .arg = arg };
	struct piece old = { before, strlen(before) }, new = { now, strlen(now) };
	struct piece line, name, fields, other, rest = new;
	char text[MAX_TEXT];

	while (next(&rest, '\n', &line)) {
		fields = line;
		if (!next(&fields, SEP, &name) || name.n == 0)
			continue;
		bool was = find(old, '\n', SEP, line, &other);
		if (name.n == 1 && name.p[0] == WHOLE[0]) {
			compare_whole(&c, other, fields);
			continue;
		}
		compare_fields(text, other, fields);
		if (!was && old.n > 0)
			tell(&c, name, "added");
		else if (was && text[0] != '\0')
			tell(&c, name, text);
	}
	rest = old;
	while (next(&rest, '\n', &line)) {
		fields = line;
		if (!next(&fields, SEP, &name) || name.n == 0)
			continue;
		if (!find(new, '\n', SEP, line, &other))
			tell(&c, name, "removed");
	}
	if (c.n > LIMITS_TEXT_CHANGES) {
		snprintf(text, sizeof text, "+%zu", c.n - LIMITS_TEXT_CHANGES);
		changed(arg, "limit-change", "", text);
	}
}
