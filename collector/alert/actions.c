/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open ones are kept in memory, so that one that is asked for is judged at once; closed ones are in
 * the history alone. */
#include "collector/alert/actions.h"

#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/str.h"

struct actions {
	struct action *open;
	size_t nopen;
	uint64_t last_id;
	struct action closed; /* the last */
};

struct actions *
actions_new(void)
{
	return xcalloc(1, sizeof(struct actions));
}

void
actions_free(struct actions *a)
{
	if (a == NULL)
		return;
	free(a->open);
	free(a);
}

void
actions_restore(struct actions *a, const struct action *one)
{
	if (one->id > a->last_id)
		a->last_id = one->id;
	if (one->closed_ms != 0)
		return;
	a->open = xgrow(a->open, a->nopen, sizeof *a->open);
	a->open[a->nopen++] = *one;
}

int
actions_add(struct actions *a, const struct action *want, int64_t now_ms,
    const struct action **added, struct err *e)
{
	if (want->text[strspn(want->text, " ")] == '\0')
		return err_set(e, "an action needs a text");
	if (want->due_ms < 0)
		return err_set(e, "its date is out of range");
	if (a->nopen >= ACTIONS_MAX)
		return err_set(e, "there are %d open actions; close some first", ACTIONS_MAX);

	a->open = xgrow(a->open, a->nopen, sizeof *a->open);
	struct action *one = &a->open[a->nopen++];
	*one = *want;
	one->id = ++a->last_id;
	one->made_ms = now_ms;
	one->closed_ms = 0;
	one->closed_by[0] = one->note[0] = '\0';
	str_straighten(one->text);
	str_straighten(one->owner);
	*added = one;
	return 0;
}

int
actions_close(struct actions *a, uint64_t id, const char *author, const char *note, int64_t now_ms,
    const struct action **closed, struct err *e)
{
	size_t i = 0;

	while (i < a->nopen && a->open[i].id != id)
		i++;
	if (i == a->nopen)
		return err_set(e, "there is no open action %llu", (unsigned long long)id);
	a->closed = a->open[i];
	a->closed.closed_ms = now_ms;
	(void)str_copy(a->closed.closed_by, sizeof a->closed.closed_by, author);
	if (str_copy(a->closed.note, sizeof a->closed.note, note) == -1)
		a->closed.note[0] = '\0';
	str_straighten(a->closed.note);
	memmove(&a->open[i], &a->open[i + 1], (a->nopen - i - 1) * sizeof *a->open);
	a->nopen--;
	*closed = &a->closed;
	return 0;
}

size_t
actions_count(const struct actions *a)
{
	return a->nopen;
}

const struct action *
actions_at(const struct actions *a, size_t i)
{
	return &a->open[i];
}
