/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the answers about agents and their certificates. */
#include "collector/web/api/schema.h"

#include <stddef.h>

#define END                                                                                        \
	{                                                                                          \
		NULL, NULL, NULL                                                                   \
	}

static const struct schema_member m_Agents[] = {
	{ "issues", "flag", "Certificates are given out." },
	{ "why", "text?", "Why not." },
	{ "authority", "text?", "The hash by which agents know the authority." },
	{ "collector", "text?", "HOST:PORT where agents reach the collector, by its certificate." },
	{ "left_out", "integer",
	    "Further ones that are not listed, most of them not of the configuration." },
	{ "agents", "[]Agent", "In the order of the configuration; then what is not of it." },
	END,
};

static const struct schema_member m_Agent[] = {
	{ "node", "text", NULL },
	{ "configured", "flag", NULL },
	{ "zone", "text?", NULL },
	{ "kind", "server|device|link|summary?", NULL },
	{ "connected", "flag", NULL },
	{ "peer", "text?", "Its address." },
	{ "agent", "text?", "Its program and version." },
	{ "seen_s", "number?", "Since something of it arrived; null: never." },
	{ "state", "none|good|ended|revoked", "Of its certificate." },
	{ "in_force", "integer", "Certificates of it that are." },
	{ "closed_ms", "moment?", "All of it that were known then were taken back." },
	{ "certificate", "AgentCertificate?", "The newest in force, else the newest." },
	{ "invitation", "AgentInvitation?", "That can still be used." },
	END,
};

static const struct schema_member m_AgentCertificate[] = {
	{ "serial", "text", "Hexadecimal." },
	{ "origin", "enrolled|renewed|issued|seen", "seen: made elsewhere, and shown." },
	{ "nodes", "integer", "That it names." },
	{ "begins_ms", "moment?", NULL },
	{ "ends_ms", "moment?", NULL },
	{ "days_left", "integer", NULL },
	{ "first_ms", "moment?", "Given out, or seen first." },
	{ "last_ms", "moment?", "A session showed it, to the hour." },
	{ "revoked_ms", "moment?", "It was taken back." },
	END,
};

static const struct schema_member m_AgentInvitation[] = {
	{ "id", "integer", NULL },
	{ "author", "text", NULL },
	{ "nodes", "integer", "That its certificate names." },
	{ "used", "flag", "The key that used it is answered again for a quarter of an hour." },
	{ "made_ms", "moment?", NULL },
	{ "ends_ms", "moment?", NULL },
	END,
};

static const struct schema_member m_AgentInvited[] = {
	{ "done", "text", NULL },
	{ "node", "text", NULL },
	{ "nodes", "integer", "That the certificate will name." },
	{ "token", "text", "This once." },
	{ "collector", "text", NULL },
	{ "authority", "text", NULL },
	{ "line", "text", "To paste on the machine." },
	{ "ends_ms", "moment?", NULL },
	END,
};

static const struct schema_member m_AgentDone[] = {
	{ "done", "text", NULL },
	{ "name", "text", NULL },
	{ "count", "integer", "Invitations, or certificates that were in force." },
	END,
};

static const struct schema_member m_AgentIssued[] = {
	{ "done", "text", NULL },
	{ "node", "text", NULL },
	{ "serial", "text", NULL },
	{ "ends_ms", "moment?", NULL },
	{ "certificate", "text", "PEM." },
	{ "authority", "text", "Likewise." },
	END,
};

const struct schema schema_agents[] = {
	{ "Agents", NULL, m_Agents },
	{ "Agent", "A node that has an agent or gateway.", m_Agent },
	{ "AgentCertificate", NULL, m_AgentCertificate },
	{ "AgentInvitation", NULL, m_AgentInvitation },
	{ "AgentInvited", "An invitation that is on disk.", m_AgentInvited },
	{ "AgentDone", "An act on agents that is on disk.", m_AgentDone },
	{ "AgentIssued", "A certificate that is on disk.", m_AgentIssued },
	{ NULL, NULL, NULL },
};
