/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of the commands on rules it is. */
#include "collector/ctl/rules.h"

#include <string.h>

#include "collector/ctl/ctl.h"
#include "collector/ctl/rehearsal.h"

int
rules_check(const struct ctl *ctl, struct err *e)
{
	if (strcmp(ctl->args[0], "test") != 0)
		return err_set(e, "rules test FILE");
	return 0;
}

int
rules_run(struct ctl *ctl)
{
	return rehearsal_run(ctl);
}
