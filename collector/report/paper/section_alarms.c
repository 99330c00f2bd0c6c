/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quality of the alarms, beside what EEMUA 191 and ISA-18.2 ask: how many, floods, what is a
 * nuisance, what was kept from people. */
#include "collector/report/paper/section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/text_say.h"
#include "collector/report/chart/chart.h"
#include "collector/report/figures/alarms.h"
#include "collector/report/figures/figures.h"
#include "collector/report/paper/cause.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/name.h"
#include "collector/report/paper/word.h"
#include "zw/alloc.h"
#include "zw/day.h"

#define SHOWN 10 /* rows of lists in print */

/* The key figures. */
static void
put_cards(struct doc *d, const struct figures *f)
{
	const struct alarms *v = f->now.alarms, *b = f->before.alarms;
	char below[160];

	snprintf(below, sizeof below, doc_text(d, N_("period before: %s")),
	    word_number(d, b->total, 0).s);
	doc_card(d, doc_text(d, N_("Alarms")), word_number(d, v->total, 0).s, below, DOC_PLAIN);
	snprintf(below, sizeof below, doc_text(d, N_("at most %s")),
	    word_number(d, ALARMS_PER_DAY_GOOD, 0).s);
	doc_card(d, doc_text(d, N_("A day")), word_number(d, v->per_day, 1).s, below,
	    v->per_day > ALARMS_PER_DAY_MOST   ? DOC_CRITICAL
	    : v->per_day > ALARMS_PER_DAY_GOOD ? DOC_WARNING
					       : DOC_OK);
	snprintf(below, sizeof below, doc_text(d, N_("at most %s")), word_percent(d, 1, 0).s);
	doc_card(d, doc_text(d, N_("Time in floods")), word_percent(d, v->flood_part * 100, 2).s,
	    below, v->flood_part > ALARMS_FLOOD_PART ? DOC_WARNING : DOC_OK);
	snprintf(below, sizeof below, doc_text(d, N_("at most %s")), word_number(d, 10, 0).s);
	doc_card(d, doc_text(d, N_("Most in 10 minutes")), word_number(d, v->most_in_10min, 0).s,
	    below, v->most_in_10min > 10 ? DOC_WARNING : DOC_OK);
}

/* How it was, in a few sentences. */
static void
put_sentences(struct doc *d, const struct figures *f)
{
	const struct alarms *v = f->now.alarms;

	if (v->total == 0) {
		doc_paragraph(d, doc_text(d, N_("There was no alarm of which people were told.")));
		return;
	}
	if (v->ndays > 1)
		doc_paragraphf(d,
		    doc_text(d, N_("%s alarms a day on average; the most, %u, on %s.")),
		    word_number(d, v->per_day, 1).s, v->days[v->worst_day].alarms,
		    word_date(d, v->days[v->worst_day].from_s).s);
	if (v->nfloods == 0)
		doc_paragraph(d, doc_text(d, N_("There was no flood of alarms.")));
	else
		doc_paragraphf(d,
		    lang_plural(doc_lang(d), "%zu flood of alarms, %s all together.",
			"%zu floods of alarms, %s all together.", v->nfloods),
		    v->nfloods, word_duration(d, v->flood_windows * 600.0).s);
	if (v->nsubjects > 0)
		doc_paragraphf(d, doc_text(d, N_("The ten most frequent alarms make %s of all.")),
		    word_percent(d, v->top_part * 100, 0).s);
}

/* Alarms of each day, those on days of floods marked by bars beside them. */
static void
put_chart(struct doc *d, const struct figures *f)
{
	const struct alarms *v = f->now.alarms;
	struct chart *c = chart_new(CHART_BARS, doc_lang(d));
	double *alarms = xcalloc(v->ndays + 1, sizeof *alarms);
	double *floods = xcalloc(v->ndays + 1, sizeof *floods);

	c->nvalues = v->ndays;
	c->decimals = 0;
	c->categories = xcalloc(v->ndays + 1, sizeof *c->categories);
	for (size_t i = 0; i < v->ndays; i++) {
		c->categories[i] = xasprintf("%d", day_local(v->days[i].from_s).tm_mday);
		alarms[i] = v->days[i].alarms;
		floods[i] = v->days[i].flood_windows * 10.0;
	}
	chart_line(c, doc_text(d, N_("Alarms")), alarms, NULL, NULL, v->ndays);
	if (v->nfloods > 0)
		chart_line(c, doc_text(d, N_("Minutes in floods")), floods, NULL, NULL, v->ndays);
	if (v->days_over > 0)
		chart_limit(c, ALARMS_PER_DAY_GOOD,
		    doc_text(d, N_("144 a day: what one operator can take")), false);
	doc_chart(d, "alarms-days", c, doc_text(d, N_("Alarms day by day")), 1);
	free(alarms);
	free(floods);
}

/* A row of what the standards ask; NAN of most: they ask nothing. */
static void
put_measure(struct doc *d, const char *name, double now, double before, int decimals, double most)
{
	bool good = !(now > most);
	const struct cell cells[] = { cell_text(name), cell_number(now, decimals),
		cell_number(before, decimals), cell_change(now, before, decimals),
		cell_number(most, 0),
		isnan(most) || isnan(now)
		    ? cell_text(NULL)
		    : cell_state(good ? DOC_OK : DOC_WARNING,
			  good ? doc_text(d, N_("kept")) : doc_text(d, N_("exceeded"))) };

	doc_row(d, cells);
}

/* Most alarms on a day. */
static double
worst_of(const struct alarms *v)
{
	return v->ndays > 0 ? v->days[v->worst_day].alarms : 0;
}

/* All figures beside the standards'. */
static void
put_measures(struct doc *d, const struct figures *f)
{
	const struct alarms *v = f->now.alarms, *b = f->before.alarms;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Figure")), NULL, 3.4, false },
		{ doc_text(d, N_("Value")), NULL, 1, true },
		{ doc_text(d, N_("Before")), NULL, 1, true },
		{ doc_text(d, N_("Change")), NULL, 1, true },
		{ doc_text(d, N_("At most")), NULL, 0.9, true },
		{ doc_text(d, N_("Guide")), NULL, 1.2, false },
	};

	doc_table(d, "alarms", doc_text(d, N_("Figures beside EEMUA 191 and ISA-18.2")), columns,
	    sizeof columns / sizeof *columns);
	put_measure(
	    d, doc_text(d, N_("Alarms of which people were told")), v->total, b->total, 0, NAN);
	put_measure(d, doc_text(d, N_("Alarms a day, mean")), v->per_day, b->per_day, 1,
	    ALARMS_PER_DAY_GOOD);
	put_measure(d, doc_text(d, N_("Alarms on the worst day")), worst_of(v), worst_of(b), 0,
	    ALARMS_PER_DAY_MOST);
	put_measure(
	    d, doc_text(d, N_("Most in 10 minutes")), v->most_in_10min, b->most_in_10min, 0, 10);
	put_measure(d, doc_text(d, N_("Floods")), (double)v->nfloods, (double)b->nfloods, 0, NAN);
	put_measure(d, doc_text(d, N_("Time in floods, %")), v->flood_part * 100,
	    b->flood_part * 100, 2, ALARMS_FLOOD_PART * 100);
	put_measure(d, doc_text(d, N_("Chattering alarms")), (double)v->nchatters,
	    (double)b->nchatters, 0, 0);
	put_measure(d, doc_text(d, N_("Alarms that stood for more than 24 h")), (double)v->nstale,
	    (double)b->nstale, 0, ALARMS_STALE_MOST);
	put_measure(d, doc_text(d, N_("Over within a minute, unacknowledged")), v->fleeting,
	    b->fleeting, 0, NAN);
	put_measure(d, doc_text(d, N_("Share of the ten most frequent, %")), v->top_part * 100,
	    b->top_part * 100, 0, NAN);
	doc_table_end(d, NULL);
	doc_notef(d,
	    doc_text(d, N_("Not in these figures: %u of which nobody was told (silenced or in "
			   "maintenance), %u that follow from others, %u learned late. A flood "
			   "begins with more than 10 alarms in 10 minutes and ends with fewer "
			   "than 5.")),
	    v->muted, v->consequences, v->late);
}

/* How they are split by severity. */
static void
put_split(struct doc *d, const struct figures *f)
{
	static const double guide[] = { ALARMS_SPLIT_INFO, ALARMS_SPLIT_WARNING,
		ALARMS_SPLIT_CRITICAL };
	const struct alarms *v = f->now.alarms, *b = f->before.alarms;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Severity")), NULL, 2, false },
		{ doc_text(d, N_("Alarms")), NULL, 1, true },
		{ doc_text(d, N_("Share")), "%", 1, true },
		{ doc_text(d, N_("Before")), "%", 1, true },
		{ doc_text(d, N_("Guide")), "%", 1, true },
	};

	doc_table(d, "alarms-severity", doc_text(d, N_("Split by severity")), columns,
	    sizeof columns / sizeof *columns);
	for (int s = WIRE_CRITICAL; s >= WIRE_INFO; s--) {
		const struct cell cells[] = { cause_severity(d, (enum wire_severity)s),
			cell_number(v->of_severity[s], 0), cell_number(v->split[s] * 100, 0),
			cell_number(b->split[s] * 100, 0), cell_number(guide[s] * 100, 0) };
		doc_row(d, cells);
	}
	doc_table_end(d, NULL);
}

/* A rule's title in the language. */
static const char *
title_of(const struct doc *d, const struct alarms_top *t)
{
	return *t->title != '\0' ? doc_text(d, t->title) : t->rule;
}

/* The alarms of the period before by the same rule; NAN: there was no history yet. */
static double
rule_before(const struct figures_of *before, const char *rule)
{
	int64_t from_ms = before->annals->history_from_ms;

	if (from_ms == 0 || from_ms >= before->period.to_s * 1000)
		return NAN;
	return alarms_of_rule(before->alarms, rule);
}

/* The ten most frequent alarms; with the names of their rules in the CSV. */
static void
put_rules(struct doc *d, const struct figures *f, bool sheet)
{
	const struct alarms *v = f->now.alarms;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Alarm")), NULL, 4, false },
		{ doc_text(d, N_("Alarms")), NULL, 1, true },
		{ doc_text(d, N_("Share")), "%", 1, true },
		{ doc_text(d, N_("Before")), NULL, 1, true },
		{ doc_text(d, N_("Rule")), NULL, 2, false },
	};
	const size_t ncolumns = sizeof columns / sizeof *columns;

	if (sheet)
		doc_sheet(d, "alarms-rules-all", doc_text(d, N_("The most frequent alarms")),
		    columns, ncolumns);
	else
		doc_table(d, "alarms-rules", doc_text(d, N_("The most frequent alarms")), columns,
		    ncolumns - 1);
	for (size_t i = 0; i < v->nrules; i++) {
		const struct alarms_top *t = &v->rules[i];
		const struct cell cells[] = { cell_text(title_of(d, t)), cell_number(t->alarms, 0),
			cell_number(t->part * 100, 0),
			cell_number(rule_before(&f->before, t->rule), 0), cell_text(t->rule) };
		doc_row(d, cells);
	}
	doc_table_end(d, NULL);
}

/* The node and its sensor; the zone's or rack's name of one without a node. */
static void
subject_of(char dst[CAUSE_MAX], const struct doc *d, const struct plant *p, const char *zone,
    const char *rack, const char *node, const char *series, const char *field)
{
	if (*node != '\0')
		text_say(dst, CAUSE_MAX, "%s", name_place(d, p, node, series, field).s);
	else if (*rack != '\0')
		text_say(dst, CAUSE_MAX, doc_text(d, N_("rack %s")), rack);
	else
		cause_zone(dst, d, p, zone);
}

/* What they fired on most often. */
static void
put_subjects(struct doc *d, const struct figures *f)
{
	const struct alarms *v = f->now.alarms;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Alarm")), NULL, 3, false },
		{ doc_text(d, N_("On")), NULL, 3, false },
		{ doc_text(d, N_("Zone")), NULL, 1, false },
		{ doc_text(d, N_("Alarms")), NULL, 1, true },
		{ doc_text(d, N_("Share")), "%", 1, true },
	};
	char subject[CAUSE_MAX], zone[160];

	doc_table(d, "alarms-subjects", doc_text(d, N_("Where they come from most often")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nsubjects; i++) {
		const struct alarms_top *t = &v->subjects[i];
		subject_of(subject, d, f->plant, t->zone, t->rack, t->node, t->series, t->field);
		cause_zone(zone, d, f->plant, t->zone);
		const struct cell cells[] = { cell_text(title_of(d, t)), cell_text(subject),
			cell_text(zone), cell_number(t->alarms, 0), cell_number(t->part * 100, 0) };
		doc_row(d, cells);
	}
	doc_table_end(d, NULL);
}

/* What came and went; the rest in the CSV. */
static void
put_chatters(struct doc *d, const struct figures *f, bool sheet)
{
	const struct alarms *v = f->now.alarms;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Alarm that chattered")), NULL, 4, false },
		{ doc_text(d, N_("Zone")), NULL, 1.2, false },
		{ doc_text(d, N_("Times")), NULL, 1, true },
	};
	size_t n = v->nchatters > SHOWN && !sheet ? SHOWN : v->nchatters;
	char zone[160];

	if (sheet)
		doc_sheet(d, "alarms-chattering-all", doc_text(d, N_("Chattering alarms")), columns,
		    sizeof columns / sizeof *columns);
	else
		doc_table(d, "alarms-chattering", doc_text(d, N_("Chattering alarms")), columns,
		    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < n; i++) {
		cause_zone(zone, d, f->plant, v->chatters[i].zone);
		const struct cell cells[] = { cell_text(v->chatters[i].subject), cell_text(zone),
			cell_number(v->chatters[i].times, 0) };
		doc_row(d, cells);
	}
	doc_table_end(d, NULL);
	if (n == v->nchatters)
		return;
	doc_notef(d, doc_text(d, N_("The worst %d of %zu are shown; all are in %s.csv.")), SHOWN,
	    v->nchatters, "alarms-chattering-all");
	put_chatters(d, f, true);
}

/* What stood for more than a day; likewise. */
static void
put_stale(struct doc *d, const struct figures *f, bool sheet)
{
	const struct alarms *v = f->now.alarms;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Alarm")), NULL, 4, false },
		{ doc_text(d, N_("Zone")), NULL, 1.2, false },
		{ doc_text(d, N_("Raised")), NULL, 1.4, false },
		{ doc_text(d, N_("Stood")), NULL, 1.2, true },
		{ doc_text(d, N_("Remark")), NULL, 1, false },
	};
	size_t n = v->nstale > SHOWN && !sheet ? SHOWN : v->nstale;
	char cause[CAUSE_MAX], zone[160];

	if (sheet)
		doc_sheet(d, "alarms-stale-all", doc_text(d, N_("Alarms of more than 24 h")),
		    columns, sizeof columns / sizeof *columns);
	else
		doc_table(d, "alarms-stale",
		    doc_text(d, N_("Alarms that stood for more than 24 h")), columns,
		    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < n; i++) {
		const struct annals_alert *al = v->stale[i].alert;
		cause_of_alert(cause, d, f->plant, al);
		cause_zone(zone, d, f->plant, al->zone);
		const struct cell cells[] = { cell_text(cause), cell_text(zone),
			cell_time(al->fired_ms / 1000), cell_duration(v->stale[i].seconds),
			cell_text(v->stale[i].open ? doc_text(d, N_("open")) : NULL) };
		doc_row(d, cells);
	}
	doc_table_end(d, NULL);
	if (n == v->nstale)
		return;
	doc_notef(d, doc_text(d, N_("The worst %d of %zu are shown; all are in %s.csv.")), SHOWN,
	    v->nstale, "alarms-stale-all");
	put_stale(d, f, true);
}

/* What a silence covers: "zone B, srv-1*"; all of it without a pattern. */
static void
match_of(
    char dst[CAUSE_MAX], const struct doc *d, const struct plant *p, const struct silence_match *m)
{
	const struct name node = name_known(p, m->node);
	const char *const parts[] = { m->zone, node.s, m->source, m->rule };

	*dst = '\0';
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (*parts[i] != '\0')
			text_add(dst, CAUSE_MAX, "%s%s%s", *dst != '\0' ? ", " : "",
			    i == 0 && strcmp(parts[i], "site") != 0 ? doc_text(d, N_("zone ")) : "",
			    parts[i]);
	if (*dst == '\0')
		text_say(dst, CAUSE_MAX, "%s", doc_text(d, N_("everything")));
}

/* What kind of silence it was. */
static const char *
kind_of(enum silence_kind kind)
{
	return kind == SILENCE_SILENCE	     ? N_("silenced")
	       : kind == SILENCE_MAINTENANCE ? N_("maintenance")
					     : N_("out of service");
}

/* What was kept from people; the CSV has all. */
static void
put_silences(struct doc *d, const struct figures *f, bool sheet)
{
	const struct alarms *v = f->now.alarms;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Kind")), NULL, 1.3, false },
		{ doc_text(d, N_("Of what")), NULL, 1.8, false },
		{ doc_text(d, N_("From")), NULL, 1.2, false },
		{ doc_text(d, N_("To")), NULL, 1.2, false },
		{ doc_text(d, N_("Times")), NULL, 0.7, true },
		{ doc_text(d, N_("Lasted")), NULL, 1, true },
		{ doc_text(d, N_("Alarms")), NULL, 0.8, true },
		{ doc_text(d, N_("Why, by")), NULL, 2.4, false },
	};
	size_t n = v->nsilences > SHOWN && !sheet ? SHOWN : v->nsilences;
	char match[CAUSE_MAX], why[CAUSE_MAX];

	if (sheet)
		doc_sheet(d, "alarms-silences-all", doc_text(d, N_("All silences")), columns,
		    sizeof columns / sizeof *columns);
	else
		doc_table(d, "alarms-silences",
		    doc_text(d, N_("Silenced, in maintenance, out of service")), columns,
		    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < n; i++) {
		const struct alarms_silence *s = &v->silences[i];
		match_of(match, d, f->plant, &s->silence->match);
		snprintf(why, sizeof why, "%s – %s", s->silence->reason,
		    s->silence->id != 0 ? s->silence->author : doc_text(d, N_("configuration")));
		const struct cell cells[] = { cell_text(doc_text(d, kind_of(s->silence->kind))),
			cell_text(match), cell_time(s->from_s), cell_time(s->to_s),
			cell_number(s->times, 0), cell_duration(round(s->lasted_s)),
			cell_number(s->alerts, 0), cell_text(why) };
		doc_row(d, cells);
	}
	doc_table_end(d, NULL);
	if (n == v->nsilences)
		return;
	doc_notef(d, doc_text(d, N_("%d of %zu are shown; all are in %s.csv.")), SHOWN,
	    v->nsilences, "alarms-silences-all");
	put_silences(d, f, true);
}

void
section_alarms(struct doc *d, const struct figures *f)
{
	const struct alarms *v = f->now.alarms;

	doc_heading(d, 1, "alarms", doc_text(d, N_("Quality of the alarms")));
	put_cards(d, f);
	put_sentences(d, f);
	if (v->total > 0)
		put_chart(d, f);
	put_measures(d, f);
	if (v->total > 0) {
		put_split(d, f);
		put_rules(d, f, false);
		put_rules(d, f, true);
		put_subjects(d, f);
	}
	if (v->nchatters > 0)
		put_chatters(d, f, false);
	if (v->nstale > 0)
		put_stale(d, f, false);
	if (v->nsilences > 0)
		put_silences(d, f, false);
}
