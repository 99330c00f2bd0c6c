/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of named graphs. They are read each time one is asked for, so that a file that is added or
 * changed needs no restart. */
#include "collector/report/graphs/definition.h"

#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/alert/alert.h"
#include "zw/metric.h"
#include "zw/str.h"

#define CONF_KEYS "collector/report/graphs/graphs.def"
#include "zw/conf_rows.h"
#undef CONF_KEYS

#define ENDING ".conf"
#define INSTALLED "/usr/share/zonewatch/graphs"
#define BESIDE "/graphs"

const struct conf_table definition_table = CONF_TABLE(graph, NULL);

/* What a calendar's `of` may be. */
static bool
is_kind(const char *word)
{
	static const char *const kinds[] = { "zone", "server", "cooling", "ups", "link", "device" };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i], word) == 0)
			return true;
	return false;
}

/* What a panel's `topics` may be. */
static bool
is_topic(const char *word)
{
	for (int i = TOPIC_OTHER; i <= TOPIC_MONITOR; i++)
		if (strcmp(alert_topic_word((enum alert_topic)i), word) == 0)
			return true;
	return false;
}

/* A limit is of a value, or where servers go off. */
static void
check_limits(const struct conf_graph_panel *p, struct conf_errors *ce)
{
	const struct conf_graph_limit *l = p->limits.v;

	for (size_t i = 0; i < p->limits.n; i++)
		if (isnan(l[i].value) != l[i].servers_off)
			conf_complain(ce, &l[i], "value", "give it, or servers_off; one of them");
}

/* A line is of a measure, or of a source's fields. */
static void
check_line(const struct conf_graph_line *l, struct conf_errors *ce)
{
	if (l->measure != NULL && (l->source != NULL || l->field != NULL))
		conf_complain(ce, l, "measure", "give it, or source and field; not both");
	if (l->measure == NULL && (l->source == NULL || l->field == NULL))
		conf_complain(ce, l, NULL, "a measure is missing, or source and field");
}

/* What belongs together within a part. */
static void
check_panel(const struct conf_graph_panel *p, struct conf_errors *ce)
{
	bool calendar = p->kind != NULL && strcmp(p->kind, "calendar") == 0;
	bool bars = p->kind != NULL && strcmp(p->kind, "bars") == 0;

	if (calendar && p->of.n == 0)
		conf_complain(ce, p, "of", "a calendar needs it");
	for (size_t i = 0; i < p->of.n; i++)
		if (!is_kind(p->of.v[i]))
			conf_complain(ce, p, "of",
			    "\"%s\" is none of zone, server, cooling, ups, link, device",
			    p->of.v[i]);
	if (!calendar && p->lines.n == 0)
		conf_complain(ce, p, "lines", "there is none");
	if (bars && p->by != NULL && strcmp(p->by, "time") == 0)
		conf_complain(ce, p, "by", "bars are by day or by month");
	const struct conf_graph_line *l = p->lines.v;
	for (size_t i = 0; i < p->lines.n; i++)
		check_line(&l[i], ce);
	for (size_t i = 0; i < p->topics.n; i++)
		if (!is_topic(p->topics.v[i]))
			conf_complain(
			    ce, p, "topics", "\"%s\" is no topic of incidents", p->topics.v[i]);
	check_limits(p, ce);
}

/* Checks across keys, for conf_load(). */
static void
check(void *conf, struct conf_errors *ce)
{
	const struct conf_graph *g = conf;
	const struct conf_graph_panel *p = g->panels.v;

	for (size_t i = 0; i < g->panels.n; i++)
		check_panel(&p[i], ce);
	if (g->report != NULL && g->scope != NULL && strcmp(g->scope, "node") == 0)
		conf_complain(ce, g, "report", "a graph of the scope node has no place in it");
}

/* A directory; a build that is not installed has the shipped one beside its programs. */
static void
dir_of(char path[PATH_MAX], const char *dir)
{
	ssize_t n;

	(void)str_copy(path, PATH_MAX, dir);
	if (strcmp(dir, INSTALLED) != 0 || access(dir, R_OK) == 0)
		return;
	n = readlink("/proc/self/exe", path, PATH_MAX - sizeof BESIDE);
	path[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(path, '/');
	if (slash == NULL)
		(void)str_copy(path, PATH_MAX, dir);
	else
		memcpy(slash, BESIDE, sizeof BESIDE);
}

/* The path of the last file of this name. */
static int
find(char path[PATH_MAX], const struct conf_texts *dirs, const char *name)
{
	char dir[PATH_MAX];

	for (size_t i = dirs->n; i-- > 0;) {
		dir_of(dir, dirs->v[i]);
		if (str_format(path, PATH_MAX, "%s/%s" ENDING, dir, name) == 0 &&
		    access(path, R_OK) == 0)
			return 0;
	}
	return -1;
}

int
definition_load(
    struct conf_graph **out, const struct conf_texts *dirs, const char *name, struct err *e)
{
	char path[PATH_MAX], *text = NULL;
	size_t size = 0;
	unsigned nerrors = 0;
	void *conf = NULL;

	*out = NULL;
	if (!str_is_name(name, DEFINITION_NAME - 1) || find(path, dirs, name) == -1)
		return err_set(e, "there is no graph \"%.64s\"", name);
	FILE *errors = open_memstream(&text, &size);
	if (errors == NULL)
		return err_set(e, "out of memory");
	int rc = conf_load(&definition_table, path, &conf, check, errors, &nerrors);
	fclose(errors);
	if (rc == -1) {
		text[strcspn(text, "\n")] = '\0';
		rc = err_set(e, "%s%s", text, nerrors > 1 ? " (and more)" : "");
	}
	free(text);
	*out = conf;
	return rc;
}

void
definition_free(struct conf_graph *g)
{
	conf_free(&definition_table, g);
}

/* Takes note of a directory's names. */
static size_t
add_dir(char names[DEFINITION_MOST][DEFINITION_NAME], size_t n, const char *dir)
{
	char path[PATH_MAX];
	struct dirent *entry;

	dir_of(path, dir);
	DIR *d = opendir(path);

	while (d != NULL && n < DEFINITION_MOST && (entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name), i = 0;
		if (len <= strlen(ENDING) ||
		    strcmp(entry->d_name + len - strlen(ENDING), ENDING) != 0)
			continue;
		entry->d_name[len - strlen(ENDING)] = '\0';
		while (i < n && strcmp(names[i], entry->d_name) != 0)
			i++;
		if (i == n && str_is_name(entry->d_name, DEFINITION_NAME - 1))
			(void)str_copy(names[n++], DEFINITION_NAME, entry->d_name);
	}
	if (d != NULL)
		closedir(d);
	return n;
}

/* In order. */
static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

size_t
definition_names(char names[DEFINITION_MOST][DEFINITION_NAME], const struct conf_texts *dirs)
{
	size_t n = 0;

	for (size_t i = 0; i < dirs->n; i++)
		n = add_dir(names, n, dirs->v[i]);
	qsort(names, n, sizeof names[0], compare);
	return n;
}

const char *
definition_text(enum lang l, const char *en, const char *az, const char *ru)
{
	const char *other = l == LANG_AZ ? az : l == LANG_RU ? ru : NULL;

	return other != NULL ? other : en;
}
