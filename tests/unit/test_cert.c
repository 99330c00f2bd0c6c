/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cert: requests and what is refused of them, certificates that are issued, and an agent's files
 * at whatever step of a renewal it is killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "pki.h"
#include "zw/cert.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/wire.h"

#define DAY_MS (86400 * INT64_C(1000))

static char dir[64];   /* the site's authority */
static char other[64]; /* a stranger's */

static int
setup(void **state)
{
	(void)state;
	pki_make(dir, "srv-01");
	pki_make(other, "");
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

/* A file's bytes. */
static struct buf
slurp(const char *path)
{
	struct buf b = { 0 };
	struct err e;
	char *data;
	size_t n;

	if (fs_read(path, 1 << 20, &data, &n, &e) == -1)
		fail_msg("%s", e.msg);
	buf_put(&b, data, n);
	free(data);
	return b;
}

/* A request in DER by openssl(1), with these options for its key. */
static struct buf
odd_request(const char *key_options)
{
	pki_run("cd %s && openssl genpkey %s -out odd.key 2>/dev/null && openssl req -new -key "
		"odd.key -subj /CN=odd -outform DER -out odd.der 2>/dev/null",
	    dir, key_options);
	return slurp(pki_path(dir, "odd.der"));
}

static void
test_serials_and_hashes_as_text(void **state)
{
	uint8_t serial[CERT_SERIAL], digest[DIGEST_SIZE];
	char text[CERT_SERIAL_TEXT], hash[CERT_HASH_TEXT];
	size_t n;
	struct err e;

	(void)state;
	assert_int_equal(cert_serial_parse(serial, &n, "00:0a:FF:01", &e), 0);
	cert_serial_text(text, serial, n);
	assert_string_equal(text, "0AFF01");
	assert_int_equal(cert_serial_parse(serial, &n, "0000", &e), 0);
	cert_serial_text(text, serial, n);
	assert_string_equal(text, "00");
	static const char *const bad[] = { "", "0", "0a:", "0a::0b", ":0a", "0g", "0a 0b",
		"000102030405060708090a0b0c0d0e0f1011121314", "x" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(cert_serial_parse(serial, &n, bad[i], &e), -1);

	assert_int_equal(cert_hash_of_file(hash, pki_path(dir, "ca.crt"), &e), 0);
	assert_int_equal(cert_hash_parse(digest, hash, &e), 0);
	pki_run(
	    "test %s = sha256:$(openssl x509 -in %s/ca.crt -outform DER | sha256sum | cut -c1-64)",
	    hash, dir);
	hash[70] = 'g';
	assert_int_equal(cert_hash_parse(digest, hash, &e), -1);
	assert_int_equal(cert_hash_parse(digest, "sha256:00", &e), -1);
	assert_int_equal(cert_hash_parse(digest, "sha512:", &e), -1);
	assert_int_equal(cert_hash_of_file(hash, pki_path(dir, "ca.key"), &e), -1);
	assert_int_equal(cert_hash_of_file(hash, pki_path(dir, "none"), &e), -1);
}

static void
test_key_is_new_and_ours_alone(void **state)
{
	const char *path = pki_path(dir, "made.key");
	struct buf a = { 0 }, b = { 0 };
	uint8_t one[DIGEST_SIZE], two[DIGEST_SIZE];
	struct stat st;
	struct err e;

	(void)state;
	assert_int_equal(cert_key_make(path, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(cert_key_make(path, &e), -1);
	assert_non_null(strstr(e.msg, "File exists"));
	assert_int_equal(cert_request(&a, path, &e), 0);
	assert_int_equal(cert_request(&b, path, &e), 0);
	assert_int_equal(cert_request_check(a.data, a.len, one, &e), 0);
	assert_int_equal(cert_request_check(b.data, b.len, two, &e), 0);
	assert_memory_equal(one, two, sizeof one); /* the same key */
	assert_true(a.len < WIRE_MAX_REQUEST / 4);
	buf_free(&a);
	buf_free(&b);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(cert_request(&a, path, &e), -1);
	assert_non_null(strstr(e.msg, "lets others read it"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(cert_request(&a, path, &e), -1);
}

/* Whether a request by a key with these options is good, or why not. */
static void
try_request(const char *options, const char *refusal)
{
	struct buf b = odd_request(options);
	uint8_t digest[DIGEST_SIZE];
	struct err e = { "" };
	int rc = cert_request_check(b.data, b.len, digest, &e);

	if (refusal == NULL && rc == -1)
		fail_msg("%s: %s", options, e.msg);
	if (refusal != NULL && (rc == 0 || strstr(e.msg, refusal) == NULL))
		fail_msg("%s: %d, \"%s\" says nothing of \"%s\"", options, rc, e.msg, refusal);
	buf_free(&b);
}

static void
test_requests_are_judged(void **state)
{
	(void)state;
	try_request("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", NULL);
	try_request("-algorithm EC -pkeyopt ec_paramgen_curve:P-384", NULL);
	try_request("-algorithm ED25519", NULL);
	try_request("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", NULL);
	try_request("-algorithm RSA -pkeyopt rsa_keygen_bits:1024", "1024 bits");
	try_request("-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt "
		    "rsa_keygen_pubexp:340282366920938463463374607431768211507",
	    "exponent");
	try_request("-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "another curve");
	try_request("-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", "another curve");
	try_request("-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt "
		    "ec_param_enc:explicit",
	    "another curve");
	try_request("-algorithm ED448", "none of");
}

static void
test_damaged_requests_are_refused(void **state)
{
	struct buf b = odd_request("-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
	uint8_t digest[DIGEST_SIZE];
	struct err e;

	(void)state;
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(cert_request_check(b.data, n, digest, &e), -1);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 0x01;
		assert_int_equal(cert_request_check(b.data, b.len, digest, &e), -1);
		b.data[i] ^= 0x01;
	}
	assert_int_equal(cert_request_check(b.data, b.len, digest, &e), 0);
	b.data[b.len - 1] ^= 0x01;
	assert_int_equal(cert_request_check(b.data, b.len, digest, &e), -1);
	b.data[b.len - 1] ^= 0x01;
	buf_u8(&b, 0);
	assert_int_equal(cert_request_check(b.data, b.len, digest, &e), -1);
	buf_extend(&b, WIRE_MAX_REQUEST);
	assert_int_equal(cert_request_check(b.data, b.len, digest, &e), -1);
	buf_free(&b);
}

/* The site's authority. */
static struct cert_authority *
authority(const char *in)
{
	struct cert_authority *a = NULL;
	struct err e;

	if (cert_authority_load(&a, pki_path(in, "ca.crt"), pki_path(in, "ca.key"), &e) == -1)
		fail_msg("%s", e.msg);
	return a;
}

/* A certificate for a request. */
static struct buf
issue(const char *in, const struct buf *request, const char *const *nodes, size_t n, unsigned days)
{
	struct cert_authority *a = authority(in);
	struct buf der = { 0 };
	struct err e;

	if (cert_issue(&der, a, request->data, request->len, nodes, n, days, &e) == -1)
		fail_msg("%s", e.msg);
	cert_authority_free(a);
	return der;
}

/* The same in the pair's directory, as openssl(1) judges it. */
static void
write_pem(const char *path, const struct buf *der)
{
	struct buf pem = { 0 };
	struct err e;

	assert_int_equal(cert_pem(&pem, der->data, der->len, &e), 0);
	assert_int_equal(fs_replace(path, pem.data, pem.len, &e), 0);
	buf_free(&pem);
}

static void
test_what_is_issued(void **state)
{
	static const char *const nodes[] = { "srv-07", "cool-a1" };
	struct buf request = odd_request("-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
	struct buf der = issue(dir, &request, nodes, 2, 90);
	struct cert_facts f, g;
	struct tls_identity id;
	uint8_t digest[DIGEST_SIZE];
	int64_t now = clock_wall_ms();
	struct err e;

	(void)state;
	assert_int_equal(cert_facts_of_der(&f, der.data, der.len, &e), 0);
	assert_true(f.nserial >= 14 && f.nserial <= 16);
	assert_in_range(f.not_after_ms, now + 90 * DAY_MS - 10000, now + 90 * DAY_MS);
	assert_in_range(f.not_before_ms, now - 310000, now - 299000);
	assert_int_equal(cert_request_check(request.data, request.len, digest, &e), 0);
	assert_memory_equal(digest, f.key_digest, sizeof digest);
	assert_int_equal(tls_identity_of_der(der.data, der.len, &id, &e), 0);
	assert_int_equal(id.n, 2);
	assert_string_equal(id.nodes[0], "srv-07");
	assert_string_equal(id.nodes[1], "cool-a1");
	tls_identity_clear(&id);
	write_pem(pki_path(dir, "issued.crt"), &der);
	pki_run("cd %s && openssl verify -x509_strict -purpose sslclient -CAfile ca.crt issued.crt "
		"&& ! openssl verify -purpose sslserver -CAfile ca.crt issued.crt 2>&1 && openssl "
		"x509 -in issued.crt -noout -text >issued.txt && grep -q 'CA:FALSE' issued.txt && "
		"grep -q 'Digital Signature$' issued.txt && grep -q 'CN = srv-07' issued.txt && "
		"! grep -q odd issued.txt",
	    dir);
	struct buf again = issue(dir, &request, nodes, 1, 90);
	assert_int_equal(cert_facts_of_der(&g, again.data, again.len, &e), 0);
	assert_memory_not_equal(f.serial, g.serial, 16);
	/* Never longer than the authority: it has ten years. */
	struct buf late = issue(dir, &request, nodes, 1, 36500);
	assert_int_equal(cert_facts_of_der(&g, late.data, late.len, &e), 0);
	assert_in_range(g.not_after_ms, now + 3649 * DAY_MS, now + 3651 * DAY_MS);
	buf_free(&late);
	buf_free(&again);
	buf_free(&der);
	buf_free(&request);
}

static void
test_what_is_not_issued(void **state)
{
	static const char *const names[] = { "srv-07", "../x", "", "a b" };
	struct buf request = odd_request("-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
	struct cert_authority *a = authority(dir);
	struct buf der = { 0 };
	struct err e;

	(void)state;
	for (int i = 1; i < 4; i++)
		assert_int_equal(
		    cert_issue(&der, a, request.data, request.len, &names[i], 1, 90, &e), -1);
	assert_int_equal(cert_issue(&der, a, request.data, request.len, names, 0, 90, &e), -1);
	assert_int_equal(cert_issue(&der, a, request.data, request.len - 1, names, 1, 90, &e), -1);
	char(*many)[NAME_MAX_NODE + 1] = calloc(TLS_MAX_NODES + 1, sizeof *many);
	const char **list = calloc(TLS_MAX_NODES + 1, sizeof *list);
	for (int i = 0; i <= TLS_MAX_NODES; i++) {
		memset(many[i], 'x', NAME_MAX_NODE);
		memcpy(many[i],
		    (char[]){ (char)('a' + i / 26 / 26), (char)('a' + i / 26 % 26),
			(char)('a' + i % 26) },
		    3);
		list[i] = many[i];
	}
	assert_int_equal(
	    cert_issue(&der, a, request.data, request.len, list, TLS_MAX_NODES + 1, 90, &e), -1);
	assert_int_equal(
	    cert_issue(&der, a, request.data, request.len, list, TLS_MAX_NODES, 90, &e), -1);
	assert_non_null(strstr(e.msg, "too many nodes"));
	assert_int_equal(cert_issue(&der, a, request.data, request.len, list, 600, 90, &e), 0);
	free(list);
	free(many);
	cert_authority_free(a);
	buf_free(&der);
	buf_free(&request);
}

/* Not an authority. */
static void
refuse_authority(const char *cert, const char *key, const char *why)
{
	struct cert_authority *a;
	struct err e = { "" };

	assert_int_equal(cert_authority_load(&a, cert, key, &e), -1);
	assert_null(a);
	if (strstr(e.msg, why) == NULL)
		fail_msg("\"%s\" says nothing of \"%s\"", e.msg, why);
}

static void
test_authorities_are_judged(void **state)
{
	const char *crt = pki_path(dir, "ca.crt"), *key = pki_path(dir, "ca.key");

	(void)state;
	refuse_authority(crt, pki_path(other, "ca.key"), "not the key of the certificate");
	refuse_authority(
	    pki_path(dir, "collector.crt"), pki_path(dir, "collector.key"), "no authority's");
	refuse_authority(pki_path(dir, "none"), key, "No such file");
	refuse_authority(crt, crt, "lets others read it");
	assert_int_equal(chmod(key, 0640), 0);
	refuse_authority(crt, key, "chmod 600");
	assert_int_equal(chmod(key, 0600), 0);
}

/* --- an agent's files --- */

static char place[64];
static struct cert_pair pair;

/* An agent that has the certificate of srv-01. */
static void
pair_fresh(void)
{
	pki_run("mkdir -p %s/agent && rm -f %s/agent/* && cd %s && cp ca.crt agent/ && cp "
		"nodes/srv-01.crt agent/agent.crt && cp -p nodes/srv-01.key agent/agent.key",
	    dir, dir, dir);
	assert_int_equal(str_format(place, sizeof place, "%s/agent", dir), 0);
	static char ca[128], crt[128], key[128];
	assert_int_equal(str_format(ca, sizeof ca, "%s/ca.crt", place), 0);
	assert_int_equal(str_format(crt, sizeof crt, "%s/agent.crt", place), 0);
	assert_int_equal(str_format(key, sizeof key, "%s/agent.key", place), 0);
	pair = (struct cert_pair){ .ca = ca, .cert = crt, .key = key };
}

/* Whether an agent could start with them. */
static bool
pair_serves(void)
{
	struct tls *t;
	int rc = tls_client_new(&t, pair.ca, pair.cert, pair.key, NULL);

	if (rc == 0)
		tls_free(t);
	return rc == 0;
}

/* A certificate that answers to the request of a renewal. */
static struct buf
answer(struct buf *request, const char *in, const char *node)
{
	struct err e;

	buf_clear(request);
	if (cert_pair_renew(&pair, request, &e) == -1)
		fail_msg("%s", e.msg);
	assert_true(pair_serves());
	return issue(in, request, &node, 1, 90);
}

static struct tls_identity srv01 = { .n = 1, .nodes = (char[1][NAME_MAX_NODE + 1]){ "srv-01" } };

static void
test_pair_is_renewed(void **state)
{
	struct buf request = { 0 };
	struct cert_facts f;
	struct stat st;
	struct tls *t;
	struct err e;

	(void)state;
	pair_fresh();
	struct buf leaf = answer(&request, dir, "srv-01");
	assert_int_equal(cert_pair_install(&pair, leaf.data, leaf.len, NULL, 0, &srv01, &e), 0);
	assert_int_equal(access(pki_path(place, "agent.key.new"), F_OK), -1);
	assert_int_equal(stat(pair.key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(pair.cert, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(tls_client_new(&t, pair.ca, pair.cert, pair.key, &e), 0);
	assert_int_equal(tls_own_facts(t, &f, &e), 0);
	assert_in_range(
	    f.not_after_ms, clock_wall_ms() + 89 * DAY_MS, clock_wall_ms() + 90 * DAY_MS);
	/* Twice is no harm, and changes nothing. */
	assert_int_equal(cert_pair_recover(&pair, &e), 0);
	assert_true(pair_serves());
	tls_free(t);
	buf_free(&leaf);
	buf_free(&request);
}

/* What comes is refused, and nothing changed. */
static void
refuse_install(const struct buf *leaf, const struct buf *ca, const char *why)
{
	struct buf before = slurp(pair.cert), key = slurp(pair.key), trusted = slurp(pair.ca), now;
	struct err e = { "" };

	assert_int_equal(cert_pair_install(&pair, leaf->data, leaf->len, ca ? ca->data : NULL,
			     ca ? ca->len : 0, &srv01, &e),
	    -1);
	if (strstr(e.msg, why) == NULL)
		fail_msg("\"%s\" says nothing of \"%s\"", e.msg, why);
	now = slurp(pair.cert);
	assert_true(now.len == before.len && memcmp(now.data, before.data, now.len) == 0);
	buf_free(&now);
	now = slurp(pair.key);
	assert_true(now.len == key.len && memcmp(now.data, key.data, now.len) == 0);
	buf_free(&now);
	now = slurp(pair.ca);
	assert_true(now.len == trusted.len && memcmp(now.data, trusted.data, now.len) == 0);
	buf_free(&now);
	buf_free(&before);
	buf_free(&key);
	buf_free(&trusted);
}

/* A certificate of openssl(1)'s for the key that is being renewed, with these extensions. */
static struct buf
odd_leaf(const char *extensions, const char *dates)
{
	pki_run(
	    "cd %s && printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=db/index.txt\\n"
	    "serial=db/serial\\nnew_certs_dir=db\\ndefault_md=sha256\\npolicy=p\\n"
	    "unique_subject=no\\n[p]\\ncommonName=supplied\\n[ext]\\n%s\\n' >odd.cnf && "
	    "mkdir -p db && : >db/index.txt && echo 01 >db/serial && openssl req -new -subj "
	    "/CN=odd -key agent/agent.key.new -out odd.csr && openssl ca -batch -config odd.cnf "
	    "-cert ca.crt -keyfile ca.key -in odd.csr -out odd.crt -notext -extensions ext %s "
	    "2>/dev/null && openssl x509 -in odd.crt -outform DER -out odd.der",
	    dir, extensions, dates);
	return slurp(pki_path(dir, "odd.der"));
}

#define NODE_URI "subjectAltName=URI:urn:zonewatch:node:srv-01\\n"
#define CLIENT "basicConstraints=CA:FALSE\\nextendedKeyUsage=clientAuth\\n"

static void
test_pair_refuses_what_is_wrong(void **state)
{
	struct buf request = { 0 }, leaf, older;

	(void)state;
	pair_fresh();
	older = answer(&request, dir, "srv-01");
	leaf = answer(&request, dir, "srv-01"); /* a new key: the first answer is too late */
	refuse_install(&older, NULL, "not of the key");
	leaf.len--;
	refuse_install(&leaf, NULL, "no certificate");
	buf_free(&leaf);
	leaf = answer(&request, other, "srv-01");
	refuse_install(&leaf, NULL, "unable to get local issuer");
	buf_free(&leaf);
	leaf = answer(&request, dir, "srv-02");
	refuse_install(&leaf, NULL, "names srv-02, too");
	buf_free(&leaf);
	static const struct {
		const char *ext, *dates, *why;
	} odd[] = {
		{ CLIENT NODE_URI, "-startdate 20200101000000Z -enddate 20210101000000Z",
		    "ended already" },
		{ "basicConstraints=CA:TRUE\\nextendedKeyUsage=clientAuth\\n" NODE_URI, "-days 9",
		    "not made for an agent" },
		{ "basicConstraints=CA:FALSE\\n" NODE_URI, "-days 9", "not made for an agent" },
		{ "basicConstraints=CA:FALSE\\nextendedKeyUsage=serverAuth\\n" NODE_URI, "-days 9",
		    "not made for an agent" },
		{ CLIENT "subjectAltName=DNS:srv-01\\n", "-days 9", "names no node" },
		{ CLIENT "subjectAltName=URI:urn:zonewatch:node:srv-01,"
			 "URI:urn:zonewatch:node:srv-02\\n",
		    "-days 9", "names srv-02, too" },
	};
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		leaf = odd_leaf(odd[i].ext, odd[i].dates);
		refuse_install(&leaf, NULL, odd[i].why);
		buf_free(&leaf);
	}
	buf_free(&older);
	buf_free(&request);
	assert_true(pair_serves());
}

/* At enrolment the authority comes along, and only what it signed is taken. */
static void
test_pair_is_enrolled(void **state)
{
	struct buf request = { 0 }, ca, stranger, leaf;
	static const char *const node = "srv-01";
	struct err e;

	(void)state;
	pki_run("cd %s && openssl x509 -in ca.crt -outform DER -out ca.der && openssl x509 -in "
		"%s/ca.crt -outform DER -out other.der",
	    dir, other);
	ca = slurp(pki_path(dir, "ca.der"));
	stranger = slurp(pki_path(dir, "other.der"));
	pair_fresh();
	leaf = answer(&request, dir, "srv-01");
	refuse_install(&leaf, &stranger, "unable to get local issuer");
	buf_free(&leaf);
	/* A machine without any. */
	pki_run("rm -f %s/agent/*", dir);
	assert_int_equal(cert_pair_recover(&pair, &e), 0);
	buf_clear(&request);
	assert_int_equal(cert_pair_renew(&pair, &request, &e), 0);
	leaf = issue(dir, &request, &node, 1, 90);
	assert_int_equal(
	    cert_pair_install(&pair, leaf.data, leaf.len, ca.data, ca.len, NULL, &e), 0);
	assert_true(pair_serves());
	buf_free(&leaf);
	buf_free(&ca);
	buf_free(&stranger);
	buf_free(&request);
}

/* The files as they are after each step of an installation. What is there after a kill serves, or
 * does after cert_pair_recover(); and so does what a renewal begins with then. */
static void
test_kill_between_any_two_steps(void **state)
{
	static const char *const steps[] = { /* nothing yet; the key half written; written; the
						certificate half; in place; all */
		"true", "head -c 50 k2 >agent/agent.key.new.tmp", "cp -p k2 agent/agent.key.new",
		"cp -p k2 agent/agent.key.new && head -c 99 c2 >agent/agent.crt.tmp",
		"cp -p k2 agent/agent.key.new && cp c2 agent/agent.crt",
		"cp -p k2 agent/agent.key && cp c2 agent/agent.crt",
		/* an older key of no use beside */
		"cp -p k2 agent/agent.key && cp c2 agent/agent.crt && cp -p k1 agent/agent.key.new",
		"head -c 50 k2 >agent/agent.key.new && chmod 600 agent/agent.key.new"
	};
	struct buf request = { 0 };
	struct err e;

	(void)state;
	pair_fresh();
	struct buf leaf = answer(&request, dir, "srv-01");
	pki_run("cd %s && cp -p agent/agent.key k1 && cp -p agent/agent.key.new k2", dir);
	write_pem(pki_path(dir, "c2"), &leaf);
	buf_free(&leaf);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		pair_fresh();
		pki_run("cd %s && %s", dir, steps[i]);
		assert_int_equal(cert_pair_recover(&pair, &e), 0);
		assert_true(pair_serves());
		/* A renewal from here, also where nobody recovered before. */
		pair_fresh();
		pki_run("cd %s && %s", dir, steps[i]);
		leaf = answer(&request, dir, "srv-01");
		assert_int_equal(
		    cert_pair_install(&pair, leaf.data, leaf.len, NULL, 0, &srv01, &e), 0);
		assert_true(pair_serves());
		buf_free(&leaf);
	}
	buf_free(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_serials_and_hashes_as_text),
		cmocka_unit_test(test_key_is_new_and_ours_alone),
		cmocka_unit_test(test_requests_are_judged),
		cmocka_unit_test(test_damaged_requests_are_refused),
		cmocka_unit_test(test_what_is_issued),
		cmocka_unit_test(test_what_is_not_issued),
		cmocka_unit_test(test_authorities_are_judged),
		cmocka_unit_test(test_pair_is_renewed),
		cmocka_unit_test(test_pair_refuses_what_is_wrong),
		cmocka_unit_test(test_pair_is_enrolled),
		cmocka_unit_test(test_kill_between_any_two_steps),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
