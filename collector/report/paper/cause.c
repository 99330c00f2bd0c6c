/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/report/paper/cause.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/text_reason.h"
#include "collector/alert/text_say.h"
#include "collector/report/paper/name.h"
#include "collector/site/site.h"
#include "zw/str.h"

/* Whether a reason cannot be said without a number that is not there. */
static bool
lacks_number(const struct reason *why)
{
	switch (why->code) {
	case REASON_OTHER:
	case REASON_SILENT:
	case REASON_LOST:
	case REASON_NEVER:
	case REASON_STATE:
	case REASON_GONE:
		return false;
	default:
		return isnan(why->v[0]);
	}
}

/* The alert as those who say it take it. */
static struct alert
alert_of(const struct annals_alert *al)
{
	struct alert a = { .id = al->id,
		.rule = al->rule,
		.title = al->title,
		.unit = al->unit,
		.severity = al->severity,
		.topic = al->topic,
		.value = al->value,
		.limit = al->bound,
		.peak = al->peak,
		.why = al->why };

	(void)str_copy(a.zone, sizeof a.zone, *al->zone != '\0' ? al->zone : "site");
	(void)str_copy(a.rack, sizeof a.rack, al->rack);
	(void)str_copy(a.node, sizeof a.node, al->node);
	(void)str_copy(a.series, sizeof a.series, al->series);
	(void)str_copy(a.field, sizeof a.field, al->field);
	if (lacks_number(&al->why))
		a.why.code = REASON_OTHER; /* the title says enough */
	else
		(void)str_copy(a.reason, sizeof a.reason, al->reason);
	return a;
}

/* Whom it is about: its node, and the sensor where the node has several of the kind. */
static void
say_who(char *dst, size_t size, const struct doc *d, const struct plant *p, const struct alert *a)
{
	bool one_of_many = strchr(a->series, '-') != NULL;

	if (*a->node != '\0')
		text_say(dst, size, "%s",
		    name_place(d, p, a->node, one_of_many ? a->series : "", a->field).s);
	else
		text_who(dst, size, a, doc_lang(d));
}

/* Whether the title of the alert has all that its reason says: that a node is silent, that a link
 * does not answer. */
static bool
says_nothing(const struct plant *p, const struct alert *a)
{
	const struct node *n = site_node(p->site, a->node);

	return a->why.code == REASON_SILENT || a->why.code == REASON_LOST ||
	       (a->why.code == REASON_STATE && n != NULL && n->kind == NODE_LINK);
}

void
cause_of_alert(
    char dst[CAUSE_MAX], const struct doc *d, const struct plant *p, const struct annals_alert *al)
{
	struct alert a = alert_of(al);
	char who[256], reason[ALERT_MAX_TEXT];

	say_who(who, sizeof who, d, p, &a);
	text_beside(reason, sizeof reason, &a, doc_lang(d));
	if (says_nothing(p, &a))
		*reason = '\0';
	text_say(dst, CAUSE_MAX, "%s", text_title(&a, doc_lang(d)));
	if (*who != '\0')
		text_add(dst, CAUSE_MAX, " – %s", who);
	if (*reason != '\0')
		text_add(dst, CAUSE_MAX, ", %s", reason);
}

void
cause_of_incident(char dst[CAUSE_MAX], const struct doc *d, const struct plant *p,
    const struct annals_incident *in)
{
	if (in->root != NULL)
		cause_of_alert(dst, d, p, in->root);
	else
		text_say(dst, CAUSE_MAX, "%s", in->cause);
}

void
cause_zone(char dst[160], const struct doc *d, const struct plant *p, const char *zone)
{
	const struct zone *z = site_zone(p->site, zone);

	if (z == NULL && *zone != '\0')
		snprintf(dst, 160, "%s", zone); /* of which the configuration knows no more */
	else
		text_zone(dst, 160, z, doc_text(d, N_("Site")), doc_lang(d));
}

struct cell
cause_severity(const struct doc *d, enum wire_severity s)
{
	return cell_state(s == WIRE_CRITICAL  ? DOC_CRITICAL
			  : s == WIRE_WARNING ? DOC_WARNING
					      : DOC_OK,
	    text_grade(s, doc_lang(d)));
}
