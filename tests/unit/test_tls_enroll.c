/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is let in without a certificate, and whom such a one trusts; files that are replaced. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "pki.h"
#include "tls_fixture.h"
#include "zw/cert.h"

static char dir[64];   /* the site's */
static char other[64]; /* a stranger's */

static int
setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	pki_make(dir, "srv-01 srv-02");
	pki_make(other, "srv-01");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pki_remove(dir);
	pki_remove(other);
	return 0;
}

static struct tls *
server(const char *in, bool enrolling)
{
	struct tls *t = NULL;
	struct err e;

	if (tls_server_new(&t, pki_path(in, "ca.crt"), pki_path(in, "collector.crt"),
		pki_path(in, "collector.key"), &e) == -1)
		fail_msg("%s", e.msg);
	tls_server_enrolling(t, enrolling);
	return t;
}

/* A client that knows this authority. */
static struct tls *
newcomer(const char *in)
{
	uint8_t digest[DIGEST_SIZE];
	char hash[CERT_HASH_TEXT];
	struct tls *t = NULL;
	struct err e;

	assert_int_equal(cert_hash_of_file(hash, pki_path(in, "ca.crt"), &e), 0);
	assert_int_equal(cert_hash_parse(digest, hash, &e), 0);
	assert_int_equal(tls_enroll_new(&t, digest, &e), 0);
	return t;
}

static struct tls *
member(const char *in)
{
	struct tls *t = NULL;
	struct err e;

	assert_int_equal(
	    tls_client_new(&t, pki_path(in, "ca.crt"), pki_path(in, "nodes/srv-01.crt"),
		pki_path(in, "nodes/srv-01.key"), &e),
	    0);
	return t;
}

/* A handshake; both contexts are freed. */
static void
try(struct tls *st, struct tls *ct, const char *name, struct outcome *o)
{
	shake(st, ct, name, o);
	tls_identity_clear(&o->id);
	tls_free(st);
	tls_free(ct);
}

static void
test_newcomer_is_let_in_while_told(void **state)
{
	struct outcome o;

	(void)state;
	try(server(dir, true), newcomer(dir), "127.0.0.1", &o);
	assert_true(o.server_took && o.client_took && o.enrolling && o.enrolled);
	assert_false(o.identified); /* and is nobody */
	assert_non_null(strstr(o.id_why.msg, "showed no certificate"));
	try(server(dir, false), newcomer(dir), "127.0.0.1", &o);
	assert_false(o.server_took || o.client_took || o.enrolling);
	assert_non_null(strstr(o.server_why.msg, "did not return a certificate"));
}

/* Whoever has a certificate is as before, whether newcomers are let in or not. */
static void
test_members_are_as_ever(void **state)
{
	struct outcome o;

	(void)state;
	for (int on = 0; on < 2; on++) {
		try(server(dir, on), member(dir), "127.0.0.1", &o);
		assert_true(o.server_took && o.client_took && o.identified);
		assert_false(o.enrolling || o.enrolled);
		try(server(dir, on), member(other), "127.0.0.1", &o);
		assert_false(o.server_took || o.client_took);
	}
}

/* A stranger in between has another authority, or another name, or is a node. */
static void
test_newcomer_trusts_one_authority(void **state)
{
	struct tls *st = NULL;
	struct outcome o;
	struct err e;

	(void)state;
	try(server(other, true), newcomer(dir), "127.0.0.1", &o);
	assert_false(o.server_took || o.client_took);
	assert_non_null(strstr(o.client_why.msg, "not one of the authority with this hash"));
	try(server(dir, true), newcomer(dir), "127.0.0.9", &o);
	assert_false(o.client_took);
	assert_non_null(strstr(o.client_why.msg, "not for 127.0.0.9 but for localhost, 127.0.0.1"));
	/* He shows the right authority behind his own certificate. */
	pki_run("cd %s && cat %s/ca.crt collector.crt >both && cat collector.crt %s/ca.crt "
		">mixed.crt && cp -p collector.key mixed.key",
	    other, dir, dir);
	assert_int_equal(tls_server_new(&st, pki_path(other, "ca.crt"),
			     pki_path(other, "mixed.crt"), pki_path(other, "mixed.key"), &e),
	    0);
	tls_server_enrolling(st, true);
	try(st, newcomer(dir), "127.0.0.1", &o);
	assert_false(o.server_took || o.client_took);
	/* A node plays the collector. */
	assert_int_equal(
	    tls_server_new(&st, pki_path(dir, "ca.crt"), pki_path(dir, "nodes/srv-02.crt"),
		pki_path(dir, "nodes/srv-02.key"), &e),
	    0);
	tls_server_enrolling(st, true);
	try(st, newcomer(dir), "127.0.0.1", &o);
	assert_false(o.client_took);
}

/* New connections show the new certificate; an error changes nothing. */
static void
test_files_are_replaced(void **state)
{
	struct tls *st = server(dir, false), *ct = member(dir);
	struct outcome o;
	struct err e;
	const char *ca = pki_path(dir, "ca.crt");

	(void)state;
	assert_int_equal(tls_reload(ct, ca, pki_path(dir, "nodes/srv-02.crt"),
			     pki_path(dir, "nodes/srv-01.key"), &e),
	    -1);
	shake(st, ct, "127.0.0.1", &o);
	assert_string_equal(o.id.nodes[0], "srv-01");
	tls_identity_clear(&o.id);
	assert_int_equal(tls_reload(ct, ca, pki_path(dir, "nodes/srv-02.crt"),
			     pki_path(dir, "nodes/srv-02.key"), &e),
	    0);
	shake(st, ct, "127.0.0.1", &o);
	assert_string_equal(o.id.nodes[0], "srv-02");
	tls_identity_clear(&o.id);
	/* A server that was told goes on so. */
	tls_server_enrolling(st, true);
	assert_int_equal(
	    tls_reload(st, ca, pki_path(dir, "collector.crt"), pki_path(dir, "collector.key"), &e),
	    0);
	try(st, newcomer(dir), "127.0.0.1", &o);
	assert_true(o.client_took && o.enrolling);
	tls_free(ct);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newcomer_is_let_in_while_told),
		cmocka_unit_test(test_members_are_as_ever),
		cmocka_unit_test(test_newcomer_trusts_one_authority),
		cmocka_unit_test(test_files_are_replaced),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
