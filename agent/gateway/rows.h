/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows: what a set of profiles makes of one device: its series, the OIDs to ask for at each poll,
 * and the values that the answers mean. Pure: a walk in, plain data out.
 *
 * rows_new() resolves everything that changes seldom (names, scales, units, states, row filters)
 * from a whole walk of the profiles' columns. What is asked at each poll is a slot; a poll puts
 * the answers into the slots and the values are worked out of them. */
#ifndef AGENT_GATEWAY_ROWS_H
#define AGENT_GATEWAY_ROWS_H

#include "agent/gateway/profile.h"
#include "zw/metric.h"

#define ROWS_MAX 4096 /* rows of one device */
#define ROWS_RAW 95   /* bytes kept of a text */

enum value_status {
	VALUE_OK,
	VALUE_MISSING,	   /* not answered, or noSuchObject, noSuchInstance, NULL */
	VALUE_NONE,	   /* the device says that there is none (a sentinel, an empty slot) */
	VALUE_IMPLAUSIBLE, /* out of its plausible range: shown, not stored */
	VALUE_UNREADABLE   /* not a number, or a state that the profile does not know */
};

/* What is asked for at a poll. */
struct slot {
	struct oid oid; /* lives with the rows */
	int64_t interval_ms;
	/* The last answer. */
	enum varbind_type type; /* VARBIND_NO_INSTANCE until there is one */
	bool fresh;		/* answered in the poll under way; the poller clears it */
	int64_t i;		/* INTEGER */
	uint64_t u;		/* the other numbers */
	double d;		/* REAL */
	unsigned n;		/* of bytes; an OID is kept as its text */
	char bytes[ROWS_RAW + 1];
};

struct row_value {
	enum value_status status;
	double value; /* what is stored; NAN unless VALUE_OK */
	double shown; /* what people see: also when it is implausible; NAN if none */
	enum metric_severity severity; /* of a state, or by the device's own limits; else OK */
	char text[64];		       /* of a state; "" otherwise */
	char raw[ROWS_RAW + 1];	       /* as the device said it */
};

/* One series of the device. */
struct row {
	const struct profile *profile;
	const char *child; /* name of the child device; "" for the device itself */
	const char *title; /* the row's name for people; "" for scalars without one */
	struct oid index;  /* n == 0 for scalars */
	int64_t interval_ms;
	struct series_def def; /* node and id empty; step_s from the interval. Without fields: a
				* row that is only shown, no series */
	unsigned nvalues;      /* fields, and those only shown behind them */
};

struct rows;

/* How a device differs from its profiles; see struct conf_override in agent/gateway/keys.def. */
struct rows_opts {
	const struct conf_list *overrides; /* of struct conf_override; may be NULL */
	const struct conf_list *children;  /* of struct conf_child; may be NULL */
};

/* The OIDs (columns and scalars) that must be walked before rows_new(), without duplicates and
 * without those under another. Returns their number; *out is the caller's to free, the OIDs
 * are the profiles'. */
size_t rows_wanted(const struct profile *const *p, size_t n, struct oid **out);

/* Resolves. A series that two profiles make (same child, source and instance) is taken from the
 * first that has it. Never fails; what does not fit is left out and counted. */
struct rows *rows_new(
    const struct profile *const *p, size_t n, const struct walk *w, const struct rows_opts *o);
void rows_free(struct rows *r);
size_t rows_count(const struct rows *r);
const struct row *rows_at(const struct rows *r, size_t i);
unsigned rows_left_out(const struct rows *r);

size_t rows_nslots(const struct rows *r);
struct slot *rows_slot(struct rows *r, size_t i);
/* Puts an answer into a slot (and makes it fresh). */
void rows_take(struct slot *s, const struct varbind *v);
/* The key of a table's row is asked along with its values: false when the answer shows that another
 * thing has this index now; then nothing of the row may be used and the device is to be walked
 * anew. True for a row without a key. */
bool rows_holds(const struct rows *r, size_t row);
/* Whether the slots of the row were all answered in this poll. */
bool rows_fresh(const struct rows *r, size_t row);

/* Behind each field for which the device has limits of its own there is one more, a state named
 * FIELD_limit (cut to fit): 0 within, 1 (warning) or 2 (critical) beyond. It has no OID.
 *
 * The value of a row's field, from 0 to nvalues - 1; those from def.nfields on are only shown. */
void rows_value(const struct rows *r, size_t row, unsigned field, struct row_value *out);
/* Name, unit and label of it; for those only shown too. */
const struct field *rows_field(const struct rows *r, size_t row, unsigned field);
/* What it was asked by; n == 0 if it has no OID of its own. */
struct oid rows_oid(const struct rows *r, size_t row, unsigned field);
/* The slot that it was read from; NULL if it has no OID of its own. */
const struct slot *rows_source(const struct rows *r, size_t row, unsigned field);
/* What the device's number is multiplied by, and what is added then; false where it has none (a
 * state) or is not read so. */
bool rows_scaling(const struct rows *r, size_t row, unsigned field, double *scale, double *offset);
/* Of a counter: a number that changes when the device began to count anew (the profile's
 * discontinuity column); 0 where there is none. */
uint64_t rows_discontinuity(const struct rows *r, size_t row, unsigned field);
/* The limits that the device itself has for it: NAN where none. */
struct row_limits {
	double low;
	double low_warning;
	double high_warning;
	double high;
};
void rows_limits(const struct rows *r, size_t row, unsigned field, struct row_limits *out);

const char *value_status_name(enum value_status s); /* "ok", "missing", "none", ... */

#endif
