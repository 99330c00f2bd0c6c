/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman_conf: what is right about "deadman" beyond single keys. */
#include <stdlib.h>
#include <string.h>

#include <event2/util.h>

#include "agent/deadman_conf.h"
#include "agent/deadman_mail.h"

#define CONF_KEYS "agent/deadman.def"
#include "zw/conf_rows.h"
#undef CONF_KEYS

#include "zw/fs.h"
#include "zw/str.h"

#define KEY_LEAST 16

const struct conf_table deadman_mail_table = CONF_TABLE(deadman_mail, NULL);
static const struct conf_table whole __attribute__((unused)) = CONF_TABLE(deadman, NULL);

int
deadman_conf_address(const char *text, struct sockaddr_storage *out, unsigned *len)
{
	int n = sizeof *out;

	memset(out, 0, sizeof *out);
	if (evutil_parse_sockaddr_port(text, (struct sockaddr *)out, &n) == -1)
		return -1;
	*len = (unsigned)n;
	return 0;
}

/* Complains unless it is an IP address and port; returns its family. */
static int
check_address(const void *element, const char *key, const char *text, struct conf_errors *ce)
{
	struct sockaddr_storage ss;
	unsigned len;

	if (text == NULL)
		return AF_UNSPEC;
	if (deadman_conf_address(text, &ss, &len) == -1) {
		conf_complain(ce, element, key, "\"%s\" is no IP address and port", text);
		return AF_UNSPEC;
	}
	return ss.ss_family;
}

/* Whether it can stand in a command of SMTP and in a header: something, '@', something, all of it
 * ASCII without blanks, controls, brackets and separators. */
static bool
is_address(const char *s)
{
	const char *at = strchr(s, '@');

	for (const char *p = s; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || strchr("<>()\",;:\\", *p) != NULL)
			return false;
	return at != NULL && at != s && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
	       strlen(s) <= 254;
}

/* How it mails. */
static void
check_mail(const struct conf_deadman_mail *m, struct conf_errors *ce)
{
	static const char *const schemes[] = { "smtp://", "smtps://", "maildir:" };
	size_t i = 0;

	if (m->transport == NULL)
		return;
	while (i < 3 && strncmp(m->transport, schemes[i], strlen(schemes[i])) != 0)
		i++;
	if (i == 3 || m->transport[strlen(schemes[i])] == '\0')
		conf_complain(ce, m, "transport",
		    "\"%s\" is not smtp://HOST[:PORT], smtps://HOST[:PORT] or maildir:DIR",
		    m->transport);
	if (i == 2 && m->transport[strlen(schemes[i])] != '/')
		conf_complain(ce, m, "transport", "the maildir must be an absolute path");
	if (m->to.n == 0)
		conf_complain(ce, m, "to", "nobody would get the mails");
	for (size_t k = 0; k < m->to.n; k++)
		if (!is_address(m->to.v[k]))
			conf_complain(ce, m, "to", "\"%s\" is no mail address", m->to.v[k]);
	if (m->from != NULL && !is_address(m->from))
		conf_complain(ce, m, "from", "\"%s\" is no mail address", m->from);
	if ((m->user == NULL) != (m->password_file == NULL))
		conf_complain(ce, m, NULL, "user and password_file go together");
	if (m->user != NULL && i == 0 && m->starttls != NULL && strcmp(m->starttls, "never") == 0)
		conf_complain(ce, m, "starttls", "the password would go in the clear");
}

void
deadman_conf_check(const struct conf_deadman *c, struct conf_errors *ce)
{
	const struct conf_deadman_peer *p = c->peers.v;
	int family = check_address(c, "listen", c->listen, ce);

	check_mail(&c->mail, ce);
	for (size_t i = 0; i < c->peers.n; i++) {
		int f = check_address(&p[i], "address", p[i].address, ce);
		if (family != AF_UNSPEC && f != AF_UNSPEC && f != family)
			conf_complain(
			    ce, &p[i], "address", "is of another family (IPv4, IPv6) than listen");
	}
	if (c->peers.n > 1 && c->listen == NULL)
		conf_complain(ce, c, "listen", "is needed, for there are peers");
	if (c->peers.n > 1 && c->key_file == NULL)
		conf_complain(ce, c, "key_file", "is needed, for there are peers");
	if (c->peers.n == 0 && c->mail.transport != NULL)
		conf_complain(ce, c, "peers", "are needed to mail: at least this one itself");
}

int
deadman_conf_key(const struct conf_deadman *c, char **out, struct err *e)
{
	*out = NULL;
	if (c->key_file == NULL)
		return 0;
	if (fs_read_secret(c->key_file, out, e) == -1)
		return -1;
	if (strlen(*out) >= KEY_LEAST)
		return 0;
	explicit_bzero(*out, strlen(*out));
	free(*out);
	*out = NULL;
	return err_set(e, "%s: shorter than %d characters", c->key_file, KEY_LEAST);
}

int
deadman_conf_ready(const struct conf_deadman *c, const char *node, struct err *e)
{
	const struct conf_deadman_peer *p = c->peers.v;
	char *key = NULL;
	size_t i = 0;

	if (c->peers.n == 0)
		return 0;
	while (i < c->peers.n && strcmp(p[i].name, node) != 0)
		i++;
	if (i == c->peers.n)
		return err_set(e, "deadman.peers: %s, which is this node, is not among them", node);
	if (c->mail.transport != NULL && deadman_mail_program(NULL, 0, e) == -1)
		return -1;
	if (deadman_conf_key(c, &key, e) == -1)
		return -1;
	if (key != NULL)
		explicit_bzero(key, strlen(key));
	free(key);
	return 0;
}
