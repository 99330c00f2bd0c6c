/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test: which part of speaking to a device fails. SNMP says little by itself: a wrong community is
 * silence, and so is a wrong privacy password, and to some agents an unknown context. So one thing
 * after the other is tried, from the address to the access, each with only what it needs; what a
 * silence means is told by what was answered before. */
#include <jansson.h>
#include <stdio.h>

#include "agent/gateway/tool/test_int.h"

/* Whether any SNMP engine answers there: an empty v3 request makes one tell its engine ID. */
static bool
engine_answers(struct test *x)
{
	static const struct snmpio_credential nobody = { .version = SNMPIO_V3,
		.user = "zonewatch" };

	(void)test_try(x, &nobody, SNMPIO_GET);
	return x->last.engine[0] != '\0';
}

/* Silence may be the community, the version, or the address. */
static void
test_silent_community(struct test *x)
{
	struct snmpio_credential c = x->s->secrets.credential;
	bool v1 = c.version == SNMPIO_V1;

	c.version = v1 ? SNMPIO_V2C : SNMPIO_V1;
	enum snmpio_status st = test_try(x, &c, SNMPIO_GET);
	if (st == SNMPIO_OK || st == SNMPIO_NO_SUCH_NAME) {
		test_step(x, "address", TEST_OK, "answers");
		test_step(x, "version", TEST_FAILED,
		    v1 ? "it does not answer to v1, but to v2c with this community: give v2c"
		       : "it does not answer to v2c, but to v1 with this community: give v1");
		return;
	}
	if (engine_answers(x)) {
		test_step(x, "address", TEST_OK, "an SNMP engine answers there (to v3)");
		test_step(x, "community", TEST_FAILED,
		    "no answer to it: it is wrong, or not allowed from this host, or v1 and v2c "
		    "are switched off (an agent does not say which)");
		return;
	}
	test_step(x, "timeout", TEST_FAILED,
	    "no answer at all: a wrong community is silence too, so it is that, the address, the "
	    "device itself, a firewall, or its list of allowed managers");
}

/* v1 and v2c. */
static void
test_community(struct test *x)
{
	const struct snmpio_credential *c = &x->s->secrets.credential;

	switch (test_try(x, c, SNMPIO_GET)) {
	case SNMPIO_TIMEOUT:
		test_silent_community(x);
		return;
	case SNMPIO_UNREACHABLE:
	case SNMPIO_LOCAL:
		(void)test_no_answer(x, "");
		return;
	default:
		test_step(x, "address", TEST_OK, "answers");
	}
	switch (x->last.status) {
	case SNMPIO_OK:
	case SNMPIO_NO_SUCH_NAME:
		test_step(x, "community", TEST_OK, "accepted");
		test_answer(x, c);
		break;
	case SNMPIO_NO_ACCESS:
		test_step(x, "access", TEST_FAILED,
		    "the community is known, but may not read: give it a view on the device");
		break;
	default:
		test_strange(x);
	}
}

/* test ADDRESS */
int
test_run(struct tool *t)
{
	struct session s;
	struct test x = { .t = t, .s = &s };

	if (session_open(&s, t, t->args[0]) == -1)
		return TOOL_FAILED;
	/* The session checked the options; each try has a peer of its own. */
	snmpio_peer_free(s.peer);
	s.peer = NULL;
	x.steps = json_array();
	if (s.secrets.credential.version == SNMPIO_V3)
		test_v3(&x);
	else
		test_community(&x);
	if (t->json) {
		json_t *j = json_pack("{s:s,s:b,s:s?,s:O}", "address", t->args[0], "ok",
		    x.failed == NULL, "failed", x.failed, "steps", x.steps);
		json_dumpf(j, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(j);
	}
	json_decref(x.steps);
	session_close(&s);
	return x.failed == NULL ? TOOL_OK : TOOL_WRONG;
}
