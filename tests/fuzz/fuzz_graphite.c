/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* Targets of Graphite: what was parsed is a tree within its bounds, whose texts lie in the target;
 * patterns end. Rows of the renderer and moments of any form break nothing. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/web/api/graphexpr.h"
#include "collector/web/api/graphslots.h"

#include "tests/unit/fake_collector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Each node has a parent before it and a text within. */
static void
check_tree(const struct graphexpr *x)
{
	assert(x->n > 0 && x->n <= GRAPHEXPR_MAX_NODES && x->nodes[0].parent == -1);
	for (int i = 0; i < x->n; i++) {
		const struct graphexpr_node *node = &x->nodes[i];
		assert(node->parent < i && (i == 0 || node->parent >= 0));
		assert(
		    node->text >= x->text && node->text + node->n < x->text + GRAPHEXPR_MAX_TEXT);
		assert(node->first == -1 || node->kind == GRAPHEXPR_CALL);
		unsigned steps = 0;
		for (int k = node->first; k != -1; k = x->nodes[k].next, steps++)
			assert(k > i && k < x->n && x->nodes[k].parent == i && steps < 64);
		if (node->kind == GRAPHEXPR_PATH)
			(void)graphexpr_covers(node->text, node->n, "srv07:a");
	}
}

/* First line: a target; second: a moment; the rest: rows. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct graphexpr x;
	struct err e;
	int64_t t;
	double v[64];
	char *text = malloc(n + 1);

	memcpy(text, data, n);
	text[n] = '\0';
	char *moment = strchr(text, '\n');
	if (moment != NULL)
		*moment++ = '\0';
	char *rows = moment != NULL ? strchr(moment, '\n') : NULL;
	if (rows != NULL)
		*rows++ = '\0';
	if (graphexpr_parse(&x, text, &e) == 0)
		check_tree(&x);
	if (moment != NULL && graphslots_moment(moment, 1790000000, &t) == 0)
		assert(t > -700000000 && t <= INT64_C(4000000000));
	if (rows != NULL)
		graphslots_fill(rows, strlen(rows), v, 64, 1790000000, 10, n % 2 == 0);
	free(text);
	return 0;
}
