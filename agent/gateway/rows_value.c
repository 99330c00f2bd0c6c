/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_value: the values of a row, worked out of its slots. Nothing is looked up here: this runs
 * for every value at every poll. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "agent/gateway/rows_impl.h"
#include "zw/str.h"

#define TWO_TO_32 4294967296.0

/* A status' word. */
const char *
value_status_name(enum value_status s)
{
	static const char *const names[] = { "ok", "missing", "none", "implausible", "unreadable" };

	return (unsigned)s < sizeof names / sizeof names[0] ? names[s] : "unknown";
}

/* dBm of what a transceiver tells: microwatts above 0, else hundredths of dBm. */
static double
optical_power(double v)
{
	return v > 0 ? 10 * log10(v / 1000) : v / 100;
}

/* Scale a device's number. */
double
rows_scale(const struct rows_scaling *s, double raw)
{
	if (s->convert == PROFILE_UNSIGNED32 && raw < 0 && raw >= INT32_MIN)
		raw += TWO_TO_32;
	else if (s->convert == PROFILE_SIGNED32 && raw > INT32_MAX && raw < TWO_TO_32)
		raw -= TWO_TO_32;
	double v = raw * s->multiply / s->divide + s->offset;
	if (s->convert == PROFILE_OPTICAL_POWER)
		v = optical_power(v);
	return s->fahrenheit ? (v - 32) / 1.8 : v;
}

/* An IEEE 754 number of 8 hex digits, or of 4 bytes as they are. */
static bool
hex_float(const struct slot *s, double *out)
{
	uint32_t bits = 0;
	unsigned digits = 0;
	float f;

	if (s->type != VARBIND_STRING)
		return false;
	const char *p = s->bytes;
	if (s->n == 4) {
		for (unsigned i = 0; i < 4; i++)
			bits = bits << 8 | (uint8_t)s->bytes[i];
		digits = 8;
	} else if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		p += 2;
	}
	for (; s->n != 4 && *p != '\0' && digits < 9; p++) {
		static const char hex[] = "0123456789abcdef";
		const char *at = strchr(hex, *p >= 'A' && *p <= 'F' ? *p - 'A' + 'a' : *p);
		if (at == NULL && *p != ' ')
			return false;
		if (at != NULL) {
			bits = bits << 4 | (uint32_t)(at - hex);
			digits++;
		}
	}
	memcpy(&f, &bits, sizeof f);
	*out = (double)f;
	return digits == 8 && isfinite(*out);
}

/* The state of a text or a code; NULL when it is not known. Where several have the same code the
 * first names it. */
static const struct profile_state *
find_state(const struct profile_states *states, const struct slot *s)
{
	char text[ROWS_MAX_TEXT];
	double code;

	if (s->type == VARBIND_STRING) {
		rows_said_text(text, sizeof text, s);
		for (size_t i = 0; i < states->n; i++)
			if (profile_pattern(states->v[i].text, text))
				return &states->v[i];
	}
	if (!rows_said_number(s, true, &code))
		return NULL;
	for (size_t i = 0; i < states->n; i++)
		if ((double)states->v[i].code == code)
			return &states->v[i];
	return NULL;
}

/* Copies a state's text, cut between two characters. */
static void
copy_text(struct row_value *out, const char *text)
{
	size_t n = strlen(text);

	if (n >= sizeof out->text)
		n = sizeof out->text - 1;
	while (n > 0 && !str_is_text(text, n))
		n--;
	memcpy(out->text, text, n);
	out->text[n] = '\0';
}

/* The value of a state. */
static void
state_value(const struct rows_cell *c, const struct slot *s, struct row_value *out)
{
	const struct profile_state *st = c->states != NULL ? find_state(c->states, s) : NULL;

	out->status = VALUE_UNREADABLE;
	out->severity = METRIC_UNKNOWN;
	if (st == NULL)
		return;
	out->status = st->none ? VALUE_NONE : VALUE_OK;
	out->severity = st->severity;
	/* A pattern is not what the device said. */
	copy_text(
	    out, s->type == VARBIND_STRING && strchr(st->text, '*') != NULL ? out->raw : st->text);
	if (!st->none)
		out->value = out->shown = (double)st->code;
}

/* How bad a value is by the device's own limits: 0, 1 or 2. */
static int
beyond(const struct row_limits *l, double v)
{
	if (v < l->low || v > l->high)
		return 2;
	return v < l->low_warning || v > l->high_warning;
}

/* The value of a number. */
static void
number_value(const struct rows_cell *c, const struct slot *s, struct row_value *out)
{
	double raw;
	bool told = c->scaling.convert == PROFILE_HEX_FLOAT && s->type == VARBIND_STRING
			? hex_float(s, &raw)
			: rows_said_number(s, false, &raw);

	out->status = VALUE_UNREADABLE;
	if (!told) {
		if (out->raw[0] == '\0' || s->type == VARBIND_REAL)
			out->status = VALUE_NONE; /* an empty text, a NaN */
		return;
	}
	double v = rows_scale(&c->scaling, raw);
	if (!isfinite(v))
		return;
	out->shown = v;
	out->status = VALUE_IMPLAUSIBLE;
	if (c->kind != FIELD_COUNTER && (v < c->min || v > c->max))
		return;
	out->status = VALUE_OK;
	out->value = v;
	if (c->has_limits)
		out->severity = (enum metric_severity)beyond(&c->limits, v);
}

/* How many of the conditions hold. */
static size_t
count_holding(const struct rows_whens *all, const struct slot *slots)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct rows_when *w = &all->v[i];
		n +=
		    rows_said_holds(w->slot == ROWS_NO_SLOT ? NULL : &slots[w->slot], w->condition);
	}
	return n;
}

/* Whether the device says that there is no value. */
static bool
says_none(const struct rows_cell *c, const struct slot *s, const struct slot *slots)
{
	if (count_holding(&c->none_when, slots) > 0 ||
	    (c->none_when_all.n > 0 &&
		count_holding(&c->none_when_all, slots) == c->none_when_all.n))
		return true;
	for (size_t i = 0; i < c->nnone; i++)
		if (rows_said_is(s, &c->none[i], false))
			return true;
	return false;
}

/* The value of a cell. */
void
rows_work_out(const struct rows_cell *c, const struct slot *s, const struct slot *slots,
    struct row_value *out)
{
	out->status = VALUE_MISSING;
	out->value = out->shown = NAN;
	out->severity = METRIC_OK;
	out->text[0] = out->raw[0] = '\0';
	if (!rows_said_any(s))
		return;
	rows_said_text(out->raw, sizeof out->raw, s);
	if (says_none(c, s, slots))
		out->status = VALUE_NONE;
	else if (c->kind == FIELD_STATE)
		state_value(c, s, out);
	else
		number_value(c, s, out);
}

/* The state by the limits of the value before it. */
static void
limit_value(struct row_value *out)
{
	static const char *const texts[] = ROWS_LIMIT_TEXTS;

	assert(out->severity <= METRIC_CRITICAL);
	out->raw[0] = '\0';
	if (out->status == VALUE_IMPLAUSIBLE)
		out->status = VALUE_NONE;
	out->shown = NAN;
	if (out->status != VALUE_OK)
		return;
	out->value = out->shown = (double)out->severity;
	copy_text(out, texts[out->severity]);
}

/* The value of a row's field. */
void
rows_value(const struct rows *r, size_t row, unsigned field, struct row_value *out)
{
	const struct rows_line *line = r->lines[row];
	bool limit = line->cells[field].slot == ROWS_NO_SLOT;
	const struct rows_cell *c = &line->cells[limit ? field - 1 : field];

	rows_work_out(c, &r->slots[c->slot], r->slots, out);
	if (limit)
		limit_value(out);
}

/* How a number is scaled: Fahrenheit is a scale and an offset too. */
bool
rows_scaling(const struct rows *r, size_t row, unsigned field, double *scale, double *offset)
{
	const struct rows_cell *c = &r->lines[row]->cells[field];
	const struct rows_scaling *s = &c->scaling;

	*scale = *offset = NAN;
	if (c->slot == ROWS_NO_SLOT || c->kind == FIELD_STATE ||
	    s->convert == PROFILE_OPTICAL_POWER)
		return false;
	*scale = s->multiply / s->divide / (s->fahrenheit ? 1.8 : 1);
	*offset = s->fahrenheit ? (s->offset - 32) / 1.8 : s->offset;
	return true;
}
