/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Child devices to which the configuration gives no zone: one alert for all of them together, by a
 * rule of the engine's own. It waits a minute, since a controller's children come one after the
 * other, and then goes on until each has a zone, which takes a new configuration and so a new
 * start. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define WAIT_MS 60000
#define NAMED 3 /* in the reason */

/* The verdict is made in the tick. */
static enum verdict
unassigned_judge(
    const void *conf, const void *state, const struct rule_input *in, struct rule_reason *why)
{
	(void)state;
	(void)conf;
	(void)in;
	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	return VERDICT_UNKNOWN;
}

static const struct rule_kind unassigned_kind = {
	.name = SITE_UNASSIGNED,
	.help = "Child devices without a zone.",
	.judge = unassigned_judge,
};

/* "ecc1.probe-5, ecc1.probe-6 and 3 more". */
static void
unassigned_say(struct rule_reason *why, const struct zone *z)
{
	size_t used = 0;

	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	for (size_t i = 0; i < z->nnodes && i < NAMED; i++) {
		char more[32] = "";
		if (i + 1 == NAMED && z->nnodes > NAMED)
			snprintf(more, sizeof more, " and %zu more", z->nnodes - NAMED);
		if (str_format(why->text + used, sizeof why->text - used, "%s%s%s",
			i > 0 ? ", " : "", z->nodes[i]->name, more) == -1) {
			snprintf(why->text + used, sizeof why->text - used, "%s%zu more",
			    i > 0 ? " and " : "", z->nnodes - i);
			return;
		}
		used = strlen(why->text);
	}
}

/* Make the subject as soon as there is one of them; a restored alert finds it here. */
static void
unassigned_find(struct engine *e)
{
	struct zone *z = site_unassigned(e->site);

	if (z == NULL || e->unassigned != NULL)
		return;
	e->unassigned = subject_new_group(e, &e->own_watch, z, NULL);
	(void)str_copy(e->unassigned->unit, sizeof e->unassigned->unit, "{nodes}");
}

/* Make the rule. */
void
unassigned_init(struct engine *e)
{
	struct conf_rule *r = xcalloc(1, sizeof *r);

	r->name = xstrdup(SITE_UNASSIGNED);
	r->title = xstrdup("Child devices without a zone");
	r->advice = xstrdup("Say in collector.conf where they stand, in the row of their device: "
			    "children = ( { name = \"CHILD\"; zone = \"ZONE\"; } ); CHILD is what "
			    "stands behind the device's name, or a pattern such as \"probe-1*\". "
			    "What is of no interest: ignore = true. Then restart the collector.");
	r->for_ = WAIT_MS;
	e->own = r;
	e->own_watch = (struct watch){
		.conf = r,
		.kind = &unassigned_kind,
		.title = r->title,
		.severity = WIRE_WARNING,
		.scope = SCOPE_ZONE,
		.sum = SUM_COUNT,
		.index = e->nwatches,
		.base = &e->own_watch,
	};
	unassigned_find(e);
}

/* Say which they are, now. */
void
unassigned_tick(struct engine *e, int64_t now_ms)
{
	unassigned_find(e);
	if (e->unassigned == NULL)
		return;
	struct finding f = {
		.verdict = VERDICT_BAD,
		.value = (double)e->unassigned->zone->nnodes,
		.at_ms = now_ms,
		.began_ms = now_ms,
	};
	unassigned_say(&f.why, e->unassigned->zone);
	course_judge(e, e->unassigned, &f, now_ms);
}

/* Free the rule; the subject is in the engine's list. */
void
unassigned_free(struct engine *e)
{
	if (e->own == NULL)
		return;
	free(e->own->name);
	free(e->own->title);
	free(e->own->advice);
	free(e->own);
}
