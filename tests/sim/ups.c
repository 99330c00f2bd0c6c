/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ups: an uninterruptible power supply with UPS-MIB (RFC 1628), as Huawei's cards have it, and one
 * of APC's with PowerNet-MIB beside it. The battery discharges by the load of the zones that it
 * feeds. */
#include <math.h>
#include <stdlib.h>

#include "tests/sim/device.h"
#include "zw/alloc.h"

#define UPS "1.3.6.1.2.1.33.1."
#define UPS_TRAPS "1.3.6.1.2.1.33.2."
#define APC "1.3.6.1.4.1.318.1.1.1."
#define BATTERY_WH 3000.0
#define RATED_VA 10000.0
#define CHARGER_W 400.0
#define NO_NUMBER 4294967295.0 /* what Huawei's card says when it has none */
#define LEAST_CHARGE 0.04      /* it would switch off; the simulated one does not */

/* What APC's traps are about. */
enum condition {
	CONDITION_ON_BATTERY = 1,
	CONDITION_LOW = 2
};

struct ups {
	double charge; /* 0 to 1 */
	double battery_c;
	bool on_battery;
	double seconds; /* on battery */
	double next_trap_s;
	bool low;
};

/* upsAlarmTable's well-known alarms (RFC 1628, section 3.6). */
enum alarm {
	ALARM_ON_BATTERY = 2,
	ALARM_LOW_BATTERY = 3,
	ALARM_INPUT_BAD = 6
};

/* What it feeds. */
static double
ups_load_w(const struct device *d, const struct room *r)
{
	double w = 0;

	for (int i = 0; i < ROOM_ZONES; i++)
		if (d->feeds >> i & 1)
			w += r->zones[i].load_w;
	return w;
}

/* Minutes that the battery lasts. */
static double
ups_minutes(const struct ups *s, double load_w)
{
	return floor(60 * BATTERY_WH * s->charge / fmax(100, load_w));
}

/* The rows of upsAlarmTable, and a trap for each that comes or goes (33.2.3, 33.2.4). */
static void
put_alarm(struct device *d, enum alarm alarm, bool on)
{
	struct mib *b = mib_new();
	char *name = xasprintf(UPS "6.3.%d", (int)alarm);

	mib_int(b, (int64_t)alarm, UPS "6.2.1.1.%d", (int)alarm);
	mib_oid(b, name, UPS "6.2.1.2.%d", (int)alarm);
	if (on) {
		mib_oid(d->mib, name, UPS "6.2.1.2.%d", (int)alarm);
		mib_ticks(d->mib, device_uptime_cs(d), UPS "6.2.1.3.%d", (int)alarm);
	} else {
		mib_forget(d->mib, UPS "6.2.1.2.%d", (int)alarm);
		mib_forget(d->mib, UPS "6.2.1.3.%d", (int)alarm);
	}
	device_trap(d, on ? UPS_TRAPS "3" : UPS_TRAPS "4", b);
	free(name);
}

/* upsTrapOnBattery: at once, then each minute (RFC 1628, section 3.9). */
static void
trap_on_battery(struct device *d, double load_w)
{
	struct ups *s = d->state;
	struct mib *b = mib_new();

	mib_int(b, (int64_t)s->seconds, UPS "2.2.0");
	mib_int(b, (int64_t)ups_minutes(s, load_w), UPS "2.3.0");
	mib_int(b, 5, UPS "9.7.0");
	device_trap(d, UPS_TRAPS "1", b);
	s->next_trap_s = s->seconds + 60;
}

/* Whether mains is there has changed. */
static void
ups_change(struct device *d, double load_w)
{
	struct ups *s = d->state;
	bool apc = d->family == &family_apcups;

	s->on_battery = d->failed;
	s->seconds = 0;
	put_alarm(d, ALARM_ON_BATTERY, s->on_battery);
	put_alarm(d, ALARM_INPUT_BAD, s->on_battery);
	if (s->on_battery)
		trap_on_battery(d, load_w);
	if (apc)
		device_apc_trap(d, s->on_battery ? 5 : 9, CONDITION_ON_BATTERY,
		    s->on_battery ? "UPS is on battery power" : "Utility power has been restored");
}

/* Let the battery discharge or charge. */
static void
ups_battery(struct device *d, double seconds, double speed, double load_w)
{
	struct ups *s = d->state;
	double w = s->on_battery ? -load_w : s->charge < 1 ? CHARGER_W : 0;

	s->charge += w * seconds * speed / 3600 / BATTERY_WH;
	s->charge = fmin(1, fmax(LEAST_CHARGE, s->charge));
	s->battery_c += ((s->on_battery ? 31 : 24) - s->battery_c) * (1 - exp(-seconds / 600));
	bool low = s->on_battery && s->charge < 0.2;
	if (low != s->low) {
		s->low = low;
		put_alarm(d, ALARM_LOW_BATTERY, low);
		if (d->family == &family_apcups)
			device_apc_trap(d, low ? 7 : 11, CONDITION_LOW,
			    low ? "Battery charge is low" : "Battery is no longer low");
	}
	if (s->on_battery)
		s->seconds += seconds;
	if (s->on_battery && s->seconds >= s->next_trap_s)
		trap_on_battery(d, load_w);
}

/* UPS-MIB. */
static void
put_ups_mib(struct device *d, double load_w, double volts)
{
	struct ups *s = d->state;
	struct mib *m = d->mib;
	bool huawei = d->family == &family_ups, on = s->on_battery;

	mib_int(m, s->low ? 3 : 2, UPS "2.1.0");
	mib_int(m, (int64_t)s->seconds, UPS "2.2.0");
	mib_gauge(m, huawei && !on ? NO_NUMBER : ups_minutes(s, load_w), UPS "2.3.0");
	mib_gauge(m, 100 * s->charge, UPS "2.4.0");
	mib_gauge(m, 10 * (on ? 238 + 20 * s->charge : 270.7), UPS "2.5.0");
	mib_int(m, on ? lround(10 * load_w / 250) : 4, UPS "2.6.0");
	mib_int(m, lround(s->battery_c), UPS "2.7.0");
	mib_int(m, 1, UPS "3.2.0");
	mib_int(m, on ? 0 : 500, UPS "3.3.1.2.1");
	mib_int(m, on ? 0 : lround(volts), UPS "3.3.1.3.1");
	mib_int(m, on ? 5 : 3, UPS "4.1.0");
	mib_gauge(m, 500, UPS "4.2.0");
	mib_int(m, 1, UPS "4.3.0");
	mib_int(m, 230, UPS "4.4.1.2.1");
	mib_int(m, lround(10 * load_w / 0.95 / 230), UPS "4.4.1.3.1");
	mib_int(m, lround(load_w), UPS "4.4.1.4.1");
	mib_int(m, lround(100 * load_w / RATED_VA), UPS "4.4.1.5.1");
	mib_gauge(m, on ? 0 : 500, UPS "5.1.0");
	mib_int(m, 1, UPS "5.2.0");
	mib_int(m, on ? 0 : lround(volts), UPS "5.3.1.2.1");
	mib_gauge(m, (on ? 2 : 0) + s->low, UPS "6.1.0");
}

/* PowerNet-MIB, ups. */
static void
put_powernet(struct device *d, double load_w, double volts)
{
	struct ups *s = d->state;
	struct mib *m = d->mib;
	bool on = s->on_battery;
	double load = 100 * load_w / RATED_VA, amperes = load_w / 0.95 / 230;

	mib_int(m, s->low ? 3 : 2, APC "2.1.1.0");
	mib_ticks(m, (uint64_t)(s->seconds * 100), APC "2.1.2.0");
	mib_gauge(m, 100 * s->charge, APC "2.2.1.0");
	mib_gauge(m, s->battery_c, APC "2.2.2.0");
	mib_ticks(m, (uint64_t)(ups_minutes(s, load_w) * 6000), APC "2.2.3.0");
	mib_int(m, 1, APC "2.2.4.0");
	mib_gauge(m, 1000 * s->charge, APC "2.3.1.0");
	mib_gauge(m, 10 * s->battery_c, APC "2.3.2.0");
	mib_gauge(m, on ? 0 : volts, APC "3.2.1.0");
	mib_gauge(m, on ? 0 : 50, APC "3.2.4.0");
	mib_gauge(m, on ? 0 : 10 * volts, APC "3.3.1.0");
	mib_gauge(m, on ? 0 : 500, APC "3.3.4.0");
	mib_int(m, on ? 3 : 2, APC "4.1.1.0");
	mib_gauge(m, 230, APC "4.2.1.0");
	mib_gauge(m, load, APC "4.2.3.0");
	mib_gauge(m, amperes, APC "4.2.4.0");
	mib_gauge(m, 2300, APC "4.3.1.0");
	mib_gauge(m, 500, APC "4.3.2.0");
	mib_gauge(m, 10 * load, APC "4.3.3.0");
	mib_gauge(m, 10 * amperes, APC "4.3.4.0");
}

/* What it is. */
static void
ups_boot(struct device *d)
{
	struct ups *s = d->state;
	bool apc = d->family == &family_apcups;

	s->charge = 1;
	s->battery_c = 24;
	mib_text(d->mib, apc ? "APC" : "HUAWEI", UPS "1.1.0");
	mib_text(d->mib, apc ? "Smart-UPS SRT 10000" : "UPS2000 10kVA", UPS "1.2.0");
	mib_text(d->mib, "simulated", UPS "1.3.0");
	if (apc)
		mib_text(d->mib, "Smart-UPS SRT 10000", APC "1.1.1.0");
}

/* A moment. */
static void
ups_tick(struct device *d, const struct room *r, double seconds)
{
	struct ups *s = d->state;
	double load_w = ups_load_w(d, r), volts = 231 + 2 * device_wander(d);

	if (s->on_battery != d->failed)
		ups_change(d, load_w);
	ups_battery(d, seconds, r->speed, load_w);
	put_ups_mib(d, load_w, volts);
	if (d->family == &family_apcups)
		put_powernet(d, load_w, volts);
}

const struct device_family family_ups = {
	.name = "ups",
	.descr = "SNMP Card for HUAWEI UPS2000 (simulated)",
	.object_id = "1.3.6.1.4.1.2011.6.174.4.1.2.4",
	.state_size = sizeof(struct ups),
	.boot = ups_boot,
	.tick = ups_tick,
};

const struct device_family family_apcups = {
	.name = "apcups",
	.descr = "APC Web/SNMP Management Card (simulated) Smart-UPS",
	.object_id = "1.3.6.1.4.1.318.1.3.27",
	.state_size = sizeof(struct ups),
	.boot = ups_boot,
	.tick = ups_tick,
};
