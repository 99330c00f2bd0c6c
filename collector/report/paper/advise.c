/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each kind is a whole sentence behind its subject and a colon, so that no language has to bend the
 * subject; what is known comes first, then what to do. */
#include "collector/report/paper/advise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/advice.h"
#include "collector/report/figures/capacity.h"
#include "collector/report/paper/name.h"
#include "collector/report/paper/word.h"
#include "collector/site/site.h"
#include "zw/alloc.h"

char *
advise_subject(const struct doc *d, const struct node *n, const struct zone *z)
{
	if (n != NULL && n->kind == NODE_SUMMARY)
		n = NULL;
	if (n != NULL)
		return xstrdup(name_node(n).s);
	if (z != NULL)
		return xstrdup(z->title != NULL && *z->title != '\0' ? z->title : z->name);
	return xstrdup(doc_text(d, N_("Site")));
}

/* A file system that fills. */
static char *
disk(const struct doc *d, const char *subject, const struct advice_one *o)
{
	struct word now = word_percent(d, o->value, 1), day = word_date(d, o->date_s);
	struct name mount = name_mount(o->what);

	if (o->times == CAPACITY_INODES && o->date_s > 0)
		return xasprintf(
		    doc_text(d,
			N_("%s: %s of the files that file system %s can have are there, and all of "
			   "them on %s at this pace. Delete small files, or make it anew.")),
		    subject, now.s, mount.s, day.s);
	if (o->date_s > 0)
		return xasprintf(
		    doc_text(d, N_("%s: file system %s is filled to %s and will be full on %s at "
				   "this pace. Make room, or enlarge it.")),
		    subject, mount.s, now.s, day.s);
	return xasprintf(
	    doc_text(d, N_("%s: file system %s is filled to %s. Make room, or enlarge it.")),
	    subject, mount.s, now.s);
}

/* Anything else that fills. */
static char *
capacity(const struct doc *d, const char *subject, const struct advice_one *o)
{
	static const char *const names[CAPACITY_KINDS] = {
		[CAPACITY_MEMORY] = N_("memory"),
		[CAPACITY_CPU] = N_("processor"),
		[CAPACITY_UPS] = N_("UPS load"),
		[CAPACITY_POWER] = N_("power"),
		[CAPACITY_COOLING] = N_("cooling"),
		[CAPACITY_PORTS] = N_("ports in use"),
	};
	const char *name = o->times < CAPACITY_KINDS && names[o->times] != NULL
			       ? doc_text(d, names[o->times])
			       : "";
	struct word now = word_percent(d, o->value, 1);

	if (o->date_s > 0)
		return xasprintf(
		    doc_text(d, N_("%s, %s: %s now, and 80 %% on %s at this pace. Plan an "
				   "extension.")),
		    subject, name, now.s, word_date(d, o->date_s).s);
	return xasprintf(
	    doc_text(d, N_("%s, %s: %s now, more than the 80 %% that leave a reserve. Plan an "
			   "extension.")),
	    subject, name, now.s);
}

/* What missed its target. */
static char *
below(const struct doc *d, const char *subject, const struct advice_one *o)
{
	enum lang l = doc_lang(d);
	struct word part = word_percent(d, o->value, 2), target = word_percent(d, o->bound, 1);

	if (o->kind == ADVICE_LINK_BELOW)
		return xasprintf(
		    lang_plural(l,
			"%s: the link was up %s of the time, less than its target of %s, with %u "
			"outage of its own. Take it up with the provider.",
			"%s: the link was up %s of the time, less than its target of %s, with %u "
			"outages of its own. Take it up with the provider.",
			o->times),
		    subject, part.s, target.s, o->times);
	return xasprintf(lang_plural(l,
			     "%s: available %s of the time, less than the target of %s, with %u "
			     "unplanned outage. Find its cause.",
			     "%s: available %s of the time, less than the target of %s, with %u "
			     "unplanned outages. Find their cause.",
			     o->times),
	    subject, part.s, target.s, o->times);
}

/* Alarms and incidents. */
static char *
alarm_advice(const struct doc *d, const char *subject, const struct advice_one *o)
{
	enum lang l = doc_lang(d);
	const char *title = lang_text(l, o->what);

	switch (o->kind) {
	case ADVICE_REPEATED:
		return xasprintf(
		    lang_plural(l, "%s: “%s” led to %u incident. Mend its cause for good.",
			"%s: “%s” led to %u incidents. Mend their cause for good.", o->times),
		    subject, title, o->times);
	case ADVICE_CHATTERS:
		return xasprintf(
		    lang_plural(l,
			"%s: this alarm was found to come and go %u time. Tune its limits or "
			"delays.",
			"%s: this alarm was found to come and go %u times. Tune its limits or "
			"delays.",
			o->times),
		    o->what, o->times);
	case ADVICE_STALE:
		return xasprintf(
		    doc_text(d, N_("%s: the alert “%s” has stood for %s. Mend what it tells of, "
				   "or take that out of service.")),
		    subject, title, word_duration(d, o->value).s);
	default:
		return xasprintf(
		    lang_plural(l,
			"%u critical incident was acknowledged by nobody. See who is on duty, and "
			"whether messages arrive.",
			"%u critical incidents were acknowledged by nobody. See who is on duty, "
			"and "
			"whether messages arrive.",
			o->times),
		    o->times);
	}
}

/* The room: air, batteries, cooling. */
static char *
room(const struct doc *d, const char *subject, const struct advice_one *o)
{
	struct word span = word_duration(d, o->value);

	switch (o->kind) {
	case ADVICE_ZONE_HOT:
		return xasprintf(
		    doc_text(d, N_("%s: the inlet air was beyond the allowable range for %s. "
				   "Find out why.")),
		    subject, span.s);
	case ADVICE_ZONE_WARM:
		return xasprintf(
		    doc_text(d, N_("%s: the inlet air was beyond the recommended range for %s. "
				   "Look at cooling and airflow.")),
		    subject, span.s);
	case ADVICE_REDUNDANCY:
		return xasprintf(
		    doc_text(d, N_("%s: the unit was not to be counted on for %s, and its zone "
				   "was short of its reserve. Have it serviced.")),
		    subject, span.s);
	default:
		if (isnan(o->value))
			return xasprintf(
			    doc_text(d, N_("%s: the UPS asks for a new battery. Replace it.")),
			    subject);
		return xasprintf(
		    doc_text(d, N_("%s: at the least the battery would have lasted %s. Test it, "
				   "and plan its replacement.")),
		    subject, span.s);
	}
}

/* The label of the series that it is about. */
static struct name
sensor_of(const struct doc *d, const struct advice_one *o)
{
	const struct node *n = o->node;

	for (size_t i = 0; n != NULL && i < n->nseries; i++)
		for (unsigned k = 0; k < n->series[i]->nfields; k++)
			if (strcmp(n->series[i]->instance, o->what) == 0 ||
			    strcmp(n->series[i]->fields[k].name, o->what) == 0)
				return name_sensor(d, n->series[i], k);
	struct name other;
	(void)snprintf(other.s, sizeof other.s, "%s", o->what);
	return other;
}

/* Monitoring itself. */
static char *
monitoring(const struct doc *d, const char *subject, const struct advice_one *o)
{
	switch (o->kind) {
	case ADVICE_SENSOR_DEAD:
		return xasprintf(
		    doc_text(d, N_("%s: the sensor %s tells nothing; %s of its data are there. "
				   "Replace it, or take it out.")),
		    subject, sensor_of(d, o).s, word_percent(d, o->value, 1).s);
	case ADVICE_DATA_MISSING:
		return xasprintf(
		    doc_text(d, N_("%s: %s of the expected samples are there, less than the %s "
				   "aimed at. The appendix has the gaps.")),
		    subject, word_percent(d, o->value, 2).s, word_percent(d, o->bound, 1).s);
	case ADVICE_CERTIFICATE:
		return xasprintf(doc_text(d, N_("%s: a certificate ends on %s. Renew it in time.")),
		    subject, word_date(d, o->date_s).s);
	default:
		return xasprintf(
		    doc_text(d, N_("The PUE comes out as %s, which cannot be. Check the meters "
				   "and what they are configured as.")),
		    word_number(d, o->value, 2).s);
	}
}

/* By kind. */
static char *
sentence(const struct doc *d, const char *subject, const struct advice_one *o)
{
	switch (o->kind) {
	case ADVICE_DISK_FULL:
		return disk(d, subject, o);
	case ADVICE_CAPACITY:
		return capacity(d, subject, o);
	case ADVICE_LINK_BELOW:
	case ADVICE_NODE_BELOW:
	case ADVICE_ZONE_BELOW:
		return below(d, subject, o);
	case ADVICE_REPEATED:
	case ADVICE_CHATTERS:
	case ADVICE_STALE:
	case ADVICE_UNTAKEN:
		return alarm_advice(d, subject, o);
	case ADVICE_ZONE_HOT:
	case ADVICE_ZONE_WARM:
	case ADVICE_REDUNDANCY:
	case ADVICE_BATTERY:
		return room(d, subject, o);
	default:
		return monitoring(d, subject, o);
	}
}

char *
advise(const struct doc *d, const struct advice_one *o)
{
	/* A unit's redundancy and a capacity are the node's; air is the zone's. */
	char *subject = advise_subject(d, o->node, o->zone);
	char *text = sentence(d, subject, o);

	free(subject);
	return text;
}
