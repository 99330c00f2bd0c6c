/* SPDX-License-Identifier: GPL-3.0-or-later */
/* people: accounts of people and tokens of programs. */
#ifndef COLLECTOR_CTL_PEOPLE_H
#define COLLECTOR_CTL_PEOPLE_H

#include "collector/ctl/ctl.h"

/* user list | add | link | role | remove | unlock NAME */
int people_check_user(const struct ctl *ctl, struct err *e);
int people_user(struct ctl *ctl);
/* token list | add | remove NAME */
int people_check_token(const struct ctl *ctl, struct err *e);
int people_token(struct ctl *ctl);

#endif
