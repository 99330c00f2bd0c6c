/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-gateway: asks the equipment that cannot run an agent, by SNMP and by probes, and
 * delivers that to a collector as an agent does.
 *
 * What there is: the configuration, the profiles and the TLS context; the SNMP library, which
 * lives as long as the process; the feed (spool and uplink); the gateway, which needs all of them.
 * A reload makes the first three anew, and if that went well replaces
 * the gateway, and the feed only if the change concerns it: else the connection goes on. */
#include <event2/event.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "agent/deadman_net.h"
#include "agent/enroll.h"
#include "agent/feed.h"
#include "agent/gateway/control.h"
#include "agent/gateway/gateway.h"
#include "agent/gateway/secrets.h"
#include "agent/renew.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/conf_diff.h"
#include "zw/conf_files.h"
#include "zw/daemon.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/tls.h"

#define PROGRAM "zonewatch-gateway"
#define STATUS_MS 2000
#define READY_MS 2000 /* ready without a collector */
#define TOLD 40	      /* differences in the log */
#define DAY_MS 86400000LL
#define STEP_S 10 /* of the gateway's own series, told in the hello */

/* What is made anew by a reload. */
struct loaded {
	struct conf_gateway *conf;
	struct profiles *profiles;
	struct tls *tls;
	struct tls_identity identity;
	struct conf_files *files; /* as they were looked at */
};

struct program {
	struct daemon_options options;
	struct loaded now;
	struct event_base *base;
	struct daemon_signals *signals;
	struct daemon_watchdog *watchdog;
	struct event *status;
	struct snmpio *io;
	struct control *control;
	struct feed *feed;
	struct gateway *gateway;
	struct deadman_net *deadman;
	struct renew *renew;
	int64_t started_ms; /* steady */
	bool ready;
};

/* Frees what was loaded. */
static void
loaded_free(struct loaded *l)
{
	conf_files_free(l->files);
	tls_identity_clear(&l->identity);
	tls_free(l->tls);
	profiles_free(l->profiles);
	conf_free(&gateway_conf_table, l->conf);
	*l = (struct loaded){ 0 };
}

/* Whether the certificate speaks for the node. */
static bool
speaks_for(const struct tls_identity *id, const char *node)
{
	for (size_t i = 0; i < id->n; i++)
		if (strcmp(id->nodes[i], node) == 0)
			return true;
	return false;
}

/* All nodes of the configuration must be in the certificate: the collector would refuse the rest.
 * Returns the number that are not. */
static unsigned
check_nodes(const struct loaded *l)
{
	const struct conf_device *d = l->conf->devices.v;
	const struct conf_probe *p = l->conf->probes.v;
	unsigned missing = 0;

	for (size_t i = 0; i < l->conf->devices.n + l->conf->probes.n; i++) {
		const char *node =
		    i < l->conf->devices.n ? d[i].node : p[i - l->conf->devices.n].node;
		if (speaks_for(&l->identity, node))
			continue;
		missing++;
		log_warnx("tls",
		    "%s: it does not name the node %s; make one that does: "
		    "pki.sh DIR node %s %s ...",
		    l->conf->tls.cert, node, l->identity.nodes[0], node);
	}
	return missing;
}

/* Loads the certificate, which says who we are. */
static int
load_tls(struct loaded *l, struct err *e)
{
	const struct conf_tls *c = &l->conf->tls;
	const struct cert_pair files = { .ca = c->ca, .cert = c->cert, .key = c->key };

	if (cert_pair_recover(&files, e) == -1)
		log_warnx("tls", "%s", e->msg);
	if (tls_client_new(&l->tls, c->ca, c->cert, c->key, e) == -1 ||
	    tls_own_identity(l->tls, &l->identity, e) == -1)
		return -1;
	if (l->identity.n == 0)
		return err_set(
		    e, "%s: it names no node (a URI name %sNAME)", c->cert, TLS_NODE_URI);
	return check_nodes(l) > 0 ? err_set(e, "%s: it lacks nodes", c->cert) : 0;
}

/* Whether a profile that a device names is there. */
static unsigned
check_profiles(const struct loaded *l)
{
	const struct conf_device *d = l->conf->devices.v;
	unsigned bad = 0;

	for (size_t i = 0; i < l->conf->devices.n; i++)
		for (size_t j = 0; j < d[i].profiles.n + d[i].without.n; j++) {
			const char *name = j < d[i].profiles.n
					       ? d[i].profiles.v[j]
					       : d[i].without.v[j - d[i].profiles.n];
			if (profiles_named(l->profiles, name) != NULL)
				continue;
			bad++;
			log_warnx("profile",
			    "%s: there is no profile \"%s\" in the directories of "
			    "profile_dirs",
			    d[i].node, name);
		}
	return bad;
}

/* Loads profiles, secrets (to see that they can be read) and certificate of l->conf. */
static int
load_rest(struct loaded *l, struct err *e)
{
	const struct conf_texts *dirs = &l->conf->profile_dirs;
	struct secrets *secrets = NULL;

	l->files = conf_files_new(&gateway_conf_table, l->conf);
	if (profiles_load(&l->profiles, (const char *const *)dirs->v, dirs->n, stderr) > 0)
		return err_set(e, "errors in the profiles");
	if (check_profiles(l) > 0)
		return err_set(e, "profiles are missing");
	if (secrets_read_all(&secrets, l->conf, e) == -1)
		return -1;
	secrets_free_all(secrets, l->conf->credentials.n);
	if (load_tls(l, e) == -1)
		return -1;
	return deadman_conf_ready(&l->conf->deadman, l->identity.nodes[0], e);
}

/* The certificate was renewed: it is in force, so that a reload finds nothing new in it. */
static void
on_renewed(void *arg, int64_t not_after_ms)
{
	struct program *p = arg;

	gateway_set_not_after(p->gateway, not_after_ms);
	conf_files_look(p->now.files, "tls.");
}

/* Has the certificate renew itself. */
static int
start_renewal(struct program *p, struct err *e)
{
	const struct renew_opts ro = {
		.base = p->base,
		.tls = p->now.tls,
		.feed = p->feed,
		.ca = p->now.conf->tls.ca,
		.cert = p->now.conf->tls.cert,
		.key = p->now.conf->tls.key,
		.changed = on_renewed,
		.arg = p,
	};

	return renew_new(&p->renew, &ro, e);
}

/* Makes feed, unless it goes on, and gateway of what is loaded. */
static int
start(struct program *p, struct err *e)
{
	const struct conf_gateway *c = p->now.conf;
	const struct feed_opts fo = {
		.program = PROGRAM " " ZW_VERSION,
		.spool_dir = c->spool.dir,
		.spool_max_bytes = c->spool.max_size,
		.spool_max_age_ms = c->spool.max_age,
		.collectors = &c->collectors,
		.tls = p->now.tls,
		.step_s = STEP_S,
	};

	if (p->feed == NULL && feed_new(&p->feed, p->base, &fo, e) == -1)
		return -1;
	const struct gateway_opts go = {
		.base = p->base,
		.conf = c,
		.profiles = p->now.profiles,
		.io = p->io,
		.feed = p->feed,
		.node = p->now.identity.nodes[0],
		.not_after_ms = tls_own_not_after_ms(p->now.tls),
	};
	if (gateway_new(&p->gateway, &go, e) == -1)
		return -1;
	const struct deadman_net_opts dop = {
		.base = p->base,
		.conf = &c->deadman,
		.collectors = &c->collectors,
		.feed = p->feed,
		.node = p->now.identity.nodes[0],
		.dir = c->spool.dir,
	};
	if (deadman_net_new(&p->deadman, &dop, e) == -1)
		return -1;
	if (start_renewal(p, e) == -1)
		return -1;
	control_set(p->control, p->gateway);
	return 0;
}

/* Ends gateway and, unless it goes on, feed. */
static void
stop(struct program *p, bool keep_feed)
{
	if (p->control != NULL)
		control_set(p->control, NULL);
	deadman_net_free(p->deadman);
	renew_free(p->renew);
	gateway_free(p->gateway);
	p->deadman = NULL;
	p->renew = NULL;
	p->gateway = NULL;
	if (keep_feed)
		return;
	feed_free(p->feed);
	p->feed = NULL;
}

/* Says when the certificate ends soon, or has. */
static void
check_expiry(const struct tls *tls)
{
	int64_t left_ms = tls_own_not_after_ms(tls) - clock_wall_ms();

	if (left_ms < 0)
		log_warnx("tls", "this gateway's certificate has expired");
	else if (left_ms < 30 * DAY_MS)
		log_warnx("tls", "this gateway's certificate expires in %lld days",
		    (long long)(left_ms / DAY_MS));
}

/* Tells the service manager how things are. */
static void
on_status(evutil_socket_t fd, short what, void *arg)
{
	struct program *p = arg;
	struct feed_stats st;
	size_t n, answering = 0;
	char text[256], silence[80];
	struct timeval tv = clock_timeval(STATUS_MS);
	(void)fd;
	(void)what;

	feed_stats(p->feed, &st);
	struct device *const *d = gateway_devices(p->gateway, &n);
	for (size_t i = 0; i < n; i++) {
		struct device_info info;
		device_info(d[i], &info);
		answering += info.answers;
	}
	deadman_net_status(p->deadman, silence, sizeof silence);
	snprintf(text, sizeof text, "%s%s; %zu of %zu devices answer; spool: %llu records", silence,
	    st.connected ? "connected" : "no collector", answering, n,
	    (unsigned long long)st.spool_records);
	if (p->ready)
		daemon_status(text);
	else if (st.connected || clock_steady_ms() - p->started_ms >= READY_MS) {
		daemon_ready(text);
		p->ready = true;
	}
	event_add(p->status, &tv);
}

/* SIGTERM, SIGINT. */
static void
on_stop(void *arg)
{
	struct program *p = arg;

	daemon_stopping();
	event_base_loopbreak(p->base);
}

/* Whether a file that is another now leaves the connection alone. */
static bool
is_no_certificate(const char *key)
{
	return strncmp(key, "tls.", 4) != 0;
}

/* Gives one the values of another of keys that need a restart. */
static void
copy_restart_keys(struct conf_gateway *to, const struct conf_gateway *from)
{
	to->state_dir = from->state_dir;
	to->spool.dir = from->spool.dir;
	to->spread = from->spread;
}

/* Each of the two gets those of the other. */
static void
swap_restart_keys(struct conf_gateway *a, struct conf_gateway *b)
{
	struct conf_gateway was = *a;

	copy_restart_keys(a, b);
	copy_restart_keys(b, &was);
}

/* How much differs; *keeps_feed: nothing of it concerns the connection. */
static size_t
count(const struct program *p, const struct loaded *fresh, size_t told, bool *keeps_feed)
{
	static const char *const of_feed[] = { "tls", "spool", "collectors" };
	struct conf_diff *d = conf_diff_new(&gateway_conf_table, p->now.conf, fresh->conf);
	size_t fixed = d->fixed;

	conf_files_diff(p->now.files, fresh->files, is_no_certificate, d);
	*keeps_feed = d->fixed == fixed;
	for (size_t i = 0; i < sizeof of_feed / sizeof *of_feed; i++)
		*keeps_feed = *keeps_feed && conf_is_same(&gateway_conf_table, p->now.conf,
						 fresh->conf, of_feed[i]);
	size_t total = d->total;
	if (told > 0)
		conf_diff_log(d, told);
	conf_diff_free(d);
	return total;
}

/* Says what differs, and what of it needs a restart, which stays as it is. Returns how much is left
 * to be taken up. */
static size_t
compare(const struct program *p, struct loaded *fresh, bool *keeps_feed)
{
	char keys[256];
	size_t total = count(p, fresh, TOLD, keeps_feed);

	if (conf_restart_needed(&gateway_conf_table, p->now.conf, fresh->conf, keys, sizeof keys) >
	    0) {
		log_warnx("gateway", "a change of %s needs a restart", keys);
		struct conf_gateway asked = *fresh->conf;
		copy_restart_keys(fresh->conf, p->now.conf);
		total = count(p, fresh, 0, keeps_feed);
		copy_restart_keys(fresh->conf, &asked);
	}
	return total;
}

/* Loads everything anew; the errors are on stderr. */
static int
reload(struct program *p, struct loaded *l)
{
	unsigned errors = 0;
	void *conf = NULL;
	struct err e;

	*l = (struct loaded){ 0 };
	if (conf_load(&gateway_conf_table, p->options.conf_path, &conf, gateway_conf_check, stderr,
		&errors) == -1) {
		log_warnx("configuration", "%s: %u error%s", p->options.conf_path, errors,
		    errors == 1 ? "" : "s");
		return -1;
	}
	l->conf = conf;
	if (load_rest(l, &e) == -1) {
		log_warnx("gateway", "%s", e.msg);
		return -1;
	}
	return 0;
}

/* Gives what the feed borrows to the one of the two that stays. */
static void
move_identity(struct loaded *from, struct loaded *to)
{
	struct tls *tls = to->tls;
	struct tls_identity identity = to->identity;

	to->tls = from->tls;
	to->identity = from->identity;
	from->tls = tls;
	from->identity = identity;
}

/* Takes up what was loaded in place of what there is, but for what needs a restart, so that what is
 * in force is always what the configuration says; what cannot start, as a port that is taken,
 * leaves the old at work. */
static int
replace(struct program *p, struct loaded *fresh, bool keep_feed)
{
	struct loaded old = p->now;
	struct err e;

	stop(p, keep_feed);
	swap_restart_keys(old.conf, fresh->conf);
	if (keep_feed)
		move_identity(&old, fresh);
	p->now = *fresh;
	if (start(p, &e) == 0) {
		loaded_free(&old);
		*fresh = (struct loaded){ 0 };
		return 0;
	}
	log_warnx("gateway", "%s", e.msg);
	stop(p, keep_feed);
	swap_restart_keys(old.conf, fresh->conf);
	if (keep_feed)
		move_identity(fresh, &old);
	p->now = old;
	if (start(p, &e) == -1)
		fatalx("gateway", "cannot go on after the reload: %s", e.msg);
	return -1;
}

/* SIGHUP: all is loaded and judged first; on any error the old stays. */
static void
on_reload(void *arg)
{
	struct program *p = arg;
	struct loaded fresh;
	bool keep = false;
	size_t total = 0;

	daemon_reloading();
	int rc = reload(p, &fresh);
	if (rc == 0 && (total = compare(p, &fresh, &keep)) > 0)
		rc = replace(p, &fresh, keep);
	if (rc == -1) {
		log_warnx("gateway", "not reloaded, the old configuration stays");
		loaded_free(&fresh);
		daemon_ready("not reloaded, see the log");
		return;
	}
	loaded_free(&fresh); /* of one in which nothing changed */
	check_expiry(p->now.tls);
	log_info("gateway", "%s",
	    total == 0 ? "the configuration is right, and nothing changed"
	    : keep     ? "configuration reloaded; the connection goes on"
		       : "configuration reloaded");
	daemon_ready("configuration reloaded");
}

/* A thousand devices are a thousand sockets. */
static void
raise_limits(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max < 65536 ? r.rlim_max : 65536;
		if (setrlimit(RLIMIT_NOFILE, &r) == -1)
			log_warn("gateway", "setrlimit");
	}
}

/* Serves until told to stop. */
static void
serve(struct program *p)
{
	const char *dir = p->now.conf->state_dir;
	struct err e;

	raise_limits();
	p->base = event_base_new();
	if (p->base == NULL)
		fatalx("gateway", "cannot make an event loop");
	p->signals = daemon_signals_new(p->base, on_stop, on_reload, p);
	p->watchdog = daemon_watchdog_new(p->base);
	p->status = event_new(p->base, -1, 0, on_status, p);
	if (p->signals == NULL || p->status == NULL)
		fatalx("gateway", "cannot watch for signals");
	p->started_ms = clock_steady_ms();
	check_expiry(p->now.tls);
	if (fs_mkdirs(dir, 0700, &e) == -1 || control_new(&p->control, p->base, dir, &e) == -1 ||
	    snmpio_new(&p->io, p->base, dir, &e) == -1 || start(p, &e) == -1)
		fatalx("gateway", "%s", e.msg);
	log_info("gateway", "%s %s is node %s: %zu devices, %zu probes", PROGRAM, ZW_VERSION,
	    p->now.identity.nodes[0], p->now.conf->devices.n, p->now.conf->probes.n);
	on_status(-1, 0, p);
	event_base_dispatch(p->base);
	log_info("gateway", "stopping");
}

/* Frees everything, in reverse. */
static void
finish(struct program *p)
{
	stop(p, false);
	snmpio_free(p->io);
	control_free(p->control);
	if (p->status != NULL)
		event_free(p->status);
	daemon_watchdog_free(p->watchdog);
	daemon_signals_free(p->signals);
	if (p->base != NULL) {
		/* What libevent still holds of a connection goes with its last callback. */
		event_base_loop(p->base, EVLOOP_NONBLOCK);
		event_base_free(p->base);
	}
	loaded_free(&p->now);
}

/* Where the configuration says that the certificate lies, for enrolment. */
static int
certificate_files(const char *path, char **ca, char **cert, char **key)
{
	unsigned errors = 0;
	void *loaded = NULL;

	if (conf_load(&gateway_conf_table, path, &loaded, gateway_conf_check, stderr, &errors) ==
	    -1)
		return -1;
	const struct conf_gateway *conf = loaded;
	*ca = xstrdup(conf->tls.ca);
	*cert = xstrdup(conf->tls.cert);
	*key = xstrdup(conf->tls.key);
	conf_free(&gateway_conf_table, loaded);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct enroll_about enrolment = {
		.program = PROGRAM,
		.name = "gateway",
		.default_conf = ZW_SYSCONFDIR "/gateway.conf",
		.default_dir = "/var/lib/" PROGRAM "/tls",
		.pair = certificate_files,
	};
	if (enroll_wanted(argc, argv))
		return enroll_main(&enrolment, argc, argv);
	static const struct daemon_about about = {
		.name = PROGRAM,
		.summary = "Asks equipment by SNMP and probes and delivers the values to a "
			   "collector. A new "
			   "machine gets its certificate by: zonewatch-gateway enroll (see "
			   "zonewatch-gateway "
			   "enroll --help)",
		.default_conf = ZW_SYSCONFDIR "/gateway.conf",
	};
	struct program p = { 0 };
	struct err e;
	void *conf;
	int rc = 0;

	mallopt(M_ARENA_MAX, 1);
	daemon_start(&about, argc, argv, &p.options);
	struct daemon_options o = p.options;
	o.check_only = false;
	daemon_conf(&o, &gateway_conf_table, gateway_conf_check, &conf);
	p.now.conf = conf;
	if (load_rest(&p.now, &e) == -1) {
		log_warnx("gateway", "%s", e.msg);
		rc = 1;
	} else if (!p.options.check_only) {
		serve(&p);
	}
	finish(&p);
	return rc;
}
