/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_step: a try, and what is told of it. */
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "agent/gateway/tool/test_int.h"
#include "zw/term.h"

static const uint32_t sysobjectid[] = { 1, 3, 6, 1, 2, 1, 1, 2, 0 };
static const uint32_t everything[] = { 1, 3 };

/* The answer to a try. */
static void
on_reply(void *arg, const struct snmpio_reply *r)
{
	struct test *x = arg;
	struct test_outcome *o = &x->last;

	o->status = r->status;
	o->rtt_us = r->rtt_us;
	snprintf(o->reason, sizeof o->reason, "%s",
	    r->reason != NULL ? r->reason : snmpio_status_text(r->status));
	if (r->status == SNMPIO_OK && r->n > 0) {
		o->has_value = varbind_has_value(&r->v[0]);
		oid_format(o->name, r->v[0].oid);
		varbind_format(o->value, sizeof o->value, &r->v[0]);
	}
	event_base_loopbreak(x->s->base);
}

/* Bytes as hex. */
static void
to_hex(char *dst, size_t size, const uint8_t *p, size_t n)
{
	dst[0] = '\0';
	for (size_t i = 0; i < n && 2 * i + 3 < size; i++)
		snprintf(dst + 2 * i, size - 2 * i, "%02x", p[i]);
}

/* Asks with this credential. */
enum snmpio_status
test_try(struct test *x, const struct snmpio_credential *c, enum snmpio_command cmd)
{
	const struct oid object = { sysobjectid, sizeof sysobjectid / sizeof sysobjectid[0] };
	const struct oid top = { everything, sizeof everything / sizeof everything[0] };
	struct session *s = x->s;
	struct snmpio_peer *peer = NULL;
	const uint8_t *engine;
	struct err e;

	x->last = (struct test_outcome){ .status = SNMPIO_LOCAL, .rtt_us = -1 };
	if (snmpio_peer_new(&peer, s->io, (struct sockaddr *)&s->address, s->address_len, c,
		s->timeout_ms, s->retries, &e) == -1) {
		snprintf(x->last.reason, sizeof x->last.reason, "%.150s", e.msg);
		return SNMPIO_LOCAL;
	}
	snmpio_send(peer, cmd, cmd == SNMPIO_GET ? &object : &top, 1, 0, on_reply, x);
	event_base_dispatch(s->base);
	size_t n = snmpio_peer_engine(peer, &engine);
	to_hex(x->last.engine, sizeof x->last.engine, engine, n);
	snmpio_peer_free(peer);
	return x->last.status;
}

/* Notes a step. */
void
test_step(struct test *x, const char *name, enum test_verdict v, const char *text)
{
	static const char *const words[] = { "ok      ", "FAILED  ", "?       " };
	static const enum term_color colors[] = { TERM_GREEN, TERM_RED, TERM_YELLOW };

	json_array_append_new(x->steps,
	    json_pack("{s:s,s:o,s:s}", "step", name, "ok",
		v == TEST_UNTOLD ? json_null() : json_boolean(v == TEST_OK), "text", text));
	if (v == TEST_FAILED && x->failed == NULL)
		x->failed = name;
	if (x->t->json)
		return;
	printf("  ");
	term_print(stdout, x->t->colour, colors[v], words[v]);
	printf("%-9s ", name);
	term_print(stdout, false, TERM_PLAIN, text);
	putchar('\n');
	fflush(stdout);
}

/* An SNMP engine or agent is there and answered, but something that has no name among the steps. */
void
test_strange(struct test *x)
{
	char text[256];

	snprintf(text, sizeof text, "%s: %s", snmpio_status_text(x->last.status), x->last.reason);
	test_step(x, "answer", TEST_FAILED, text);
}

/* Nothing came back. True if it was that. */
bool
test_no_answer(struct test *x, const char *silence)
{
	char text[256];

	switch (x->last.status) {
	case SNMPIO_UNREACHABLE:
		test_step(x, "address", TEST_FAILED,
		    "nothing listens at this address and port (ICMP: port or host unreachable): is "
		    "it the right address, and SNMP switched on there?");
		return true;
	case SNMPIO_LOCAL:
		snprintf(text, sizeof text, "could not be asked at all: %s", x->last.reason);
		test_step(x, "address", TEST_FAILED, text);
		return true;
	case SNMPIO_TIMEOUT:
		test_step(x, "timeout", TEST_FAILED, silence);
		return true;
	default:
		return false;
	}
}

/* The last try went well: who answered, and how fast; or the view lacks what every agent has. */
void
test_answer(struct test *x, const struct snmpio_credential *c)
{
	char text[2 * OID_MAX_TEXT + 200];

	if (x->last.has_value) {
		snprintf(text, sizeof text, "sysObjectID %s in %.1f ms", x->last.value,
		    (double)x->last.rtt_us / 1000);
		test_step(x, "access", TEST_OK, text);
		return;
	}
	if (test_try(x, c, SNMPIO_GETNEXT) == SNMPIO_OK && x->last.has_value)
		snprintf(text, sizeof text,
		    "it answers, but its view leaves out sysObjectID (1.3.6.1.2.1.1.2.0), by which "
		    "profiles are found; the first object there is %s: widen the view on the "
		    "device",
		    x->last.name);
	else
		snprintf(text, sizeof text,
		    "it answers, but nothing may be read: the view on the device is empty");
	test_step(x, "access", TEST_FAILED, text);
}
