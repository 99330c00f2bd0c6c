/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes by title and name, so that a reader finds the words and a technician the machine; sensors
 * by the label that their device gives them, without the name of its variable. */
#include "collector/report/paper/name.h"

#include <string.h>

#include "collector/alert/text_reason.h"
#include "collector/alert/text_say.h"
#include "collector/report/figures/plant.h"
#include "collector/site/site.h"

struct name
name_node(const struct node *n)
{
	struct name out;

	if (n->title == NULL || *n->title == '\0' || strcmp(n->title, n->name) == 0)
		text_say(out.s, sizeof out.s, "%s", n->name);
	else
		text_say(out.s, sizeof out.s, "%s (%s)", n->title, n->name);
	return out;
}

struct name
name_known(const struct plant *p, const char *node)
{
	const struct node *n = site_node(p->site, node);
	struct name out;

	if (n != NULL)
		return name_node(n);
	text_say(out.s, sizeof out.s, "%s", node);
	return out;
}

struct name
name_mount(const char *instance)
{
	struct name out;

	if (strcmp(instance, "root") == 0)
		text_say(out.s, sizeof out.s, "/");
	else
		text_say(out.s, sizeof out.s, "%s%s", *instance == '/' ? "" : "/", instance);
	return out;
}

/* How long a label is without the variable behind it: "leak-a (Leakage.Value)". */
static size_t
label_length(const char *label)
{
	const char *open = strrchr(label, '(');

	if (open == NULL || open < label + 2 || open[-1] != ' ' || strchr(open, '.') == NULL ||
	    strchr(open, ' ') != NULL)
		return strlen(label);
	return (size_t)(open - label) - 1;
}

struct name
name_sensor(const struct doc *d, const struct series *se, unsigned field)
{
	const char *label = field < se->nfields ? se->fields[field].label : "";
	size_t n = label_length(label);
	struct name out;

	if (strcmp(se->source, "filesystem") == 0 && *se->instance != '\0')
		return name_mount(se->instance);
	if (n == 0)
		text_say(out.s, sizeof out.s, "%s", se->name);
	else if (label[n] != '\0')
		text_say(out.s, sizeof out.s, "%.*s", (int)n, label);
	else
		text_say(out.s, sizeof out.s, "%s", text_word(label, doc_lang(d)));
	return out;
}

struct name
name_place(const struct doc *d, const struct plant *p, const char *node, const char *series,
    const char *field)
{
	struct name out = name_known(p, node), path;

	if (*series == '\0')
		return out;
	text_say(path.s, sizeof path.s, "%s/%s", node, series);
	const struct series *se = site_series_named(p->site, path.s);
	if (se == NULL) {
		text_add(out.s, sizeof out.s, ", %s", series);
		return out;
	}
	unsigned i = *field != '\0' ? site_field(se, field) : 0;
	text_add(out.s, sizeof out.s, ", %s", name_sensor(d, se, i).s);
	return out;
}
