/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-try: tries rules over the site's own RRDs, for "zonewatchctl rules try": the rules in
 * force and those of a file get the same readings in the same order. It only reads. What is known
 * of incidents comes on the standard input, a line each: ZONE OPENED_MS CLOSED_MS. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/conf.h"
#include "collector/report/outcome.h"
#include "collector/report/proposal.h"
#include "collector/report/replay.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/sandbox.h"
#include "zw/str.h"

#define MAX_KNOWN 100000
#define TICK_MS 5000 /* time is looked at this often */

/* What was asked for. */
struct wish {
	const char *conf;
	const char *file; /* NULL: only the rules in force */
	int64_t start_s;
	int64_t end_s;
	bool known; /* on the standard input */
	bool json;
};

/* The trials, made with the first reading: what came before is no silence. */
struct bench {
	const struct conf_collector *confs[2]; /* the second NULL: none */
	struct trial *trials[2];
	int64_t at_s;
	bool failed;
};

/* Begin. */
static void
begin(struct bench *b)
{
	struct err e;

	for (int i = 0; i < 2 && !b->failed; i++) {
		if (b->confs[i] == NULL ||
		    trial_new(&b->trials[i], b->confs[i], b->at_s * 1000, TICK_MS, &e) == 0)
			continue;
		log_warnx("try", "%s", e.msg);
		b->failed = true;
	}
}

/* A series is there, or has rows of another length from here on. */
static int
define(void *arg, uint32_t sid, const struct series_def *def)
{
	struct bench *b = arg;
	int rc = 0;

	if (b->trials[0] == NULL && !b->failed)
		begin(b);
	for (int i = 0; i < 2; i++)
		if (b->trials[i] == NULL || trial_define(b->trials[i], sid, def) == -1)
			rc = i == 0 ? -1 : rc;
	return rc;
}

/* Time passes. */
static void
pass(void *arg, int64_t time_s)
{
	struct bench *b = arg;

	b->at_s = time_s;
	for (int i = 0; i < 2; i++)
		if (b->trials[i] != NULL)
			trial_pass(b->trials[i], time_s * 1000);
}

/* A reading. */
static void
reading(void *arg, uint32_t sid, int64_t time_s, unsigned n, const double *values)
{
	struct bench *b = arg;

	for (int i = 0; i < 2; i++)
		if (b->trials[i] != NULL)
			trial_read(b->trials[i], sid, time_s, n, values);
}

/* What stands on the standard input, as far as it is of the span. */
static struct known *
read_known(const struct replay_sum *sum, size_t *n)
{
	struct known *v = NULL;
	char line[256], *save;

	*n = 0;
	while (*n < MAX_KNOWN && fgets(line, sizeof line, stdin) != NULL) {
		struct known k = { 0 };
		const char *zone = strtok_r(line, " \n", &save);
		const char *from = strtok_r(NULL, " \n", &save);
		const char *to = strtok_r(NULL, " \n", &save);
		if (zone == NULL || from == NULL || to == NULL ||
		    str_copy(k.zone, sizeof k.zone, zone) == -1 ||
		    str_to_i64(from, 0, INT64_MAX, &k.opened_ms) == -1 ||
		    str_to_i64(to, 0, INT64_MAX, &k.closed_ms) == -1 ||
		    k.opened_ms < sum->start_s * 1000 || k.opened_ms > sum->end_s * 1000)
			continue;
		v = xreallocarray(v, *n + 1, sizeof *v);
		v[(*n)++] = k;
	}
	return v;
}

/* The incidents that the rules in force would have had, for want of a history. */
static struct known *
suppose_known(const struct trial *t, size_t *n)
{
	struct known *v = xcalloc(trial_nincidents(t) + 1, sizeof *v);

	*n = trial_nincidents(t);
	for (size_t i = 0; i < *n; i++) {
		const struct incident *in = trial_incident(t, i);
		v[i] = (struct known){ .opened_ms = in->opened_ms, .closed_ms = in->closed_ms };
		(void)str_copy(v[i].zone, sizeof v[i].zone, in->zone);
	}
	return v;
}

/* Say what came of it. */
static void
report(const struct wish *w, const struct bench *b, const struct replay_sum *sum, double seconds)
{
	struct outcome o = { .sum = sum,
		.in_force = b->trials[0],
		.proposed = b->trials[1],
		.from_history = w->known,
		.seconds = seconds };

	o.known = w->known ? read_known(sum, &o.nknown) : suppose_known(b->trials[0], &o.nknown);
	(void)outcome_match(o.known, o.nknown, b->trials[1] != NULL ? b->trials[1] : b->trials[0]);
	if (w->json)
		outcome_print_json(&o, stdout);
	else
		outcome_print(&o, stdout);
	free(o.known);
}

/* Play what the RRDs hold; 1: failed. */
static int
play(const struct wish *w, struct bench *b)
{
	static const struct replay_ops ops = { define, pass, reading };
	struct replay *r = NULL;
	struct replay_sum sum;
	struct err e;
	int64_t began = clock_mono_ms();

	if (replay_open(&r, b->confs[0], w->start_s, w->end_s, &e) == -1) {
		log_warnx("try", "%s", e.msg);
		return 1;
	}
	replay_run(r, &ops, b, &sum);
	bool found = b->trials[0] != NULL && !b->failed;
	if (found)
		report(w, b, &sum, (double)(clock_mono_ms() - began) / 1000);
	else if (!b->failed)
		log_warnx("try", "the RRDs hold nothing of that time");
	trial_free(b->trials[0]);
	trial_free(b->trials[1]);
	replay_free(r);
	return found ? 0 : 1;
}

/* The words behind the program's name. */
static void
read_words(int argc, char **argv, struct wish *w)
{
	bool right = true;
	int c;

	while ((c = getopt(argc, argv, "c:s:e:kj")) != -1) {
		switch (c) {
		case 'c':
			w->conf = optarg;
			break;
		case 's':
			right = right && str_to_i64(optarg, 0, INT32_MAX, &w->start_s) == 0;
			break;
		case 'e':
			right = right && str_to_i64(optarg, 0, INT32_MAX, &w->end_s) == 0;
			break;
		case 'k':
			w->known = true;
			break;
		case 'j':
			w->json = true;
			break;
		default:
			right = false;
		}
	}
	if (optind < argc)
		w->file = argv[optind++];
	if (!right || optind < argc || w->conf == NULL || w->start_s >= w->end_s)
		fatalx("try", "zonewatch-try is started by zonewatchctl rules try");
}

/* Go to where the RRDs are; from there on this process reads, and no more. */
static int
confine(const struct conf_collector *conf, struct err *e)
{
	struct sandbox box = { 0 };

	collector_conf_sandbox(conf, &box);
	int rc = collector_conf_enter(conf, e);
	if (rc == 0)
		rc = sandbox_enter(&box, e);
	sandbox_free(&box);
	return rc;
}

int
main(int argc, char **argv)
{
	struct wish w = { 0 };
	char path[PATH_MAX];
	void *confs[2] = { NULL, NULL };
	unsigned n = 0;
	struct err e;
	int rc = 1;

	log_init("zonewatch-try", LOG_LEVEL_WARNING);
	read_words(argc, argv, &w);
	/* What it names relative to itself is still there in another directory. */
	if (realpath(w.conf, path) != NULL)
		w.conf = path;
	for (int i = 0; i < (w.file != NULL ? 2 : 1); i++)
		if (conf_load(&collector_conf_table, w.conf, &confs[i], collector_conf_check,
			stderr, &n) == -1)
			goto out;
	if (w.file != NULL && proposal_apply(confs[1], w.file, stderr) == -1)
		goto out;
	struct bench b = { .confs = { confs[0], confs[1] } };
	if (confine(confs[0], &e) == -1)
		fatalx("try", "%s", e.msg);
	rc = play(&w, &b);
	if (fflush(stdout) != 0)
		rc = 1;
out:
	conf_free(&collector_conf_table, confs[0]);
	conf_free(&collector_conf_table, confs[1]);
	return rc;
}
