/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_exec: a Nagios plugin: its exit code is a state, its first line the words, and its
 * performance data become fields. */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <math.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/gateway/probe_perf.h"
#include "agent/gateway/probe_process.h"
#include "zw/alloc.h"
#include "zw/str.h"

struct exec_conf {
	struct conf_texts command;
	char *user;
};

static const struct conf_key exec_keys[] = {
	{ .name = "command",
	    .type = CONF_texts,
	    .offset = offsetof(struct exec_conf, command),
	    .min = 1,
	    .max = 64,
	    .flags = CONF_REQUIRED,
	    .unit = "program and arguments",
	    .help =
		"The program's absolute path and its arguments. There is no shell: each text is "
		"one argument as it is. Everybody on this machine can see them in the list of "
		"processes, so no passwords here. Its environment is PATH and LC_ALL=C. When the "
		"probe's timeout is over, it and its children get SIGTERM, a second later "
		"SIGKILL; at most 16 programs run at once, the others wait." },
	{ .name = "user",
	    .type = CONF_text,
	    .offset = offsetof(struct exec_conf, user),
	    .unit = "user",
	    .help = "Who it runs as; default: the gateway's own user. Another than that needs a "
		    "gateway that runs as root." },
};

static const struct conf_table exec_table = {
	.name = "exec",
	.size = sizeof(struct exec_conf),
	.keys = exec_keys,
	.nkeys = sizeof exec_keys / sizeof exec_keys[0],
};

enum {
	EXEC_UP,
	EXEC_STATUS,
	EXEC_TIME,
	EXEC_FIELDS
};

_Static_assert(EXEC_FIELDS == PROBE_PERF_OWN, "probe_perf.h counts our fields");

enum {
	STATUS_OK,
	STATUS_WARNING,
	STATUS_CRITICAL,
	STATUS_UNKNOWN
};

static const char *const exec_names[EXEC_FIELDS] = { "up", "status", "time" };

static const struct field_row exec_fields[EXEC_FIELDS] = {
	[EXEC_UP] = { "up", FIELD_STATE, "1", NAN, NAN,
	    "Whether the plugin says OK or WARNING, not CRITICAL" },
	[EXEC_STATUS] = { "status", FIELD_STATE, "1", NAN, NAN, "Plugin" },
	[EXEC_TIME] = { "time", FIELD_GAUGE, "s", 0, NAN, "That the plugin ran" },
};

static const struct probe_state exec_states[] = {
	{ EXEC_STATUS, { STATUS_OK, METRIC_OK, "ok" } },
	{ EXEC_STATUS, { STATUS_WARNING, METRIC_WARNING, "warning" } },
	{ EXEC_STATUS, { STATUS_CRITICAL, METRIC_CRITICAL, "critical" } },
	{ EXEC_STATUS, { STATUS_UNKNOWN, METRIC_UNKNOWN, "unknown" } },
};

struct exec {
	const struct exec_conf *conf;
	struct probe_process_spec spec;
	struct probe_process *process;
	probe_done done;
	void *arg;
	int64_t timeout_ms;
	struct probe_perf perf;
};

/* Whom a name means: false and the reason when there is nobody, or we may not be him. */
static bool
user_find(const char *name, struct probe_process_spec *s, struct err *e)
{
	struct passwd pw, *found = NULL;
	char room[4096];
	int n = sizeof s->groups / sizeof s->groups[0];

	if (getpwnam_r(name, &pw, room, sizeof room, &found) != 0 || found == NULL) {
		err_set(e, "there is no user \"%s\"", name);
		return false;
	}
	if (pw.pw_uid == geteuid())
		return true;
	if (geteuid() != 0) {
		err_set(e,
		    "only a gateway that runs as root can run programs as \"%s\"; leave the key "
		    "out",
		    name);
		return false;
	}
	if (getgrouplist(name, pw.pw_gid, s->groups, &n) == -1) {
		err_set(e, "\"%s\" is in too many groups", name);
		return false;
	}
	s->ngroups = (size_t)n;
	s->uid = pw.pw_uid;
	s->gid = pw.pw_gid;
	s->as_other = true;
	return true;
}

/* Looks at the program and the user. */
static void
exec_check(const void *conf, const void *probe, struct conf_errors *ce)
{
	const struct exec_conf *c = conf;
	struct probe_process_spec s = { 0 };
	struct err e;

	(void)probe;
	if (c->command.n > 0 && c->command.v[0][0] != '/')
		conf_complain(ce, c, "command", "\"%s\" is no absolute path", c->command.v[0]);
	if (c->user != NULL && !user_find(c->user, &s, &e))
		conf_complain(ce, c, "user", "%s", e.msg);
}

/* What the plugin said by its exit. */
static void
exec_exited(struct exec *s, const struct probe_process_end *end, struct probe_result *r)
{
	char line[PROBE_MAX_TEXT + 1];

	probe_perf_read(&s->perf, end->output, end->n, exec_names, line, sizeof line);
	if (end->code == PROBE_PROCESS_NOT_RUN)
		probe_say(r, "%s cannot be run: %s", s->conf->command.v[0], line);
	else if (end->code > STATUS_UNKNOWN)
		probe_say(r, "exit code %d: %s", end->code, line);
	else
		probe_say(r, "%s", line);
	r->values[EXEC_TIME] = (double)end->us / 1e6;
	if (end->code > STATUS_UNKNOWN)
		return;
	r->values[EXEC_STATUS] = end->code;
	if (end->code != STATUS_UNKNOWN)
		r->values[EXEC_UP] = end->code != STATUS_CRITICAL;
	for (unsigned i = 0; i < s->perf.n; i++)
		r->values[EXEC_FIELDS + i] = s->perf.values[i];
	r->nvalues = EXEC_FIELDS + s->perf.n;
	r->more = s->perf.fields;
	r->nmore = s->perf.n;
}

/* Why it has not said anything. */
static void
exec_failed(struct exec *s, const struct probe_process_end *end, struct probe_result *r)
{
	const char *path = s->conf->command.v[0];
	long long ms = s->timeout_ms;

	switch (end->how) {
	case PROBE_PROCESS_EXITED:
		break;
	case PROBE_PROCESS_SIGNALLED:
		probe_say(r, "%s died by signal %d (%s)", path, end->code,
		    sigdescr_np(end->code) != NULL ? sigdescr_np(end->code) : "unknown");
		break;
	case PROBE_PROCESS_LATE:
		probe_say(r, "%s does not end within %lld ms", path, ms);
		break;
	case PROBE_PROCESS_QUEUED:
		probe_say(r, "%s: its turn did not come within %lld ms, for %d others run", path,
		    ms, PROBE_PROCESS_AT_ONCE);
		break;
	case PROBE_PROCESS_STUCK:
		probe_say(r, "%s: the one before is still there and cannot be ended", path);
		break;
	case PROBE_PROCESS_TOO_MUCH:
		probe_say(r, "%s prints more than %d bytes", path, PROBE_PROCESS_MOST);
		break;
	case PROBE_PROCESS_FAILED:
		probe_say(r, "%s cannot be run: %s", path, strerror(end->code));
		break;
	}
}

/* It is over. What a plugin did not say is unknown, neither up nor down. */
static void
exec_ended(void *arg, const struct probe_process_end *end)
{
	struct exec *s = arg;
	struct probe_result r;

	probe_result_clear(&r, EXEC_FIELDS);
	r.values[EXEC_STATUS] = STATUS_UNKNOWN;
	if (end->how == PROBE_PROCESS_EXITED)
		exec_exited(s, end, &r);
	else
		exec_failed(s, end, &r);
	s->done(s->arg, &r);
}

/* Begins. */
static void
exec_ask(void *state, int64_t timeout_ms, probe_done done, void *arg)
{
	struct exec *s = state;

	s->done = done;
	s->arg = arg;
	s->timeout_ms = timeout_ms;
	probe_process_start(s->process, timeout_ms);
}

/* Also while it runs. */
static void
exec_close(void *state)
{
	struct exec *s = state;

	probe_process_free(s->process);
	free(s->spec.argv);
	free(s);
}

/* Nothing runs yet. */
static void *
exec_open(struct probe_env *env, const void *conf, struct err *e)
{
	const struct exec_conf *c = conf;
	struct exec *s = xcalloc(1, sizeof *s);

	s->conf = c;
	s->spec.argv = xcalloc(c->command.n + 1, sizeof *s->spec.argv);
	memcpy(s->spec.argv, c->command.v, c->command.n * sizeof *c->command.v);
	if (c->user == NULL || user_find(c->user, &s->spec, e))
		s->process = probe_process_new(env, &s->spec, exec_ended, s, e);
	if (s->process == NULL) {
		exec_close(s);
		return NULL;
	}
	return s;
}

const struct probe_kind probe_kind_exec = {
	.name = "exec",
	.help = "A Nagios plugin: its exit code is the state, its performance data become fields.",
	.table = &exec_table,
	.fields = exec_fields,
	.nfields = EXEC_FIELDS,
	.states = exec_states,
	.nstates = sizeof exec_states / sizeof exec_states[0],
	.check = exec_check,
	.open = exec_open,
	.ask = exec_ask,
	.close = exec_close,
};
