/* SPDX-License-Identifier: GPL-3.0-or-later */
/* netswitch: the switch where the links to the institutions end: IF-MIB with one port a link, an
 * interface that knows only 32-bit counters, and two ENTITY-SENSOR temperatures. */
#include <math.h>
#include <stdlib.h>

#include "tests/sim/device.h"
#include "tests/sim/links.h"
#include "zw/alloc.h"

#define IF "1.3.6.1.2.1.2.2.1."
#define IFX "1.3.6.1.2.1.31.1.1.1."
#define PHYSICAL "1.3.6.1.2.1.47.1.1.1.1."
#define SENSOR "1.3.6.1.2.1.99.1.1.1."
#define NPORTS ROOM_LINKS
#define MANAGEMENT (NPORTS + 1) /* the interface with 32-bit counters only */
#define NINTERFACES (NPORTS + 1)
#define PORT_BY_S 12.5e6 /* 100 Mbit/s */

struct netswitch {
	struct port {
		double share; /* of the port's speed, 0 to 1 */
		double octets[2];
		double packets[2];
		double errors;
		double drops;
		bool down;
		bool known;
	} ports[NINTERFACES];
};

/* What does not change. */
static void
switch_boot(struct device *d)
{
	static const char *const places[] = { "Supply fan intake", "Port ASIC" };
	struct netswitch *s = d->state;
	struct mib *m = d->mib;

	mib_int(m, NINTERFACES, "1.3.6.1.2.1.2.1.0");
	for (unsigned i = 1; i <= NINTERFACES; i++) {
		bool port = i != MANAGEMENT;
		char *name = port ? xasprintf("GE0/0/%u", i) : xstrdup("MEth0/0/1");
		s->ports[i - 1].share = 0.2 + 0.1 * device_wander(d);
		mib_int(m, i, IF "1.%u", i);
		mib_text(m, name, IF "2.%u", i);
		mib_int(m, 6, IF "3.%u", i);
		mib_int(m, 1500, IF "4.%u", i);
		mib_gauge(m, 1e8, IF "5.%u", i);
		mib_int(m, 1, IF "7.%u", i);
		mib_ticks(m, 0, IF "9.%u", i);
		mib_text(m, name, IFX "1.%u", i);
		mib_gauge(m, 100, IFX "15.%u", i);
		mib_text(m, port ? links_title(i) : "management", IFX "18.%u", i);
		mib_ticks(m, 0, IFX "19.%u", i);
		free(name);
	}
	for (unsigned i = 0; i < 2; i++) {
		mib_text(m, places[i], PHYSICAL "2.%u", 1001 + i);
		mib_int(m, 8, PHYSICAL "5.%u", 1001 + i);
		mib_text(m, places[i], PHYSICAL "7.%u", 1001 + i);
		mib_int(m, 8, SENSOR "1.%u", 1001 + i);
		mib_int(m, 9, SENSOR "2.%u", 1001 + i);
		mib_int(m, 1, SENSOR "3.%u", 1001 + i);
		mib_int(m, 1, SENSOR "5.%u", 1001 + i);
		mib_text(m, "degrees C", SENSOR "6.%u", 1001 + i);
	}
}

/* linkDown or linkUp (RFC 2863, section 6). */
static void
trap_link(struct device *d, unsigned i, bool down)
{
	struct mib *b = mib_new();

	mib_int(b, i, IF "1.%u", i);
	mib_int(b, 1, IF "7.%u", i);
	mib_int(b, down ? 2 : 1, IF "8.%u", i);
	device_trap(d, down ? "1.3.6.1.6.3.1.1.5.3" : "1.3.6.1.6.3.1.1.5.4", b);
}

/* Let traffic flow through a port. */
static void
port_live(struct device *d, struct port *p, double seconds)
{
	if (p->down)
		return;
	p->share = fmin(0.9, fmax(0.01, p->share + 0.02 * device_wander(d)));
	for (int i = 0; i < 2; i++) {
		double octets = floor(seconds * PORT_BY_S * p->share * (i == 0 ? 1 : 0.3));
		p->octets[i] += octets;
		p->packets[i] += floor(octets / 700);
	}
	p->errors += device_wander(d) > 0.995 ? 1 : 0;
	p->drops += p->share > 0.6 ? floor(3 * p->share) : 0;
}

/* Put a port's row. */
static void
put_port(struct mib *m, unsigned i, const struct port *p)
{
	uint64_t in = (uint64_t)p->octets[0], out = (uint64_t)p->octets[1];
	uint64_t pin = (uint64_t)p->packets[0], pout = (uint64_t)p->packets[1];

	mib_int(m, p->down ? 2 : 1, IF "8.%u", i);
	mib_counter32(m, in, IF "10.%u", i);
	mib_counter32(m, pin, IF "11.%u", i);
	mib_counter32(m, (uint64_t)p->drops, IF "13.%u", i);
	mib_counter32(m, (uint64_t)p->errors, IF "14.%u", i);
	mib_counter32(m, out, IF "16.%u", i);
	mib_counter32(m, pout, IF "17.%u", i);
	mib_counter32(m, 0, IF "19.%u", i);
	mib_counter32(m, 0, IF "20.%u", i);
	if (i == MANAGEMENT)
		return;
	mib_counter64(m, in, IFX "6.%u", i);
	mib_counter64(m, pin, IFX "7.%u", i);
	mib_counter64(m, out, IFX "10.%u", i);
	mib_counter64(m, pout, IFX "11.%u", i);
}

/* A moment. */
static void
switch_tick(struct device *d, const struct room *r, double seconds)
{
	struct netswitch *s = d->state;
	double t = r->zones[0].air_c;

	for (unsigned i = 1; i <= NINTERFACES; i++) {
		struct port *p = &s->ports[i - 1];
		bool down = i <= NPORTS && r->link_down[i - 1];
		if (p->down != down && p->known) {
			mib_ticks(d->mib, device_uptime_cs(d), IF "9.%u", i);
			trap_link(d, i, down);
		}
		p->known = true;
		p->down = down;
		port_live(d, p, seconds);
		put_port(d->mib, i, p);
	}
	mib_int(d->mib, lround(10 * (t + 6)), SENSOR "4.1001");
	mib_int(d->mib, lround(10 * (t + 21)), SENSOR "4.1002");
}

/* 32473 is the enterprise number for examples (RFC 5612). */
const struct device_family family_netswitch = {
	.name = "netswitch",
	.descr = "Simulated switch, 24 ports",
	.object_id = "1.3.6.1.4.1.32473.24.1",
	.state_size = sizeof(struct netswitch),
	.boot = switch_boot,
	.tick = switch_tick,
};
