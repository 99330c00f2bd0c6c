/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatchctl: asks the collector and prints what it says. Options and arguments by argp, checked
 * against the row of the command; then the row's function runs. */
#include <argp.h>
#include <locale.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/ctl/ctl.h"
#include "collector/ctl/snmp.h"
#include "zw/alloc.h"
#include "zw/term.h"
#include "zw/conf.h"
#include "zw/log.h"
#include "zw/str.h"

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
	KEY_ENDS,
	KEY_OWNER,
	KEY_DUE,
	KEY_ADVICE,
	KEY_NOTE,
	KEY_LANG,
	KEY_MONTH,
	KEY_WEEK,
	KEY_FROM,
	KEY_TO,
	KEY_LIST,
	KEY_SPEAKS_FOR,
	KEY_COLLECTOR,
	KEY_SERIAL
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
	{ "output", 'o', "FILE", 0,
	    "Where the graph or report goes; its ending says the format; -: here; agent issue: a "
	    "new directory",
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
	{ "owner", KEY_OWNER, "NAME", 0, "Action: who sees to it", 9 },
	{ "due", KEY_DUE, "DAY", 0, "Action: until when, 2026-12-15", 9 },
	{ "advice", KEY_ADVICE, "KEY", 0, "Action: the report's recommendation that it follows",
	    9 },
	{ "note", KEY_NOTE, "TEXT", 0, "Action: what came of it", 9 },
	{ "lang", KEY_LANG, "LANGUAGE", 0, "az, ru or en; default: this shell's", 10 },
	{ "month", KEY_MONTH, "MONTH", 0,
	    "Report, graph: of this month, 2026-10; a report's default: the last", 10 },
	{ "week", KEY_WEEK, "WEEK", 0, "Likewise of this week, 2026-W43", 10 },
	{ "from", KEY_FROM, "DAY", 0, "Likewise from this day, 2026-10-01,", 10 },
	{ "to", KEY_TO, "DAY", 0, "to this one", 10 },
	{ "list", KEY_LIST, NULL, 0, "Report, graph: those that there are", 10 },
	{ "speaks-for", KEY_SPEAKS_FOR, "PATTERNS", 0,
	    "Agent: other nodes that a gateway speaks for: cool-*,ups-1", 11 },
	{ "collector", KEY_COLLECTOR, "HOST:PORT", 0,
	    "Agent: where it reaches the collector; default: by the collector's certificate", 11 },
	{ "serial", KEY_SERIAL, "HEX", 0, "Agent: the certificate with this number", 11 },
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

/* The options that only some commands take: the bit by which a command's row allows them, and the
 * member of struct ctl that gets the value. In the order in which a wrong one is complained of. */
static const struct {
	int key;
	unsigned bit;
	size_t member;
} choices[] = {
#define CHOICE(key, bit, member)                                                                   \
	{                                                                                          \
		key, bit, offsetof(struct ctl, member)                                             \
	}
	CHOICE(KEY_INCIDENT, CTL_NAGIOS, incident),
	CHOICE(KEY_WARNING_AS, CTL_NAGIOS, warning_as),
	CHOICE(KEY_TIMEOUT, CTL_NAGIOS, timeout),
	CHOICE('z', CTL_ZONE, zone),
	CHOICE('n', CTL_NODE, node),
	CHOICE('l', CTL_LAST, last),
	CHOICE('f', CTL_FIELD, field),
	CHOICE('o', CTL_OUTPUT, output),
	CHOICE('c', CTL_CONF, conf),
	CHOICE(KEY_WIDTH, CTL_SIZE, width),
	CHOICE(KEY_HEIGHT, CTL_SIZE, height),
	CHOICE(KEY_JSON, CTL_JSON, json),
	CHOICE(KEY_AUTHOR, CTL_AUTHOR, author),
	CHOICE(KEY_COMMENT, CTL_COMMENT, comment),
	CHOICE(KEY_FOR, CTL_FOR, span),
	CHOICE(KEY_ROLE, CTL_ROLE, role),
	CHOICE(KEY_ENDS, CTL_ENDS, ends),
	CHOICE(KEY_OWNER, CTL_ACTION, owner),
	CHOICE(KEY_DUE, CTL_ACTION, due),
	CHOICE(KEY_ADVICE, CTL_ACTION, advice),
	CHOICE(KEY_NOTE, CTL_ACTION, note),
	CHOICE(KEY_LANG, CTL_LANG, lang),
	CHOICE(KEY_MONTH, CTL_REPORT, month),
	CHOICE(KEY_WEEK, CTL_REPORT, week),
	CHOICE(KEY_FROM, CTL_REPORT, from),
	CHOICE(KEY_TO, CTL_REPORT, to),
	CHOICE(KEY_LIST, CTL_REPORT, list),
	CHOICE(KEY_KIND, CTL_SILENCE, kind),
	CHOICE(KEY_SOURCE, CTL_SILENCE, source),
	CHOICE(KEY_RULE, CTL_SILENCE, rule),
	CHOICE(KEY_WINDOW, CTL_SILENCE, window),
	CHOICE(KEY_REASON, CTL_REASON, reason),
	CHOICE(KEY_SPEAKS_FOR, CTL_AGENT, speaks_for),
	CHOICE(KEY_COLLECTOR, CTL_AGENT, collector),
	CHOICE(KEY_SERIAL, CTL_AGENT, serial),
#undef CHOICE
};
#define NCHOICES (sizeof choices / sizeof choices[0])

/* Notes an option for some commands; false if the key is none. */
static bool
take_option(struct ctl *ctl, int key, const char *arg)
{
	for (size_t i = 0; i < NCHOICES; i++) {
		void *member = (char *)ctl + choices[i].member;
		if (choices[i].key != key)
			continue;
		ctl->given |= choices[i].bit;
		if (key == KEY_JSON || key == KEY_LIST)
			*(bool *)member = true;
		else
			*(const char **)member = arg;
		return true;
	}
	return false;
}

/* The name of an option by its key. */
static const char *
name_of(int key)
{
	const struct argp_option *o = options;
	while (o->key != key)
		o++;
	return o->name;
}

/* The first of these options, with those that go with it: "--width or --height". */
static void
name_options(char *dst, size_t size, unsigned given)
{
	size_t first = 0, left = 0, used = 0;
	while (first < NCHOICES - 1 && (given & choices[first].bit) == 0)
		first++;
	for (size_t i = 0; i < NCHOICES; i++)
		left += choices[i].bit == choices[first].bit;
	for (size_t i = first; i < NCHOICES && left > 0; i++) {
		if (choices[i].bit != choices[first].bit)
			continue;
		const char *between = used == 0 ? "" : left == 1 ? " or " : ", ";
		if (str_format(
			dst + used, size - used, "%s--%s", between, name_of(choices[i].key)) == -1)
			return;
		used += strlen(dst + used);
		left--;
	}
}

/* Everything was read: does it fit the command? */
static void
check_usage(const struct run *r, struct argp_state *state)
{
	const struct command *c = r->command;
	struct err e;
	char wrong[128];
	if (c == NULL)
		argp_error(state, "a command is missing; --help lists them");
	else if ((r->ctl.given & ~c->options) != 0) {
		name_options(wrong, sizeof wrong, r->ctl.given & ~c->options);
		argp_error(state, "\"%s\" does not take %s", c->name, wrong);
	} else if (r->ctl.nargs < c->min_args)
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
		return take_option(&r->ctl, key, arg) ? 0 : ARGP_ERR_UNKNOWN;
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

/* Whether a command takes an option; all take those that are no command's own. */
static bool
takes(const struct command *c, int key)
{
	for (size_t i = 0; i < NCHOICES; i++)
		if (choices[i].key == key)
			return (c->options & choices[i].bit) != 0;
	return true;
}

/* "COMMAND --help": that command alone, with what it takes. */
static bool
helped(int argc, char **argv)
{
	struct argp_option own[sizeof options / sizeof options[0]] = { 0 };
	size_t n = 0, i = 0;

	if (argc < 3 ||
	    (strcmp(argv[argc - 1], "--help") != 0 && strcmp(argv[argc - 1], "-?") != 0))
		return false;
	while (i < ncommands && strcmp(commands[i].name, argv[1]) != 0)
		i++;
	if (i == ncommands)
		return false;
	for (const struct argp_option *o = options; o->name != NULL; o++)
		if (takes(&commands[i], o->key))
			own[n++] = *o;
	const struct argp argp = {
		.options = own, .args_doc = commands[i].args, .doc = commands[i].help
	};
	char *name = xasprintf("zonewatchctl %s", commands[i].name);
	argp_help(&argp, stdout, ARGP_HELP_STD_HELP, name);
	free(name);
	return true;
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
	if (helped(argc, argv))
		return CTL_OK;
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
