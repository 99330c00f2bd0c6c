/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_env: the shared parts in the order in which they were made. It knows none of them, so that
 * each library stays behind the door of its kind. */
#include <assert.h>
#include <stdlib.h>

#include "agent/gateway/probe_env.h"
#include "zw/alloc.h"

#define ENV_MAX_PARTS 8

struct probe_env {
	struct event_base *base;
	const struct probe_part *kinds[ENV_MAX_PARTS];
	void *parts[ENV_MAX_PARTS];
	size_t n;
};

/* Empty: parts come when they are wanted. */
struct probe_env *
probe_env_new(struct event_base *base)
{
	struct probe_env *env = xcalloc(1, sizeof *env);

	env->base = base;
	return env;
}

/* The last made goes first, for it may use those before it. */
void
probe_env_free(struct probe_env *env)
{
	if (env == NULL)
		return;
	while (env->n > 0) {
		env->n--;
		env->kinds[env->n]->free(env->parts[env->n]);
	}
	free(env);
}

/* The loop of all. */
struct event_base *
probe_env_base(const struct probe_env *env)
{
	return env->base;
}

/* Find a part, or make it. */
void *
probe_env_part(struct probe_env *env, const struct probe_part *part, struct err *e)
{
	for (size_t i = 0; i < env->n; i++)
		if (env->kinds[i] == part)
			return env->parts[i];
	assert(env->n < ENV_MAX_PARTS);
	void *made = part->make(env, e);
	if (made == NULL)
		return NULL;
	env->kinds[env->n] = part;
	env->parts[env->n++] = made;
	return made;
}
