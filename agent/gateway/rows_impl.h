/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_impl: what the files rows*.c share: how a row's values are worked out of its slots, and what
 * a slot says. */
#ifndef AGENT_GATEWAY_ROWS_IMPL_H
#define AGENT_GATEWAY_ROWS_IMPL_H

#include "agent/gateway/profile_impl.h"
#include "agent/gateway/rows.h"

#define ROWS_NO_SLOT UINT32_MAX
/* What the states of a FIELD_limit are called. */
#define ROWS_LIMIT_TEXTS                                                                           \
	{                                                                                          \
		"within its limits", "beyond a warning limit", "beyond a limit"                    \
	}
#define ROWS_MAX_TEXT 256 /* bytes of a name that a template makes */

/* --- what a slot says (rows_said.c) --- */

/* Whether it has a value at all, also an empty text. */
bool rows_said_any(const struct slot *s);
/* The value as a text without blanks at either end and without control characters. */
void rows_said_text(char *dst, size_t size, const struct slot *s);
/* The value as a number: of a text the first number in it or, if whole, the text must be one. */
bool rows_said_number(const struct slot *s, bool whole, double *out);
/* Whether it is one of the VALUEs. A number in a text counts, for `whole` see above. */
bool rows_said_is(const struct slot *s, const struct profile_values *values, bool whole);
/* Whether a condition holds; s may be NULL: not answered. */
bool rows_said_holds(const struct slot *s, const struct profile_condition *c);

/* --- values --- */

/* What makes a value of the device's number. */
struct rows_scaling {
	double multiply;
	double divide;
	double offset;
	enum profile_convert convert;
	bool fahrenheit;
};

/* A condition on a slot. */
struct rows_when {
	const struct profile_condition *condition;
	uint32_t slot; /* or ROWS_NO_SLOT */
};

struct rows_whens {
	const struct rows_when *v;
	size_t n;
};

/* A value of a row. */
struct rows_cell {
	uint32_t slot; /* ROWS_NO_SLOT: the state of the cell before it by the device's limits */
	enum field_kind kind;
	struct rows_scaling scaling;
	double min; /* plausible; NAN: no limit */
	double max;
	const struct profile_values *none; /* lists, nnone */
	size_t nnone;
	struct rows_whens none_when;	     /* any of them */
	struct rows_whens none_when_all;     /* all of them, if there are any */
	const struct profile_states *states; /* or NULL */
	struct row_limits limits;
	bool has_limits;
	uint32_t discontinuity; /* a slot, or ROWS_NO_SLOT */
};

/* What a key's column said when the row was made. */
struct rows_key {
	uint32_t slot;
	const struct slot *said;
};

/* A row with all that belongs to it. */
struct rows_line {
	struct row row;
	struct rows_cell *cells; /* row.nvalues */
	struct field *shown;	 /* of those behind def.nfields */
	struct rows_key *keys;
	size_t nkeys;
	uint32_t *slots; /* all that its values need, each once */
	size_t nslots;
};

struct rows {
	struct profile_pool pool;
	struct rows_line **lines;
	size_t n;
	struct slot *slots;
	size_t nslots;
	unsigned left_out;
};

/* A scaled value; NAN when there is none. */
double rows_scale(const struct rows_scaling *s, double raw);
/* The value of a cell from what a slot says. slots: all of the rows, for
 * its conditions. */
void rows_work_out(const struct rows_cell *c, const struct slot *s, const struct slot *slots,
    struct row_value *out);

/* --- what the grammar means for a row, or for a trap (rows_ask.c) --- */

/* Where a column's value comes from. */
struct rows_asker {
	/* Whether it has one; out is filled. */
	bool (*ask)(
	    const void *arg, const struct profile_column *c, struct oid index, struct slot *out);
	const void *arg;
	struct oid index; /* the row's */
};

/* An asker for a row; w is a struct walk. */
struct rows_asker rows_ask_walk(const struct walk *w, struct oid index);
/* A column's value for a row, if the walk has it; or NULL. */
const struct varbind *rows_look(
    const struct walk *w, const struct profile_column *c, struct oid index);
/* A template's text without blanks at either end; false when nothing was put in but its own text.
 */
bool rows_template(
    const struct rows_asker *a, const struct profile_template *t, char *dst, size_t size);
bool rows_all_hold(const struct rows_asker *a, const struct profile_conditions *c);
bool rows_any_holds(const struct rows_asker *a, const struct profile_conditions *c);

/* --- from a walk to rows (rows_draft.c, rows_column.c, rows_make.c) --- */

/* A row that is to be made. */
struct rows_draft {
	const struct profile *profile;
	const struct profile_group *group;
	const struct profile_type *type; /* or NULL */
	const char *source;
	struct oid index;
	const char *child;
	const char *title;
	char instance[NAME_MAX_NODE + 1];
	size_t turn; /* its place in the order */
	bool sent;   /* some of it is more than shown */
	bool dropped;
};

struct rows_drafts {
	struct rows_draft *v;
	size_t n;
	size_t cap;
};

/* Finds the rows and names them. The array is the caller's to free, what it points to is r's. */
void rows_draft(struct rows *r, struct rows_drafts *out, const struct profile *const *p, size_t n,
    const struct walk *w, const struct rows_opts *o);
/* Makes the lines of r of them. */
void rows_make(
    struct rows *r, const struct rows_drafts *d, const struct walk *w, const struct rows_opts *o);
/* The device's limits of a gauge; false when there are none. */
bool rows_find_limits(const struct profile_field *f, const struct rows_cell *c,
    const struct walk *w, struct oid index, struct row_limits *out);
/* Columns of a field that scale it: false when one has no value. */
bool rows_find_factors(const struct profile_field *f, const struct walk *w, struct oid index,
    double *multiply, double *divide);
/* A map of states from "Off(0),On(1)"; NULL when the column has none. */
const struct profile_states *rows_find_states(struct profile_pool *pool,
    const struct profile_field *f, const struct walk *w, struct oid index);
/* A field as it travels, with its label. */
void rows_name_field(struct field *out, const char *name, const char *label, const char *unit);
/* Tells a series what its states mean. */
void rows_tell_states(struct series_def *def, unsigned field, const struct profile_states *states);

#endif
