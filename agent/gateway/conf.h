/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf: the gateway's configuration, made of keys.def. */
#ifndef AGENT_GATEWAY_CONF_H
#define AGENT_GATEWAY_CONF_H

#include <sys/socket.h>

#include "agent/deadman_conf.h"
#include "zw/conf.h"

#define CONF_KEYS "agent/gateway/keys.def"
#include "zw/conf_struct.h"
#undef CONF_KEYS

extern const struct conf_table gateway_conf_table;
/* Checks across keys, for conf_load(). */
void gateway_conf_check(void *conf, struct conf_errors *ce);
/* A numeric "addr", "addr:port", "[addr]:port": 0, or -1. */
int gateway_conf_address(const char *text, unsigned default_port, struct sockaddr_storage *out,
    unsigned *len) __attribute__((warn_unused_result));
/* An engine ID in hex, "0x" before it or not, as its 5 to 32 bytes (RFC 3411): their number, 0 if
 * it is none. */
#define GATEWAY_CONF_MAX_ENGINE 32
size_t gateway_conf_engine(const char *text, uint8_t out[GATEWAY_CONF_MAX_ENGINE]);

#endif
