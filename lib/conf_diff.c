/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_diff: two configurations walked side by side by their tables. Elements of a list are sorted
 * by what they are called, so that thousands of nodes are matched in one pass; the k-th of a name
 * is matched with the k-th of the same name. */
#include "zw/conf_diff.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_impl.h"
#include "zw/alloc.h"
#include "zw/log.h"
#include "zw/str.h"
#include "zw/utf8.h"

#define MAX_VALUE 80 /* bytes of a value in a line */
#define MAX_LABEL 120
#define MAX_LINE (CONF_MAX_PATH + 2 * MAX_VALUE + 32)

/* An element of a list, and what it is called. */
struct element {
	char label[MAX_LABEL];
	const void *at;
	size_t place; /* in its list */
};

static void diff_table(struct conf_diff *d, const struct conf_table *t, const void *a,
    const void *b, const char *path);

/* Take a line, if there is room, and count it. */
static void
put_line(struct conf_diff *d, bool live, const char *line)
{
	d->total++;
	d->fixed += !live;
	if (d->nlines < CONF_DIFF_MOST)
		d->lines[d->nlines++] = xstrdup(line);
}

void
conf_diff_add(struct conf_diff *d, bool live, const char *fmt, ...)
{
	char line[MAX_LINE];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(line, sizeof line, fmt, ap) < 0)
		line[0] = '\0';
	va_end(ap);
	put_line(d, live, line);
}

/* Cut a text to MAX_VALUE bytes, at the end of a character. */
static void
shorten(char *s)
{
	size_t n = 0, len = strlen(s);

	if (len < MAX_VALUE)
		return;
	while (n < MAX_VALUE - 4) {
		size_t more = utf8_length(s + n, len - n);
		if (more == 0 || n + more > MAX_VALUE - 4)
			break;
		n += more;
	}
	memcpy(s + n, "…", sizeof "…");
}

/* Of an address with a scheme only what is no secret: neither as whom it is asked, nor which path.
 */
static void
veil(char *s, size_t size)
{
	char *host = strstr(s, "://");

	if (host == NULL)
		return;
	host += 3;
	size_t n = strcspn(host, "/?#");
	const char *at = memrchr(host, '@', n);
	if (at != NULL) {
		n -= (size_t)(at + 1 - host);
		memmove(host, at + 1, strlen(at + 1) + 1);
	}
	size_t left = size - (size_t)(host + n - s);
	if (strlen(host + n) > 1)
		(void)str_copy(host + n, left, "/…");
}

/* A text for people: in one line, short, no secret in it. */
static void
show_text(char *dst, size_t size, const char *text)
{
	char raw[2 * MAX_VALUE];

	(void)str_copy(raw, sizeof raw, text);
	veil(raw, sizeof raw);
	str_escape(dst, size, raw, strlen(raw));
	str_straighten(dst);
	shorten(dst);
}

/* Texts, joined. */
static void
show_texts(char *dst, size_t size, const struct conf_texts *t)
{
	char one[4 * MAX_VALUE];

	(void)str_copy(dst, size, t->n == 0 ? "none" : "");
	for (size_t i = 0; i < t->n && strlen(dst) < MAX_VALUE; i++) {
		size_t at = strlen(dst);
		show_text(one, sizeof one, t->v[i]);
		if (str_format(dst + at, size - at, "%s%s", i > 0 ? ", " : "", one) == -1)
			break;
	}
	shorten(dst);
}

/* A value for people. */
static void
show_value(char *dst, size_t size, const struct conf_key *k, const void *v)
{
	char number[40];

	if (!conf_value_is_set(k, v)) {
		(void)str_copy(dst, size, "none");
		return;
	}
	switch (k->type) {
	case CONF_text:
		show_text(dst, size, *(char *const *)v);
		return;
	case CONF_texts:
		show_texts(dst, size, v);
		return;
	case CONF_number:
		str_from_double(number, *(const double *)v);
		break;
	case CONF_duration:
		str_from_duration(number, sizeof number, *(const int64_t *)v);
		break;
	case CONF_size:
		str_from_size(number, sizeof number, *(const uint64_t *)v);
		break;
	case CONF_flag:
		(void)str_copy(number, sizeof number, *(const bool *)v ? "true" : "false");
		break;
	default:
		(void)snprintf(number, sizeof number, "%lld", (long long)*(const int64_t *)v);
		break;
	}
	(void)str_copy(dst, size, number);
}

/* Tell that a value is another. */
static void
diff_value(
    struct conf_diff *d, const struct conf_key *k, const void *a, const void *b, const char *path)
{
	char was[6 * MAX_VALUE], is[6 * MAX_VALUE];
	bool live = k->flags & CONF_LIVE;

	show_value(was, sizeof was, k, a);
	show_value(is, sizeof is, k, b);
	if ((k->flags & CONF_SECRET) || strcmp(was, is) == 0)
		conf_diff_add(d, live, "%s: changed", path);
	else
		conf_diff_add(d, live, "%s: %s -> %s", path, was, is);
}

/* What an element is called: "srv-01", "duty@dc.example via mail"; "" if nothing in it says. */
static void
label_of(char dst[MAX_LABEL], const struct conf_table *t, const void *element)
{
	char one[6 * MAX_VALUE];
	unsigned mark = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < t->nkeys; i++)
		mark |= t->keys[i].flags & (CONF_UNIQUE | CONF_LABEL);
	mark = mark & CONF_UNIQUE ? CONF_UNIQUE : CONF_LABEL;
	for (size_t i = 0; i < t->nkeys; i++) {
		const struct conf_key *k = &t->keys[i];
		const void *v = (const char *)element + k->offset;
		size_t at = strlen(dst);
		if (!(k->flags & mark) || !conf_value_is_set(k, v))
			continue;
		show_value(one, sizeof one, k, v);
		if (str_format(dst + at, MAX_LABEL - at, "%s%s%s%s", at > 0 ? " " : "",
			at > 0 ? k->name : "", at > 0 ? " " : "", one) == -1)
			break; /* cut: two such are told apart by their order */
	}
}

/* Order by name, and of one name by place. */
static int
compare_elements(const void *a, const void *b)
{
	const struct element *x = a;
	const struct element *y = b;
	int c = strcmp(x->label, y->label);

	return c != 0 ? c : (x->place > y->place) - (x->place < y->place);
}

/* The elements of a list, sorted by what they are called; freed by the caller. */
static struct element *
elements_of(const struct conf_table *t, const struct conf_list *l)
{
	struct element *v = xcalloc(l->n + 1, sizeof *v);

	for (size_t i = 0; i < l->n; i++) {
		v[i].at = (const char *)l->v + i * t->size;
		v[i].place = i;
		label_of(v[i].label, t, v[i].at);
	}
	qsort(v, l->n, sizeof *v, compare_elements);
	return v;
}

/* Whether an element that is only in one of the two can come or go live: what in it is not is as by
 * default. */
static bool
is_live_element(const struct conf_table *t, const void *element)
{
	bool live = t->variant_key == NULL;

	for (size_t i = 0; i < t->nkeys && live; i++) {
		const struct conf_key *k = &t->keys[i];
		const void *v = (const char *)element + k->offset;
		const struct conf_list *l = v;
		if (k->type == CONF_list)
			live = l->n == 0;
		else if (k->type == CONF_group)
			live = is_live_element(k->sub, v);
		else if (!(k->flags & CONF_LIVE))
			live = conf_value_is_default(k, v);
	}
	return live;
}

/* Whether all keys of a table can change live. */
static bool
is_live_table(const struct conf_table *t)
{
	bool live = t->variant_key == NULL;

	for (size_t i = 0; i < t->nkeys && live; i++)
		live = t->keys[i].sub != NULL ? is_live_table(t->keys[i].sub)
					      : (t->keys[i].flags & CONF_LIVE) != 0;
	return live;
}

/* "path[label]", or by its place. */
static void
element_path(char dst[CONF_MAX_PATH], const char *path, const struct element *e)
{
	int rc = *e->label != '\0' ? str_format(dst, CONF_MAX_PATH, "%s[%s]", path, e->label)
				   : str_format(dst, CONF_MAX_PATH, "%s[%zu]", path, e->place);

	if (rc == -1)
		(void)str_copy(dst, CONF_MAX_PATH, path);
}

/* Tell that an element is only in one of the two. */
static void
diff_lone(struct conf_diff *d, const struct conf_table *t, const char *path,
    const struct element *e, const char *word)
{
	char name[CONF_MAX_PATH];

	element_path(name, path, e);
	conf_diff_add(d, is_live_element(t, e->at), "%s: %s", name, word);
}

/* Tell if those that are in both stand in another order, where that is all that differs of it:
 * y[] are the places in the new list, and 1, in the order of the old; 0: it
 * is gone. */
static void
diff_order(
    struct conf_diff *d, const struct conf_table *t, const char *path, const size_t *y, size_t n)
{
	size_t last = 0;

	for (size_t i = 0; i < n; i++) {
		if (y[i] == 0)
			continue; /* it is gone */
		if (y[i] < last) {
			conf_diff_add(d, is_live_table(t), "%s: in another order", path);
			return;
		}
		last = y[i];
	}
}

/* Tell what differs of two lists: elements that came, that went, that changed. */
static void
diff_list(struct conf_diff *d, const struct conf_key *k, const struct conf_list *a,
    const struct conf_list *b, const char *path)
{
	struct element *x = elements_of(k->sub, a), *y = elements_of(k->sub, b);
	size_t *to = xcalloc(a->n + 1, sizeof *to); /* place in b and 1, of those in a */
	char name[CONF_MAX_PATH];
	size_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		int c = i == a->n ? 1 : j == b->n ? -1 : strcmp(x[i].label, y[j].label);
		if (c < 0) {
			diff_lone(d, k->sub, path, &x[i++], "removed");
		} else if (c > 0) {
			diff_lone(d, k->sub, path, &y[j++], "added");
		} else {
			element_path(name, path, &y[j]);
			diff_table(d, k->sub, x[i].at, y[j].at, name);
			to[x[i++].place] = y[j++].place + 1;
		}
	}
	diff_order(d, k->sub, path, to, a->n);
	free(to);
	free(x);
	free(y);
}

/* Tell what differs of a variant: by its own table, or as a whole if it is another. */
static void
diff_variant(
    struct conf_diff *d, const struct conf_table *t, const void *a, const void *b, const char *path)
{
	const struct conf_table *vt = conf_variant_of(t, a);

	if (vt == NULL || vt != conf_variant_of(t, b))
		return; /* the key that chooses it was told */
	void *const *x = (const void *)((const char *)a + t->variant_offset);
	void *const *y = (const void *)((const char *)b + t->variant_offset);
	if (*x != NULL && *y != NULL)
		diff_table(d, vt, *x, *y, path);
}

/* Tell all that differs of two structs of a table. */
static void
diff_table(
    struct conf_diff *d, const struct conf_table *t, const void *a, const void *b, const char *path)
{
	char name[CONF_MAX_PATH];

	for (size_t i = 0; i < t->nkeys; i++) {
		const struct conf_key *k = &t->keys[i];
		const void *x = (const char *)a + k->offset;
		const void *y = (const char *)b + k->offset;
		if (str_format(
			name, sizeof name, "%s%s%s", path, *path != '\0' ? "." : "", k->name) == -1)
			(void)str_copy(name, sizeof name, k->name);
		if (k->type == CONF_group)
			diff_table(d, k->sub, x, y, name);
		else if (k->type == CONF_list)
			diff_list(d, k, x, y, name);
		else if (!conf_value_equal(k, x, y))
			diff_value(d, k, x, y, name);
	}
	diff_variant(d, t, a, b, path);
}

struct conf_diff *
conf_diff_new(const struct conf_table *table, const void *old, const void *fresh)
{
	struct conf_diff *d = xcalloc(1, sizeof *d);

	diff_table(d, table, old, fresh, "");
	return d;
}

void
conf_diff_free(struct conf_diff *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->nlines; i++)
		free(d->lines[i]);
	free(d);
}

char *
conf_diff_text(const struct conf_diff *d, size_t most, const char *between)
{
	char *text = NULL;
	size_t size, n = most < d->nlines ? most : d->nlines;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		return xstrdup("");
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s%s", i > 0 ? between : "", d->lines[i]);
	if (d->total > n)
		fprintf(f, "%sand %zu more", n > 0 ? between : "", d->total - n);
	return fclose(f) == 0 ? text : xstrdup("");
}

void
conf_diff_log(const struct conf_diff *d, size_t most)
{
	size_t n = most < d->nlines ? most : d->nlines;

	for (size_t i = 0; i < n; i++)
		log_info("conf", "%s", d->lines[i]);
	if (d->total > n)
		log_info("conf", "and %zu more", d->total - n);
}

bool
conf_is_same(const struct conf_table *table, const void *a, const void *b, const char *name)
{
	const struct conf_key *k = conf_find_key(table, name);

	return k == NULL || conf_same_key(k, a, b);
}

/* Give each other their values. */
static void
swap(void *a, void *b, size_t size)
{
	char tmp[sizeof(struct conf_list) + sizeof(struct conf_texts)];

	memcpy(tmp, a, size);
	memcpy(a, b, size);
	memcpy(b, tmp, size);
}

/* Bytes of a value in its struct. */
static size_t
size_of(const struct conf_key *k)
{
	switch (k->type) {
	case CONF_text:
		return sizeof(char *);
	case CONF_texts:
		return sizeof(struct conf_texts);
	case CONF_list:
		return sizeof(struct conf_list);
	case CONF_flag:
		return sizeof(bool);
	default:
		return 8; /* double, int64_t, uint64_t */
	}
}

/* Whether nothing but what is live differs in two lists. */
static bool
list_is_live(const struct conf_key *k, const void *a, const void *b)
{
	struct conf_diff *d = xcalloc(1, sizeof *d);

	diff_list(d, k, a, b, k->name);
	bool live = d->fixed == 0;
	conf_diff_free(d);
	return live;
}

void
conf_take_live(const struct conf_table *table, void *now, void *fresh)
{
	for (size_t i = 0; i < table->nkeys; i++) {
		const struct conf_key *k = &table->keys[i];
		void *x = (char *)now + k->offset, *y = (char *)fresh + k->offset;
		if (k->type == CONF_group) {
			conf_take_live(k->sub, x, y);
			continue;
		}
		bool live =
		    k->type == CONF_list ? list_is_live(k, x, y) : (k->flags & CONF_LIVE) != 0;
		if (live && !conf_same_key(k, now, fresh))
			swap(x, y, size_of(k));
	}
}
