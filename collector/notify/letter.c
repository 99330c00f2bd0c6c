/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Message-IDs: <incident-7.update-2.GROUP.INSTALLATION@HOST>. All of an incident refer to the
 * opening's; one that nobody got is made anew under another number. */
#include "collector/notify/letter.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/notify/payload.h"
#include "collector/report/map.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/units.h"

/* The limit, if it is one of the field that the graph shows (and not a number of nodes). */
static double
graph_limit(const struct alert *a, const struct series *se)
{
	char unit[METRIC_MAX_UNIT + 8];

	for (unsigned i = 0; se != NULL && i < se->nfields; i++) {
		units_of_field(unit, sizeof unit, se->fields[i].kind, se->fields[i].unit);
		if (strcmp(se->fields[i].name, a->field) == 0 && a->unit != NULL &&
		    (strcmp(a->unit, unit) == 0 || strcmp(a->unit, se->fields[i].unit) == 0))
			return a->limit;
	}
	return NAN;
}

/* The Message-ID of a message about an incident; number 0: there is only one such. */
static char *
incident_id(const struct letters *l, const struct plan_group *g, uint64_t incident,
    const char *word, unsigned number)
{
	char nth[16] = "";

	if (number > 0 && str_format(nth, sizeof nth, "-%u", number) == -1)
		nth[0] = '\0';
	return xasprintf("<incident-%" PRIu64 ".%s%s.%08" PRIx32 ".%s@%s>", incident, word, nth,
	    g->number, l->install, l->host);
}

/* The Message-ID of the opening, which the others refer to. */
static char *
opening_id(const struct letters *l, const struct plan_group *g, uint64_t incident, unsigned root)
{
	enum plan_act act = g->after_ms > 0 ? PLAN_ESCALATE : PLAN_OPEN;

	return incident_id(l, g, incident, plan_word(act), root);
}

/* Which of several such messages this is. */
static unsigned
number_of(enum plan_act act, const struct told *told, unsigned root)
{
	if (act == PLAN_UPDATE)
		return told->updates + 1;
	if (act == PLAN_REMIND)
		return told->reminders + 1;
	return act == PLAN_CLOSE ? 0 : root;
}

/* What all messages have. */
static struct mail *
mail_new(const struct plan_group *g, const char *kind, int64_t now_ms)
{
	struct mail *m = xcalloc(1, sizeof *m);

	m->kind = xstrdup(kind);
	m->via = xstrdup(g->via);
	m->recipient = g->number;
	m->to = xstrdup(g->to);
	m->created_ms = m->next_ms = now_ms;
	m->graph_limit = NAN;
	return m;
}

/* The pictures, of which only mail has any. */
static void
put_pictures(const struct letters *l, struct mail *m, struct text_facts *f)
{
	const struct alert *a = f->alert;
	bool mail = strcmp(m->via, "mail") == 0;

	f->graph = f->graph && mail;
	if (mail)
		m->map = map_describe(
		    l->facts.site, l->facts.conf, f->zone, f->node, f->lang, clock_steady_ms());
	f->map = m->map != NULL;
	if (!f->graph)
		return;
	m->graph_sid = a->sid;
	m->graph_field = *a->field == '\0' ? NULL : xstrdup(a->field);
	m->graph_limit = graph_limit(a, f->series);
	m->graph_mark_s = f->incident->opened_ms / 1000;
}

struct mail *
letter_new(const struct letters *l, const struct plan_group *g, struct text_facts *f,
    enum plan_act act, const struct told *told, unsigned root, bool late)
{
	const struct incident *in = f->incident;
	struct mail *m = mail_new(g, plan_word(act), f->now_ms);
	bool graph = f->graph;

	m->incident = in->id;
	m->zone = xstrdup(in->zone);
	m->severity = in->severity;
	m->message_id =
	    incident_id(l, g, in->id, late ? "late" : plan_word(act), number_of(act, told, root));
	if (act != PLAN_OPEN && act != PLAN_ESCALATE && told->opened_ms != 0)
		m->references = opening_id(l, g, in->id, root);
	f->act = act;
	f->lang = g->lang;
	f->late = late && told->opened_ms == 0; /* else its opening was there in time */
	f->reminders = told->reminders;
	put_pictures(l, m, f);
	text_message(m, f);
	payload_make(m, g->via, f);
	f->graph = graph; /* for the next group */
	return m;
}

struct mail *
letter_digest(const struct letters *l, const struct plan_group *g, struct text_digest *d, bool life,
    int64_t at_ms)
{
	const char *kind = life ? "life" : "digest";
	struct mail *m = mail_new(g, kind, d->now_ms);

	m->zone = xstrdup("site");
	m->severity = WIRE_INFO;
	for (size_t i = 0; i < d->nlines && !life; i++) {
		if (d->lines[i].incident->severity > m->severity)
			m->severity = d->lines[i].incident->severity;
	}
	m->message_id = xasprintf(
	    "<%s-%" PRId64 ".%08" PRIx32 ".%s@%s>", kind, at_ms, g->number, l->install, l->host);
	if (life && g->daily != NULL) {
		free(m->to);
		m->to = xstrdup(g->daily);
	}
	d->lang = g->lang;
	if (life)
		text_life(m, d);
	else
		text_digest(m, d);
	if (payload_digest(m, g->via, d) == -1) {
		mail_free(m);
		return NULL;
	}
	return m;
}
