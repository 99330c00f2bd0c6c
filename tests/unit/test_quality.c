/* link: zwfigures zwstore PkgConfig::JANSSON */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Incidents and alarms of the report against the figures of the page (history_stats.c), over a
 * history made of numbers that are always the same; and by hand what the page does not tell. */
#include "figures_fixture.h"
#include "history_fixture.h"

#include "collector/alert/flood.h"
#include "collector/report/figures/alarms.h"
#include "collector/report/figures/incidents.h"

#define SEC INT64_C(1000)
#define MIN (60 * SEC)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)
#define T0 (ff_time("2026-03-02 00:00") * 1000)
#define DAYS 10

static const char conf_text[] =
    "zones = ( { name = \"a\"; }, { name = \"b\"; } );\n"
    "maintenance = ( { when = \"daily 02:00-03:00\"; zone = \"b\"; reason = \"backup\"; } );\n";

/* The next number below n. */
static unsigned
next(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % n;
}

/* One that fired, and perhaps ended. */
static void
alert_was(struct hx *g, struct alert a, int64_t lasts_ms)
{
	unsigned then = a.flags;

	hx_tell(g, CHANGE_FIRED, a.fired_ms, &a, NULL);
	if (lasts_ms == 0)
		return;
	a.state = ALERT_RESOLVED;
	a.resolved_ms = a.fired_ms + lasts_ms;
	a.flags = then & ~(unsigned)ALERT_MUTED;
	hx_tell(g, CHANGE_RESOLVED, a.resolved_ms, &a, NULL);
}

/* Alerts of all kinds, crowded now and then, on both sides of the period's edges. */
static void
make_alerts(struct hx *g, unsigned *seed)
{
	static const char *const zones[] = { "a", "b", "site" };
	static const char *const rules[] = { "fan", "inlet", "disk", "load", "silent", "ups",
		"door", "water", "link", "rate", "mode", "full" };
	static const unsigned flags[] = { 0, 0, 0, 0, 0, ALERT_SILENCED, ALERT_MAINTENANCE,
		ALERT_LATE, ALERT_CONSEQUENCE, ALERT_CONSEQUENCE | ALERT_SILENCED };

	for (uint64_t id = 1; id <= 900; id++) {
		int64_t at = T0 - DAY + next(seed, (DAYS + 2) * 1440) * MIN;
		if (id % 3 == 0) /* a crowd */
			at = T0 + (1 + id % 7) * DAY + (8 + id % 2) * HOUR + next(seed, 30) * MIN;
		at += next(seed, 60000);
		struct alert a = hx_alert(id, 1 + id % 40, zones[next(seed, 3)], at);
		a.rule = rules[next(seed, 12)];
		a.severity = (enum wire_severity)next(seed, 3);
		a.flags = flags[next(seed, 10)];
		snprintf(a.node, sizeof a.node, "srv%02u", next(seed, 5));
		if (next(seed, 9) == 0) {
			a.node[0] = '\0';
			snprintf(a.rack, sizeof a.rack, "R%u", next(seed, 2));
		}
		if (next(seed, 4) == 0) {
			(void)str_copy(a.ack.author, sizeof a.ack.author, "Aysel");
			a.ack.at_ms = at + SEC;
		}
		if (next(seed, 12) == 0)
			hx_tell(g, CHANGE_CHATTERING, at, &a, NULL);
		unsigned kind = next(seed, 20);
		alert_was(g, a,
		    kind == 0	? 0
		    : kind == 1 ? DAY + next(seed, 3) * HOUR
		    : kind < 8	? 1 + next(seed, 90) * SEC
				: MIN + next(seed, 400) * MIN);
	}
}

/* Incidents that begin before, in and after the period; some open, some that nobody took. */
static void
make_incidents(struct hx *g, unsigned *seed)
{
	static const char *const zones[] = { "a", "b", "site" };

	for (uint64_t id = 1; id <= 40; id++) {
		int64_t at = T0 - DAY + next(seed, (DAYS + 2) * 1440) * MIN + 7;
		struct incident in = hx_incident(id, zones[id % 3], at);
		in.severity = (enum wire_severity)next(seed, 3);
		hx_tell(g, CHANGE_OPENED, at, NULL, &in);
		if (next(seed, 3) != 0) {
			in.ack.at_ms = at + 1 + next(seed, 900) * SEC;
			(void)str_copy(in.ack.author, sizeof in.ack.author, "Aysel");
			(void)str_copy(in.ack.comment, sizeof in.ack.comment, "on it");
			hx_tell(g, CHANGE_ACKED, in.ack.at_ms, NULL, &in);
		}
		if (next(seed, 8) != 0) {
			in.closed_ms = at + 1 + next(seed, 86400 * 2) * SEC;
			hx_tell(g, CHANGE_CLOSED, in.closed_ms, NULL, &in);
		}
	}
}

struct all {
	struct hx *g;
	struct ff ff;
	struct annals *annals;
	struct period period;
};

static int
setup(void **state)
{
	static struct all all;
	void *g;
	unsigned seed = 7;
	char path[128];
	struct err e = { "" };

	ff_new(&all.ff, conf_text);
	ff_open(&all.ff);
	assert_int_equal(hx_setup(&g), 0);
	all.g = g;
	hx_open(all.g);
	make_incidents(all.g, &seed);
	make_alerts(all.g, &seed);
	history_act(all.g->h, T0 + HOUR, "Rəşad", "comment", 1, "", "replaced the fan");
	history_act(all.g->h, T0 + 2 * HOUR, "Leyla", "comment", 1, "", "watched it");
	struct silence s = { .id = 1, .starts_ms = T0 - DAY, .ends_ms = T0 + 2 * DAY };
	(void)str_copy(s.author, sizeof s.author, "Rəşad");
	(void)str_copy(s.match.zone, sizeof s.match.zone, "b");
	history_silence(all.g->h, &s);
	history_commit(all.g->h, 1, true);
	hx_settle(all.g);
	snprintf(path, sizeof path, "%s/history.db", all.g->dir);
	assert_int_equal(period_parse(&all.period, "2026-03-02..2026-03-11", &e), 0);
	if (annals_read(&all.annals, path, all.period.from_s * 1000, all.period.to_s * 1000, &e) ==
	    -1)
		fail_msg("%s", e.msg);
	annals_add_windows(all.annals, all.ff.conf);
	all.ff.plant->now_s = all.period.to_s; /* it is over, and there are no RRDs to say so */
	*state = &all;
	return 0;
}

static int
teardown(void **state)
{
	struct all *all = *state;
	void *g = all->g;

	annals_free(all->annals);
	ff_free(&all->ff);
	return hx_teardown(&g);
}

/* What the page has. */
static json_t *
page(struct all *all, const char *zone)
{
	return hx_ask(all->g, (struct history_ask){ .what = "stats",
				  .zone = zone,
				  .from_ms = all->period.from_s * 1000,
				  .to_ms = all->period.to_s * 1000 });
}

static struct figures_ask
ask(struct all *all, const char *zone)
{
	return (struct figures_ask){ .plant = all->ff.plant,
		.zone = zone != NULL ? site_zone(all->ff.plant->site, zone) : NULL,
		.period = &all->period,
		.annals = all->annals };
}

/* A number of an object. */
static double
num(json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

/* A row of the most frequent. */
static void
same_top(json_t *list, const struct alarms_top *top, size_t n, bool subjects)
{
	assert_int_equal(json_array_size(list), n);
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_array_get(list, i);
		const char *zone = json_string_value(json_object_get(o, "zone"));
		assert_int_equal(num(o, "alerts"), top[i].alarms);
		assert_true(fabs(num(o, "part") - top[i].part) < 1e-12);
		assert_string_equal(json_string_value(json_object_get(o, "rule")), top[i].rule);
		if (!subjects)
			continue;
		assert_string_equal(strcmp(zone, "site") == 0 ? "" : zone, top[i].zone);
		assert_string_equal(json_string_value(json_object_get(o, "node")), top[i].node);
		assert_string_equal(json_string_value(json_object_get(o, "rack")), top[i].rack);
	}
}

/* Counts, days, floods, the most frequent: all is as the page has it. */
static void
same_alarms(struct all *all, const char *zone)
{
	struct figures_ask a = ask(all, zone);
	json_t *j = hx_at(page(all, zone), "alerts");
	struct alarms *v;
	struct err e = { "" };
	double chatters = 0;

	assert_int_equal(alarms_new(&v, &a, &e), 0);
	hx_number(j, "total", v->total);
	hx_number(j, "muted", v->muted);
	hx_number(j, "late", v->late);
	hx_number(j, "consequences", v->consequences);
	hx_number(j, "fleeting", v->fleeting);
	assert_true(v->total > 50 && v->fleeting > 5 && v->late > 5);
	for (int i = 0; i < 3; i++) {
		json_t *o = json_array_get(json_object_get(j, "per_severity"), 2 - (size_t)i);
		assert_int_equal(num(o, "alerts"), v->of_severity[i]);
		assert_true(fabs(num(o, "part") - v->split[i]) < 1e-12);
	}
	assert_int_equal(v->ndays, DAYS);
	hx_rows(j, "per_day", DAYS);
	for (size_t i = 0; i < DAYS; i++)
		assert_int_equal(num(json_array_get(json_object_get(j, "per_day"), i), "alerts"),
		    v->days[i].alarms);
	hx_number(j, "floods/floods", v->nfloods);
	hx_number(j, "floods/windows_over", v->windows_over);
	hx_number(j, "floods/minutes", v->flood_windows * 10);
	hx_number(j, "floods/part", v->flood_part);
	hx_number(j, "floods/windows_over_part", v->windows_over_part);
	hx_number(j, "floods/most_in_10min", v->most_in_10min);
	same_top(json_object_get(j, "top_rules"), v->rules, v->nrules, false);
	same_top(json_object_get(j, "top_subjects"), v->subjects, v->nsubjects, true);
	hx_rows(j, "chattering", v->nchatters);
	for (size_t i = 0; i < v->nchatters; i++)
		chatters += num(json_array_get(json_object_get(j, "chattering"), i), "times") -
			    v->chatters[i].times;
	assert_true(chatters == 0);
	hx_rows(j, "stale", v->nstale);
	for (size_t i = 0; i < v->nstale; i++) {
		json_t *o = json_array_get(json_object_get(j, "stale"), i);
		assert_int_equal(num(o, "id"), v->stale[i].alert->id);
		assert_true(num(o, "seconds") == v->stale[i].seconds);
	}
	assert_true(v->nstale > 5);
	alarms_free(v);
}

static void
test_alarms(void **state)
{
	same_alarms(*state, NULL);
	same_alarms(*state, "b");
}

static void
same_times(json_t *o, const struct incidents_times *t)
{
	assert_int_equal(num(o, "count"), t->count);
	assert_true(fabs(num(o, "mean_s") - t->mean_s) < 1e-6);
	assert_true(fabs(num(o, "median_s") - t->median_s) < 1e-6);
	assert_true(fabs(num(o, "max_s") - t->max_s) < 1e-6);
}

static void
same_incidents(struct all *all, const char *zone)
{
	struct figures_ask a = ask(all, zone);
	json_t *j = hx_at(page(all, zone), "incidents");
	struct incidents *v;
	struct err e = { "" };
	unsigned zones = 0;

	assert_int_equal(incidents_new(&v, &a, &e), 0);
	assert_true(v->total > 5);
	hx_number(j, "total", v->total);
	hx_number(j, "untold", v->untold);
	hx_number(j, "unacknowledged", v->unacknowledged);
	same_times(json_object_get(j, "mtta"), &v->mtta);
	same_times(json_object_get(j, "mttr"), &v->mttr);
	assert_int_equal(v->of_severity[0] + v->of_severity[1] + v->of_severity[2], v->total);
	for (size_t i = 0; i < v->nzones; i++)
		zones += v->zones[i].total;
	assert_int_equal(zones, v->total);
	for (size_t i = 1; i < INCIDENTS_LONGEST && v->longest[i] != NULL; i++)
		assert_true(v->longest[i]->lasted_s <= v->longest[i - 1]->lasted_s);
	for (size_t i = 0; i < v->nones; i++)
		assert_true(!v->ones[i].incident->told || v->longest[4] == NULL ||
			    v->ones[i].lasted_s <= v->longest[0]->lasted_s);
	incidents_free(v);
}

static void
test_incidents(void **state)
{
	same_incidents(*state, NULL);
	same_incidents(*state, "b");
}

/* Who did what about one; what was silenced, and how much by it. */
static void
test_words_and_silences(void **state)
{
	struct all *all = *state;
	struct figures_ask a = ask(all, NULL);
	struct incidents *v;
	struct alarms *q;
	struct err e = { "" };

	assert_int_equal(incidents_new(&v, &a, &e), 0);
	for (size_t i = 0; i < v->nones; i++) {
		const struct incidents_one *one = &v->ones[i];
		if (one->incident->id == 1) {
			assert_string_equal(one->action, "watched it");
			assert_string_equal(one->who, "Leyla");
		} else if (one->incident->first_ack_ms != 0) {
			assert_string_equal(one->action, "on it");
			assert_string_equal(one->who, "Aysel");
		} else
			assert_string_equal(one->who, "");
	}
	incidents_free(v);
	assert_int_equal(alarms_new(&q, &a, &e), 0);
	assert_int_equal(q->nsilences, 2);
	assert_int_equal(q->silences[0].silence->id, 1);
	assert_true(q->silences[0].lasted_s == 2 * 86400); /* within the period */
	assert_int_equal(q->silences[0].times, 1);
	assert_true(q->silences[0].alerts > 0);
	assert_int_equal(q->silences[1].times, DAYS); /* the configuration's */
	assert_true(q->silences[1].lasted_s == DAYS * 3600);
	alarms_free(q);
}

/* A month in which nothing was. */
static void
test_nothing(void **state)
{
	struct all *all = *state;
	struct annals none = { 0 };
	struct figures_ask a = ask(all, NULL);
	struct incidents *v;
	struct alarms *q;
	struct err e = { "" };

	a.annals = &none;
	assert_int_equal(incidents_new(&v, &a, &e), 0);
	assert_int_equal(v->nones + v->total + v->nzones, 0);
	assert_true(isnan(v->mtta.mean_s) && isnan(v->mttr.median_s));
	assert_null(v->longest[0]);
	incidents_free(v);
	assert_int_equal(alarms_new(&q, &a, &e), 0);
	assert_int_equal(q->total + q->nstale + q->nfloods + q->nsubjects, 0);
	assert_true(q->per_day == 0 && q->flood_part == 0 && isnan(q->split[0]));
	assert_int_equal(q->ndays, DAYS);
	alarms_free(q);
}

/* A rule that is none of the ten most frequent ones has its count, too: the next report asks. */
static void
test_every_rule_counts(void **state)
{
	static const char *const rules[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k",
		"l" };
	struct all *all = *state;
	struct figures_ask a = ask(all, NULL);
	struct annals_alert alerts[24];
	struct annals an = { .alerts = alerts };
	struct alarms *v;
	struct err e = { "" };

	for (size_t i = 0; i < 12; i++)
		for (size_t k = 0; k < (i < 11 ? 2 : 1); k++)
			alerts[an.nalerts++] = (struct annals_alert){ .rule = rules[i],
				.title = "",
				.zone = "",
				.rack = "",
				.node = "",
				.series = "",
				.field = "",
				.fired_ms = (a.period->from_s + 60) * 1000 };
	a.annals = &an;
	assert_int_equal(alarms_new(&v, &a, &e), 0);
	assert_int_equal(v->total, 23);
	assert_int_equal(v->nrules, 10);
	assert_int_equal(alarms_of_rule(v, "k"), 2);
	assert_int_equal(alarms_of_rule(v, "l"), 1);
	assert_int_equal(alarms_of_rule(v, "m"), 0);
	alarms_free(v);
}

/* Floods begin and end by their windows. */
static void
test_flood(void **state)
{
	struct flood_window w[] = { { .number = 1, .alerts = 11 }, { .number = 2, .alerts = 5 },
		{ .number = 3, .alerts = 4 }, { .number = 4, .alerts = 10 },
		{ .number = 5, .alerts = 11 }, { .number = 7, .alerts = 9 } };
	static const bool in[] = { true, true, false, false, true, false };

	(void)state;
	flood_mark(w, 6);
	for (size_t i = 0; i < 6; i++)
		assert_true(w[i].in == in[i]);
	assert_true(w[0].begins && !w[1].begins && w[4].begins);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alarms),
		cmocka_unit_test(test_incidents),
		cmocka_unit_test(test_words_and_silences),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_every_rule_counts),
		cmocka_unit_test(test_flood),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
