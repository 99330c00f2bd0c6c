/* SPDX-License-Identifier: GPL-3.0-or-later */
/* acts: commands that change something: acknowledge, comment, silence; and what people did. */
#ifndef COLLECTOR_CTL_ACTS_H
#define COLLECTOR_CTL_ACTS_H

#include "zw/err.h"

struct ctl;

/* Who acts: by --author, ZONEWATCH_AUTHOR, or who runs this. */
const char *acts_author(const struct ctl *ctl);

int acts_check_number(const struct ctl *ctl, struct err *e);
int acts_ack(struct ctl *ctl);
int acts_unack(struct ctl *ctl);
int acts_comment(struct ctl *ctl);
int acts_check_silence(const struct ctl *ctl, struct err *e);
int acts_silence(struct ctl *ctl);
int acts_silences(struct ctl *ctl);
int acts_check_action(const struct ctl *ctl, struct err *e);
int acts_action(struct ctl *ctl);

#endif
