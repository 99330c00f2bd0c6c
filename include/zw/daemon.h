/* SPDX-License-Identifier: GPL-3.0-or-later */
/* daemon: what every daemon of the house does at its start and end: options, locale, limits,
 * signals in the loop, the service manager. */
#ifndef ZW_DAEMON_H
#define ZW_DAEMON_H

#include <stdbool.h>

struct event_base;

struct daemon_options {
	const char *conf_path; /* -c FILE */
	bool check_only;       /* -n */
	bool foreground;   /* -f: log to the terminal with time stamps; never forks either way */
	bool dump;	   /* -D: print the configuration in force and exit */
	bool print_sample; /* --print-sample, --print-scdoc: for the build of the documents */
	bool print_scdoc;
	int verbose; /* -v, repeatable */
};

struct daemon_about {
	const char *name;	  /* "zonewatch-agent" */
	const char *summary;	  /* one sentence for --help */
	const char *default_conf; /* path */
};

/* Parses the options by argp (exit codes of --help and errors are argp's: 0 and 64), starts the
 * log, stays in the C locale, ignores SIGPIPE, umask 0077, no core dumps of secrets, no new
 * rights by what it starts (sandbox.h). */
void daemon_start(
    const struct daemon_about *about, int argc, char **argv, struct daemon_options *o);

/* Does what the options ask of the configuration: -n, -D and --print-* end the program here (exit
 * code 0, or 1 if the configuration has errors, which are on stderr). Otherwise *conf is the loaded
 * configuration, freed by conf_free(); errors in it end the program with code 1. `check` as in
 * conf_load(). A reload calls conf_load() itself. */
struct conf_table;
struct conf_errors;
void daemon_conf(const struct daemon_options *o, const struct conf_table *table,
    void (*check)(void *conf, struct conf_errors *ce), void **conf);

/* SIGTERM and SIGINT call stop(), SIGHUP reload() (may be NULL: it is ignored), in the loop. Freed
 * by daemon_signals_free(). */
struct daemon_signals;
struct daemon_signals *daemon_signals_new(
    struct event_base *base, void (*stop)(void *arg), void (*reload)(void *arg), void *arg);
void daemon_signals_free(struct daemon_signals *s);

/* sd_notify(3): READY=1, STATUS=, RELOADING=1, STOPPING=1; nothing without a service manager. */
void daemon_ready(const char *status);
void daemon_status(const char *status);
void daemon_reloading(void);
void daemon_stopping(void);
/* Pings the service manager's watchdog from the loop at half its interval, if one is set. */
struct daemon_watchdog;
struct daemon_watchdog *daemon_watchdog_new(struct event_base *base);
void daemon_watchdog_free(struct daemon_watchdog *w);

#endif
