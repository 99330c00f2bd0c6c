/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of the log on alerts. */
#include "collector/pipeline_log.h"

#include <stdio.h>

#include "zw/log.h"
#include "zw/str.h"

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
