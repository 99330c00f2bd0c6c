/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explain: which rules look at what, and what they see; as of the engine's last tick. */
#ifndef COLLECTOR_ALERT_EXPLAIN_H
#define COLLECTOR_ALERT_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"

struct conf_rule;
struct conf_table;

enum rule_sight {
	SIGHT_OK,
	SIGHT_PENDING,	   /* bad, and not yet for long enough */
	SIGHT_FIRING,	   /* it fires */
	SIGHT_CLEARING,	   /* no longer bad, and not yet for long enough */
	SIGHT_NO_DATA,	   /* it cannot be judged now */
	SIGHT_QUARANTINED, /* the value is not believed: another rule holds it for implausible */
	SIGHT_UNREACHABLE, /* its node cannot be reached because of another */
	SIGHT_OFF	   /* `limits` switch the rule off there */
};
struct rule_view {
	const struct conf_rule *rule;	/* with the limits in force there */
	const struct conf_table *table; /* of its variant; may be NULL */
	const char *title;
	enum wire_severity severity;
	const struct zone *zone;     /* NULL: the site */
	const struct node *node;     /* NULL: of a rack, a zone or the site */
	const char *rack;	     /* or NULL */
	const struct series *series; /* NULL: of a whole node, or of a group */
	const char *field;	     /* "" likewise */
	size_t members;		     /* of a group */
	double value;		     /* NAN: none */
	char unit[METRIC_MAX_UNIT + 5];
	enum rule_sight sight;
	const struct alert *alert;  /* or NULL */
	const struct node *because; /* with SIGHT_UNREACHABLE */
	int64_t waits_ms; /* until it fires, or is resolved, if all stays so; -1: it waits for
			     nothing */
};
/* Calls see() for each subject of the rules to which the node belongs, and for what is off. */
void explain_node(struct engine *e, const struct node *n,
    void (*see)(void *arg, const struct rule_view *v), void *arg);
/* The i-th rule of the configuration with the number of its subjects, and of those that fire; false
 * past the last. */
bool explain_rule(const struct engine *e, size_t i, const struct conf_rule **rule, size_t *subjects,
    size_t *firing);

#endif
