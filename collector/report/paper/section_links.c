/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network and institutions: a line each, then what several of them went down by together, then
 * traffic; what the site does not measure is said by name. */
#include "collector/report/paper/section.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/figures/links.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/section_parts.h"
#include "collector/report/paper/word.h"
#include "collector/site/site.h"

#define MEGA 1e6

/* What the whole month says, in sentences. */
static void
put_words(struct doc *d, const struct links *v, const struct links *before)
{
	enum lang l = doc_lang(d);
	double target = v->nones > 0 ? v->ones[0].target : NAN;
	struct word up = word_percent(d, 100 * v->availability, 3);
	struct word then = word_percent(d, 100 * before->availability, 3);

	doc_paragraphf(d,
	    lang_plural(l,
		"%lu link is watched: it was up %s of the time (in the period before: %s).",
		"%lu links are watched: together they were up %s of the time (in the period "
		"before: %s).",
		v->nones),
	    (unsigned long)v->nones, up.s, then.s);
	if (v->missed > 0)
		doc_paragraphf(d,
		    lang_plural(l,
			"%lu link was below its target of %s (in the period before: %lu).",
			"%lu links were below their target of %s (in the period before: %lu).",
			v->missed),
		    (unsigned long)v->missed, word_percent(d, 100 * target, 1).s,
		    (unsigned long)before->missed);
	else if (v->met > 0)
		doc_paragraphf(d, doc_text(d, N_("Every link met its target of %s.")),
		    word_percent(d, 100 * target, 1).s);
}

/* A line each. */
static void
put_links(struct doc *d, const struct links *v, const struct links *before)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Institution")), NULL, 3.4, false },
		{ doc_text(d, N_("Availability")), "%", 1.3, true },
		{ doc_text(d, N_("Change")), "%", 1.1, true },
		{ doc_text(d, N_("Own outages")), NULL, 1, true },
		{ doc_text(d, N_("Longest")), NULL, 1.4, true },
		{ doc_text(d, N_("Shared outages")), NULL, 1.2, true },
		{ doc_text(d, N_("Round trip, mean")), "ms", 1.1, true },
		{ doc_text(d, N_("p95")), "ms", 1, true },
		{ doc_text(d, N_("Loss")), "%", 1, true },
	};

	doc_table(d, "links", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nones; i++) {
		const struct links_one *o = &v->ones[i], *b = SECTION_SAME(before->ones,
							     before->nones, node, o->node);
		const struct cell cells[] = {
			cell_text(o->node->title),
			cell_number(100 * o->availability, 3),
			cell_change(
			    100 * o->availability, b != NULL ? 100 * b->availability : NAN, 3),
			cell_number(o->outages, 0),
			cell_duration(o->longest_s > 0 ? o->longest_s : NAN),
			cell_number(o->shared, 0),
			cell_number(1000 * o->rtt.mean, 1),
			cell_number(1000 * o->rtt.p95, 1),
			cell_number(o->loss.mean, 2),
		};
		doc_row(d, cells);
	}
	doc_table_end(d, NULL);
}

/* What several links went down by together. */
static void
put_causes(struct doc *d, const struct links *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Incident")), NULL, 1, true },
		{ doc_text(d, N_("Cause")), NULL, 3, false },
		{ doc_text(d, N_("From")), NULL, 1.6, false },
		{ doc_text(d, N_("Lasted")), NULL, 1.3, true },
		{ doc_text(d, N_("Links")), NULL, 0.8, true },
		{ doc_text(d, N_("Downtime of all links")), NULL, 1.5, true },
	};

	doc_heading(d, 2, "links-causes", doc_text(d, N_("Shared causes")));
	doc_table(d, "links-causes", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->ncauses; i++) {
		const struct links_cause *c = &v->causes[i];
		const struct cell cells[] = {
			cell_number((double)c->incident, 0),
			cell_text(c->node->title),
			cell_time(c->from_s),
			cell_duration((double)(c->to_s - c->from_s)),
			cell_number(c->links, 0),
			cell_duration(c->lost_s),
		};
		doc_row(d, cells);
	}
	doc_table_end(d, doc_text(d, N_("No outage had a cause that several links share.")));
	doc_aside(d,
	    doc_text(d,
		N_("Availability = up / (up + own unplanned downtime). Maintenance counts neither "
		   "way, nor does downtime by a cause that several links share: it is told here "
		   "once and charged to no institution. An outage is by such a cause when at least "
		   "half of it lies within a critical incident (2 min before and after it "
		   "included) of a node that the link hangs on, and at least two links went down "
		   "by it.")));
}

/* Mbit/s of a mean in bytes. */
static struct cell
rate(double bytes)
{
	return cell_number(bytes * 8 / MEGA, 2);
}

/* The ports that are links', the fullest first, as the lines above have them. */
static void
put_traffic(struct doc *d, const struct links *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Institution")), NULL, 3.2, false },
		{ doc_text(d, N_("Port")), "Mbit/s", 1.1, true },
		{ doc_text(d, N_("From it, mean")), "Mbit/s", 1.1, true },
		{ doc_text(d, N_("p95")), "Mbit/s", 1, true },
		{ doc_text(d, N_("Maximum")), "Mbit/s", 1.3, true },
		{ doc_text(d, N_("p95 of port")), "%", 1, true },
		{ doc_text(d, N_("To it, mean")), "Mbit/s", 1.1, true },
		{ doc_text(d, N_("p95")), "Mbit/s", 1, true },
		{ doc_text(d, N_("Maximum")), "Mbit/s", 1.3, true },
		{ doc_text(d, N_("p95 of port")), "%", 1, true },
	};

	doc_heading(d, 2, "links-traffic", doc_text(d, N_("Traffic")));
	doc_table(d, "links-traffic", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nones; i++) {
		const struct links_one *o = &v->ones[i];
		const struct cell cells[] = {
			cell_text(o->node->title),
			cell_number(o->speed / MEGA, 0),
			rate(o->from.bytes.mean),
			rate(o->from.bytes.p95),
			rate(o->from.bytes.max),
			cell_number(100 * o->from.share_p95, 1),
			rate(o->to.bytes.mean),
			rate(o->to.bytes.p95),
			rate(o->to.bytes.max),
			cell_number(100 * o->to.share_p95, 1),
		};
		if (o->port != NULL)
			doc_row(d, cells);
	}
	doc_table_end(d, doc_text(d, N_("No link's traffic is measured.")));
	doc_notef(d,
	    doc_text(
		d, N_("Traffic is that of the switch's port whose description is the link's name: "
		      "measured of %u links out of %zu.")),
	    v->measured, v->nones);
}

/* Wireless, sessions: what the network's own devices tell. */
static void
put_extras(struct doc *d, const struct links *v)
{
	static const char *const names[LINKS_EXTRA_N] = {
		[LINKS_POINTS] = N_("Access points on"),
		[LINKS_STATIONS] = N_("Wireless users"),
		[LINKS_SESSIONS] = N_("Sessions"),
	};
	const struct doc_column columns[] = {
		{ doc_text(d, N_("What")), NULL, 2, false },
		{ doc_text(d, N_("Device")), NULL, 2, false },
		{ doc_text(d, N_("Mean")), NULL, 1, true },
		{ doc_text(d, N_("Maximum")), NULL, 1, true },
		{ doc_text(d, N_("When")), NULL, 1.6, false },
	};

	doc_heading(d, 2, "links-devices", doc_text(d, N_("Wireless network and sessions")));
	doc_table(d, "links-devices", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nextras; i++) {
		const struct links_extra *x = &v->extras[i];
		const struct cell cells[] = {
			cell_text(doc_text(d, names[x->kind])),
			cell_text(x->series->node->title),
			cell_number(x->stat.mean, 1),
			cell_number(x->stat.max, 0),
			cell_time(x->stat.max_at_s),
		};
		doc_row(d, cells);
	}
	doc_table_end(d, NULL);
}

/* What is not measured, by name. */
static void
put_absent(struct doc *d, const struct links *v)
{
	static const char *const names[LINKS_EXTRA_N] = {
		[LINKS_POINTS] = N_("wireless access points"),
		[LINKS_STATIONS] = N_("wireless users"),
		[LINKS_SESSIONS] = N_("sessions of address translation"),
	};
	bool has[LINKS_EXTRA_N] = { false };
	char list[512] = "";

	for (size_t i = 0; i < v->nextras; i++)
		has[v->extras[i].kind] = true;
	for (int i = 0; i < LINKS_EXTRA_N; i++)
		if (!has[i])
			section_list(list, sizeof list, doc_text(d, names[i]));
	if (list[0] != '\0')
		doc_notef(d, doc_text(d, N_("Not measured at this site: %s.")), list);
}

/* Which rows round trips and traffic are of. */
static void
put_step(struct doc *d, const struct links *v)
{
	for (size_t i = 0; i < v->nones; i++) {
		if (!(v->ones[i].rtt.known_s > 0))
			continue;
		doc_notef(d,
		    doc_text(d,
			N_("p95: of the means of %s; the loss is a mean that has outages in it.")),
		    word_duration(d, (double)v->ones[i].rtt.step_s).s);
		return;
	}
}

void
section_links(struct doc *d, const struct figures *f)
{
	const struct links *v = f->now.links;

	doc_heading(d, 1, "links", doc_text(d, N_("Network and institutions")));
	if (v->nones == 0) {
		doc_note(d, doc_text(d, N_("No link to an institution is watched here.")));
	} else {
		put_words(d, v, f->before.links);
		put_links(d, v, f->before.links);
		put_step(d, v);
		put_causes(d, v);
		put_traffic(d, v);
	}
	if (v->nextras > 0)
		put_extras(d, v);
	put_absent(d, v);
}
