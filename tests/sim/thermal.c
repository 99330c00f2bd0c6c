/* SPDX-License-Identifier: GPL-3.0-or-later */
/* thermal: the heat balance of a zone's air, in steps of a second. */
#include <math.h>

#include "tests/sim/thermal.h"

#define AIR_J_M3_K (1.2 * 1006.0)
#define BAND_K 2.0     /* the unit gives all it has when the air is this far above its set point */
#define OUTSIDE_C 45.0 /* the walls let the air get no warmer than about this */
#define WALL_W_K 60.0  /* heat that they let through */

/* A zone at rest at its set point. */
struct thermal
thermal_at_rest(double volume_m3, double load_w)
{
	return (struct thermal){
		.volume_m3 = volume_m3,
		.mass = 4,
		.set_c = 21,
		.capacity_w = 1.5 * load_w + 1000,
		.cooling = true,
		.air_c = 22,
	};
}

/* Let time pass, a second at a time: explicit Euler is stable far beyond that here. */
void
thermal_step(struct thermal *t, double seconds, double load_w)
{
	double capacity_j_k = AIR_J_M3_K * t->volume_m3 * t->mass;

	for (; seconds > 0; seconds -= 1) {
		double dt = fmin(seconds, 1);
		double share = fmax(0, fmin(1, (t->air_c - t->set_c) / BAND_K));
		double out_w = t->cooling ? share * t->capacity_w : 0;
		double wall_w = fmax(0, t->air_c - OUTSIDE_C) * WALL_W_K * 20;
		t->air_c += dt * (load_w - out_w - wall_w) / capacity_j_k;
	}
}
