/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device: what all families share. */
#include <math.h>
#include <stdlib.h>

#include "tests/sim/device.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define SYSTEM "1.3.6.1.2.1.1."
#define APC_ARGS "1.3.6.1.4.1.318.2.3."
#define FULL_FLOW_LS 900.0
#define AIR_J_L_K (1.2 * 1006 / 1000)
#define SUPPLY_LAG_S 30.0

/* A boot: the MIB is filled anew, counters begin at 0. */
void
device_boot(struct device *d)
{
	const struct device_family *f = d->family;

	free(d->state);
	d->state = xcalloc(1, f->state_size > 0 ? f->state_size : 1);
	d->booted_ms = clock_steady_ms();
	mib_forget(d->mib, "1");
	mib_text(d->mib, f->descr, SYSTEM "1.0");
	mib_oid(d->mib, f->object_id, SYSTEM "2.0");
	mib_ticks(d->mib, 0, SYSTEM "3.0");
	mib_text(d->mib, "operator on duty", SYSTEM "4.0");
	mib_text(d->mib, d->node, SYSTEM "5.0");
	mib_text(d->mib, d->title, SYSTEM "6.0");
	mib_int(d->mib, 72, SYSTEM "7.0");
	f->boot(d);
}

/* Free what a device has. */
void
device_end(struct device *d)
{
	snmpagent_free(d->agent);
	mib_free(d->mib);
	free(d->state);
	*d = (struct device){ 0 };
}

/* Time since its boot. */
uint64_t
device_uptime_cs(const struct device *d)
{
	return (uint64_t)(clock_steady_ms() - d->booted_ms) / 10;
}

/* What is asked for is of this moment. */
void
device_refresh(void *arg)
{
	struct device *d = arg;

	mib_ticks(d->mib, device_uptime_cs(d), SYSTEM "3.0");
}

/* A step of a linear congruential sequence. */
double
device_wander(struct device *d)
{
	d->seed = d->seed * 1103515245u + 12345u;
	return (double)(d->seed >> 8 & 0xffff) / 32767.5 - 1;
}

/* Send a trap. */
void
device_trap(struct device *d, const char *oid, struct mib *bindings)
{
	struct varbind v[32];
	struct oid_buf trap;
	struct oid at = { .id = NULL, .n = 0 };
	const struct varbind *next;
	size_t n = 0;

	while (bindings != NULL && n < 32 && (next = mib_after(bindings, at)) != NULL) {
		v[n++] = *next;
		at = next->oid;
	}
	if (oid_parse(oid, &trap) == 0 && d->agent != NULL)
		snmpagent_trap(d->agent, oid_of(&trap), device_uptime_cs(d), v, n);
	mib_free(bindings);
}

/* APC's traps carry their text in mtrapargsString, and a number in mtrapargsInteger. */
void
device_apc_trap(struct device *d, unsigned number, unsigned condition, const char *text)
{
	struct mib *b = mib_new();
	char *oid = xasprintf("1.3.6.1.4.1.318.0.%u", number);

	mib_int(b, (int64_t)condition, APC_ARGS "1.0");
	mib_text(b, text, APC_ARGS "3.0");
	mib_text(b, d->node, SYSTEM "5.0");
	device_trap(d, oid, b);
	free(oid);
}

/* The heat balance of the air through a unit. With the cooling off the fans go on and the supply
 * air becomes what comes back. */
void
coolair_step(struct coolair *c, const struct room_zone *z, double seconds)
{
	double share = fmax(0, fmin(1, (z->air_c - z->set_c) / 2));
	double aim_fan = z->cooling && z->air_c < z->set_c + 3 ? 60 : 100;

	if (c->fan <= 0) { /* at rest already when it boots */
		c->fan = 60;
		c->supply_c = z->cooling ? z->air_c - 2.5 : z->air_c;
	}
	c->fan += (aim_fan - c->fan) * (1 - exp(-seconds / 20));
	c->flow = FULL_FLOW_LS * c->fan / 100;
	c->return_c = z->air_c + z->load_w / (AIR_J_L_K * c->flow);
	c->output_w = z->cooling ? share * z->capacity_w : 0;
	double aim = z->cooling ? z->air_c - 2.5 : c->return_c;
	c->supply_c += (aim - c->supply_c) * (1 - exp(-seconds / SUPPLY_LAG_S));
}
