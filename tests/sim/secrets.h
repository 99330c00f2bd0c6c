/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secrets: the community strings and passwords of simulated devices, from files of mode 0600:
 * v1.community, v2c.community, v3.auth, v3.priv. The v3 user is SECRETS_USER, by SHA-256 and AES.
 */
#ifndef SIM_SECRETS_H
#define SIM_SECRETS_H

#include "agent/gateway/snmpio.h"
#include "zw/err.h"

#define SECRETS_USER "zonewatch"

struct secrets {
	char *v1;
	char *v2c;
	char *auth;
	char *priv;
};

/* Reads all four. On an error nothing is left to free. */
int secrets_read(struct secrets *s, const char *dir, struct err *e)
    __attribute__((warn_unused_result));
void secrets_free(struct secrets *s);
/* How a device of this version is spoken to; borrows. */
struct snmpio_credential secrets_credential(const struct secrets *s, enum snmpio_version version);

#endif
