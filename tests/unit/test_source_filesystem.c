/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source filesystem: which mounts are watched, what they are called, what statvfs says. */
#include "source_fixture.h"

#include <errno.h>
#include <sys/statvfs.h>

#define MAX_ITEMS 32

/* What items() named. */
struct items {
	unsigned n;
	char instance[MAX_ITEMS][NAME_MAX_NODE + 1];
	char item[MAX_ITEMS][512];
};

static void
add(void *arg, const char *instance, const char *item)
{
	struct items *it = arg;
	assert_true(it->n < MAX_ITEMS);
	assert_true(str_is_name(instance, NAME_MAX_NODE));
	assert_int_equal(str_copy(it->instance[it->n], sizeof it->instance[0], instance), 0);
	assert_int_equal(str_copy(it->item[it->n++], sizeof it->item[0], item), 0);
}

static struct items
items(struct fixture *f)
{
	struct items it = { 0 };
	assert_non_null(f->state);
	assert_int_equal(f->src->items(f->state, add, &it), 0);
	return it;
}

/* The place in items() of a mount point under the root; -1: not watched. */
static int
place(const struct fixture *f, const struct items *it, const char *point)
{
	for (unsigned i = 0; i < it->n; i++) {
		const char *path = it->item[i] + 1; /* behind 'r' or 'w' */
		assert_memory_equal(path, f->root, strlen(f->root));
		if (strcmp(path + strlen(f->root), point) == 0)
			return (int)i;
	}
	return -1;
}

/* The instance of a mount point; NULL: not watched. */
static const char *
instance(const struct fixture *f, const struct items *it, const char *point)
{
	int i = place(f, it, point);
	return i == -1 ? NULL : it->instance[i];
}

/* Types that hold no files, binds and covered mounts are left out; \040 is a blank. */
static void
which(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_filesystem, "proc-a");
	struct items it = items(&f);
	assert_string_equal(instance(&f, &it, "/"), "root");
	assert_string_equal(instance(&f, &it, "/boot"), "boot");
	assert_string_equal(instance(&f, &it, "/back\\slash"), "back-slash");
	assert_non_null(instance(&f, &it, "/mnt/usb disk"));
	assert_null(instance(&f, &it, "/proc"));
	assert_null(instance(&f, &it, "/dev"));
	assert_null(instance(&f, &it, "/srv/chroot/www"));
	assert_null(instance(&f, &it, "/srv/covered"));
	assert_non_null(instance(&f, &it, "/data/бакы"));
	assert_int_equal(it.n, 9);
	fixture_close(&f);
}

/* No two have the same instance: "/root" is not "root", nor are long names cut to the same. */
static void
unique(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_filesystem, "proc-a");
	struct items it = items(&f);
	for (unsigned i = 0; i < it.n; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(it.instance[i], it.instance[j]);
	assert_memory_equal(instance(&f, &it, "/root"), "root-", 5);
	assert_string_equal(instance(&f, &it, "/mnt/usb disk"), "mnt-usb-disk");
	assert_memory_equal(instance(&f, &it, "/mnt/usb-disk"), "mnt-usb-disk-", 13);
	/* Asked again, the same. */
	struct items again = items(&f);
	assert_memory_equal(&again, &it, sizeof it);
	fixture_close(&f);
}

#define ROOT "27 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
#define WWW "28 27 8:2 / /srv/www rw - ext4 /dev/sda2 rw\n"
#define WWW2 "29 27 8:3 / /srv_www rw - ext4 /dev/sda3 rw\n"
#define WWW3 "30 27 8:4 / /srv-www rw - ext4 /dev/sda4 rw\n"

/* The order of mounting does not change the names; a mount that is gone is gone. */
static void
order(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_filesystem);
	fixture_put(&f, "proc/self/mountinfo", ROOT WWW WWW2 WWW3);
	fixture_open(&f);
	struct items it = items(&f);
	char first[NAME_MAX_NODE + 1];
	char second[NAME_MAX_NODE + 1];
	assert_int_equal(it.n, 4);
	str_copy(first, sizeof first, instance(&f, &it, "/srv-www"));
	str_copy(second, sizeof second, instance(&f, &it, "/srv/www"));
	fixture_put(&f, "proc/self/mountinfo", ROOT WWW3 WWW2 WWW);
	it = items(&f);
	assert_string_equal(instance(&f, &it, "/srv-www"), first);
	assert_string_equal(instance(&f, &it, "/srv/www"), second);
	assert_string_equal(instance(&f, &it, "/srv_www"), "srv_www");
	fixture_put(&f, "proc/self/mountinfo", ROOT WWW2);
	it = items(&f);
	assert_int_equal(it.n, 2);
	fixture_close(&f);
}

/* Patterns of the configuration. */
static void
ignored(void **state)
{
	(void)state;
	char pattern[] = "/srv*";
	char *patterns[] = { pattern };
	struct fixture f = fixture_empty(&source_filesystem);
	f.conf->sources.filesystem.ignore = (struct conf_texts){ .v = patterns, .n = 1 };
	fixture_put(&f, "proc/self/mountinfo", ROOT WWW WWW2 WWW3);
	fixture_open(&f);
	struct items it = items(&f);
	assert_int_equal(it.n, 1);
	f.conf->sources.filesystem.ignore = (struct conf_texts){ 0 };
	fixture_close(&f);
}

/* Lines that are none. */
static void
odd(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_filesystem, "proc-odd");
	struct items it = items(&f);
	assert_int_equal(it.n, 1);
	assert_string_equal(it.instance[0], "good");
	fixture_close(&f);
	f = fixture_tree(&source_filesystem, "proc-256");
	assert_null(f.state);
	fixture_close(&f);
}

/* What the unit's sandbox makes of a server's mounts, and what is read-only for everybody: only
 * the superblock's options tell them apart. The source of a mount may be empty. */
static void
read_only(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_filesystem);
	fixture_put(&f, "proc/self/mountinfo",
	    "27 1 8:1 / / ro,relatime - ext4 /dev/sda1 rw,errors=remount-ro\n"
	    "28 27 8:2 / /failed rw,relatime - ext4 /dev/sda2 ro\n"
	    "29 27 8:3 / /cd ro,relatime shared:5 - iso9660 /dev/sr0 ro,nojoliet\n"
	    "30 27 8:4 / /nameless ro - ext4  rw\n"
	    "31 27 8:5 / /word ro - ext4 ro rw\n"
	    "32 27 8:6 / /prefix ro - ext4 /dev/x rox\n"
	    "33 27 8:7 / /last rw - ext4 /dev/y ro");
	fixture_open(&f);
	struct items it = items(&f);
	assert_int_equal(it.n, 7);
	static const struct {
		const char *point;
		char is;
	} expected[] = { { "/", 'w' }, { "/failed", 'r' }, { "/cd", 'r' }, { "/nameless", 'w' },
		{ "/word", 'w' }, { "/prefix", 'w' }, { "/last", 'r' } };
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(it.item[place(&f, &it, expected[i].point)][0], expected[i].is);
	/* A disk that fails meanwhile. */
	fixture_put(&f, "proc/self/mountinfo", "27 1 8:1 / / ro - ext4 /dev/sda1 ro,x\n");
	it = items(&f);
	assert_int_equal(it.n, 1);
	assert_int_equal(it.item[0][0], 'r');
	fixture_close(&f);
}

/* The numbers are statvfs's; a place that is not there is an error. */
static void
reads(void **state)
{
	(void)state;
	double v[METRIC_MAX_FIELDS];
	struct statvfs st;
	assert_int_equal(statvfs("/tmp", &st), 0);
	assert_int_equal(source_filesystem.read_item("r/tmp", v), 0);
	assert_true(v[7] == 1);
	assert_int_equal(source_filesystem.read_item("w/tmp", v), 0);
	assert_true(v[0] == (double)st.f_blocks * (double)st.f_frsize);
	assert_true(v[1] > 0 && v[1] <= v[0]);
	assert_true(v[2] >= 0 && v[2] <= v[0]);
	assert_true(v[3] >= 0 && v[3] <= 100);
	assert_true(v[7] == 0);
	errno = 0;
	assert_int_equal(source_filesystem.read_item("w/nowhere/at/all", v), -1);
	assert_int_equal(errno, ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which),
		cmocka_unit_test(unique),
		cmocka_unit_test(order),
		cmocka_unit_test(ignored),
		cmocka_unit_test(odd),
		cmocka_unit_test(read_only),
		cmocka_unit_test(reads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
