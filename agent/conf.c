/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf: the agent's tables of keys, and the checks that a single row cannot make. */
#include <string.h>

#include "agent/conf.h"
#include "agent/source.h"

#undef DEADMAN_STRUCTS_MADE
#define CONF_KEYS "agent/keys.def"
#include "zw/conf_rows.h"
#undef CONF_KEYS

#define DAY_MS 86400000

const struct conf_table agent_conf_table = CONF_TABLE(agent, "agent.conf.d");

/* Steps are stamped on their own multiples since midnight UTC, so they must divide a day. */
static void
check_step(const struct conf_agent *c, struct conf_errors *ce)
{
	if (c->step <= 0)
		return;
	if (c->step % 1000 != 0)
		conf_complain(ce, c, "step", "must be whole seconds");
	else if (DAY_MS % c->step != 0)
		conf_complain(ce, c, "step",
		    "must divide a day into equal parts, as 1s, 5s, 10s, 30s or 1min do");
}

/* What is switched off must be there. */
static void
check_off(const struct conf_sources *c, struct conf_errors *ce)
{
#define SOURCE_NAME(name) #name,
	static const char *const names[] = { SOURCES(SOURCE_NAME) };
#undef SOURCE_NAME
	const size_t n = sizeof names / sizeof names[0];

	for (size_t i = 0; i < c->off.n; i++) {
		const char *off = c->off.v[i];
		size_t j = 0;
		while (j < n && strcmp(names[j], off) != 0)
			j++;
		if (j < n)
			continue;
		const char *near = conf_nearest(off, names, n);
		conf_complain(ce, c, "off", "there is no source \"%s\"%s%s%s", off,
		    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
		    near != NULL ? "\"?" : "");
	}
}

/* Patterns know one * only, at their end. */
static void
check_patterns(const struct conf_texts *t, const void *element, struct conf_errors *ce)
{
	for (size_t i = 0; i < t->n; i++) {
		const char *star = strchr(t->v[i], '*');
		if (star != NULL && star[1] != '\0')
			conf_complain(ce, element, "ignore",
			    "\"%s\": a * can stand only at the end", t->v[i]);
	}
}

/* Check across keys. */
void
agent_conf_check(void *conf, struct conf_errors *ce)
{
	const struct conf_agent *c = conf;

	check_step(c, ce);
	deadman_conf_check(&c->deadman, ce);
	check_off(&c->sources, ce);
	check_patterns(&c->sources.network.ignore, &c->sources.network, ce);
	check_patterns(&c->sources.disk.ignore, &c->sources.disk, ce);
	if (c->root != NULL && c->root[0] != '/')
		conf_complain(ce, c, "root", "must be an absolute path");
}
