/* SPDX-License-Identifier: GPL-3.0-or-later */
/* daemon: what every daemon of the house does at its start and end: options, locale, limits,
 * signals in the loop, the service manager. */
#include <argp.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/conf.h"
#include "zw/daemon.h"
#include "zw/log.h"
#include "zw/sandbox.h"

enum {
	OPTION_SAMPLE = 0x100,
	OPTION_SCDOC
};

static const struct argp_option daemon_argp_options[] = {
	{ "config", 'c', "FILE", 0, "Configuration file", 0 },
	{ "check", 'n', NULL, 0, "Check the configuration and exit: 0 if it is right, else 1", 0 },
	{ "dump", 'D', NULL, 0, "Print the configuration in force and exit", 0 },
	{ "foreground", 'f', NULL, 0, "Log to the terminal, with time stamps", 0 },
	{ "verbose", 'v', NULL, 0, "Log more; may be repeated", 0 },
	{ "version", 'V', NULL, 0, "Print the version and exit", -1 },
	{ "print-sample", OPTION_SAMPLE, NULL, 0, "Print a sample configuration and exit", 1 },
	{ "print-scdoc", OPTION_SCDOC, NULL, OPTION_HIDDEN, NULL, 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

struct parsing {
	const struct daemon_about *about;
	struct daemon_options *o;
};

/* Take one option. */
static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct parsing *p = state->input;

	switch (key) {
	case 'c':
		p->o->conf_path = arg;
		return 0;
	case 'n':
		p->o->check_only = true;
		return 0;
	case 'D':
		p->o->dump = true;
		return 0;
	case 'f':
		p->o->foreground = true;
		return 0;
	case 'v':
		p->o->verbose++;
		return 0;
	case 'V':
		printf("%s %s\n", p->about->name, ZW_VERSION);
		exit(0);
	case OPTION_SAMPLE:
		p->o->print_sample = true;
		return 0;
	case OPTION_SCDOC:
		p->o->print_scdoc = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "there is nothing to do with \"%s\"", arg);
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Whether SIGHUP waits. Until it is watched for it would end the program; and it survives execv(),
 * so that none is lost between two lives of one process. */
static void
hold_hangup(bool hold)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	(void)sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/* Parse the options and make the process what a daemon is. */
void
daemon_start(const struct daemon_about *about, int argc, char **argv, struct daemon_options *o)
{
	*o = (struct daemon_options){ .conf_path = about->default_conf };
	struct parsing p = { .about = about, .o = o };
	char *doc = xasprintf("%s\vThe configuration is %s unless -c names another.",
	    about->summary, about->default_conf);
	struct err e;
	struct argp argp = { .options = daemon_argp_options, .parser = parse_option, .doc = doc };

	/* No setlocale(): numbers and sorting are the C locale's wherever it is started, and texts
	 * are UTF-8 that is passed on as it is. */
	if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0)
		exit(64);
	free(doc);
	if (o->foreground)
		(void)unsetenv("JOURNAL_STREAM"); /* by which the log knows the journal */
	log_init(about->name, o->verbose > 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(077);
	hold_hangup(true); /* until daemon_signals_new() */
	if (sandbox_plain(&e) == -1)
		log_warnx("daemon", "%s", e.msg);
}

/* Do what the options ask of the configuration; return only if the program is to go on. */
void
daemon_conf(const struct daemon_options *o, const struct conf_table *table,
    void (*check)(void *conf, struct conf_errors *ce), void **conf)
{
	unsigned errors = 0;

	if (o->print_sample || o->print_scdoc) {
		if (o->print_sample)
			conf_print_sample(table, stdout);
		else
			conf_print_scdoc(table, stdout);
		exit(fflush(stdout) == 0 ? 0 : 1);
	}
	if (conf_load(table, o->conf_path, conf, check, stderr, &errors) == -1) {
		if (!o->check_only && !o->dump)
			fatalx("configuration", "%s: %u error%s", o->conf_path, errors,
			    errors == 1 ? "" : "s");
		exit(1);
	}
	if (!o->check_only && !o->dump)
		return;
	if (o->dump)
		conf_dump(table, *conf, stdout);
	conf_free(table, *conf);
	exit(fflush(stdout) == 0 ? 0 : 1);
}

#define NSIGNALS 3

struct daemon_signals {
	struct event *events[NSIGNALS];
	void (*stop)(void *arg);
	void (*reload)(void *arg);
	void *arg;
};

/* A signal arrived in the loop. */
static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct daemon_signals *s = arg;

	(void)what;
	if (number != SIGHUP)
		s->stop(s->arg);
	else if (s->reload != NULL)
		s->reload(s->arg);
}

struct daemon_signals *
daemon_signals_new(
    struct event_base *base, void (*stop)(void *arg), void (*reload)(void *arg), void *arg)
{
	static const int numbers[NSIGNALS] = { SIGTERM, SIGINT, SIGHUP };
	struct daemon_signals *s = xcalloc(1, sizeof *s);

	/* From here on it serves. */
	if (geteuid() == 0)
		log_warnx("daemon",
		    "this runs as root, which it needs for nothing: a user of its own will do");
	s->stop = stop;
	s->reload = reload;
	s->arg = arg;
	for (size_t i = 0; i < NSIGNALS; i++) {
		s->events[i] = evsignal_new(base, numbers[i], on_signal, s);
		if (s->events[i] == NULL || event_add(s->events[i], NULL) == -1)
			fatalx("daemon", "cannot watch signal %d", numbers[i]);
	}
	hold_hangup(false);
	return s;
}

void
daemon_signals_free(struct daemon_signals *s)
{
	if (s == NULL)
		return;
	hold_hangup(true);
	for (size_t i = 0; i < NSIGNALS; i++)
		event_free(s->events[i]);
	free(s);
}

void
daemon_ready(const char *status)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void
daemon_status(const char *status)
{
	(void)sd_notifyf(0, "STATUS=%s", status);
}

/* With the time that Type=notify-reload asks for. */
void
daemon_reloading(void)
{
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_mono_us());
}

void
daemon_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

struct daemon_watchdog {
	struct event *timer; /* NULL: the manager does not watch */
};

/* Tell the service manager that the loop goes round. */
static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	(void)sd_notify(0, "WATCHDOG=1");
}

struct daemon_watchdog *
daemon_watchdog_new(struct event_base *base)
{
	struct daemon_watchdog *w = xcalloc(1, sizeof *w);
	uint64_t usec = 0;

	if (sd_watchdog_enabled(0, &usec) <= 0 || usec == 0)
		return w;
	struct timeval half = { .tv_sec = (time_t)(usec / 2000000),
		.tv_usec = (suseconds_t)(usec / 2 % 1000000) };
	w->timer = event_new(base, -1, EV_PERSIST, on_watchdog, w);
	if (w->timer == NULL || event_add(w->timer, &half) == -1)
		fatalx("daemon", "cannot start the watchdog's timer");
	return w;
}

void
daemon_watchdog_free(struct daemon_watchdog *w)
{
	if (w == NULL)
		return;
	if (w->timer != NULL)
		event_free(w->timer);
	free(w);
}
