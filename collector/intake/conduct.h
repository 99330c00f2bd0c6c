/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conduct: what the intake holds against a node: what of it was refused, for how long it was not
 * read, and how much of what costs others something it may still do. Pure: time is an argument. */
#ifndef COLLECTOR_CONDUCT_H
#define COLLECTOR_CONDUCT_H

#include <stdbool.h>
#include <stdint.h>

/* What may be done now, and more as time goes by. All zero: nothing was done yet. */
struct allowance {
	int64_t used;  /* millionths of one */
	int64_t at_ms; /* monotonic, of the last look */
};

/* Whether one more may be done: burst at once, and so many each day, evenly. */
bool allowance_take(struct allowance *a, int64_t burst, int64_t daily, int64_t now_ms);

struct conduct {
	uint64_t refused;	 /* connections, series and records of it */
	uint64_t limited_ms;	 /* it sent more than it may, and was not read */
	struct allowance visits; /* sessions */
	struct allowance streams;
	struct allowance series;
	struct allowance definitions;
	struct allowance renewals;
};

/* Whether it may have one more session, stream that nobody knows, series that nobody knows,
 * definition that is kept (of max series), certificate. */
bool conduct_visit(struct conduct *c, int64_t now_ms);
bool conduct_stream(struct conduct *c, int64_t now_ms);
bool conduct_series(struct conduct *c, int64_t max, int64_t now_ms);
bool conduct_definition(struct conduct *c, int64_t max, int64_t now_ms);
bool conduct_renewal(struct conduct *c, int64_t now_ms);

#endif
