/* SPDX-License-Identifier: GPL-3.0-or-later */
/* incidentparts: what an incident's page shows beside its head and forms. */
#ifndef COLLECTOR_WEB_PAGES_INCIDENTPARTS_H
#define COLLECTOR_WEB_PAGES_INCIDENTPARTS_H

#include <stdbool.h>

#include "collector/alert/alert.h"
#include "collector/web/pages/story.h"
#include "zw/buf.h"

/* The incident, from the engine where it is known there, else from the history. */
struct incidentparts {
	const struct story *s;
	const struct incident *in; /* of the engine; NULL: long over */
	uint64_t id;
	uint64_t root;
	int64_t opened_ms;
	int64_t closed_ms;  /* 0: open */
	bool has_cause;	    /* cause is filled in */
	struct alert cause; /* a copy; its texts are the story's or the engine's */
};

/* The alert of that number, as it is now or as it was stored; false: there is none. */
bool incidentparts_alert(const struct story *s, uint64_t id, struct alert *a);
/* Whether all rows are asked for (all=1), and the sentence that links there. */
bool incidentparts_all(const struct incidentparts *p);
void incidentparts_more(struct buf *b, const struct incidentparts *p, size_t shown, size_t there);
/* The graph of the cause's series, with the limit and the moment it began. */
void incidentparts_graph(struct buf *b, const struct incidentparts *p);
/* All its alerts, the cause first. */
void incidentparts_alerts(struct buf *b, const struct incidentparts *p);
/* What the cause's node depends on, and what hangs on it. */
void incidentparts_place(struct buf *b, const struct incidentparts *p);
/* What happened, in order: alerts, acts of people, messages with the other side's answers. */
void incidentparts_timeline(struct buf *b, const struct incidentparts *p);

#endif
