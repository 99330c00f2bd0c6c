/* SPDX-License-Identifier: GPL-3.0-or-later */
/* thermal: how warm the air of a zone gets. Pure.
 *
 * One well-mixed volume of air a zone, with the thermal mass of what stands in it: the heat of the
 * servers warms it, the cooling unit takes heat out as far as it can. dT/dt = (P - Q) / (rho V cp
 * k) with rho cp = 1.2 * 1006 J/(m3 K); at 8 kW, 120 m3 and k = 4 that is 0.83 degrees a minute
 * when the cooling stops. */
#ifndef SIM_THERMAL_H
#define SIM_THERMAL_H

#include <stdbool.h>

struct thermal {
	double volume_m3;
	double mass;	   /* k: how many times the air's own heat capacity */
	double set_c;	   /* supply air the unit holds */
	double capacity_w; /* most heat it takes out */
	bool cooling;
	double air_c; /* state: what the servers breathe in, on average */
};

/* A zone at rest at its set point. */
struct thermal thermal_at_rest(double volume_m3, double load_w);
/* Let this many seconds pass with this load. */
void thermal_step(struct thermal *t, double seconds, double load_w);

#endif
