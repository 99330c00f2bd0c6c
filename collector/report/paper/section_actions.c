/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recommendations, by rules over the figures, each with the action that follows it; then what was
 * open in the period, and how it stands at its end. */
#include "collector/report/paper/section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/advice.h"
#include "collector/report/figures/annals.h"
#include "collector/report/figures/figures.h"
#include "collector/report/paper/advise.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/word.h"
#include "collector/site/site.h"
#include "zw/alloc.h"

#define HIGH 70.0
#define MIDDLE 45.0
#define DAY_MS INT64_C(86400000)

/* How soon. */
static struct cell
priority(const struct doc *d, double weight)
{
	if (weight >= HIGH)
		return cell_state(DOC_CRITICAL, doc_text(d, N_("High")));
	if (weight >= MIDDLE)
		return cell_state(DOC_WARNING, doc_text(d, N_("Middle")));
	return cell_state(DOC_OK, doc_text(d, N_("Low")));
}

/* Whether it was done by the period's end. */
static bool
is_done(const struct annals_action *a, const struct annals *an)
{
	return a->closed_ms > 0 && a->closed_ms < an->to_ms;
}

/* The open action that follows a recommendation, or NULL. */
static const struct annals_action *
action_of(const struct annals *an, const char *key)
{
	for (size_t i = 0; i < an->nactions; i++)
		if (strcmp(an->actions[i].advice, key) == 0 && !is_done(&an->actions[i], an))
			return &an->actions[i];
	return NULL;
}

/* What follows a recommendation. The caller frees it. */
static char *
follow_up(const struct doc *d, const struct annals *an, const struct advice_one *o)
{
	const struct annals_action *a = action_of(an, o->key);

	if (a == NULL)
		return xstrdup(o->again ? doc_text(d, N_("as in the period before")) : "");
	return xasprintf(doc_text(d, N_("action %llu")), (unsigned long long)a->id);
}

/* The recommendations. */
static void
put_advice(struct doc *d, const struct advice *v, const struct annals *an)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("No.")), NULL, 0.5, true },
		{ doc_text(d, N_("Priority")), NULL, 1, false },
		{ doc_text(d, N_("Recommendation")), NULL, 6, false },
		{ doc_text(d, N_("Follows")), NULL, 1.3, false },
	};

	doc_heading(d, 2, "recommendations", doc_text(d, N_("Recommendations")));
	doc_table(d, "recommendations", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nones; i++) {
		char *text = advise(d, &v->ones[i]), *then = follow_up(d, an, &v->ones[i]);
		doc_row(d, (struct cell[]){ cell_number((double)i + 1, 0),
			       priority(d, v->ones[i].weight), cell_text(text), cell_text(then) });
		free(text);
		free(then);
	}
	doc_table_end(d, doc_text(d, N_("The figures of this period ask for nothing.")));
}

/* Their keys, for actions that follow them; in the CSV alone. */
static void
put_keys(struct doc *d, const struct advice *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("No.")), NULL, 1, true },
		{ doc_text(d, N_("Key")), NULL, 4, false },
		{ doc_text(d, N_("Weight")), NULL, 1, true },
		{ doc_text(d, N_("Value")), NULL, 1, true },
		{ doc_text(d, N_("Target or limit")), NULL, 1, true },
		{ doc_text(d, N_("Date")), NULL, 1, false },
	};

	doc_sheet(d, "recommendations-keys", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nones; i++) {
		const struct advice_one *o = &v->ones[i];
		doc_row(d, (struct cell[]){ cell_number((double)i + 1, 0), cell_text(o->key),
			       cell_number(o->weight, 1), cell_number(o->value, 3),
			       cell_number(o->bound, 3), cell_date(o->date_s) });
	}
	doc_table_end(d, NULL);
}

/* How many more there are of the kinds that were cut. */
static void
put_more(struct doc *d, const struct advice *v)
{
	unsigned all = 0;

	for (int kind = 0; kind < ADVICE_KINDS_N; kind++)
		all += v->of_kind[kind];
	if (all > v->nones)
		doc_notef(d,
		    lang_plural(doc_lang(d),
			"%u more recommendation of the same kinds is left out: of each kind the "
			"weightiest %d are shown.",
			"%u more recommendations of the same kinds are left out: of each kind the "
			"weightiest %d are shown.",
			all - (unsigned)v->nones),
		    all - (unsigned)v->nones, ADVICE_MAX_A_KIND);
}

/* How an action stands at the end of the period, or of the data. */
static struct cell
state(const struct doc *d, const struct annals_action *a, const struct annals *an, int64_t end_ms)
{
	if (is_done(a, an))
		return cell_state(DOC_OK, doc_text(d, N_("Done")));
	if (a->due_ms > 0 && a->due_ms + DAY_MS <= end_ms)
		return cell_state(DOC_CRITICAL, doc_text(d, N_("Overdue")));
	return cell_state(DOC_WARNING, doc_text(d, N_("To do")));
}

/* A line of the ledger. */
static void
put_action(struct doc *d, const struct annals_action *a, const struct annals *an, int64_t end_ms)
{
	bool done = is_done(a, an);
	char *text =
	    done && *a->note != '\0' ? xasprintf("%s – %s", a->text, a->note) : xstrdup(a->text);

	doc_row(d, (struct cell[]){ cell_number((double)a->id, 0), state(d, a, an, end_ms),
		       cell_text(text), cell_text(*a->zone != '\0' ? a->zone : ""),
		       cell_text(*a->owner != '\0' ? a->owner : "–"), cell_date(a->due_ms / 1000),
		       cell_date(done ? a->closed_ms / 1000 : 0) });
	free(text);
}

/* What was open at some time of the period. */
static void
put_actions(struct doc *d, const struct annals *an, const struct zone *z, int64_t end_ms)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("No.")), NULL, 0.5, true },
		{ doc_text(d, N_("State")), NULL, 1.1, false },
		{ doc_text(d, N_("What")), NULL, 4, false },
		{ doc_text(d, N_("Zone")), NULL, 0.7, false },
		{ doc_text(d, N_("Owner")), NULL, 1.3, false },
		{ doc_text(d, N_("Due")), NULL, 1.1, false },
		{ doc_text(d, N_("Done on")), NULL, 1.1, false },
	};

	doc_heading(d, 2, "actions-open", doc_text(d, N_("Actions")));
	doc_table(d, "actions", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < an->nactions; i++)
		if (z == NULL || strcmp(an->actions[i].zone, z->name) == 0)
			put_action(d, &an->actions[i], an, end_ms);
	doc_table_end(d, doc_text(d, N_("No action was open in this period.")));
}

void
section_actions(struct doc *d, const struct figures *f)
{
	struct advice *v = advice_new(f);

	doc_heading(d, 1, "actions", doc_text(d, N_("Recommendations and open actions")));
	put_advice(d, v, f->now.annals);
	put_keys(d, v);
	put_more(d, v);
	put_actions(d, f->now.annals, f->zone, plant_until(f->plant, &f->now.period) * 1000);
	advice_free(v);
}
