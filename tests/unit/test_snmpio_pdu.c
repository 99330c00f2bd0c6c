/* link: zwsnmp */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpio_pdu: which answers are believed, what reports mean, and values of all types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/gateway/snmpio_int.h"

static const uint32_t ids_a[] = { 1, 3, 6, 1, 4, 1 }, ids_b[] = { 1, 3, 6, 1, 4, 2 };
static const struct oid asked[] = { { .id = ids_a, .n = 6 }, { .id = ids_b, .n = 6 } };

/* An answer with these last numbers; 0 ends them, negative: endOfMibView. */
static netsnmp_pdu *
answer(const int *lasts, int errstat, int index)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_RESPONSE);

	pdu->errstat = errstat;
	pdu->errindex = index;
	for (; *lasts != 0; lasts++) {
		int last = *lasts < 0 ? -*lasts : *lasts;
		oid name[] = { 1, 3, 6, 1, 4, (oid)(last / 100), (oid)(last % 100) };
		size_t n = last % 100 == 0 ? 6 : 7;
		snmp_pdu_add_variable(
		    pdu, name, n, (u_char)(*lasts < 0 ? SNMP_ENDOFMIBVIEW : ASN_NULL), NULL, 0);
	}
	return pdu;
}

/* How a request for both objects is judged. */
static enum snmpio_status
judge(enum snmpio_command cmd, unsigned repetitions, const int *lasts, int errstat, int index,
    int *index_out)
{
	static struct oid copy[2];
	struct snmpio_request r = { .cmd = cmd, .oids = copy, .n = 2, .repetitions = repetitions };
	netsnmp_pdu *pdu = answer(lasts, errstat, index);

	memcpy(copy, asked, sizeof copy);
	snmpio_pdu_judge(&r, pdu, false);
	if (r.status == SNMPIO_OK)
		assert_null(pdu->variables);
	else
		assert_null(r.vars);
	if (index_out != NULL)
		*index_out = r.error_index;
	snmp_free_varbind(r.vars);
	snmp_free_pdu(pdu);
	return r.status;
}

#define GET(...) judge(SNMPIO_GET, 1, (const int[]){ __VA_ARGS__, 0 }, 0, 0, NULL)
#define NEXT(...) judge(SNMPIO_GETNEXT, 1, (const int[]){ __VA_ARGS__, 0 }, 0, 0, NULL)
#define BULK(...) judge(SNMPIO_GETBULK, 3, (const int[]){ __VA_ARGS__, 0 }, 0, 0, NULL)

static void
test_get(void **state)
{
	(void)state;
	assert_int_equal(GET(100, 200), SNMPIO_OK);
	assert_int_equal(GET(200, 100), SNMPIO_BAD_REPLY);
	assert_int_equal(GET(100, 201), SNMPIO_BAD_REPLY);
	assert_int_equal(GET(100, 200, 300), SNMPIO_BAD_REPLY);
	assert_int_equal(GET(100), SNMPIO_TOO_BIG);
	assert_int_equal(GET(0), SNMPIO_TOO_BIG);
}

static void
test_next_and_bulk(void **state)
{
	(void)state;
	assert_int_equal(NEXT(101, 201), SNMPIO_OK);
	assert_int_equal(NEXT(100, 201), SNMPIO_BAD_REPLY);
	assert_int_equal(NEXT(101, -200), SNMPIO_OK);
	assert_int_equal(NEXT(101), SNMPIO_TOO_BIG);
	assert_int_equal(NEXT(101, 201, 102), SNMPIO_BAD_REPLY);
	assert_int_equal(BULK(101, 201, 102, 202, 103, 203), SNMPIO_OK);
	assert_int_equal(BULK(101, 201, 102), SNMPIO_OK);
	assert_int_equal(BULK(101, 201, 101, 202), SNMPIO_BAD_REPLY);
	assert_int_equal(BULK(101, 201, 102, 201), SNMPIO_BAD_REPLY);
	assert_int_equal(BULK(101, 201, 102, 202, 103, 203, 104), SNMPIO_BAD_REPLY);
	assert_int_equal(BULK(101, -201, 102, -201), SNMPIO_OK);
	assert_int_equal(BULK(101, -201, 102, 203), SNMPIO_BAD_REPLY);
	assert_int_equal(BULK(101), SNMPIO_TOO_BIG);
	assert_int_equal(BULK(0), SNMPIO_TOO_BIG);
}

static void
test_errors(void **state)
{
	static const int both[] = { 100, 200, 0 };
	static const struct {
		int errstat;
		int index;
		enum snmpio_status status;
		int want;
	} rows[] = {
		{ SNMP_ERR_TOOBIG, 0, SNMPIO_TOO_BIG, 0 },
		{ SNMP_ERR_NOSUCHNAME, 2, SNMPIO_NO_SUCH_NAME, 2 },
		{ SNMP_ERR_NOSUCHNAME, 3, SNMPIO_NO_SUCH_NAME, 0 },
		{ SNMP_ERR_NOSUCHNAME, -1, SNMPIO_NO_SUCH_NAME, 0 },
		{ SNMP_ERR_GENERR, 1, SNMPIO_GEN_ERR, 1 },
		{ SNMP_ERR_NOACCESS, 1, SNMPIO_NO_ACCESS, 1 },
		{ SNMP_ERR_AUTHORIZATIONERROR, 0, SNMPIO_NO_ACCESS, 0 },
		{ 2147483647, 2147483647, SNMPIO_GEN_ERR, 0 },
		{ -5, 1, SNMPIO_GEN_ERR, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int index;
		assert_int_equal(judge(SNMPIO_GET, 1, both, rows[i].errstat, rows[i].index, &index),
		    rows[i].status);
		assert_int_equal(index, rows[i].want);
	}
}

static void
test_reports(void **state)
{
	static const enum snmpio_status usm[] = { SNMPIO_BAD_REPLY, SNMPIO_SECURITY_LEVEL,
		SNMPIO_NOT_IN_TIME, SNMPIO_UNKNOWN_USER, SNMPIO_UNKNOWN_ENGINE, SNMPIO_WRONG_DIGEST,
		SNMPIO_DECRYPTION, SNMPIO_BAD_REPLY };
	oid name[] = { 1, 3, 6, 1, 6, 3, 15, 1, 1, 0, 0 };
	oid target[] = { 1, 3, 6, 1, 6, 3, 12, 1, 5, 0 };
	netsnmp_pdu *pdu;

	(void)state;
	for (oid i = 0; i < sizeof usm / sizeof usm[0]; i++) {
		pdu = snmp_pdu_create(SNMP_MSG_REPORT);
		name[9] = i;
		snmp_pdu_add_variable(pdu, name, 11, ASN_NULL, NULL, 0);
		assert_int_equal(snmpio_pdu_report(pdu), usm[i]);
		snmp_free_pdu(pdu);
	}
	for (oid i = 3; i <= 6; i++) {
		pdu = snmp_pdu_create(SNMP_MSG_REPORT);
		target[8] = i;
		snmp_pdu_add_variable(pdu, target, 10, ASN_NULL, NULL, 0);
		assert_int_equal(snmpio_pdu_report(pdu),
		    i == 4 || i == 5 ? SNMPIO_UNKNOWN_CONTEXT : SNMPIO_BAD_REPLY);
		snmp_free_pdu(pdu);
	}
	pdu = snmp_pdu_create(SNMP_MSG_REPORT);
	assert_int_equal(snmpio_pdu_report(pdu), SNMPIO_BAD_REPLY);
	snmp_free_pdu(pdu);
}

/* One value through the conversion. */
static struct varbind
convert(u_char type, const void *value, size_t n)
{
	static uint32_t room[2 * OID_MAX];
	static netsnmp_variable_list *v;
	const oid name[] = { 1, 3, 6, 1 };
	uint32_t *ids = room;
	struct varbind out;

	snmp_free_varbind(v);
	v = NULL;
	snmp_varlist_add_variable(&v, name, 4, type, value, n);
	if (v == NULL)
		return (struct varbind){ 0 };
	snmpio_pdu_binding(&out, v, &ids);
	assert_int_equal(out.oid.n, 4);
	assert_int_equal(out.oid.id[3], 1);
	return out;
}

static void
test_values(void **state)
{
	long number = -5;
	u_long big = 4294967295;
	struct counter64 c = { .high = 0x80000000, .low = 1 },
			 minus = { .high = 0xffffffff, .low = 0xfffffffe };
	float f = 21.5F;
	double d = -0.25;
	oid value[] = { 1, 3, 6, 1, 4, 1, 4294967295 };
	struct varbind v;

	(void)state;
	v = convert(ASN_INTEGER, &number, sizeof number);
	assert_true(v.type == VARBIND_INTEGER && v.i == -5);
	v = convert(ASN_COUNTER, &big, sizeof big);
	assert_true(v.type == VARBIND_COUNTER32 && v.u == 4294967295);
	v = convert(ASN_GAUGE, &big, sizeof big);
	assert_true(v.type == VARBIND_GAUGE32 && v.u == 4294967295);
	v = convert(ASN_TIMETICKS, &big, sizeof big);
	assert_true(v.type == VARBIND_TICKS && v.u == 4294967295);
	v = convert(ASN_COUNTER64, &c, sizeof c);
	assert_true(v.type == VARBIND_COUNTER64 && v.u == 0x8000000000000001);
	v = convert(ASN_OPAQUE_I64, &minus, sizeof minus);
	assert_true(v.type == VARBIND_INTEGER && v.i == -2);
	v = convert(ASN_OPAQUE_FLOAT, &f, sizeof f);
	assert_true(v.type == VARBIND_REAL && v.d == 21.5);
	v = convert(ASN_OPAQUE_DOUBLE, &d, sizeof d);
	assert_true(v.type == VARBIND_REAL && v.d == -0.25);
	v = convert(ASN_OCTET_STR, "a\0b", 3);
	assert_int_equal(v.type, VARBIND_STRING);
	assert_int_equal(v.bytes.n, 3);
	assert_memory_equal(v.bytes.p, "a\0b", 3);
	v = convert(ASN_OCTET_STR, "", 0);
	assert_true(v.type == VARBIND_STRING && v.bytes.n == 0);
	v = convert(ASN_IPADDRESS, "\x0a\0\0\1", 4);
	assert_true(v.type == VARBIND_ADDRESS && v.bytes.n == 4);
	v = convert(ASN_OBJECT_ID, value, sizeof value);
	assert_int_equal(v.type, VARBIND_OID);
	assert_int_equal(v.oid_value.n, 7);
	assert_true(v.oid_value.id[6] == 4294967295);
	assert_int_equal(convert(SNMP_NOSUCHOBJECT, NULL, 0).type, VARBIND_NO_OBJECT);
	assert_int_equal(convert(SNMP_NOSUCHINSTANCE, NULL, 0).type, VARBIND_NO_INSTANCE);
	assert_int_equal(convert(SNMP_ENDOFMIBVIEW, NULL, 0).type, VARBIND_END_OF_MIB);
	assert_int_equal(convert(ASN_NULL, NULL, 0).type, VARBIND_NULL);
	(void)convert(0xff, NULL, 0);
}

static void
test_words(void **state)
{
	enum snmpio_auth a;
	enum snmpio_priv p;

	(void)state;
	assert_int_equal(snmpio_auth_parse("SHA-512", &a), 0);
	assert_int_equal(a, SNMPIO_AUTH_SHA512);
	assert_int_equal(snmpio_auth_parse("sha", &a), 0);
	assert_int_equal(a, SNMPIO_AUTH_SHA);
	assert_int_equal(snmpio_auth_parse("SHA-1", &a), -1);
	assert_int_equal(snmpio_priv_parse("AES-256-C", &p), 0);
	assert_int_equal(p, SNMPIO_PRIV_AES256C);
	assert_int_equal(snmpio_priv_parse("none", &p), 0);
	assert_int_equal(p, SNMPIO_PRIV_NONE);
	assert_int_equal(snmpio_priv_parse("", &p), -1);
	for (int s = SNMPIO_OK; s <= SNMPIO_LOCAL; s++)
		assert_true(strlen(snmpio_status_text((enum snmpio_status)s)) > 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_next_and_bulk),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
