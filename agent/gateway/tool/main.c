/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-snmp: the part of zonewatchctl that speaks SNMP and asks the gateway, a program of its
 * own so that the collector's tool needs no SNMP library. Started by "zonewatchctl snmp". Options
 * and arguments by argp, checked against the row of the command; then the row's function runs. */
#include <argp.h>
#include <locale.h>
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
	{ NULL, 0, NULL, 0, "How to speak to a device (default: as the configuration has it):", 2 },
	{ "credential", KEY_CREDENTIAL, "NAME", 0, "A credential of the configuration", 2 },
	{ "v1", KEY_V1, NULL, 0, "SNMP version 1", 3 },
	{ "v2c", KEY_V2C, NULL, 0, "SNMP version 2c", 3 },
	{ "v3", KEY_V3, NULL, 0, "SNMP version 3", 3 },
	{ "community-file", KEY_COMMUNITY_FILE, "FILE", 0, "v1, v2c: file with the community", 3 },
	{ "user", KEY_USER, "NAME", 0, "v3: the user", 3 },
	{ "auth", KEY_AUTH, "WORD", 0, "v3: none, MD5, SHA, SHA-224 ... SHA-512 (SHA-256)", 3 },
	{ "auth-file", KEY_AUTH_FILE, "FILE", 0, "v3: file with the authentication password", 3 },
	{ "priv", KEY_PRIV, "WORD", 0, "v3: none, DES, AES, AES-192[-C], AES-256[-C] (AES)", 3 },
	{ "priv-file", KEY_PRIV_FILE, "FILE", 0, "v3: file with the privacy password", 3 },
	{ "context", KEY_CONTEXT, "TEXT", 0, "v3: the context", 3 },
	{ "port", KEY_PORT, "N", 0, "UDP port of addresses without one (161)", 4 },
	{ "timeout", KEY_TIMEOUT, "SPAN", 0, "How long an answer may take (1s)", 4 },
	{ "retries", KEY_RETRIES, "N", 0, "How often a request is sent again (1)", 4 },
	{ NULL, 0, NULL, 0, "Profiles and recordings:", 5 },
	{ "profiles", KEY_PROFILES, "DIR", 0, "Only the profiles of this directory", 5 },
	{ "file", KEY_FILE, "RECORDING", 0,
	    "Instead of asking: a file of snmpwalk -On, or a .snmprec", 5 },
	{ "output", 'o', "FILE", 0, "Where the walk or draft goes (default: here)", 5 },
	{ "profile-draft", KEY_DRAFT, NULL, 0, "walk: write a first profile of it", 5 },
	{ 0 },
};

/* A run, and the command that was found. */
struct run {
	struct tool t;
	const struct tool_command *command;
};

/* The command of this name; else the end of the program, with the likely one. */
static const struct tool_command *
find_command(const char *name, struct argp_state *state)
{
	const char *names[32];

	for (size_t i = 0; i < tool_ncommands; i++) {
		if (strcmp(tool_commands[i].name, name) == 0)
			return &tool_commands[i];
		names[i] = tool_commands[i].name;
	}
	const char *near = conf_nearest(name, names, tool_ncommands);
	argp_error(state, "there is no command \"%.40s\"%s%s%s", name,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	return NULL;
}

/* The version; only one may be given. */
static void
take_version(struct conf_credential *c, const char *version, struct argp_state *state)
{
	if (c->version != NULL && strcmp(c->version, version) != 0)
		argp_error(state, "give one of --v1, --v2c and --v3");
	free(c->version);
	c->version = xstrdup(version);
}

/* An option of the credential; false if the key is none. */
static bool
take_credential(struct tool *t, int key, char *arg, struct argp_state *state)
{
	struct conf_credential *c = &t->own;

	switch (key) {
	case KEY_V1:
	case KEY_V2C:
	case KEY_V3:
		take_version(c, key == KEY_V1 ? "v1" : key == KEY_V2C ? "v2c" : "v3", state);
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
	t->given |= TOOL_OWN;
	return true;
}

/* A number or a length of time; false if the key is none of them. */
static bool
take_number(struct tool *t, int key, const char *arg, struct argp_state *state)
{
	uint64_t n = 0;

	switch (key) {
	case KEY_TIMEOUT:
		if (str_to_duration(arg, &t->timeout_ms) == -1 || t->timeout_ms < 10 ||
		    t->timeout_ms > 60000)
			argp_error(
			    state, "--timeout wants a length of time from 10ms to 60s, as 2s");
		break;
	case KEY_PORT:
		if (str_to_u64(arg, 1, 65535, &n) == -1)
			argp_error(state, "--port wants 1 to 65535");
		t->port = (uint16_t)n;
		break;
	case KEY_RETRIES:
		if (str_to_u64(arg, 0, 10, &n) == -1)
			argp_error(state, "--retries wants 0 to 10");
		t->retries = (int)n;
		break;
	default:
		return false;
	}
	t->given |= TOOL_PACE;
	return true;
}

/* An option that only some commands take; false if the key is none. */
static bool
take_option(struct tool *t, int key, const char *arg)
{
	switch (key) {
	case 'c':
		t->given |= TOOL_CONF;
		t->conf_path = arg;
		t->conf_given = true;
		break;
	case 'o':
		t->given |= TOOL_OUTPUT;
		t->output = arg;
		break;
	case KEY_JSON:
		t->given |= TOOL_JSON;
		t->json = true;
		break;
	case KEY_CREDENTIAL:
		t->given |= TOOL_CREDENTIAL;
		t->credential = arg;
		break;
	case KEY_PROFILES:
		t->given |= TOOL_PROFILES;
		t->profiles = arg;
		break;
	case KEY_FILE:
		t->given |= TOOL_FILE;
		t->file = arg;
		break;
	case KEY_DRAFT:
		t->given |= TOOL_DRAFT;
		t->draft = true;
		break;
	default:
		return false;
	}
	return true;
}

/* The name of the first of these options. */
static const char *
option_name(unsigned given)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = { { TOOL_CONF, "--config" }, { TOOL_JSON, "--json" },
		{ TOOL_CREDENTIAL, "--credential" },
		{ TOOL_OWN, "a version, community, user, auth, priv or context" },
		{ TOOL_PACE, "--timeout, --retries or --port" }, { TOOL_PROFILES, "--profiles" },
		{ TOOL_FILE, "--file" }, { TOOL_OUTPUT, "--output" },
		{ TOOL_DRAFT, "--profile-draft" } };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if ((given & names[i].bit) != 0)
			return names[i].name;
	return "that option";
}

/* Everything was read: does it fit the command? */
static void
check_usage(const struct run *r, struct argp_state *state)
{
	const struct tool_command *c = r->command;
	const struct tool *t = &r->t;
	bool from_file = (t->given & TOOL_FILE) != 0;

	if (c == NULL)
		argp_error(state, "a command is missing; --help lists them");
	else if ((t->given & ~c->options) != 0)
		argp_error(
		    state, "\"%s\" does not take %s", c->name, option_name(t->given & ~c->options));
	else if (t->nargs < c->min_args)
		argp_error(state, "\"%s\" needs %s", c->name, c->args);
	else if ((t->given & TOOL_CREDENTIAL) != 0 && (t->given & TOOL_OWN) != 0)
		argp_error(state, "give --credential or %s, not both", option_name(TOOL_OWN));
	else if (from_file && (t->nargs > 0 || (t->given & (TOOL_ASKING & ~TOOL_CONF)) != 0))
		argp_error(state, "with --file no device is asked: give no %s",
		    t->nargs > 0 ? "address" : option_name(t->given & TOOL_ASKING & ~TOOL_CONF));
	else if ((c->options & TOOL_FILE) != 0 && !from_file && t->nargs == 0)
		argp_error(state, "\"%s\" needs %s, or --file RECORDING", c->name, c->args);
	else if (t->draft && t->json)
		argp_error(state, "a draft is a profile, not JSON");
}

/* Takes an argument: the command, then its own. */
static void
take_argument(struct run *r, char *arg, struct argp_state *state)
{
	if (r->command == NULL)
		r->command = find_command(arg, state);
	else if (r->t.nargs == r->command->max_args)
		argp_error(state, "\"%s\" does not take \"%.64s\"", r->command->name, arg);
	else
		r->t.args[r->t.nargs++] = arg;
}

/* argp's callback. */
static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct run *r = state->input;

	switch (key) {
	case KEY_COLOR:
		if (!term_decide(arg, &r->t.colour))
			argp_error(state, "--color wants auto, always or never");
		return 0;
	case ARGP_KEY_ARG:
		take_argument(r, arg, state);
		return 0;
	case ARGP_KEY_END:
		check_usage(r, state);
		return 0;
	default:
		return take_option(&r->t, key, arg) || take_number(&r->t, key, arg, state) ||
			       take_credential(&r->t, key, arg, state)
			   ? 0
			   : ARGP_ERR_UNKNOWN;
	}
}

/* The list of commands, where argp asks for the text after the options. */
static char *
help_filter(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t size = 0;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	FILE *f = open_memstream(&out, &size);
	if (f == NULL)
		return NULL;
	fputs("Commands:\n", f);
	for (size_t i = 0; i < tool_ncommands; i++)
		fprintf(f, "  %s%s%s\n      %s\n", tool_commands[i].name,
		    *tool_commands[i].args != '\0' ? " " : "", tool_commands[i].args,
		    tool_commands[i].help);
	fputs(
	    "\nAddresses are numeric: 10.0.3.11, 10.0.3.11:1161, [2001:db8::1]:161. Secrets "
	    "are read\nfrom files that nobody else may read (chmod 600), never from the command "
	    "line.\n\nExit codes: 0 done, 1 failed, 2 a test found what is wrong, 64 wrong usage.",
	    f);
	fclose(f);
	return out;
}

int
main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENT...]",
		.doc = "Asks devices by SNMP, and the running gateway about them.\v ",
		.help_filter = help_filter,
	};
	static char called[] = "zonewatchctl snmp";
	struct run r = { .t = { .retries = -1, .port = 161 } };
	struct tool *t = &r.t;

	argp_program_version = "zonewatchctl " ZW_VERSION;
	argp_err_exit_status = TOOL_USAGE;
	setlocale(LC_CTYPE, "");
	log_init("zonewatchctl", LOG_LEVEL_WARNING);
	t->conf_path = getenv("ZONEWATCH_GATEWAY_CONF");
	t->conf_given = t->conf_path != NULL && *t->conf_path != '\0';
	if (!t->conf_given)
		t->conf_path = ZW_SYSCONFDIR "/gateway.conf";
	(void)term_decide("auto", &t->colour);
	if (argc > 0)
		argv[0] = called;
	argp_parse(&argp, argc, argv, 0, NULL, &r);
	int rc = r.command->run(t);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		tool_complain("cannot write to the standard output");
		rc = TOOL_FAILED;
	}
	conf_free(&gateway_conf_table, t->conf);
	free(t->own.version);
	return rc;
}
