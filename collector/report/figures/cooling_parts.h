/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cooling_parts: what cooling.c is made of: units, contacts, set points. */
#ifndef COLLECTOR_COOLING_PARTS_H
#define COLLECTOR_COOLING_PARTS_H

#include "collector/report/figures/cooling.h"

#define COOLING_STEP_S 300

/* A unit's running while it is not yet put together: part of each row; NAN: not known. */
struct cooling_track {
	int64_t from_s, step_s;
	size_t n;
	double *part;
};

/* Whether name, label or instance of a field fit a pattern, in small letters and with blanks for
 * dashes. */
bool cooling_named(const struct series *se, unsigned field, const char *pattern);
/* All that a node says of its cooling. */
void cooling_read_unit(struct cooling *v, struct cooling_unit *u, struct cooling_track *t,
    const struct figures_ask *a);
/* Contacts anywhere in the report's zone; and set points. */
void cooling_read_contacts(struct cooling *v, const struct figures_ask *a);
void cooling_read_setpoint(
    struct cooling *v, const struct series *se, const struct span *s, unsigned field);
/* The zones that units serve, by their tracks. */
void cooling_tell_zones(
    struct cooling *v, const struct cooling_track *tracks, const struct figures_ask *a);

#endif
