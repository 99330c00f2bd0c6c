/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What arrives of nodes and series: readings, sessions, signs of life; and what a value means. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "collector/site/site.h"
#include "zw/str.h"
#include "zw/units.h"

/* A counter's rate over the seconds since the reading before; NaN where it cannot be told. */
static double
rate_of(const struct field *f, double before, double raw, int64_t seconds)
{
	double rate = (raw - before) / (double)seconds;
	if (isnan(rate) || rate < 0)
		return NAN;
	if (!isnan(f->max) && rate > f->max)
		return NAN;
	return rate;
}

/* Whether the last reading is of a time to come, and this one of now: clocks were ahead, and are no
 * more. */
static bool
was_ahead(const struct series *se, int64_t time_s, int64_t recv_ms)
{
	int64_t now_s = recv_ms / 1000;

	return se->last.time_s > now_s + SITE_AHEAD_S && time_s <= now_s + SITE_AHEAD_S &&
	       time_s > now_s - SITE_AHEAD_S;
}

/* Take a reading, unless it is older than the last. */
bool
site_update(
    struct series *se, int64_t time_s, int64_t recv_ms, unsigned nvalues, const double *values)
{
	if (was_ahead(se, time_s, recv_ms))
		se->last.time_s = 0;
	if (time_s <= se->last.time_s)
		return false;
	if (!se->about)
		site_seen(se->node, recv_ms);
	int64_t seconds = time_s - se->last.time_s;
	bool gap = se->last.time_s == 0 || seconds > (int64_t)SITE_STALE_STEPS * se->step_s;
	for (unsigned i = 0; i < se->nfields; i++) {
		double v = i < nvalues ? values[i] : NAN;
		double before = gap ? NAN : se->raw[i];
		bool counter = se->fields[i].kind == FIELD_COUNTER;
		se->last.values[i] = counter ? rate_of(&se->fields[i], before, v, seconds) : v;
		se->raw[i] = counter ? v : NAN;
	}
	se->last.time_s = time_s;
	se->last.recv_ms = recv_ms;
	return true;
}

/* A sign of life, which may be the first for a while. */
static void
note_life(struct node *n, int64_t now_ms)
{
	if (now_ms <= n->seen_ms)
		return;
	if (now_ms - n->seen_ms > site_step_ms(n) * 3 / 2)
		n->back_ms = now_ms;
	n->seen_ms = now_ms;
}

/* Something arrived. Who has a child that lives is alive. */
void
site_seen(struct node *n, int64_t now_ms)
{
	note_life(n, now_ms);
	if (n->parent != NULL)
		note_life(n->parent, now_ms);
}

/* Its agent has a session. */
void
site_connected(struct node *n, const char *peer, const char *agent, int64_t now_ms)
{
	site_connected_via(n, NULL, peer, agent, now_ms);
	site_seen(n, now_ms);
}

/* Its gateway has one. */
void
site_connected_via(
    struct node *n, struct node *via, const char *peer, const char *agent, int64_t now_ms)
{
	n->connected = true;
	n->lost_ms = 0;
	n->joined_ms = now_ms;
	n->via = via;
	if (via != NULL && via != n && via->role == ROLE_NONE)
		via->role = ROLE_GATEWAY;
	(void)str_copy(n->peer, sizeof n->peer, peer);
	(void)str_copy(n->agent, sizeof n->agent, agent);
}

/* Its agent's session ended. */
void
site_disconnected(struct node *n, int64_t now_ms)
{
	n->connected = false;
	n->lost_ms = now_ms;
	n->peer[0] = '\0';
}

/* Whether that did not come for too long. */
bool
site_is_stale(const struct node *n, int64_t now_ms)
{
	return n->seen_ms == 0 || now_ms - n->seen_ms > SITE_STALE_STEPS * site_step_ms(n);
}

/* Whether a value is one to judge by. */
bool
site_is_plausible(const struct series *se, unsigned i)
{
	assert(i < se->nfields);
	const struct field *f = &se->fields[i];
	double v = se->last.values[i];
	return isfinite(v) && !(v < f->min) && !(v > f->max);
}

/* What a value means. */
bool
site_state(const struct series *se, unsigned i, double value, struct metric_state *out)
{
	*out = (struct metric_state){ .severity = METRIC_UNKNOWN };
	return i < se->nfields && se->fields[i].kind == FIELD_STATE &&
	       metric_state(se->states, i, value, out);
}

/* The last value in words. */
void
site_value(char *dst, size_t size, const struct series *se, unsigned i)
{
	const struct field *f = &se->fields[i];
	double v = se->last.time_s != 0 ? se->last.values[i] : NAN;
	char unit[METRIC_MAX_UNIT + 3];
	struct metric_state st;
	if (site_state(se, i, v, &st) && st.text[0] != '\0') {
		(void)str_copy(dst, size, st.text);
		return;
	}
	units_of_field(unit, sizeof unit, f->kind, f->unit);
	units_format(dst, size, v, unit);
}

/* A field by its name. */
unsigned
site_field(const struct series *se, const char *name)
{
	unsigned i = 0;
	while (i < se->nfields && strcmp(se->fields[i].name, name) != 0)
		i++;
	return i;
}
