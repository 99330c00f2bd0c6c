/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf: the agent's configuration, made of keys.def. */
#ifndef AGENT_CONF_H
#define AGENT_CONF_H

#include "agent/deadman_conf.h"
#include "zw/conf.h"

#define CONF_KEYS "agent/keys.def"
#include "zw/conf_struct.h"
#undef CONF_KEYS

extern const struct conf_table agent_conf_table;
/* Checks across keys, for conf_load(). */
void agent_conf_check(void *conf, struct conf_errors *ce);

#endif
