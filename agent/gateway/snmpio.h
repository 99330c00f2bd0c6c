/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpio: SNMP v1, v2c and v3 requests in the event loop; the door to net-snmp, with trapd. One
 * thread only: Debian's net-snmp has no locks. Nothing here blocks: engine discovery (RFC 3414,
 * section 4) is done asynchronously, names are not resolved. */
#ifndef AGENT_GATEWAY_SNMPIO_H
#define AGENT_GATEWAY_SNMPIO_H

#include <stddef.h>
#include <stdint.h>

#include "agent/gateway/varbind.h"
#include "zw/err.h"

#define SNMPIO_MAX_VARBINDS 128	 /* of a request */
#define SNMPIO_MAX_COMMUNITY 256 /* bytes */
#define SNMPIO_MIN_PASSWORD 8	 /* bytes; RFC 3414, section 11.2 */

struct event_base;
struct sockaddr;
struct snmpio;	    /* the library; one in a program */
struct snmpio_peer; /* an agent and how we speak to it */

enum snmpio_version {
	SNMPIO_V1,
	SNMPIO_V2C,
	SNMPIO_V3
};

enum snmpio_auth {
	SNMPIO_AUTH_NONE,
	SNMPIO_AUTH_MD5,
	SNMPIO_AUTH_SHA,
	SNMPIO_AUTH_SHA224,
	SNMPIO_AUTH_SHA256,
	SNMPIO_AUTH_SHA384,
	SNMPIO_AUTH_SHA512
};

enum snmpio_priv {
	SNMPIO_PRIV_NONE,
	SNMPIO_PRIV_DES,
	SNMPIO_PRIV_AES,
	SNMPIO_PRIV_AES192,
	SNMPIO_PRIV_AES256,
	SNMPIO_PRIV_AES192C, /* Cisco's key extension */
	SNMPIO_PRIV_AES256C
};

/* Texts are borrowed during the call. */
struct snmpio_credential {
	enum snmpio_version version;
	const char *community;
	const char *user;
	enum snmpio_auth auth;
	const char *auth_password;
	enum snmpio_priv priv;
	const char *priv_password;
	const char *context; /* NULL: "" */
};

/* The words of the configuration: 0, or -1 for another. */
int snmpio_auth_parse(const char *word, enum snmpio_auth *out) __attribute__((warn_unused_result));
int snmpio_priv_parse(const char *word, enum snmpio_priv *out) __attribute__((warn_unused_result));

enum snmpio_status {
	SNMPIO_OK,
	SNMPIO_TIMEOUT,	       /* no answer to any try */
	SNMPIO_UNREACHABLE,    /* ICMP said so: nobody listens there, or no way */
	SNMPIO_TOO_BIG,	       /* tooBig, or an answer cut short */
	SNMPIO_NO_SUCH_NAME,   /* v1: error_index says which binding (from 1) */
	SNMPIO_GEN_ERR,	       /* another error-status; in errstat */
	SNMPIO_NO_ACCESS,      /* authorizationError, noAccess */
	SNMPIO_BAD_REPLY,      /* it answers something that was not asked; in reason */
	SNMPIO_UNKNOWN_ENGINE, /* v3, from the USM reports (RFC 3414, section 3.2): */
	SNMPIO_UNKNOWN_USER,
	SNMPIO_WRONG_DIGEST,   /* authentication password or protocol */
	SNMPIO_DECRYPTION,     /* privacy password or protocol */
	SNMPIO_SECURITY_LEVEL, /* the user may not do with this level */
	SNMPIO_NOT_IN_TIME,    /* engine boots or time out of the window, again after a resync */
	SNMPIO_UNKNOWN_CONTEXT,
	SNMPIO_LOCAL /* could not be sent at all; in reason */
};

/* For people: "timeout", "wrong authentication password or protocol". */
const char *snmpio_status_text(enum snmpio_status s);

/* Valid during the call only. */
struct snmpio_reply {
	enum snmpio_status status;
	const struct varbind *v; /* SNMPIO_OK: as many as asked (GET, GETNEXT); of GETBULK any */
	size_t n;
	int errstat;
	int error_index;
	int64_t rtt_us; /* from the last try; -1 without an answer */
	const char *reason;
};

typedef void (*snmpio_done)(void *arg, const struct snmpio_reply *r);

struct snmpio_stats {
	uint64_t requests;
	uint64_t retries;
	uint64_t replies;
	uint64_t timeouts;
	uint64_t refused; /* packets from elsewhere, of other requests, malformed */
	unsigned outstanding;
};

/* state_dir keeps our engine ID and boots (file snmp-engine, stored at once); NULL: nothing is
 * kept (a tool). Reads no file of net-snmp's own. */
int snmpio_new(struct snmpio **out, struct event_base *base, const char *state_dir, struct err *e)
    __attribute__((warn_unused_result));
/* All peers are freed before. NULL is fine. */
void snmpio_free(struct snmpio *io);
void snmpio_stats(const struct snmpio *io, struct snmpio_stats *out);

/* The socket is connected, so that only the agent's own address and port are heard. */
int snmpio_peer_new(struct snmpio_peer **out, struct snmpio *io, const struct sockaddr *sa,
    unsigned salen, const struct snmpio_credential *c, int64_t timeout_ms, unsigned retries,
    struct err *e) __attribute__((warn_unused_result));
/* No done() is called any more. May be called from one. NULL is fine. */
void snmpio_peer_free(struct snmpio_peer *p);
/* v3: its engine ID, or 0 bytes while unknown. */
size_t snmpio_peer_engine(const struct snmpio_peer *p, const uint8_t **out);

enum snmpio_command {
	SNMPIO_GET,
	SNMPIO_GETNEXT,
	SNMPIO_GETBULK /* v1: sent as GETNEXT */
};

/* Sends; done() is called once, later, never from within. All bindings of the answer were checked:
 * its source, request ID and community; for GET the same OIDs in the same order; for GETNEXT and
 * GETBULK OIDs greater than those asked (END_OF_MIB apart), no more of them than asked for. More
 * than 1,000 requests may be under way in a program. */
void snmpio_send(struct snmpio_peer *p, enum snmpio_command cmd, const struct oid *oids, size_t n,
    unsigned max_repetitions, snmpio_done done, void *arg);
/* The requests with this argument: done() is not called any more. */
void snmpio_cancel(struct snmpio_peer *p, const void *arg);

#endif
