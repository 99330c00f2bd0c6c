/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An incident: the alerts of one zone that fire together, and what people get a mail about. A zone
 * has at most one open. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* The zone's open incident, or NULL. */
static struct incident *
open_in_zone(const struct engine *e, const char *zone)
{
	for (size_t i = 0; i < e->ncurrent; i++) {
		if (strcmp(e->current[i]->zone, zone) == 0)
			return e->current[i];
	}
	return NULL;
}

/* The open incident of an alert, or NULL. */
struct incident *
incident_of(const struct engine *e, const struct alert *a)
{
	for (size_t i = 0; i < e->ncurrent; i++) {
		if (e->current[i]->id == a->incident)
			return e->current[i];
	}
	return NULL;
}

/* Alerts that fire in it now; counted, so that nothing restored can leave the sum wrong. */
static unsigned
count_firing(const struct engine *e, const struct incident *in)
{
	unsigned n = 0;
	for (size_t i = 0; i < e->nopen; i++) {
		const struct alert *a = e->open[i]->alert;
		if (alert_is_firing(a) && a->incident == in->id)
			n++;
	}
	return n;
}

/* Put among those that are open, newest first. */
static void
add_current(struct engine *e, struct incident *in)
{
	size_t i = e->ncurrent;
	e->current = xreallocarray(e->current, e->ncurrent + 1, sizeof(struct incident *));
	for (; i > 0 && e->current[i - 1]->opened_ms < in->opened_ms; i--)
		e->current[i] = e->current[i - 1];
	e->current[i] = in;
	e->ncurrent++;
}

/* Put among those that are closed, newest first; the oldest goes when there are too many. */
static void
add_past(struct engine *e, struct incident *in)
{
	if (e->npast == ENGINE_KEPT) {
		free(e->past[--e->npast]);
		e->past[e->npast] = NULL;
	}
	size_t i = e->npast;
	for (; i > 0 && e->past[i - 1]->closed_ms < in->closed_ms; i--)
		e->past[i] = e->past[i - 1];
	e->past[i] = in;
	e->npast++;
}

/* "Inlet air too warm: srv07 thermal/inlet 33.4 °C, above 32 °C". */
static void
describe(char *dst, size_t size, const struct alert *a)
{
	char value[UNITS_MAX + 1] = " ";
	alert_value(value + 1, sizeof value - 1, a);
	if (value[1] == '\0' || alert_value_is_said(a))
		value[0] = '\0';
	bool group = a->node[0] == '\0';
	const char *who = group ? a->zone : a->node;
	bool zone = group && strcmp(a->zone, "site") != 0;
	bool field = a->series[0] != '\0' && a->field[0] != '\0';
	if (str_format(dst, size, "%s: %s%s%s%s%s%s%s, %s", a->title, zone ? "zone " : "", who,
		a->series[0] != '\0' ? " " : "", a->series, field ? "/" : "", field ? a->field : "",
		value, a->reason) == 0)
		return;
	/* It was cut: not within a character. */
	for (size_t n = strlen(dst); n > 0 && !str_is_text(dst, n); n--)
		dst[n - 1] = '\0';
}

/* An alert fires: into its zone's incident. */
void
incident_join(struct engine *e, struct alert *a, int64_t now_ms)
{
	struct incident *in = open_in_zone(e, a->zone);
	bool opened = in == NULL;
	if (opened) {
		in = xcalloc(1, sizeof *in);
		in->id = ++e->last_incident;
		in->opened_ms = now_ms;
		in->severity = a->severity;
		(void)str_copy(in->zone, sizeof in->zone, a->zone);
		describe(in->cause, sizeof in->cause, a);
		add_current(e, in);
	}
	a->incident = in->id;
	if (a->severity > in->severity)
		in->severity = a->severity;
	in->total++;
	in->firing = count_firing(e, in);
	if (opened)
		engine_tell(e, CHANGE_OPENED, NULL, in, now_ms);
}

/* Close the i-th open one. */
static void
close_at(struct engine *e, size_t i, int64_t now_ms)
{
	struct incident *in = e->current[i];
	in->closed_ms = now_ms;
	e->ncurrent--;
	memmove(&e->current[i], &e->current[i + 1], (e->ncurrent - i) * sizeof(struct incident *));
	add_past(e, in);
	engine_tell(e, CHANGE_CLOSED, NULL, in, now_ms);
}

/* An alert ended; with the last one its incident does. */
void
incident_leave(struct engine *e, struct alert *a, int64_t now_ms)
{
	struct incident *in = incident_of(e, a);
	if (in != NULL)
		in->firing = count_firing(e, in);
	engine_tell(e, CHANGE_RESOLVED, a, in, now_ms);
	for (size_t i = 0; in != NULL && in->firing == 0 && i < e->ncurrent; i++) {
		if (e->current[i] == in) {
			close_at(e, i, now_ms);
			return;
		}
	}
}

/* Take an incident back. */
void
incident_restore(struct engine *e, const struct incident *in)
{
	struct incident *copy = xmemdup(in, sizeof *in);
	if (in->id > e->last_incident)
		e->last_incident = in->id;
	if (in->closed_ms != 0)
		add_past(e, copy);
	else
		add_current(e, copy);
}

/* Close those in which nothing fires. */
void
incident_tick(struct engine *e, int64_t now_ms)
{
	for (size_t i = e->ncurrent; i-- > 0;) {
		struct incident *in = e->current[i];
		in->firing = count_firing(e, in);
		if (in->firing == 0)
			close_at(e, i, now_ms);
	}
}
