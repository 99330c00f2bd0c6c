/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of conf*.c: every kind of mistake with its exact message, and what is right. Each test
 * writes files into a directory of its own and goes there, so that messages have plain names. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONF_KEYS "tests/unit/conf_keys.def"
#include "zw/conf_struct.h"

struct round {
	double radius;
};

struct square {
	int64_t side;
};

static const struct conf_key round_keys[] = { { .name = "radius",
    .type = CONF_number,
    .offset = offsetof(struct round, radius),
    .flags = CONF_REQUIRED,
    .help = "Its radius." } };
static const struct conf_key square_keys[] = { { .name = "side",
    .type = CONF_integer,
    .offset = offsetof(struct square, side),
    .def = "3",
    .min = 1,
    .max = 9,
    .help = "Its side." } };
static const struct conf_table round_table = {
	.name = "round", .size = sizeof(struct round), .keys = round_keys, .nkeys = 1
};
static const struct conf_table square_table = {
	.name = "square", .size = sizeof(struct square), .keys = square_keys, .nkeys = 1
};

static const struct conf_table *
kind_table(const char *text)
{
	return strcmp(text, "round") == 0    ? &round_table
	       : strcmp(text, "square") == 0 ? &square_table
					     : NULL;
}

static const char *
kind_at(size_t i, const char **help)
{
	static const char *const kinds[] = { "round", "square" };

	*help = "A shape.";
	return i < 2 ? kinds[i] : NULL;
}

#include "zw/conf_rows.h"
#undef CONF_KEYS

static const struct conf_table top_table = CONF_TABLE(top, "conf.d");

#define T (&top_table)

static char dir[] = "/tmp/zw-test-conf-XXXXXX";

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Load main.conf (its text, unless NULL) and compare all that is said. */
static struct conf_top *
load(const char *text, void (*check)(void *, struct conf_errors *), const char *expected)
{
	char *said = NULL;
	size_t n = 0;
	void *conf = NULL;
	unsigned errors = 77;
	FILE *f = open_memstream(&said, &n);

	if (text != NULL)
		put("main.conf", text);
	int rc = conf_load(T, "main.conf", &conf, check, f, &errors);
	fclose(f);
	assert_string_equal(said, expected);
	assert_int_equal(rc, *expected == '\0' ? 0 : -1);
	assert_true((conf != NULL) == (rc == 0));
	assert_true((errors == 0) == (rc == 0));
	free(said);
	return conf;
}

static void
wrong(const char *text, const char *expected)
{
	assert_null(load(text, NULL, expected));
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return strcmp(path, ".") == 0 ? 0 : remove(path);
}

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL && chdir(dir) == 0 ? 0 : -1;
}

static int
clean(void **state)
{
	(void)state;
	return nftw(".", remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int
teardown(void **state)
{
	(void)state;
	return chdir("/") == 0 && rmdir(dir) == 0 ? 0 : -1;
}

static void
test_empty_is_defaults(void **state)
{
	struct conf_top *c = load("", NULL, "");

	(void)state;
	assert_int_equal(c->limit, 10);
	assert_true(isnan(c->ratio));
	assert_true(c->share == 0.5);
	assert_int_equal(c->wait, 30000);
	assert_int_equal(c->maybe, -1);
	assert_int_equal(c->room, 65536);
	assert_null(c->title);
	assert_int_equal(c->words.n, 2);
	assert_string_equal(c->words.v[1], "two");
	assert_string_equal(c->inner.path, "/dflt");
	assert_true(c->inner.on);
	assert_int_equal(c->items.n, 0);
	struct conf_top *d = conf_defaults(T);
	char names[64];
	assert_int_equal(conf_restart_needed(T, c, d, names, sizeof names), 0);
	conf_free(T, c);
	conf_free(T, d);
	conf_free(T, NULL);
}

static void
test_all_types(void **state)
{
	struct conf_top *c =
	    load("\xef\xbb\xbflimit = 0x10; ratio = 3; share = 0.25;\n"
		 "wait = \"2min\"; maybe = \"0s\"; room = \"1MiB\";\n"
		 "title = \"Zona \xc6\x8f \\\"q\\\" \\\\\";\n"
		 "words = ( \"a\", \"b\" );\n"
		 "inner: { on = false; path = \"sub/x\"; };\n"
		 "items = ( { name = \"r\"; kind = \"round\"; radius = 1.5; for = \"5s\"; },\n"
		 "  { name = \"s\"; kind = \"square\"; colour = \"blue\"; } );\n",
		NULL, "");
	const struct conf_item *items = c->items.v;

	(void)state;
	assert_int_equal(c->limit, 16);
	assert_true(c->ratio == 3);
	assert_true(c->share == 0.25);
	assert_int_equal(c->wait, 120000);
	assert_int_equal(c->maybe, 0);
	assert_int_equal(c->room, 1048576);
	assert_string_equal(c->title, "Zona \xc6\x8f \"q\" \\");
	assert_int_equal(c->words.n, 2);
	assert_false(c->inner.on);
	assert_string_equal(c->inner.path, "sub/x");
	assert_int_equal(c->items.n, 2);
	assert_int_equal(items[0].for_, 5000);
	assert_string_equal(items[0].colour, "red");
	assert_true(((const struct round *)items[0].variant)->radius == 1.5);
	assert_int_equal(((const struct square *)items[1].variant)->side, 3);
	conf_free(T, c);
}

static void
test_unknown_keys(void **state)
{
	(void)state;
	wrong("limt = 5;\nzzzzz = 1;\ninner: {\n  pth = \"x\"; };\npath = \"y\";\n",
	    "main.conf:1: limt: unknown key; did you mean \"limit\"?\n"
	    "main.conf:2: zzzzz: unknown key\n"
	    "main.conf:4: inner.pth: unknown key; did you mean \"path\"?\n"
	    "main.conf:5: path: unknown key here; there is one in \"inner\"\n");
	wrong("items = ( { name = \"a\"; kind = \"round\"; radius = 1; side = 2; } );",
	    "main.conf:1: items[a].side: unknown key\n");
	wrong("Limit = 5;", "main.conf:1: Limit: unknown key; did you mean \"limit\"?\n");
}

static void
test_wrong_types(void **state)
{
	(void)state;
	wrong("limit = \"5\";\nlimit2 = 1;\nratio = true;\nshare = [ 1 ];\nwait = 30;\n"
	      "room = 4096;\ntitle = 5;\nwords = \"a\";\ninner = 1;\nitems = [ 1 ];\n",
	    "main.conf:1: limit: must be a whole number, as in 10\n"
	    "main.conf:2: limit2: unknown key; did you mean \"limit\"?\n"
	    "main.conf:3: ratio: must be a number, as in 10 or 2.5\n"
	    "main.conf:4: share: must be a number, as in 10 or 2.5\n"
	    "main.conf:5: wait: must be a duration with its unit (ms, s, min, h or d), as in "
	    "\"30s\"\n"
	    "main.conf:6: room: must be a size with its unit (KiB, MiB, GiB or TiB), as in "
	    "\"64MiB\"\n"
	    "main.conf:7: title: must be a text in quotes, as in \"text\"\n"
	    "main.conf:8: words: must be a list of texts, as in [ \"a\", \"b\" ]\n"
	    "main.conf:9: inner: must be a group, { ... }\n"
	    "main.conf:10: items: must be a list of groups, as in ( { ... }, { ... } )\n");
	wrong("inner: { on = 1; };\nwords = ( \"a\",\n 5 );\nitems = ( 1 );\nlimit = 2.5;\n",
	    "main.conf:1: inner.on: must be true or false\n"
	    "main.conf:3: words: must be a text in quotes, as in \"text\"\n"
	    "main.conf:4: items: every element must be a group, { ... }\n"
	    "main.conf:5: limit: 2.5 is not a whole number\n");
}

static void
test_ranges(void **state)
{
	(void)state;
	wrong("limit = 0;\nshare = 1.5;\nwait = \"1ms\";\nroom = \"1GiB\";\nwords = [ ];\n"
	      "wait2 = 0;\n",
	    "main.conf:1: limit: 0 is out of range: must be 1 to 100\n"
	    "main.conf:2: share: 1.5 is out of range: must be 0 to 1\n"
	    "main.conf:3: wait: \"1ms\" is out of range: must be 1s to 1h\n"
	    "main.conf:4: room: \"1GiB\" is out of range: must be 1KiB to 1MiB\n"
	    "main.conf:5: words: must not be empty\n"
	    "main.conf:6: wait2: unknown key; did you mean \"wait\"?\n");
	wrong("wait = \"5 min\";\nroom = \"-1\";\nratio = 1e999;\nwords = [ \"a\", \"b\", \"c\",\n"
	      " \"d\" ];",
	    "main.conf:1: wait: \"5 min\": must be a duration with its unit (ms, s, min, h or d), "
	    "as in \"30s\"\n"
	    "main.conf:2: room: \"-1\": must be a size with its unit (KiB, MiB, GiB or TiB), as in "
	    "\"64MiB\"\n"
	    "main.conf:3: ratio: is too large for a number\n"
	    "main.conf:5: words: has more than 3 elements\n");
}

static void
test_numbers_that_wrap(void **state)
{
	(void)state;
	wrong("limit = 4294967306; share = 4294967296;\nratio = 0x1FFFFFFFF;\n"
	      "# 5000000000\n/* 5000000000\n */ title = \"5000000000\"; // 5000000000\n"
	      "room = 99999999999999999999L;\n",
	    "main.conf:1: limit: 4294967306 does not fit 32 bits; write 4294967306L\n"
	    "main.conf:1: share: 4294967296 does not fit 32 bits; write 4294967296L\n"
	    "main.conf:2: ratio: 0x1FFFFFFFF does not fit 32 bits; write 0x1FFFFFFFFL\n"
	    "main.conf:6: room: 99999999999999999999 does not fit 64 bits\n");
	struct conf_top *c =
	    load("ratio = 5000000000L; share = .99999999999; title = \"\\\\\";", NULL, "");
	assert_true(c->ratio == 5e9);
	conf_free(T, c);
	c = load("ratio = -2147483648; share = 9999999999e-10;", NULL, "");
	assert_true(c->ratio == -2147483648.0);
	conf_free(T, c);
	wrong("ratio = -2147483649;",
	    "main.conf:1: ratio: -2147483649 does not fit 32 bits; write -2147483649L\n");
}

static void
test_texts(void **state)
{
	(void)state;
	wrong("title = \"a\\x07b\";\nwords = [ \"\\x1b\" ];\n",
	    "main.conf:1: title: \"a\\x07b\" has control characters\n"
	    "main.conf:2: words: \"\\x1b\" has control characters\n");
	wrong("title = \"a\\x00b\";", "main.conf:1: title: \\x00 would end the text unseen\n");
	wrong("limit = 5;\ntitle = \"abc\nshare = 1;\n",
	    "main.conf:2: title: the text that begins here has no closing quote in its line\n");
	wrong("limit = 5;\n/* title = \"abc\nshare = 1;\n",
	    "main.conf:2: the comment that begins here has no end\n");
	wrong("limit = 5;\n# caf\xe9\n", "main.conf:2: bytes that are no text: the file must be "
					 "UTF-8 without control characters\n");
	wrong("limit = 5;\n\x01", "main.conf:2: bytes that are no text: the file must be "
				  "UTF-8 without control characters\n");
	wrong("inner: { path = \"\"; };", "main.conf:1: inner.path: must not be empty\n");
}

static void
test_syntax_errors(void **state)
{
	(void)state;
	wrong("limit = 5;\ninner = {\n  on = true;\n  path = ;\n};\n",
	    "main.conf:4: syntax error at or before: path = ;\n");
	wrong("limit = 5;\nlimit = 6;\n",
	    "main.conf:2: duplicate setting name at or before: limit = 6;\n");
	wrong("words = [ \"a\", 1 ];\n",
	    "main.conf:1: mismatched element type in array at or before: words = [ \"a\", 1 ];\n");
	wrong("words = [ \"a\",\n \"b\", # last\n ];\nlimit = 5,",
	    "main.conf:2: the comma before the closing ] is one too many: commas stand only "
	    "between elements\n");
	wrong("z\xc9\x99 = 1;", "main.conf:1: syntax error at or before: z\xc9\x99 = 1;\n");
}

static void
test_items(void **state)
{
	(void)state;
	wrong("items = (\n { name = \"a b\"; kind = \"round\"; radius = 1; },\n"
	      " { kind = \"square\"; side = 10; },\n"
	      " { name = \"c\"; kind = \"rund\"; colour = \"gren\"; radius = 1; },\n"
	      " { name = \"c\"; kind = \"round\"; for = \"2min\"; }\n);\n",
	    "main.conf:2: items[#1].name: \"a b\" is no name: a name has letters, digits, '_', '.' "
	    "and '-', begins with a letter, a digit or '_', and has at most 63 bytes\n"
	    "main.conf:3: items[#2].name: must be given\n"
	    "main.conf:3: items[#2].side: 10 is out of range: must be 1 to 9\n"
	    "main.conf:4: items[c].colour: \"gren\" is not red, green or blue; did you mean "
	    "\"green\"?\n"
	    "main.conf:4: items[c].kind: \"rund\" is not round or square; did you mean "
	    "\"round\"?\n"
	    "main.conf:5: items[c].for: \"2min\" is out of range: must be 0s to 1min\n"
	    "main.conf:5: items[c].radius: must be given\n"
	    "main.conf:5: items[c].name: \"c\" is given twice\n");
	wrong("items = ( { name = \"a\"; kind = \"square\"; }, { name = \"b\"; kind = \"square\"; "
	      "},\n"
	      "{ name = \"c\"; kind = \"square\"; }, { name = \"d\"; kind = \"square\"; },\n"
	      "{ name = \"e\"; kind = \"square\"; } );",
	    "main.conf:3: items: has more than 4 elements\n");
}

static void
test_parts(void **state)
{
	(void)state;
	assert_int_equal(mkdir("conf.d", 0700), 0);
	put("conf.d/b.conf", "items = ( { name = \"two\"; kind = \"square\"; } );\n"
			     "inner: { must = \"b\"; };\n");
	put("conf.d/a.conf", "items = ( { name = \"one\"; kind = \"square\"; } );\n");
	put("conf.d/ignored.txt", "nonsense");
	put("conf.d/.hidden.conf", "nonsense");
	put("conf.d/c.conf", "items = ( { name = \"three\"; kind = \"square\"; } );\n");
	struct conf_top *c = load("inner: { on = false; };\n"
				  "items = ( { name = \"zero\"; kind = \"square\"; } );\n",
	    NULL, "");
	const struct conf_item *items = c->items.v;
	assert_int_equal(c->items.n, 4);
	assert_string_equal(items[0].name, "zero");
	assert_string_equal(items[1].name, "one");
	assert_string_equal(items[2].name, "two");
	assert_string_equal(items[3].name, "three");
	assert_false(c->inner.on);
	assert_string_equal(c->inner.must, "b");
	conf_free(T, c);

	assert_int_equal(unlink("conf.d/c.conf"), 0);
	put("conf.d/b.conf", "limit = 6;\nitems = ( { name = \"zero\"; kind = \"square\"; } );\n");
	wrong("limit = 5;\nitems = ( { name = \"zero\"; kind = \"square\"; } );\n",
	    "conf.d/b.conf:1: limit: given twice; first in main.conf:1\n"
	    "conf.d/b.conf:2: items[zero].name: \"zero\" is given twice\n");
}

static void
test_broken_part_hides_nothing(void **state)
{
	(void)state;
	assert_int_equal(mkdir("conf.d", 0700), 0);
	put("conf.d/a.conf", "limit = ;\n");
	put("conf.d/b.conf", "share = 7;\n");
	put("conf.d/c.conf", "items = ( { kind = \"square\"; } );\n");
	wrong("lmit = 1;\n", "main.conf:1: lmit: unknown key; did you mean \"limit\"?\n"
			     "conf.d/a.conf:1: syntax error at or before: limit = ;\n"
			     "conf.d/b.conf:1: share: 7 is out of range: must be 0 to 1\n"
			     "conf.d/c.conf:1: items[#1].name: must be given\n");
}

static void
test_files_that_are_none(void **state)
{
	(void)state;
	wrong(NULL, "main.conf: cannot open: No such file or directory\n");
	assert_int_equal(mkdir("main.conf", 0700), 0);
	wrong(NULL, "main.conf: is not a regular file\n");
	assert_int_equal(rmdir("main.conf"), 0);
	assert_int_equal(mkfifo("main.conf", 0600), 0);
	wrong(NULL, "main.conf: is not a regular file\n");
	assert_int_equal(unlink("main.conf"), 0);

	FILE *f = fopen("main.conf", "w");
	for (int i = 0; i < 10 * 1024; i++)
		fprintf(f, "%1023s\n", "#");
	fclose(f);
	wrong(NULL, "main.conf: is larger than 4194304 bytes\n");

	assert_int_equal(mkdir("conf.d", 0700), 0);
	assert_int_equal(mkfifo("conf.d/f.conf", 0600), 0);
	wrong("", "conf.d/f.conf: is not a regular file\n");
}

static void
test_includes(void **state)
{
	(void)state;
	put("more.conf", "share = 1;\nlimt = 3;\nratio = 5000000000;\n");
	wrong("limit = 5;\n@include \"more.conf\"\nroom = \"x\";\n",
	    "main.conf:3: room: \"x\": must be a size with its unit (KiB, MiB, GiB or TiB), as in "
	    "\"64MiB\"\n"
	    "more.conf:2: limt: unknown key; did you mean \"limit\"?\n"
	    "more.conf:3: ratio: 5000000000 does not fit 32 bits; write 5000000000L\n");
	put("more.conf", "share = ;\n");
	wrong("limit = 5;\n@include \"more.conf\"\n",
	    "more.conf:1: syntax error at or before: share = ;\n");
	put("more.conf", "on = false;\n");
	struct conf_top *c = load("inner: {\n  @include \"more.conf\"\n};\n", NULL, "");
	assert_false(c->inner.on);
	conf_free(T, c);
	wrong("limit = 5;\n@include \"none.conf\"\n",
	    "main.conf:2: @include: cannot open none.conf: No such file or directory\n");
	assert_int_equal(mkfifo("fifo.conf", 0600), 0);
	wrong(
	    "@include \"fifo.conf\"\n", "main.conf:1: @include: fifo.conf is not a regular file\n");
	wrong("@include \".\"\n", "main.conf:1: @include: . is not a regular file\n");
	wrong("@include \"main.conf\"\n",
	    "main.conf:1: include file nesting too deep at or before: @include \"main.conf\"\n");
}

/* What is too many is not left to libconfig, which would wait for a writer of the fifo. */
static void
test_many_includes(void **state)
{
	char text[8192] = "";
	size_t n = 0;

	(void)state;
	put("more.conf", "");
	assert_int_equal(mkfifo("fifo.conf", 0600), 0);
	for (unsigned i = 0; i < 256; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "@include \"more.conf\"\n");
	struct conf_top *c = load(text, NULL, "");
	conf_free(T, c);
	(void)snprintf(text + n, sizeof text - n, "@include \"fifo.conf\"\n");
	wrong(text, "main.conf:257: @include: more than 256 files are included\n");
}

/* libconfig takes a comment only with the end of its line. */
static void
test_last_line(void **state)
{
	(void)state;
	struct conf_top *c = load("limit = 5;\n# the end", NULL, "");
	assert_int_equal(c->limit, 5);
	conf_free(T, c);
	put("more.conf", "limit = 5;\n# the end");
	wrong("@include \"more.conf\"\n",
	    "more.conf:2: the file ends within a comment; end its last line\n");
}

static void
test_paths(void **state)
{
	char path[64], expected[64];
	void *conf = NULL;

	(void)state;
	snprintf(path, sizeof path, "%s/main.conf", dir);
	snprintf(expected, sizeof expected, "%s/sub/x", dir);
	put("main.conf", "inner: { path = \"sub/x\"; };");
	assert_int_equal(conf_load(T, path, &conf, NULL, stderr, NULL), 0);
	assert_string_equal(((struct conf_top *)conf)->inner.path, expected);
	conf_free(T, conf);
	put("main.conf", "inner: { path = \"/abs\"; };");
	assert_int_equal(conf_load(T, path, &conf, NULL, stderr, NULL), 0);
	assert_string_equal(((struct conf_top *)conf)->inner.path, "/abs");
	conf_free(T, conf);
}

static void
complain(void *conf, struct conf_errors *ce)
{
	const struct conf_top *c = conf;
	const struct conf_item *items = c->items.v;

	conf_complain(ce, c, NULL, "whole");
	conf_complain(ce, c, "limit", "limit %d", 1);
	conf_complain(ce, c, "wait", "absent key");
	conf_complain(ce, &c->inner, "on", "in a group");
	conf_complain(ce, &items[1], "kind", "in an item");
	conf_complain(ce, &items[1], NULL, "an item");
	conf_complain(ce, items[1].variant, "side", "in a variant");
	conf_complain(ce, &items[1], "side", "in a variant, by its item");
	conf_complain(ce, &ce, "x", "of nothing");
}

static void
test_complaints(void **state)
{
	(void)state;
	assert_null(load("\nlimit = 5;\ninner: {\n  on = true;\n};\nitems = (\n"
			 " { name = \"a\"; kind = \"square\"; },\n"
			 " { name = \"b\";\n   kind = \"square\";\n   side = 4; } );\n",
	    complain,
	    "main.conf: x: of nothing\n"
	    "main.conf:1: whole\n"
	    "main.conf:1: wait: absent key\n"
	    "main.conf:2: limit: limit 1\n"
	    "main.conf:4: inner.on: in a group\n"
	    "main.conf:8: items[b]: an item\n"
	    "main.conf:9: items[b].kind: in an item\n"
	    "main.conf:10: items[b].side: in a variant\n"
	    "main.conf:10: items[b].side: in a variant, by its item\n"));
}

static void
test_many_errors_are_bounded(void **state)
{
	char *text = calloc(1, 64 * 1024), *said = NULL;
	size_t n = 0;
	unsigned errors = 0;
	void *conf = NULL;

	(void)state;
	for (int i = 0; i < 1500; i++)
		snprintf(text + strlen(text), 32, "unknown_%d = 1;\n", i);
	put("main.conf", text);
	FILE *f = open_memstream(&said, &n);
	assert_int_equal(conf_load(T, "main.conf", &conf, NULL, f, &errors), -1);
	fclose(f);
	assert_int_equal(errors, 1500);
	assert_non_null(
	    strstr(said, "main.conf:1000: unknown_999: unknown key\n... and 500 more\n"));
	free(said);
	free(text);
}

static char *
dump(const struct conf_top *c)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	conf_dump(T, c, f);
	fclose(f);
	return text;
}

static void
test_dump_loads_again(void **state)
{
	struct conf_top *c = load("title = \"q\\\"b\\\\\"; ratio = 5000000000L; maybe = \"90s\";\n"
				  "items = ( { name = \"r\"; kind = \"round\"; radius = 0.1; } );",
	    NULL, "");
	char *first = dump(c);

	(void)state;
	conf_free(T, c);
	assert_non_null(strstr(first, "title = \"q\\\"b\\\\\";\n"));
	assert_non_null(strstr(first, "ratio = 5000000000L;\n"));
	assert_non_null(strstr(first, "\t\tradius = 0.1;\n"));
	c = load(first, NULL, "");
	char *second = dump(c);
	assert_string_equal(first, second);
	conf_free(T, c);
	free(first);
	free(second);
	c = load("", NULL, "");
	first = dump(c);
	assert_non_null(strstr(first, "# title: not set\n"));
	free(first);
	conf_free(T, c);
}

static void
test_sample(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	conf_print_sample(T, f);
	fclose(f);
	assert_non_null(strstr(text, "\n# A limit. (whole number: things; 1 to 100; a change needs "
				     "a restart)\n# limit = 10;\n"));
	assert_non_null(strstr(text, "\n# title = \"An example\";\n"));
	assert_non_null(strstr(text, "\n# words = [ \"one\", \"two\" ];\n"));
	assert_non_null(
	    strstr(text, "\ninner: {\n\t# A path. (text: file)\n\t# path = \"/dflt\";\n"));
	assert_non_null(
	    strstr(text, "\n#   With kind = \"square\": A shape.\n#     side: Its side. "));
	struct conf_top *c = load(text, NULL, "");
	assert_int_equal(c->items.n, 1);
	conf_free(T, c);
	free(text);

	f = open_memstream(&text, &n);
	conf_print_scdoc(T, f);
	fclose(f);
	assert_non_null(strstr(text, "*limit* (whole number: things; 1 to 100; a change needs a "
				     "restart)\n\tA limit. Default: 10.\n"));
	free(text);
}

static void
test_restart(void **state)
{
	struct conf_top *a = load("limit = 5; inner: { must = \"x\"; }; share = 0.1;", NULL, "");
	struct conf_top *b = load("limit = 6; inner: { must = \"y\"; }; share = 0.2;", NULL, "");
	char names[64];

	(void)state;
	assert_int_equal(conf_restart_needed(T, a, b, names, sizeof names), 2);
	assert_string_equal(names, "limit, inner.must");
	assert_int_equal(conf_restart_needed(T, a, a, names, sizeof names), 0);
	assert_string_equal(names, "");
	conf_free(T, a);
	conf_free(T, b);
}

static void
test_nearest(void **state)
{
	const char *const words[] = { "threshold", NULL, "no-data", "limit", "on" };

	(void)state;
	assert_string_equal(conf_nearest("treshhold", words, 5), "threshold");
	assert_string_equal(conf_nearest("nodata", words, 5), "no-data");
	assert_string_equal(conf_nearest("LIMIT", words, 5), "limit");
	assert_null(conf_nearest("foo", words, 5));
	assert_null(conf_nearest("", words, 5));
	assert_null(conf_nearest("x", words, 5));
}

#define TEST(name) cmocka_unit_test_teardown(name, clean)

/* A table whose files may name others. */
struct book {
	int64_t limit;
	struct conf_texts words;
	struct conf_texts include;
};
static const struct conf_key book_keys[] = {
	{ .name = "limit", .type = CONF_integer, .offset = offsetof(struct book, limit) },
	{ .name = "words", .type = CONF_texts, .offset = offsetof(struct book, words) },
	{ .name = "include",
	    .type = CONF_texts,
	    .offset = offsetof(struct book, include),
	    .max = 16,
	    .flags = CONF_INCLUDE | CONF_FILE },
};
static const struct conf_table book_table = {
	.name = "book",
	.parts = "conf.d",
	.size = sizeof(struct book),
	.keys = book_keys,
	.nkeys = sizeof book_keys / sizeof book_keys[0],
};

/* Load main.conf of this table from its directory and compare what is said. */
static struct book *
read_book(const char *path, const char *text, const char *expected)
{
	char *said = NULL;
	size_t n = 0;
	void *conf = NULL;
	FILE *f = open_memstream(&said, &n);

	put(path, text);
	int rc = conf_load(&book_table, path, &conf, NULL, f, NULL);
	fclose(f);
	assert_string_equal(said, expected);
	assert_int_equal(rc, *expected == '\0' ? 0 : -1);
	free(said);
	return conf;
}

static void
test_include(void **state)
{
	(void)state;
	assert_int_equal(mkdir("conf.d", 0700), 0);
	assert_int_equal(mkdir("rules", 0700), 0);
	put("rules/one.conf", "words = [ \"b\" ];\nlimit = 7;\n@include \"more.conf\"\n");
	put("rules/more.conf", "# nothing\n");
	put("two.conf", "words = [ \"c\" ];");
	put("conf.d/z.conf", "words = [ \"d\" ];\n");
	struct book *b = read_book("main.conf",
	    "words = [ \"a\" ];\ninclude = [ \"rules/one.conf\", \"two.conf\" ];\n", "");
	assert_int_equal(b->limit, 7);
	assert_int_equal(b->words.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(b->words.v[i][0], "abcd"[i]);
	/* What is dumped holds all of it, and names no file again. */
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	conf_dump(&book_table, b, f);
	fclose(f);
	assert_null(strstr(text, "include"));
	assert_non_null(strstr(text, "limit = 7;"));
	free(text);
	conf_free(&book_table, b);

	/* The directory of the main file counts, wherever the program runs; a whole path, too. */
	char whole[512];
	char *here = getcwd(NULL, 0);
	snprintf(whole, sizeof whole, "%s/rules/main.conf", here);
	b = read_book(whole, "include = [ \"one.conf\" ];\n", "");
	assert_int_equal(b->limit, 7);
	conf_free(&book_table, b);
	snprintf(whole, sizeof whole, "include = [ \"%s/rules/one.conf\" ];\n", here);
	free(here);
	b = read_book("main.conf", whole, "");
	assert_int_equal(b->limit, 7);
	conf_free(&book_table, b);
}

static void
test_wrong_include(void **state)
{
	char text[1024];
	size_t n;

	(void)state;
	put("one.conf", "limit = 7;\n");
	assert_null(read_book("main.conf", "limit = 5;\ninclude = [ \"one.conf\" ];\n",
	    "one.conf:1: limit: given twice; first in main.conf:1\n"));
	assert_null(read_book("main.conf", "include = [ \"one.conf\",\n \"none.conf\" ];\n",
	    "main.conf:2: include: cannot open none.conf: No such file or directory\n"));
	assert_null(read_book(
	    "main.conf", "include = [ \"\" ];\n", "main.conf:1: include: must not be empty\n"));
	assert_null(read_book("main.conf", "include = [ 7 ];\n",
	    "main.conf:1: include: must be a text in quotes, as in \"text\"\n"));
	assert_null(read_book("main.conf", "include = \"one.conf\";\n",
	    "main.conf:1: include: must be a list of texts, as in [ \"a\", \"b\" ]\n"));
	/* Whether it is itself or another that goes on: only one may name files. */
	assert_null(read_book("main.conf", "include = [ \"main.conf\" ];\n",
	    "main.conf:1: include: only the main file can include others so\n"));
	put("one.conf", "limit = 7;\ninclude = [ \"main.conf\" ];\n");
	assert_null(read_book("main.conf", "include = [ \"one.conf\" ];\n",
	    "one.conf:2: include: only the main file can include others so\n"));
	put("one.conf", "limit = ;\n");
	assert_null(read_book("main.conf", "include = [ \"one.conf\" ];\nlmit = 1;\n",
	    "main.conf:2: lmit: unknown key; did you mean \"limit\"?\n"
	    "one.conf:1: syntax error at or before: limit = ;\n"));
	/* No more than are read. */
	put("one.conf", "");
	n = (size_t)snprintf(text, sizeof text, "include = [ \"one.conf\"");
	for (int i = 1; i < 17; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, ", \"one.conf\"");
	snprintf(text + n, sizeof text - n, " ];\n");
	assert_null(
	    read_book("main.conf", text, "main.conf:1: include: has more than 16 elements\n"));
}

static void
warn(void *conf, struct conf_errors *ce)
{
	struct conf_top *c = conf;

	conf_warn(ce, c, "limit", "%lld is much", (long long)c->limit);
	if (c->limit > 50)
		conf_complain(ce, c, "limit", "is too much");
}

/* A warning is said and fails nothing. */
static void
test_warnings(void **state)
{
	char *said = NULL;
	size_t n = 0;
	void *conf = NULL;
	unsigned errors = 77;

	(void)state;
	FILE *f = open_memstream(&said, &n);
	put("main.conf", "\nlimit = 40;\n");
	assert_int_equal(conf_load(T, "main.conf", &conf, warn, f, &errors), 0);
	fclose(f);
	assert_string_equal(said, "main.conf:2: warning: limit: 40 is much\n");
	assert_int_equal(errors, 0);
	assert_non_null(conf);
	conf_free(T, conf);
	free(said);
	put("main.conf", "\nlimit = 60;\n");
	f = open_memstream(&said, &n);
	assert_int_equal(conf_load(T, "main.conf", &conf, warn, f, &errors), -1);
	fclose(f);
	assert_string_equal(
	    said, "main.conf:2: warning: limit: 60 is much\nmain.conf:2: limit: is too much\n");
	assert_int_equal(errors, 1);
	free(said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_empty_is_defaults),
		TEST(test_all_types),
		TEST(test_unknown_keys),
		TEST(test_wrong_types),
		TEST(test_ranges),
		TEST(test_numbers_that_wrap),
		TEST(test_texts),
		TEST(test_syntax_errors),
		TEST(test_items),
		TEST(test_parts),
		TEST(test_include),
		TEST(test_wrong_include),
		TEST(test_warnings),
		TEST(test_broken_part_hides_nothing),
		TEST(test_files_that_are_none),
		TEST(test_includes),
		TEST(test_many_includes),
		TEST(test_last_line),
		TEST(test_paths),
		TEST(test_complaints),
		TEST(test_many_errors_are_bounded),
		TEST(test_dump_loads_again),
		TEST(test_sample),
		TEST(test_restart),
		TEST(test_nearest),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
