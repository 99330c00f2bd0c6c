/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Only the list of nodes is made anew; a node's own lists but `depends` are those of the original.
 */
#include "collector/ctl/cast.h"

#include <stdlib.h>
#include <string.h>

#include "collector/ctl/scene.h"
#include "zw/alloc.h"

/* Whether the scene has values of the node, or of a child of it. */
static bool
is_in(const struct conf_scene *scene, const char *name)
{
	const struct conf_given *g = scene->series.v;
	size_t n = strlen(name);

	for (size_t i = 0; i < scene->series.n; i++)
		if (strncmp(g[i].node, name, n) == 0 &&
		    (g[i].node[n] == '\0' || g[i].node[n] == '.'))
			return true;
	return false;
}

/* What a node depends on, as far as it is there. */
static void
choose_depends(struct conf_node *node, const struct conf_scene *scene)
{
	struct conf_texts all = node->depends;

	node->depends = (struct conf_texts){ .v = xcalloc(all.n + 1, sizeof *all.v) };
	for (size_t i = 0; i < all.n; i++)
		if (is_in(scene, all.v[i]))
			node->depends.v[node->depends.n++] = all.v[i];
}

void
cast_choose(
    struct conf_collector *out, const struct conf_collector *all, const struct conf_scene *scene)
{
	const struct conf_node *nodes = all->nodes.v;
	struct conf_node *chosen = xcalloc(all->nodes.n + 1, sizeof *chosen);
	size_t n = 0;

	for (size_t i = 0; i < all->nodes.n; i++) {
		if (!is_in(scene, nodes[i].name))
			continue;
		chosen[n] = nodes[i];
		choose_depends(&chosen[n++], scene);
	}
	*out = *all;
	out->nodes = (struct conf_list){ .v = chosen, .n = n };
}

void
cast_clear(struct conf_collector *c)
{
	struct conf_node *nodes = c->nodes.v;

	for (size_t i = 0; i < c->nodes.n; i++)
		free(nodes[i].depends.v);
	free(nodes);
	c->nodes = (struct conf_list){ 0 };
}
