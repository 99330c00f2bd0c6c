/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_int: what the files test*.c share: one test under way, its tries and its steps. */
#ifndef AGENT_GATEWAY_TOOL_TEST_INT_H
#define AGENT_GATEWAY_TOOL_TEST_INT_H

#include "agent/gateway/tool/session.h"

struct json_t; /* jansson.s */

/* How a step came out. */
enum test_verdict {
	TEST_OK,
	TEST_FAILED,
	TEST_UNTOLD /* the device does not say; a later step shows it */
};

/* One try and what came of it. */
struct test_outcome {
	enum snmpio_status status;
	int64_t rtt_us;
	bool has_value;
	char name[OID_MAX_TEXT]; /* of what was answered */
	char value[OID_MAX_TEXT];
	char engine[80]; /* v3: its engine ID in hex */
	char reason[160];
};

/* The test under way. */
struct test {
	struct tool *t;
	struct session *s;
	struct test_outcome last;
	struct json_t *steps;
	const char *failed; /* the first step that did; or NULL */
};

/* Asks by GET for sysObjectID (by GETNEXT: for the first object) with this credential, by a peer of
 * its own: nothing is left of the tries before. What came of it is in x->last. */
enum snmpio_status test_try(
    struct test *x, const struct snmpio_credential *c, enum snmpio_command cmd);
/* Notes a step, and prints it. */
void test_step(struct test *x, const char *name, enum test_verdict v, const char *text);
/* A step of the last try's outcome, if that is that nothing came back; silence: what to say of a
 * timeout. */
bool test_no_answer(struct test *x, const char *silence);
/* The step "access" of a last try that went well. */
void test_answer(struct test *x, const struct snmpio_credential *c);
/* The step of a last try whose outcome has no better name. */
void test_strange(struct test *x);

/* All steps of a v3 credential (test_v3.c). */
void test_v3(struct test *x);

#endif
