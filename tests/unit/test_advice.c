/* link: zwpaper */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recommendations: what gives one, in which order, by which key; and the sentences, in three
 * languages. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/report/figures/advice.h"
#include "collector/report/figures/alarms.h"
#include "collector/report/figures/availability.h"
#include "collector/report/figures/capacity.h"
#include "collector/report/figures/cooling.h"
#include "collector/report/figures/environment.h"
#include "collector/report/figures/incidents.h"
#include "collector/report/figures/links.h"
#include "collector/report/figures/power.h"
#include "collector/report/paper/advise.h"
#include "collector/report/paper/doc.h"
#include "collector/site/site.h"

#define T0 INT64_C(1790798400) /* 2026-10-01 00:00 in Baku */
#define DAY INT64_C(86400)
#define T1 (T0 + 31 * DAY)

static struct zone zone_b = { .name = "B", .title = "Zone B" };
static struct node server = { .name = "srv-04", .zone = &zone_b },
		   ups = { .name = "ups-1", .title = "UPS 1" },
		   link_7 = { .name = "link-07", .title = "Lisey 7", .kind = NODE_LINK };
static struct series disk = { .node = &server,
	.source = "filesystem",
	.instance = "var",
	.name = "filesystem-var",
	.nfields = 1 };

/* All parts of a period, with nothing wrong in them. */
struct quiet {
	struct figures_of of;
	struct availability availability;
	struct incidents incidents;
	struct alarms alarms;
	struct environment environment;
	struct power power;
	struct cooling cooling;
	struct links links;
	struct capacity capacity;
};

static void
make_quiet(struct quiet *q)
{
	memset(q, 0, sizeof *q);
	q->of.period = (struct period){ PERIOD_MONTH, T0, T1 };
	q->of.availability = &q->availability;
	q->of.incidents = &q->incidents;
	q->of.alarms = &q->alarms;
	q->of.environment = &q->environment;
	q->of.power = &q->power;
	q->of.cooling = &q->cooling;
	q->of.links = &q->links;
	q->of.capacity = &q->capacity;
	q->capacity.to_s = T1;
}

/* A month with nothing wrong asks for nothing; so does one of which nothing was computed. */
static void
test_quiet(void **state)
{
	struct figures_of none = { .period = { PERIOD_MONTH, T0, T1 } };
	struct quiet q;

	(void)state;
	make_quiet(&q);
	struct advice *v = advice_of(&q.of, NULL);
	assert_int_equal(v->nones, 0);
	advice_free(v);
	v = advice_of(&none, NULL);
	assert_int_equal(v->nones, 0);
	advice_free(v);
	advice_free(NULL);
}

/* A disk that is full in so many days. */
static struct capacity_one
filling(double now, int days)
{
	struct capacity_one c = { .kind = CAPACITY_DISK,
		.node = &server,
		.series = &disk,
		.instance = "var",
		.fit = { .days = 100, .now = now, .slope = 0.1, .low = 0.05, .high = 0.2 },
		.outlook = CAPACITY_GROWS };

	c.at100 = (struct capacity_date){ T1 + days * DAY, T1 + days * DAY, T1 + days * DAY };
	return c;
}

static void
test_disks(void **state)
{
	struct capacity_one ones[] = { filling(80, 119), filling(80, 121), filling(96, 1000) };
	struct quiet q;

	(void)state;
	make_quiet(&q);
	q.capacity.ones = ones;
	q.capacity.nones = 3;
	struct advice *v = advice_of(&q.of, NULL);
	assert_int_equal(v->nones, 2);
	assert_string_equal(v->ones[0].key, "disk-full:srv-04/filesystem-var");
	assert_int_equal(v->ones[0].date_s, T1 + 119 * DAY);
	assert_float_equal(v->ones[0].value, 80, 0);
	assert_float_equal(v->ones[1].value, 96, 0);
	assert_true(v->ones[0].weight >= 65 && v->ones[0].weight < 66);
	advice_free(v);
}

/* Memory and processors are there to be used; a UPS is not. */
static void
test_capacities(void **state)
{
	struct capacity_one ones[] = { filling(85, 300), filling(85, 300), filling(85, 300) };
	struct quiet q;

	(void)state;
	make_quiet(&q);
	ones[0].kind = CAPACITY_MEMORY;
	ones[1].kind = CAPACITY_CPU;
	ones[2].kind = CAPACITY_UPS;
	ones[2].node = &ups;
	ones[2].series = NULL;
	q.capacity.ones = ones;
	q.capacity.nones = 3;
	struct advice *v = advice_of(&q.of, NULL);
	assert_int_equal(v->nones, 1);
	assert_string_equal(v->ones[0].key, "capacity:ups-1");
	advice_free(v);
}

static void
test_air(void **state)
{
	struct environment_zone z = { .zone = &zone_b,
		.known_s = 31.0 * DAY,
		.beyond_recommended_s = 40000,
		.beyond_allowable_s = 299 };
	struct quiet q;

	(void)state;
	make_quiet(&q);
	z.of[ENVIRONMENT_INLET].max = 33;
	q.environment.zones = &z;
	q.environment.nzones = 1;
	struct advice *v = advice_of(&q.of, NULL);
	assert_int_equal(v->nones, 1);
	assert_int_equal(v->ones[0].kind, ADVICE_ZONE_WARM);
	advice_free(v);
	z.beyond_allowable_s = 300;
	v = advice_of(&q.of, NULL);
	assert_int_equal(v->nones, 2);
	assert_string_equal(v->ones[0].key, "zone-hot:B");
	assert_ptr_equal(v->ones[0].zone, &zone_b);
	advice_free(v);
	/* too cold is another matter */
	z.of[ENVIRONMENT_INLET].max = 17;
	v = advice_of(&q.of, NULL);
	assert_int_equal(v->nones, 0);
	advice_free(v);
}

static void
test_targets(void **state)
{
	struct links_one links[] = {
		{ .node = &link_7, .availability = 0.9949, .target = 0.995, .outages = 3 },
		{ .node = &link_7, .availability = 0.995, .target = 0.995 },
		{ .node = &link_7, .availability = NAN, .target = 0.995 }
	};
	struct availability_one ones[] = { { .kind = AVAILABILITY_UPS,
	    .node = &ups,
	    .part = 0.99,
	    .target = 0.999,
	    .met = AVAILABILITY_MISSED,
	    .noutages = 1 } };
	struct quiet q;

	(void)state;
	make_quiet(&q);
	q.links.ones = links;
	q.links.nones = 3;
	q.availability.ones = ones;
	q.availability.nones = 1;
	struct advice *v = advice_of(&q.of, NULL);
	assert_int_equal(v->nones, 2);
	assert_string_equal(v->ones[0].key, "node-below:ups-1");
	assert_string_equal(v->ones[1].key, "link-below:link-07");
	assert_int_equal(v->ones[1].times, 3);
	assert_true(v->ones[0].weight > v->ones[1].weight);
	advice_free(v);
}

/* Three of one cause are once too often; two are not, and others are others. */
static void
test_repeated(void **state)
{
	struct annals_alert root = { .rule = "inlet-warm",
		.title = "Inlet air above the "
			 "recommended range" };
	struct annals_incident in[4];
	struct incidents_one ones[4];
	struct quiet q;

	(void)state;
	make_quiet(&q);
	for (size_t i = 0; i < 4; i++) {
		in[i] = (struct annals_incident){ .zone = "B",
			.node = i == 3 ? "srv-05" : "srv-04",
			.cause = "x",
			.severity = WIRE_CRITICAL,
			.told = true,
			.root = &root };
		ones[i] = (struct incidents_one){
			.incident = &in[i], .lasted_s = 1000, .acked_after_s = i < 2 ? NAN : 60
		};
	}
	q.incidents.ones = ones;
	q.incidents.nones = 4;
	struct advice *v = advice_of(&q.of, NULL);
	assert_int_equal(v->nones, 2);
	assert_string_equal(v->ones[0].key, "repeated:srv-04/inlet-warm");
	assert_int_equal(v->ones[0].times, 3);
	assert_string_equal(v->ones[1].key, "untaken");
	assert_int_equal(v->ones[1].times, 2);
	advice_free(v);
	in[1].told = false;
	v = advice_of(&q.of, NULL);
	assert_int_equal(v->nones, 0);
	advice_free(v);
}

/* The order, what was so before, and no more of a kind than a page wants. */
static void
test_order(void **state)
{
	struct capacity_one ones[8], one = filling(80, 119);
	struct figures f = { 0 };
	struct quiet now, before;
	struct series many[8];

	(void)state;
	make_quiet(&now);
	make_quiet(&before);
	for (size_t i = 0; i < 8; i++) {
		many[i] = disk;
		many[i].name[strlen(many[i].name) - 1] = (char)('0' + i);
		ones[i] = filling(80, 119 - (int)i);
		ones[i].series = &many[i];
	}
	one.series = &many[0];
	now.capacity.ones = ones;
	now.capacity.nones = 8;
	before.capacity.ones = &one;
	before.capacity.nones = 1;
	f.now = now.of;
	f.before = before.of;
	struct advice *v = advice_new(&f);
	assert_int_equal(v->nones, ADVICE_MAX_A_KIND);
	assert_int_equal(v->of_kind[ADVICE_DISK_FULL], 8);
	/* What was so before weighs more than what is full some days sooner. */
	assert_string_equal(v->ones[0].key, "disk-full:srv-04/filesystem-va0");
	assert_true(v->ones[0].again);
	assert_string_equal(v->ones[1].key, "disk-full:srv-04/filesystem-va7");
	assert_false(v->ones[1].again);
	assert_string_equal(v->ones[2].key, "disk-full:srv-04/filesystem-va6");
	advice_free(v);
}

/* One as a sentence in a language. */
static void
says(const struct advice_one *o, enum lang l, const char *want)
{
	struct doc *d = doc_new(l);
	char *text = advise(d, o);

	assert_string_equal(text, want);
	free(text);
	doc_free(d);
}

#define NB "\xc2\xa0"

static void
test_sentences(void **state)
{
	struct advice_one hot = { .kind = ADVICE_ZONE_HOT,
		.zone = &zone_b,
		.what = "",
		.value = 300 },
			  below = { .kind = ADVICE_LINK_BELOW,
				  .node = &link_7,
				  .what = "",
				  .value = 99.123,
				  .bound = 99.5,
				  .times = 2 },
			  full = { .kind = ADVICE_DISK_FULL,
				  .node = &server,
				  .what = "var",
				  .value = 89.8,
				  .date_s = T1 + DAY },
			  untaken = { .kind = ADVICE_UNTAKEN, .what = "", .times = 3 };

	(void)state;
	says(&hot, LANG_EN,
	    "Zone B: the inlet air was beyond the allowable range for 5" NB "min. Find out why.");
	says(&hot, LANG_AZ,
	    "Zone B: giriş havası 5" NB "dəq ərzində yol verilən hədlərdən kənarda olub. Səbəbini "
	    "araşdırın.");
	says(&hot, LANG_RU,
	    "Zone B: воздух на входе 5" NB "мин был вне допустимого диапазона. Выясните почему.");
	says(&below, LANG_EN,
	    "Lisey 7 (link-07): the link was up 99.12" NB "% of the time, less than its target of "
	    "99.5" NB "%, with 2 outages of its own. Take it up with the provider.");
	says(&below, LANG_RU,
	    "Lisey 7 (link-07): канал связи работал 99,12" NB "% времени при цели 99,5" NB
	    "%; собственных отказов: 2. Обсудите это с провайдером.");
	says(&full, LANG_AZ,
	    "srv-04: /var fayl sisteminin dolma səviyyəsi 89,8" NB
	    "%-dir, bu templə 02.11.2026 tarixində tam dolacaq. Yer boşaldın və ya onu "
	    "genişləndirin.");
	untaken.times = 1;
	says(&untaken, LANG_RU,
	    "1 критический инцидент никем не подтверждён. Проверьте, кто дежурит и доходят ли "
	    "сообщения.");
	untaken.times = 3;
	says(&untaken, LANG_RU,
	    "3 критических инцидента никем не подтверждены. Проверьте, кто дежурит и доходят ли "
	    "сообщения.");
	says(&untaken, LANG_AZ,
	    "3 kritik insidenti heç kim təsdiqləməyib. Kimin növbədə olduğunu və bildirişlərin "
	    "çatıb-çatmadığını yoxlayın.");
}

/* Every kind has a sentence in every language, and none of it is left untranslated. */
static void
test_all_kinds(void **state)
{
	(void)state;
	for (int kind = 0; kind < ADVICE_KINDS_N; kind++) {
		struct advice_one o = { .kind = (enum advice_kind)kind,
			.node = &server,
			.what = "x",
			.value = 12.5,
			.bound = 99.5,
			.times = 2,
			.date_s = T0 };
		char *text[LANG_N];
		for (int l = 0; l < LANG_N; l++) {
			struct doc *d = doc_new((enum lang)l);
			text[l] = advise(d, &o);
			assert_true(strlen(text[l]) > 20);
			doc_free(d);
		}
		assert_string_not_equal(text[LANG_EN], text[LANG_AZ]);
		assert_string_not_equal(text[LANG_EN], text[LANG_RU]);
		for (int l = 0; l < LANG_N; l++)
			free(text[l]);
	}
}

static int
setup(void **state)
{
	(void)state;
	setenv("TZ", "Asia/Baku", 1);
	lang_init();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_disks),
		cmocka_unit_test(test_capacities),
		cmocka_unit_test(test_air),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_all_kinds),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
