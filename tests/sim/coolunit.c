/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coolunit: an APC cooling unit with self-describing tables (PowerNet-MIB, coolingUnit): names,
 * units and scales stand in the rows, each quantity in two units. */
#include <math.h>

#include "tests/sim/device.h"

#define ANALOG "1.3.6.1.4.1.318.1.1.27.1.4.1.2.1."
#define DISCRETE "1.3.6.1.4.1.318.1.1.27.1.4.2.2.1."
#define EXTENDED "1.3.6.1.4.1.318.1.1.27.1.6.2.2.1."
#define NFANS 4

/* What its traps are about. */
enum condition {
	CONDITION_COOLING = 29,
	CONDITION_WATER = 54
};

struct coolunit {
	struct coolair air;
	double hours;
	bool failed;
	bool leak;
};

enum quantity {
	Q_SUPPLY,
	Q_INLET,
	Q_RETURN,
	Q_HUMIDITY,
	Q_DEWPOINT,
	Q_AIRFLOW,
	Q_FILTER,
	Q_DEMAND,
	Q_OUTPUT,
	Q_RACK1,
	Q_RACK2,
	Q_RACK3,
	Q_FAN1,
	Q_FAN2,
	Q_FAN3,
	Q_FAN4,
	Q_COMPRESSOR,
	Q_HOURS,
	NQUANTITIES
};

static const struct {
	const char *name;
	const char *unit;
	int scale;
	const char *unit2; /* the same in another unit; NULL: none */
	int scale2;
	double factor2;
	double offset2;
} quantities[NQUANTITIES] = {
	[Q_SUPPLY] = { "Supply Temperature", "C", 10, "F", 10, 1.8, 32 },
	[Q_INLET] = { "Maximum Rack Inlet Temperature", "C", 10, "F", 10, 1.8, 32 },
	[Q_RETURN] = { "Return Temperature", "C", 10, "F", 10, 1.8, 32 },
	[Q_HUMIDITY] = { "Humidity", "%RH", 10, NULL, 0, 0, 0 },
	[Q_DEWPOINT] = { "Dew Point Temperature", "C", 10, "F", 10, 1.8, 32 },
	[Q_AIRFLOW] = { "Airflow", "L/s", 1, "CFM", 1, 2.11888, 0 },
	[Q_FILTER] = { "Air Filter Pressure", "Pa", 1, "\\WC", 100, 0.00401463, 0 },
	[Q_DEMAND] = { "Cool Demand", "kW", 10, NULL, 0, 0, 0 },
	[Q_OUTPUT] = { "Cool Output", "kW", 10, NULL, 0, 0, 0 },
	[Q_RACK1] = { "Rack Inlet Temperature 1", "C", 10, "F", 10, 1.8, 32 },
	[Q_RACK2] = { "Rack Inlet Temperature 2", "C", 10, "F", 10, 1.8, 32 },
	[Q_RACK3] = { "Rack Inlet Temperature 3", "C", 10, "F", 10, 1.8, 32 },
	[Q_FAN1] = { "Fan 1", "rpm", 1, NULL, 0, 0, 0 },
	[Q_FAN2] = { "Fan 2", "rpm", 1, NULL, 0, 0, 0 },
	[Q_FAN3] = { "Fan 3", "rpm", 1, NULL, 0, 0, 0 },
	[Q_FAN4] = { "Fan 4", "rpm", 1, NULL, 0, 0, 0 },
	[Q_COMPRESSOR] = { "Compressor Speed", "Hz", 10, NULL, 0, 0, 0 },
	[Q_HOURS] = { "Unit Run Hours", "hr", 1, NULL, 0, 0, 0 },
};

/* Put a value (NAN: a probe that is not fitted: neither value nor scale) into its rows; returns
 * the index of the next row. */
static unsigned
put_quantity(struct mib *m, enum quantity q, unsigned row, double v)
{
	for (int second = 0; second < (quantities[q].unit2 != NULL ? 2 : 1); second++, row++) {
		int scale = second ? quantities[q].scale2 : quantities[q].scale;
		double x = second ? v * quantities[q].factor2 + quantities[q].offset2 : v;
		mib_int(m, row, ANALOG "1.1.%u", row);
		mib_text(m, quantities[q].name, ANALOG "2.1.%u", row);
		mib_text(
		    m, second ? quantities[q].unit2 : quantities[q].unit, ANALOG "4.1.%u", row);
		if (isnan(v))
			continue;
		mib_int(m, lround(x * scale), ANALOG "3.1.%u", row);
		mib_int(m, scale, ANALOG "5.1.%u", row);
	}
	return row;
}

/* Put a state, its text and the list of its states. */
static void
put_state(struct mib *m, bool extended, unsigned row, const char *name, int value, const char *text,
    const char *states)
{
	const char *table = extended ? EXTENDED : DISCRETE;

	mib_int(m, row, "%s1.1.%u", table, row);
	mib_text(m, name, "%s2.1.%u", table, row);
	mib_text(m, text, "%s3.1.%u", table, row);
	mib_int(m, value, "%s4.1.%u", table, row);
	mib_text(m, states, "%s5.1.%u", table, row);
}

/* The states. */
static void
put_states(struct mib *m, const struct room_zone *z)
{
	static const char relay[] = "Open(0),Closed(1)";
	bool bad = !z->cooling || z->leak;

	put_state(m, false, 1, "Active Flow Control Status", 4, "NA",
	    "Under(0),Okay(1),Over(2),NA(3),NA(4)");
	put_state(m, false, 2, "Mode", z->cooling ? 6 : 2, z->cooling ? "Active" : "Off",
	    "Unknown(0),Initializing(1),Off(2),Standby(3),Idle(4),Startup Delay(5),Active(6),"
	    "Maintenance(7)");
	put_state(m, false, 3, "Shutdown Input State", 0, "Open", relay);
	put_state(m, false, 4, "Alarm Relay 1", bad, bad ? "Closed" : "Open", relay);
	put_state(m, false, 5, "Active Power Source", 0, "Primary", "Primary (0),Secondary(1)");
	put_state(
	    m, true, 1, "Condensate Pan Full", z->leak, z->leak ? "Yes" : "No", "No(0),Yes(1)");
	put_state(m, true, 2, "Smoke Detected", z->smoke, z->smoke ? "Yes" : "No", "No(0),Yes(1)");
	put_state(m, true, 3, "Air Filter Clogged", 0, "No", "No(0),Yes(1)");
}

/* What it is. */
static void
coolunit_boot(struct device *d)
{
	struct coolunit *s = d->state;

	s->hours = 1216;
	mib_int(d->mib, 1, "1.3.6.1.4.1.318.1.1.27.1.1.0");
}

/* Traps as things begin and end. */
static void
coolunit_events(struct device *d, const struct room_zone *z)
{
	struct coolunit *s = d->state;

	if (s->failed == z->cooling) {
		s->failed = !z->cooling;
		device_apc_trap(d, s->failed ? 306 : 307, CONDITION_COOLING,
		    s->failed ? "Compressor has failed" : "Compressor failure has cleared");
	}
	if (s->leak != z->leak) {
		s->leak = z->leak;
		device_apc_trap(d, s->leak ? 308 : 309, CONDITION_WATER,
		    s->leak ? "Condensate pan is full" : "Condensate pan full has cleared");
	}
}

/* A moment. */
static void
coolunit_tick(struct device *d, const struct room *r, double seconds)
{
	const struct room_zone *z = &r->zones[d->zone];
	struct coolunit *s = d->state;
	double v[NQUANTITIES], t = z->air_c, rh = fmin(95, fmax(5, 46 - 2.2 * (t - 22)));
	unsigned row = 1;

	coolair_step(&s->air, z, seconds * r->speed);
	s->hours += seconds / 3600;
	double gamma = log(rh / 100) + 17.62 * t / (243.12 + t);
	v[Q_SUPPLY] = s->air.supply_c;
	v[Q_INLET] = t + 0.4;
	v[Q_RETURN] = s->air.return_c;
	v[Q_HUMIDITY] = rh;
	v[Q_DEWPOINT] = 243.12 * gamma / (17.62 - gamma);
	v[Q_AIRFLOW] = s->air.flow;
	v[Q_FILTER] = 5;
	v[Q_DEMAND] = z->load_w / 1000;
	v[Q_OUTPUT] = s->air.output_w / 1000;
	v[Q_RACK1] = t + 0.1 * device_wander(d);
	v[Q_RACK2] = NAN;
	v[Q_RACK3] = t + 0.4;
	for (unsigned i = 0; i < NFANS; i++)
		v[Q_FAN1 + i] = 10 * round(s->air.fan * 5.8 + 2 * device_wander(d));
	v[Q_COMPRESSOR] = z->cooling ? 20 + 60 * s->air.output_w / fmax(1, z->capacity_w) : 0;
	v[Q_HOURS] = s->hours;
	for (unsigned q = 0; q < NQUANTITIES; q++)
		row = put_quantity(d->mib, (enum quantity)q, row, v[q]);
	put_states(d->mib, z);
	coolunit_events(d, z);
}

const struct device_family family_coolunit = {
	.name = "coolunit",
	.descr = "APC InRow DX 300mm (simulated)",
	.object_id = "1.3.6.1.4.1.318.1.3.14.23",
	.state_size = sizeof(struct coolunit),
	.boot = coolunit_boot,
	.tick = coolunit_tick,
};
