/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmc: a Rittal CMC III that has sixteen probes in four zones behind it, and four smoke detectors
 * at its inputs. Everything it knows stands in one table of variables (RITTAL-CMC-III-MIB), whose
 * index is device.variable. As in life a sixth of its values is not there: one probe was never
 * plugged in, three have nothing to say and answer NULL. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/device.h"
#include "zw/alloc.h"

#define CMC "1.3.6.1.4.1.2606.7."
#define DEVICES CMC "4.1.2.1."
#define VARS CMC "4.2.2.1."
#define FIRST_PROBE 2 /* device 1 is the unit itself */
#define NPROBES 16
#define INPUTS (FIRST_PROBE + NPROBES)

enum probe {
	PROBE_HUM,
	PROBE_TMP,
	PROBE_LEAK,
	PROBE_ACC,
	NKINDS
};

/* Variable types (column 4) and states (values of a Status). */
enum role {
	ROLE_NAME = 1,
	ROLE_VALUE = 2,
	ROLE_HIGH = 3,
	ROLE_HIGH_WARNING = 4,
	ROLE_LOW = 5,
	ROLE_STATUS = 7,
	ROLE_LOW_WARNING = 9,
	ROLE_LOGIC = 15
};

enum state {
	STATE_NONE = 1,
	STATE_OK = 4,
	STATE_ALARM = 5,
	STATE_HIGH_WARNING = 6,
	STATE_LOW_ALARM = 7,
	STATE_HIGH_ALARM = 8,
	STATE_LOW_WARNING = 9,
	STATE_OPEN = 12,
	STATE_CLOSED = 13
};

struct cmc {
	bool lost[NPROBES];
	int states[INPUTS + 1][32]; /* of each Status told last; 0: not yet */
};

static const struct {
	const char *short_name;
	const char *type;
} kinds[NKINDS] = {
	[PROBE_HUM] = { "hum", "CMCIII-HUM" },
	[PROBE_TMP] = { "tmp", "CMCIII-TMP" },
	[PROBE_LEAK] = { "leak", "CMCIII-LEAK" },
	[PROBE_ACC] = { "acc", "CMCIII-ACC" },
};

/* A variable's row but for its value. */
static void
put_var(struct mib *m, unsigned dev, unsigned var, const char *name, enum role role,
    const char *unit, int scale)
{
	mib_text(m, name, VARS "3.%u.%u", dev, var);
	mib_int(m, (int64_t)role, VARS "4.%u.%u", dev, var);
	mib_text(m, unit, VARS "5.%u.%u", dev, var);
	mib_int(m,
	    role == ROLE_NAME				? 3
	    : role == ROLE_STATUS || role == ROLE_LOGIC ? 4
							: 2,
	    VARS "6.%u.%u", dev, var);
	mib_int(m, scale, VARS "7.%u.%u", dev, var);
}

/* Its value and text. */
static void
put_value(struct mib *m, unsigned dev, unsigned var, const char *text, int64_t value)
{
	mib_text(m, text, VARS "10.%u.%u", dev, var);
	mib_int(m, value, VARS "11.%u.%u", dev, var);
}

/* A number in hundredths, or nothing. */
static void
put_hundredths(struct mib *m, unsigned dev, unsigned var, double v, const char *unit)
{
	char text[64];

	if (isnan(v)) {
		mib_null(m, VARS "10.%u.%u", dev, var);
		mib_null(m, VARS "11.%u.%u", dev, var);
		return;
	}
	(void)snprintf(text, sizeof text, "%.2f %s", v, unit);
	put_value(m, dev, var, text, lround(100 * v));
}

/* A measured quantity's seven variables, from `var` on. */
static void
put_analog(struct mib *m, unsigned dev, unsigned var, const char *group, const char *desc,
    const char *unit, const double limits[4])
{
	static const char *const names[] = { "DescName", "Value", "SetPtHighAlarm",
		"SetPtHighWarning", "SetPtLowWarning", "SetPtLowAlarm", "Status" };
	static const enum role roles[] = { ROLE_NAME, ROLE_VALUE, ROLE_HIGH, ROLE_HIGH_WARNING,
		ROLE_LOW_WARNING, ROLE_LOW, ROLE_STATUS };
	char name[64];

	for (unsigned i = 0; i < 7; i++) {
		bool number = i > 0 && i < 6;
		(void)snprintf(name, sizeof name, "%s.%s", group, names[i]);
		put_var(m, dev, var + i, name, roles[i], number ? unit : "", number ? -100 : 0);
		if (i >= 2 && i < 6)
			put_hundredths(m, dev, var + i, limits[i - 2], unit);
	}
	put_value(m, dev, var, desc, 0);
}

/* A contact's three variables. */
static void
put_contact(struct mib *m, unsigned dev, unsigned var, const char *group, const char *desc)
{
	static const char *const names[] = { "DescName", "Value", "Status" };
	static const enum role roles[] = { ROLE_NAME, ROLE_VALUE, ROLE_STATUS };
	char name[64];

	for (unsigned i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof name, "%s.%s", group, names[i]);
		put_var(m, dev, var + i, name, roles[i], "", i == 1);
	}
	put_value(m, dev, var, desc, 0);
}

/* Which zone a probe is in, and which kind it is; and its device's number. */
static unsigned
probe_device(unsigned zone, enum probe kind)
{
	return FIRST_PROBE + NKINDS * zone + (unsigned)kind;
}

/* A probe as it comes up. */
static void
put_probe(struct device *d, unsigned zone, enum probe kind)
{
	static const double celsius[4] = { 32, 27, 18, 15 }, percent[4] = { 80, 70, 20, 8 };
	struct mib *m = d->mib;
	unsigned dev = probe_device(zone, kind);
	char alias[32];
	bool fitted = zone != 3 || kind != PROBE_TMP;

	(void)snprintf(alias, sizeof alias, "%s-%c", kinds[kind].short_name, (char)('a' + zone));
	mib_text(m, kinds[kind].type, DEVICES "2.%u", dev);
	mib_text(m, alias, DEVICES "3.%u", dev);
	mib_int(m, fitted ? 2 : 1, DEVICES "6.%u", dev);
	if (!fitted)
		return;
	if (kind == PROBE_HUM || kind == PROBE_TMP)
		put_analog(m, dev, 1, "Temperature", alias, "degree C", celsius);
	if (kind == PROBE_HUM)
		put_analog(m, dev, 8, "Humidity", alias, "%", percent);
	if (kind == PROBE_LEAK)
		put_contact(m, dev, 1, "Leakage", alias);
	if (kind == PROBE_ACC)
		put_contact(m, dev, 1, "Access", alias);
}

/* All that is plugged in. */
static void
cmc_boot(struct device *d)
{
	static const double volts[4] = { 28, 26, 21, 19 };
	struct mib *m = d->mib;

	mib_int(m, 1, CMC "2.1.0");
	mib_text(m, "V3.15.70", CMC "2.4.0");
	mib_int(m, INPUTS, CMC "4.1.1.0");
	mib_text(m, "CMCIII-PU", DEVICES "2.1");
	mib_text(m, "unit", DEVICES "3.1");
	mib_int(m, 2, DEVICES "6.1");
	put_analog(m, 1, 1, "System.Supply 24V", "Supply 24V", "V", volts);
	for (unsigned z = 0; z < ROOM_ZONES; z++)
		for (int k = 0; k < NKINDS; k++)
			put_probe(d, z, (enum probe)k);
	mib_text(m, "CMCIII-IO3", DEVICES "2.%d", INPUTS);
	mib_text(m, "smoke", DEVICES "3.%d", INPUTS);
	mib_int(m, 2, DEVICES "6.%d", INPUTS);
	for (unsigned z = 0; z < ROOM_ZONES; z++) {
		char group[32], desc[32];
		(void)snprintf(group, sizeof group, "Input %u", z + 1);
		(void)snprintf(desc, sizeof desc, "smoke-%c", (char)('a' + z));
		put_contact(m, INPUTS, 1 + 3 * z, group, desc);
	}
}

/* alarmSensorDevice: the Status that changed, and whose it is. */
static void
trap_status(struct device *d, unsigned dev, unsigned var, const char *text, int state)
{
	struct mib *b = mib_new();
	struct oid_buf at;
	char *name = xasprintf(VARS "3.%u.%u", dev, var), *alias = xasprintf(DEVICES "3.%u", dev);
	const struct varbind *v;

	if (oid_parse(name, &at) == 0 && (v = mib_find(d->mib, oid_of(&at))) != NULL)
		mib_put(b, v);
	if (oid_parse(alias, &at) == 0 && (v = mib_find(d->mib, oid_of(&at))) != NULL)
		mib_put(b, v);
	put_value(b, dev, var, text, state);
	device_trap(d, CMC "0.1", b);
	free(name);
	free(alias);
}

/* Put a Status, and tell of its change. */
static void
put_status(struct device *d, unsigned dev, unsigned var, enum state state)
{
	static const char *const texts[] = { [STATE_NONE] = "n.a.",
		[STATE_OK] = "OK",
		[STATE_ALARM] = "Alarm",
		[STATE_HIGH_WARNING] = "High Warn",
		[STATE_LOW_ALARM] = "Low Alarm",
		[STATE_HIGH_ALARM] = "High Alarm",
		[STATE_LOW_WARNING] = "Low Warn",
		[STATE_OPEN] = "Open",
		[STATE_CLOSED] = "Closed" };
	struct cmc *s = d->state;
	int *last = &s->states[dev][var];

	put_value(d->mib, dev, var, texts[state], (int64_t)state);
	if (*last != 0 && *last != (int)state)
		trap_status(d, dev, var, texts[state], (int)state);
	*last = (int)state;
}

/* A quantity's value (NAN: none) and what it means. */
static void
put_measured(struct device *d, unsigned dev, unsigned var, double v, const char *unit,
    const double limits[4])
{
	enum state state = isnan(v)	   ? STATE_NONE
			   : v > limits[0] ? STATE_HIGH_ALARM
			   : v > limits[1] ? STATE_HIGH_WARNING
			   : v < limits[3] ? STATE_LOW_ALARM
			   : v < limits[2] ? STATE_LOW_WARNING
					   : STATE_OK;

	put_hundredths(d->mib, dev, var + 1, v, unit);
	put_status(d, dev, var + 6, state);
}

/* A contact's: 0, 1 or nothing. */
static void
put_switched(struct device *d, unsigned dev, unsigned var, int value, enum state state)
{
	if (value < 0) {
		mib_null(d->mib, VARS "10.%u.%u", dev, var + 1);
		mib_null(d->mib, VARS "11.%u.%u", dev, var + 1);
	} else {
		put_value(d->mib, dev, var + 1, value ? "1" : "0", value);
	}
	put_status(d, dev, var + 2, value < 0 ? STATE_NONE : state);
}

/* What the probes of a zone say. */
static void
put_zone(struct device *d, unsigned zone, const struct room_zone *z)
{
	static const double celsius[4] = { 32, 27, 18, 15 }, percent[4] = { 80, 70, 20, 8 };
	struct cmc *s = d->state;
	double t = z->air_c + 0.05 * device_wander(d), rh = fmin(95, fmax(5, 46 - 2.2 * (t - 22)));
	const bool *lost = s->lost + NKINDS * zone;

	if (!lost[PROBE_HUM]) {
		put_measured(d, probe_device(zone, PROBE_HUM), 1, t, "degree C", celsius);
		put_measured(
		    d, probe_device(zone, PROBE_HUM), 8, zone == 2 ? NAN : rh, "%", percent);
	}
	if (!lost[PROBE_TMP] && zone != 3)
		put_measured(d, probe_device(zone, PROBE_TMP), 1, t + 0.8, "degree C", celsius);
	if (!lost[PROBE_LEAK])
		put_switched(d, probe_device(zone, PROBE_LEAK), 1, z->leak,
		    z->leak ? STATE_ALARM : STATE_OK);
	if (!lost[PROBE_ACC])
		put_switched(d, probe_device(zone, PROBE_ACC), 1, zone == 1 ? -1 : z->door,
		    z->door ? STATE_OPEN : STATE_CLOSED);
	put_switched(
	    d, INPUTS, 1 + 3 * zone, zone == 3 ? -1 : z->smoke, z->smoke ? STATE_ALARM : STATE_OK);
}

/* A moment. */
static void
cmc_tick(struct device *d, const struct room *r, double seconds)
{
	static const double volts[4] = { 28, 26, 21, 19 };

	(void)seconds;
	put_measured(d, 1, 1, 24 + 0.05 * device_wander(d), "V", volts);
	for (unsigned z = 0; z < ROOM_ZONES; z++)
		put_zone(d, z, &r->zones[z]);
}

/* A probe is torn off or plugged in again: "tmp-b". */
static bool
cmc_fault(struct device *d, const struct fault *f, bool active)
{
	struct cmc *s = d->state;

	if (f->kind != FAULT_PROBE)
		return false;
	for (unsigned i = 0; i < NPROBES; i++) {
		unsigned zone = i / NKINDS, dev = FIRST_PROBE + i;
		char alias[32];
		(void)snprintf(
		    alias, sizeof alias, "%s-%c", kinds[i % NKINDS].short_name, (char)('a' + zone));
		if (strcmp(alias, f->target) != 0)
			continue;
		s->lost[i] = active;
		for (unsigned column = 3; active && column <= 11; column++)
			mib_forget(d->mib, VARS "%u.%u", column, dev);
		memset(s->states[dev], 0, sizeof s->states[dev]);
		if (!active)
			put_probe(d, zone, (enum probe)(i % NKINDS));
		mib_int(d->mib, active ? 4 : 2, DEVICES "6.%u", dev);
		mib_int(d->mib, active ? 2 : 1, CMC "2.1.0");
		struct mib *b = mib_new();
		mib_text(b, alias, DEVICES "3.%u", dev);
		mib_int(b, active ? 4 : 2, DEVICES "6.%u", dev);
		device_trap(d, CMC "0.2", b);
		return true;
	}
	return false;
}

const struct device_family family_cmc = {
	.name = "cmc",
	.descr = "Rittal CMC III PU (simulated) HW V6.02 - SW V3.15.70",
	.object_id = "1.3.6.1.4.1.2606.7",
	.state_size = sizeof(struct cmc),
	.boot = cmc_boot,
	.tick = cmc_tick,
	.fault = cmc_fault,
};
