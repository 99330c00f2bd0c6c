/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_parse: the small languages inside a profile's texts: values, columns, conditions,
 * templates, states, factors. */
#include <math.h>
#include <string.h>

#include "agent/gateway/profile_impl.h"
#include "agent/gateway/rows.h"
#include "zw/str.h"

#define MAX_PIECES 32 /* of a template */

/* Where a piece of a text is being read. */
struct scan {
	const char *p;
	const char *end;
};

/* Without blanks at either end. */
static struct scan
scan_trim(const char *text, size_t n)
{
	struct scan s = { .p = text, .end = text + n };

	while (s.p < s.end && (*s.p == ' ' || *s.p == '\t'))
		s.p++;
	while (s.end > s.p && (s.end[-1] == ' ' || s.end[-1] == '\t'))
		s.end--;
	return s;
}

/* A number that takes the whole of a piece. */
static int
scan_number(const char *p, size_t n, double *out)
{
	char text[64];

	if (n == 0 || n >= sizeof text)
		return -1;
	memcpy(text, p, n);
	text[n] = '\0';
	return str_to_double(text, out);
}

/* Read a VALUE. An OID may have a dot before it, for people write it so. */
void
profile_parse_value(
    struct profile_pool *pool, const char *text, size_t n, struct profile_value *out)
{
	struct scan s = scan_trim(text, n);
	size_t len = (size_t)(s.end - s.p);
	const char *dots = len > 3 ? memmem(s.p + 1, len - 1, "..", 2) : NULL;
	struct oid_buf o;

	*out = (struct profile_value){ .low = NAN, .high = NAN };
	if (scan_number(s.p, len, &out->low) == 0) {
		out->high = out->low;
	} else if (dots != NULL && scan_number(s.p, (size_t)(dots - s.p), &out->low) == 0 &&
		   scan_number(dots + 2, (size_t)(s.end - dots - 2), &out->high) == 0) {
		return;
	} else {
		out->low = NAN;
		out->text = profile_text(pool, s.p, len);
		if (out->text[0] == '.' && oid_parse(out->text, &o) == 0)
			out->text++;
	}
}

/* Read a list of VALUEs. */
void
profile_parse_values(
    struct profile_pool *pool, const struct conf_texts *texts, struct profile_values *out)
{
	out->n = texts->n;
	out->v = profile_get(pool, texts->n, sizeof *out->v);
	for (size_t i = 0; i < texts->n; i++)
		profile_parse_value(pool, texts->v[i], strlen(texts->v[i]), &out->v[i]);
}

/* The longest piece that may be an OID. */
static int
scan_oid(struct scan *s, struct oid_buf *out)
{
	char text[OID_MAX_TEXT];
	size_t n = 0;

	while (s->p + n < s->end && ((s->p[n] >= '0' && s->p[n] <= '9') || s->p[n] == '.'))
		n++;
	if (n == 0 || n >= sizeof text)
		return -1;
	memcpy(text, s->p, n);
	text[n] = '\0';
	s->p += n;
	return oid_parse(text, out);
}

/* A small number; -1 when there is none. */
static int
scan_small(struct scan *s, unsigned *out)
{
	unsigned n = 0, digits = 0;

	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9' && digits < 9; s->p++, digits++)
		n = n * 10 + (unsigned)(*s->p - '0');
	*out = n;
	return digits > 0 ? 0 : -1;
}

/* What follows the '@' of a column. */
static int
scan_at(struct profile_pool *pool, struct scan *s, struct profile_column *out, struct err *e)
{
	struct oid_buf fixed;
	unsigned add;

	if (s->p < s->end && *s->p == '=') {
		s->p++;
		if (scan_oid(s, &fixed) == -1)
			return err_set(e, "after \"@=\" stands an index, as in \"@=7\"");
		out->at = PROFILE_AT_FIXED;
		out->fixed = profile_oid(pool, oid_of(&fixed));
		return 0;
	}
	if (s->p < s->end && (*s->p == '+' || *s->p == '-')) {
		bool negative = *s->p++ == '-';
		if (scan_small(s, &add) == -1)
			return err_set(e, "after \"@+\" stands a number, as in \"@+2\"");
		out->at = PROFILE_AT_NEAR;
		out->add = negative ? -(int64_t)add : (int64_t)add;
		return 0;
	}
	out->at = PROFILE_AT_PART;
	if (scan_small(s, &out->from) == -1)
		return err_set(e, "after \"@\" stands \"2\", \"1-2\", \"+2\", \"-2\" or \"=7\"");
	out->to = out->from;
	if (s->p + 1 < s->end && s->p[0] == '-' && s->p[1] >= '0' && s->p[1] <= '9') {
		s->p++;
		(void)scan_small(s, &out->to);
	}
	if (out->from < 1 || out->to < out->from || out->to > OID_MAX)
		return err_set(e, "the sub-identifiers after \"@\" count from 1");
	return 0;
}

/* What follows the '#' of a column. */
static int
scan_bytes(struct scan *s, struct profile_column *out, struct err *e)
{
	if (scan_small(s, &out->first_byte) == -1)
		return err_set(e, "after \"#\" stands \"29\" or \"28-29\"");
	out->last_byte = out->first_byte;
	if (s->p < s->end && *s->p == '-') {
		s->p++;
		if (scan_small(s, &out->last_byte) == -1)
			return err_set(e, "after \"#\" stands \"29\" or \"28-29\"");
	}
	if (out->first_byte < 1 || out->last_byte < out->first_byte || out->last_byte > ROWS_RAW ||
	    out->last_byte - out->first_byte >= PROFILE_MAX_BYTES)
		return err_set(e, "the bytes after \"#\" are at most %d of 1 to %d",
		    PROFILE_MAX_BYTES, ROWS_RAW);
	return 0;
}

/* A column at s. */
static int
scan_column(struct profile_pool *pool, struct scan *s, struct profile_column *out, struct err *e)
{
	struct oid_buf o;

	*out = (struct profile_column){ .at = PROFILE_AT_ROW };
	if (scan_oid(s, &o) == -1)
		return err_set(e, "no OID stands where one should");
	out->oid = profile_oid(pool, oid_of(&o));
	if (s->p < s->end && *s->p == '@') {
		s->p++;
		if (scan_at(pool, s, out, e) == -1)
			return -1;
	}
	if (s->p == s->end || *s->p != '#')
		return 0;
	s->p++;
	return scan_bytes(s, out, e);
}

/* Read a COLUMN. */
int
profile_parse_column(
    struct profile_pool *pool, const char *text, struct profile_column *out, struct err *e)
{
	struct scan s = scan_trim(text, strlen(text));

	if (scan_column(pool, &s, out, e) == -1)
		return -1;
	return s.p == s.end ? 0 : err_set(e, "\"%.*s\" is too much", (int)(s.end - s.p), s.p);
}

/* The VALUEs of a condition, between '|'. */
static void
scan_values(struct profile_pool *pool, struct scan s, struct profile_values *out)
{
	out->n = 1;
	for (const char *p = s.p; p < s.end; p++)
		out->n += *p == '|';
	out->v = profile_get(pool, out->n, sizeof *out->v);
	for (size_t i = 0; i < out->n; i++) {
		const char *bar = memchr(s.p, '|', (size_t)(s.end - s.p));
		const char *end = bar != NULL ? bar : s.end;
		profile_parse_value(pool, s.p, (size_t)(end - s.p), &out->v[i]);
		s.p = bar != NULL ? bar + 1 : s.end;
	}
}

/* Read a CONDITION. */
int
profile_parse_condition(
    struct profile_pool *pool, const char *text, struct profile_condition *out, struct err *e)
{
	struct scan s = scan_trim(text, strlen(text));
	bool negative = s.p < s.end && *s.p == '!';

	*out = (struct profile_condition){ .op = negative ? PROFILE_HAS_NOT : PROFILE_HAS };
	if (negative)
		s.p++;
	s = scan_trim(s.p, (size_t)(s.end - s.p));
	if (scan_column(pool, &s, &out->column, e) == -1)
		return -1;
	s = scan_trim(s.p, (size_t)(s.end - s.p));
	if (s.p == s.end)
		return 0;
	out->op = *s.p == '!' ? PROFILE_IS_NOT : PROFILE_IS;
	s.p += *s.p == '!';
	if (negative || s.p == s.end || *s.p != '=')
		return err_set(e, "is none of COLUMN=VALUE, COLUMN!=VALUE, COLUMN, !COLUMN");
	s.p++;
	scan_values(pool, s, &out->values);
	return 0;
}

/* What stands between the braces of a template. */
static int
scan_braces(struct profile_pool *pool, struct scan s, struct profile_piece *out, struct err *e)
{
	static const char word[] = "index";
	size_t n = sizeof word - 1;

	if ((size_t)(s.end - s.p) >= n && memcmp(s.p, word, n) == 0) {
		s.p += n;
		if (s.p == s.end)
			return 0;
		if (*s.p++ == '.' && scan_small(&s, &out->index) == 0 && s.p == s.end &&
		    out->index >= 1 && out->index <= OID_MAX)
			return 0;
		return err_set(e, "in braces stand an OID, \"index\" or \"index.2\"");
	}
	if (scan_column(pool, &s, &out->column, e) == -1)
		return -1;
	return s.p == s.end ? 0 : err_set(e, "\"%.*s\" is too much", (int)(s.end - s.p), s.p);
}

/* Read a TEMPLATE. */
int
profile_parse_template(
    struct profile_pool *pool, const char *text, struct profile_template *out, struct err *e)
{
	out->v = profile_get(pool, MAX_PIECES, sizeof *out->v);
	out->n = 0;
	while (*text != '\0') {
		if (out->n == MAX_PIECES)
			return err_set(e, "has more than %d pieces", MAX_PIECES);
		struct profile_piece *piece = &out->v[out->n++];
		size_t n = strcspn(text, "{}");
		if (n > 0) {
			piece->text = profile_text(pool, text, n);
			text += n;
			continue;
		}
		const char *close = strchr(text, '}');
		if (*text == '}' || close == NULL)
			return err_set(e, "has a brace without its other");
		struct scan s = { .p = text + 1, .end = close };
		if (scan_braces(pool, s, piece, e) == -1)
			return -1;
		text = close + 1;
	}
	return 0;
}

/* A word up to the next blank; the scan is moved behind it and the blanks. */
static struct scan
scan_word(struct scan *s)
{
	struct scan word = { .p = s->p, .end = s->p };

	while (word.end < s->end && *word.end != ' ' && *word.end != '\t')
		word.end++;
	*s = scan_trim(word.end, (size_t)(s->end - word.end));
	return word;
}

/* Whether a piece is this word. */
static bool
scan_is(struct scan s, const char *word)
{
	return (size_t)(s.end - s.p) == strlen(word) && memcmp(s.p, word, strlen(word)) == 0;
}

/* A severity and what follows it. */
static int
scan_severity(struct profile_pool *pool, struct scan s, struct profile_state *out, struct err *e)
{
	struct scan word = scan_word(&s);

	out->none = scan_is(word, "none");
	for (int i = METRIC_OK; i <= METRIC_UNKNOWN && !out->none; i++) {
		out->severity = (enum metric_severity)i;
		if (scan_is(word, metric_severity_name(out->severity)))
			break;
		if (i == METRIC_UNKNOWN)
			return err_set(e,
			    "\"%.*s\" is none of ok, warning, critical, unknown, none",
			    (int)(word.end - word.p), word.p);
	}
	if (out->none)
		out->severity = METRIC_UNKNOWN;
	if (s.p == s.end)
		return err_set(e, "has no text behind the severity");
	out->text = profile_text(pool, s.p, (size_t)(s.end - s.p));
	return 0;
}

/* Read "SEVERITY TEXT". */
int
profile_parse_severity(
    struct profile_pool *pool, const char *text, struct profile_state *out, struct err *e)
{
	*out = (struct profile_state){ 0 };
	return scan_severity(pool, scan_trim(text, strlen(text)), out, e);
}

/* Read "CODE SEVERITY TEXT". */
int
profile_parse_state(
    struct profile_pool *pool, const char *text, struct profile_state *out, struct err *e)
{
	struct scan s = scan_trim(text, strlen(text));
	struct scan word = scan_word(&s);
	double code;

	*out = (struct profile_state){ 0 };
	if (scan_number(word.p, (size_t)(word.end - word.p), &code) == -1 || code != floor(code) ||
	    code < INT32_MIN || code > INT32_MAX)
		return err_set(e, "does not begin with a whole number");
	out->code = (int32_t)code;
	return scan_severity(pool, s, out, e);
}

/* Read "RULE COLUMN". */
int
profile_parse_factor(
    struct profile_pool *pool, const char *text, struct profile_factor *out, struct err *e)
{
	static const char *const rules[] = { "multiply", "divide", "power10", "negative-power10",
		"signed", "rfc3433-scale" };
	struct scan s = scan_trim(text, strlen(text));
	struct scan word = scan_word(&s);

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (scan_is(word, rules[i])) {
			out->rule = (enum profile_rule)i;
			return profile_parse_column(pool, s.p, &out->column, e);
		}
	return err_set(e,
	    "begins with none of multiply, divide, power10, negative-power10, signed, "
	    "rfc3433-scale");
}

/* An ASCII letter's small form. */
static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Match with '*': on a difference the last '*' takes one more character. */
bool
profile_pattern(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL;
	const char *end = text + strlen(text);

	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	while (text < end && (*text == ' ' || *text == '\t'))
		text++;
	while (text < end) {
		if (*pattern == '*') {
			star = pattern++;
			from = text;
		} else if (lower(*pattern) == lower(*text)) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
