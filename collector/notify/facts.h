/* SPDX-License-Identifier: GPL-3.0-or-later */
/* facts: what a message tells of an incident, gathered from the engine and the site; nothing is
 * copied, so they hold for the turn only. */
#ifndef COLLECTOR_FACTS_H
#define COLLECTOR_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/notify/plan.h"
#include "collector/notify/text.h"

struct conf_collector;
struct site;

/* Where facts come from. */
struct facts {
	const struct conf_collector *conf;
	const struct site *site;
	const struct engine *engine;
};

/* All but what depends on the recipients: lang, act, fresh, reminders, late. */
void facts_gather(
    const struct facts *from, const struct incident *in, int64_t now_ms, struct text_facts *f);
/* What depends on them: which alerts fired since they were told last. */
void facts_freshen(struct text_facts *f, const struct told *told);
/* The incident as the plan sees it; fresh stays as it is. since_ms: from when on what is critical
 * counts as waiting for somebody, if it fired before. */
void facts_case(
    const struct engine *e, const struct incident *in, int64_t since_ms, struct plan_case *c);
/* How near the end of the countdown is, of an incident about cooling or air; else far. */
enum plan_near facts_near(const struct facts *from, const struct incident *in);
/* A line on an incident for a digest. */
void facts_line(const struct facts *from, const struct incident *in, struct text_line *line);

/* facts_plant.c: the air of a zone, or (NULL) of the one of the site that is worst off; NULL: none
 * is known. */
const struct zone_air *facts_air(const struct facts *from, const struct zone *zone);
/* The air, cooling and power of the incident's place. */
void facts_plant(const struct facts *from, int64_t now_ms, struct text_facts *f);

/* A UPS, as it is now. */
struct text_power facts_power(const struct facts *from, const struct node *ups);

/* facts_place.c: the worst values of an aggregate, and the neighbours of a single one. */
void facts_place(const struct facts *from, int64_t now_ms, struct text_facts *f);
/* The rule of an alert; NULL: it is no more, or the engine's own. */
const struct conf_rule *facts_rule(const struct conf_collector *conf, const struct alert *a);

#endif
