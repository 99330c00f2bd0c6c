/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test: which part of speaking to a device fails. SNMP says little by itself: a wrong community is
 * silence, and so is a wrong privacy password. So one thing after the other is tried, from the
 * address to the access, each with only what it needs. */
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "agent/gateway/tool/session.h"
#include "zw/term.h"

static const uint32_t sysobjectid[] = { 1, 3, 6, 1, 2, 1, 1, 2, 0 };

/* One try and what came of it. */
struct outcome {
	enum snmpio_status status;
	int64_t rtt_us;
	bool has_value;
	char value[OID_MAX_TEXT];
	char engine[80]; /* v3: its engine ID in hex */
	char reason[160];
};

/* The test under way. */
struct test {
	struct tool *t;
	struct event_base *base;
	struct snmpio *io;
	struct sockaddr_storage ss;
	unsigned len;
	struct secrets secrets;
	struct outcome last;
	json_t *steps;
	bool failed;
};

/* The answer to a try. */
static void
on_reply(void *arg, const struct snmpio_reply *r)
{
	struct test *x = arg;
	struct outcome *o = &x->last;

	o->status = r->status;
	o->rtt_us = r->rtt_us;
	snprintf(o->reason, sizeof o->reason, "%s", r->reason != NULL ? r->reason : "");
	if (r->status == SNMPIO_OK && r->n > 0) {
		o->has_value = varbind_has_value(&r->v[0]);
		varbind_format(o->value, sizeof o->value, &r->v[0]);
	}
	event_base_loopbreak(x->base);
}

/* Bytes as hex. */
static void
to_hex(char *dst, size_t size, const uint8_t *p, size_t n)
{
	dst[0] = '\0';
	for (size_t i = 0; i < n && 2 * i + 3 < size; i++)
		snprintf(dst + 2 * i, size - 2 * i, "%02x", p[i]);
}

/* Asks for sysObjectID with this credential. */
static enum snmpio_status
try(struct test *x, const struct snmpio_credential *c)
{
	const struct oid o = { sysobjectid, sizeof sysobjectid / sizeof sysobjectid[0] };
	struct snmpio_peer *peer = NULL;
	const uint8_t *engine;
	struct err e;

	x->last = (struct outcome){ .status = SNMPIO_LOCAL, .rtt_us = -1 };
	if (snmpio_peer_new(&peer, x->io, (struct sockaddr *)&x->ss, x->len, c, x->t->timeout_ms,
		x->t->retries, &e) == -1) {
		snprintf(x->last.reason, sizeof x->last.reason, "%.150s", e.msg);
		return SNMPIO_LOCAL;
	}
	snmpio_send(peer, SNMPIO_GET, &o, 1, 0, on_reply, x);
	event_base_dispatch(x->base);
	size_t n = snmpio_peer_engine(peer, &engine);
	to_hex(x->last.engine, sizeof x->last.engine, engine, n);
	snmpio_peer_free(peer);
	return x->last.status;
}

/* Notes a step. */
static void
step(struct test *x, const char *name, bool ok, const char *text)
{
	char more[512];

	snprintf(more, sizeof more, "%s%s%s", text, !ok && x->last.reason[0] != '\0' ? ": " : "",
	    ok ? "" : x->last.reason);
	json_array_append_new(
	    x->steps, json_pack("{s:s,s:b,s:s}", "step", name, "ok", (int)ok, "text", more));
	x->failed = x->failed || !ok;
	if (x->t->json)
		return;
	printf("  ");
	term_print(stdout, x->t->colour, ok ? TERM_GREEN : TERM_RED, ok ? "ok      " : "FAILED  ");
	printf("%-9s ", name);
	term_print(stdout, false, TERM_PLAIN, more);
	putchar('\n');
}

/* The last try went well: who answered, and how fast. */
static void
step_answer(struct test *x)
{
	char text[OID_MAX_TEXT + 100];

	if (!x->last.has_value) {
		step(x, "access", false,
		    "it answers, but has no sysObjectID for us: the view of this credential lacks "
		    "1.3.6.1.2.1.1");
		return;
	}
	snprintf(text, sizeof text, "sysObjectID %s in %.1f ms", x->last.value,
	    (double)x->last.rtt_us / 1000);
	step(x, "access", true, text);
}

/* Whether any SNMP engine answers there: an empty v3 request makes one tell its engine ID. */
static bool
engine_answers(struct test *x)
{
	static const struct snmpio_credential nobody = { .version = SNMPIO_V3,
		.user = "zonewatch" };
	enum snmpio_status st = try(x, &nobody);

	return st != SNMPIO_TIMEOUT && st != SNMPIO_UNREACHABLE && st != SNMPIO_LOCAL;
}

/* Nothing came back for the address. */
static void
step_no_answer(struct test *x)
{
	if (x->last.status == SNMPIO_UNREACHABLE)
		step(x, "address", false,
		    "nothing listens at this address and port (ICMP says unreachable): is SNMP "
		    "switched on there, is it the right port?");
	else
		step(x, "address", false,
		    "no answer at all: is the address right, the device on, a firewall between, or "
		    "does it let only other managers ask?");
}

/* v1 and v2c: silence may be the community, the version, or the address. */
static void
test_community(struct test *x)
{
	struct snmpio_credential c = x->secrets.credential;
	enum snmpio_status st = try(x, &c);

	if (st == SNMPIO_OK || st == SNMPIO_NO_SUCH_NAME) {
		step(x, "address", true, "answers");
		step(x, "community", true, "accepted");
		step_answer(x);
		return;
	}
	if (st != SNMPIO_TIMEOUT) {
		if (st == SNMPIO_UNREACHABLE)
			step_no_answer(x);
		else
			step(x, "request", false, snmpio_status_text(st));
		return;
	}
	c.version = c.version == SNMPIO_V1 ? SNMPIO_V2C : SNMPIO_V1;
	if (try(x, &c) == SNMPIO_OK) {
		step(x, "address", true, "answers");
		step(x, "version", false,
		    c.version == SNMPIO_V1 ? "it answers to v1, not to v2c"
					   : "it answers to v2c, not to v1");
		return;
	}
	if (engine_answers(x)) {
		step(x, "address", true, "an SNMP engine answers (to v3)");
		x->last.reason[0] = '\0';
		step(x, "community", false,
		    "no answer to it: the community is wrong, or not allowed from here, or v1 and "
		    "v2c are switched off");
		return;
	}
	if (x->last.status == SNMPIO_UNREACHABLE) {
		step_no_answer(x);
		return;
	}
	step(x, "timeout", false,
	    "no answer: the address, a firewall, or the community (a wrong one is silence)");
}

/* v3, first: whether an engine is there and knows the user. False: it ends here. */
static bool
test_user(struct test *x)
{
	const struct snmpio_credential c = { .version = SNMPIO_V3,
		.user = x->secrets.credential.user,
		.context = x->secrets.credential.context };
	char text[160];
	enum snmpio_status st = try(x, &c);

	if (st == SNMPIO_TIMEOUT && x->last.engine[0] == '\0') {
		step_no_answer(x);
		return false;
	}
	if (st == SNMPIO_UNREACHABLE || st == SNMPIO_LOCAL) {
		step_no_answer(x);
		return false;
	}
	step(x, "address", true, "answers");
	snprintf(text, sizeof text, "engine ID 0x%.78s", x->last.engine);
	step(x, "engine", x->last.engine[0] != '\0', text);
	if (st == SNMPIO_UNKNOWN_USER) {
		x->last.reason[0] = '\0';
		snprintf(text, sizeof text, "the device has no user \"%.60s\"", c.user);
		step(x, "user", false, text);
		return false;
	}
	snprintf(text, sizeof text, "\"%.60s\" is known", c.user);
	step(x, "user", true, text);
	return true;
}

/* v3, then: the authentication alone. */
static bool
test_auth(struct test *x)
{
	struct snmpio_credential c = x->secrets.credential;

	c.priv = SNMPIO_PRIV_NONE;
	c.priv_password = NULL;
	enum snmpio_status st = try(x, &c);
	if (st == SNMPIO_WRONG_DIGEST) {
		x->last.reason[0] = '\0';
		step(x, "auth", false, "wrong authentication password or protocol");
		return false;
	}
	if (st == SNMPIO_SECURITY_LEVEL && c.auth != SNMPIO_AUTH_NONE) {
		/* It judges the level before the digest: the next step tells. */
		step(x, "auth", true, "not told: the user must also have privacy");
		return true;
	}
	if (st == SNMPIO_NOT_IN_TIME || st == SNMPIO_LOCAL || st == SNMPIO_TIMEOUT) {
		step(x, "auth", false, snmpio_status_text(st));
		return false;
	}
	step(x, "auth", true, "password and protocol are right");
	return true;
}

/* v3, last: with privacy, the context and the access. */
static void
test_access(struct test *x)
{
	const struct snmpio_credential *c = &x->secrets.credential;
	enum snmpio_status st = try(x, c);

	switch (st) {
	case SNMPIO_OK:
		if (c->priv != SNMPIO_PRIV_NONE)
			step(x, "priv", true, "password and protocol are right");
		step_answer(x);
		break;
	case SNMPIO_TIMEOUT:
	case SNMPIO_DECRYPTION:
		x->last.reason[0] = '\0';
		step(x, c->priv != SNMPIO_PRIV_NONE ? "priv" : "timeout", false,
		    c->priv != SNMPIO_PRIV_NONE ? "wrong privacy password or protocol (messages "
						  "that cannot be deciphered are dropped)"
						: "no answer");
		break;
	case SNMPIO_WRONG_DIGEST:
		step(x, "auth", false, "wrong authentication password or protocol");
		break;
	case SNMPIO_UNKNOWN_CONTEXT:
		step(x, "context", false, "the device has no such context");
		break;
	case SNMPIO_NO_ACCESS:
	case SNMPIO_SECURITY_LEVEL:
		step(x, "access", false,
		    "the user is right, but may not read at this security level or in this view");
		break;
	default:
		step(x, "request", false, snmpio_status_text(st));
	}
}

/* v3, all of it. */
static void
test_v3(struct test *x)
{
	if (!test_user(x))
		return;
	if (x->secrets.credential.auth != SNMPIO_AUTH_NONE && !test_auth(x))
		return;
	test_access(x);
}

/* test ADDRESS */
int
test_run(struct tool *t)
{
	struct session s;
	struct test x = { .t = t, .steps = json_array() };

	if (session_open(&s, t, t->args[0]) == -1) {
		json_decref(x.steps);
		return TOOL_FAILED;
	}
	/* The session checked the options; each try has a peer of its own. */
	x.base = s.base;
	x.io = s.io;
	x.secrets = s.secrets;
	x.ss = s.address;
	x.len = s.address_len;
	snmpio_peer_free(s.peer);
	s.peer = NULL;
	if (x.secrets.credential.version == SNMPIO_V3)
		test_v3(&x);
	else
		test_community(&x);
	if (t->json) {
		json_t *j = json_pack(
		    "{s:s,s:b,s:O}", "address", t->args[0], "ok", (int)!x.failed, "steps", x.steps);
		json_dumpf(j, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(j);
	}
	json_decref(x.steps);
	session_close(&s);
	return x.failed ? TOOL_NOT_FOUND : TOOL_OK;
}
