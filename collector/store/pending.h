/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pending: the samples of one series that wait for their RRD, 8 bytes a value and 4 a moment. */
#ifndef COLLECTOR_PENDING_H
#define COLLECTOR_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `= { 0 }` is empty. */
struct pending {
	uint32_t n; /* rows */
	uint32_t cap;
	unsigned width; /* values in a row */
	int64_t base_s;
	uint32_t *offsets; /* s after base_s */
	double *values;
};

/* Whether a row of this width and time can be added to what is there. */
bool pending_takes(const struct pending *p, unsigned width, int64_t time_s);
/* Adds a row of NaN that pending_takes() and returns its values; rows come in ascending order. */
double *pending_add(struct pending *p, unsigned width, int64_t time_s);
/* Gives all rows this width; their further values are unknown. */
void pending_widen(struct pending *p, unsigned width);
int64_t pending_time(const struct pending *p, size_t row);
/* Forget the first n rows. */
void pending_drop(struct pending *p, size_t n);
void pending_clear(struct pending *p); /* keeps the memory if it is not much */
void pending_free(struct pending *p);
/* Memory held. */
size_t pending_bytes(const struct pending *p);

#endif
