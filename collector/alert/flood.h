/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flood: more alarms than a person can take (EEMUA 191, ISA-18.2), by windows of ten minutes that
 * lie on the clock: one with more than 10 begins a flood, one with fewer than 5 ends it. Pure. */
#ifndef COLLECTOR_FLOOD_H
#define COLLECTOR_FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOOD_WINDOW_MS 600000
#define FLOOD_OVER 10 /* a window with more begins a flood */
#define FLOOD_UNDER 5 /* one with fewer ends it */

struct flood_window {
	int64_t number; /* its beginning over FLOOD_WINDOW_MS */
	unsigned alerts;
	bool begins; /* a flood; set by flood_mark(), as in */
	bool in;
};

/* Marks windows that have alerts, in their order. */
void flood_mark(struct flood_window *w, size_t n);

#endif
