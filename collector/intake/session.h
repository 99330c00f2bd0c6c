/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session: one agent's connection, from its handshake to its end; inner header of the intake. */
#ifndef COLLECTOR_SESSION_H
#define COLLECTOR_SESSION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "collector/intake/conduct.h"
#include "collector/intake/intake.h"
#include "collector/intake/knocks.h"
#include "collector/intake/refusals.h"
#include "collector/intake/stream.h"
#include "zw/buf.h"
#include "zw/cert.h"
#include "zw/conn.h"
#include "zw/log.h"

#define SESSION_HELLO_MS 10000
#define SESSION_ENROLL_MS 10000 /* until its request is here, and again until it is answered */

/* Where a connection comes from, for counting: an IPv4 address or an IPv6 network of 64 bits. */
struct source {
	uint8_t family;
	uint8_t addr[8];
};

enum session_state {
	SESSION_HANDSHAKE,
	SESSION_ENROLLING, /* it shows no certificate and asks for one */
	SESSION_GREETING,  /* the certificate is verified, the hello awaited */
	SESSION_OPEN,
	SESSION_OVER
};

/* Why a session's connection is not read. */
#define PAUSE_RATE 0x01
#define PAUSE_JOURNAL 0x02

struct session {
	TAILQ_ENTRY(session) link;
	struct intake *in;
	struct conn *conn; /* NULL when it is closed */
	enum session_state state;
	struct source source;
	int64_t since_ms; /* monotonic time of the state */

	/* That the certificate names and the site has, the first being the sender; then their
	 * children, as they are defined. */
	struct node **nodes;
	size_t nnodes;
	size_t nnamed;		 /* of them, without children that came by themselves */
	struct tls_identity id;	 /* all that the certificate names */
	struct cert_facts facts; /* of the certificate */
	bool enrolling;		 /* it counts as half open to its end */
	uint64_t ticket;	 /* of a request for a certificate that is under way; or 0 */
	int64_t asked_ms;	 /* monotonic time of the last one; 0: none */
	bool gateway;		 /* may have many series */
	struct stream *stream;
	uint8_t *nvalues; /* by series id; 0: not defined */
	unsigned nseries;
	bool ack_due;

	unsigned paused;
	int64_t tokens; /* bytes that may come now */
	int64_t tokens_ms;
	struct buf held;   /* a record that the journal could not take yet */
	uint8_t held_type; /* 0: none */
	uint64_t held_seq;
};
TAILQ_HEAD(sessions, session);

struct waiting; /* a connection that waits for its handshake */
TAILQ_HEAD(waitings, waiting);

/* When a node's session was replaced last, and whether the log says so again. */
struct twin {
	int64_t last_ms; /* monotonic; 0: never */
	struct log_throttle throttle;
};

struct intake {
	struct event_base *base;
	const struct conf_collector *conf;
	struct tls *tls;
	struct site *site;
	struct journal *journal;
	const struct intake_ops *ops;
	void *arg;
	struct evconnlistener *listener;
	struct event *tick;
	int64_t listen_again_ms; /* monotonic; 0: listening */
	struct sessions sessions;
	struct sessions over; /* freed at the next tick, since a callback may be under way */
	struct waitings waiting;
	unsigned nwaiting;
	unsigned half_open;
	struct streams *streams;
	size_t nknown;		   /* nodes that the four below have room for */
	struct session **by_node;  /* by node index: who speaks for it */
	struct log_throttle *talk; /* by node index: of its coming and going */
	struct twin *twins;	   /* by node index */
	struct conduct *conducts;  /* by node index */
	struct refusals refusals;
	struct knocks knocks;
	bool journal_full;
	struct enroll *enroll; /* or NULL */
	unsigned enrolling;
	struct intake_stats stats;
	struct log_throttle refuse_throttle;
	struct log_throttle reject_throttle;
	struct log_throttle define_throttle;
	struct log_throttle
	    unknown_throttle; /* nodes that a certificate names and the site lacks */
};

/* Takes the descriptor; NULL: it is closed. */
struct session *session_new(struct intake *in, int fd, const struct source *source);
void session_free(struct session *s);
/* Say why and close; the session is over. */
void session_refuse(struct session *s, enum wire_error_code code, const char *text);
/* The acknowledgement, if one is due. */
void session_acknowledge(struct session *s);
/* Try the record that the journal could not take: true when it is done. */
bool session_retry(struct session *s);
void session_pause(struct session *s, unsigned why, bool on);
/* How the session's node behaves; NULL: nobody knows yet whose it is. */
struct conduct *session_conduct(const struct session *s);
/* Something of it is refused: it is held against its node. */
void session_blame(const struct session *s);
/* session_define.c: a frame that defines a series. */
void session_define(struct session *s, const uint8_t *p, size_t n);
/* Fill up what may come, and read on if that is enough. */
void session_refill(struct session *s, int64_t now_ms);
const char *session_name(const struct session *s); /* for logs */

/* session_nodes.c. The nodes that the certificate names; -1: the session is not let in. */
int session_identify(struct session *s, enum wire_error_code *code, struct err *e);
/* It speaks for its nodes now; who did so before is told. */
void session_take_over(struct session *s, const char *agent);
/* Nobody speaks for its nodes and stream any more. */
void session_leave(struct session *s);
/* The node of a series that it defines. NULL and the reason: it is left out; *stranger: because it
 * is none that the session may speak for. */
struct node *session_node_of(struct session *s, const char *name, bool *stranger, struct err *e);

/* session_enroll.c. The handshake of enrolment is done. */
void session_enroll_begin(struct session *s);
/* A frame on such a connection. */
void session_enroll(struct session *s, const struct wire_header *h, const uint8_t *p);
/* A session asks for its next certificate. */
void session_renew(struct session *s, const uint8_t *p, size_t n);
/* It is over. */
void session_enroll_end(struct session *s);

/* A handshake is over, one way or the other (intake.c). */
void intake_admit_waiting(struct intake *in);
/* A node's connections from there come too often: handshakes with the source are made rare. */
void intake_slow(struct intake *in, const struct source *source);
/* Have room for the site's nodes, of which there may be more than before. */
void intake_reach(struct intake *in);

#endif
