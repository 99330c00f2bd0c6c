/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the answers about accounts, tokens and who asks. */
#include "collector/web/api/schema.h"

#include <stddef.h>

#define END                                                                                        \
	{                                                                                          \
		NULL, NULL, NULL                                                                   \
	}
#define ROLES "nobody|wall|viewer|operator|admin"

static const struct schema_member m_Session[] = {
	{ "name", "text?", "null: the token of web.token_file." },
	{ "role", ROLES, NULL },
	{ "proof", "session|token", NULL },
	{ "language", "text", NULL },
	{ "theme", "auto|light|dark", NULL },
	END,
};

static const struct schema_member m_Users[] = {
	{ "users", "[]User", NULL },
	END,
};

static const struct schema_member m_User[] = {
	{ "name", "text", NULL },
	{ "role", ROLES, NULL },
	{ "password", "flag", "It has one." },
	{ "made_ms", "moment?", NULL },
	{ "last_ms", "moment?", "When it signed in last." },
	{ "link_until_ms", "moment?", "Its one-time link is good until then." },
	{ "locked_ms", "integer", "It is locked out for so long yet." },
	{ "sessions", "integer", NULL },
	{ "language", "text?", NULL },
	END,
};

static const struct schema_member m_Tokens[] = {
	{ "tokens", "[]Token", NULL },
	END,
};

static const struct schema_member m_Token[] = {
	{ "name", "text", NULL },
	{ "role", ROLES, NULL },
	{ "author", "text", NULL },
	{ "made_ms", "moment?", NULL },
	{ "ends_ms", "moment?", "null: never." },
	{ "ended", "flag", NULL },
	{ "used_ms", "moment?", NULL },
	END,
};

static const struct schema_member m_Made[] = {
	{ "done", "text", NULL },
	{ "name", "text", NULL },
	{ "~token", "text", "This once." },
	{ "~link", "text", "Likewise." },
	{ "~address", "text", "Where the link leads." },
	END,
};

static const struct schema_member m_Actions[] = {
	{ "actions", "[]Action", NULL },
	END,
};

static const struct schema_member m_Action[] = {
	{ "id", "integer", NULL },
	{ "text", "text", "What is to be done." },
	{ "zone", "text?", "null: the site." },
	{ "owner", "text?", "Who sees to it." },
	{ "advice", "text?", "The report's recommendation that it follows." },
	{ "state", "open|done", NULL },
	{ "due", "text?", "Until that day, local: 2026-12-15." },
	{ "due_ms", "moment?", "Local midnight at the beginning of its day." },
	{ "made_ms", "moment", NULL },
	{ "made_by", "text", NULL },
	{ "closed_ms", "moment?", NULL },
	{ "closed_by", "text?", NULL },
	{ "note", "text?", "What came of it." },
	END,
};

const struct schema schema_people[] = {
	{ "Actions", NULL, m_Actions },
	{ "Action", "What was decided to be done.", m_Action },
	{ "Session", "Who asks.", m_Session },
	{ "Users", NULL, m_Users },
	{ "User", "An account.", m_User },
	{ "Tokens", NULL, m_Tokens },
	{ "Token", "What a program proves itself with.", m_Token },
	{ "Made", "An act on accounts that is on disk.", m_Made },
	{ NULL, NULL, NULL },
};
