/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of the log on alerts and events. No agent can fill the log. */
#include "collector/pipeline_log.h"

#include <stdio.h>
#include <stdlib.h>

#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"
#include "zw/wire.h"

/* What a node may have logged: some events at once, and one each so often. */
#define EVENT_BURST 20
#define EVENT_EVERY_MS 10000

/* What an alert is about, for a line of the log: the zone, and the node and series if it has any.
 */
static void
where_of(char dst[256], const struct alert *a)
{
	int rc = str_format(dst, 256, "%s%s%s%s%s", a->zone, a->node[0] != '\0' ? " " : "", a->node,
	    a->series[0] != '\0' ? " " : "", a->series);

	if (rc == -1)
		(void)str_copy(dst, 256, a->zone);
}

void
pipeline_log_change(const struct alert_change *ch)
{
	char where[256] = "";
	const char *who = ch->author != NULL ? ch->author : "";

	if (ch->alert != NULL)
		where_of(where, ch->alert);
	else if (ch->incident != NULL)
		snprintf(where, sizeof where, "incident %llu of %s",
		    (unsigned long long)ch->incident->id, ch->incident->zone);
	switch (ch->kind) {
	case CHANGE_FIRED:
		log_info("alert", "%s: %s fires (%s)", where, ch->alert->rule, ch->alert->reason);
		break;
	case CHANGE_RESOLVED:
		log_info("alert", "%s: %s is over", where, ch->alert->rule);
		break;
	case CHANGE_CHATTERING:
		log_info("alert", "%s: %s comes and goes; it is held until it is steady", where,
		    ch->alert->rule);
		break;
	case CHANGE_ACKED:
		log_info("alert", "%s: acknowledged by %s", where, who);
		break;
	case CHANGE_UNACKED:
		log_info("alert", "%s: no longer acknowledged%s%s", where,
		    *who != '\0' ? ", by " : "", who);
		break;
	default:
		break;
	}
}

void
pipeline_log_clear(struct pipeline_log *l)
{
	free(l->nodes);
	*l = (struct pipeline_log){ 0 };
}

/* What a sender may have logged. */
static struct log_throttle *
throttle_of(struct pipeline_log *l, const struct node *n)
{
	size_t room = n->index + 1;

	if (room > l->nnodes) {
		l->nodes = xreallocarray(l->nodes, room, sizeof *l->nodes);
		for (size_t i = l->nnodes; i < room; i++)
			l->nodes[i] = (struct log_throttle){ .every_ms = EVENT_EVERY_MS,
				.burst = EVENT_BURST };
		l->nnodes = room;
	}
	return &l->nodes[n->index];
}

void
pipeline_log_event(struct pipeline_log *l, const struct node *sender, const struct wire_event *ev)
{
	unsigned held;

	if (!log_throttle_pass(throttle_of(l, sender), clock_steady_ms(), &held))
		return;
	if (held > 0)
		log_warnx(
		    "event", "%s: %u events before this one are left out", sender->name, held);
	if (ev->severity == WIRE_INFO)
		log_info("event", "%s: %s: %s", sender->name, ev->code, ev->text);
	else
		log_warnx("event", "%s: %s: %s", sender->name, ev->code, ev->text);
}
