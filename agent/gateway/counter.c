/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wrap taken for a restart costs one sample; a restart taken for a wrap makes a spike of up to
 * 4 GiB that spoils every average it is in. So a wrap must be likely to be believed. */
#include <math.h>

#include "agent/gateway/counter.h"

#define WRAP_32 (UINT64_C(1) << 32)
#define WRAP_FACTOR 8 /* a wrap may be this many times the growth before */
/* Nothing grows by more from poll to poll; what says so is broken. */
#define MAX_GROWTH (UINT64_C(1) << 53)

/* Begins again at this reading. */
static void
begin(struct counter *c, uint64_t raw)
{
	*c = (struct counter){ .known = true, .raw = raw, .total = raw };
}

/* Begins again at a reading that is below the last: an agent may say 0 while its cache is empty. */
static double
fall(struct counter *c, uint64_t raw)
{
	uint64_t from = c->fell > c->raw ? c->fell : c->raw;

	begin(c, raw);
	c->fell = from;
	return NAN;
}

/* Takes one that grew by so much. */
static double
grow(struct counter *c, uint64_t raw, uint64_t by)
{
	c->raw = raw;
	c->total += by;
	c->grown = by;
	c->has_grown = true;
	return (double)c->total;
}

/* Take a reading. */
double
counter_take(struct counter *c, uint64_t raw, unsigned bits, bool restarted)
{
	if (!c->known) {
		begin(c, raw);
		return restarted ? NAN : (double)raw;
	}
	bool stumbled = c->fell != 0 && raw >= c->fell;
	if (restarted || stumbled || (raw > c->raw && raw - c->raw > MAX_GROWTH)) {
		begin(c, raw);
		return NAN;
	}
	if (raw >= c->raw)
		return grow(c, raw, raw - c->raw);
	if (bits == 32 && c->raw < WRAP_32 && c->has_grown) {
		uint64_t by = WRAP_32 - c->raw + raw;
		if (by / WRAP_FACTOR <= c->grown)
			return grow(c, raw, by);
	}
	return fall(c, raw);
}
