/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inrow: APC InRow RC, a chilled-water unit in the row (PowerNet-MIB, airIRRC). */
#include <math.h>

#include "tests/sim/device.h"

#define STATUS "1.3.6.1.4.1.318.1.1.13.3.2.2.2."
#define GROUP "1.3.6.1.4.1.318.1.1.13.3.2.1."

/* What its traps are about. */
enum condition {
	CONDITION_COOLING = 29,
	CONDITION_WATER = 54
};

struct inrow {
	struct coolair air;
	double valve; /* % */
	bool failed;
	bool leak;
};

enum mode {
	MODE_STANDBY = 1,
	MODE_ON = 2
};

/* Tenths of a unit. */
static int64_t
tenths(double v)
{
	return (int64_t)lround(10 * v);
}

/* A temperature in both units: degrees Fahrenheit come first. */
static void
put_temperature(struct mib *m, unsigned fahrenheit, double celsius)
{
	mib_int(m, tenths(celsius * 1.8 + 32), STATUS "%u.0", fahrenheit);
	mib_int(m, tenths(celsius), STATUS "%u.0", fahrenheit + 1);
}

/* Its set point. */
static void
inrow_boot(struct device *d)
{
	struct inrow *s = d->state;

	s->valve = 40;
	mib_int(d->mib, tenths(21 * 1.8 + 32), GROUP "2.1.0");
	mib_int(d->mib, tenths(21), GROUP "2.2.0");
}

/* Traps as things begin and end. */
static void
inrow_events(struct device *d, const struct room_zone *z)
{
	struct inrow *s = d->state;

	if (s->failed == z->cooling) {
		s->failed = !z->cooling;
		device_apc_trap(d, s->failed ? 306 : 307, CONDITION_COOLING,
		    s->failed ? "Cooling failure: unit is not cooling"
			      : "Cooling failure has cleared");
	}
	if (s->leak != z->leak) {
		s->leak = z->leak;
		device_apc_trap(d, s->leak ? 306 : 307, CONDITION_COOLING,
		    s->leak ? "Water detected" : "Water detected has cleared");
	}
}

/* A moment. */
static void
inrow_tick(struct device *d, const struct room *r, double seconds)
{
	const struct room_zone *z = &r->zones[d->zone];
	struct inrow *s = d->state;
	struct mib *m = d->mib;

	coolair_step(&s->air, z, seconds * r->speed);
	double aim = 100 * s->air.output_w / fmax(1, z->capacity_w);
	s->valve += (aim - s->valve) * (1 - exp(-seconds * r->speed / 15));
	mib_int(m, z->cooling ? MODE_ON : MODE_STANDBY, STATUS "1.0");
	mib_int(m, tenths(s->air.output_w / 1000), STATUS "2.0");
	mib_int(m, tenths(z->load_w / 1000), STATUS "3.0");
	mib_int(m, lround(s->air.flow * 2.11888), STATUS "4.0");
	mib_int(m, lround(s->air.flow), STATUS "5.0");
	put_temperature(m, 6, z->air_c + 0.1 * device_wander(d));
	put_temperature(m, 8, s->air.supply_c);
	put_temperature(m, 10, s->air.return_c);
	mib_int(m, tenths(s->air.fan), STATUS "16.0");
	mib_int(m, lround(s->valve), STATUS "20.0");
	put_temperature(m, 23, 9.5);
	put_temperature(m, 25, 9.5 + s->air.output_w / 1500);
	mib_int(m, z->leak ? 2 : 1, STATUS "27.0");
	inrow_events(d, z);
}

const struct device_family family_inrow = {
	.name = "inrow",
	.descr = "APC Web/SNMP Management Card (simulated) InRow RC",
	.object_id = "1.3.6.1.4.1.318.1.3.14.9",
	.state_size = sizeof(struct inrow),
	.boot = inrow_boot,
	.tick = inrow_tick,
};
