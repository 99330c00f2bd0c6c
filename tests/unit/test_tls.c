/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is let in by TLS and who is not: a matrix of certificates, each tried against a real
 * handshake over a socketpair; and whose name a certificate may say. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "pki.h"
#include "tls_fixture.h"
#include "zw/fs.h"
#include "zw/tls.h"

static char dir[64];   /* the site's */
static char other[64]; /* a stranger's authority */

/* openssl with a configuration of our own for a certificate that pki.sh would not make. */
static void
make_odd(const char *name, const char *ca, const char *extensions, const char *options)
{
	pki_run("cd %s && printf '[req]\\ndistinguished_name=dn\\nprompt=no\\n[dn]\\nCN=odd\\n"
		"[ext]\\n%s\\n' >%s.cnf && openssl req -new -config %s.cnf -newkey ec "
		"-pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s.key -out %s.csr 2>/dev/null && "
		"openssl x509 -req -in %s.csr %s -extfile %s.cnf -extensions ext %s "
		"-out %s.crt 2>/dev/null",
	    dir, extensions, name, name, name, name, name, ca, name, options, name);
}

#define SITE_CA "-CA ca.crt -CAkey ca.key -CAcreateserial"
#define NODE_URI "subjectAltName=URI:urn:zonewatch:node:srv-01\\n"
#define CLIENT "basicConstraints=CA:FALSE\\nextendedKeyUsage=clientAuth\\n"

/* A certificate whose time is not now: openssl ca takes dates. */
static void
make_dated(const char *name, const char *start, const char *end)
{
	pki_run("cd %s && mkdir -p db && : >db/index.txt && echo 01 >db/serial && "
		"printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=db/index.txt\\nserial=db/serial\\n"
		"new_certs_dir=db\\ndefault_md=sha256\\npolicy=p\\nunique_subject=no\\n[p]\\n"
		"commonName=supplied\\n[ext]\\n" CLIENT NODE_URI "' >%s.cnf && "
		"openssl req -new -subj /CN=odd -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
		"-keyout %s.key -out %s.csr 2>/dev/null && openssl ca -batch -config %s.cnf "
		"-cert ca.crt -keyfile ca.key -in %s.csr -out %s.crt -notext -extensions ext "
		"-startdate %s -enddate %s 2>/dev/null",
	    dir, name, name, name, name, name, name, start, end);
}

static int
setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	pki_make(dir, "srv-01 srv-02");
	pki_run("sh %s %s node gw dev-1 dev-2", PKI_SH, dir);
	pki_make(other, "srv-01");
	make_odd("nouri", SITE_CA, CLIENT "subjectAltName=DNS:srv-01", "-days 9");
	make_odd("noname", SITE_CA, "basicConstraints=CA:FALSE\\nextendedKeyUsage=clientAuth",
	    "-days 9");
	make_odd(
	    "badname", SITE_CA, CLIENT "subjectAltName=URI:urn:zonewatch:node:../x", "-days 9");
	make_odd("noeku", SITE_CA, "basicConstraints=CA:FALSE\\n" NODE_URI, "-days 9");
	make_odd("serveronly", SITE_CA,
	    "basicConstraints=CA:FALSE\\nextendedKeyUsage=serverAuth\\n" NODE_URI, "-days 9");
	make_odd("subca", SITE_CA,
	    "basicConstraints=CA:TRUE\\nextendedKeyUsage=clientAuth\\n" NODE_URI, "-days 9");
	make_odd("selfsigned", "-signkey selfsigned.key", CLIENT NODE_URI, "-days 9");
	make_odd("wildcard", SITE_CA,
	    "basicConstraints=CA:FALSE\\nextendedKeyUsage=serverAuth\\n"
	    "subjectAltName=DNS:*.example.az,DNS:collector.example.az",
	    "-days 9");
	make_odd("cnonly", SITE_CA, "basicConstraints=CA:FALSE\\nextendedKeyUsage=serverAuth",
	    "-days 9");
	make_dated("expired", "20200101000000Z", "20210101000000Z");
	make_dated("early", "20990101000000Z", "20991231000000Z");
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
context(bool server, const char *in, const char *name)
{
	struct tls *t = NULL;
	char crt[128], key[128];
	struct err e;

	assert_int_equal(str_format(crt, sizeof crt, "%s/%s.crt", in, name), 0);
	assert_int_equal(str_format(key, sizeof key, "%s/%s.key", in, name), 0);
	/* Whoever shows a certificate trusts the site's authority himself. */
	if ((server ? tls_server_new : tls_client_new)(&t, pki_path(dir, "ca.crt"), crt, key, &e) ==
	    -1)
		fail_msg("%s", e.msg);
	return t;
}

/* The server is right; the client shows this certificate. */
static void
try_client(const char *in, const char *name, struct outcome *o)
{
	struct tls *st = context(true, dir, "collector");
	struct tls *ct = context(false, in, name);

	shake(st, ct, "127.0.0.1", o);
	tls_free(st);
	tls_free(ct);
}

static void
refused_client(const char *in, const char *name, const char *reason)
{
	struct outcome o;

	try_client(in, name, &o);
	if (o.server_took || o.client_took)
		fail_msg("%s was let in", name);
	if (strstr(o.server_why.msg, reason) == NULL)
		fail_msg("%s: \"%s\" says nothing of \"%s\"", name, o.server_why.msg, reason);
}

static void
test_right_node_is_let_in_and_named(void **state)
{
	struct outcome o;

	(void)state;
	try_client(dir, "nodes/srv-01", &o);
	assert_true(o.server_took);
	assert_true(o.client_took);
	assert_true(o.identified);
	assert_int_equal(o.id.n, 1);
	assert_string_equal(o.id.nodes[0], "srv-01");
	tls_identity_clear(&o.id);
	try_client(dir, "nodes/gw", &o);
	assert_true(o.identified);
	assert_int_equal(o.id.n, 3);
	assert_string_equal(o.id.nodes[0], "gw");
	assert_string_equal(o.id.nodes[2], "dev-2");
	tls_identity_clear(&o.id);
}

static void
test_wrong_clients_are_refused(void **state)
{
	(void)state;
	refused_client(other, "nodes/srv-01", "not signed by the authority in tls.ca (");
	refused_client(dir, "selfsigned", "not signed by the authority");
	refused_client(dir, "expired", "expired");
	refused_client(dir, "early", "not yet valid");
	refused_client(dir, "ca", "authority");
	refused_client(dir, "subca", "authority");
	refused_client(dir, "serveronly", "not made for its side");
	refused_client(dir, "noeku", "not made for its side");
	refused_client(dir, "collector", "not made for its side");
}

/* They pass TLS and are nobody. */
static void
test_certificates_without_a_node_name_nobody(void **state)
{
	static const char *const names[] = { "nouri", "noname", "badname" };
	struct outcome o;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		try_client(dir, names[i], &o);
		assert_true(o.server_took);
		assert_false(o.identified);
		assert_int_equal(o.id.n, 0);
		assert_non_null(strstr(o.id_why.msg, "node"));
	}
}

static void
try_server(const char *cert, const char *name, struct outcome *o)
{
	struct tls *st = context(true, dir, cert);
	struct tls *ct = context(false, dir, "nodes/srv-01");

	shake(st, ct, name, o);
	tls_identity_clear(&o->id);
	tls_free(st);
	tls_free(ct);
}

static void
test_server_must_carry_the_very_name(void **state)
{
	struct outcome o;

	(void)state;
	try_server("collector", "localhost", &o);
	assert_true(o.client_took);
	try_server("collector", "127.0.0.2", &o);
	assert_false(o.client_took);
	assert_non_null(
	    strstr(o.client_why.msg, "is not for 127.0.0.2 but for localhost, 127.0.0.1"));
	try_server("collector", "elsewhere.example.az", &o);
	assert_false(o.client_took);
	assert_non_null(
	    strstr(o.client_why.msg, "is not for elsewhere.example.az but for localhost"));
	try_server("wildcard", "collector.example.az", &o);
	assert_true(o.client_took);
	try_server("wildcard", "other.example.az", &o);
	assert_false(o.client_took);
	try_server("cnonly", "odd", &o);
	assert_false(o.client_took);
	/* A node cannot play the collector. */
	try_server("nodes/srv-02", "srv-02", &o);
	assert_false(o.client_took);
}

/* A stranger's client by openssl(1): without a certificate, or of an older protocol. */
static void
refused_stranger(const char *options, const char *reason)
{
	struct event_base *base = event_base_new();
	struct side server = { .base = base, .server = true };
	struct tls *st = context(true, dir, "collector");
	struct timeval limit = { .tv_sec = 5 };
	char cmd[512];
	struct err e;

	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof sin;
	assert_int_equal(bind(l, (struct sockaddr *)&sin, sizeof sin), 0);
	assert_int_equal(listen(l, 1), 0);
	assert_int_equal(getsockname(l, (struct sockaddr *)&sin, &len), 0);
	assert_int_equal(
	    str_format(cmd, sizeof cmd,
		"openssl s_client -connect 127.0.0.1:%u %s </dev/null >/dev/null 2>&1 &",
		(unsigned)ntohs(sin.sin_port), options),
	    0);
	assert_int_equal(system(cmd), 0);
	int fd = accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_int_not_equal(fd, -1);
	server.bev = tls_accept(st, base, fd, &e);
	bufferevent_setcb(server.bev, side_read, NULL, side_event, &server);
	bufferevent_enable(server.bev, EV_READ | EV_WRITE);
	event_base_loopexit(base, &limit);
	event_base_dispatch(base);
	assert_false(server.connected);
	assert_true(server.over);
	if (strstr(server.why.msg, reason) == NULL)
		fail_msg("\"%s\" says nothing of \"%s\"", server.why.msg, reason);
	close(l);
	bufferevent_free(server.bev);
	event_base_free(base);
	tls_free(st);
}

static void
test_strangers_are_refused(void **state)
{
	char options[300];

	(void)state;
	refused_stranger("", "did not return a certificate");
	assert_int_equal(
	    str_format(options, sizeof options,
		"-tls1_2 -cert %s/nodes/srv-01.crt -key %s/nodes/srv-01.key", dir, dir),
	    0);
	refused_stranger(options, "speaks no TLS 1.3");
}

static void
test_key_that_others_may_read_is_refused(void **state)
{
	struct tls *t = NULL;
	struct err e;

	(void)state;
	pki_run("cp %s/nodes/srv-01.key %s/open.key && chmod 640 %s/open.key", dir, dir, dir);
	assert_int_equal(tls_client_new(&t, pki_path(dir, "ca.crt"),
			     pki_path(dir, "nodes/srv-01.crt"), pki_path(dir, "open.key"), &e),
	    -1);
	assert_null(t);
	assert_non_null(strstr(e.msg, "chmod 600"));
}

static void
test_files_that_do_not_serve_are_named(void **state)
{
	struct tls *t = NULL;
	const char *ca = pki_path(dir, "ca.crt");
	const char *crt = pki_path(dir, "nodes/srv-01.crt"),
		   *key = pki_path(dir, "nodes/srv-01.key");
	const char *wrong = pki_path(dir, "nodes/srv-02.key"), *none = pki_path(dir, "none");
	struct err e;

	(void)state;
	assert_int_equal(tls_client_new(&t, ca, crt, wrong, &e), -1);
	assert_non_null(strstr(e.msg, "not the key of the certificate"));
	assert_int_equal(tls_client_new(&t, none, crt, key, &e), -1);
	assert_non_null(strstr(e.msg, "No such file"));
	assert_int_equal(tls_client_new(&t, key, crt, key, &e), -1);
	assert_non_null(strstr(e.msg, "no certificate of an authority"));
	assert_int_equal(tls_client_new(&t, ca, "/tmp", key, &e), -1);
	assert_non_null(strstr(e.msg, "no regular file"));
	assert_int_equal(tls_client_new(&t, ca, key, key, &e), -1);
	assert_int_equal(tls_client_new(&t, ca, crt, crt, &e), -1);

	/* One damaged certificate behind a good one: half a file is not what was meant. */
	pki_run("cd %s && sed 's/^M[A-Z]/!!/' ca.crt >bad && cat ca.crt bad >two.crt && "
		"cat nodes/srv-01.crt bad >chain.crt && cat ca.crt ca.crt >twice.crt && "
		"echo '# the end' >>twice.crt",
	    dir);
	const char *two = pki_path(dir, "two.crt");
	assert_int_equal(tls_client_new(&t, two, crt, key, &e), -1);
	assert_non_null(strstr(e.msg, "certificate 2 cannot be used"));
	const char *chain = pki_path(dir, "chain.crt");
	assert_int_equal(tls_client_new(&t, ca, chain, key, &e), -1);
	assert_non_null(strstr(e.msg, "chain.crt: no certificate that can be used"));
	assert_int_equal(tls_client_new(&t, pki_path(dir, "twice.crt"), crt, key, &e), 0);
	tls_free(t);
}

static void
test_own_identity_and_end(void **state)
{
	struct tls *t = context(false, dir, "nodes/gw");
	struct tls_identity id;
	struct err e;
	int64_t days;

	(void)state;
	assert_int_equal(tls_own_identity(t, &id, &e), 0);
	assert_int_equal(id.n, 3);
	tls_identity_clear(&id);
	days = (tls_own_not_after_ms(t) / 1000 - (int64_t)time(NULL)) / 86400;
	assert_in_range(days, 823, 825);
	tls_free(t);
}

static void
test_identity_of_der_refuses_what_is_odd(void **state)
{
	struct tls_identity id;
	char *der;
	size_t n;
	struct err e;

	(void)state;
	pki_run("cd %s && openssl x509 -in nodes/gw.crt -outform DER -out gw.der", dir);
	assert_int_equal(fs_read(pki_path(dir, "gw.der"), 65536, &der, &n, &e), 0);
	assert_int_equal(tls_identity_of_der((uint8_t *)der, n, &id, &e), 0);
	assert_int_equal(id.n, 3);
	tls_identity_clear(&id);
	/* Cut and lengthened. */
	assert_int_equal(tls_identity_of_der((uint8_t *)der, n - 1, &id, &e), -1);
	assert_int_equal(tls_identity_of_der((uint8_t *)der, n + 1, &id, &e), -1);
	assert_int_equal(tls_identity_of_der((uint8_t *)der, 0, &id, &e), -1);
	/* A NUL inside a name must not shorten it. */
	char *at = memmem(der, n, "node:dev-1", 10);
	assert_non_null(at);
	at[8] = '\0';
	assert_int_equal(tls_identity_of_der((uint8_t *)der, n, &id, &e), -1);
	assert_non_null(strstr(e.msg, "malformed name"));
	at[8] = '/';
	assert_int_equal(tls_identity_of_der((uint8_t *)der, n, &id, &e), -1);
	free(der);
}

static void
test_too_many_nodes_are_refused(void **state)
{
	struct tls_identity id;
	char *der;
	size_t n;
	struct err e;

	(void)state;
	pki_run(
	    "cd %s && sh %s . node $(seq -f many-%%g 1024) && openssl x509 -in nodes/many-1.crt "
	    "-outform DER -out many.der && sh %s . node $(seq -f more-%%g 1025) && "
	    "openssl x509 -in nodes/more-1.crt -outform DER -out more.der",
	    dir, PKI_SH, PKI_SH);
	assert_int_equal(fs_read(pki_path(dir, "many.der"), 65536, &der, &n, &e), 0);
	assert_int_equal(tls_identity_of_der((uint8_t *)der, n, &id, &e), 0);
	assert_int_equal(id.n, TLS_MAX_NODES);
	tls_identity_clear(&id);
	free(der);
	assert_int_equal(fs_read(pki_path(dir, "more.der"), 65536, &der, &n, &e), 0);
	assert_int_equal(tls_identity_of_der((uint8_t *)der, n, &id, &e), -1);
	free(der);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right_node_is_let_in_and_named),
		cmocka_unit_test(test_wrong_clients_are_refused),
		cmocka_unit_test(test_certificates_without_a_node_name_nobody),
		cmocka_unit_test(test_server_must_carry_the_very_name),
		cmocka_unit_test(test_strangers_are_refused),
		cmocka_unit_test(test_key_that_others_may_read_is_refused),
		cmocka_unit_test(test_files_that_do_not_serve_are_named),
		cmocka_unit_test(test_own_identity_and_end),
		cmocka_unit_test(test_identity_of_der_refuses_what_is_odd),
		cmocka_unit_test(test_too_many_nodes_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
