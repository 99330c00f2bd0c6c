/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_make: what rows_make.c and rows_cell.c share while the lines of a device are made. */
#ifndef AGENT_GATEWAY_ROWS_MAKE_H
#define AGENT_GATEWAY_ROWS_MAKE_H

#include "agent/gateway/rows_impl.h"

#define ROWS_MAX_CELLS (2 * METRIC_MAX_FIELDS)

/* Cells of a row with their fields. */
struct rows_cells {
	struct rows_cell cell[ROWS_MAX_CELLS];
	struct field field[ROWS_MAX_CELLS];
	unsigned n;
};

/* What the making goes by. */
struct rows_making {
	struct rows *r;
	const struct walk *w;
	const struct conf_list *overrides;
	size_t cap;	/* of the slots */
	uint32_t *hash; /* slot numbers + 1 by OID */
	size_t nhash;
	struct rows_cells *sent;
	struct rows_cells *shown;
	const struct rows_draft *d;
	int64_t interval_ms;
};

/* The slot of an OID; the row's interval is its, if it is the shortest. */
uint32_t rows_make_slot(struct rows_making *m, struct oid o);
/* Whether a field of the row is left out by an override. */
bool rows_cell_is_off(const struct rows_making *m, const char *name);
/* How often the row is asked for. */
int64_t rows_cell_interval(const struct rows_making *m);
/* Makes a cell of a field, whose value the walk has as v; t may be NULL. False when it cannot be.
 */
bool rows_cell_make(struct rows_making *m, const struct profile_field *f,
    const struct profile_type *t, const struct varbind *v, struct rows_cell *c);

#endif
