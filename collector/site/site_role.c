/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles: what a node does for others. The configuration says it, or else what the node sends: who
 * tells of a cooling unit's air is one, who speaks for other nodes is a gateway. */
#include <string.h>

#include "collector/site/site.h"

static const char *const words[] = {
	[ROLE_NONE] = "",
	[ROLE_COOLING] = "cooling",
	[ROLE_UPS] = "ups",
	[ROLE_PDU] = "pdu",
	[ROLE_GENERATOR] = "generator",
	[ROLE_UPLINK] = "uplink",
	[ROLE_SWITCH] = "switch",
	[ROLE_GATEWAY] = "gateway",
	[ROLE_SENSOR] = "sensor",
};

/* A role by its word. */
enum node_role
site_role_of(const char *word)
{
	for (unsigned i = ROLE_COOLING; word != NULL && i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i], word) == 0)
			return (enum node_role)i;
	return ROLE_NONE;
}

/* Its word. */
const char *
site_role_word(enum node_role role)
{
	return words[role];
}

/* What the source of a series says of its node. */
static enum node_role
role_by_source(const char *source)
{
	if (strcmp(source, "cooling") == 0)
		return ROLE_COOLING;
	if (strcmp(source, "ups") == 0)
		return ROLE_UPS;
	return strncmp(source, "pdu", 3) == 0 ? ROLE_PDU : ROLE_NONE;
}

/* A UPS with outlets that it tells of like a PDU is a UPS all the same. */
void
site_note_source(struct node *n, const char *source)
{
	enum node_role role = role_by_source(source);
	if (n->role_given || role == ROLE_NONE)
		return;
	if (n->role == ROLE_NONE || (n->role == ROLE_PDU && role == ROLE_UPS))
		n->role = role;
}

/* Whether it serves a zone. */
bool
site_serves(const struct node *n, const struct zone *z)
{
	for (size_t i = 0; i < n->nserves; i++)
		if (n->serves[i] == z)
			return true;
	if (n->nserves > 0 || n->serves_all)
		return n->serves_all;
	return n->zone == NULL || n->zone == z;
}
