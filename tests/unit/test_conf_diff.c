/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwcore */
/* Tests of conf_diff and conf_files with the collector's own tables: the words for each kind of
 * difference, no secret among them, which keys are taken live, and that none is forgotten. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/conf.h"
#include "lib/conf_impl.h"
#include "zw/alloc.h"
#include "zw/conf_diff.h"
#include "zw/conf_files.h"

#define T (&collector_conf_table)

#define BASE                                                                                       \
	"zones = ( { name = \"A\"; }, { name = \"B\"; } );\n"                                      \
	"nodes = ( { name = \"srv-1\"; zone = \"A\"; }, { name = \"srv-2\"; zone = \"B\"; } );\n"

static char dir[] = "/tmp/zw-test-conf-diff-XXXXXX";

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct conf_collector *
load(const char *text)
{
	void *conf = NULL;
	unsigned n = 0;

	put("main.conf", text);
	assert_int_equal(conf_load(T, "main.conf", &conf, collector_conf_check, stderr, &n), 0);
	return conf;
}

/* What is told of the step from one text to another, and how many of it are not live. */
static void
tells(const char *a, const char *b, const char *expected, size_t fixed)
{
	struct conf_collector *x = load(a), *y = load(b);
	struct conf_diff *d = conf_diff_new(T, x, y);
	char *text = conf_diff_text(d, 100, "\n");

	assert_string_equal(text, expected);
	assert_int_equal(d->fixed, fixed);
	free(text);
	conf_diff_free(d);
	conf_free(T, x);
	conf_free(T, y);
}

static void
nothing(void **state)
{
	(void)state;
	tells(BASE, BASE "# a remark\n", "", 0);
}

static void
values(void **state)
{
	(void)state;
	tells(BASE "site = \"One\";", BASE "site = \"Two\";", "site: One -> Two", 1);
	tells(BASE, BASE "store: { flush = \"90s\"; journal_keep = \"64MiB\"; };",
	    "store.flush: 10min -> 90s\nstore.journal_keep: 1GiB -> 64MiB", 1);
	tells(BASE, BASE "report: { tariff = 0.5; weekly = true; };",
	    "report.weekly: false -> true\nreport.tariff: none -> 0.5", 0);
	tells(BASE "report: { languages = [ \"az\", \"ru\" ]; };",
	    BASE "report: { languages = [ \"az\" ]; };", "report.languages: az, ru -> az", 0);
}

static void
rows(void **state)
{
	(void)state;
	tells(BASE,
	    "zones = ( { name = \"B\"; }, { name = \"C\"; } );\n"
	    "nodes = ( { name = \"srv-2\"; zone = \"C\"; rack = \"r\"; },"
	    " { name = \"srv-3\"; zone = \"C\"; } );\n",
	    "zones[A]: removed\nzones[C]: added\n"
	    "nodes[srv-1]: removed\nnodes[srv-2].zone: B -> C\nnodes[srv-2].rack: none -> r\n"
	    "nodes[srv-3]: added",
	    6);
	tells(BASE "rules = ( { name = \"w\"; kind = \"threshold\"; source = \"x\"; field = \"y\";"
		   " above = 27; } );",
	    BASE "rules = ( { name = \"w\"; kind = \"threshold\"; source = \"x\"; field = \"y\";"
		 " above = 28; } );",
	    "rules[w].above: 27 -> 28", 1);
	tells(BASE, "zones = ( { name = \"B\"; }, { name = \"A\"; } );\n",
	    "zones: in another order\n"
	    "nodes[srv-1]: removed\nnodes[srv-2]: removed",
	    3);
}

static void
recipients(void **state)
{
	const char *mail = "mail: { transport = \"smtp://r.example\"; };\n";
	char a[1024], b[1024];

	(void)state;
	snprintf(
	    a, sizeof a, "%s%srecipients = ( { address = \"duty@dc.example\"; } );", BASE, mail);
	snprintf(b, sizeof b,
	    "%s%srecipients = ( { address = \"duty@dc.example\"; severity = \"critical\"; },"
	    " { address = \"head@dc.example\"; } );",
	    BASE, mail);
	tells(a, b,
	    "recipients[duty@dc.example via mail].severity: warning -> critical\n"
	    "recipients[head@dc.example via mail]: added",
	    0);
	/* Another channel is not opened live. */
	snprintf(b, sizeof b,
	    "%s%srecipients = ( { via = \"webhook\"; address = \"https://u:pw@h.example/s3cret\"; "
	    "} );",
	    BASE, mail);
	tells(a, b,
	    "recipients[duty@dc.example via mail]: removed\n"
	    "recipients[https://h.example/… via webhook]: added",
	    1);
}

static void
secrets(void **state)
{
	(void)state;
	tells(BASE "notify: { ping_url = \"http://h/one\"; };",
	    BASE "notify: { ping_url = \"http://h/two\"; };", "notify.ping_url: changed", 1);
	tells(BASE "web: { url = \"https://a:b@h.example/x\"; };",
	    BASE "web: { url = \"https://a:c@h.example/y\"; };", "web.url: changed", 1);
}

static void
bounded(void **state)
{
	static char text[400000];
	size_t at = (size_t)snprintf(text, sizeof text, "zones = ( { name = \"A\"; } ); nodes = (");

	(void)state;
	for (int i = 0; i < 3000; i++)
		at += (size_t)snprintf(text + at, sizeof text - at,
		    "%s{ name = \"n%d\"; zone = \"A\"; }", i > 0 ? ", " : "", i);
	snprintf(text + at, sizeof text - at, ");");
	struct conf_collector *x = load("zones = ( { name = \"A\"; } );"), *y = load(text);
	struct conf_diff *d = conf_diff_new(T, x, y);
	char *said = conf_diff_text(d, 2, "; ");
	assert_string_equal(said, "nodes[n0]: added; nodes[n1]: added; and 2998 more");
	assert_int_equal(d->total, 3000);
	assert_int_equal(d->nlines, CONF_DIFF_MOST);
	free(said);
	conf_diff_free(d);
	conf_free(T, x);
	conf_free(T, y);
}

static void
long_texts(void **state)
{
	char a[2000], longer[601] = "";

	(void)state;
	for (int i = 0; i < 300; i++)
		strcat(longer, "ə");
	snprintf(a, sizeof a, BASE "site = \"%s\";", longer);
	struct conf_collector *x = load(BASE), *y = load(a);
	struct conf_diff *d = conf_diff_new(T, x, y);
	assert_int_equal(d->total, 1);
	assert_true(strlen(d->lines[0]) < 140 && strstr(d->lines[0], "…") != NULL);
	conf_diff_free(d);
	conf_free(T, x);
	conf_free(T, y);
}

/* Another value than a scalar has; in its struct. */
static void
change(const struct conf_key *k, void *v)
{
	struct conf_texts *t = v;

	switch (k->type) {
	case CONF_text:
		free(*(char **)v);
		*(char **)v = xstrdup("another");
		break;
	case CONF_texts:
		t->v = xreallocarray(t->v, t->n + 1, sizeof *t->v);
		t->v[t->n++] = xstrdup("another");
		break;
	case CONF_flag:
		*(bool *)v = !*(bool *)v;
		break;
	case CONF_number:
		*(double *)v = 4711;
		break;
	default:
		*(int64_t *)v = 4711;
		break;
	}
}

/* Each key by itself, of a table that is part of the two wholes: its change is told once, by its
 * path, and taken live if and only if its row says so. */
static unsigned
each_key(const struct conf_table *t, const char *path)
{
	unsigned n = 0;

	for (size_t i = 0; i < t->nkeys; i++) {
		const struct conf_key *k = &t->keys[i];
		struct conf_table one = { .name = "one", .size = t->size, .keys = k, .nkeys = 1 };
		char name[CONF_MAX_PATH];
		snprintf(name, sizeof name, "%s%s%s", path, *path ? "." : "", k->name);
		if (k->sub != NULL) {
			n += each_key(k->sub, name);
			continue;
		}
		void *a = conf_defaults(&one), *b = conf_defaults(&one);
		change(k, (char *)b + k->offset);
		struct conf_diff *d = conf_diff_new(&one, a, b);
		bool live = k->flags & CONF_LIVE;
		assert_int_equal(d->total, 1);
		assert_int_equal(d->fixed, !live);
		assert_int_equal(strncmp(d->lines[0], k->name, strlen(k->name)), 0);
		conf_diff_free(d);
		conf_take_live(&one, a, b);
		assert_int_equal(conf_value_is_default(k, (char *)a + k->offset), !live);
		conf_free(&one, a);
		conf_free(&one, b);
		n++;
	}
	return n;
}

static void
no_key_is_forgotten(void **state)
{
	(void)state;
	assert_true(each_key(T, "") > 150);
}

static void
lists_move_whole(void **state)
{
	struct conf_collector
	    *x = load(BASE),
	    *y = load(BASE "maintenance = ( { when = \"Sun 02:00-04:30\"; reason = \"Test\"; } );\n"
			   "limits = ( { rule = \"*\"; above = 3.0; } );");

	(void)state;
	conf_take_live(T, x, y);
	assert_int_equal(x->maintenance.n, 1);
	assert_int_equal(y->maintenance.n, 0);
	assert_int_equal(x->limits.n, 0);
	conf_free(T, x);
	conf_free(T, y);
}

/* What -D prints is what children are given: nothing differs when it is read again. */
static void
dump_is_the_same(void **state)
{
	struct conf_collector *x = load(
	    BASE "rules = ( { name = \"w\"; kind = \"threshold\"; source = \"x\"; field = \"y\";"
		 " above = 0.1; for = \"90s\"; } );\n"
		 "limits = ( { rule = \"w\"; above = 27.3; off = true; } );\n"
		 "maintenance = ( { when = \"Sun 02:00-04:30\"; reason = \"Ə \\\"q\\\"\"; } );\n");
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	conf_dump(T, x, f);
	fclose(f);
	struct conf_collector *y = load(text);
	struct conf_diff *d = conf_diff_new(T, x, y);
	char *said = conf_diff_text(d, 10, "\n");
	assert_string_equal(said, "");
	free(said);
	conf_diff_free(d);
	conf_free(T, x);
	conf_free(T, y);
	free(text);
}

static bool
is_live(const char *key)
{
	return strncmp(key, "tls.", 4) == 0;
}

static void
files(void **state)
{
	const char *text = BASE "tls: { ca = \"ca\"; cert = \"cert\"; key = \"key\"; };\n"
				"report: { graphs = [ \"graphs\" ]; };\n";

	(void)state;
	put("ca", "1");
	put("cert", "1");
	assert_int_equal(mkdir("graphs", 0700), 0);
	struct conf_collector *x = load(text);
	struct conf_files *a = conf_files_new(T, x), *b = conf_files_new(T, x);
	struct conf_diff *d = conf_diff_new(T, x, x);
	conf_files_diff(a, b, is_live, d);
	assert_int_equal(d->total, 0);
	conf_files_free(b);
	put("cert", "22");
	put("key", "new");
	put("graphs/a.conf", "");
	b = conf_files_new(T, x);
	conf_files_diff(a, b, is_live, d);
	char *said = conf_diff_text(d, 10, "; ");
	assert_string_equal(said, "tls.cert: the file has another content; "
				  "tls.key: the file has another content; "
				  "report.graphs: the file has another content");
	assert_int_equal(d->fixed, 1);
	free(said);
	/* What is known of some is no news; the rest is. */
	conf_diff_free(d);
	d = conf_diff_new(T, x, x);
	conf_files_look(a, "tls.");
	conf_files_diff(a, b, is_live, d);
	said = conf_diff_text(d, 10, "; ");
	assert_string_equal(said, "report.graphs: the file has another content");
	free(said);
	uint64_t before = conf_files_mark_all(T, x, "main.conf");
	assert_true(before == conf_files_mark_all(T, x, "main.conf"));
	assert_int_equal(mkdir("conf.d", 0700), 0);
	put("conf.d/a.conf", "# more\n");
	assert_true(before != conf_files_mark_all(T, x, "main.conf"));
	conf_diff_free(d);
	conf_files_free(a);
	conf_files_free(b);
	conf_free(T, x);
}

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL && chdir(dir) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	char *cmd = xasprintf("rm -rf %s", dir);
	int rc = system(cmd);

	(void)state;
	free(cmd);
	return rc;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),
		cmocka_unit_test(values),
		cmocka_unit_test(rows),
		cmocka_unit_test(recipients),
		cmocka_unit_test(secrets),
		cmocka_unit_test(bounded),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(no_key_is_forgotten),
		cmocka_unit_test(lists_move_whole),
		cmocka_unit_test(dump_is_the_same),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
