/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes and maintenance: what was done on purpose, then what else is another than it was. */
#include "collector/report/paper/section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/alarms.h"
#include "collector/report/figures/annals.h"
#include "collector/report/figures/changes.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/name.h"
#include "collector/report/paper/word.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define MOST_REBOOTS 15 /* in print */

/* The title of a rule in the configuration; the text itself of what is none there. */
static const char *
rule_title(const struct doc *d, const struct plant *p, const char *name)
{
	const struct conf_rule *rules = p->conf->rules.v;

	for (size_t i = 0; i < p->conf->rules.n; i++)
		if (strcmp(rules[i].name, name) == 0 && rules[i].title != NULL)
			return doc_text(d, rules[i].title);
	return name;
}

/* A node for people: title and name, where they differ. The caller frees it. */
static char *
title(const struct doc *d, const struct plant *p, const struct changes_one *o)
{
	if (o->kind == CHANGES_LIMIT)
		return xstrdup(rule_title(d, p, o->name));
	return xstrdup(o->node != NULL ? name_node(o->node).s : o->name);
}

/* Appends a part to a list; takes both. */
static char *
join(char *list, char *part)
{
	char *all = xasprintf("%s%s%s", list, *list != '\0' ? ", " : "", part);

	free(list);
	free(part);
	return all;
}

/* "zone B, srv-*, rule disk-full". The caller frees it. */
static char *
covers(const struct doc *d, const struct plant *p, const struct silence_match *m)
{
	char *all = xstrdup("");

	if (m->zone[0] != '\0')
		all = join(all, xasprintf(doc_text(d, N_("zone %s")), m->zone));
	if (m->node[0] != '\0')
		all = join(all, xstrdup(name_known(p, m->node).s));
	if (m->source[0] != '\0')
		all = join(all, xasprintf(doc_text(d, N_("series %s")), m->source));
	if (m->rule[0] != '\0')
		all = join(all, xasprintf(doc_text(d, N_("rule %s")), m->rule));
	return all;
}

/* Whether it covers a node of the report's zone, or there is no such zone. */
static bool
concerns(const struct silence_match *m, const struct figures *f)
{
	for (size_t i = 0; f->zone != NULL && i < site_nnodes(f->plant->site); i++) {
		const struct node *n = site_node_at(f->plant->site, i);
		const char *zone = n->zone != NULL ? n->zone->name : "site";
		if (plant_in_zone(n, f->zone) &&
		    (m->zone[0] == '\0' || str_covers(m->zone, zone)) &&
		    (m->node[0] == '\0' || str_covers(m->node, n->name)))
			return true;
	}
	return f->zone == NULL;
}

/* Maintenance and what was out of service; silences stand with the alarms. */
static void
put_works(struct doc *d, const struct figures *f)
{
	const struct alarms *a = f->now.alarms;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("From")), NULL, 1.5, false },
		{ doc_text(d, N_("To")), NULL, 1.5, false },
		{ doc_text(d, N_("Times")), NULL, 0.7, true },
		{ doc_text(d, N_("Lasted")), NULL, 1.2, true },
		{ doc_text(d, N_("What")), NULL, 2.2, false },
		{ doc_text(d, N_("Why")), NULL, 2.4, false },
		{ doc_text(d, N_("Who")), NULL, 1.2, false },
	};

	doc_heading(d, 2, "changes-works", doc_text(d, N_("Maintenance")));
	doc_table(d, "changes-works", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < a->nsilences; i++) {
		const struct alarms_silence *s = &a->silences[i];
		if (s->silence->kind == SILENCE_SILENCE || !concerns(&s->silence->match, f))
			continue;
		char *what = covers(d, f->plant, &s->silence->match);
		const struct cell cells[] = {
			cell_time(s->from_s),
			cell_time(s->to_s),
			cell_number(s->times, 0),
			cell_duration(s->lasted_s),
			cell_text(what),
			cell_text(s->silence->reason),
			cell_text(s->silence->id == 0 ? doc_text(d, N_("configuration"))
						      : s->silence->author),
		};
		doc_row(d, cells);
		free(what);
	}
	doc_table_end(d, doc_text(d, N_("There was no maintenance in this period.")));
}

/* The kinds in words. */
static const char *const words[CHANGES_KINDS] = {
	[CHANGES_NODE_NEW] = N_("Node added"),
	[CHANGES_NODE_GONE] = N_("Node removed"),
	[CHANGES_SERIES_NEW] = N_("Measurement added"),
	[CHANGES_SERIES_GONE] = N_("Measurement gone"),
	[CHANGES_LIMIT] = N_("Limit changed"),
	[CHANGES_CONFIG] = N_("Configuration changed"),
	[CHANGES_START] = N_("Monitoring started"),
	[CHANGES_REBOOT] = N_("Machine restarted"),
};

/* "above" and the like of a rule's limits, in words; the same without them. */
static const char *
key_word(const struct doc *d, const char **text)
{
	static const struct {
		const char *key;
		const char *word;
	} keys[] = { { "above ", N_("upper limit") }, { "below ", N_("lower limit") },
		{ "clear ", N_("ends at") } };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (strncmp(*text, keys[i].key, strlen(keys[i].key)) == 0) {
			*text += strlen(keys[i].key);
			return doc_text(d, keys[i].word);
		}
	return "";
}

/* "above 92 -> 90; clear 90 -> 87" in words. The caller frees it. */
static char *
limits(const struct doc *d, const char *text)
{
	char *out = xstrdup("");

	while (*text != '\0') {
		const char *word = key_word(d, &text), *end = strstr(text, "; ");
		int n = end != NULL ? (int)(end - text) : (int)strlen(text);
		char *more = xasprintf("%s%s%s%s%.*s", out, *out != '\0' ? "; " : "", word,
		    *word != '\0' ? " " : "", n, text);
		free(out);
		out = more;
		text += n + (end != NULL ? 2 : 0);
	}
	return out;
}

/* Before and after, with a real arrow. Takes the text; the caller frees what it returns. */
static char *
arrows(char *given)
{
	const char *text = given;
	char *out = xstrdup("");
	const char *at;

	while ((at = strstr(text, " -> ")) != NULL) {
		char *more = xasprintf("%s%.*s → ", out, (int)(at - text), text);
		free(out);
		out = more;
		text = at + 4;
	}
	char *all = xasprintf("%s%s", out, text);
	free(given);
	free(out);
	return all;
}

/* A series by its label, as far as its node is known. The caller frees it. */
static char *
sensor(const struct doc *d, const struct changes_one *o)
{
	const struct node *n = o->node;

	for (size_t i = 0; n != NULL && i < n->nseries; i++)
		if (strcmp(n->series[i]->name, o->text) == 0)
			return xstrdup(name_sensor(d, n->series[i], 0).s);
	return xstrdup(o->text);
}

/* What there is to say of a change. The caller frees it. */
static char *
detail(const struct doc *d, const struct changes_one *o)
{
	switch (o->kind) {
	case CHANGES_SERIES_NEW:
	case CHANGES_SERIES_GONE:
		return sensor(d, o);
	case CHANGES_CONFIG:
		return o->text[0] != '\0' ? xasprintf("%s → %s", o->text, o->name)
					  : xstrdup(o->name);
	case CHANGES_START:
		return isnan(o->away_s) ? xstrdup("")
					: xasprintf(doc_text(d, N_("it was away for %s")),
					      word_duration(d, o->away_s).s);
	case CHANGES_LIMIT:
		return arrows(limits(d, o->text));
	default:
		return xstrdup(o->text);
	}
}

/* A line of the table. */
static void
put_change(struct doc *d, const struct plant *p, const struct changes_one *o)
{
	char *name = title(d, p, o), *text = detail(d, o);
	bool nameless = o->kind == CHANGES_CONFIG || o->kind == CHANGES_START;
	const struct cell cells[] = {
		cell_time(o->time_s),
		cell_text(doc_text(d, words[o->kind])),
		cell_text(nameless ? "" : name),
		cell_text(text),
	};

	doc_row(d, cells);
	free(text);
	free(name);
}

/* Everything but machines that restarted. */
static void
put_changes(struct doc *d, const struct plant *p, const struct changes *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("When")), NULL, 1.3, false },
		{ doc_text(d, N_("Change")), NULL, 1.6, false },
		{ doc_text(d, N_("Of what")), NULL, 2.2, false },
		{ doc_text(d, N_("Before and after")), NULL, 3, false },
	};

	doc_heading(d, 2, "changes-all", doc_text(d, N_("Changes")));
	if (v->began > 0)
		doc_paragraphf(d,
		    lang_plural(doc_lang(d), "On %s monitoring began with %u node.",
			"On %s monitoring began with %u nodes.", v->began),
		    word_date(d, v->began_s).s, v->began);
	doc_table(d, "changes", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nones; i++)
		if (v->ones[i].kind != CHANGES_REBOOT)
			put_change(d, p, &v->ones[i]);
	doc_table_end(d, doc_text(d, N_("Nothing was added, removed or configured anew.")));
	if (v->left_out > 0)
		doc_notef(
		    d, doc_text(d, N_("Left out, for there were too many: %u.")), v->left_out);
}

/* Machines that restarted; more than a page wants stand in the CSV. */
static void
put_reboots(
    struct doc *d, const struct plant *p, const struct changes *v, const struct changes *before)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("When")), NULL, 1, false },
		{ doc_text(d, N_("Machine")), NULL, 3, false },
	};
	unsigned n = v->of_kind[CHANGES_REBOOT], shown = 0;

	doc_heading(d, 2, "changes-restarts", doc_text(d, N_("Restarts of machines")));
	if (n > 0)
		doc_paragraphf(d,
		    lang_plural(doc_lang(d), "%u restart was seen (in the period before: %u).",
			"%u restarts were seen (in the period before: %u).", n),
		    n, before->of_kind[CHANGES_REBOOT]);
	for (int whole = 0; whole <= (n > MOST_REBOOTS); whole++) {
		(whole ? doc_sheet : doc_table)(d, whole ? "restarts-all" : "restarts", NULL,
		    columns, sizeof columns / sizeof *columns);
		for (size_t i = 0; i < v->nones; i++) {
			const struct changes_one *o = &v->ones[i];
			if (o->kind != CHANGES_REBOOT || (!whole && ++shown > MOST_REBOOTS))
				continue;
			char *name = title(d, p, o);
			doc_row(d, (struct cell[]){ cell_time(o->time_s), cell_text(name) });
			free(name);
		}
		doc_table_end(d, doc_text(d, N_("No machine restarted.")));
	}
	if (n > MOST_REBOOTS)
		doc_notef(
		    d, doc_text(d, N_("The first %d are shown; the CSV has all.")), MOST_REBOOTS);
}

void
section_changes(struct doc *d, const struct figures *f)
{
	doc_heading(d, 1, "changes", doc_text(d, N_("Changes and maintenance")));
	put_works(d, f);
	put_changes(d, f->plant, f->now.changes);
	put_reboots(d, f->plant, f->now.changes, f->before.changes);
	doc_aside(
	    d, doc_text(d,
		   N_("Restarts are seen by uptimes that went back; of devices it is the uptime of "
		      "their management card. Firmware versions are not measured.")));
}
