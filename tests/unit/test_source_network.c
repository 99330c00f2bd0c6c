/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source network: columns, links, names, interfaces that come and go, odd files. */
#include "source_fixture.h"

/* Columns and links of the interfaces; lo is left out by default. */
static void
values(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_network, "proc-a");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_int_equal(fixture_count(&f), 4);
	assert_value(&f, "eno1", "rx_bytes", 156251175000.0);
	assert_value(&f, "eno1", "rx_packets", 340000397);
	assert_value(&f, "eno1", "rx_errors", 1);
	assert_value(&f, "eno1", "rx_drops", 2);
	assert_value(&f, "eno1", "tx_bytes", 9129255);
	assert_value(&f, "eno1", "tx_packets", 18103);
	assert_value(&f, "eno1", "tx_errors", 3);
	assert_value(&f, "eno1", "tx_drops", 4);
	assert_value(&f, "eno1", "carrier", 1);
	assert_value(&f, "eno1", "speed", 10000);
	/* No link, and -1. */
	assert_value(&f, "eno2", "carrier", 0);
	assert_unknown(&f, "eno2", "speed");
	/* No blank behind the colon, and 4294967295. */
	assert_value(&f, "eno3.100", "rx_bytes", 12345);
	assert_unknown(&f, "eno3.100", "speed");
	/* The kernel does not say whether there is a link. */
	assert_unknown(&f, "bond0", "carrier");
	assert_unknown(&f, "bond0", "speed");
	fixture_close(&f);
}

#define LINE(name, bytes) name ": " bytes " 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0\n"

/* The speed is asked for when the link comes, and each minute. */
static void
speed(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_network);
	fixture_put(&f, "proc/self/net/dev", LINE("eth0", "1"));
	fixture_put(&f, "sys/class/net/eth0/carrier", "1\n");
	fixture_put(&f, "sys/class/net/eth0/speed", "1000\n");
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_value(&f, "eth0", "speed", 1000);
	fixture_put(&f, "sys/class/net/eth0/speed", "100\n");
	assert_int_equal(fixture_read(&f, 30), 0);
	assert_value(&f, "eth0", "speed", 1000);
	assert_int_equal(fixture_read(&f, 30), 0);
	assert_value(&f, "eth0", "speed", 100);
	fixture_put(&f, "sys/class/net/eth0/carrier", "0\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_value(&f, "eth0", "carrier", 0);
	assert_unknown(&f, "eth0", "speed");
	fixture_put(&f, "sys/class/net/eth0/carrier", "1\n");
	fixture_put(&f, "sys/class/net/eth0/speed", "2500\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_value(&f, "eth0", "speed", 2500);
	fixture_close(&f);
}

/* Interfaces come and go, also in another order. */
static void
plugged(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_network);
	fixture_put(&f, "proc/self/net/dev", LINE("a", "1") LINE("b", "2"));
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), 0);
	fixture_put(&f, "proc/self/net/dev", LINE("c", "3") LINE("a", "4"));
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_int_equal(fixture_count(&f), 2);
	assert_value(&f, "a", "rx_bytes", 4);
	assert_value(&f, "c", "rx_bytes", 3);
	fixture_close(&f);
}

/* Lines that are none are left out; names that become the same stay two. */
static void
odd(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_network, "proc-odd");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_int_equal(fixture_count(&f), 3);
	assert_true(fixture_has(&f, "wg"));
	assert_true(fixture_has(&f, "eth1"));
	assert_unknown(&f, "eth1", "carrier");
	assert_unknown(&f, "eth1", "speed");
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(speed),
		cmocka_unit_test(plugged),
		cmocka_unit_test(odd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
