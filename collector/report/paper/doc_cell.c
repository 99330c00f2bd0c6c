/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells, and how a value is written for people. Numbers have the sign U+2212 and, from five digits
 * before the decimal sign, thin blanks between thousands: the CSV has them plain (sheet.c). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/chart/chart.h"
#include "collector/report/paper/doc_parts.h"
#include "zw/alloc.h"
#include "zw/str.h"
#include "zw/units.h"

#define MINUS "−"
#define THIN "\xe2\x80\xaf" /* U+202F, which does not break */
#define MAX_DECIMALS 9

struct cell
cell_text(const char *s)
{
	return (struct cell){ .kind = s == NULL ? CELL_EMPTY : CELL_TEXT, .text = s };
}

struct cell
cell_number(double v, int decimals)
{
	return (struct cell){ .kind = CELL_NUMBER, .value = v, .decimals = decimals };
}

struct cell
cell_duration(double seconds)
{
	return (struct cell){ .kind = CELL_DURATION, .value = seconds };
}

struct cell
cell_time(int64_t s)
{
	return (struct cell){ .kind = CELL_TIME, .value = s == 0 ? NAN : (double)s };
}

struct cell
cell_date(int64_t s)
{
	return (struct cell){ .kind = CELL_DATE, .value = s == 0 ? NAN : (double)s };
}

struct cell
cell_state(enum doc_state s, const char *word)
{
	return (struct cell){ .kind = CELL_STATE, .state = s, .text = word };
}

struct cell
cell_change(double now, double before, int decimals)
{
	double v = now - before;

	/* Without the digits that come of subtracting: the CSV has all that a number has. */
	if (fabs(v) < 1e6)
		v = round(v * 1e9) / 1e9;
	return (struct cell){ .kind = CELL_CHANGE, .value = v, .decimals = decimals };
}

const char *
state_sign(enum doc_state s)
{
	static const char *const signs[] = { [DOC_OK] = "✓",
		[DOC_WARNING] = "!",
		[DOC_CRITICAL] = "✕",
		[DOC_UNKNOWN] = "?",
		[DOC_PLAIN] = "" };

	return signs[s];
}

const char *
state_word(enum doc_state s, enum lang l)
{
	static const char *const words[] = { [DOC_OK] = N_("OK"),
		[DOC_WARNING] = N_("Warning"),
		[DOC_CRITICAL] = N_("Critical"),
		[DOC_UNKNOWN] = N_("No data") };

	return s == DOC_PLAIN ? "" : lang_text(l, words[s]);
}

/* Append within the bounds. */
static void
append(char *dst, size_t size, const char *s, size_t n)
{
	size_t len = strlen(dst);

	if (len + n < size) {
		memcpy(dst + len, s, n);
		dst[len + n] = '\0';
	}
}

/* "-12345,6" as paper has it: "−12 345,6"; plus: with a sign above zero, too. */
static void
typeset(char *dst, size_t size, const char *number, bool plus)
{
	bool minus = *number == '-';
	const char *digits = number + (minus ? 1 : 0);
	size_t whole = strspn(digits, "0123456789");

	*dst = '\0';
	if (minus)
		append(dst, size, MINUS, strlen(MINUS));
	else if (plus && strpbrk(digits, "123456789") != NULL)
		append(dst, size, "+", 1);
	for (size_t i = 0; i < whole; i++) {
		if (whole > 4 && i > 0 && (whole - i) % 3 == 0)
			append(dst, size, THIN, strlen(THIN));
		append(dst, size, digits + i, 1);
	}
	append(dst, size, digits + whole, strlen(digits + whole));
}

/* A value with so many decimals. */
static void
put_number(char buf[CELL_TEXT_MAX], const struct cell *c, enum lang l, bool plus)
{
	char number[64];

	if (!isfinite(c->value)) {
		(void)str_copy(buf, CELL_TEXT_MAX, "–");
		return;
	}
	lang_number(number, sizeof number, c->value, c->decimals, l);
	typeset(buf, CELL_TEXT_MAX, number, plus);
}

/* Local date, with the minute if so asked. */
static void
put_time(char buf[CELL_TEXT_MAX], double s, enum lang l, bool minute)
{
	char text[64];

	if (!isfinite(s)) {
		(void)str_copy(buf, CELL_TEXT_MAX, "–");
		return;
	}
	lang_time(text, sizeof text, (int64_t)s * 1000, l);
	/* "22.11.2026 04:51:01 +04:00" */
	snprintf(buf, CELL_TEXT_MAX, "%.*s", minute ? 16 : 10, text);
}

/* By its two greatest units. */
static void
put_duration(char buf[CELL_TEXT_MAX], double s, enum lang l)
{
	if (!isfinite(s))
		(void)str_copy(buf, CELL_TEXT_MAX, "–");
	else if (s > 0 && s < 1)
		lang_value(buf, CELL_TEXT_MAX, s, "s", l);
	else
		lang_duration(buf, CELL_TEXT_MAX, (int64_t)(s * 1000 + 0.5), l);
}

const char *
cell_format(const struct cell *c, enum lang l, char buf[CELL_TEXT_MAX])
{
	*buf = '\0';
	switch (c->kind) {
	case CELL_EMPTY:
		break;
	case CELL_TEXT:
		return c->text == NULL ? "" : c->text;
	case CELL_NUMBER:
		put_number(buf, c, l, false);
		break;
	case CELL_CHANGE:
		put_number(buf, c, l, true);
		break;
	case CELL_DURATION:
		put_duration(buf, c->value, l);
		break;
	case CELL_TIME:
		put_time(buf, c->value, l, true);
		break;
	case CELL_DATE:
		put_time(buf, c->value, l, false);
		break;
	case CELL_STATE:
		snprintf(buf, CELL_TEXT_MAX, "%s %s", state_sign(c->state),
		    c->text != NULL ? c->text : state_word(c->state, l));
		break;
	}
	return buf;
}

const char *
column_unit(const struct doc_column *c, enum lang l)
{
	if (c->unit == NULL)
		return "";
	return strcmp(c->unit, "Cel") == 0 ? "°C" : lang_text(l, c->unit);
}

const char *
front_completeness(const struct doc_front *f, enum lang l, char buf[CELL_TEXT_MAX])
{
	char number[32];

	*buf = '\0';
	if (isfinite(f->completeness)) {
		lang_number(number, sizeof number, floor(f->completeness * 1e4 + 1e-6) / 100, 2, l);
		snprintf(buf, CELL_TEXT_MAX, "%s %%", number);
	}
	return buf;
}

const char *
front_data_end(const struct doc_front *f, enum lang l, char buf[CELL_TEXT_MAX])
{
	*buf = '\0';
	if (f->data_end_s == 0)
		return buf;
	lang_time(buf, CELL_TEXT_MAX, f->data_end_s * 1000, l);
	char *seconds = strrchr(buf, ':'); /* of "14:05:00 +04:00" that of the zone */
	while (seconds != NULL && seconds > buf && *--seconds != ':')
		;
	if (seconds != NULL && strlen(seconds) > 3 && *seconds == ':')
		memmove(seconds, seconds + 3, strlen(seconds + 3) + 1);
	return buf;
}

/* Least and greatest of values and bands; false: there is none. */
static bool
extremes(const struct chart_line *line, size_t n, double *least, double *greatest)
{
	*least = INFINITY;
	*greatest = -INFINITY;
	for (size_t i = 0; i < n; i++) {
		double low = line->low != NULL ? line->low[i] : line->mid[i];
		double high = line->high != NULL ? line->high[i] : line->mid[i];
		*least = isnan(low) ? *least : fmin(*least, low);
		*greatest = isnan(high) ? *greatest : fmax(*greatest, high);
	}
	return *least <= *greatest;
}

char *
chart_says(const struct block *b, enum lang l)
{
	const struct chart *c = b->chart;
	char *says = xstrdup(b->text != NULL ? b->text : c->title != NULL ? c->title : "");

	for (size_t i = 0; i < c->nlines; i++) {
		double least, greatest;
		char low[UNITS_MAX + 16], high[UNITS_MAX + 16];
		bool any = extremes(&c->lines[i], c->nvalues, &least, &greatest);
		const char *unit = c->unit == NULL ? "" : c->unit;
		lang_value(low, sizeof low, any ? least : NAN, unit, l);
		lang_value(high, sizeof high, any ? greatest : NAN, unit, l);
		char *more = xasprintf("%s%s %s: %s%s%s", says, i == 0 ? "." : ";",
		    c->lines[i].label, low, any ? " … " : "", any ? high : "");
		free(says);
		says = more;
	}
	return says;
}
