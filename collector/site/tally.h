/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tally: how many samples a node should have had in an hour, and had; as changes, they may be
 * negative. */
#ifndef COLLECTOR_TALLY_H
#define COLLECTOR_TALLY_H

#include <stdint.h>

#define TALLY_LATE_S 60 /* a sample that comes later than this after its time is late */

struct tally {
	int64_t expected; /* by the steps of its series */
	int64_t received; /* with a value; late ones among them */
	int64_t late;
	int64_t empty;	 /* came, but without any value */
	int64_t thinned; /* the sender's spool was full: one a minute was kept, */
	int64_t dropped; /* or nothing */
};

#endif
