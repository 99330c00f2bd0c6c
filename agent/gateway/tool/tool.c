/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tool: what the options say, made into what the commands need: configuration, credential,
 * profiles. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/gateway/tool/tool.h"
#include "zw/alloc.h"
#include "zw/term.h"

#define MAX_ERRORS 12 /* lines shown of those in profiles */

/* A line on stderr. */
void
tool_complain(const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	fflush(stdout);
	fputs("zonewatchctl: ", stderr);
	term_print(stderr, false, TERM_PLAIN, text);
	fputc('\n', stderr);
}

/* The gateway's configuration. */
const struct conf_gateway *
tool_conf(struct tool *t)
{
	unsigned errors = 0;
	void *conf = NULL;

	if (t->conf != NULL)
		return t->conf;
	if (access(t->conf_path, R_OK) == -1) {
		tool_complain("%s: %s; say where the gateway's configuration is by -c FILE or "
			      "ZONEWATCH_GATEWAY_CONF",
		    t->conf_path, strerror(errno));
		return NULL;
	}
	if (conf_load(&gateway_conf_table, t->conf_path, &conf, gateway_conf_check, stderr,
		&errors) == -1) {
		tool_complain("%s: %u error%s", t->conf_path, errors, errors == 1 ? "" : "s");
		return NULL;
	}
	t->conf = conf;
	return t->conf;
}

/* Whether there is one. */
bool
tool_has_conf(const struct tool *t)
{
	return t->conf_given || access(t->conf_path, R_OK) == 0;
}

/* The credential of this name of the configuration. */
static const struct conf_credential *
named(struct tool *t)
{
	const struct conf_gateway *g = tool_conf(t);
	const struct conf_credential *v = g != NULL ? g->credentials.v : NULL;
	const char *names[256];
	size_t n = 0;

	if (g == NULL)
		return NULL;
	for (size_t i = 0; i < g->credentials.n; i++) {
		if (strcmp(v[i].name, t->credential) == 0)
			return &v[i];
		if (n < sizeof names / sizeof names[0])
			names[n++] = v[i].name;
	}
	const char *near = conf_nearest(t->credential, names, n);
	tool_complain("%s: there is no credential \"%s\"%s%s%s", t->conf_path, t->credential,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	return NULL;
}

/* What the options leave open of a credential of their own. */
static void
complete(struct conf_credential *c)
{
	static char sha[] = "SHA-256", aes[] = "AES", none[] = "none";
	static char name[] = "options";

	c->name = name;
	if (c->version == NULL)
		c->version = xstrdup(c->community_file != NULL ? "v2c" : "v3");
	if (c->auth == NULL)
		c->auth = c->auth_file != NULL ? sha : none;
	if (c->priv == NULL)
		c->priv = c->priv_file != NULL ? aes : none;
}

/* What is wrong with a credential of the options, or NULL. */
static const char *
fault(const struct conf_credential *c)
{
	bool v3 = strcmp(c->version, "v3") == 0;
	bool auth = str_casecmp(c->auth, "none") != 0, priv = str_casecmp(c->priv, "none") != 0;

	if (!v3 && c->community_file == NULL)
		return "v1 and v2c need --community-file FILE";
	if (!v3 && (c->user != NULL || auth || priv || c->context != NULL))
		return "--user, --auth, --priv and --context are of v3, not of v1 and v2c";
	if (v3 && c->community_file != NULL)
		return "--community-file is of v1 and v2c, not of v3";
	if (v3 && c->user == NULL)
		return "v3 needs --user NAME";
	if (auth && c->auth_file == NULL)
		return "--auth needs --auth-file FILE with the password";
	if (!auth && c->auth_file != NULL)
		return "--auth-file needs an --auth other than none";
	if (priv && c->priv_file == NULL)
		return "--priv needs --priv-file FILE with the password";
	if (!priv && c->priv_file != NULL)
		return "--priv-file needs a --priv other than none";
	if (priv && !auth)
		return "privacy needs authentication: give --auth-file FILE too";
	enum snmpio_auth a;
	enum snmpio_priv p;
	if (snmpio_auth_parse(c->auth, &a) == -1)
		return "--auth wants none, MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512";
	if (snmpio_priv_parse(c->priv, &p) == -1)
		return "--priv wants none, DES, AES, AES-192, AES-256, AES-192-C or AES-256-C";
	return NULL;
}

/* The credential of the options. */
int
tool_secrets(struct tool *t, struct secrets *s)
{
	const struct conf_credential *c = NULL;
	struct err e;

	if (t->credential != NULL) {
		c = named(t);
		if (c == NULL)
			return -1;
	} else if ((t->given & TOOL_OWN) != 0) {
		complete(&t->own);
		c = &t->own;
		const char *why = fault(c);
		if (why != NULL) {
			tool_complain("%s", why);
			return -1;
		}
	} else {
		tool_complain("how to speak to it? Give --credential NAME of the gateway's "
			      "configuration, or --v2c --community-file FILE, or --user NAME "
			      "--auth-file FILE --priv-file FILE");
		return -1;
	}
	if (secrets_read(s, c, &e) == 0)
		return 0;
	tool_complain("%s", e.msg);
	return -1;
}

/* The first of many lines. */
static void
print_some(const char *text)
{
	const char *end = text;
	unsigned n = 0;

	for (; end != NULL && *end != '\0' && n < MAX_ERRORS; n++)
		end = strchr(end, '\n') != NULL ? strchr(end, '\n') + 1 : end + strlen(end);
	if (end == NULL)
		return;
	fprintf(stderr, "%.*s%s", (int)(end - text), text, *end != '\0' ? "...\n" : "");
}

/* The profiles. */
struct profiles *
tool_profiles(struct tool *t)
{
	static const char *const usual[] = { "/usr/share/zonewatch/profiles",
		ZW_SYSCONFDIR "/profiles" };
	struct profiles *all = NULL;
	const char *const *dirs = usual;
	size_t n = sizeof usual / sizeof usual[0];
	const char *one[1] = { t->profiles };
	struct stat st;

	if (t->profiles != NULL) {
		if (stat(t->profiles, &st) == -1 || !S_ISDIR(st.st_mode)) {
			tool_complain("--profiles %s: not a directory", t->profiles);
			return NULL;
		}
		dirs = one;
		n = 1;
	} else if (tool_has_conf(t)) {
		const struct conf_gateway *g = tool_conf(t);
		if (g == NULL)
			return NULL;
		dirs = (const char *const *)g->profile_dirs.v;
		n = g->profile_dirs.n;
	}
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	unsigned errors = profiles_load(&all, dirs, n, f != NULL ? f : stderr);
	if (f != NULL)
		fclose(f);
	print_some(text);
	free(text);
	if (errors > 0)
		tool_complain("%u error%s in the profiles; what has one is not used", errors,
		    errors == 1 ? "" : "s");
	return all;
}
