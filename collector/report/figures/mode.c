/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row with more than two states cannot be told apart; then what lies between its lowest and its
 * highest is not counted. */
#include "collector/report/figures/mode.h"

#include <math.h>
#include <string.h>

#include "collector/report/figures/span.h"
#include "collector/site/site.h"
#include "zw/str.h"

/* Whether a text fits any of the patterns; ASCII case does not matter. */
static bool
fits(const char *text, const char *const *words)
{
	char low[64];
	size_t n = 0;

	for (; text[n] != '\0' && n + 1 < sizeof low; n++)
		low[n] = text[n] >= 'A' && text[n] <= 'Z' ? (char)(text[n] - 'A' + 'a') : text[n];
	low[n] = '\0';
	for (; *words != NULL; words++)
		if (str_covers(*words, low))
			return true;
	return false;
}

void
mode_words(struct mode *m, const struct series *se, unsigned field, const char *const *words,
    const char *const *but)
{
	struct metric_state st;

	*m = (struct mode){ 0 };
	for (int code = 0; code < MODE_CODES; code++) {
		if (!metric_state(se->states, field, code, &st) || !fits(st.text, words) ||
		    fits(st.text, but))
			continue;
		m->wanted[code] = m->any = true;
	}
}

void
mode_bad(struct mode *m, const struct series *se, unsigned field)
{
	struct metric_state st;

	*m = (struct mode){ 0 };
	for (int code = 0; code < MODE_CODES; code++) {
		if (!metric_state(se->states, field, code, &st) ||
		    (st.severity != METRIC_WARNING && st.severity != METRIC_CRITICAL))
			continue;
		m->wanted[code] = m->any = true;
	}
}

/* Whether it is a number of a wanted state. */
static bool
is_wanted(const struct mode *m, double code)
{
	return code >= 0 && code < MODE_CODES && m->wanted[(int)code];
}

double
mode_part(const struct mode *m, const struct span *s, unsigned field, size_t row)
{
	double v = s->values[SPAN_AVERAGE][field][row];
	double low = rint(s->values[SPAN_MIN][field][row]);
	double high = rint(s->values[SPAN_MAX][field][row]);

	if (isnan(v) || isnan(low) || isnan(high))
		return NAN;
	if (is_wanted(m, low) && is_wanted(m, high))
		return 1;
	if (is_wanted(m, high))
		return fmin(1, fmax(0, (v - low) / (high - low)));
	if (is_wanted(m, low))
		return fmin(1, fmax(0, (high - v) / (high - low)));
	return 0;
}

int
mode_last(const struct span *s, unsigned field)
{
	for (size_t r = s->nrows; r-- > 0;) {
		double low = s->values[SPAN_MIN][field][r], high = s->values[SPAN_MAX][field][r];
		if (isnan(s->values[SPAN_AVERAGE][field][r]))
			continue;
		return low == high && low >= 0 && low < MODE_CODES ? (int)low : -1;
	}
	return -1;
}
