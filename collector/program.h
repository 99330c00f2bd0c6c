/* SPDX-License-Identifier: GPL-3.0-or-later */
/* program: the collector's parts, in the order of their dependencies; main.c has its lives. */
#ifndef COLLECTOR_PROGRAM_H
#define COLLECTOR_PROGRAM_H

#include <event2/event.h>
#include <stdbool.h>

#include "collector/alert/history.h"
#include "collector/collector.h"
#include "collector/conf_loaded.h"
#include "collector/pace.h"
#include "zw/daemon.h"
#include "zw/err.h"

/* What main owns beside the collector's parts. */
struct program {
	struct collector c;
	struct event_base *base;
	struct conf_collector *conf;
	struct tls *tls;
	struct pipeline *pipeline;
	struct web *web;
	struct derived *derived;
	struct past_reader *past;
	struct daemon_signals *signals;
	struct daemon_watchdog *watchdog;
	struct history_restored restored;
	struct pace pace;
	struct reload *reload;
	struct conf_loaded loaded;
	char *conf_path;    /* absolute: of the main file */
	char *running_path; /* what the children read */
	bool again;	    /* with a new configuration */
};

/* The parts that decide: site, journal, history, engine, mail. */
int program_open(struct program *pr, struct err *e);
/* The parts that others connect to, once there is something to tell them. */
int program_listen(struct program *pr, struct err *e);
/* The maintenance windows are those of this configuration. */
void program_windows(struct silences *s, const struct conf_collector *conf);
/* Ends all that was opened, in reverse; what still awaits is made durable on the way. */
void program_close(struct program *pr);

#endif
