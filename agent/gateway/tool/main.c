/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-snmp: the part of zonewatchctl that speaks SNMP and asks the gateway, a program of its
 * own so that the collector's tool needs no SNMP library. Started by "zonewatchctl snmp". */
#include <argp.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/tool/tool.h"
#include "zw/alloc.h"
#include "zw/log.h"
#include "zw/term.h"

enum {
	KEY_JSON = 0x100,
	KEY_COLOR,
	KEY_CREDENTIAL,
	KEY_V1,
	KEY_V2C,
	KEY_V3,
	KEY_COMMUNITY_FILE,
	KEY_USER,
	KEY_AUTH,
	KEY_AUTH_FILE,
	KEY_PRIV,
	KEY_PRIV_FILE,
	KEY_CONTEXT,
	KEY_TIMEOUT,
	KEY_RETRIES,
	KEY_PORT,
	KEY_PROFILES,
	KEY_FILE,
	KEY_DRAFT
};

static const struct argp_option options[] = {
	{ "config", 'c', "FILE", 0,
	    "The gateway's configuration (ZONEWATCH_GATEWAY_CONF; default " ZW_SYSCONFDIR
	    "/gateway.conf)",
	    1 },
	{ "json", KEY_JSON, NULL, 0, "Print JSON", 1 },
	{ "color", KEY_COLOR, "WHEN", 0, "auto, always or never (NO_COLOR is heeded)", 1 },
	{ "credential", KEY_CREDENTIAL, "NAME", 0, "A credential of the configuration", 2 },
	{ "v1", KEY_V1, NULL, 0, "SNMP version 1", 3 },
	{ "v2c", KEY_V2C, NULL, 0, "SNMP version 2c", 3 },
	{ "v3", KEY_V3, NULL, 0, "SNMP version 3", 3 },
	{ "community-file", KEY_COMMUNITY_FILE, "FILE", 0, "File with the community", 3 },
	{ "user", KEY_USER, "NAME", 0, "v3: the user", 3 },
	{ "auth", KEY_AUTH, "WORD", 0, "v3: none, MD5, SHA, SHA-224 ... SHA-512 (SHA-256)", 3 },
	{ "auth-file", KEY_AUTH_FILE, "FILE", 0, "v3: file with the authentication password", 3 },
	{ "priv", KEY_PRIV, "WORD", 0, "v3: none, DES, AES, AES-192[-C], AES-256[-C] (AES)", 3 },
	{ "priv-file", KEY_PRIV_FILE, "FILE", 0, "v3: file with the privacy password", 3 },
	{ "context", KEY_CONTEXT, "TEXT", 0, "v3: the context", 3 },
	{ "port", KEY_PORT, "N", 0, "UDP port of addresses without one (161)", 4 },
	{ "timeout", KEY_TIMEOUT, "SPAN", 0, "How long an answer may take (1s)", 4 },
	{ "retries", KEY_RETRIES, "N", 0, "How often a request is sent again (1)", 4 },
	{ "profiles", KEY_PROFILES, "DIR", 0, "Profiles of this directory instead", 5 },
	{ "file", KEY_FILE, "RECORDING", 0, "Instead of asking: a file of snmpwalk -On or snmprec",
	    5 },
	{ "output", 'o', "FILE", 0, "Where the walk or draft goes (default: here)", 5 },
	{ "profile-draft", KEY_DRAFT, NULL, 0, "walk: write a first profile of it", 5 },
	{ 0 },
};

/* A line on stderr. */
void
tool_complain(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	fflush(stdout);
	fputs("zonewatchctl: ", stderr);
	term_print(stderr, false, TERM_PLAIN, text);
	fputc('\n', stderr);
}

/* An option of the credential; false if the key is none. */
static bool
take_credential(struct tool *t, int key, char *arg)
{
	struct conf_credential *c = &t->own;

	switch (key) {
	case KEY_V1:
	case KEY_V2C:
	case KEY_V3:
		free(c->version);
		c->version = xstrdup(key == KEY_V1 ? "v1" : key == KEY_V2C ? "v2c" : "v3");
		break;
	case KEY_COMMUNITY_FILE:
		c->community_file = arg;
		break;
	case KEY_USER:
		c->user = arg;
		break;
	case KEY_AUTH:
		c->auth = arg;
		break;
	case KEY_AUTH_FILE:
		c->auth_file = arg;
		break;
	case KEY_PRIV:
		c->priv = arg;
		break;
	case KEY_PRIV_FILE:
		c->priv_file = arg;
		break;
	case KEY_CONTEXT:
		c->context = arg;
		break;
	default:
		return false;
	}
	t->own_given = true;
	return true;
}

/* A number or a length of time; the end of the program if it is none. */
static void
take_number(struct tool *t, int key, const char *arg, struct argp_state *state)
{
	uint64_t n = 0;

	if (key == KEY_TIMEOUT) {
		if (str_to_duration(arg, &t->timeout_ms) == -1 || t->timeout_ms < 10)
			argp_error(state, "--timeout wants a length of time as 500ms or 2s");
		return;
	}
	if (str_to_u64(arg, key == KEY_PORT, key == KEY_PORT ? 65535 : 10, &n) == -1)
		argp_error(
		    state, key == KEY_PORT ? "--port wants 1 to 65535" : "--retries wants 0 to 10");
	if (key == KEY_PORT)
		t->port = (uint16_t)n;
	else
		t->retries = (unsigned)n;
}

/* One option, for argp. */
static error_t
on_option(int key, char *arg, struct argp_state *state)
{
	struct tool *t = state->input;

	if (take_credential(t, key, arg))
		return 0;
	switch (key) {
	case 'c':
		t->conf_path = arg;
		t->conf_given = true;
		break;
	case 'o':
		t->output = arg;
		break;
	case KEY_JSON:
		t->json = true;
		break;
	case KEY_COLOR:
		if (!term_decide(arg, &t->colour))
			argp_error(state, "--color wants auto, always or never");
		break;
	case KEY_CREDENTIAL:
		t->credential = arg;
		break;
	case KEY_TIMEOUT:
	case KEY_RETRIES:
	case KEY_PORT:
		take_number(t, key, arg, state);
		break;
	case KEY_PROFILES:
		t->profiles = arg;
		break;
	case KEY_FILE:
		t->file = arg;
		break;
	case KEY_DRAFT:
		t->draft = true;
		break;
	case ARGP_KEY_ARG:
		if (t->nargs == TOOL_MAX_ARGS)
			argp_error(state, "too many arguments");
		t->args[t->nargs++] = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* The commands, for the end of the help. */
static char *
list_commands(void)
{
	char *all = xstrdup("Commands:\n");

	for (size_t i = 0; i < tool_ncommands; i++) {
		const struct tool_command *c = &tool_commands[i];
		char *more = xasprintf("%s  %-9s %-16s %s\n", all, c->name, c->args, c->help);
		free(all);
		all = more;
	}
	return all;
}

/* The gateway's configuration. */
const struct conf_gateway *
tool_conf(struct tool *t)
{
	unsigned errors = 0;
	void *conf = NULL;

	if (t->conf != NULL)
		return t->conf;
	if (conf_load(&gateway_conf_table, t->conf_path, &conf, gateway_conf_check, stderr,
		&errors) == -1) {
		tool_complain("%s: %u error%s", t->conf_path, errors, errors == 1 ? "" : "s");
		return NULL;
	}
	t->conf = conf;
	return t->conf;
}

/* What the options leave open of a credential of their own. */
static void
complete(struct conf_credential *c)
{
	static char sha[] = "SHA-256", aes[] = "AES", none[] = "none";
	static char name[] = "options";

	c->name = name;
	if (c->version == NULL)
		c->version = xstrdup(c->user != NULL ? "v3" : "v2c");
	if (c->auth == NULL)
		c->auth = c->auth_file != NULL ? sha : none;
	if (c->priv == NULL)
		c->priv = c->priv_file != NULL ? aes : none;
}

/* The credential of the options. */
int
tool_secrets(struct tool *t, struct secrets *s)
{
	const struct conf_credential *c = NULL;
	struct err e;

	if (t->credential != NULL) {
		const struct conf_gateway *g = tool_conf(t);
		const struct conf_credential *v = g != NULL ? g->credentials.v : NULL;
		for (size_t i = 0; g != NULL && i < g->credentials.n; i++)
			if (strcmp(v[i].name, t->credential) == 0)
				c = &v[i];
		if (g != NULL && c == NULL)
			tool_complain(
			    "%s: there is no credential \"%s\"", t->conf_path, t->credential);
	} else if (t->own_given) {
		complete(&t->own);
		c = &t->own;
	} else {
		tool_complain("how to speak to it? Give --credential NAME, or --v2c "
			      "--community-file FILE, or --user NAME --auth-file FILE ...");
	}
	if (c == NULL)
		return -1;
	if (strcmp(c->version, "v3") == 0 ? c->user == NULL : c->community_file == NULL) {
		tool_complain("%s needs a %s", c->version,
		    strcmp(c->version, "v3") == 0 ? "--user" : "--community-file");
		return -1;
	}
	if (secrets_read(s, c, &e) == 0)
		return 0;
	tool_complain("%s", e.msg);
	return -1;
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

	if (t->profiles != NULL) {
		dirs = one;
		n = 1;
	} else if (t->conf_given) {
		const struct conf_gateway *g = tool_conf(t);
		if (g != NULL) {
			dirs = (const char *const *)g->profile_dirs.v;
			n = g->profile_dirs.n;
		}
	}
	unsigned errors = profiles_load(&all, dirs, n, stderr);
	if (errors > 0)
		tool_complain("%u error%s in the profiles", errors, errors == 1 ? "" : "s");
	return all;
}

/* Runs the command that the first argument names. */
static int
run(struct tool *t)
{
	const char *names[32];

	if (t->nargs == 0) {
		tool_complain("which command? See zonewatchctl snmp --help");
		return TOOL_USAGE;
	}
	const char *name = t->args[0];
	for (size_t i = 0; i < tool_ncommands; i++) {
		const struct tool_command *c = &tool_commands[i];
		names[i] = c->name;
		if (strcmp(c->name, name) != 0)
			continue;
		memmove(t->args, t->args + 1, sizeof t->args - sizeof t->args[0]);
		t->nargs--;
		if (t->nargs >= c->min_args && t->nargs <= c->max_args)
			return c->run(t);
		tool_complain("usage: zonewatchctl snmp %s %s", c->name, c->args);
		return TOOL_USAGE;
	}
	const char *near = conf_nearest(name, names, tool_ncommands);
	tool_complain("there is no command \"%.40s\"%s%s%s", name,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	return TOOL_USAGE;
}

int
main(int argc, char **argv)
{
	char *commands = list_commands();
	char *doc = xasprintf("Ask devices by SNMP, and the gateway about them.\v%s\n"
			      "Secrets are read from files that nobody else may read.",
	    commands);
	const struct argp argp = { options, on_option, "COMMAND [ARG...]", doc, NULL, NULL, NULL };
	struct tool t = { .timeout_ms = 1000, .retries = 1, .port = 161 };

	argp_program_version = "zonewatchctl " ZW_VERSION;
	setlocale(LC_CTYPE, "");
	log_init("zonewatchctl", LOG_LEVEL_WARNING);
	t.conf_path = getenv("ZONEWATCH_GATEWAY_CONF");
	t.conf_given = t.conf_path != NULL;
	if (t.conf_path == NULL)
		t.conf_path = ZW_SYSCONFDIR "/gateway.conf";
	(void)term_decide("auto", &t.colour);
	static char called[] = "zonewatchctl snmp";
	argv[0] = called;
	argp_parse(&argp, argc, argv, 0, NULL, &t);
	int rc = run(&t);
	conf_free(&gateway_conf_table, t.conf);
	free(t.own.version);
	free(commands);
	free(doc);
	return rc;
}
