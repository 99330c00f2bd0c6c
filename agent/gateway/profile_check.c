/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_check: what a profile's keys must be to each other, and what they must fit into, as far
 * as one element tells. What takes the compiled form to see is told by profile_compile.c. */
#include <math.h>
#include <string.h>

#include "agent/gateway/profile_impl.h"
#include "zw/str.h"

#define COMPLAIN(ce_, element_, key_, ...)                                                         \
	do {                                                                                       \
		if ((ce_) != NULL)                                                                 \
			conf_complain(ce_, element_, key_, __VA_ARGS__);                           \
	} while (0)

/* Check a name that becomes a part of paths and RRDs. */
void
profile_check_source(struct conf_errors *ce, const void *element, const char *source)
{
	if (source == NULL)
		return;
	if (strlen(source) > NAME_MAX_SOURCE)
		COMPLAIN(ce, element, "source", "\"%s\" has more than %d bytes", source,
		    NAME_MAX_SOURCE);
	if (strchr(source, '-') != NULL)
		COMPLAIN(ce, element, "source",
		    "\"%s\" has a '-', which stands between source and instance; write '_'",
		    source);
}

/* A unit and a label travel with the series, in so much room. */
static void
check_texts(struct conf_errors *ce, const void *element, const char *unit, const char *label)
{
	if (unit != NULL && (strlen(unit) > METRIC_MAX_UNIT || !str_is_text(unit, strlen(unit))))
		COMPLAIN(ce, element, "unit", "is no text of at most %d bytes", METRIC_MAX_UNIT);
	if (label != NULL &&
	    (strlen(label) > METRIC_MAX_LABEL || !str_is_text(label, strlen(label))))
		COMPLAIN(ce, element, "label", "is no text of at most %d bytes", METRIC_MAX_LABEL);
}

/* Check a field's own keys, one against the other. */
void
profile_check_field(struct conf_errors *ce, const struct conf_field *f)
{
	bool state = f->kind != NULL && strcmp(f->kind, "state") == 0;

	if (f->name != NULL && strlen(f->name) > NAME_MAX_FIELD)
		COMPLAIN(ce, f, "name", "\"%s\" has more than %d bytes, a DS of an RRD's most",
		    f->name, NAME_MAX_FIELD);
	if (f->name != NULL && strpbrk(f->name, ".-") != NULL)
		COMPLAIN(
		    ce, f, "name", "\"%s\" has a '.' or '-', which no DS of an RRD has", f->name);
	check_texts(ce, f, f->unit, f->label);
	if (f->min >= f->max)
		COMPLAIN(ce, f, "min", "is not smaller than max");
	if (f->scale == 0)
		COMPLAIN(ce, f, "scale", "is 0: every value would be");
	if (!state && (f->states != NULL || f->states_from != NULL))
		COMPLAIN(ce, f, f->states != NULL ? "states" : "states_from",
		    "is of a kind = \"state\" only");
	if (f->discontinuity != NULL && (f->kind == NULL || strcmp(f->kind, "counter") != 0))
		COMPLAIN(ce, f, "discontinuity", "is of a kind = \"counter\" only");
	if (f->severities.n > 0 && f->states_from == NULL)
		COMPLAIN(ce, f, "severities", "is of states_from; there is none");
}

/* Check a row's type. */
void
profile_check_type(struct conf_errors *ce, const struct conf_rowtype *t)
{
	profile_check_source(ce, t, t->source);
	check_texts(ce, t, t->unit, NULL);
	if (t->min >= t->max)
		COMPLAIN(ce, t, "min", "is not smaller than max");
	if (t->scale == 0)
		COMPLAIN(ce, t, "scale", "is 0: every value would be");
}

/* The first key of a field that only a polled row can follow; NULL: there is none. */
static const char *
polled_key(const struct conf_field *f)
{
	const struct {
		const char *key;
		bool given;
	} rows[] = { { "scale_from", f->scale_from.n > 0 },
		{ "fahrenheit_when", f->fahrenheit_when != NULL },
		{ "none_when", f->none_when.n > 0 }, { "none_when_all", f->none_when_all.n > 0 },
		{ "states_from", f->states_from != NULL },
		{ "discontinuity", f->discontinuity != NULL }, { "low", f->low != NULL },
		{ "low_warning", f->low_warning != NULL },
		{ "high_warning", f->high_warning != NULL }, { "high", f->high != NULL },
		{ "show_only", f->show_only } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].given)
			return rows[i].key;
	return NULL;
}

/* Check a sample of a trap. */
void
profile_check_sample(struct conf_errors *ce, const struct conf_field *f)
{
	const char *key = polled_key(f);

	if (key != NULL)
		COMPLAIN(ce, f, key, "is of what is polled, and of no trap's samples");
}
