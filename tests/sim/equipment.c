/* SPDX-License-Identifier: GPL-3.0-or-later */
/* equipment: the list of the devices, and which fault is whose. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/equipment.h"
#include "tests/sim/links.h"
#include "tests/sim/secrets.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"

#define MAX_DEVICES 16
#define SLOW_MS 1500

const char *const equipment_zones[ROOM_ZONES] = { "A", "B", "C", "D" };

const struct equipment_row equipment_rows[] = {
	{ "cool-a", "In-row cooling, zone A", &family_inrow, SNMPIO_V3, 0, 0, NULL },
	{ "cool-b", "In-row cooling, zone B", &family_inrow, SNMPIO_V3, 1, 0, NULL },
	{ "cool-c", "In-row cooling, zone C", &family_coolunit, SNMPIO_V2C, 2, 0, NULL },
	{ "cool-d", "In-row cooling, zone D", &family_coolunit, SNMPIO_V2C, 3, 0, NULL },
	{ "ups-1", "UPS of zones A and B", &family_apcups, SNMPIO_V3, -1, 0x3, NULL },
	{ "ups-2", "UPS of zones C and D", &family_ups, SNMPIO_V1, -1, 0xc, NULL },
	{ "pdu-a", "Rack PDU, zone A", &family_rpdu, SNMPIO_V2C, 0, 0, "ups-1" },
	{ "pdu-b", "Rack PDU, zone B", &family_rpdu, SNMPIO_V2C, 1, 0, "ups-1" },
	{ "pdu-c", "Rack PDU, zone C", &family_rpdu, SNMPIO_V2C, 2, 0, "ups-2" },
	{ "pdu-d", "Rack PDU, zone D", &family_rpdu, SNMPIO_V2C, 3, 0, "ups-2" },
	{ "switch-1", "Switch of the links", &family_netswitch, SNMPIO_V2C, -1, 0, NULL },
	{ "env-1", "Environment controller", &family_cmc, SNMPIO_V3, -1, 0, NULL },
};
const size_t equipment_nrows = sizeof equipment_rows / sizeof equipment_rows[0];

struct equipment {
	struct snmpagents *snmp;
	struct links *links;
	struct device devices[MAX_DEVICES];
	size_t n;
	struct room room;
};

/* RFC 3411, section 5: the enterprise of examples, and octets of our own. */
size_t
equipment_engine(size_t i, uint8_t out[SNMPAGENT_ENGINE_MAX])
{
	static const uint8_t head[] = { 0x80, 0x00, 0x7e, 0xd9, 0x05, 'z', 'w', 's', 'i', 'm' };

	memcpy(out, head, sizeof head);
	out[sizeof head] = (uint8_t)(i + 1);
	return sizeof head + 1;
}

/* The i-th device's address. */
struct sockaddr_in
equipment_address(const struct sockaddr_in *first, size_t i)
{
	struct sockaddr_in sin = *first;

	sin.sin_addr.s_addr = htonl(ntohl(first->sin_addr.s_addr) + (uint32_t)i);
	return sin;
}

/* Bring the i-th device up. */
static int
equipment_device(struct equipment *q, size_t i, const struct equipment_opts *o,
    const struct secrets *secrets, struct err *e)
{
	const struct equipment_row *row = &equipment_rows[i];
	struct device *d = &q->devices[q->n++];
	struct sockaddr_in listen = equipment_address(&o->first, i);
	struct snmpio_credential c = secrets_credential(secrets, row->version);
	struct snmpagent_opts so = { .listen = (const struct sockaddr *)&listen,
		.credential = &c,
		.refresh = device_refresh,
		.arg = d,
		.sink = o->sink.sin_family == AF_INET ? (const struct sockaddr *)&o->sink : NULL };

	*d = (struct device){ .family = row->family,
		.node = row->node,
		.title = row->title,
		.zone = row->zone,
		.feeds = row->feeds,
		.seed = (unsigned)i * 2654435761u + 7 };
	d->mib = so.mib = mib_new();
	so.engine_len = equipment_engine(i, so.engine_id);
	device_boot(d);
	return snmpagent_new(&d->agent, q->snmp, &so, e);
}

/* Bring it all up. */
int
equipment_new(
    struct equipment **out, struct event_base *base, const struct equipment_opts *o, struct err *e)
{
	struct equipment *q = xcalloc(1, sizeof *q);
	struct secrets secrets;
	int rc;

	if (secrets_read(&secrets, o->credentials_dir, e) == -1) {
		free(q);
		return -1;
	}
	q->room.speed = 1;
	for (int i = 0; i < ROOM_ZONES; i++)
		q->room.zones[i] =
		    (struct room_zone){ .name = equipment_zones[i], .air_c = 22, .cooling = true };
	q->snmp = snmpagents_new(base);
	rc = links_new(&q->links, base, ntohs(o->first.sin_port), e);
	for (size_t i = 0; i < equipment_nrows && rc == 0; i++)
		rc = equipment_device(q, i, o, &secrets, e);
	secrets_free(&secrets);
	if (rc == -1) {
		equipment_free(q);
		return -1;
	}
	*out = q;
	return 0;
}

/* The end of it all. */
void
equipment_free(struct equipment *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < q->n; i++)
		device_end(&q->devices[i]);
	links_free(q->links);
	snmpagents_free(q->snmp);
	free(q);
}

/* The room that all of it stands in, for faults and the servers' heat. */
struct room *
equipment_room(struct equipment *q)
{
	return &q->room;
}

/* Let time pass everywhere. */
void
equipment_tick(struct equipment *q, double seconds)
{
	for (size_t i = 0; i < q->n; i++)
		q->devices[i].family->tick(&q->devices[i], &q->room, seconds);
}

/* The device of this name, or NULL. */
static struct device *
equipment_named(struct equipment *q, const char *node)
{
	for (size_t i = 0; i < q->n; i++)
		if (strcmp(q->devices[i].node, node) == 0)
			return &q->devices[i];
	return NULL;
}

/* A fault that is a zone's. */
static bool
zone_fault(struct room *r, const struct fault *f, bool active)
{
	for (int i = 0; i < ROOM_ZONES; i++) {
		struct room_zone *z = &r->zones[i];
		if (strcmp(z->name, f->target) != 0)
			continue;
		if (f->kind == FAULT_COOLING)
			z->cooling = !active;
		else if (f->kind == FAULT_LEAK)
			z->leak = active;
		else if (f->kind == FAULT_DOOR)
			z->door = active;
		else if (f->kind == FAULT_SMOKE)
			z->smoke = active;
		return true;
	}
	return false;
}

/* "link-07" goes down or comes up. */
static bool
link_fault(struct equipment *q, const struct fault *f, bool active)
{
	uint64_t n;

	if (strncmp(f->target, "link-", 5) != 0 || str_to_u64(f->target + 5, 1, LINKS, &n) == -1)
		return false;
	q->room.link_down[n - 1] = active;
	links_set_down(q->links, (unsigned)n, active);
	return true;
}

/* A device starts anew: what it counted is gone, and it says coldStart. While it boots it does not
 * hear. */
static void
device_fault_reboot(struct device *d, bool active)
{
	snmpagent_set_silent(d->agent, active);
	if (active)
		return;
	device_boot(d);
	snmpagent_reboot(d->agent);
	device_trap(d, "1.3.6.1.6.3.1.1.5.1", NULL);
}

/* Bring a fault about, or end it. */
bool
equipment_fault(struct equipment *q, const struct fault *f, bool active)
{
	struct device *d = equipment_named(q, f->target);

	switch (f->kind) {
	case FAULT_COOLING:
	case FAULT_LEAK:
	case FAULT_DOOR:
	case FAULT_SMOKE:
		return zone_fault(&q->room, f, active);
	case FAULT_LINK:
		return link_fault(q, f, active);
	case FAULT_PROBE:
		for (size_t i = 0; i < q->n; i++)
			if (q->devices[i].family->fault != NULL &&
			    q->devices[i].family->fault(&q->devices[i], f, active))
				return true;
		return false;
	case FAULT_UPS:
		if (d == NULL || d->feeds == 0)
			return false;
		d->failed = active;
		return true;
	case FAULT_SILENT:
		if (d != NULL)
			snmpagent_set_silent(d->agent, active);
		return d != NULL;
	case FAULT_SLOW:
		if (d != NULL)
			snmpagent_set_delay(d->agent, active ? SLOW_MS : 0);
		return d != NULL;
	case FAULT_REBOOT:
		if (d != NULL)
			device_fault_reboot(d, active);
		return d != NULL;
	case FAULT_HOST:
	case FAULT_DISK:
	case FAULT_CPU:
		break;
	}
	return false;
}
