/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A descent over the text, as deep as GRAPHEXPR_MAX_DEPTH; what functions take is checked at once,
 * so that a tree that was parsed can be drawn. */
#include "collector/web/api/graphexpr.h"

#include <stdio.h>
#include <string.h>

#include "zw/str.h"

#define MAX_STEPS 2000 /* of one comparison with a pattern */

/* What a function takes behind its lines: 'n' a number, 't' a text; capitals may be left out, '+'
 * repeats the last. */
static const struct {
	const char *name;
	enum graphexpr_function function;
	const char *args;
} functions[] = {
	{ "alias", GRAPHEXPR_ALIAS, "t" },
	{ "aliasByNode", GRAPHEXPR_ALIAS_BY_NODE, "n+" },
	{ "summarize", GRAPHEXPR_SUMMARIZE, "tT" },
	{ "scale", GRAPHEXPR_SCALE, "n" },
	{ "offset", GRAPHEXPR_OFFSET, "n" },
	{ "averageSeries", GRAPHEXPR_AVERAGE, "" },
	{ "avg", GRAPHEXPR_AVERAGE, "" },
	{ "sumSeries", GRAPHEXPR_SUM, "" },
	{ "sum", GRAPHEXPR_SUM, "" },
	{ "maxSeries", GRAPHEXPR_MAX, "" },
	{ "minSeries", GRAPHEXPR_MIN, "" },
};

/* Where the reader is. */
struct reader {
	struct graphexpr *x;
	const char *p;
	struct err *e;
};

bool
graphexpr_joins(const struct graphexpr_node *n)
{
	return n->kind == GRAPHEXPR_CALL && n->function >= GRAPHEXPR_AVERAGE;
}

/* Passes over blanks. */
static void
skip(struct reader *r)
{
	r->p += strspn(r->p, " \t");
}

/* A new node, the last argument of its parent; -1: there are too many. */
static int
add_node(struct reader *r, enum graphexpr_kind kind, int parent)
{
	struct graphexpr *x = r->x;

	if (x->n == GRAPHEXPR_MAX_NODES)
		return err_set(r->e, "a target has more than %d parts", GRAPHEXPR_MAX_NODES);
	int i = x->n++;
	x->nodes[i] = (struct graphexpr_node){
		.kind = kind, .text = r->p, .parent = parent, .first = -1, .next = -1
	};
	if (parent == -1)
		return i;
	int *at = &x->nodes[parent].first;
	while (*at != -1)
		at = &x->nodes[*at].next;
	*at = i;
	return i;
}

/* Length of a path or name: up to what ends one outside of braces. */
static size_t
word_length(const char *s)
{
	bool braces = false;
	size_t n = 0;

	for (; s[n] != '\0'; n++) {
		if (s[n] == '{' || s[n] == '}')
			braces = s[n] == '{';
		else if (strchr(" \t()'\"", s[n]) != NULL || (s[n] == ',' && !braces))
			break;
	}
	return n;
}

/* A text in quotes. */
static int
read_text(struct reader *r, int parent)
{
	char quote = *r->p++;
	int i = add_node(r, GRAPHEXPR_TEXT, parent);
	const char *end = strchr(r->p, quote);

	if (i == -1)
		return -1;
	if (end == NULL)
		return err_set(r->e, "a text has no end");
	r->x->nodes[i].n = (size_t)(end - r->p);
	r->p = end + 1;
	return 0;
}

/* Whether the word is a number. */
static bool
is_number(const char *s, size_t n, double *out)
{
	char text[40];

	if (n == 0 || n >= sizeof text || strchr("0123456789.-+", s[0]) == NULL)
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	return str_to_double(text[0] == '+' ? text + 1 : text, out) == 0;
}

/* The row of a function; or the reason why there is none. */
static int
find_function(struct reader *r, size_t n)
{
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
		if (strlen(functions[i].name) == n && memcmp(functions[i].name, r->p, n) == 0)
			return (int)i;
	return err_set(r->e, "there is no function \"%.*s\"", (int)(n < 64 ? n : 64), r->p);
}

/* Checks what a call was given. */
static int
check_args(struct reader *r, int call, int row)
{
	const struct graphexpr_node *nodes = r->x->nodes;
	const char *want = functions[row].args, *name = functions[row].name;
	int lines = 0, i = nodes[call].first;

	for (; i != -1 && (nodes[i].kind == GRAPHEXPR_PATH || nodes[i].kind == GRAPHEXPR_CALL);
	     i = nodes[i].next)
		lines++;
	if (lines == 0 || (lines > 1 && !graphexpr_joins(&nodes[call])))
		return err_set(r->e, "%s wants %s first", name,
		    graphexpr_joins(&nodes[call]) ? "paths" : "one path");
	for (; i != -1; i = nodes[i].next) {
		char kind = nodes[i].kind == GRAPHEXPR_NUMBER ? 'n'
			    : nodes[i].kind == GRAPHEXPR_TEXT ? 't'
							      : '?';
		if (*want == '+' && kind == want[-1])
			continue;
		if (*want == '\0' || *want == '+' || (*want | 0x20) != kind)
			return err_set(r->e, "%s does not take such an argument", name);
		want++;
	}
	if (*want >= 'a')
		return err_set(r->e, "%s wants %s", name, *want == 'n' ? "a number" : "a text");
	return 0;
}

static int read_one(struct reader *r, int parent, int depth);

/* A function and its arguments; the reader is at its name of n bytes. */
static int
read_call(struct reader *r, size_t n, int parent, int depth)
{
	const char *begin = r->p;
	int row = find_function(r, n);
	int call = row == -1 ? -1 : add_node(r, GRAPHEXPR_CALL, parent);

	if (call == -1)
		return -1;
	r->x->nodes[call].function = functions[row].function;
	r->p += n;
	skip(r);
	do {
		r->p++; /* the bracket or comma */
		if (read_one(r, call, depth + 1) == -1)
			return -1;
		skip(r);
	} while (*r->p == ',');
	if (*r->p != ')')
		return err_set(r->e, "a bracket is not closed");
	r->p++;
	r->x->nodes[call].n = (size_t)(r->p - begin);
	return check_args(r, call, row);
}

/* Whatever stands here. */
static int
read_one(struct reader *r, int parent, int depth)
{
	double number;

	if (depth > GRAPHEXPR_MAX_DEPTH)
		return err_set(r->e, "functions are deeper than %d", GRAPHEXPR_MAX_DEPTH);
	skip(r);
	if (*r->p == '\'' || *r->p == '"')
		return read_text(r, parent);
	size_t n = word_length(r->p);
	if (n == 0)
		return err_set(r->e, "something is missing at \"%.20s\"", r->p);
	if (r->p[n + strspn(r->p + n, " \t")] == '(')
		return read_call(r, n, parent, depth);
	bool counts = parent != -1 && is_number(r->p, n, &number);
	int i = add_node(r, counts ? GRAPHEXPR_NUMBER : GRAPHEXPR_PATH, parent);
	if (i == -1)
		return -1;
	if (counts)
		r->x->nodes[i].number = number;
	r->x->nodes[i].n = n;
	r->p += n;
	return 0;
}

int
graphexpr_parse(struct graphexpr *x, const char *target, struct err *e)
{
	struct reader r = { .x = x, .p = x->text, .e = e };

	x->n = 0;
	if (str_copy(x->text, sizeof x->text, target) == -1)
		return err_set(e, "a target is longer than %zu bytes", sizeof x->text - 1);
	if (read_one(&r, -1, 1) == -1)
		return -1;
	skip(&r);
	if (*r.p != '\0')
		return err_set(e, "what is \"%.40s\"?", r.p);
	if (x->nodes[0].kind == GRAPHEXPR_TEXT)
		return err_set(e, "a target is a path or a function");
	return 0;
}

/* Whether a character is in the set that begins at p ("[a-z]"); *len is the set's length, 0 if it
 * has no end. */
static bool
in_set(const char *p, const char *end, char ch, size_t *len)
{
	const char *q = p + 1;
	bool other = q < end && (*q == '!' || *q == '^'), found = false;

	q += other;
	for (; q < end && *q != ']'; q++) {
		if (q + 2 < end && q[1] == '-' && q[2] != ']') {
			found = found || (ch >= q[0] && ch <= q[2]);
			q += 2;
		} else {
			found = found || ch == *q;
		}
	}
	*len = q < end ? (size_t)(q + 1 - p) : 0;
	return found != other;
}

static bool covers(const char *p, const char *end, const char *s, unsigned *steps, unsigned depth);

/* Each of the words in braces that begin at p, with what follows them. */
static bool
covers_braces(const char *p, const char *end, const char *s, unsigned *steps, unsigned depth)
{
	const char *close = memchr(p, '}', (size_t)(end - p));

	if (close == NULL)
		return false;
	for (const char *word = p + 1; word <= close;) {
		const char *comma = memchr(word, ',', (size_t)(close - word));
		size_t n = (size_t)((comma != NULL ? comma : close) - word);
		/* A word has no patterns in it. */
		if (strncmp(s, word, n) == 0 && strlen(s) >= n &&
		    covers(close + 1, end, s + n, steps, depth + 1))
			return true;
		word += n + 1;
	}
	return false;
}

/* Whether the rest of the pattern covers the rest of the text. */
static bool
covers(const char *p, const char *end, const char *s, unsigned *steps, unsigned depth)
{
	size_t len;

	for (; p < end; s++) {
		if (++*steps > MAX_STEPS || depth > 16)
			return false;
		if (*p == '*') {
			for (;; s++) {
				if (covers(p + 1, end, s, steps, depth + 1))
					return true;
				if (*s == '\0')
					return false;
			}
		}
		if (*p == '{')
			return covers_braces(p, end, s, steps, depth);
		if (*s == '\0')
			return false;
		if (*p == '[') {
			if (!in_set(p, end, *s, &len) || len == 0)
				return false;
			p += len;
		} else if (*p == '?' || *p == *s) {
			p++;
		} else {
			return false;
		}
	}
	return *s == '\0';
}

bool
graphexpr_covers(const char *pattern, size_t n, const char *text)
{
	unsigned steps = 0;

	return covers(pattern, pattern + n, text, &steps, 0);
}
