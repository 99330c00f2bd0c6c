/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rpdu: an APC rack PDU of the second generation (PowerNet-MIB, rPDU2): the power of its zone's
 * racks. Two of the four have a sensor for temperature and humidity; the others say -1, as real
 * ones do. */
#include <math.h>

#include "tests/sim/device.h"

#define RPDU2 "1.3.6.1.4.1.318.1.1.26."
#define BREAKER_A 32.0

struct rpdu {
	double energy_kwh;
	double peak_w;
};

/* What does not change. */
static void
rpdu_boot(struct device *d)
{
	struct rpdu *s = d->state;
	struct mib *m = d->mib;

	s->energy_kwh = 3512.8 + 100 * d->zone;
	mib_int(m, 1, RPDU2 "4.3.1.1.1");
	mib_int(m, 1, RPDU2 "4.3.1.2.1");
	mib_text(m, d->node, RPDU2 "4.3.1.3.1");
	mib_int(m, 1, RPDU2 "6.3.1.1.1");
	mib_int(m, 1, RPDU2 "6.3.1.2.1");
	mib_int(m, 1, RPDU2 "6.3.1.3.1");
	mib_int(m, 1, RPDU2 "10.2.2.1.1.1");
	mib_int(m, 1, RPDU2 "10.2.2.1.2.1");
	mib_text(m, "", RPDU2 "10.2.2.1.3.1");
	mib_int(m, 1, RPDU2 "10.2.2.1.4.1");
}

/* The sensor at the rack, or that there is none. */
static void
put_sensor(struct device *d, const struct room_zone *z)
{
	struct mib *m = d->mib;
	bool fitted = d->zone < 2;
	double t = z->air_c + 0.3, rh = fmin(95, fmax(5, 46 - 2.2 * (t - 22)));

	mib_int(m, fitted ? 2 : 4, RPDU2 "10.2.2.1.5.1");
	mib_int(m, fitted ? 2 : 1, RPDU2 "10.2.2.1.6.1");
	mib_int(m, fitted ? lround(10 * (t * 1.8 + 32)) : -1, RPDU2 "10.2.2.1.7.1");
	mib_int(m, fitted ? lround(10 * t) : -1, RPDU2 "10.2.2.1.8.1");
	mib_int(m, fitted ? 4 : 1, RPDU2 "10.2.2.1.9.1");
	mib_int(m, fitted ? lround(rh) : -1, RPDU2 "10.2.2.1.10.1");
	mib_int(m, fitted ? 4 : 1, RPDU2 "10.2.2.1.11.1");
}

/* A moment. */
static void
rpdu_tick(struct device *d, const struct room *r, double seconds)
{
	const struct room_zone *z = &r->zones[d->zone];
	struct rpdu *s = d->state;
	struct mib *m = d->mib;
	double volts = 230 + device_wander(d), va = z->load_w / 0.96, amperes = va / volts;
	int state = amperes > BREAKER_A ? 4 : amperes > 0.8 * BREAKER_A ? 3 : 2;

	s->energy_kwh += z->load_w * seconds / 3.6e6;
	s->peak_w = fmax(s->peak_w, z->load_w);
	mib_int(m, state, RPDU2 "4.3.1.4.1");
	mib_int(m, lround(z->load_w / 10), RPDU2 "4.3.1.5.1");
	mib_int(m, lround(s->peak_w / 10), RPDU2 "4.3.1.6.1");
	mib_int(m, lround(10 * s->energy_kwh), RPDU2 "4.3.1.9.1");
	mib_int(m, 1, RPDU2 "4.3.1.12.1");
	mib_int(m, 1, RPDU2 "4.3.1.13.1");
	mib_int(m, lround(va / 10), RPDU2 "4.3.1.16.1");
	mib_int(m, 96, RPDU2 "4.3.1.17.1");
	mib_int(m, state, RPDU2 "6.3.1.4.1");
	mib_int(m, lround(10 * amperes), RPDU2 "6.3.1.5.1");
	mib_int(m, lround(volts), RPDU2 "6.3.1.6.1");
	mib_int(m, lround(z->load_w / 10), RPDU2 "6.3.1.7.1");
	mib_int(m, lround(va / 10), RPDU2 "6.3.1.8.1");
	mib_int(m, 96, RPDU2 "6.3.1.9.1");
	put_sensor(d, z);
}

const struct device_family family_rpdu = {
	.name = "rpdu",
	.descr = "APC Web/SNMP Management Card (simulated) MN:AP8853",
	.object_id = "1.3.6.1.4.1.318.1.3.4.6",
	.state_size = sizeof(struct rpdu),
	.boot = rpdu_boot,
	.tick = rpdu_tick,
};
