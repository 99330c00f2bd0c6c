/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of the roles: in the configuration, the API, the CLI and on pages. */
#include "collector/web/who.h"

#include <stddef.h>
#include <string.h>

static const char *const words[] = {
	[WHO_NOBODY] = "nobody",
	[WHO_WALL] = "wall",
	[WHO_VIEWER] = "viewer",
	[WHO_OPERATOR] = "operator",
	[WHO_ADMIN] = "admin",
};

const char *
who_role_word(enum who_role r)
{
	return words[r];
}

enum who_role
who_role_of(const char *word)
{
	for (int r = WHO_WALL; r <= WHO_ADMIN; r++)
		if (strcmp(words[r], word) == 0)
			return (enum who_role)r;
	return WHO_NOBODY;
}
