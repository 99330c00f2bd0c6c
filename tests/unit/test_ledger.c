/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger against counts made by hand: gaps, late samples, a restart at any moment, series that
 * come and go, what a spool let go, hours, the price. */
#include "alert_fixture.h"

#include "collector/ledger.h"
#include "zw/clock.h"

#define T0 INT64_C(1700002800) /* an hour begins */
#define STEP 10
#define MAX_STATES 64

/* The sums of all hours, and of those of one node and hour. */
struct lx {
	struct fx *f;
	struct ledger *l;
	struct tally sum;
	const char *only; /* NULL: any node */
	int64_t hour_s;	  /* 0: any */
	char news[1024];
	struct {
		char *key;
		void *bytes;
		size_t n;
	} states[MAX_STATES];
	size_t nstates;
	int64_t till_s;
	uint64_t seq; /* of the first node; others' streams lose nothing */
	uint64_t other_seq[8];
};

static const uint8_t stream[WIRE_STREAM_ID] = "a stream of ours";

static void
news(void *arg, enum ledger_news what, const char *node, const char *text)
{
	struct lx *x = arg;
	size_t n = strlen(x->news);

	snprintf(x->news + n, sizeof x->news - n, "%c:%s:%s;", "NnSsR"[what], node, text);
}

/* A second series of a node. */
static struct series *
define(struct lx *x, const char *node, const char *source, uint32_t sid, uint32_t step_s)
{
	struct series_def def = { .step_s = step_s, .nfields = 1 };

	snprintf(def.node, sizeof def.node, "%s", node);
	snprintf(def.source, sizeof def.source, "%s", source);
	snprintf(def.fields[0].name, sizeof def.fields[0].name, "%s",
	    strcmp(source, "uptime") == 0 ? "uptime" : "v");
	return site_define(x->f->site, sid, &def);
}

static void
lx_ledger(struct lx *x)
{
	x->l = ledger_new(x->f->site);
	ledger_on_news(x->l, news, x);
}

static struct lx *
lx_new(void)
{
	struct lx *x = xcalloc(1, sizeof *x);

	x->f = fx_new(1, 3);
	x->f->site = site_new(&x->f->conf);
	lx_ledger(x);
	return x;
}

static void
lx_forget(struct lx *x)
{
	for (size_t i = 0; i < x->nstates; i++) {
		free(x->states[i].key);
		free(x->states[i].bytes);
	}
	x->nstates = 0;
}

static void
lx_free(struct lx *x)
{
	lx_forget(x);
	ledger_free(x->l);
	fx_free(x->f);
	free(x);
}

static void
add(void *arg, const char *node, int64_t hour_s, const struct tally *t)
{
	struct lx *x = arg;

	assert_int_equal(hour_s % 3600, 0);
	if ((x->only != NULL && strcmp(x->only, node) != 0) ||
	    (x->hour_s != 0 && x->hour_s != hour_s))
		return;
	x->sum.expected += t->expected;
	x->sum.received += t->received;
	x->sum.late += t->late;
	x->sum.empty += t->empty;
	x->sum.thinned += t->thinned;
	x->sum.dropped += t->dropped;
}

static void
put(void *arg, const char *key, const void *bytes, size_t n)
{
	struct lx *x = arg;

	assert_true(x->nstates < MAX_STATES);
	x->states[x->nstates].key = xstrdup(key);
	x->states[x->nstates].bytes = xmemdup(bytes, n);
	x->states[x->nstates++].n = n;
}

/* Saves, as a transaction would with the counts. */
static void
lx_save(struct lx *x)
{
	ledger_take(x->l, add, x);
	lx_forget(x);
	ledger_save(x->l, put, x);
}

/* The program ends; what was counted since the last take is lost with it. */
static void
lx_restart(struct lx *x)
{
	ledger_free(x->l);
	lx_ledger(x);
	for (size_t i = 0; i < x->nstates; i++)
		assert_true(
		    ledger_load(x->l, x->states[i].key, x->states[i].bytes, x->states[i].n));
	assert_false(ledger_load(x->l, "g/rule/zone/field/", "", 0));
}

/* A record with a sample of a series, `late` seconds after its time. */
static void
sample_of(struct lx *x, const struct series *se, int64_t time_s, int64_t late_s, double value)
{
	uint64_t *seq = se->node->index == 0 ? &x->seq : &x->other_seq[se->node->index];

	ledger_record(x->l, se->node, stream, ++*seq);
	ledger_sample(x->l, se, se->node, time_s, (time_s + late_s) * 1000, &value);
}

/* Samples at [from, to) of T0. */
static void
run(struct lx *x, const struct series *se, int64_t from_s, int64_t to_s)
{
	for (int64_t t = from_s; t < to_s; t += se->step_s)
		sample_of(x, se, T0 + t, 1, 20);
}

static struct tally
sum(struct lx *x)
{
	ledger_take(x->l, add, x);
	return x->sum;
}

#define check(t, e, r, la, em, th, dr)                                                             \
	do {                                                                                       \
		struct tally ct = t;                                                               \
		assert_int_equal(ct.expected, e);                                                  \
		assert_int_equal(ct.received, r);                                                  \
		assert_int_equal(ct.late, la);                                                     \
		assert_int_equal(ct.empty, em);                                                    \
		assert_int_equal(ct.thinned, th);                                                  \
		assert_int_equal(ct.dropped, dr);                                                  \
	} while (0)

static void
test_all_came(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP),
		      *slow = define(x, "a01", "disk", 2, 60);

	(void)state;
	run(x, se, 0, 1200);
	run(x, slow, 0, 1200);
	ledger_advance(x->l, T0 + 1200);
	check(sum(x), 140, 140, 0, 0, 0, 0);
	lx_free(x);
}

static void
test_a_gap_and_hours(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP);

	(void)state;
	run(x, se, 0, 3000);
	x->hour_s = T0 + 3600;
	run(x, se, 4200, 4800); /* 60 of the first hour are missing, 60 of the second */
	check(sum(x), 120, 60, 0, 0, 0, 0);
	run(x, se, 4800, 7200);
	check(sum(x), 360, 300, 0, 0, 0, 0);
	lx_free(x);
}

static void
test_silence_then_backlog(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP);

	(void)state;
	run(x, se, 0, 600);
	ledger_advance(x->l, T0 + 600);
	ledger_advance(x->l, T0 + 1200); /* nothing comes */
	check(sum(x), 120, 60, 0, 0, 0, 0);
	ledger_advance(x->l, T0 + 1200); /* no second time */
	for (int64_t t = 600; t < 1500; t += STEP)
		sample_of(x, se, T0 + t, 1500 - t, 20);
	/* more than 60 s late: those before 1440 */
	check(sum(x), 150, 150, 84, 0, 0, 0);
	ledger_advance(x->l, T0 + 1500);
	check(sum(x), 150, 150, 84, 0, 0, 0);
	lx_free(x);
}

static void
test_twice_and_backwards(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP);

	(void)state;
	run(x, se, 0, 600);
	run(x, se, 300, 600); /* the clock was set back */
	check(sum(x), 60, 60, 0, 0, 0, 0);
	run(x, se, 600, 700);
	check(sum(x), 70, 70, 0, 0, 0, 0);
	lx_free(x);
}

/* What is polled has no exact time. */
static void
test_jitter(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP);

	(void)state;
	for (int64_t i = 0; i < 360; i++)
		sample_of(x, se, T0 + 9 + i * STEP + (i * 7) % 5 - 2, 1, 20);
	ledger_advance(x->l, T0 + 3600);
	check(sum(x), 360, 360, 0, 0, 0, 0);
	lx_free(x);
}

static void
test_without_values(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP);

	(void)state;
	run(x, se, 0, 100);
	for (int64_t t = 100; t < 1000; t += STEP)
		sample_of(x, se, T0 + t, 1, NAN);
	check(sum(x), 100, 10, 0, 90, 0, 0);
	lx_free(x);
}

/* A full spool kept one a minute for ten minutes, then nothing for ten. */
static void
test_spool(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP);

	(void)state;
	run(x, se, 0, 600);
	for (int64_t t = 600; t < 1200; t += 60) {
		sample_of(x, se, T0 + t, 1000, 20);
		x->seq += 5;
	}
	x->seq += 60;
	sample_of(x, se, T0 + 1800, 1, 20); /* 5 thinned ones go with the hole */
	check(sum(x), 181, 71, 10, 0, 45, 65);
	/* not sampled at all: no number is missing */
	sample_of(x, se, T0 + 1860, 1, 20);
	check(sum(x), 187, 72, 10, 0, 45, 65);
	lx_free(x);
}

static void
test_a_series_goes_and_comes(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP),
		      *disk = define(x, "a01", "disk", 2, STEP);

	(void)state;
	for (int64_t t = 0; t < 3600; t += 60) {
		run(x, se, t, t + 60);
		if (t < 1200)
			run(x, disk, t, t + 60);
		ledger_advance(x->l, T0 + t + 60);
	}
	check(sum(x), 360 + 120, 360 + 120, 0, 0, 0, 0);
	assert_string_equal(x->news, "s:a01:disk;");
	run(x, disk, 3600, 3660);
	run(x, se, 3600, 3660);
	ledger_advance(x->l, T0 + 3660);
	check(sum(x), 366 + 126, 366 + 126, 0, 0, 0, 0);
	assert_string_equal(x->news, "s:a01:disk;S:a01:disk;");
	lx_free(x);
}

/* A node that is silent has all its series still; when it comes back, the slow ones have time. */
static void
test_a_silent_node_keeps_its_series(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP),
		      *slow = define(x, "a01", "disk", 2, 300);

	(void)state;
	run(x, se, 0, 600);
	run(x, slow, 0, 600);
	for (int64_t t = 600; t < 36000; t += 60)
		ledger_advance(x->l, T0 + t);
	run(x, se, 36000, 36200);
	ledger_advance(x->l, T0 + 36200);
	run(x, slow, 36300, 36301);
	run(x, se, 36200, 36600);
	ledger_advance(x->l, T0 + 36600);
	check(sum(x), 3660 + 122, 120 + 3, 0, 0, 0, 0);
	assert_string_equal(x->news, "");
	lx_free(x);
}

/* Whenever the program dies, and whatever of it was stored, the sums are the same. */
static void
test_restarts(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP),
		      *other = define(x, "a02", "cpu", 2, STEP);

	(void)state;
	for (int64_t minute = 0; minute < 60; minute++) {
		int64_t t = minute * 60;
		/* saved at the minute; half of it is stored with the cursor; then it dies */
		ledger_advance(x->l, T0 + t);
		lx_save(x);
		uint64_t seq = x->seq, other_seq = x->other_seq[1];
		run(x, se, t, t + 30);
		if (minute % 7 != 3)
			run(x, other, t, t + 30);
		ledger_take(x->l, add, x);
		run(x, se, t + 30, t + 60); /* lost with the program */
		lx_restart(x);
		x->seq = seq;
		x->other_seq[1] = other_seq;
		ledger_warm(x->l, true);
		run(x, se, t, t + 30);
		if (minute % 7 != 3)
			run(x, other, t, t + 30);
		ledger_warm(x->l, false);
		run(x, se, t + 30, t + 60);
		if (minute % 7 != 3)
			run(x, other, t + 30, t + 60);
	}
	ledger_advance(x->l, T0 + 3600);
	check(sum(x), 720, 720 - 9 * 6, 0, 0, 0, 0);
	lx_free(x);
}

/* An agent that begins anew leaves numbers out; that is no loss. */
static void
test_numbers_left_out(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP);

	(void)state;
	run(x, se, 0, 600);
	x->seq += 7 << 20;
	run(x, se, 900, 1000);
	check(sum(x), 100, 70, 0, 0, 0, 0);
	x->seq += (3 << 20) - 5; /* killed: it had sent five that it no longer knows of */
	run(x, se, 1300, 1400);
	check(sum(x), 140, 80, 0, 0, 0, 0);
	x->seq += (1 << 20) + 20; /* and twenty were dropped */
	run(x, se, 1700, 1800);
	check(sum(x), 180, 90, 0, 0, 0, 20);
	lx_free(x);
}

/* What a spool lost while the collector was away is known afterwards. */
static void
test_spool_over_a_restart(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP);

	(void)state;
	run(x, se, 0, 600);
	x->seq += 7; /* lost before: of no concern later */
	run(x, se, 600, 700);
	lx_save(x);
	lx_restart(x);
	x->seq += 20;
	run(x, se, 1000, 1010);
	check(sum(x), 101, 71, 0, 0, 0, 20);
	lx_free(x);
}

/* The catalog was begun anew: the numbers are another's. */
static void
test_other_numbers(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP);

	(void)state;
	run(x, se, 0, 600);
	lx_save(x);
	site_free(x->f->site);
	x->f->site = site_new(&x->f->conf);
	se = define(x, "a01", "disk", 1, STEP);
	lx_restart(x);
	run(x, se, 6000, 6600);
	check(sum(x), 120, 120, 0, 0, 0, 0);
	lx_free(x);
}

static void
test_bytes_that_are_no_good(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP);

	(void)state;
	run(x, se, 0, 600);
	lx_save(x);
	for (size_t i = 0; i < x->nstates; i++) {
		for (size_t n = 0; n < x->states[i].n; n++) {
			struct ledger *l = ledger_new(x->f->site);
			void *part = xmemdup(x->states[i].bytes, n); /* ends where it ends */
			assert_true(ledger_load(l, x->states[i].key, part, n));
			ledger_advance(l, T0 + 700);
			free(part);
			ledger_free(l);
		}
	}
	lx_free(x);
}

static void
test_what_is_noticed(void **state)
{
	struct lx *x = lx_new();
	struct series *se = define(x, "a01", "cpu", 1, STEP);
	char name[32];

	(void)state;
	run(x, se, 0, 1200);
	ledger_advance(x->l, T0 + 300);
	ledger_advance(x->l, T0 + 1200); /* the ledger is young: nothing is new */
	assert_string_equal(x->news, "");
	for (uint32_t i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "disk%u", i);
		run(x, define(x, "a02", name, 10 + i, STEP), 1200, 1500);
	}
	ledger_advance(x->l, T0 + 1490);
	assert_string_equal(x->news, "");
	ledger_advance(x->l, T0 + 1510);
	assert_string_equal(x->news, "N:a02:5;");
	x->news[0] = '\0';
	for (uint32_t i = 0; i < 90; i++) {
		snprintf(name, sizeof name, "interface%u", i);
		run(x, define(x, "a02", name, 100 + i, STEP), 1500, 1510);
	}
	ledger_advance(x->l, T0 + 1570);
	assert_true(strncmp(x->news, "S:a02:interface0, interface1, ", 29) == 0);
	assert_true(strlen(x->news) < 420 && strstr(x->news, ", +") != NULL);
	x->news[0] = '\0';
	struct series *up = define(x, "a01", "uptime", 50, STEP);
	for (int64_t t = 1200; t < 1300; t += STEP)
		sample_of(x, up, T0 + t, 0, 5000 + (double)t);
	sample_of(x, up, T0 + 1300, 0, 12.5);
	assert_string_equal(x->news, "R:a01:1700004088000;");
	lx_free(x);
}

static void
test_a_node_that_is_no_more(void **state)
{
	struct lx *x = lx_new();

	(void)state;
	run(x, define(x, "a01", "cpu", 1, STEP), 0, 600);
	run(x, define(x, "a03", "cpu", 3, STEP), 0, 600);
	lx_save(x);
	site_free(x->f->site);
	x->f->conf.nodes.n = 2;
	x->f->site = site_new(&x->f->conf);
	lx_restart(x);
	ledger_advance(x->l, T0 + 660);
	assert_string_equal(x->news, "n:a03:;");
	ledger_advance(x->l, T0 + 720);
	assert_string_equal(x->news, "n:a03:;");
	lx_free(x);
}

/* Time goes on half a day at a turn; a month of silence is counted all the same. */
static void
test_long_silence(void **state)
{
	struct lx *x = lx_new();

	(void)state;
	run(x, define(x, "a01", "cpu", 1, STEP), 0, 600);
	ledger_advance(x->l, T0 + 600);
	for (int i = 0; i < 80; i++)
		ledger_advance(x->l, T0 + 30 * 86400);
	check(sum(x), 30 * 8640, 60, 0, 0, 0, 0);
	lx_free(x);
}

#define T(name) cmocka_unit_test(name)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_all_came),
		T(test_a_gap_and_hours),
		T(test_silence_then_backlog),
		T(test_twice_and_backwards),
		T(test_jitter),
		T(test_without_values),
		T(test_spool),
		T(test_a_series_goes_and_comes),
		T(test_a_silent_node_keeps_its_series),
		T(test_restarts),
		T(test_numbers_left_out),
		T(test_spool_over_a_restart),
		T(test_other_numbers),
		T(test_bytes_that_are_no_good),
		T(test_what_is_noticed),
		T(test_a_node_that_is_no_more),
		T(test_long_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
