/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guess: careful by design: a number stays the number that the device said, unless the device says
 * more itself; a state has only the codes that were seen, so that another one is seen to be
 * unknown. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/tool/guess.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define MAX_TEXT 64
#define MAX_CODE 9 /* a greater number is hardly a state */

/* Units as devices write them behind a number. */
static const struct {
	const char *word;
	const char *unit;
	double scale;
} units[] = { { "C", "Cel", 1 },
	{ "\xc2\xb0"
	  "C",
	    "Cel", 1 },
	{ "degC", "Cel", 1 }, { "degree C", "Cel", 1 }, { "Celsius", "Cel", 1 },
	{ "degrees C", "Cel", 1 }, { "%", "%", 1 }, { "%RH", "%", 1 }, { "V", "V", 1 },
	{ "mV", "V", 0.001 }, { "A", "A", 1 }, { "mA", "A", 0.001 }, { "W", "W", 1 },
	{ "kW", "W", 1000 }, { "VA", "VA", 1 }, { "kVA", "VA", 1000 }, { "Hz", "Hz", 1 },
	{ "rpm", "rpm", 1 }, { "RPM", "rpm", 1 }, { "Pa", "Pa", 1 }, { "bar", "bar", 1 },
	{ "kWh", "kWh", 1 }, { "l/min", "L/min", 1 }, { "l/s", "L/s", 1 }, { "m3/h", "m3/h", 1 },
	{ "dBm", "dBm", 1 } };

/* Words that are states, and how bad they mostly are. */
static const struct {
	const char *word;
	const char *severity;
} words[] = { { "ok", "ok" }, { "normal", "ok" }, { "good", "ok" }, { "on", "ok" },
	{ "closed", "ok" }, { "enabled", "ok" }, { "active", "ok" }, { "online", "ok" },
	{ "running", "ok" }, { "up", "ok" }, { "standby", "ok" }, { "no alarm", "ok" },
	{ "off", "warning" }, { "open", "warning" }, { "disabled", "warning" },
	{ "inactive", "warning" }, { "warning", "warning" }, { "minor", "warning" },
	{ "degraded", "warning" }, { "offline", "critical" }, { "down", "critical" },
	{ "alarm", "critical" }, { "critical", "critical" }, { "major", "critical" },
	{ "fail", "critical" }, { "failed", "critical" }, { "failure", "critical" },
	{ "fault", "critical" }, { "error", "critical" }, { "unknown", "unknown" },
	{ "absent", "none" }, { "not present", "none" }, { "not installed", "none" } };

/* Numbers by which devices say that there is none. */
static const double sentinels[] = { -1, -999, -9999, -99999, -32768, 32767, 65535, -2147483648.0,
	2147483647.0, 4294967295.0, -1000, -10000 };

/* Ranges that values of one kind keep to, as people measure them. */
static const struct {
	double low;
	double high;
	const char *text;
} ranges[] = { { 12, 60, "degrees or percent?" }, { 120, 450, "tenths of a degree or percent?" },
	{ 1200, 4500, "hundredths of a degree or percent?" }, { 205, 250, "volts?" },
	{ 2050, 2500, "tenths of a volt?" }, { 49, 51, "hertz?" },
	{ 490, 510, "tenths of a hertz?" }, { 4900, 5100, "hundredths of a hertz?" } };

/* Which unit a text is, or begins with (" of maximum" may follow); -1 for none. */
static int
find_unit(const char *text, bool more)
{
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		size_t n = strlen(units[i].word);
		if (strncmp(text, units[i].word, n) == 0 &&
		    (text[n] == '\0' || (more && text[n] == ' ')))
			return (int)i;
	}
	return -1;
}

/* The number of a value, also one that is written as text; *unit: what follows it there. */
static bool
number_of(const struct varbind *v, double *out, const char **unit, double *scale)
{
	char text[MAX_TEXT], digits[MAX_TEXT];

	*unit = NULL;
	*scale = 1;
	switch (v->type) {
	case VARBIND_INTEGER:
		*out = (double)v->i;
		return true;
	case VARBIND_COUNTER32:
	case VARBIND_GAUGE32:
	case VARBIND_COUNTER64:
	case VARBIND_TICKS:
		*out = (double)v->u;
		return true;
	case VARBIND_REAL:
		*out = v->d;
		return true;
	case VARBIND_STRING:
		break;
	default:
		return false;
	}
	if (v->bytes.n == 0 || v->bytes.n >= sizeof text)
		return false;
	varbind_text(text, sizeof text, v->bytes.p, v->bytes.n);
	size_t n = strspn(text, "+-.0123456789");
	snprintf(digits, sizeof digits, "%.*s", (int)n, text[0] == '+' ? text + 1 : text);
	if (n == 0 || str_to_double(digits, out) == -1)
		return false;
	const char *rest = text + n + strspn(text + n, " ");
	int i = find_unit(rest, true);
	if (i >= 0) {
		*unit = units[i].unit;
		*scale = units[i].scale;
	}
	return *rest == '\0' || i >= 0;
}

/* The unit of a text. */
const char *
guess_unit(const struct varbind *v)
{
	char text[MAX_TEXT];

	if (v->type != VARBIND_STRING || v->bytes.n == 0)
		return NULL;
	varbind_text(text, sizeof text, v->bytes.p, v->bytes.n);
	int i = find_unit(text, false);
	return i >= 0 ? units[i].unit : NULL;
}

/* What all values together are. */
struct summary {
	size_t n;
	size_t empty; /* texts without anything in them */
	size_t numbers;
	size_t units; /* numbers with a unit behind */
	const char *unit;
	double scale;
	bool one_unit;
	double low; /* without sentinels */
	double high;
	double none; /* a sentinel; NAN: none was seen */
	enum varbind_type type;
};

/* Adds a value. */
static void
add(struct summary *s, const struct varbind *v)
{
	const char *unit;
	double d, scale;

	s->n++;
	s->type = v->type;
	if (v->type == VARBIND_STRING && v->bytes.n == 0)
		s->empty++;
	if (!number_of(v, &d, &unit, &scale))
		return;
	s->numbers++;
	if (unit != NULL) {
		s->one_unit =
		    s->units == 0 || (s->one_unit && s->unit == unit && s->scale == scale);
		s->unit = unit;
		s->scale = scale;
		s->units++;
	}
	for (size_t i = 0; i < sizeof sentinels / sizeof sentinels[0]; i++)
		if (d == sentinels[i]) {
			s->none = d;
			return;
		}
	s->low = isnan(s->low) ? d : fmin(s->low, d);
	s->high = isnan(s->high) ? d : fmax(s->high, d);
}

/* Adds a state, each once; false when there are too many. */
static bool
add_state(struct guess *g, int32_t code, const char *severity, const char *word)
{
	for (unsigned i = 0; i < g->nstates; i++)
		if (strcmp(g->states[i].word, word) == 0)
			return true;
	if (g->nstates == GUESS_MAX_STATES)
		return false;
	struct guess_state *s = &g->states[g->nstates++];
	s->code = code;
	s->severity = severity;
	snprintf(s->word, sizeof s->word, "%s", word);
	return true;
}

/* Whether they are texts that name states. */
static bool
are_words(struct guess *g, const struct walk *w, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		const struct varbind *v = walk_at(w, i);
		char text[MAX_TEXT];
		const char *severity = NULL;
		if (v->type != VARBIND_STRING || v->bytes.n > GUESS_MAX_WORD)
			return false;
		varbind_text(text, sizeof text, v->bytes.p, v->bytes.n);
		for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
			if (str_casecmp(text, words[k].word) == 0)
				severity = words[k].severity;
		if (severity == NULL || !add_state(g, (int32_t)g->nstates + 1, severity, text))
			return false;
	}
	return true;
}

/* Whether they are small integers of few values; zeros alone are rather a count, and so is what
 * begins at 0 and has gaps. */
static bool
are_codes(struct guess *g, const struct walk *w, size_t first, size_t end)
{
	int64_t high = 0;
	char word[GUESS_MAX_WORD + 1];

	for (size_t i = first; i < end; i++) {
		const struct varbind *v = walk_at(w, i);
		if (v->type != VARBIND_INTEGER || v->i < 0 || v->i > MAX_CODE)
			return false;
		high = v->i > high ? v->i : high;
		snprintf(word, sizeof word, "state %d", (int)v->i);
		if (!add_state(g, (int32_t)v->i, "ok", word))
			return false;
	}
	return high > 0;
}

/* Appends to the hint. */
static void
hint(struct guess *g, const char *text)
{
	size_t n = strlen(g->hint);

	snprintf(g->hint + n, sizeof g->hint - n, "%s%s", n > 0 ? " " : "", text);
}

/* What people may want to know of a number. */
static void
add_hints(struct guess *g, const struct summary *s)
{
	char text[64];

	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (s->units == 0 && s->low >= ranges[i].low && s->high <= ranges[i].high)
			hint(g, ranges[i].text);
	if (!isnan(s->none)) {
		snprintf(
		    text, sizeof text, "%.0f: no value? none = [ \"%.0f\" ];", s->none, s->none);
		hint(g, text);
	}
}

/* Guess. */
void
guess_values(struct guess *out, const struct walk *w, size_t first, size_t end)
{
	struct summary s = { .low = NAN, .high = NAN, .none = NAN, .one_unit = true };

	*out = (struct guess){ .unit = "1", .scale = 1 };
	for (size_t i = first; i < end; i++)
		add(&s, walk_at(w, i));
	if (s.n > 0 && are_words(out, w, first, end)) {
		out->kind = GUESS_STATE;
		hint(out, "other words?");
		return;
	}
	out->nstates = 0;
	if (s.numbers == 0 || s.numbers + s.empty < s.n || !s.one_unit ||
	    (s.units > 0 && s.units < s.numbers))
		return;
	if (s.type == VARBIND_COUNTER32 || s.type == VARBIND_COUNTER64) {
		out->kind = GUESS_COUNTER;
		return;
	}
	if (are_codes(out, w, first, end)) {
		out->kind = GUESS_STATE;
		hint(out, "state?");
		return;
	}
	out->nstates = 0;
	out->kind = GUESS_GAUGE;
	if (s.type == VARBIND_TICKS) {
		out->unit = "s";
		out->scale = 0.01;
		return;
	}
	if (s.units > 0) {
		out->unit = s.unit;
		out->scale = s.scale;
	}
	add_hints(out, &s);
}

/* Compare two texts, for the order. */
static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Whether rows can be told apart by them. */
bool
guess_is_name(const struct walk *w, size_t first, size_t end)
{
	size_t n = end - first;
	char(*all)[MAX_TEXT] = xcalloc(n + 1, sizeof *all);
	bool ok = n > 0;

	for (size_t i = first; i < end && ok; i++) {
		const struct varbind *v = walk_at(w, i);
		char *text = all[i - first];
		ok = v->type == VARBIND_STRING && v->bytes.n > 0;
		if (ok)
			varbind_text(text, MAX_TEXT, v->bytes.p, v->bytes.n);
		ok = ok &&
		     strpbrk(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL;
	}
	if (ok)
		qsort(all, n, sizeof *all, compare);
	for (size_t i = 1; i < n && ok; i++)
		ok = strcmp(all[i - 1], all[i]) != 0;
	free(all);
	return ok;
}
