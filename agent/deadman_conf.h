/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman_conf: the configuration's section "deadman", which agent and gateway have in common. */
#ifndef AGENT_DEADMAN_CONF_H
#define AGENT_DEADMAN_CONF_H

#include <sys/socket.h>

#include "zw/conf.h"
#include "zw/err.h"

#define CONF_KEYS "agent/deadman.def"
#include "zw/conf_struct.h"
#undef CONF_KEYS
/* The keys of a whole configuration include the same rows; their structs are made here. */
#define DEADMAN_STRUCTS_MADE

/* "deadman.mail" as a configuration of its own, which zonewatch-tell reads. */
extern const struct conf_table deadman_mail_table;

/* Checks across keys, for the check of the whole. */
void deadman_conf_check(const struct conf_deadman *c, struct conf_errors *ce);
/* What can only be judged on the machine, for `node` is what its certificate says: that it is among
 * the peers, that the key can be read, that zonewatch-tell is there. */
int deadman_conf_ready(const struct conf_deadman *c, const char *node, struct err *e)
    __attribute__((warn_unused_result));
/* A numeric "addr:port" or "[addr]:port": 0, or -1. */
int deadman_conf_address(const char *text, struct sockaddr_storage *out, unsigned *len)
    __attribute__((warn_unused_result));
/* The shared secret; the caller wipes and frees it. */
int deadman_conf_key(const struct conf_deadman *c, char **out, struct err *e)
    __attribute__((warn_unused_result));

#endif
