/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounts: so far the token of web.token_file, whose session's cookie is the token itself. */
#include "collector/web/accounts.h"

#include <stdlib.h>
#include <string.h>

#include "collector/web/auth.h"
#include "zw/alloc.h"
#include "zw/str.h"

struct accounts {
	struct accounts_options o;
};

int
accounts_new(
    struct accounts **out, struct event_base *base, const struct accounts_options *o, struct err *e)
{
	struct accounts *a = xcalloc(1, sizeof *a);
	(void)base;
	(void)e;
	a->o = *o;
	*out = a;
	return 0;
}

void
accounts_free(struct accounts *a)
{
	free(a);
}

struct who
accounts_who(struct accounts *a, const char *authorization, const char *cookie, int64_t wall_ms)
{
	enum auth_proof proof = auth_judge(a->o.token, authorization, cookie);
	(void)wall_ms;
	return (struct who){
		.role = proof == AUTH_NONE ? WHO_NOBODY : WHO_ADMIN,
		.proof = proof == AUTH_NONE	 ? WHO_BY_NOTHING
			 : proof == AUTH_SESSION ? WHO_BY_COOKIE
						 : WHO_BY_TOKEN,
	};
}

struct who
accounts_token(const struct accounts *a, const char *token, int64_t wall_ms)
{
	bool right = auth_equal(token, a->o.token);
	(void)wall_ms;
	return (struct who){ .role = right ? WHO_ADMIN : WHO_NOBODY };
}
