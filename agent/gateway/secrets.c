/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secrets: communities and passwords lie in files of their own, never in the configuration, in
 * argv or in a log. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/secrets.h"
#include "zw/alloc.h"
#include "zw/fs.h"

/* Reads one file, if it is named. */
static int
take(char **text, const char **out, const char *path, struct err *e)
{
	if (path == NULL)
		return 0;
	if (fs_read_secret(path, text, e) == -1)
		return -1;
	*out = *text;
	return 0;
}

/* Whether SNMP can do with them: found here, it does not end a reload. */
static int
check(const struct secrets *s, struct err *e)
{
	const struct snmpio_credential *c = &s->credential;
	size_t n = c->community != NULL ? strlen(c->community) : 0;

	if (c->version != SNMPIO_V3 && (n == 0 || n > SNMPIO_MAX_COMMUNITY))
		return err_set(e, "%s: a community has 1 to %d characters", s->conf->community_file,
		    SNMPIO_MAX_COMMUNITY);
	if (c->auth_password != NULL && strlen(c->auth_password) < SNMPIO_MIN_PASSWORD)
		return err_set(e, "%s: a password has at least %d characters", s->conf->auth_file,
		    SNMPIO_MIN_PASSWORD);
	if (c->priv_password != NULL && strlen(c->priv_password) < SNMPIO_MIN_PASSWORD)
		return err_set(e, "%s: a password has at least %d characters", s->conf->priv_file,
		    SNMPIO_MIN_PASSWORD);
	return 0;
}

/* Read a credential's files. */
int
secrets_read(struct secrets *s, const struct conf_credential *conf, struct err *e)
{
	struct snmpio_credential *c = &s->credential;

	*s = (struct secrets){ .conf = conf };
	c->version = strcmp(conf->version, "v1") == 0	 ? SNMPIO_V1
		     : strcmp(conf->version, "v2c") == 0 ? SNMPIO_V2C
							 : SNMPIO_V3;
	c->user = conf->user;
	c->context = conf->context;
	if (c->version == SNMPIO_V3 && (snmpio_auth_parse(conf->auth, &c->auth) == -1 ||
					   snmpio_priv_parse(conf->priv, &c->priv) == -1))
		return err_set(e, "credential %s: unknown algorithm", conf->name);
	if (take(&s->texts[0], &c->community, conf->community_file, e) == -1 ||
	    take(&s->texts[1], &c->auth_password, conf->auth_file, e) == -1 ||
	    take(&s->texts[2], &c->priv_password, conf->priv_file, e) == -1 || check(s, e) == -1) {
		secrets_clear(s);
		return -1;
	}
	return 0;
}

/* Wipe and free. */
void
secrets_clear(struct secrets *s)
{
	for (size_t i = 0; i < sizeof s->texts / sizeof s->texts[0]; i++) {
		if (s->texts[i] != NULL)
			explicit_bzero(s->texts[i], strlen(s->texts[i]));
		free(s->texts[i]);
		s->texts[i] = NULL;
	}
}

/* Read them all. */
int
secrets_read_all(struct secrets **out, const struct conf_gateway *conf, struct err *e)
{
	const struct conf_credential *c = conf->credentials.v;
	size_t n = conf->credentials.n;
	struct secrets *s = xcalloc(n > 0 ? n : 1, sizeof *s);

	for (size_t i = 0; i < n; i++) {
		if (secrets_read(&s[i], &c[i], e) == 0)
			continue;
		secrets_free_all(s, i);
		return -1;
	}
	*out = s;
	return 0;
}

/* Wipe and free them all. */
void
secrets_free_all(struct secrets *s, size_t n)
{
	for (size_t i = 0; s != NULL && i < n; i++)
		secrets_clear(&s[i]);
	free(s);
}

/* Find one. */
const struct secrets *
secrets_named(const struct secrets *s, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(s[i].conf->name, name) == 0)
			return &s[i];
	return NULL;
}
