/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Half a page for who reads no further: a light for each zone, sentences with the numbers first,
 * and up to three things to decide. The same sentences are the body of the mail (manifest.c). */
#include "collector/report/paper/section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/advice.h"
#include "collector/report/figures/availability.h"
#include "collector/report/figures/completeness.h"
#include "collector/report/figures/environment.h"
#include "collector/report/figures/incidents.h"
#include "collector/report/figures/links.h"
#include "collector/report/figures/power.h"
#include "collector/report/paper/advise.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/word.h"
#include "collector/site/site.h"
#include "zw/alloc.h"

#define NBSP "\xc2\xa0"
#define MAX_CARDS 12
#define MAX_DECIDE 3
#define DECIDE_WEIGHT 50 /* what is lighter needs nobody above the operators */

/* What a paragraph is made of: whole sentences, one behind the other. */
struct paragraph {
	struct doc *d;
	char *text;
};

/* Adds a sentence; takes it. */
static void
say(struct paragraph *p, char *sentence)
{
	char *all = p->text == NULL ? xstrdup(sentence) : xasprintf("%s %s", p->text, sentence);

	free(p->text);
	free(sentence);
	p->text = all;
}

/* Ends the paragraph. */
static void
put(struct paragraph *p)
{
	if (p->text != NULL)
		doc_paragraph(p->d, p->text);
	free(p->text);
	p->text = NULL;
}

/* The period before: a month by its name. */
static struct word
then(const struct doc *d, const struct figures *f)
{
	const struct period *p = &f->before.period;
	struct word w;

	if (p->kind == PERIOD_MONTH)
		period_title(p, w.s, sizeof w.s, doc_lang(d));
	else
		snprintf(w.s, sizeof w.s, "%s",
		    p->kind == PERIOD_WEEK ? doc_text(d, N_("week before"))
					   : doc_text(d, N_("period before")));
	return w;
}

/* A part of the time, 0 to 1. What is not all of it is not written as all of it; none is none. */
static struct word
part(const struct doc *d, double v)
{
	double percent = 100 * v;

	return word_percent(
	    d, percent < 100 && percent > 99.999 ? 99.999 : percent, percent > 0 ? 3 : 0);
}

/* A part of the samples, cut as on the cover: what lacks anything is not 100 %. */
static struct word
there(const struct doc *d, double v)
{
	return word_percent(d, floor(v * 1e4 + 1e-6) / 100, 2);
}

/* --- lights ---------------------------------------------------------------------------------- */

/* The air of a zone, or NULL. */
static const struct environment_zone *
air_of(const struct environment *e, const struct zone *z)
{
	for (size_t i = 0; i < e->nzones; i++)
		if (e->zones[i].zone == z)
			return &e->zones[i];
	return NULL;
}

/* The incidents of a zone, or NULL: there were none. */
static const struct incidents_zone *
incidents_of(const struct incidents *n, const struct zone *z)
{
	for (size_t i = 0; i < n->nzones; i++)
		if (n->zones[i].zone == z)
			return &n->zones[i];
	return NULL;
}

/* Red: it missed its target, or its air was beyond what servers may have. Yellow: a critical
 * incident, or air beyond what is recommended. */
static enum doc_state
light(const struct availability_one *a, const struct environment_zone *air,
    const struct incidents_zone *in)
{
	if (isnan(a->part) && (air == NULL || !(air->known_s > 0)))
		return DOC_UNKNOWN;
	if (a->met == AVAILABILITY_MISSED ||
	    (air != NULL && air->beyond_allowable_s >= ENVIRONMENT_HOT_S))
		return DOC_CRITICAL;
	if ((in != NULL && in->of_severity[WIRE_CRITICAL] > 0) ||
	    (air != NULL && air->beyond_recommended_s >= ENVIRONMENT_WARM_S &&
		air->beyond_recommended_s >= ENVIRONMENT_WARM_PART * air->known_s))
		return DOC_WARNING;
	return DOC_OK;
}

/* A text that does not break: its blanks become such. Takes it. */
static char *
unbroken(char *text)
{
	char *out = xstrdup(""), *rest = text, *word;

	while ((word = strsep(&rest, " ")) != NULL) {
		char *more = xasprintf("%s%s%s", out, *out != '\0' ? NBSP : "", word);
		free(out);
		out = more;
	}
	free(text);
	return out;
}

/* What stands below a zone's availability. The caller frees it. */
static char *
below(const struct doc *d, const struct environment_zone *air, const struct incidents_zone *in)
{
	unsigned n = in != NULL ? in->total : 0;
	char *incidents =
	    unbroken(xasprintf(lang_plural(doc_lang(d), "%u incident", "%u incidents", n), n));
	double hottest = air != NULL ? air->of[ENVIRONMENT_INLET].max : NAN;

	if (air == NULL || !(air->of[ENVIRONMENT_INLET].known_s > 0))
		return incidents;
	char *all = xasprintf(doc_text(d, N_("inlet up to %s, %s")),
	    word_quantity(d, hottest, 1, "Cel").s, incidents);
	free(incidents);
	return all;
}

/* For qsort(): as they are configured. */
static int
by_index(const void *a, const void *b)
{
	const struct availability_one *const *x = a, *const *y = b;

	return (*x)->zone->index < (*y)->zone->index ? -1 : (*x)->zone->index > (*y)->zone->index;
}

/* The worst ones of many, in the order of the configuration; returns how many. */
static size_t
in_order(
    const struct availability_one *to[MAX_CARDS], const struct availability_one *zones, size_t n)
{
	size_t have = 0;

	for (size_t i = 0; i < n && have < MAX_CARDS; i++)
		if (zones[i].zone != NULL)
			to[have++] = &zones[i];
	qsort(to, have, sizeof to[0], by_index);
	return have;
}

/* A light for each zone. */
static void
put_lights(struct doc *d, const struct figures_of *of)
{
	size_t n;
	const struct availability_one *zones =
	    availability_of(of->availability, AVAILABILITY_ZONE, &n);

	const struct availability_one *ordered[MAX_CARDS];
	size_t ncards = in_order(ordered, zones, n);

	for (size_t i = 0; i < ncards; i++) {
		const struct zone *z = ordered[i]->zone;
		const struct environment_zone *air = air_of(of->environment, z);
		const struct incidents_zone *in = incidents_of(of->incidents, z);
		char *title = advise_subject(d, NULL, z), *text = below(d, air, in);
		doc_card(d, title, part(d, ordered[i]->part).s, text, light(ordered[i], air, in));
		free(title);
		free(text);
	}
	if (n > 0)
		doc_note(d,
		    doc_text(d,
			N_("Availability of each zone. Red: its target was missed, or inlet air "
			   "was "
			   "beyond the allowable range for 5 min or more. Yellow: a critical "
			   "incident, or inlet air beyond the recommended range for more than an "
			   "hour and a hundredth of the time.")));
}

/* --- sentences ------------------------------------------------------------------------------- */

/* How many missed their target, of all that have one. */
static void
say_target(struct paragraph *p, unsigned missed, double target)
{
	struct word aim = word_percent(p->d, 100 * target, 1);

	if (missed == 0)
		say(p, xasprintf(doc_text(p->d, N_("None missed its target of %s.")), aim.s));
	else
		say(p, xasprintf(lang_plural(doc_lang(p->d), "%u missed the target of %s.",
				     "%u missed their target of %s.", missed),
			   missed, aim.s));
}

/* Servers, then links. */
static void
say_availability(struct doc *d, const struct figures *f)
{
	struct paragraph p = { .d = d };
	const struct availability_kind_sum *now = &f->now.availability->sums[AVAILABILITY_SERVER],
					   *was =
					       &f->before.availability->sums[AVAILABILITY_SERVER];
	const struct links *l = f->now.links;
	struct word before = then(d, f);

	if (now->n > 0) {
		say(&p, xasprintf(lang_plural(doc_lang(d),
				      "%u server was available %s of the time (%s: %s).",
				      "%u servers were available %s of the time (%s: %s).", now->n),
			    now->n, part(d, now->part).s, before.s, part(d, was->part).s));
		say_target(&p, now->missed, now->target);
	}
	if (l->nones > 0) {
		say(&p, xasprintf(lang_plural(doc_lang(d),
				      "%u link to institutions was up %s of the time (%s: %s).",
				      "%u links to institutions were up %s of the time (%s: %s).",
				      l->nones),
			    (unsigned)l->nones, part(d, l->availability).s, before.s,
			    part(d, f->before.links->availability).s));
		say_target(&p, l->missed, l->ones[0].target);
	}
	put(&p);
}

/* How many, how bad, how soon. */
static void
say_incidents(struct doc *d, const struct figures *f)
{
	struct paragraph p = { .d = d };
	const struct incidents *n = f->now.incidents, *was = f->before.incidents;

	if (n->total == 0)
		say(&p, xasprintf(doc_text(d, N_("There was no incident (%s: %u).")), then(d, f).s,
			    was->total));
	else
		say(&p,
		    xasprintf(lang_plural(doc_lang(d),
				  "%u incident (%s: %u): critical %u, warning %u, information %u.",
				  "%u incidents (%s: %u): critical %u, warning %u, information %u.",
				  n->total),
			n->total, then(d, f).s, was->total, n->of_severity[WIRE_CRITICAL],
			n->of_severity[WIRE_WARNING], n->of_severity[WIRE_INFO]));
	if (n->mtta.count > 0)
		say(&p,
		    xasprintf(
			doc_text(d, N_("On average somebody took an incident after %s (%s: %s).")),
			word_duration(d, n->mtta.mean_s).s, then(d, f).s,
			word_duration(d, was->mtta.mean_s).s));
	if (n->mttr.count > 0)
		say(&p, xasprintf(doc_text(d, N_("On average it was over after %s (%s: %s).")),
			    word_duration(d, n->mttr.mean_s).s, then(d, f).s,
			    word_duration(d, was->mttr.mean_s).s));
	if (n->open > 0)
		say(&p, xasprintf(lang_plural(doc_lang(d), "%u was open at the end.",
				      "%u were open at the end.", n->open),
			    n->open));
	put(&p);
}

/* No row is beyond the recommended range; single samples may be. */
static char *
all_well(const struct doc *d, const struct environment_quantity *q)
{
	const struct environment_limits *l = &environment_limits[ENVIRONMENT_INLET];

	if (q->max > l->recommended_high || q->min < l->recommended_low)
		return xasprintf(
		    doc_text(d, N_("By means of %s all inlets were within the recommended range "
				   "all the time.")),
		    word_duration(d, (double)q->step_s).s);
	return xstrdup(
	    doc_text(d, N_("All inlets were within the recommended range all the time.")));
}

/* The hottest inlet, and how long air was beyond its ranges. */
static void
say_air(struct doc *d, const struct figures *f)
{
	struct paragraph p = { .d = d };
	const struct environment_zone *now = &f->now.environment->all,
				      *was = &f->before.environment->all;
	const struct environment_quantity *q = &now->of[ENVIRONMENT_INLET];
	struct word before = then(d, f);

	if (!(q->known_s > 0) || q->max_probe == NULL) {
		doc_paragraph(d, doc_text(d, N_("No temperature of inlet air is known.")));
		return;
	}
	const struct node *n = q->max_probe->series->node;
	char *where = advise_subject(d, n, NULL), *zone = advise_subject(d, NULL, n->zone);
	say(&p,
	    xasprintf(doc_text(d, N_("%s was the hottest inlet air (%s: %s): %s, %s, on %s.")),
		word_quantity(d, q->max, 1, "Cel").s, before.s,
		word_quantity(d,
		    was->of[ENVIRONMENT_INLET].known_s > 0 ? was->of[ENVIRONMENT_INLET].max : NAN,
		    1, "Cel")
		    .s,
		where, zone, word_time(d, q->max_at_s).s));
	free(where);
	free(zone);
	if (!(now->beyond_recommended_s > 0))
		say(&p, all_well(d, q));
	else
		say(&p,
		    xasprintf(
			doc_text(d,
			    N_("Some inlet was beyond the recommended range for %s (%s: %s), and "
			       "beyond the allowable range for %s (%s: %s).")),
			word_duration(d, now->beyond_recommended_s).s, before.s,
			word_duration(d, was->beyond_recommended_s).s,
			word_duration(d, now->beyond_allowable_s).s, before.s,
			word_duration(d, was->beyond_allowable_s).s));
	put(&p);
}

/* Energy as words: kWh without, MWh with decimals. */
static struct word
energy(const struct doc *d, double kwh)
{
	return fabs(kwh) >= 100000 ? word_quantity(d, kwh / 1000, 1, "MWh")
				   : word_quantity(d, kwh, 0, "kWh");
}

/* Energy, or what of it is measured, and the PUE. */
static void
say_energy(struct doc *d, const struct figures *f)
{
	struct paragraph p = { .d = d };
	const struct power *w = f->now.power, *was = f->before.power;
	struct word before = then(d, f);

	if (w->of[POWER_IT].nmeters + w->of[POWER_COOLING].nmeters + w->of[POWER_SITE].nmeters ==
	    0) {
		doc_paragraph(d, doc_text(d, N_("Energy is not measured here.")));
		return;
	}
	if (isnan(w->total_kwh) && isnan(w->of[POWER_IT].kwh)) {
		doc_paragraph(d, doc_text(d, N_("No energy of this period is known.")));
		return;
	}
	if (w->total_is_site)
		say(&p, xasprintf(doc_text(d, N_("%s of energy went into the site (%s: %s).")),
			    energy(d, w->total_kwh).s, before.s,
			    energy(d, was->total_is_site ? was->total_kwh : NAN).s));
	if (w->of[POWER_IT].nmeters > 0)
		say(&p,
		    xasprintf(doc_text(d, N_("%s of energy went into IT (%s: %s).")),
			energy(d, w->of[POWER_IT].kwh).s, before.s,
			energy(d, was->of[POWER_IT].nmeters > 0 ? was->of[POWER_IT].kwh : NAN).s));
	if (w->pue_kind == POWER_PUE_INTERIM)
		say(&p,
		    xasprintf(doc_text(d, N_("The interim PUE was %s (%s: %s).")),
			word_number(d, w->pue, 2).s, before.s,
			word_number(d, was->pue_kind == POWER_PUE_INTERIM ? was->pue : NAN, 2).s));
	else if (w->pue_kind == POWER_PUE_ERROR)
		say(&p,
		    xstrdup(doc_text(d, N_("The meters give a PUE that cannot be: meter error?"))));
	else
		say(&p,
		    xstrdup(doc_text(d,
			N_("The whole site's power is not measured, so that there is no PUE."))));
	put(&p);
}

/* Whether no sample of the period is there. */
static bool
is_silent(const struct figures *f)
{
	return !(f->now.completeness->part > 0);
}

/* Why nothing is known: the collector was away, nothing was stored yet, or nobody sent anything. */
static void
say_silence(struct doc *d, const struct figures *f)
{
	struct paragraph p = { .d = d };
	const struct completeness *c = f->now.completeness;
	const struct plant *plant = f->plant;

	say(&p,
	    xstrdup(doc_text(d, N_("Nothing is known of this period: no sample of it is there."))));
	if (c->away_s > 0)
		say(&p, xasprintf(doc_text(d, N_("The collector was away for %s of it.")),
			    word_duration(d, c->away_s).s));
	else if (f->now.annals->history_from_ms >= c->to_s * 1000)
		say(&p, xstrdup(doc_text(d, N_("The history begins later."))));
	else if (c->all.sum.expected > 0)
		say(&p,
		    xstrdup(doc_text(
			d, N_("The collector was there, but no server or device sent anything."))));
	if (plant->data_end_s == 0)
		say(&p, xstrdup(doc_text(d, N_("No sample was stored here yet."))));
	else if (plant->data_end_s <= c->from_s)
		say(&p, xasprintf(doc_text(d, N_("The newest sample is of %s.")),
			    word_time(d, plant->data_end_s).s));
	put(&p);
}

/* How much of it is known at all. */
static void
say_completeness(struct doc *d, const struct figures *f)
{
	const struct completeness *c = f->now.completeness;
	double target = f->plant->conf->report.target_completeness;

	if (isnan(c->part)) {
		doc_paragraph(d, doc_text(d, N_("There are no data of this period.")));
		return;
	}
	doc_paragraphf(d,
	    c->counted
		? doc_text(
		      d, N_("%s of the expected samples are there (%s: %s); at least %s are aimed "
			    "at."))
		: doc_text(d, N_("%s of the time is known (%s: %s); at least %s are aimed at.")),
	    there(d, c->part).s, then(d, f).s, there(d, f->before.completeness->part).s,
	    word_percent(d, target, 1).s);
}

/* --- to decide ------------------------------------------------------------------------------- */

/* The weightiest recommendations, of different kinds. */
static void
put_decisions(struct doc *d, const struct figures *f)
{
	struct advice *v = advice_new(f);
	bool had[ADVICE_KINDS_N] = { false };
	unsigned n = 0;

	doc_heading(d, 2, "decide", doc_text(d, N_("To decide")));
	for (size_t i = 0; i < v->nones && n < MAX_DECIDE; i++) {
		const struct advice_one *o = &v->ones[i];
		if (had[o->kind] || o->weight < DECIDE_WEIGHT)
			continue;
		had[o->kind] = true;
		n++;
		char *text = advise(d, o);
		doc_item(d, true, text);
		free(text);
	}
	if (n == 0)
		doc_paragraph(d, doc_text(d, N_("Nothing in this period asks for a decision.")));
	advice_free(v);
}

void
section_summary(struct doc *d, const struct figures *f)
{
	doc_heading(d, 1, "summary", doc_text(d, N_("Summary")));
	put_lights(d, &f->now);
	if (is_silent(f)) {
		say_silence(d, f);
		say_incidents(d, f);
	} else {
		say_availability(d, f);
		say_incidents(d, f);
		say_air(d, f);
		say_energy(d, f);
	}
	say_completeness(d, f);
	put_decisions(d, f);
}
