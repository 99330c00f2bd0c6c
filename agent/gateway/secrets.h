/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secrets: a credential of the configuration with what its files hold. */
#ifndef AGENT_GATEWAY_SECRETS_H
#define AGENT_GATEWAY_SECRETS_H

#include "agent/gateway/conf.h"
#include "agent/gateway/snmpio.h"
#include "zw/err.h"

/* All texts of the credential but those of the configuration are its own. */
struct secrets {
	const struct conf_credential *conf;
	struct snmpio_credential credential;
	char *texts[3];
};

/* Reads the files, which nobody else may read. */
int secrets_read(struct secrets *s, const struct conf_credential *conf, struct err *e)
    __attribute__((warn_unused_result));
/* Wipes and frees the texts. */
void secrets_clear(struct secrets *s);
/* All of the configuration, in its order; the caller frees them with secrets_free_all(). */
int secrets_read_all(struct secrets **out, const struct conf_gateway *conf, struct err *e)
    __attribute__((warn_unused_result));
void secrets_free_all(struct secrets *s, size_t n);
/* The one of this name among n, or NULL. */
const struct secrets *secrets_named(const struct secrets *s, size_t n, const char *name);

#endif
