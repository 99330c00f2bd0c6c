/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_v3: user, authentication, privacy, context and access one after the other, by what USM
 * reports (RFC 3414, section 3.2). */
#include <stdio.h>

#include "agent/gateway/tool/test_int.h"

/* What every v3 try may come to, whatever is tried. True if it was that. */
static bool
test_engine(struct test *x)
{
	char text[256];

	switch (x->last.status) {
	case SNMPIO_NOT_IN_TIME:
		test_step(x, "engine", TEST_FAILED,
		    "its boots or clock do not fit what it said before (notInTimeWindows): has it "
		    "lost its boots, or has another device the same engine ID?");
		return true;
	case SNMPIO_UNKNOWN_ENGINE:
		snprintf(text, sizeof text, "%s%s",
		    x->last.engine[0] != '\0' ? "it does not stay with one engine ID: " : "",
		    x->last.reason);
		test_step(x, "engine", TEST_FAILED, text);
		return true;
	case SNMPIO_BAD_REPLY:
		test_strange(x);
		return true;
	default:
		return false;
	}
}

/* First: whether an engine is there and knows the user, whose name travels in the clear. False: it
 * ends here. */
static bool
test_user(struct test *x)
{
	const struct snmpio_credential c = { .version = SNMPIO_V3,
		.user = x->s->secrets.credential.user };
	char text[160];
	enum snmpio_status st = test_try(x, &c, SNMPIO_GET);

	if (x->last.engine[0] == '\0' &&
	    test_no_answer(x, "no answer to the question for its engine ID: is the "
			      "address right, the device on, v3 switched on, this host "
			      "among its managers, no firewall between?"))
		return false;
	if (st == SNMPIO_UNREACHABLE || st == SNMPIO_LOCAL)
		return !test_no_answer(x, "");
	test_step(x, "address", TEST_OK, "answers");
	if (test_engine(x))
		return false;
	snprintf(text, sizeof text, "its ID is 0x%.78s", x->last.engine);
	test_step(x, "engine", TEST_OK, text);
	if (st == SNMPIO_UNKNOWN_USER) {
		snprintf(text, sizeof text,
		    "the device has no user \"%.60s\": make it there, or mend the name", c.user);
		test_step(x, "user", TEST_FAILED, text);
		return false;
	}
	if (st == SNMPIO_TIMEOUT) {
		test_step(x, "user", TEST_UNTOLD, "it is silent to a user without authentication");
		return true;
	}
	snprintf(text, sizeof text, "\"%.60s\" is known", c.user);
	test_step(x, "user", TEST_OK, text);
	return true;
}

/* A level that the user has not on the device. */
static bool
step_no_level(struct test *x, bool priv)
{
	if (x->last.status != SNMPIO_SECURITY_LEVEL)
		return false;
	test_step(x, priv ? "priv" : "auth", TEST_FAILED,
	    priv ? "the device's user has no privacy, or none of this protocol: set a privacy "
		   "password there, or leave out --priv-file here"
		 : "the device does not let this user speak with authentication only: it has none "
		   "there, or must have privacy too (--priv-file)");
	return true;
}

/* Then: the authentication alone. False: it ends here. */
static bool
test_auth(struct test *x)
{
	struct snmpio_credential c = x->s->secrets.credential;
	bool priv = c.priv != SNMPIO_PRIV_NONE;

	c.priv = SNMPIO_PRIV_NONE;
	c.priv_password = NULL;
	c.context = NULL;
	enum snmpio_status st = test_try(x, &c, SNMPIO_GET);
	if (st == SNMPIO_WRONG_DIGEST || st == SNMPIO_UNKNOWN_USER) {
		test_step(x, st == SNMPIO_UNKNOWN_USER ? "user" : "auth", TEST_FAILED,
		    st == SNMPIO_UNKNOWN_USER ? "the device does not know the user"
					      : "wrong authentication password or protocol "
						"(wrongDigests)");
		return false;
	}
	if ((st == SNMPIO_SECURITY_LEVEL || st == SNMPIO_TIMEOUT) && priv) {
		test_step(x, "auth", TEST_UNTOLD,
		    st == SNMPIO_TIMEOUT ? "it is silent to a user without privacy"
					 : "it refuses a user without privacy");
		return true;
	}
	if (st == SNMPIO_TIMEOUT) {
		test_step(x, "auth", TEST_FAILED,
		    "silence: a wrong authentication password or protocol, or a device that is "
		    "silent to users without privacy");
		return false;
	}
	if (step_no_level(x, false) || test_engine(x) ||
	    (st == SNMPIO_UNREACHABLE && test_no_answer(x, "")))
		return false;
	test_step(x, "auth", TEST_OK, "password and protocol are right");
	return true;
}

/* With all of the credential there was silence, or what cannot be deciphered: it is the context, if
 * there is an answer without one; else the privacy. */
static void
test_silence(struct test *x)
{
	struct snmpio_credential c = x->s->secrets.credential;
	bool priv = c.priv != SNMPIO_PRIV_NONE;

	if (c.context != NULL && x->last.status == SNMPIO_TIMEOUT) {
		c.context = NULL;
		enum snmpio_status st = test_try(x, &c, SNMPIO_GET);
		if (st != SNMPIO_TIMEOUT && st != SNMPIO_DECRYPTION) {
			if (priv)
				test_step(x, "priv", TEST_OK, "password and protocol are right");
			test_step(x, "context", TEST_FAILED,
			    "silence with this context, an answer without it: the device has no "
			    "such context");
			return;
		}
	}
	if (priv)
		test_step(x, "priv", TEST_FAILED,
		    "wrong privacy password or protocol (the device drops what it cannot "
		    "decipher)");
	else
		test_step(x, "timeout", TEST_FAILED, "no answer any more: is it overloaded?");
}

/* The user is who it should be, but may not read. */
static void
step_no_access(struct test *x)
{
	const struct snmpio_credential *c = &x->s->secrets.credential;

	if (c->auth == SNMPIO_AUTH_NONE)
		test_step(x, "access", TEST_FAILED,
		    "the user may read nothing without authentication: give --auth-file and "
		    "--priv-file, or a view for noAuthNoPriv on the device");
	else if (c->priv == SNMPIO_PRIV_NONE)
		test_step(x, "access", TEST_FAILED,
		    "the user and its password are right, but it may read nothing without "
		    "privacy: give --priv-file, or a view for authNoPriv on the device");
	else
		test_step(x, "access", TEST_FAILED,
		    "the user and its passwords are right, but it may read nothing: give it a view "
		    "on the device");
}

/* Last: with privacy and the context, as the gateway would ask. */
static void
test_access(struct test *x)
{
	const struct snmpio_credential *c = &x->s->secrets.credential;
	enum snmpio_status st = test_try(x, c, SNMPIO_GET);

	if (st == SNMPIO_TIMEOUT || st == SNMPIO_DECRYPTION) {
		test_silence(x);
		return;
	}
	if (st == SNMPIO_WRONG_DIGEST) {
		test_step(x, "auth", TEST_FAILED, "wrong authentication password or protocol");
		return;
	}
	if (test_engine(x) || step_no_level(x, c->priv != SNMPIO_PRIV_NONE) ||
	    ((st == SNMPIO_LOCAL || st == SNMPIO_UNREACHABLE) && test_no_answer(x, "")))
		return;
	if (c->priv != SNMPIO_PRIV_NONE)
		test_step(x, "priv", TEST_OK, "password and protocol are right");
	if (st == SNMPIO_UNKNOWN_CONTEXT) {
		test_step(x, "context", TEST_FAILED, "the device has no such context");
		return;
	}
	if (c->context != NULL && st != SNMPIO_NO_ACCESS)
		test_step(x, "context", TEST_OK, "known");
	if (st == SNMPIO_OK)
		test_answer(x, c);
	else if (st == SNMPIO_NO_ACCESS)
		step_no_access(x);
	else
		test_strange(x);
}

/* v3, all of it. */
void
test_v3(struct test *x)
{
	if (!test_user(x))
		return;
	if (x->s->secrets.credential.auth != SNMPIO_AUTH_NONE && !test_auth(x))
		return;
	test_access(x);
}
