/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libevent 2.1 tells nobody when a turn begins: so it is run for one turn at a time. While it waits
 * it uses no CPU, so the wait need not be known. */
#include "collector/pace.h"

#include <event2/event.h>

#include "zw/clock.h"

#define WINDOW_MS 10000

const double pace_bounds[PACE_CLASSES - 1] = { 0.5, 1, 2, 3, 4, 5, 7, 10, 20, 50, 100 };

void
pace_take(struct pace *p, int64_t us, int64_t mono_ms)
{
	unsigned k = 0;

	if (mono_ms - p->window_ms >= WINDOW_MS) {
		p->longest_us[1] = mono_ms - p->window_ms < 2 * WINDOW_MS ? p->longest_us[0] : 0;
		p->longest_us[0] = 0;
		p->window_ms = mono_ms;
	}
	while (k < PACE_CLASSES - 1 && (double)us > pace_bounds[k] * 1000)
		k++;
	p->by[k]++;
	p->us += (uint64_t)us;
	if ((uint64_t)us > p->longest_us[0])
		p->longest_us[0] = (uint64_t)us;
}

double
pace_longest_ms(const struct pace *p)
{
	uint64_t us = p->longest_us[p->longest_us[1] > p->longest_us[0]];

	return (double)us / 1000;
}

void
pace_run(struct pace *p, struct event_base *base)
{
	int64_t before = clock_cpu_us();

	while (event_base_loop(base, EVLOOP_ONCE) == 0 && event_base_got_break(base) == 0 &&
	       event_base_got_exit(base) == 0) {
		int64_t now = clock_cpu_us();
		pace_take(p, now - before, clock_mono_ms());
		before = now;
	}
}
