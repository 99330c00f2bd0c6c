/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The roster of alerts that fire: lists by alert, by node and by incident, and the incident's
 * numbers, which are sums over its list. */

#include <stdlib.h>

#include "collector/alert/roster.h"
#include "zw/alloc.h"

/* The roster itself. */
struct roster *
roster_of(struct engine *e)
{
	if (e->roster == NULL)
		e->roster = xcalloc(1, sizeof *e->roster);
	return e->roster;
}

/* Free all but alerts and incidents. */
void
roster_free(struct engine *e)
{
	struct fire *f, *next;
	if (e->roster == NULL)
		return;
	HASH_ITER (hh, e->roster->by_alert, f, next) {
		HASH_DEL(e->roster->by_alert, f);
		free(f);
	}
	free(e->roster);
	e->roster = NULL;
}

/* By the alert. */
struct fire *
roster_find(struct engine *e, const struct alert *a)
{
	struct fire *f;
	HASH_FIND_PTR(roster_of(e)->by_alert, &a, f);
	return f;
}

/* Air and cooling are one family. */
unsigned
roster_family(enum alert_topic t)
{
	return t == TOPIC_COOLING ? TOPIC_AIR : t;
}

/* The number of a zone; the site's is the last. */
unsigned
roster_place(const struct cause *c)
{
	return c->zone != NULL && c->zone->index < ROSTER_PLACES - 1 ? c->zone->index
								     : ROSTER_PLACES - 1;
}

/* The incident's numbers, by its list's sums. */
static void
count(struct fire *f, int by)
{
	struct entry *en = f->in;
	if (by > 0) {
		en->in.firing++;
		en->in.muted += f->muted;
		en->by_severity[f->severity]++;
		en->by_family[f->place][f->family]++;
	} else {
		en->in.firing--;
		en->in.muted -= f->muted;
		en->by_severity[f->severity]--;
		en->by_family[f->place][f->family]--;
	}
	en->in.now = WIRE_CRITICAL;
	while (en->in.now > WIRE_INFO && en->by_severity[en->in.now] == 0)
		en->in.now--;
}

/* Whether alerts on it may explain others that do not depend on it. */
static bool
is_feeder(const struct node *n)
{
	return n->role == ROLE_COOLING || n->role == ROLE_UPS || n->role == ROLE_PDU ||
	       n->role == ROLE_GENERATOR;
}

/* Where the list begins that the alert belongs to beside its incident's. */
static struct fire **
list_of(struct engine *e, const struct fire *f)
{
	bool known = f->c.node != NULL && f->c.node->index < e->nnodes;
	return known ? &e->nodes[f->c.node->index].fires : &e->roster->groups;
}

/* Take an alert in. */
struct fire *
roster_add(struct engine *e, struct incident *in, struct alert *a, const struct cause *c)
{
	struct entry *en = (struct entry *)in;
	struct fire *f = xcalloc(1, sizeof *f);
	f->c = *c;
	f->a = a;
	f->in = en;
	f->severity = c->a->severity;
	f->muted = (c->a->flags & ALERT_MUTED) != 0;
	f->place = roster_place(c);
	f->family = roster_family(c->a->topic);
	HASH_ADD_PTR(roster_of(e)->by_alert, a, f);
	f->after = en->fires;
	if (en->fires != NULL)
		en->fires->before = f;
	en->fires = f;
	struct fire **list = list_of(e, f);
	f->next = *list;
	*list = f;
	if (c->node != NULL && is_feeder(c->node)) {
		f->next_feeder = e->roster->feeders;
		e->roster->feeders = f;
	}
	count(f, 1);
	return f;
}

/* Count it as it is now. */
void
roster_update(struct fire *f)
{
	count(f, -1);
	f->severity = f->c.a->severity;
	f->muted = (f->c.a->flags & ALERT_MUTED) != 0;
	count(f, 1);
}

/* It fires no more. */
void
roster_remove(struct engine *e, struct fire *f)
{
	struct fire **at = list_of(e, f);
	count(f, -1);
	if (f->before != NULL)
		f->before->after = f->after;
	else
		f->in->fires = f->after;
	if (f->after != NULL)
		f->after->before = f->before;
	while (*at != NULL && *at != f)
		at = &(*at)->next;
	if (*at == f)
		*at = f->next;
	for (at = &e->roster->feeders; *at != NULL; at = &(*at)->next_feeder) {
		if (*at == f) {
			*at = f->next_feeder;
			break;
		}
	}
	HASH_DEL(e->roster->by_alert, f);
	free(f);
}
