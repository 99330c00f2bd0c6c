/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scale: an axis of values: its ends, its ticks, and the unit that it is written in. Pure. */
#ifndef COLLECTOR_CHART_SCALE_H
#define COLLECTOR_CHART_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#include "zw/lang.h"

#define SCALE_LABEL 48

struct scale {
	double from; /* the axis's ends, in the values' unit */
	double to;
	double step;	/* between ticks, in the values' unit; they are at its multiples */
	double divisor; /* what is written is the value over this: 1000 of W as kW */
	int decimals;
	char sign[SCALE_LABEL]; /* "kW", "" */
};

struct scale_wish {
	double low; /* of what is to be shown; NAN: nothing is */
	double high;
	double from; /* an end that is given; NAN: as the values want */
	double to;
	bool from_zero;	  /* bars and areas begin at zero */
	unsigned ticks;	  /* at most about so many */
	int decimals;	  /* -1: as fits; 0: also no step below one */
	const char *unit; /* as units.h has it */
	enum lang lang;
};

/* Round ends around what is to be shown, and round steps between. */
void scale_choose(struct scale *s, const struct scale_wish *w);
/* The number beside a tick, without unit: "12,5", "1 250". */
void scale_label(char *dst, size_t size, const struct scale *s, double v, enum lang l);
/* The least multiple of the step that is not below the lower end, and how many ticks there are. */
double scale_first(const struct scale *s);
unsigned scale_ticks(const struct scale *s);

#endif
