/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/alert/flood.h"

void
flood_mark(struct flood_window *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool over = w[i].alerts > FLOOD_OVER;
		bool on = i > 0 && w[i - 1].in && w[i].number == w[i - 1].number + 1 &&
			  (over || w[i].alerts >= FLOOD_UNDER);
		w[i].begins = over && !on;
		w[i].in = over || on;
	}
}
