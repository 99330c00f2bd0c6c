/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tool: one run of zonewatch-snmp, which zonewatchctl snmp calls: its options, and what a command
 * is. The commands are listed in commands.c. */
#ifndef AGENT_GATEWAY_TOOL_H
#define AGENT_GATEWAY_TOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/gateway/conf.h"
#include "agent/gateway/profile.h"
#include "agent/gateway/secrets.h"

/* Exit codes. */
#define TOOL_OK 0
#define TOOL_FAILED 1
#define TOOL_WRONG 2  /* test: the device does not answer as it should */
#define TOOL_USAGE 64 /* argp's too */

#define TOOL_MAX_ARGS 32

/* Options that only some commands take. */
#define TOOL_CONF 0x001
#define TOOL_JSON 0x002
#define TOOL_CREDENTIAL 0x004
#define TOOL_OWN 0x008	/* a credential of the options */
#define TOOL_PACE 0x010 /* timeout, retries, port */
#define TOOL_PROFILES 0x020
#define TOOL_FILE 0x040
#define TOOL_OUTPUT 0x080
#define TOOL_DRAFT 0x100
/* Of all commands that ask a device. */
#define TOOL_ASKING (TOOL_CONF | TOOL_CREDENTIAL | TOOL_OWN | TOOL_PACE)

struct tool {
	unsigned given; /* of the options above */
	bool json;
	bool colour;
	const char *conf_path;	    /* the gateway's configuration */
	bool conf_given;	    /* by option or environment */
	const char *credential;	    /* --credential NAME */
	struct conf_credential own; /* --v2c --community-file ... */
	const char *profiles;	    /* --profiles DIR instead of the configuration's */
	const char *output;	    /* -o FILE */
	const char *file;	    /* --file RECORDING instead of an agent */
	bool draft;		    /* --profile-draft */
	int64_t timeout_ms;	    /* 0: the device's, or a second */
	int retries;		    /* -1: the device's, or one */
	uint16_t port;		    /* --port, for addresses without one */
	const char *args[TOOL_MAX_ARGS];
	int nargs;
	struct conf_gateway *conf; /* tool_conf() */
};

struct tool_command {
	const char *name;
	const char *args; /* for the help */
	unsigned options; /* that it takes */
	int min_args;
	int max_args;
	int (*run)(struct tool *t); /* returns the exit code */
	const char *help;
};

extern const struct tool_command tool_commands[];
extern const size_t tool_ncommands;

/* A line on stderr, with the program's name. */
void tool_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The gateway's configuration, or NULL when it has errors, which are on stderr. */
const struct conf_gateway *tool_conf(struct tool *t);
/* Whether there is one to ask: given, or at its usual place and readable. */
bool tool_has_conf(const struct tool *t);
/* The credential of the options: --credential of the configuration, or the one that the other
 * options say. 0, or -1 and a complaint. Cleared by secrets_clear(). */
int tool_secrets(struct tool *t, struct secrets *s) __attribute__((warn_unused_result));
/* The profiles of --profiles, or of the configuration, or of the default directories; errors in
 * them are on stderr, and what is right is there. NULL and a complaint when there is no such
 * directory. */
struct profiles *tool_profiles(struct tool *t);

/* commands, a file each */
int show_run(struct tool *t);	   /* show.c: show [DEVICE] */
int traps_run(struct tool *t);	   /* show.c */
int probes_run(struct tool *t);	   /* show.c */
int end_run(struct tool *t);	   /* show.c: end DEVICE ALARM */
int test_run(struct tool *t);	   /* test.c: test ADDRESS */
int walk_run(struct tool *t);	   /* walking.c: walk ADDRESS [OID...] */
int discover_run(struct tool *t);  /* discover.c: discover CIDR */
int poll_run(struct tool *t);	   /* poll.c: poll ADDRESS */
int catalogue_run(struct tool *t); /* catalogue.c: profiles [NAME] */

#endif
