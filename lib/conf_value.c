/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_value: one value of a configuration: read from a libconfig setting with its range, set to
 * its default, compared, freed, written as it is in the file. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_impl.h"
#include "zw/alloc.h"
#include "zw/conn.h"
#include "zw/str.h"

/* Whether a row has limits. */
static bool
has_limits(const struct conf_key *k)
{
	return k->min != 0 || k->max != 0;
}

/* A limit in the row's own unit. */
static void
limit_text(const struct conf_key *k, double v, char *dst, size_t size)
{
	char number[32];

	if (k->type == CONF_duration) {
		str_from_duration(dst, size, (int64_t)v);
	} else if (k->type == CONF_size) {
		str_from_size(dst, size, (uint64_t)v);
	} else {
		str_from_double(number, v);
		(void)str_copy(dst, size, number);
	}
}

/* The choices of a text, "a|b|c", as words: "a, b or c". */
static void
choice_text(const char *unit, char *dst, size_t size)
{
	size_t at = 0;

	for (const char *p = unit; *p != '\0' && at + 5 < size; p++) {
		if (*p != '|') {
			dst[at++] = *p;
			continue;
		}
		const char *glue = strchr(p + 1, '|') != NULL ? ", " : " or ";
		memcpy(dst + at, glue, strlen(glue));
		at += strlen(glue);
	}
	dst[at] = '\0';
}

/* Whether a text's unit lists what it may be. */
static bool
is_choice(const struct conf_key *k)
{
	return k->type == CONF_text && k->unit != NULL && strchr(k->unit, '|') != NULL;
}

/* The limits of a row, for people. */
void
conf_value_limits(const struct conf_key *k, char *dst, size_t size)
{
	char lo[40], hi[40];

	dst[0] = '\0';
	if (is_choice(k)) {
		choice_text(k->unit, dst, size);
		return;
	}
	if (!has_limits(k))
		return;
	limit_text(k, k->min, lo, sizeof lo);
	limit_text(k, k->max, hi, sizeof hi);
	if (str_format(dst, size, "%s to %s", lo, hi) == -1)
		dst[0] = '\0';
}

/* Check a number against its row; shown is how it was written. */
static int
check_range(const struct conf_key *k, double v, const char *shown, struct err *e)
{
	char limits[96];

	if (!has_limits(k) || (v >= k->min && v <= k->max))
		return 0;
	conf_value_limits(k, limits, sizeof limits);
	return err_set(e, "%s is out of range: must be %s", shown, limits);
}

/* Check a text against the choices of its row. */
static int
check_choice(const struct conf_key *k, const char *v, struct err *e)
{
	char copy[256], words[256], hint[128], quoted[128];
	const char *candidates[32];
	char *save = NULL;
	size_t n = 0;

	(void)str_copy(copy, sizeof copy, k->unit);
	for (char *w = strtok_r(copy, "|", &save); w != NULL && n < 32;
	     w = strtok_r(NULL, "|", &save)) {
		if (strcmp(w, v) == 0)
			return 0;
		candidates[n++] = w;
	}
	choice_text(k->unit, words, sizeof words);
	str_escape(quoted, sizeof quoted, v, strlen(v));
	conf_errors_hint(hint, sizeof hint, v, candidates, n);
	return err_set(e, "\"%s\" is not %s%s", quoted, words, hint);
}

/* Check an address with its port. */
static int
check_address(const struct conf_key *k, const char *v, struct err *e)
{
	char host[256], port[8], quoted[128];

	str_escape(quoted, sizeof quoted, v, strlen(v));
	if (conn_split_address(v, host, port, NULL) == -1 || strcmp(port, "0") == 0 ||
	    host[strspn(host,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%")] != '\0')
		return err_set(e,
		    "\"%s\" is no %s, as in \"192.0.2.1:7481\" or \"[2001:db8::1]:7481\"", quoted,
		    k->unit);
	return 0;
}

/* Store a text or path and judge it. */
static int
read_text(const struct conf_key *k, const char *v, const char *dir, char **dst, struct err *e)
{
	char quoted[128];
	size_t n = strlen(v);

	str_escape(quoted, sizeof quoted, v, n);
	if (n > CONF_MAX_TEXT)
		return err_set(e, "is longer than %d bytes", CONF_MAX_TEXT);
	if (!str_is_text(v, n))
		return err_set(e, "\"%s\" has control characters", quoted);
	if ((k->flags & CONF_FILE) && v[0] != '/' && strcmp(dir, ".") != 0)
		*dst = xasprintf("%s/%s", dir, v);
	else
		*dst = xstrdup(v);
	if (n == 0 && (k->flags & (CONF_REQUIRED | CONF_FILE | CONF_NAME)))
		return err_set(e, "must not be empty");
	if ((k->flags & CONF_NAME) && !str_is_name(v, NAME_MAX_NODE))
		return err_set(e,
		    "\"%s\" is no name: a name has letters, digits, '_', '.' and '-', begins with "
		    "a letter, a digit or '_', and has at most %d bytes",
		    quoted, NAME_MAX_NODE);
	if (k->flags & CONF_ADDRESS)
		return check_address(k, v, e);
	return is_choice(k) ? check_choice(k, v, e) : 0;
}

/* Read a duration or size from its text. */
static int
read_measure(const struct conf_key *k, const config_setting_t *s, void *dst, struct err *e)
{
	bool is_text = config_setting_type(s) == CONFIG_TYPE_STRING;
	const char *v = is_text ? config_setting_get_string(s) : "";
	char quoted[64], shown[72];
	int64_t ms = 0;
	uint64_t bytes = 0;

	str_escape(quoted, sizeof quoted, v, strlen(v));
	(void)snprintf(shown, sizeof shown, "\"%s\"", quoted);
	if (k->type == CONF_duration) {
		if (!is_text || str_to_duration(v, &ms) == -1)
			return err_set(e,
			    "%s%smust be a duration with its unit (ms, s, min, h or d), as in "
			    "\"30s\"",
			    is_text ? shown : "", is_text ? ": " : "");
		*(int64_t *)dst = ms;
		return check_range(k, (double)ms, shown, e);
	}
	if (!is_text || str_to_size(v, &bytes) == -1)
		return err_set(e,
		    "%s%smust be a size with its unit (KiB, MiB, GiB or TiB), as in \"64MiB\"",
		    is_text ? shown : "", is_text ? ": " : "");
	*(uint64_t *)dst = bytes;
	return check_range(k, (double)bytes, shown, e);
}

/* Read a number or whole number. */
static int
read_number(const struct conf_key *k, const config_setting_t *s, void *dst, struct err *e)
{
	int type = config_setting_type(s);
	bool whole = type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;
	char shown[32];

	if (!whole && type != CONFIG_TYPE_FLOAT)
		return err_set(e, "must be a %snumber, as in %s",
		    k->type == CONF_integer ? "whole " : "",
		    k->type == CONF_integer ? "10" : "10 or 2.5");
	int64_t i = type == CONFIG_TYPE_INT64 ? config_setting_get_int64(s)
		    : type == CONFIG_TYPE_INT ? config_setting_get_int(s)
					      : 0;
	double v = whole ? (double)i : config_setting_get_float(s);
	if (!isfinite(v))
		return err_set(e, "is too large for a number");
	str_from_double(shown, v);
	if (k->type == CONF_number) {
		*(double *)dst = v;
		return check_range(k, v, shown, e);
	}
	if (!whole)
		return err_set(e, "%s is not a whole number", shown);
	*(int64_t *)dst = i;
	return check_range(k, v, shown, e);
}

/* Read a value from its setting. */
int
conf_value_read(
    const struct conf_key *k, const config_setting_t *s, const char *dir, void *dst, struct err *e)
{
	int type = config_setting_type(s);

	switch (k->type) {
	case CONF_text:
	case CONF_texts:
		if (type != CONFIG_TYPE_STRING)
			return err_set(e, "must be a text in quotes, as in \"%s\"",
			    k->def != NULL && strchr(k->def, '|') == NULL ? k->def : "text");
		return read_text(k, config_setting_get_string(s), dir, dst, e);
	case CONF_flag:
		if (type != CONFIG_TYPE_BOOL)
			return err_set(e, "must be true or false");
		*(bool *)dst = config_setting_get_bool(s) != CONFIG_FALSE;
		return 0;
	case CONF_duration:
	case CONF_size:
		return read_measure(k, s, dst, e);
	case CONF_number:
	case CONF_integer:
		return read_number(k, s, dst, e);
	case CONF_group:
	case CONF_list:
		break;
	}
	assert(!"a scalar row");
	return -1;
}

/* Split "a|b" into texts. */
static void
default_texts(const char *def, struct conf_texts *t)
{
	char *copy = xstrdup(def);
	char *save = NULL;

	for (char *w = strtok_r(copy, "|", &save); w != NULL; w = strtok_r(NULL, "|", &save)) {
		t->v = xreallocarray(t->v, t->n + 1, sizeof *t->v);
		t->v[t->n++] = xstrdup(w);
	}
	free(copy);
}

/* Set a zeroed value to its row's default. */
void
conf_value_default(const struct conf_key *k, void *dst)
{
	int rc = 0;

	switch (k->type) {
	case CONF_text:
		*(char **)dst = k->def != NULL ? xstrdup(k->def) : NULL;
		break;
	case CONF_number:
		*(double *)dst = NAN;
		rc = k->def != NULL ? str_to_double(k->def, dst) : 0;
		break;
	case CONF_integer:
		*(int64_t *)dst = 0;
		rc = k->def != NULL ? str_to_i64(k->def, INT64_MIN, INT64_MAX, dst) : 0;
		break;
	case CONF_flag:
		*(bool *)dst = k->def != NULL && strcmp(k->def, "true") == 0;
		break;
	case CONF_duration:
		*(int64_t *)dst = -1;
		rc = k->def != NULL ? str_to_duration(k->def, dst) : 0;
		break;
	case CONF_size:
		*(uint64_t *)dst = 0;
		rc = k->def != NULL ? str_to_size(k->def, dst) : 0;
		break;
	case CONF_texts:
		if (k->def != NULL)
			default_texts(k->def, dst);
		break;
	case CONF_group:
	case CONF_list:
		break;
	}
	assert(rc == 0);
}

/* Free what a scalar or texts hold. */
void
conf_value_free(const struct conf_key *k, void *value)
{
	if (k->type == CONF_text) {
		char **text = value;
		free(*text);
		*text = NULL;
	} else if (k->type == CONF_texts) {
		struct conf_texts *t = value;
		for (size_t i = 0; i < t->n; i++)
			free(t->v[i]);
		free(t->v);
		*t = (struct conf_texts){ 0 };
	}
}

/* Whether two texts are the same, or both absent. */
static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Whether two values are the same. */
bool
conf_value_equal(const struct conf_key *k, const void *a, const void *b)
{
	const struct conf_texts *x = a;
	const struct conf_texts *y = b;
	double u, v;

	switch (k->type) {
	case CONF_text:
		return same_text(*(char *const *)a, *(char *const *)b);
	case CONF_number:
		u = *(const double *)a;
		v = *(const double *)b;
		return u == v || (isnan(u) && isnan(v));
	case CONF_flag:
		return *(const bool *)a == *(const bool *)b;
	case CONF_integer:
	case CONF_duration:
		return *(const int64_t *)a == *(const int64_t *)b;
	case CONF_size:
		return *(const uint64_t *)a == *(const uint64_t *)b;
	case CONF_texts:
		if (x->n != y->n)
			return false;
		for (size_t i = 0; i < x->n; i++)
			if (!same_text(x->v[i], y->v[i]))
				return false;
		return true;
	case CONF_group:
	case CONF_list:
		break;
	}
	assert(!"a scalar row");
	return false;
}

/* Whether a value is the one that its row has by default. */
bool
conf_value_is_default(const struct conf_key *k, const void *value)
{
	union {
		char *text;
		struct conf_texts texts;
		double number;
		int64_t integer;
		uint64_t size;
		bool flag;
	} def = { .texts = { 0 } };

	conf_value_default(k, &def);
	bool same = conf_value_equal(k, value, &def);
	conf_value_free(k, &def);
	return same;
}

/* Whether there is a value: neither given nor by default is none. */
bool
conf_value_is_set(const struct conf_key *k, const void *value)
{
	switch (k->type) {
	case CONF_text:
		return *(char *const *)value != NULL;
	case CONF_number:
		return !isnan(*(const double *)value);
	case CONF_duration:
		return *(const int64_t *)value != -1;
	default:
		return true;
	}
}

/* Write a text in quotes, with what must be escaped in them. */
static void
print_text(const char *s, FILE *out)
{
	fputc('"', out);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

/* Write a value as in the file. */
void
conf_value_print(const struct conf_key *k, const void *value, FILE *out)
{
	const struct conf_texts *t = value;
	char s[40];

	switch (k->type) {
	case CONF_text:
		print_text(*(char *const *)value, out);
		break;
	case CONF_number:
		str_from_double(s, *(const double *)value);
		fprintf(out, "%s%s", s,
		    fabs(*(const double *)value) > INT32_MAX && strpbrk(s, ".e") == NULL ? "L"
											 : "");
		break;
	case CONF_integer: {
		int64_t i = *(const int64_t *)value;
		bool wide = i < INT32_MIN || i > INT32_MAX;
		fprintf(out, "%lld%s", (long long)i, wide ? "L" : "");
		break;
	}
	case CONF_flag:
		fputs(*(const bool *)value ? "true" : "false", out);
		break;
	case CONF_duration:
		str_from_duration(s, sizeof s, *(const int64_t *)value);
		print_text(s, out);
		break;
	case CONF_size:
		str_from_size(s, sizeof s, *(const uint64_t *)value);
		print_text(s, out);
		break;
	case CONF_texts:
		fputs("[", out);
		for (size_t i = 0; i < t->n; i++) {
			fputs(i == 0 ? " " : ", ", out);
			print_text(t->v[i], out);
		}
		fputs(" ]", out);
		break;
	case CONF_group:
	case CONF_list:
		break;
	}
}
