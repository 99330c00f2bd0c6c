/* SPDX-License-Identifier: GPL-3.0-or-later */
/* schema: what the answers of the API look like; its description is made from these tables. */
#ifndef COLLECTOR_WEB_API_SCHEMA_H
#define COLLECTOR_WEB_API_SCHEMA_H

struct schema_member {
	const char *name; /* with '~' before it: it may be left out. NULL ends a list */
	/* "text", "integer", "number", "flag", "moment" (ms since 1970 UTC), "{}" (any object),
	 * words "a|b" (or one), or the name of a schema, which is capital; with '?' behind it: or
	 * null; with "[]" before it: an array of that. */
	const char *type;
	const char *help; /* or NULL */
};

struct schema {
	const char *name; /* NULL ends a table */
	const char *help; /* or NULL */
	const struct schema_member *members;
};

extern const struct schema schema_site[];
extern const struct schema schema_past[];
extern const struct schema schema_people[];
extern const struct schema schema_reports[];
extern const struct schema schema_agents[];

#endif
