/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate: whether a record may go into the journal. What passes is stored as it came, and whoever
 * reads the journal relies on it: it decodes, it names series that are defined with as many values
 * as they have, and its time neither lies ahead nor before there were any samples. */
#include "collector/intake/gate.h"
#include "zw/batch.h"

/* A time stamp ahead of ours would keep every later sample out of an RRD. */
static int
gate_time(const struct gate *g, int64_t seconds, struct err *e)
{
	if (seconds >= GATE_FIRST_S && seconds <= g->latest_ms / 1000)
		return 0;
	err_set(e, "its time stamp %lld is %s", (long long)seconds,
	    seconds < GATE_FIRST_S ? "before the year 2000" : "ahead of the collector's clock");
	return WIRE_E_TIME;
}

/* Judge a batch. */
int
gate_batch(const struct gate *g, const void *p, size_t n, unsigned *values, struct err *e)
{
	struct batch_reader r;
	int got;

	*values = 0;
	if (batch_open(&r, p, n, e) == -1)
		return WIRE_E_FRAME;
	while ((got = batch_next(&r)) == 1) {
		if (r.id > WIRE_MAX_SERIES || g->nvalues[r.id] == 0) {
			err_set(e, "series %u is not defined", r.id);
			return WIRE_E_UNDEFINED;
		}
		if (r.nvalues != g->nvalues[r.id]) {
			err_set(e, "series %u has %u fields, not %u", r.id, g->nvalues[r.id],
			    r.nvalues);
			return WIRE_E_UNDEFINED;
		}
		*values += r.nvalues;
	}
	if (got == -1) {
		err_set(e, "malformed batch");
		return WIRE_E_FRAME;
	}
	return gate_time(g, r.time_s, e);
}

/* Judge an event. */
int
gate_event(const struct gate *g, const void *p, size_t n, struct err *e)
{
	struct wire_event ev;

	if (wire_event_decode(p, n, &ev, e) == -1)
		return WIRE_E_FRAME;
	if (ev.series > WIRE_MAX_SERIES || (ev.series != 0 && g->nvalues[ev.series] == 0)) {
		err_set(e, "series %u is not defined", ev.series);
		return WIRE_E_UNDEFINED;
	}
	return gate_time(g, ev.time_ms / 1000, e);
}
