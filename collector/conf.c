/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf: the collector's tables of keys, the defaults that depend on other keys, and what is asked
 * of the configuration in several places. conf_check.c looks across the keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "zw/alloc.h"

/* The i-th kind of rule, for messages and documents. */
static const char *
kind_at(size_t i, const char **help)
{
	for (size_t j = 0; j < i; j++)
		if (rule_kinds[j] == NULL)
			return NULL;
	if (rule_kinds[i] == NULL)
		return NULL;
	*help = rule_kinds[i]->help;
	return rule_kinds[i]->name;
}

#define CONF_KEYS "collector/keys.def"
#include "zw/conf_rows.h"
#undef CONF_KEYS

const struct conf_table collector_conf_table = CONF_TABLE(collector, "conf.d");

/* What is kept where the configuration does not say; keys.def tells of it. */
static const struct conf_archive default_archives[] = {
	{ .step = 10 * 1000LL, .keep = 2 * 86400 * 1000LL },
	{ .step = 60 * 1000LL, .keep = 14 * 86400 * 1000LL },
	{ .step = 300 * 1000LL, .keep = 90 * 86400 * 1000LL },
	{ .step = 3600 * 1000LL, .keep = 1826 * 86400 * 1000LL },
};

/* Give a text that is absent its value. */
static void
fill_text(char **text, const char *value)
{
	if (*text == NULL && value != NULL)
		*text = xstrdup(value);
}

/* Set what defaults to other keys' values. */
void
collector_conf_fill(struct conf_collector *c)
{
	struct conf_zone *zones = c->zones.v;
	struct conf_node *nodes = c->nodes.v;
	struct conf_rule *rules = c->rules.v;
	const char *at = c->mail.from != NULL ? strrchr(c->mail.from, '@') : NULL;

	for (size_t i = 0; i < c->zones.n; i++)
		fill_text(&zones[i].title, zones[i].name);
	for (size_t i = 0; i < c->nodes.n; i++)
		fill_text(&nodes[i].title, nodes[i].name);
	for (size_t i = 0; i < c->rules.n; i++)
		fill_text(&rules[i].title, rules[i].name);
	fill_text(&c->mail.hostname, at != NULL ? at + 1 : NULL);
	if (c->store.rrd_dir == NULL && c->store.dir != NULL)
		c->store.rrd_dir = xasprintf("%s/rrd", c->store.dir);
	if (c->store.archives.n == 0) {
		c->store.archives.v = xmemdup(default_archives, sizeof default_archives);
		c->store.archives.n = sizeof default_archives / sizeof *default_archives;
	}
}

/* A path below the collector's directory. */
void
collector_conf_path(const struct conf_collector *c, const char *below, char *dst, size_t size)
{
	if (snprintf(dst, size, "%s/%s", c->store.dir, below) < 0)
		dst[0] = '\0';
}

/* The archives of a source. */
/* Where RRDs are, when it is there. */
int
collector_conf_enter(const struct conf_collector *c, struct err *e)
{
	if (chdir(c->store.rrd_dir) == -1)
		return err_set(e, "%s cannot be entered: %s", c->store.rrd_dir, strerror(errno));
	if (c->timezone != NULL)
		(void)setenv("TZ", c->timezone, 1);
	tzset();
	return 0;
}

const struct conf_list *
collector_conf_archives(const struct conf_collector *c, const char *source)
{
	const struct conf_retention *r = c->store.retention.v;

	for (size_t i = 0; i < c->store.retention.n; i++)
		if (r[i].source != NULL && strcmp(r[i].source, source) == 0)
			return &r[i].archives;
	return &c->store.archives;
}
