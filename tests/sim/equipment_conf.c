/* SPDX-License-Identifier: GPL-3.0-or-later */
/* equipment_conf: what the gateway's and the collector's configurations must say of the equipment,
 * written from the one list of it, so that tests and quickstart have one source of truth. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/equipment.h"
#include "tests/sim/links.h"
#include "tests/sim/secrets.h"
#include "zw/alloc.h"
#include "zw/fs.h"

static const char *const versions[] = { "sim-v1", "sim-v2c", "sim-v3" };

/* "addr:port". */
static void
address_text(char dst[64], const struct sockaddr_in *sin)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &sin->sin_addr, text, sizeof text);
	(void)snprintf(dst, 64, "%s:%u", text, ntohs(sin->sin_port));
}

/* How to speak to them. */
static void
write_credentials(FILE *f, const char *dir)
{
	fprintf(f,
	    "credentials = (\n"
	    "  { name = \"sim-v1\"; version = \"v1\"; community_file = \"%s/v1.community\"; },\n"
	    "  { name = \"sim-v2c\"; version = \"v2c\"; community_file = \"%s/v2c.community\"; },\n"
	    "  { name = \"sim-v3\"; user = \"" SECRETS_USER "\"; auth = \"SHA-256\"; "
	    "auth_file = \"%s/v3.auth\";\n"
	    "    priv = \"AES\"; priv_file = \"%s/v3.priv\"; }\n"
	    ");\n",
	    dir, dir, dir, dir);
}

/* The controller's probes belong to four children, one a zone (cmc.c: four devices a zone from the
 * second on, and an input a zone of the last). */
static void
write_children(FILE *f)
{
	fprintf(f, "\n    children = (\n");
	for (int z = 0; z < ROOM_ZONES; z++)
		fprintf(f,
		    "      { name = \"zone-%c\"; index = [ \"%d-%d\", \"18.%d-18.%d\" ]; "
		    "}%s\n",
		    'a' + z, 2 + 4 * z, 5 + 4 * z, 1 + 3 * z, 3 + 3 * z,
		    z < ROOM_ZONES - 1 ? "," : "");
	fprintf(f, "    );");
}

/* The devices. */
static void
write_devices(FILE *f, const struct equipment_opts *o)
{
	fprintf(f, "devices = (\n");
	for (size_t i = 0; i < equipment_nrows; i++) {
		const struct equipment_row *r = &equipment_rows[i];
		struct sockaddr_in sin = equipment_address(&o->first, i);
		uint8_t engine[SNMPAGENT_ENGINE_MAX];
		char address[64];
		address_text(address, &sin);
		fprintf(f, "  { node = \"%s\"; address = \"%s\"; credential = \"%s\";", r->node,
		    address, versions[r->version]);
		if (r->version == SNMPIO_V3) {
			fprintf(f, " engine_id = \"");
			for (size_t n = equipment_engine(i, engine), j = 0; j < n; j++)
				fprintf(f, "%02x", engine[j]);
			fprintf(f, "\";");
		}
		if (r->family == &family_cmc)
			write_children(f);
		fprintf(f, " }%s\n", i < equipment_nrows - 1 ? "," : "");
	}
	fprintf(f, ");\n");
}

/* Two probes a link. */
static void
write_probes(FILE *f, unsigned port)
{
	fprintf(f, "probes = (\n");
	for (unsigned i = 1; i <= LINKS; i++)
		fprintf(f,
		    "  { node = \"link-%02u\"; kind = \"icmp\"; address = \"127.0.24.%u\"; },\n"
		    "  { node = \"link-%02u\"; kind = \"tcp\"; address = \"127.0.24.%u:%u\"; }%s\n",
		    i, i, i, i, port, i < LINKS ? "," : "");
	fprintf(f, ");\n");
}

/* Put the text of a stream into a file, whole or not at all. */
static int
write_file(const char *path, FILE *f, char **text, size_t *n, struct err *e)
{
	int rc = fclose(f) == 0 ? fs_replace(path, *text, *n, e) : err_set(e, "out of memory");

	free(*text);
	return rc;
}

/* The gateway's part. */
int
equipment_write_gateway(const char *path, const struct equipment_opts *o, struct err *e)
{
	char *text = NULL, dir[PATH_MAX], sink[64];
	size_t n = 0;

	if (realpath(o->credentials_dir, dir) == NULL)
		return err_set(e, "there is no directory %s", o->credentials_dir);
	FILE *f = open_memstream(&text, &n);
	if (f == NULL)
		return err_set(e, "out of memory");
	fprintf(f, "# Written by zonewatch-sim --write-gateway-conf: what it simulates.\n");
	write_credentials(f, dir);
	write_devices(f, o);
	write_probes(f, ntohs(o->first.sin_port));
	if (o->sink.sin_family == AF_INET) {
		address_text(sink, &o->sink);
		fprintf(f, "traps = { listen = \"%s\"; };\n", sink);
	}
	return write_file(path, f, &text, &n, e);
}

/* Where it stands in the physical graph: what it does, for which zones, and what feeds it. A PDU
 * feeds the rack in which it stands: zone A's is A1. */
static void
write_place(FILE *f, const struct equipment_row *r)
{
	static const struct {
		const struct device_family *family;
		const char *role;
	} roles[] = { { &family_inrow, "cooling" }, { &family_coolunit, "cooling" },
		{ &family_apcups, "ups" }, { &family_ups, "ups" }, { &family_rpdu, "pdu" },
		{ &family_netswitch, "switch" } };

	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (roles[i].family == r->family)
			fprintf(f, " role = \"%s\";", roles[i].role);
	const char *before = " serves = [ ";
	for (int z = 0; z < ROOM_ZONES; z++) {
		bool cools = r->family == &family_inrow || r->family == &family_coolunit;
		if ((r->feeds & 1U << z) == 0 && !(cools && r->zone == z))
			continue;
		fprintf(f, "%s\"%s\"", before, equipment_zones[z]);
		before = ", ";
	}
	if (*before == ',')
		fprintf(f, " ];");
	if (r->family == &family_rpdu)
		fprintf(f, " rack = \"%s1\";", equipment_zones[r->zone]);
	if (r->depends != NULL)
		fprintf(f, " depends = [ \"%s\" ];", r->depends);
}

/* A device's row. */
static void
write_node(FILE *f, const struct equipment_row *r)
{
	fprintf(f, "  { name = \"%s\"; title = \"%s\"; kind = \"device\"; zone = \"%s\";", r->node,
	    r->title, r->zone >= 0 ? equipment_zones[r->zone] : "site");
	write_place(f, r);
	if (r->family == &family_cmc) {
		fprintf(f, "\n    children = (\n");
		for (int z = 0; z < ROOM_ZONES; z++)
			fprintf(f,
			    "      { name = \"zone-%c\"; zone = \"%s\"; "
			    "title = \"Probes of zone %s\"; },\n",
			    'a' + z, equipment_zones[z], equipment_zones[z]);
		fprintf(f, "      { name = \"*\"; zone = \"site\"; }\n");
		fprintf(f, "    );");
	}
	fprintf(f, " },\n");
}

/* The collector's rows. */
int
equipment_write_nodes(const char *path, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return err_set(e, "out of memory");
	fprintf(f, "# Written by zonewatch-sim --write-nodes: what it simulates.\nnodes = (\n");
	for (size_t i = 0; i < equipment_nrows; i++)
		write_node(f, &equipment_rows[i]);
	for (unsigned i = 1; i <= LINKS; i++)
		fprintf(f,
		    "  { name = \"link-%02u\"; title = \"%s\"; kind = \"link\"; zone = \"links\"; "
		    "depends = [ \"switch-1\" ]; }%s\n",
		    i, links_title(i), i < LINKS ? "," : "");
	fprintf(f, ");\n");
	return write_file(path, f, &text, &n, e);
}
