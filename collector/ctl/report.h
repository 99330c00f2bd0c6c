/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report: the command that has a report made and fetches it, or lists them. */
#ifndef COLLECTOR_CTL_REPORT_H
#define COLLECTOR_CTL_REPORT_H

#include "collector/ctl/ctl.h"

int report_check(const struct ctl *ctl, struct err *e);
int report_run(struct ctl *ctl);
/* What other commands take, too: --month, --week, --from and --to; --lang. */
int report_check_time(const struct ctl *ctl, struct err *e);
int report_check_language(const struct ctl *ctl, struct err *e);
/* The language: --lang, else that of the messages of this shell, else English. */
const char *report_language(const struct ctl *ctl);

#endif
