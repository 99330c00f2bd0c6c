/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-agent: measures the machine it runs on and delivers that to a collector.
 *
 * What there is: the configuration and the TLS context; the feed (spool and uplink), which needs
 * both; the sampler, which needs the feed. A reload makes the first two anew, and if that went
 * well replaces the sampler, and the feed only if the change concerns it: else the connection goes
 * on. What cannot start, as a port that is taken, leaves the old at work. */
#include <event2/event.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf.h"
#include "agent/deadman_net.h"
#include "agent/enroll.h"
#include "agent/feed.h"
#include "agent/renew.h"
#include "agent/sampler.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/conf_diff.h"
#include "zw/conf_files.h"
#include "zw/daemon.h"
#include "zw/log.h"
#include "zw/tls.h"

#define PROGRAM "zonewatch-agent"
#define POLL_MS 200    /* until ready */
#define READY_MS 2000  /* ready without a collector */
#define STATUS_MS 5000 /* then */
#define TOLD 40	       /* differences in the log */
#define DAY_MS 86400000LL

struct agent {
	struct daemon_options options;
	struct conf_agent *conf;
	struct tls *tls;
	struct conf_files *files; /* as they were looked at last */
	struct event_base *base;
	struct daemon_signals *signals;
	struct daemon_watchdog *watchdog;
	struct feed *feed;
	struct sampler *sampler;
	struct renew *renew;
	struct deadman_net *deadman;
	struct event *status;
	int64_t started_ms; /* steady */
	bool ready;
	char node[NAME_MAX_NODE + 1];
};

/* Reads the configuration anew; the errors go to stderr. */
static struct conf_agent *
load_conf(const char *path)
{
	void *conf = NULL;
	unsigned errors = 0;
	if (conf_load(&agent_conf_table, path, &conf, agent_conf_check, stderr, &errors) == -1) {
		log_warnx("configuration", "%s: %u error%s", path, errors, errors == 1 ? "" : "s");
		return NULL;
	}
	return conf;
}

/* Loads the certificate and learns from it who this node is. */
static int
load_tls(const struct conf_tls *conf, struct tls **out, char node[NAME_MAX_NODE + 1], struct err *e)
{
	struct tls_identity id = { 0 };
	struct tls *tls = NULL;
	const struct cert_pair files = { .ca = conf->ca, .cert = conf->cert, .key = conf->key };
	if (cert_pair_recover(&files, e) == -1)
		log_warnx("tls", "%s", e->msg);
	if (tls_client_new(&tls, conf->ca, conf->cert, conf->key, e) == -1)
		return -1;
	if (tls_own_identity(tls, &id, e) == -1)
		goto fail;
	if (id.n != 1) {
		err_set(e, "%s: an agent's certificate names one node, not %zu (a URI name %s)",
		    conf->cert, id.n, TLS_NODE_URI "NAME");
		goto fail;
	}
	str_copy(node, NAME_MAX_NODE + 1, id.nodes[0]);
	tls_identity_clear(&id);
	*out = tls;
	return 0;
fail:
	tls_identity_clear(&id);
	tls_free(tls);
	return -1;
}

/* Says when the certificate ends soon, or has. */
static void
check_expiry(const struct tls *tls)
{
	int64_t left_ms = tls_own_not_after_ms(tls) - clock_wall_ms();
	if (left_ms < 0)
		log_warnx("tls", "this node's certificate has expired");
	else if (left_ms < 30 * DAY_MS)
		log_warnx("tls", "this node's certificate expires in %lld days",
		    (long long)(left_ms / DAY_MS));
}

/* The certificate was renewed: it is in force, so that a reload finds nothing new in it. */
static void
on_renewed(void *arg, int64_t not_after_ms)
{
	struct agent *a = arg;
	sampler_set_not_after(a->sampler, not_after_ms);
	conf_files_look(a->files, "tls.");
}

/* Has the certificate renew itself. */
static int
start_renewal(struct agent *a, struct err *e)
{
	const struct renew_opts ro = {
		.base = a->base,
		.tls = a->tls,
		.feed = a->feed,
		.ca = a->conf->tls.ca,
		.cert = a->conf->tls.cert,
		.key = a->conf->tls.key,
		.changed = on_renewed,
		.arg = a,
	};
	return renew_new(&a->renew, &ro, e);
}

/* Makes the feed, which may outlive the configuration that it was made of. */
static int
start_feed(struct agent *a, struct err *e)
{
	struct feed_opts fo = {
		.program = PROGRAM " " ZW_VERSION,
		.spool_dir = a->conf->spool.dir,
		.spool_max_bytes = a->conf->spool.max_size,
		.spool_max_age_ms = a->conf->spool.max_age,
		.collectors = &a->conf->collectors,
		.tls = a->tls,
		.step_s = (uint32_t)(a->conf->step / 1000),
	};
	return feed_new(&a->feed, a->base, &fo, e);
}

/* Makes feed, unless it goes on, and sampler of the configuration and the TLS context. */
static int
start(struct agent *a, int64_t after_ms, struct err *e)
{
	if (a->feed == NULL && start_feed(a, e) == -1)
		return -1;
	struct sampler_opts so = {
		.base = a->base,
		.conf = a->conf,
		.feed = a->feed,
		.not_after_ms = tls_own_not_after_ms(a->tls),
		.after_ms = after_ms,
	};
	if (sampler_new(&a->sampler, &so, e) == -1 || start_renewal(a, e) == -1)
		return -1;
	struct deadman_net_opts dop = {
		.base = a->base,
		.conf = &a->conf->deadman,
		.collectors = &a->conf->collectors,
		.feed = a->feed,
		.node = a->node,
		.dir = a->conf->spool.dir,
	};
	return deadman_net_new(&a->deadman, &dop, e);
}

/* Ends sampler and, unless it goes on, feed. False: a thread that hangs in a mount may still hold
 * the configuration, which then stays. */
static bool
stop(struct agent *a, bool keep_feed)
{
	deadman_net_free(a->deadman);
	renew_free(a->renew);
	bool whole = sampler_free(a->sampler);
	a->deadman = NULL;
	a->renew = NULL;
	a->sampler = NULL;
	if (!keep_feed) {
		feed_free(a->feed);
		a->feed = NULL;
	}
	return whole;
}

/* Tells the service manager how things are. */
static void
tell_status(struct agent *a)
{
	struct feed_stats st;
	char text[384], silence[80];
	feed_stats(a->feed, &st);
	deadman_net_status(a->deadman, silence, sizeof silence);
	unsigned stuck = sampler_stuck(a->sampler);
	const struct conf_texts *c = &a->conf->collectors;
	if (str_format(text, sizeof text,
		"%s: %s%s %s%s; spool: %llu records, %llu bytes; %u stuck", a->node, silence,
		st.connected ? "connected to" : "no connection to", c->v[0],
		c->n > 1 ? " or another" : "", (unsigned long long)st.spool_records,
		(unsigned long long)st.spool_bytes, stuck) == -1)
		return;
	bool late = clock_steady_ms() - a->started_ms >= READY_MS;
	if (a->ready)
		daemon_status(text);
	else if (st.connected || late)
		daemon_ready(text);
	a->ready = a->ready || st.connected || late;
}

/* The time to tell the status. */
static void
on_status(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct agent *a = arg;
	tell_status(a);
	int64_t ms = a->ready ? STATUS_MS : POLL_MS;
	struct timeval tv = clock_timeval(ms);
	event_add(a->status, &tv);
}

/* SIGTERM, SIGINT. */
static void
on_stop(void *arg)
{
	struct agent *a = arg;
	daemon_stopping();
	event_base_loopbreak(a->base);
}

/* Keeps the values of the old configuration that need a restart, so that what is in force is
 * always what a->conf says; the new one's are freed with the old. */
static void
keep_restart_keys(struct conf_agent *old, struct conf_agent *fresh)
{
	char *root = fresh->root;
	char *dir = fresh->spool.dir;
	fresh->root = old->root;
	fresh->spool.dir = old->spool.dir;
	fresh->step = old->step;
	old->root = root;
	old->spool.dir = dir;
}

/* What a reload has read and judged. */
struct fresh {
	struct conf_agent *conf;
	struct tls *tls;
	struct conf_files *files;
	char node[NAME_MAX_NODE + 1];
	bool keeps_feed; /* nothing differs that concerns it */
	size_t differences;
};

static void
fresh_free(struct fresh *f)
{
	tls_free(f->tls);
	conf_files_free(f->files);
	conf_free(&agent_conf_table, f->conf);
}

/* Whether a file that is another now leaves the connection alone. */
static bool
is_no_certificate(const char *key)
{
	return strncmp(key, "tls.", 4) != 0;
}

/* Says what differs, and learns whether the connection can go on. */
static void
compare(const struct agent *a, struct fresh *f)
{
	static const char *const of_feed[] = { "tls", "spool", "collectors" };
	struct conf_diff *d = conf_diff_new(&agent_conf_table, a->conf, f->conf);
	size_t fixed = d->fixed;
	conf_files_diff(a->files, f->files, is_no_certificate, d);
	f->keeps_feed = d->fixed == fixed && strcmp(a->node, f->node) == 0;
	for (size_t i = 0; i < sizeof of_feed / sizeof *of_feed; i++)
		f->keeps_feed =
		    f->keeps_feed && conf_is_same(&agent_conf_table, a->conf, f->conf, of_feed[i]);
	f->differences = d->total;
	conf_diff_log(d, TOLD);
	conf_diff_free(d);
}

/* Loads everything anew and judges it; the errors go to stderr. */
static int
load_fresh(const struct agent *a, struct fresh *f)
{
	struct err e;
	char keys[256];
	f->conf = load_conf(a->options.conf_path);
	if (f->conf == NULL || load_tls(&f->conf->tls, &f->tls, f->node, &e) == -1 ||
	    deadman_conf_ready(&f->conf->deadman, f->node, &e) == -1) {
		log_warnx("agent", "not reloaded, the old configuration stays: %s",
		    f->conf == NULL ? "errors in the file" : e.msg);
		return -1;
	}
	f->files = conf_files_new(&agent_conf_table, f->conf);
	compare(a, f);
	if (conf_restart_needed(&agent_conf_table, a->conf, f->conf, keys, sizeof keys) > 0)
		log_warnx("agent", "a change of %s needs a restart", keys);
	return 0;
}

/* Takes up what was loaded in place of what there is, which f gets to be freed; what cannot start
 * leaves the old at work. */
static int
replace(struct agent *a, struct fresh *f)
{
	struct conf_agent *old = a->conf;
	struct tls *old_tls = a->tls;
	int64_t last_ms = sampler_last_ms(a->sampler);
	char old_node[sizeof a->node];
	struct err e;
	memcpy(old_node, a->node, sizeof old_node);
	memcpy(a->node, f->node, sizeof a->node);
	keep_restart_keys(old, f->conf);
	bool whole = stop(a, f->keeps_feed);
	a->conf = f->conf;
	if (!f->keeps_feed) {
		a->tls = f->tls;
		f->tls = old_tls;
	}
	f->conf = whole ? old : NULL;
	if (start(a, last_ms, &e) == 0)
		return 0;
	log_warnx("agent", "not reloaded, the old configuration stays: %s", e.msg);
	(void)stop(a, f->keeps_feed);
	f->conf = a->conf;
	keep_restart_keys(f->conf, old);
	a->conf = old;
	memcpy(a->node, old_node, sizeof a->node);
	if (!f->keeps_feed) {
		f->tls = a->tls;
		a->tls = old_tls;
	}
	if (start(a, last_ms, &e) == -1)
		fatalx("agent", "cannot go on after the reload: %s", e.msg);
	return -1;
}

/* SIGHUP: all is loaded and judged first; on any error the old stays. */
static void
on_reload(void *arg)
{
	struct agent *a = arg;
	struct fresh f = { 0 };
	daemon_reloading();
	if (load_fresh(a, &f) == -1 || (f.differences > 0 && replace(a, &f) == -1)) {
		fresh_free(&f);
		daemon_ready("not reloaded, see the log");
		return;
	}
	conf_files_free(a->files);
	a->files = f.files;
	f.files = NULL;
	check_expiry(a->tls);
	log_info("agent", "%s",
	    f.differences == 0 ? "the configuration is right, and nothing changed"
	    : f.keeps_feed     ? "configuration reloaded; the connection goes on"
			       : "configuration reloaded");
	daemon_ready("configuration reloaded");
	fresh_free(&f);
}

/* Loads what -n checks too, which for an agent is its certificate as well: 0, or -1 with the
 * reason printed. */
static int
prepare(struct agent *a)
{
	struct daemon_options o = a->options;
	void *conf;
	struct err e;
	o.check_only = false;
	daemon_conf(&o, &agent_conf_table, agent_conf_check, &conf);
	a->conf = conf;
	a->files = conf_files_new(&agent_conf_table, conf);
	if (load_tls(&a->conf->tls, &a->tls, a->node, &e) == -1)
		log_warnx("tls", "%s", e.msg);
	else if (deadman_conf_ready(&a->conf->deadman, a->node, &e) == -1)
		log_warnx("deadman", "%s", e.msg);
	else
		return 0;
	return -1;
}

/* Serves until told to stop. */
static void
serve(struct agent *a)
{
	struct err e;
	a->base = event_base_new();
	if (a->base == NULL)
		fatalx("agent", "cannot make an event loop");
	a->signals = daemon_signals_new(a->base, on_stop, on_reload, a);
	a->watchdog = daemon_watchdog_new(a->base);
	a->status = event_new(a->base, -1, 0, on_status, a);
	if (a->signals == NULL || a->status == NULL)
		fatalx("agent", "cannot watch for signals");
	a->started_ms = clock_steady_ms();
	check_expiry(a->tls);
	if (start(a, 0, &e) == -1)
		fatalx("agent", "%s", e.msg);
	log_info("agent", "%s %s measures node %s", PROGRAM, ZW_VERSION, a->node);
	on_status(-1, 0, a);
	event_base_dispatch(a->base);
	log_info("agent", "stopping");
}

/* Frees everything, in reverse. */
static void
finish(struct agent *a)
{
	bool whole = stop(a, false);
	tls_free(a->tls);
	conf_files_free(a->files);
	if (whole)
		conf_free(&agent_conf_table, a->conf);
	if (a->status != NULL)
		event_free(a->status);
	daemon_watchdog_free(a->watchdog);
	daemon_signals_free(a->signals);
	if (a->base != NULL) {
		/* What libevent still holds of a connection goes with its last callback. */
		event_base_loop(a->base, EVLOOP_NONBLOCK);
		event_base_free(a->base);
	}
}

/* Where the configuration says that the certificate lies, for enrolment. */
static int
certificate_files(const char *path, char **ca, char **cert, char **key)
{
	struct conf_agent *conf = load_conf(path);
	if (conf == NULL)
		return -1;
	*ca = xstrdup(conf->tls.ca);
	*cert = xstrdup(conf->tls.cert);
	*key = xstrdup(conf->tls.key);
	conf_free(&agent_conf_table, conf);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct enroll_about enrolment = {
		.program = PROGRAM,
		.name = "agent",
		.default_conf = ZW_SYSCONFDIR "/agent.conf",
		.default_dir = "/var/lib/" PROGRAM "/tls",
		.one_node = true,
		.pair = certificate_files,
	};
	if (enroll_wanted(argc, argv))
		return enroll_main(&enrolment, argc, argv);
	static const struct daemon_about about = {
		.name = PROGRAM,
		.summary =
		    "Measures this machine and delivers the values to a collector. A new "
		    "machine gets its certificate by: zonewatch-agent enroll (see zonewatch-agent "
		    "enroll --help)",
		.default_conf = ZW_SYSCONFDIR "/agent.conf",
	};
	struct agent a = { 0 };
	/* The reading threads need no heap of their own. */
	mallopt(M_ARENA_MAX, 1);
	daemon_start(&about, argc, argv, &a.options);
	int rc = prepare(&a) == -1;
	if (rc == 0 && !a.options.check_only)
		serve(&a);
	finish(&a);
	return rc;
}
