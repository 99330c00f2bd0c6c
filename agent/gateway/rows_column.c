/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_column: what other columns of a row tell about its value: scale, limits, states. */
#include <math.h>
#include <string.h>

#include "agent/gateway/rows_impl.h"

#define MAX_STATES 256 /* that one column may tell */

/* A column's number; NAN when it has none. */
static double
column_number(const struct walk *w, const struct profile_column *c, struct oid index,
    const struct rows_cell *cell)
{
	struct slot said = { .type = VARBIND_NO_INSTANCE };
	const struct varbind *v = rows_look(w, c, index);
	double number;

	if (v == NULL)
		return NAN;
	rows_take(&said, v);
	for (size_t i = 0; cell != NULL && i < cell->nnone; i++)
		if (rows_said_is(&said, &cell->none[i], false))
			return NAN;
	return rows_said_number(&said, false, &number) ? number : NAN;
}

/* What a device's number of a rule multiplies and divides by; a power of ten divides exactly where
 * it multiplies only nearly. */
static void
apply_rule(enum profile_rule rule, double x, double *multiply, double *divide)
{
	double power = rule == PROFILE_POWER10 ? x : -x;

	switch (rule) {
	case PROFILE_MULTIPLY:
		*multiply *= x != 0 ? x : 1;
		return;
	case PROFILE_DIVIDE:
		*divide *= x != 0 ? x : 1;
		return;
	case PROFILE_SIGNED:
		*multiply *= x > 0 ? x : 1;
		*divide *= x < 0 ? -x : 1;
		return;
	case PROFILE_RFC3433_SCALE:
		power = 3 * (x - 9);
		break;
	case PROFILE_POWER10:
	case PROFILE_NEGATIVE_POWER10:
		break;
	}
	if (power >= 0)
		*multiply *= pow(10, power);
	else
		*divide *= pow(10, -power);
}

/* Find what scales a row's value. */
bool
rows_find_factors(const struct profile_field *f, const struct walk *w, struct oid index,
    double *multiply, double *divide)
{
	for (size_t i = 0; i < f->nfactors; i++) {
		enum profile_rule rule = f->factors[i].rule;
		const struct varbind *v = rows_look(w, &f->factors[i].column, index);
		double x = column_number(w, &f->factors[i].column, index, NULL);
		bool power = rule == PROFILE_POWER10 || rule == PROFILE_NEGATIVE_POWER10 ||
			     rule == PROFILE_RFC3433_SCALE;
		if (v == NULL || v->type == VARBIND_NULL)
			return false;
		if (isnan(x))
			continue; /* an empty text: nothing */
		if (power &&
		    fabs(rule == PROFILE_RFC3433_SCALE ? 3 * (x - 9) : x) > PROFILE_MAX_POWER)
			return false;
		apply_rule(rule, x, multiply, divide);
	}
	return isfinite(*multiply) && isfinite(*divide);
}

/* Takes away a pair of limits that no value could keep. */
static void
drop_pair(double *low, double *high)
{
	if (*low >= *high)
		*low = *high = NAN;
}

/* Find a gauge's limits. All zeros, or the wrong way round: the device has none. */
bool
rows_find_limits(const struct profile_field *f, const struct rows_cell *c, const struct walk *w,
    struct oid index, struct row_limits *out)
{
	double raw[PROFILE_LIMITS], scaled[PROFILE_LIMITS];
	bool any = false;

	for (int i = 0; i < PROFILE_LIMITS; i++) {
		raw[i] = column_number(w, &f->limits[i], index, c);
		scaled[i] = rows_scale(&c->scaling, raw[i]);
		any |= !isnan(raw[i]) && raw[i] != 0;
	}
	if (!any)
		return false;
	drop_pair(&scaled[PROFILE_LOW], &scaled[PROFILE_HIGH]);
	drop_pair(&scaled[PROFILE_LOW_WARNING], &scaled[PROFILE_HIGH_WARNING]);
	/* A limit of 0 that stands inside of a warning is not set; else the warning is wrong. */
	if (scaled[PROFILE_HIGH] < scaled[PROFILE_HIGH_WARNING])
		scaled[raw[PROFILE_HIGH] == 0 ? PROFILE_HIGH : PROFILE_HIGH_WARNING] = NAN;
	if (scaled[PROFILE_LOW] > scaled[PROFILE_LOW_WARNING])
		scaled[raw[PROFILE_LOW] == 0 ? PROFILE_LOW : PROFILE_LOW_WARNING] = NAN;
	*out = (struct row_limits){ .low = scaled[PROFILE_LOW],
		.low_warning = scaled[PROFILE_LOW_WARNING],
		.high_warning = scaled[PROFILE_HIGH_WARNING],
		.high = scaled[PROFILE_HIGH] };
	return !isnan(out->low) || !isnan(out->low_warning) || !isnan(out->high_warning) ||
	       !isnan(out->high);
}

/* The severity of a state by its text: the first pattern that fits. */
static void
judge(const struct profile_states *severities, struct profile_state *st)
{
	for (size_t i = 0; i < severities->n; i++)
		if (profile_pattern(severities->v[i].text, st->text)) {
			st->severity = severities->v[i].severity;
			st->none = severities->v[i].none;
			return;
		}
}

/* One "Text(CODE)" that ends at `end`; false when it is none. */
static bool
read_state(struct profile_pool *pool, const char *p, const char *end, struct profile_state *out)
{
	const char *open = end;
	struct profile_value code;

	while (end > p && (end[-1] == ' ' || end[-1] == ')'))
		end--;
	for (open = end; open > p && open[-1] != '('; open--)
		;
	if (open == p)
		return false;
	profile_parse_value(pool, open, (size_t)(end - open), &code);
	if (code.text != NULL || code.low != floor(code.low) || code.low < INT32_MIN ||
	    code.low > INT32_MAX)
		return false;
	while (p < open && *p == ' ')
		p++;
	*out = (struct profile_state){ .code = (int32_t)code.low, .severity = METRIC_OK };
	out->text = profile_text(pool, p, (size_t)(open - 1 - p));
	return true;
}

/* The states that a column lists. Its text may be longer than what a slot keeps. */
static const struct profile_states *
read_states(struct profile_pool *pool, const struct profile_field *f, const struct varbind *v)
{
	char text[4096];
	struct profile_states *out = profile_get(pool, 1, sizeof *out);

	varbind_text(text, sizeof text, v->bytes.p, v->bytes.n);
	out->v = profile_get(pool, MAX_STATES, sizeof *out->v);
	/* A text may have parentheses of its own: "Failed (hard)(3)". */
	for (const char *p = text, *close = strchr(p, ')'); close != NULL && out->n < MAX_STATES;
	     close = strchr(close + 1, ')')) {
		const char *next = close + 1 + strspn(close + 1, " ");
		bool ends = *next == '\0' || *next == ',' || *next == ';';
		if (read_state(pool, p, close + 1, &out->v[out->n]))
			judge(&f->severities, &out->v[out->n++]);
		else if (!ends)
			continue;
		p = next + strspn(next, ",; ");
	}
	return out->n > 0 ? out : NULL;
}

/* Find a row's states: those that it lists, else the profile's. */
const struct profile_states *
rows_find_states(struct profile_pool *pool, const struct profile_field *f, const struct walk *w,
    struct oid index)
{
	const struct varbind *v = rows_look(w, &f->states_from, index);
	const struct profile_states *found = NULL;

	if (v != NULL && v->type == VARBIND_STRING)
		found = read_states(pool, f, v);
	return found != NULL ? found : f->states;
}
