/* link: zwreport zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floor map: described of a site, read back, drawn; and what is refused. */
#include "alert_fixture.h"

#include "collector/report/map.h"

#if defined(__SANITIZE_ADDRESS__)
/* fontconfig's tables. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

const char *__lsan_default_options(void);
__attribute__((visibility("default"))) const char *
__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif

/* Four zones of 3 nodes, each zone with two racks; a02 hot, b01 cold, c01 warm, d01 silent. */
static struct fx *
house(void)
{
	struct fx *f = fx_new(4, 3);
	static const double values[] = { 22, 33.05, 24, 17, 22, 22, 27.5, 22, 22, 22, 22, 22 };

	f->conf.thermal.limit = 32;
	for (size_t i = 0; i < 12; i++) {
		char rack[8];
		snprintf(rack, sizeof rack, "%c%d", "ABCD"[i / 3], i % 3 == 0 ? 10 : 2);
		f->nodes[i].rack = fx_text(f, rack);
	}
	fx_start(f);
	fx_connect(f);
	for (size_t i = 0; i < 12; i++) {
		if (i != 9)
			fx_read(f, i, values[i]);
	}
	return f;
}

static void
test_described(void **state)
{
	(void)state;
	struct fx *f = house();
	char *text = map_describe(f->site, &f->conf, site_zone(f->site, "A"),
	    site_node(f->site, "a02"), LANG_EN, f->now_ms);
	assert_string_equal(text,
	    "map 1\nlegend\tno value\ttoo cold\tin order\ttoo warm\tbeyond the limit\n"
	    "zone\t1\tZone A\nrack\t4\t1\t33.0\tA2\nrack\t2\t0\t22.0\tA10\n"
	    "zone\t0\tZone B\nrack\t2\t0\t22.0\tB2\nrack\t1\t0\t17.0\tB10\n"
	    "zone\t0\tZone C\nrack\t2\t0\t22.0\tC2\nrack\t3\t0\t27.5\tC10\n"
	    "zone\t0\tZone D\nrack\t2\t0\t22.0\tD2\nrack\t0\t0\t–\tD10\n");
	free(text);
	/* The order of the configuration, a language, and a limit of the zone's own. */
	char *racks[] = { f->nodes[0].rack, f->nodes[1].rack };
	f->zones[0].racks = (struct conf_texts){ .v = racks, .n = 2 };
	f->zones[0].limit = 21;
	text = map_describe(f->site, &f->conf, NULL, NULL, LANG_AZ, f->now_ms);
	assert_non_null(
	    strstr(text, "zone\t0\tZona A\nrack\t4\t0\t22,0\tA10\nrack\t4\t0\t33,0\tA2\nzone"));
	free(text);
	fx_free(f);
}

static void
test_no_racks_no_map(void **state)
{
	(void)state;
	struct fx *f = fx_new(2, 2);
	fx_start(f);
	assert_null(
	    map_describe(f->site, &f->conf, site_zone(f->site, "A"), NULL, LANG_EN, f->now_ms));
	fx_free(f);
}

static void
test_drawn(void **state)
{
	(void)state;
	struct fx *f = house();
	struct map *m = xcalloc(1, sizeof *m);
	struct buf b = { 0 }, marked = { 0 };
	struct err e = { "" };
	char *text = map_describe(f->site, &f->conf, NULL, NULL, LANG_RU, f->now_ms);

	assert_int_equal(map_parse(text, strlen(text), m, &e), 0);
	assert_int_equal(m->nzones, 4);
	assert_string_equal(m->zones[3].racks[1].name, "D10");
	assert_int_equal(m->zones[3].racks[1].heat, MAP_UNKNOWN);
	assert_int_equal(map_draw(&b, m, &e), 0);
	/* A PNG of 960 x 400 points. */
	assert_memory_equal(b.data, "\x89PNG\r\n\x1a\n", 8);
	assert_memory_equal(b.data + 16, "\0\0\x03\xc0\0\0\x01\x90", 8);
	assert_true(b.len < 100000);
	m->zones[1].marked = true;
	assert_int_equal(map_draw(&marked, m, &e), 0);
	assert_true(marked.len != b.len || memcmp(marked.data, b.data, b.len) != 0);
	buf_free(&marked);
	buf_free(&b);
	free(text);
	free(m);
	fx_free(f);
}

/* As much as there may be, of characters that take much room. */
static void
test_full(void **state)
{
	(void)state;
	struct map *m = xcalloc(1, sizeof *m);
	struct buf b = { 0 };
	struct err e = { "" };

	m->nzones = MAP_MAX_ZONES;
	for (unsigned z = 0; z < m->nzones; z++) {
		for (int i = 0; i < 31; i++)
			(void)strcat(m->zones[z].title, "Ş");
		m->zones[z].nracks = MAP_MAX_RACKS;
		for (unsigned r = 0; r < MAP_MAX_RACKS; r++) {
			memcpy(m->zones[z].racks[r].name, m->zones[z].title, MAP_MAX_NAME);
			(void)str_copy(m->zones[z].racks[r].value, 16, "123456789012345");
			m->zones[z].racks[r].heat = (enum map_heat)(r % 5);
		}
	}
	assert_int_equal(map_draw(&b, m, &e), 0);
	buf_free(&b);
	free(m);
}

static void
test_malformed(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "map 1\n", "zone\t1\tA", "rack\t1\t0\t2\tA\n",
		"map 2\nzone\t0\tA\n", "zone\t2\tA\n", "zone\t0\tA\tB\n",
		"zone\t0\tA\nrack\t5\t0\t1\tR\n", "zone\t0\tA\nrack\t1\t0\t1\n",
		"zone\t0\tA\nrack\t1\t0\t12345678901234567\tR\n", "zone\t0\t\xff\n",
		"legend\ta\tb\n", "house\t0\tA\n", "zone\t0\tA\x01\n" };
	struct map *m = xcalloc(1, sizeof *m);
	struct err e;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		if (map_parse(texts[i], strlen(texts[i]), m, &e) == 0)
			fail_msg("text %zu is taken", i);
	}
	struct buf b = { 0 };
	for (int i = 0; i < MAP_MAX_ZONES + 1; i++)
		buf_put(&b, "zone\t0\tA\n", 9);
	assert_int_equal(map_parse((const char *)b.data, b.len, m, &e), -1);
	assert_int_equal(map_parse((const char *)b.data, b.len - 9, m, &e), 0);
	buf_free(&b);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_described),
		cmocka_unit_test(test_no_racks_no_map),
		cmocka_unit_test(test_drawn),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_malformed),
	};
	lang_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
