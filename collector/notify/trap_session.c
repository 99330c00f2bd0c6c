/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session is opened for each notification and closed after it: notifications are rare, and so a
 * changed password or a receiver with a new engine needs no care. Of a trap we are the
 * authoritative engine (RFC 3414, 1.5.1), of an inform the receiver is, whose engine ID is asked
 * for first. */
#include "collector/notify/trap_session.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

#define TIMEOUT_US 2000000 /* and so often again: */
#define RETRIES 3
#define MIN_PASSWORD 8 /* RFC 3414, 11.2 */

/* ZONEWATCH-MIB's zonewatchMIB. */
#define ZONEWATCH 1, 3, 6, 1, 4, 1, 32473, 7481

/* net-snmp's log lines are of use to nobody but who looks for a fault in it. */
static int
on_log(int major, int minor, void *message, void *arg)
{
	const struct snmp_log_message *m = message;

	(void)major;
	(void)minor;
	(void)arg;
	log_debug("trap", "net-snmp: %.*s", (int)strcspn(m->msg, "\n"), m->msg);
	return 0;
}

void
trap_session_start(void)
{
	static const int on[] = { NETSNMP_DS_LIB_DONT_READ_CONFIGS,
		NETSNMP_DS_LIB_DONT_PERSIST_STATE, NETSNMP_DS_LIB_DISABLE_CONFIG_LOAD,
		NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE,
		NETSNMP_DS_LIB_ALARM_DONT_USE_SIG };

	setenv("SNMPCONFPATH", "/dev/null/zonewatch", 1);
	setenv("MIBS", "", 1);
	for (size_t i = 0; i < sizeof on / sizeof on[0]; i++)
		netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, on[i], 1);
	netsnmp_set_mib_directory("");
	netsnmp_ds_set_string(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_PERSISTENT_DIR, "/dev/null/zonewatch");
	init_snmp("zonewatch-trap");
	snmp_disable_stderrlog();
	snmp_enable_calllog();
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
}

/* The protocol of a word: 0, or -1 for one that there is not. */
static int
auth_of(const char *word, netsnmp_session *s)
{
	const struct {
		const char *word;
		oid *id;
	} rows[] = { { "SHA-256", usmHMAC192SHA256AuthProtocol },
		{ "SHA-512", usmHMAC384SHA512AuthProtocol }, { "SHA", usmHMACSHA1AuthProtocol },
		{ "MD5", usmHMACMD5AuthProtocol } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (strcmp(rows[i].word, word) != 0)
			continue;
		s->securityAuthProto = snmp_duplicate_objid(rows[i].id, USM_AUTH_PROTO_SHA_LEN);
		s->securityAuthProtoLen = USM_AUTH_PROTO_SHA_LEN;
		return 0;
	}
	return -1;
}

/* Likewise of privacy. */
static int
priv_of(const char *word, netsnmp_session *s)
{
	bool aes = strcmp(word, "AES") == 0;

	if (!aes && strcmp(word, "AES-256") != 0)
		return -1;
	s->securityPrivProtoLen =
	    aes ? OID_LENGTH(usmAESPrivProtocol) : OID_LENGTH(usmAES256PrivProtocol);
	s->securityPrivProto = snmp_duplicate_objid(
	    aes ? usmAESPrivProtocol : usmAES256PrivProtocol, s->securityPrivProtoLen);
	return 0;
}

/* A password's key. */
static int
key_of(const netsnmp_session *s, const char *password, u_char *key, size_t *len)
{
	return password != NULL && strlen(password) >= MIN_PASSWORD &&
		       generate_Ku(s->securityAuthProto, (u_int)s->securityAuthProtoLen,
			   (const u_char *)password, strlen(password), key, len) == SNMPERR_SUCCESS
		   ? 0
		   : -1;
}

/* Fills in who speaks: 0, or -1 and why. */
static int
secure(const struct trap_notice *t, netsnmp_session *s, char why[TRAP_WHY])
{
	s->securityName = xstrdup(t->user);
	s->securityNameLen = strlen(t->user);
	s->securityModel = SNMP_SEC_MODEL_USM;
	s->securityLevel = SNMP_SEC_LEVEL_AUTHNOPRIV;
	s->securityAuthKeyLen = sizeof s->securityAuthKey;
	s->securityPrivKeyLen = 0;
	if (auth_of(t->auth, s) == -1 ||
	    key_of(s, t->auth_password, s->securityAuthKey, &s->securityAuthKeyLen) == -1) {
		snprintf(why, TRAP_WHY, "no %s key can be made: 8 characters at least", t->auth);
		return -1;
	}
	if (strcmp(t->priv, "none") == 0)
		return 0;
	s->securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
	s->securityPrivKeyLen = sizeof s->securityPrivKey;
	if (priv_of(t->priv, s) == -1 ||
	    key_of(s, t->priv_password, s->securityPrivKey, &s->securityPrivKeyLen) == -1) {
		snprintf(why, TRAP_WHY, "no %s key can be made: 8 characters at least", t->priv);
		return -1;
	}
	return 0;
}

/* We are the authoritative engine: with our ID and our clock. */
static void
claim(const struct trap_notice *t, netsnmp_session *s)
{
	s->securityEngineID = xmemdup(t->engine, t->engine_len);
	s->securityEngineIDLen = t->engine_len;
	s->contextEngineID = xmemdup(t->engine, t->engine_len);
	s->contextEngineIDLen = t->engine_len;
	s->flags |= SNMP_FLAGS_DONT_PROBE;
	set_enginetime(s->securityEngineID, (u_int)s->securityEngineIDLen, t->boots,
	    (u_int)((clock_mono_ms() - t->began_ms) / 1000), TRUE);
}

/* DateAndTime (RFC 2579) in UTC. */
static size_t
date_and_time(u_char dst[11], int64_t wall_ms)
{
	time_t when = (time_t)(wall_ms / 1000);
	struct tm tm;

	gmtime_r(&when, &tm);
	const u_char bytes[11] = { (u_char)((tm.tm_year + 1900) >> 8),
		(u_char)((tm.tm_year + 1900) & 0xff), (u_char)(tm.tm_mon + 1), (u_char)tm.tm_mday,
		(u_char)tm.tm_hour, (u_char)tm.tm_min, (u_char)tm.tm_sec,
		(u_char)(wall_ms % 1000 / 100), '+', 0, 0 };
	memcpy(dst, bytes, sizeof bytes);
	return sizeof bytes;
}

/* A text's length, cut between characters where it is too long. */
static size_t
text_length(const char *s)
{
	size_t n = strlen(s);

	if (n <= TRAP_MAX_TEXT)
		return n;
	n = TRAP_MAX_TEXT;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Adds an object. */
static void
bind_add(netsnmp_pdu *pdu, const struct trap_bind *b)
{
	oid name[] = { ZONEWATCH, 1, b->object, 0 };
	u_char when[11];
	long word = (long)b->number;
	u_long number = (u_long)(b->number & 0xffffffff);

	if (b->type == TRAP_NUMBER)
		snmp_pdu_add_variable(
		    pdu, name, OID_LENGTH(name), ASN_UNSIGNED, &number, sizeof number);
	else if (b->type == TRAP_WORD)
		snmp_pdu_add_variable(pdu, name, OID_LENGTH(name), ASN_INTEGER, &word, sizeof word);
	else if (b->type == TRAP_TEXT)
		snmp_pdu_add_variable(
		    pdu, name, OID_LENGTH(name), ASN_OCTET_STR, b->text, text_length(b->text));
	else
		snmp_pdu_add_variable(pdu, name, OID_LENGTH(name), ASN_OCTET_STR, when,
		    date_and_time(when, b->number));
}

/* The PDU of RFC 3416, 4.2.6: since when we run, which notification, its objects. */
static netsnmp_pdu *
pdu_make(const struct trap_notice *t)
{
	static const oid up_time[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
	static const oid trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
	const oid id[] = { ZONEWATCH, 0, t->notification };
	u_long ticks = (u_long)(((clock_mono_ms() - t->began_ms) / 10) & 0xffffffff);
	netsnmp_pdu *pdu = snmp_pdu_create(t->inform ? SNMP_MSG_INFORM : SNMP_MSG_TRAP2);

	snmp_pdu_add_variable(
	    pdu, up_time, OID_LENGTH(up_time), ASN_TIMETICKS, &ticks, sizeof ticks);
	snmp_pdu_add_variable(pdu, trap_oid, OID_LENGTH(trap_oid), ASN_OBJECT_ID, id, sizeof id);
	for (size_t i = 0; i < t->nbinds; i++)
		bind_add(pdu, &t->binds[i]);
	return pdu;
}

/* The words of an error of net-snmp's that tell the operator what to mend. */
static void
explain(int error, const char *what, char why[TRAP_WHY])
{
	const char *text = snmp_api_errstring(error);

	if (error == SNMPERR_AUTHENTICATION_FAILURE || error == SNMPERR_USM_AUTHENTICATIONFAILURE)
		text = "wrong authentication password or protocol";
	else if (error == SNMPERR_UNKNOWN_USER_NAME || error == SNMPERR_USM_UNKNOWNSECURITYNAME)
		text = "the receiver does not know the user";
	else if (error == SNMPERR_TIMEOUT || error == SNMPERR_UNKNOWN_ENG_ID)
		text = "the receiver does not answer (or cannot decrypt what it gets)";
	else if (error == SNMPERR_BAD_ADDRESS)
		text = "no such address";
	snprintf(why, TRAP_WHY, "%s: %s", what, text);
}

/* Sends it and waits for the answer, if it is to be answered. */
static enum trap_fate
converse(struct session_list *open, const struct trap_notice *t, char why[TRAP_WHY])
{
	netsnmp_pdu *pdu = pdu_make(t), *answer = NULL;
	enum trap_fate fate = TRAP_RETRY;
	int error = 0, sys = 0;
	char *text = NULL;

	if (!t->inform) {
		if (snmp_sess_send(open, pdu) != 0) {
			snprintf(why, TRAP_WHY, "sent; a trap is not answered");
			return TRAP_ACCEPTED;
		}
		snmp_sess_error(open, &sys, &error, &text);
		free(text);
		explain(error, "the trap could not be sent", why);
		snmp_free_pdu(pdu);
		return TRAP_RETRY;
	}
	int rc = snmp_sess_synch_response(open, pdu, &answer);
	if (rc == STAT_SUCCESS && answer->errstat == SNMP_ERR_NOERROR) {
		snprintf(why, TRAP_WHY, "the inform was answered");
		fate = TRAP_ACCEPTED;
	} else if (rc == STAT_SUCCESS) {
		snprintf(why, TRAP_WHY, "the inform was answered with %s",
		    snmp_errstring((int)answer->errstat));
	} else {
		snmp_sess_error(open, &sys, &error, &text);
		free(text);
		explain(rc == STAT_TIMEOUT ? SNMPERR_TIMEOUT : error, "the inform", why);
	}
	if (answer != NULL)
		snmp_free_pdu(answer);
	return fate;
}

/* Forgets the user: the next notification's password may be another. */
static void
forget_user(const netsnmp_session *s)
{
	struct usmUser *u;

	if (s == NULL || s->securityName == NULL || s->securityEngineIDLen == 0)
		return;
	u = usm_get_user(s->securityEngineID, s->securityEngineIDLen, s->securityName);
	if (u == NULL)
		return;
	usm_remove_user(u);
	u->next = u->prev = NULL;
	usm_free_user(u);
}

/* "udp:HOST:PORT". */
static void
peer_name(const char *to, char *dst, size_t size)
{
	const char *port = strrchr(to, ':');
	bool given = port != NULL && strchr(port, ']') == NULL;

	snprintf(dst, size, "%s:%s%s", *to == '[' ? "udp6" : "udp", to, given ? "" : ":162");
}

/* Opens, sends, closes. */
static enum trap_fate
session_run(netsnmp_session *s, const struct trap_notice *t, char why[TRAP_WHY])
{
	struct session_list *open = snmp_sess_open(s);
	enum trap_fate fate;

	if (open == NULL) {
		explain(s->s_snmp_errno,
		    t->v3 && t->inform ? "asking for the receiver's engine" : "no session", why);
		return TRAP_RETRY;
	}
	fate = converse(open, t, why);
	if (t->v3)
		forget_user(snmp_sess_session(open));
	snmp_sess_close(open);
	return fate;
}

enum trap_fate
trap_session_send(const struct trap_notice *t, char why[TRAP_WHY])
{
	netsnmp_session s;
	char peer[300];
	enum trap_fate fate = TRAP_RETRY;

	snmp_sess_init(&s);
	peer_name(t->to, peer, sizeof peer);
	s.peername = peer;
	s.timeout = TIMEOUT_US;
	s.retries = RETRIES;
	s.version = t->v3 ? SNMP_VERSION_3 : SNMP_VERSION_2c;
	if (!t->v3) {
		u_char *community = xmemdup(t->community, strlen(t->community) + 1);
		s.community = community;
		s.community_len = strlen(t->community);
		fate = session_run(&s, t, why);
		free(community);
		return fate;
	}
	if (secure(t, &s, why) == 0) {
		if (!t->inform)
			claim(t, &s);
		fate = session_run(&s, t, why);
	}
	free(s.securityName);
	free(s.securityAuthProto);
	free(s.securityPrivProto);
	free(s.securityEngineID);
	free(s.contextEngineID);
	explicit_bzero(&s, sizeof s);
	return fate;
}
