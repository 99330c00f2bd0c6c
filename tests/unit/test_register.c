/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwregister */
/* The register in virtual time: who an invitation lets in and how often, what a revocation closes,
 * what a full list forgets, and which files are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/enroll/register.h"

#define T0 INT64_C(1790000000000)
#define MINUTE INT64_C(60000)
#define DAY INT64_C(86400000)

typedef char name_t[NAME_MAX_NODE + 1];

/* A digest of one number. */
static const uint8_t *
digest(uint8_t out[DIGEST_SIZE], unsigned n)
{
	digest_make(&n, sizeof n, out);
	return out;
}

/* An invitation by token number `token`. */
static const struct invite *
invite(struct reg *r, const char *node, unsigned token, int64_t now_ms)
{
	uint8_t d[DIGEST_SIZE];
	struct err e;
	const struct invite *v =
	    register_invite(r, node, NULL, 0, digest(d, token), "admin", now_ms, now_ms + DAY, &e);

	assert_non_null(v);
	return v;
}

/* Redeems token by key: the invitation's id, or 0. */
static uint64_t
redeem(struct reg *r, unsigned token, unsigned key, int64_t now_ms, struct err *e)
{
	uint8_t t[DIGEST_SIZE], k[DIGEST_SIZE];
	const struct invite *v = register_redeem(r, digest(t, token), digest(k, key), now_ms, e);

	return v != NULL ? v->id : 0;
}

/* A certificate by number. */
static struct cert_entry
cert(const char *node, unsigned serial, enum cert_origin origin, int64_t now_ms)
{
	struct cert_entry c = { .nnodes = 1, .origin = origin, .first_ms = now_ms };

	(void)str_copy(c.node, sizeof c.node, node);
	memcpy(c.facts.serial, &serial, sizeof serial);
	c.facts.nserial = sizeof serial;
	digest(c.facts.key_digest, serial);
	c.facts.not_before_ms = now_ms;
	c.facts.not_after_ms = now_ms + 90 * DAY;
	return c;
}

/* Notes one. */
static struct cert_entry
note(struct reg *r, const char *node, unsigned serial, enum cert_origin origin, int64_t now_ms)
{
	struct cert_entry c = cert(node, serial, origin, now_ms);

	register_note(r, &c);
	return c;
}

/* Whether a certificate is let in for a node. */
static bool
let_in(const struct reg *r, const struct cert_entry *c, const char *node)
{
	name_t names[1] = { "" };
	struct err e;

	(void)str_copy(names[0], sizeof names[0], node);
	return register_judge(r, &c->facts, (const name_t *)names, 1, &e) == 0;
}

/* One use; the same key again within a quarter of an hour; nobody else, nothing later. */
static void
test_one_use(void **state)
{
	struct reg *r = register_new();
	struct err e;

	(void)state;
	assert_false(register_expects(r, T0));
	uint64_t id = invite(r, "srv01", 1, T0)->id;
	assert_true(register_expects(r, T0 + DAY - 1));
	assert_false(register_expects(r, T0 + DAY));
	assert_int_equal(redeem(r, 2, 7, T0, &e), 0);
	assert_string_equal(e.msg, "no such token");
	assert_int_equal(redeem(r, 1, 7, T0 + 1, &e), id);
	assert_int_equal(redeem(r, 1, 7, T0 + 2, &e), id);
	assert_int_equal(redeem(r, 1, 8, T0 + 3, &e), 0);
	assert_non_null(strstr(e.msg, "another key"));
	assert_true(register_expects(r, T0 + REGISTER_AGAIN_MS));
	assert_int_equal(redeem(r, 1, 7, T0 + 1 + REGISTER_AGAIN_MS, &e), 0);
	assert_non_null(strstr(e.msg, "was used"));
	assert_false(register_expects(r, T0 + 1 + REGISTER_AGAIN_MS));
	register_free(r);
}

/* It ends; a newer one takes its place; what could not be signed can be asked for anew. */
static void
test_ends(void **state)
{
	struct reg *r = register_new();
	struct err e;

	(void)state;
	invite(r, "srv01", 1, T0);
	assert_int_equal(redeem(r, 1, 7, T0 + DAY, &e), 0);
	assert_non_null(strstr(e.msg, "ended"));
	uint64_t second = invite(r, "srv01", 2, T0)->id;
	assert_int_equal(redeem(r, 1, 7, T0, &e), 0);
	assert_non_null(strstr(e.msg, "withdrawn"));
	assert_int_equal(redeem(r, 2, 7, T0, &e), second);
	register_give_back(r, second);
	assert_int_equal(redeem(r, 2, 8, T0, &e), second);
	note(r, "srv01", 8, CERT_ENROLLED, T0);
	register_give_back(r, second); /* the key has one: nobody else gets in by it */
	assert_int_equal(redeem(r, 2, 9, T0, &e), 0);
	assert_int_equal(register_withdraw(r, "srv02", T0), 0);
	assert_int_equal(register_withdraw(r, "srv01", T0), 1);
	assert_int_equal(redeem(r, 2, 8, T0, &e), 0);
	register_free(r);
}

/* A certificate that nobody knows is let in, until its node is closed; then only later ones. */
static void
test_revoke_node(void **state)
{
	struct reg *r = register_new();
	struct err e;
	struct cert_entry elsewhere = cert("srv01", 1, CERT_SEEN, T0);
	struct cert_entry other = note(r, "srv02", 2, CERT_SEEN, T0);

	(void)state;
	assert_true(let_in(r, &elsewhere, "srv01"));
	struct cert_entry seen = note(r, "srv01", 3, CERT_SEEN, T0);
	struct cert_entry mine = note(r, "srv01", 4, CERT_ENROLLED, T0);
	assert_true(let_in(r, &seen, "srv01") && let_in(r, &mine, "srv01"));
	invite(r, "srv01", 1, T0);
	assert_int_equal(register_revoke_node(r, "srv01", T0 + 5, &e), 2);
	assert_false(let_in(r, &elsewhere, "srv01"));
	assert_false(let_in(r, &seen, "srv01") || let_in(r, &mine, "srv01"));
	assert_true(let_in(r, &other, "srv02"));
	assert_int_equal(redeem(r, 1, 7, T0 + 6, &e), 0); /* its invitation, too */
	assert_int_equal(register_revoke_node(r, "srv01", T0 + 7, &e), 0);
	/* The clock was set back: what is given out now is let in all the same. */
	struct cert_entry fresh = note(r, "srv01", 5, CERT_ENROLLED, T0 - DAY);
	assert_true(let_in(r, &fresh, "srv01"));
	assert_false(let_in(r, &elsewhere, "srv01") || let_in(r, &mine, "srv01"));
	/* Nothing is known of it: closed all the same. */
	struct cert_entry later = cert("srv09", 6, CERT_SEEN, T0);
	assert_int_equal(register_revoke_node(r, "srv09", T0, &e), 0);
	assert_false(let_in(r, &later, "srv09"));
	register_free(r);
}

/* A used invitation does not give the key that was taken back another certificate. */
static void
test_revoked_key(void **state)
{
	struct reg *r = register_new();
	struct err e;

	(void)state;
	invite(r, "srv01", 1, T0);
	assert_int_not_equal(redeem(r, 1, 7, T0, &e), 0);
	note(r, "srv01", 7, CERT_ENROLLED, T0);
	struct cert_entry c = cert("srv01", 7, CERT_ENROLLED, T0);
	assert_int_equal(register_revoke_serial(r, c.facts.serial, c.facts.nserial, T0 + 1, &e), 1);
	assert_false(let_in(r, &c, "srv01"));
	assert_int_equal(redeem(r, 1, 7, T0 + 2, &e), 0);
	/* Seen again, it is no better. */
	note(r, "srv01", 7, CERT_SEEN, T0 + 3);
	assert_false(let_in(r, &c, "srv01"));
	assert_int_equal(register_revoke_serial(r, c.facts.serial, c.facts.nserial, T0 + 4, &e), 0);
	assert_int_equal(register_revoke_serial(r, (const uint8_t *)"\x99", 1, T0, &e), -1);
	/* One more of its node, of another number, is. */
	struct cert_entry next = note(r, "srv01", 8, CERT_RENEWED, T0 + 5);
	assert_true(let_in(r, &next, "srv01"));
	register_free(r);
}

/* A gateway's certificate names many: closing one of them closes it. */
static void
test_others(void **state)
{
	static const char *const more[] = { "ups-1", "ups-2" };
	struct reg *r = register_new();
	uint8_t d[DIGEST_SIZE];
	struct err e;
	name_t names[] = { "gw-1", "ups-1", "ups-2" };

	(void)state;
	const struct invite *v =
	    register_invite(r, "gw-1", more, 2, digest(d, 1), "admin", T0, T0 + DAY, &e);
	assert_non_null(v);
	assert_int_equal(v->nmore, 2);
	assert_string_equal(v->more[1], "ups-2");
	struct cert_entry c = note(r, "gw-1", 1, CERT_ENROLLED, T0);
	assert_int_equal(register_judge(r, &c.facts, (const name_t *)names, 3, &e), 0);
	assert_int_equal(register_revoke_node(r, "ups-2", T0, &e), 0);
	assert_int_equal(register_judge(r, &c.facts, (const name_t *)names, 3, &e), -1);
	assert_int_equal(redeem(r, 1, 7, T0, &e), 0);
	c = note(r, "gw-1", 2, CERT_ENROLLED, T0);
	assert_int_equal(register_judge(r, &c.facts, (const name_t *)names, 3, &e), 0);
	register_free(r);
}

/* Two authorities gave the same number: taking it back takes both; one is not the other. */
static void
test_same_number(void **state)
{
	struct reg *r = register_new();
	struct err e;
	struct cert_entry a = note(r, "srv01", 1, CERT_SEEN, T0), b = cert("srv02", 1, 0, T0);

	(void)state;
	digest(b.facts.key_digest, 99);
	register_note(r, &b);
	const struct cert_entry *list;
	assert_int_equal(register_certs(r, &list), 2);
	assert_int_equal(register_revoke_serial(r, a.facts.serial, a.facts.nserial, T0, &e), 2);
	register_free(r);
}

/* Lists have ends; what was taken back is not forgotten into being good. */
static void
test_caps(void **state)
{
	struct reg *r = register_new();
	const struct cert_entry *list;
	const struct invite *invites;
	struct err e;
	uint8_t d[DIGEST_SIZE];
	char node[32];

	(void)state;
	struct cert_entry bad = note(r, "srv01", 1, CERT_ENROLLED, T0);
	assert_int_equal(register_revoke_serial(r, bad.facts.serial, bad.facts.nserial, T0, &e), 1);
	for (unsigned i = 2; i <= REGISTER_MAX_OF_NODE; i++) {
		struct cert_entry c = note(r, "srv01", i, CERT_RENEWED, T0);
		assert_int_equal(
		    register_revoke_serial(r, c.facts.serial, c.facts.nserial, T0, &e), 1);
	}
	struct cert_entry last = note(r, "srv01", 1000, CERT_RENEWED, T0);
	assert_int_equal(register_certs(r, &list), REGISTER_MAX_OF_NODE);
	assert_false(let_in(r, &bad, "srv01")); /* forgotten, and its node closed */
	assert_true(let_in(r, &last, "srv01"));
	for (unsigned i = 0; i < REGISTER_MAX_INVITES; i++) {
		snprintf(node, sizeof node, "n%u", i);
		invite(r, node, 10 + i, T0);
	}
	assert_null(register_invite(r, "srv99", NULL, 0, digest(d, 5), "admin", T0, T0 + DAY, &e));
	assert_non_null(register_invite(
	    r, "srv99", NULL, 0, digest(d, 5), "admin", T0 + DAY, T0 + 2 * DAY, &e));
	assert_int_equal(register_invites(r, &invites), REGISTER_MAX_INVITES);
	register_sweep(r, T0 + 800 * DAY);
	assert_int_equal(register_invites(r, &invites), 0);
	assert_int_equal(register_certs(r, &list), 0);
	assert_false(let_in(r, &bad, "srv01"));
	register_free(r);
}

/* A register with one of each. */
static struct reg *
filled(void)
{
	static const char *const more[] = { "ups-1" };
	struct reg *r = register_new();
	uint8_t d[DIGEST_SIZE];
	struct err e;

	invite(r, "srv01", 1, T0);
	assert_non_null(register_invite(
	    r, "gw-1", more, 1, digest(d, 2), "Ay\xc5\x9f\xc9\x99", T0, T0 + DAY, &e));
	assert_int_not_equal(redeem(r, 1, 7, T0 + 1, &e), 0);
	note(r, "srv01", 7, CERT_ENROLLED, T0);
	note(r, "srv02", 8, CERT_SEEN, T0);
	assert_int_equal(register_revoke_node(r, "srv02", T0 + 2, &e), 1);
	assert_int_equal(register_revoke_node(r, "a", T0 + 2, &e), 0);
	return r;
}

/* A certificate of somebody's own making that begins before 1970: the file with it can be read, and
 * what was taken back stays so. */
static void
test_before_1970(void **state)
{
	struct reg *r = filled(), *back = register_new();
	struct cert_entry old = cert("srv01", 30, CERT_SEEN, T0);
	struct cert_entry bad = cert("srv02", 8, CERT_SEEN, T0);
	struct err e;

	(void)state;
	old.facts.not_before_ms = -315619200000;
	assert_true(register_note(r, &old));
	char *text = register_text(r);
	assert_int_equal(register_parse(back, text, strlen(text), &e), 0);
	assert_false(let_in(back, &bad, "srv02"));
	free(text);
	register_free(r);
	register_free(back);
}

/* What was written is read as it was; a copy is the same; all of it decides as before. */
static void
test_file(void **state)
{
	struct reg *r = filled(), *copy = register_copy(r), *back = register_new();
	char *text = register_text(r), *again = register_text(copy), *third;
	struct err e;

	(void)state;
	assert_string_equal(text, again);
	assert_null(strstr(text, "zwi-"));
	assert_int_equal(register_parse(back, text, strlen(text), &e), 0);
	third = register_text(back);
	assert_string_equal(text, third);
	struct cert_entry bad = cert("srv02", 8, CERT_SEEN, T0);
	assert_false(let_in(back, &bad, "srv02"));
	assert_int_not_equal(redeem(back, 1, 7, T0 + 3, &e), 0);
	assert_int_equal(redeem(back, 1, 8, T0 + 3, &e), 0);
	struct cert_entry fresh = note(back, "srv02", 9, CERT_ENROLLED, T0);
	assert_true(let_in(back, &fresh, "srv02"));
	free(text);
	free(again);
	free(third);
	register_free(r);
	register_free(copy);
	register_free(back);
}

/* A text with something replaced. */
static char *
changed(const char *text, const char *what, const char *with)
{
	const char *at = strstr(text, what);
	size_t n = strlen(text) + strlen(with) + 1;
	char *out = malloc(n);

	assert_non_null(at);
	assert_non_null(out);
	snprintf(out, n, "%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
	return out;
}

/* Damaged ones are refused whole, with a reason, and leave nothing behind. */
static void
test_damaged(void **state)
{
	static const char *const damage[][2] = {
		{ "\"version\": 1", "\"version\": 2" },
		{ "\"version\": 1", "\"version\": \"1\"" },
		{ "\"state\": \"used\"", "\"state\": \"usde\"" },
		{ "\"revoked_ms\": 0", "\"revoked_ms\": -1" },
		{ "\"revoked_ms\": 0", "\"revoked_ms\": 99999999999999999" },
		{ "\"last_ms\": 0,", "" },
		{ "\"revoked_ms\": 0", "\"revoked_ms\": 0, \"revoked_ms\": 0" },
		{ "\"node\": \"srv01\"", "\"node\": \"../srv01\"" },
		{ "\"number\": 2", "\"number\": 1" },
		{ "\"id\": 2", "\"id\": 1" },
		{ "\"last_certificate\": 2", "\"last_certificate\": 1" },
		{ "\"origin\": \"seen\"", "\"origin\": \"sean\"" },
		{ "\"used_ms\": 1790000000001", "\"used_ms\": 0" },
		{ "\"node\": \"a\"", "\"node\": \"z\"" },
		{ "\"ups-1\"", "7" },
		{ "\"nodes\": 1", "\"nodes\": 0" },
		{ "\"serial\": \"", "\"serial\": \"zz" },
		{ "\"closed\":", "\"open\":" },
	};
	struct reg *r = filled(), *back = register_new();
	char *text = register_text(r);
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
		char *bad = changed(text, damage[i][0], damage[i][1]);
		e.msg[0] = '\0';
		assert_int_equal(register_parse(back, bad, strlen(bad), &e), -1);
		assert_string_not_equal(e.msg, "");
		assert_false(register_expects(back, T0));
		free(bad);
	}
	for (size_t n = 0; n + 2 < strlen(text); n += 7)
		assert_int_equal(register_parse(back, text, n, &e), -1);
	free(text);
	register_free(r);
	register_free(back);
}

/* What was taken back, told by lines alone: to a register that lost all, to one that knows it. */
static void
test_revoked(void **state)
{
	struct reg *r = register_new(), *back = register_new();
	struct register_revoked known = { 0 };
	struct buf lines = { 0 };
	struct err e;

	(void)state;
	struct cert_entry bad = note(r, "srv01", 1, CERT_SEEN, T0);
	struct cert_entry other = note(r, "srv01", 2, CERT_SEEN, T0);
	struct cert_entry stolen = note(r, "srv02", 3, CERT_ENROLLED, T0);
	assert_int_equal(register_revoke_serial(r, bad.facts.serial, bad.facts.nserial, T0, &e), 1);
	register_revoked_serial(r, bad.facts.serial, bad.facts.nserial, &lines);
	assert_int_equal(register_revoke_node(r, "srv02", T0, &e), 1);
	register_revoked_node(r, "srv02", &lines);
	struct cert_entry fresh = note(r, "srv02", 4, CERT_ENROLLED, T0);

	char *before = register_text(r);
	register_revoked_merge(r, (const char *)lines.data, lines.len, T0, &known);
	assert_int_equal(known.lines, 2);
	assert_int_equal(known.merged, 0);
	assert_true(let_in(r, &fresh, "srv02"));
	char *after = register_text(r);
	assert_string_equal(before, after);

	known = (struct register_revoked){ 0 };
	register_revoked_merge(back, (const char *)lines.data, lines.len, T0, &known);
	assert_int_equal(known.merged, 2);
	assert_false(let_in(back, &bad, "srv01"));
	assert_true(let_in(back, &other, "srv01"));
	assert_false(let_in(back, &stolen, "srv02"));
	assert_false(let_in(back, &fresh, "srv02")); /* not known as ours any more */
	struct cert_entry again = note(back, "srv02", 5, CERT_ENROLLED, T0);
	assert_true(let_in(back, &again, "srv02"));
	free(after);
	after = register_text(back);
	assert_int_equal(register_parse(r, after, strlen(after), &e), 0);
	free(before);
	free(after);
	buf_free(&lines);
	register_free(r);
	register_free(back);
}

/* Each bit matters; the last line may be torn; one that is damaged costs no other. */
static void
test_revoked_damaged(void **state)
{
	struct reg *r = register_new();
	struct buf lines = { 0 };
	struct err e;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct cert_entry c = note(r, "srv01", (unsigned)i + 1, CERT_SEEN, T0);
		assert_int_equal(
		    register_revoke_serial(r, c.facts.serial, c.facts.nserial, T0, &e), 1);
	}
	assert_int_equal(register_revoke_node(r, "srv02", T0, &e), 0);
	register_revoked_all(r, &lines);
	for (size_t i = 0; i < lines.len; i++) {
		struct register_revoked known = { 0 };
		struct reg *back = register_new();
		lines.data[i] ^= 1;
		register_revoked_merge(back, (const char *)lines.data, lines.len, T0, &known);
		lines.data[i] ^= 1;
		assert_in_range(known.lines, 1, 2);
		assert_int_equal(known.damaged + known.torn, 1);
		register_free(back);
	}
	for (size_t n = 0; n <= lines.len; n++) {
		struct register_revoked known = { 0 };
		struct reg *back = register_new();
		register_revoked_merge(back, (const char *)lines.data, n, T0, &known);
		assert_int_equal(known.damaged, 0);
		register_free(back);
	}
	buf_free(&lines);
	register_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_use),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_revoke_node),
		cmocka_unit_test(test_revoked_key),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_same_number),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_before_1970),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_revoked),
		cmocka_unit_test(test_revoked_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
