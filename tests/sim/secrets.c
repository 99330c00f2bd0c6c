/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secrets: read once, wiped at the end. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/secrets.h"
#include "zw/fs.h"
#include "zw/str.h"

/* Read one. */
static int
secret_read(char **out, const char *dir, const char *name, struct err *e)
{
	char path[PATH_MAX];

	if (str_format(path, sizeof path, "%s/%s", dir, name) == -1)
		return err_set(e, "%s: the path is too long", dir);
	return fs_read_secret(path, out, e);
}

/* Read all. */
int
secrets_read(struct secrets *s, const char *dir, struct err *e)
{
	*s = (struct secrets){ 0 };
	if (secret_read(&s->v1, dir, "v1.community", e) == 0 &&
	    secret_read(&s->v2c, dir, "v2c.community", e) == 0 &&
	    secret_read(&s->auth, dir, "v3.auth", e) == 0 &&
	    secret_read(&s->priv, dir, "v3.priv", e) == 0)
		return 0;
	secrets_free(s);
	return -1;
}

/* Wipe and free one. */
static void
secret_free(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* Wipe and free all. */
void
secrets_free(struct secrets *s)
{
	secret_free(s->v1);
	secret_free(s->v2c);
	secret_free(s->auth);
	secret_free(s->priv);
	*s = (struct secrets){ 0 };
}

/* How to speak to a device. */
struct snmpio_credential
secrets_credential(const struct secrets *s, enum snmpio_version version)
{
	return (struct snmpio_credential){ .version = version,
		.community = version == SNMPIO_V1 ? s->v1 : s->v2c,
		.user = SECRETS_USER,
		.auth = SNMPIO_AUTH_SHA256,
		.auth_password = s->auth,
		.priv = SNMPIO_PRIV_AES,
		.priv_password = s->priv };
}
