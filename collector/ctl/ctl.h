/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ctl: one run of zonewatchctl: its options, and what a command is. The commands are listed in
 * commands.c. */
#ifndef COLLECTOR_CTL_H
#define COLLECTOR_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/ctl/client.h"

/* Exit codes. */
#define CTL_OK 0
#define CTL_FAILED 1
#define CTL_CRITICAL 3 /* status: something is critical */
#define CTL_UNKNOWN 3  /* check-nagios: wrong usage, too */
#define CTL_USAGE 64   /* argp's too */

#define CTL_MAX_ARGS 2

/* Options that only some commands take. */
#define CTL_ZONE 0x01
#define CTL_NODE 0x02
#define CTL_LAST 0x04
#define CTL_FIELD 0x08
#define CTL_OUTPUT 0x10
#define CTL_CONF 0x20
#define CTL_SIZE 0x40
#define CTL_JSON 0x80
#define CTL_AUTHOR 0x100
#define CTL_COMMENT 0x200
#define CTL_FOR 0x400
#define CTL_ROLE 0x1000
#define CTL_ENDS 0x2000
#define CTL_SILENCE 0x800 /* --kind --source --rule --window */
#define CTL_REASON 0x80000
#define CTL_AGENT 0x100000 /* --speaks-for --collector --serial */

#define CTL_ACTION 0x10000 /* --owner --due --advice --note */
#define CTL_LANG 0x20000
#define CTL_REPORT 0x40000 /* --month --week --from --to --list */
#define CTL_NAGIOS 0x4000  /* --incident --warning-as --timeout */

struct ctl {
	struct client *client; /* NULL: of a local command, when there can be none */
	const char *no_client; /* why */
	unsigned given;	       /* of the options above */
	bool json;
	bool colour;
	const char *zone;
	const char *node;
	const char *last;
	const char *field;
	const char *output;
	const char *conf;
	const char *width;
	const char *height;
	const char *author;
	const char *comment;
	const char *span; /* --for */
	const char *kind;
	const char *source;
	const char *rule;
	const char *window;
	const char *reason;
	const char *incident;
	const char *warning_as;
	const char *timeout;
	const char *role;
	const char *ends;
	const char *lang;
	const char *month;
	const char *week;
	const char *from;
	const char *to;
	bool list;
	const char *owner;
	const char *due;
	const char *advice;
	const char *note;
	const char *speaks_for;
	const char *collector;
	const char *serial;
	const char *args[CTL_MAX_ARGS]; /* behind the command */
	int nargs;
};

struct command {
	const char *name;
	const char *args; /* for the help: "NODE/SERIES" */
	unsigned options; /* that it takes */
	int min_args;
	int max_args;
	bool local; /* needs no collector */
	/* Whether arguments and options make sense, or NULL: all do. */
	int (*check)(const struct ctl *ctl, struct err *e);
	int (*run)(struct ctl *ctl); /* returns the exit code */
	const char *help;
};

extern const struct command commands[];
extern const size_t ncommands;

/* A line on stderr, with the program's name. */
void ctl_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
