/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metric_state: what the numbers of a series' states mean, as a text that travels with its
 * definition: entries "[FIELD:]CODE SEVERITY TEXT" without the blanks, joined by ';'. The severity
 * is a letter; an entry without a field is of the field of the one before it:
 * "3:1oon line;2con battery;4:0o". */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "zw/metric.h"

static const char severity_letters[] = "owcu"; /* in the order of enum metric_severity */

/* Where a reading of the text is. */
struct state_cursor {
	const char *p;
	int field; /* -1: none was named yet */
};

/* One entry, as it stands in the text. */
struct state_entry {
	int field;
	int32_t code;
	enum metric_severity severity;
	const char *text;
	size_t len;
};

/* A severity's word. */
const char *
metric_severity_name(enum metric_severity s)
{
	static const char *const names[] = { "ok", "warning", "critical", "unknown" };

	return (unsigned)s < sizeof names / sizeof names[0] ? names[s] : "unknown";
}

/* A decimal number that fits into 32 bits with its sign; -1 when there is none. */
static int
state_number(const char **p, int64_t *out)
{
	const char *s = *p;
	bool negative = *s == '-';
	int64_t v = 0;
	unsigned digits = 0;

	if (negative)
		s++;
	for (; *s >= '0' && *s <= '9' && digits < 10; s++, digits++)
		v = v * 10 + (*s - '0');
	if (digits == 0)
		return -1;
	*out = negative ? -v : v;
	*p = s;
	return *out < INT32_MIN || *out > INT32_MAX ? -1 : 0;
}

/* The next entry: 1, 0 at the end, or -1 when the text is malformed there. */
static int
state_next(struct state_cursor *c, struct state_entry *out)
{
	int64_t n;

	if (*c->p == '\0')
		return 0;
	if (state_number(&c->p, &n) == -1)
		return -1;
	if (*c->p == ':') {
		if (n < 0 || n >= METRIC_MAX_FIELDS)
			return -1;
		c->field = (int)n;
		c->p++;
		if (state_number(&c->p, &n) == -1)
			return -1;
	}
	const char *letter = *c->p != '\0' ? strchr(severity_letters, *c->p) : NULL;
	if (letter == NULL || c->field == -1)
		return -1;
	c->p++;
	*out = (struct state_entry){ .field = c->field,
		.code = (int32_t)n,
		.severity = (enum metric_severity)(letter - severity_letters),
		.text = c->p,
		.len = strcspn(c->p, ";") };
	c->p += out->len;
	if (*c->p == '\0')
		return 1;
	c->p++;
	return *c->p != '\0' ? 1 : -1; /* a ';' joins, it does not end */
}

/* The field of the last entry, or -1. */
static int
state_last_field(const char *states)
{
	struct state_cursor c = { .p = states, .field = -1 };
	struct state_entry e;

	while (state_next(&c, &e) == 1)
		;
	return c.field;
}

/* Appends one entry, if all of it fits. */
static bool
state_append(
    struct series_def *def, unsigned field, const struct metric_state *st, const char *text)
{
	size_t at = strlen(def->states);
	char entry[64];
	int n = state_last_field(def->states) == (int)field
		    ? snprintf(entry, sizeof entry, "%s%ld%c%s", at > 0 ? ";" : "", (long)st->code,
			  severity_letters[st->severity], text)
		    : snprintf(entry, sizeof entry, "%s%u:%ld%c%s", at > 0 ? ";" : "", field,
			  (long)st->code, severity_letters[st->severity], text);

	if (n < 0 || (size_t)n >= sizeof entry || at + (size_t)n > METRIC_MAX_STATES)
		return false;
	memcpy(def->states + at, entry, (size_t)n + 1);
	return true;
}

/* Tell the meaning of one state. */
bool
metric_state_add(struct series_def *def, unsigned field, const struct metric_state *st)
{
	char text[sizeof st->text];

	if (field >= METRIC_MAX_FIELDS || st->severity > METRIC_UNKNOWN)
		return false;
	(void)str_copy(text, sizeof text, st->text);
	for (char *p = text; *p != '\0'; p++)
		if (*p == ';')
			*p = ',';
	if (str_is_text(text, strlen(text)) && state_append(def, field, st, text))
		return true;
	(void)state_append(def, field, st, "");
	return false;
}

/* What a value of a field means. */
bool
metric_state(const char *states, unsigned field, double value, struct metric_state *out)
{
	struct state_cursor c = { .p = states, .field = -1 };
	struct state_entry e;

	*out = (struct metric_state){ .severity = METRIC_UNKNOWN };
	if (!(value >= INT32_MIN && value <= INT32_MAX) || value != floor(value))
		return false;
	out->code = (int32_t)value;
	while (state_next(&c, &e) == 1)
		if (e.field == (int)field && e.code == out->code) {
			size_t n = e.len < sizeof out->text ? e.len : sizeof out->text - 1;
			out->severity = e.severity;
			memcpy(out->text, e.text, n);
			out->text[n] = '\0';
			return true;
		}
	return false;
}

/* Whether a text that came from outside is well-formed. */
bool
metric_states_check(const char *states, unsigned nfields)
{
	struct state_cursor c = { .p = states, .field = -1 };
	struct state_entry e;
	size_t len = strnlen(states, METRIC_MAX_STATES + 1);
	int got;

	if (len > METRIC_MAX_STATES || !str_is_text(states, len))
		return false;
	while ((got = state_next(&c, &e)) == 1)
		if (e.field >= (int)nfields || e.len >= sizeof((struct metric_state *)0)->text)
			return false;
	return got == 0;
}

/* Append all entries of a text whose field has another place now; the place METRIC_MAX_FIELDS
 * leaves the entry out. */
static void
state_append_moved(struct series_def *def, const char *states, const uint8_t *place)
{
	struct state_cursor c = { .p = states, .field = -1 };
	struct state_entry e;

	while (state_next(&c, &e) == 1) {
		struct metric_state st = { .code = e.code, .severity = e.severity };
		if (place[e.field] >= METRIC_MAX_FIELDS)
			continue;
		size_t n = e.len < sizeof st.text ? e.len : sizeof st.text - 1;
		memcpy(st.text, e.text, n);
		st.text[n] = '\0';
		(void)metric_state_add(def, place[e.field], &st);
	}
}

/* Take over the states of another definition of the series. */
void
metric_states_join(struct series_def *into, const struct series_def *from, const uint8_t *map)
{
	uint8_t kept[METRIC_MAX_FIELDS], moved[METRIC_MAX_FIELDS];
	char old[sizeof into->states];

	memcpy(old, into->states, sizeof old);
	memset(moved, METRIC_MAX_FIELDS, sizeof moved);
	for (unsigned i = 0; i < METRIC_MAX_FIELDS; i++)
		kept[i] = (uint8_t)i;
	for (unsigned i = 0; i < from->nfields; i++) {
		moved[i] = map[i];
		kept[map[i]] = METRIC_MAX_FIELDS;
	}
	into->states[0] = '\0';
	state_append_moved(into, old, kept);
	state_append_moved(into, from->states, moved);
}
