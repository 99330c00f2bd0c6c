/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of the commands on rules it is. */
#include "collector/ctl/rules.h"

#include <string.h>

#include "collector/ctl/ctl.h"
#include "collector/ctl/explain.h"
#include "collector/ctl/rehearsal.h"
#include "collector/ctl/tryout.h"

/* One of them. */
struct task {
	const char *name;
	int arguments; /* at least, behind its name */
	int most;
	unsigned options;
	int (*check)(const struct ctl *ctl, struct err *e);
	int (*run)(struct ctl *ctl);
	bool asks; /* the collector */
	const char *usage;
};

static const struct task tasks[] = {
	{ "test", 1, 1, CTL_CONF | CTL_JSON, NULL, rehearsal_run, false, "FILE" },
	{ "try", 0, 1, CTL_CONF | CTL_LAST | CTL_JSON, tryout_check, tryout_run, false, "[FILE]" },
	{ "explain", 1, 1, CTL_JSON, NULL, explain_run, true, "NODE" },
	{ "list", 0, 0, CTL_JSON, NULL, explain_list, true, "" },
};

/* The one that was asked for; NULL: none. */
static const struct task *
find(const struct ctl *ctl)
{
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
		if (strcmp(tasks[i].name, ctl->args[0]) == 0)
			return &tasks[i];
	return NULL;
}

int
rules_check(const struct ctl *ctl, struct err *e)
{
	const struct task *t = find(ctl);

	if (t == NULL)
		return err_set(e, "rules %s: there are test, try, explain and list", ctl->args[0]);
	if (ctl->nargs - 1 < t->arguments || ctl->nargs - 1 > t->most)
		return err_set(e, "it is written: rules %s %s", t->name, t->usage);
	if ((ctl->given & ~t->options) != 0)
		return err_set(e, "rules %s has no such option", t->name);
	return t->check != NULL ? t->check(ctl, e) : 0;
}

int
rules_run(struct ctl *ctl)
{
	const struct task *t = find(ctl);

	if (t->asks && ctl->client == NULL) {
		ctl_complain("rules %s asks the collector: give --url and --token-file", t->name);
		return CTL_FAILED;
	}
	return t->run(ctl);
}
