/* SPDX-License-Identifier: GPL-3.0-or-later */
/* collector: the whole of the collector's main process, for those that show it. */
#ifndef COLLECTOR_H
#define COLLECTOR_H

#include <stdint.h>

struct accounts;
struct conf_collector;
struct conf_loaded;
struct damage;
struct enroll;
struct engine;
struct events;
struct history;
struct intake;
struct journal;
struct actions;
struct live;
struct notify;
struct pace;
struct render;
struct reports;
struct silences;
struct site;
struct store;
struct tls;
struct wall;

/* Members are set in main.c in this order and live until its end. */
struct collector {
	const struct conf_collector *conf;
	const char *conf_path;		  /* what child processes read */
	const struct conf_loaded *loaded; /* NULL: beside a web under test */
	int64_t started_ms;		  /* wall */
	struct site *site;
	struct events *events;
	struct damage *damage;
	struct silences *silences;
	struct actions *actions;
	struct engine *engine;
	struct journal *journal;
	struct store *store;
	struct render *render;
	struct history *history;
	struct notify *notify;
	struct reports *reports; /* NULL: beside a web under test */
	struct enroll *enroll;	 /* NULL: beside a web under test */
	struct intake *intake;
	struct accounts *accounts;
	struct live *live;
	struct wall *wall;
	const struct pace *pace;
	const struct tls *tls; /* NULL until there is an intake */
};

#endif
