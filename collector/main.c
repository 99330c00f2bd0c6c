/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main: a life of the collector: options, configuration, parts (program.c), the loop; and how the
 * next one begins, when a configuration asks for that. */
#include <event2/event.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "collector/alert/history.h"
#include "collector/conf.h"
#include "collector/enroll/enroll.h"
#include "collector/fitness.h"
#include "collector/intake/intake.h"
#include "collector/notify/notify.h"
#include "collector/pace.h"
#include "collector/program.h"
#include "collector/reload.h"
#include "collector/reports.h"
#include "collector/web/web.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/conf_files.h"
#include "zw/daemon.h"
#include "zw/fs.h"
#include "zw/handover.h"
#include "zw/lang.h"
#include "zw/log.h"
#include "zw/tls.h"

/* SIGTERM or SIGINT. */
static void
program_stop(void *arg)
{
	struct program *pr = arg;

	daemon_stopping();
	event_base_loopbreak(pr->base);
}

/* SIGHUP. */
static void
program_reload(void *arg)
{
	struct program *pr = arg;

	reload_ask(pr->reload);
}

/* What differs cannot be taken by what runs: all state is on disk and goes on where it was; agents
 * have a spool, and who connects meanwhile waits. */
static void
program_begin_anew(void *arg)
{
	struct program *pr = arg;

	pr->again = true;
	event_base_loopbreak(pr->base);
}

/* For the audit. */
static void
program_note(void *arg, const char *kind, const char *text)
{
	struct program *pr = arg;

	history_act(pr->c.history, clock_wall_ms(), "signal", kind, 0, "", text);
}

/* The configuration has other values of what is live, and certificates may be other files. */
static int
program_take(void *arg, struct err *e)
{
	struct program *pr = arg;
	const struct conf_tls *tls = &pr->conf->tls;

	if (tls_reload(pr->tls, tls->ca, tls->cert, tls->key, e) == -1 ||
	    enroll_retake(pr->c.enroll, e) == -1 || web_renew(pr->web, e) == -1 ||
	    notify_retake(pr->c.notify, e) == -1)
		return -1;
	reports_retake(pr->c.reports);
	program_windows(pr->c.silences, pr->conf);
	free(reload_write_running(pr->conf, pr->conf_path));
	return 0;
}

/* What listens is handed to the next life. */
static void
program_offer(const struct program *pr)
{
	if (pr->c.intake != NULL)
		handover_offer(intake_listener(pr->c.intake));
	if (pr->web != NULL)
		handover_offer(web_listener(pr->web));
}

/* The next life in the same process. */
static int
program_exec(char **argv)
{
	execv("/proc/self/exe", argv);
	log_warn("collector", "cannot begin anew");
	return 1;
}

/* The configuration that this life is to have: what the files say; or, of a life that was begun
 * anew and cannot have that, the last one. */
static void
program_load(struct program *pr, const struct daemon_options *o)
{
	void *conf = NULL;

	if (reload_last() != NULL)
		conf = reload_resume(pr->conf_path, &pr->loaded);
	else
		daemon_conf(o, &collector_conf_table, fitness_review, &conf);
	pr->conf = conf;
	pr->loaded.path = pr->conf_path;
	pr->loaded.loaded_ms = clock_wall_ms();
	pr->loaded.mark = conf_files_mark_all(&collector_conf_table, pr->conf, pr->conf_path);
}

/* It cannot start. In a life begun anew the sockets and the last configuration are still there. */
static int
program_fail(struct program *pr, const struct err *e, char **argv)
{
	bool back = reload_last() != NULL && reload_why() == NULL;

	log_warnx("collector", "cannot start: %s", e->msg);
	if (back) {
		handover_pass();
		program_offer(pr);
	}
	program_close(pr);
	if (!back)
		return 1;
	reload_go_back(e->msg);
	return program_exec(argv);
}

/* All is there: what an earlier life left for this is done with. */
static void
program_arrive(struct program *pr)
{
	handover_end();
	if (pr->loaded.refused_ms != 0)
		program_note(pr, "reload-refused", pr->loaded.why);
	reload_arrived();
	pr->watchdog = daemon_watchdog_new(pr->base);
	daemon_ready("receiving");
	log_info("collector", "ready: agents at %s, page at %s", pr->conf->intake.listen,
	    pr->conf->web.listen);
}

/* Options, and the configuration. */
static void
program_begin(struct program *pr, int argc, char **argv)
{
	static const struct daemon_about about = {
		.name = "zonewatch-collector",
		.summary = "Receives the metrics of a data centre, keeps them in RRDs, raises "
			   "alerts by zone and mails them.",
		.default_conf = ZW_SYSCONFDIR "/collector.conf",
	};
	struct daemon_options o;

	daemon_start(&about, argc, argv, &o);
	lang_init();
	handover_begin();
	bool runs = !o.check_only && !o.dump && !o.print_sample && !o.print_scdoc;
	pr->conf_path = runs ? fs_absolute(o.conf_path) : xstrdup(o.conf_path);
	o.conf_path = pr->conf_path;
	program_load(pr, &o);
	setenv("TZ", pr->conf->timezone, 1);
	tzset();
	pr->c.conf = pr->conf;
	pr->c.loaded = &pr->loaded;
	pr->c.pace = &pr->pace;
	pr->c.started_ms = clock_wall_ms();
}

int
main(int argc, char **argv)
{
	static const struct reload_ops reload_ops = { fitness_review, program_take,
		program_begin_anew, program_note };
	struct program pr = { 0 };
	struct err e;

	program_begin(&pr, argc, argv);
	pr.base = event_base_new();
	if (pr.base == NULL)
		fatalx("collector", "cannot make an event loop");
	pr.signals = daemon_signals_new(pr.base, program_stop, program_reload, &pr);
	if (program_open(&pr, &e) == -1 || program_listen(&pr, &e) == -1 ||
	    reload_new(&pr.reload, pr.base, pr.conf, &pr.loaded, &reload_ops, &pr, &e) == -1)
		return program_fail(&pr, &e, argv);
	program_arrive(&pr);
	pace_run(&pr.pace, pr.base);
	if (pr.again) {
		program_offer(&pr);
		reload_leave(pr.conf);
	}
	program_close(&pr);
	if (pr.again)
		return program_exec(argv);
	log_info("collector", "ended");
	return 0;
}
