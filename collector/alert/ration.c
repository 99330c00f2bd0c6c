/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one sender may make of alerts. An agent that is broken, or no longer ours, could make one of
 * each of its values and so take the memory, the disk and the time of all others; what it may have
 * open at once, and learned late within an hour, has an end. A node that is silent is not of its
 * making and always has its alert. */

#include "collector/alert/engine.h"
#include "zw/log.h"

#define HOUR_MS INT64_C(3600000)

/* Who sends the values that the subject is judged by; NULL: the collector knows by itself. */
static struct node_watch *
payer_of(struct engine *e, const struct subject *s, const struct node **who)
{
	if (s->binding == NULL)
		return NULL;
	const struct node *n = s->binding->series->node;
	*who = n->via != NULL ? n->via : n;
	return (*who)->index < e->nnodes ? &e->nodes[(*who)->index] : NULL;
}

/* Whether it may have one more alert that is open. */
bool
ration_open(struct engine *e, struct subject *s, int64_t now_ms)
{
	const struct node *who;
	struct node_watch *nw = payer_of(e, s, &who);
	if (nw == NULL)
		return true;
	if (nw->open >= ENGINE_OPEN_MOST) {
		if (nw->full_ms == 0 || now_ms - nw->full_ms >= HOUR_MS) {
			nw->full_ms = now_ms;
			log_warnx("alert",
			    "%s: %d alerts are open on what it sends; no more are made until some "
			    "are over",
			    who->name, ENGINE_OPEN_MOST);
		}
		return false;
	}
	nw->open++;
	s->payer = who->index + 1;
	return true;
}

/* The subject's alert is open no longer. */
void
ration_close(struct engine *e, struct subject *s)
{
	if (s->payer == 0)
		return;
	e->nodes[s->payer - 1].open--;
	s->payer = 0;
}

/* Whether one more that is learned late may be kept. */
bool
ration_late(struct engine *e, const struct subject *s, int64_t now_ms)
{
	const struct node *who;
	struct node_watch *nw = payer_of(e, s, &who);
	if (nw == NULL)
		return true;
	if (now_ms - nw->late_ms >= HOUR_MS || now_ms < nw->late_ms) {
		nw->late_ms = now_ms;
		nw->late = 0;
	}
	if (nw->late == ENGINE_LATE_MOST)
		log_warnx("alert",
		    "%s: its late samples made %d alerts within the hour; no more are kept of it",
		    who->name, ENGINE_LATE_MOST);
	if (nw->late > ENGINE_LATE_MOST)
		return false;
	return nw->late++ < ENGINE_LATE_MOST;
}
