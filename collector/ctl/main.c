/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatchctl: asks the collector and prints what it says. Options and arguments by argp, checked
 * against the row of the command; then the row's function runs. */
#include <argp.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/ctl/ctl.h"
#include "collector/ctl/snmp.h"
#include "zw/term.h"
#include "zw/conf.h"
#include "zw/log.h"

#define DEFAULT_URL "http://127.0.0.1:7480"

enum {
	KEY_URL = 0x100,
	KEY_TOKEN_FILE,
	KEY_JSON,
	KEY_COLOR,
	KEY_WIDTH,
	KEY_HEIGHT,
	KEY_AUTHOR,
	KEY_COMMENT,
	KEY_FOR,
	KEY_KIND,
	KEY_SOURCE,
	KEY_RULE,
	KEY_WINDOW,
	KEY_REASON,
	KEY_INCIDENT,
	KEY_WARNING_AS,
	KEY_TIMEOUT,
	KEY_ROLE,
	KEY_ENDS
};

/* What the options said, beside what commands see. */
struct run {
	struct ctl ctl;
	const char *url;
	const char *token_file;
	const char *color;
	const struct command *command;
};

static const struct argp_option options[] = {
	{ "url", KEY_URL, "URL", 0, "The collector (ZONEWATCH_URL; default " DEFAULT_URL ")", 1 },
	{ "token-file", KEY_TOKEN_FILE, "FILE", 0,
	    "File with its token (ZONEWATCH_TOKEN_FILE; default " ZW_SYSCONFDIR "/token)", 1 },
	{ "json", KEY_JSON, NULL, 0, "Print the collector's own JSON", 2 },
	{ "color", KEY_COLOR, "WHEN", 0, "auto, always or never (NO_COLOR is heeded)", 2 },
	{ "zone", 'z', "ZONE", 0, "Only of this zone", 3 },
	{ "node", 'n', "NODE", 0, "Only of this node", 3 },
	{ "last", 'l', "SPAN", 0, "How far back: 30min, 6h, 7d (a graph: 6h)", 4 },
	{ "field", 'f', "FIELD", 0, "Only this field in the graph", 4 },
	{ "output", 'o', "FILE", 0, "Where the graph goes; its ending says the format; -: here",
	    4 },
	{ "width", KEY_WIDTH, "PIXELS", 0, "Width of the plot", 4 },
	{ "height", KEY_HEIGHT, "PIXELS", 0, "Height of the plot", 4 },
	{ "author", KEY_AUTHOR, "NAME", 0, "Who does it (ZONEWATCH_AUTHOR; default: you)", 6 },
	{ "comment", KEY_COMMENT, "TEXT", 0, "With an acknowledgement: what is being done", 6 },
	{ "for", KEY_FOR, "SPAN", 0, "For how long: 30min, 2h, 7d", 6 },
	{ "source", KEY_SOURCE, "PATTERN", 0, "Silence: of this source, or source-instance", 7 },
	{ "rule", KEY_RULE, "PATTERN", 0, "Silence: of these rules", 7 },
	{ "kind", KEY_KIND, "KIND", 0, "silence, maintenance or out-of-service", 7 },
	{ "window", KEY_WINDOW, "WHEN", 0, "Each week at \"Sun 02:00-04:30\", local time", 7 },
	{ "reason", KEY_REASON, "TEXT", 0, "Why", 7 },
	{ "incident", KEY_INCIDENT, "NUMBER", 0, "check-nagios: only this incident", 8 },
	{ "warning-as", KEY_WARNING_AS, "STATE", 0,
	    "check-nagios: what a warning is: ok, warning, critical, unknown", 8 },
	{ "timeout", KEY_TIMEOUT, "SPAN", 0, "check-nagios: UNKNOWN after so long (10s)", 8 },
	{ "role", KEY_ROLE, "ROLE", 0, "viewer, operator or admin; a token: also wall", 8 },
	{ "ends", KEY_ENDS, "SPAN", 0, "When a token ends: 30d, 365d", 8 },
	{ "config", 'c', "FILE", 0,
	    "The collector's configuration (default " ZW_SYSCONFDIR "/collector.conf)", 5 },
	{ 0 },
};

void
ctl_complain(const char *fmt, ...)
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

/* The command of this name; else the end of the program, with the likely one. */
static const struct command *
find_command(const char *name, struct argp_state *state)
{
	const char *names[64];
	for (size_t i = 0; i < ncommands; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
		names[i] = commands[i].name;
	}
	const char *near = conf_nearest(name, names, ncommands);
	argp_error(state, "there is no command \"%.40s\"%s%s%s", name,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	return NULL;
}

/* Notes an option that only some commands take. */
static void
note(struct run *r, unsigned option, const char **member, const char *value)
{
	r->ctl.given |= option;
	*member = value;
}

/* An option for some commands; 0 if the key is none. */
static int
take_option(struct run *r, int key, const char *arg)
{
	switch (key) {
	case 'z':
		note(r, CTL_ZONE, &r->ctl.zone, arg);
		return 1;
	case 'n':
		note(r, CTL_NODE, &r->ctl.node, arg);
		return 1;
	case 'l':
		note(r, CTL_LAST, &r->ctl.last, arg);
		return 1;
	case 'f':
		note(r, CTL_FIELD, &r->ctl.field, arg);
		return 1;
	case 'o':
		note(r, CTL_OUTPUT, &r->ctl.output, arg);
		return 1;
	case 'c':
		note(r, CTL_CONF, &r->ctl.conf, arg);
		return 1;
	case KEY_WIDTH:
		note(r, CTL_SIZE, &r->ctl.width, arg);
		return 1;
	case KEY_HEIGHT:
		note(r, CTL_SIZE, &r->ctl.height, arg);
		return 1;
	case KEY_AUTHOR:
		note(r, CTL_AUTHOR, &r->ctl.author, arg);
		return 1;
	case KEY_COMMENT:
		note(r, CTL_COMMENT, &r->ctl.comment, arg);
		return 1;
	case KEY_FOR:
		note(r, CTL_FOR, &r->ctl.span, arg);
		return 1;
	case KEY_KIND:
		note(r, CTL_SILENCE, &r->ctl.kind, arg);
		return 1;
	case KEY_SOURCE:
		note(r, CTL_SILENCE, &r->ctl.source, arg);
		return 1;
	case KEY_RULE:
		note(r, CTL_SILENCE, &r->ctl.rule, arg);
		return 1;
	case KEY_WINDOW:
		note(r, CTL_SILENCE, &r->ctl.window, arg);
		return 1;
	case KEY_REASON:
		note(r, CTL_SILENCE, &r->ctl.reason, arg);
		return 1;
	case KEY_INCIDENT:
		note(r, CTL_NAGIOS, &r->ctl.incident, arg);
		return 1;
	case KEY_WARNING_AS:
		note(r, CTL_NAGIOS, &r->ctl.warning_as, arg);
		return 1;
	case KEY_TIMEOUT:
		note(r, CTL_NAGIOS, &r->ctl.timeout, arg);
		return 1;
	case KEY_ROLE:
		note(r, CTL_ROLE, &r->ctl.role, arg);
		return 1;
	case KEY_ENDS:
		note(r, CTL_ENDS, &r->ctl.ends, arg);
		return 1;
	case KEY_JSON:
		r->ctl.given |= CTL_JSON;
		r->ctl.json = true;
		return 1;
	default:
		return 0;
	}
}

/* The name of the first of these options. */
static const char *
option_name(unsigned given)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = { { CTL_NAGIOS, "--incident, --warning-as or --timeout" },
		{ CTL_ZONE, "--zone" }, { CTL_NODE, "--node" }, { CTL_LAST, "--last" },
		{ CTL_FIELD, "--field" }, { CTL_OUTPUT, "--output" }, { CTL_CONF, "--config" },
		{ CTL_SIZE, "--width or --height" }, { CTL_JSON, "--json" },
		{ CTL_AUTHOR, "--author" }, { CTL_COMMENT, "--comment" }, { CTL_FOR, "--for" },
		{ CTL_ROLE, "--role" }, { CTL_ENDS, "--ends" },
		{ CTL_SILENCE, "--kind, --source, --rule, --window or --reason" } };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if ((given & names[i].bit) != 0)
			return names[i].name;
	return "that option";
}

/* Everything was read: does it fit the command? */
static void
check_usage(const struct run *r, struct argp_state *state)
{
	const struct command *c = r->command;
	struct err e;
	if (c == NULL)
		argp_error(state, "a command is missing; --help lists them");
	else if ((r->ctl.given & ~c->options) != 0)
		argp_error(state, "\"%s\" does not take %s", c->name,
		    option_name(r->ctl.given & ~c->options));
	else if (r->ctl.nargs < c->min_args)
		argp_error(state, "\"%s\" needs %s", c->name, c->args);
	else if (r->ctl.node != NULL && r->ctl.nargs > 0 && (c->options & CTL_SILENCE) == 0)
		argp_error(state, "give the node as an argument or by --node, not both");
	else if (!client_is_url(r->url))
		argp_error(state, "\"%.200s\" is not the address of a collector; it looks like %s",
		    r->url, DEFAULT_URL);
	else if (c->check != NULL && c->check(&r->ctl, &e) == -1)
		argp_error(state, "%s", e.msg);
}

/* Takes an argument: the command, then its own. */
static void
take_argument(struct run *r, char *arg, struct argp_state *state)
{
	if (r->command == NULL)
		r->command = find_command(arg, state);
	else if (r->ctl.nargs == r->command->max_args)
		argp_error(state, "\"%s\" does not take \"%.64s\"", r->command->name, arg);
	else
		r->ctl.args[r->ctl.nargs++] = arg;
}

/* argp's callback. */
static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct run *r = state->input;
	switch (key) {
	case KEY_URL:
		r->url = arg;
		break;
	case KEY_TOKEN_FILE:
		r->token_file = arg;
		break;
	case KEY_COLOR:
		r->color = arg;
		break;
	case ARGP_KEY_ARG:
		take_argument(r, arg, state);
		break;
	case ARGP_KEY_END:
		check_usage(r, state);
		break;
	default:
		return take_option(r, key, arg) ? 0 : ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* The list of commands, where argp asks for the text after the options. */
static char *
help_filter(int key, const char *text, void *input)
{
	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	char *out = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&out, &size);
	if (f == NULL)
		return NULL;
	fputs("Commands:\n", f);
	for (size_t i = 0; i < ncommands; i++)
		fprintf(f, "  %s%s%s\n      %s\n", commands[i].name,
		    *commands[i].args != '\0' ? " " : "", commands[i].args, commands[i].help);
	fputs("\nExit codes: 0 done, 1 failed, 3 something is critical, 64 wrong usage.", f);
	fclose(f);
	return out;
}

/* An environment variable that is set and not empty, or the default. */
static const char *
from_environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);
	return value != NULL && *value != '\0' ? value : otherwise;
}

/* Makes the client, runs the command. A command that is local goes on without one. */
static int
run(struct run *r)
{
	struct err e;
	if (client_new(&r->ctl.client, r->url, r->token_file, &e) == -1 && !r->command->local) {
		ctl_complain("%s", e.msg);
		return CTL_FAILED;
	}
	r->ctl.no_client = r->ctl.client == NULL ? e.msg : "";
	int rc = r->command->run(&r->ctl);
	client_free(r->ctl.client);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		ctl_complain("cannot write to the standard output");
		return CTL_FAILED;
	}
	return rc;
}

/* Whether it runs as a plugin, to which wrong usage is UNKNOWN. */
static bool
wants_nagios(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "check-nagios") == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENT]",
		.doc = "Asks the collector of zonewatch and prints what it says.\v ",
		.help_filter = help_filter,
	};
	if (argc > 1 && strcmp(argv[1], "snmp") == 0)
		return snmp_run(argv);
	struct run r = {
		.url = from_environment("ZONEWATCH_URL", DEFAULT_URL),
		.token_file = from_environment("ZONEWATCH_TOKEN_FILE", ZW_SYSCONFDIR "/token"),
		.color = "auto",
		.ctl.conf = ZW_SYSCONFDIR "/collector.conf",
	};
	/* Characters as the terminal has them; numbers stay with a point. */
	setlocale(LC_CTYPE, "");
	tzset();
	log_init("zonewatchctl", LOG_LEVEL_WARNING);
	argp_program_version = "zonewatchctl " ZW_VERSION;
	argp_err_exit_status = wants_nagios(argc, argv) ? CTL_UNKNOWN : CTL_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &r);
	if (!term_decide(r.color, &r.ctl.colour)) {
		ctl_complain("--color=%s: give auto, always or never", r.color);
		return CTL_USAGE;
	}
	return run(&r);
}
