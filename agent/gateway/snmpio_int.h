/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpio_int: what the files of net-snmp's door (snmpio*, trapd*) share. Nobody else includes it.
 */
#ifndef AGENT_GATEWAY_SNMPIO_INT_H
#define AGENT_GATEWAY_SNMPIO_INT_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/library/lcd_time.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "agent/gateway/snmpio.h"
#include "zw/log.h"

#define SNMPIO_MAX_ENGINE 32	       /* bytes of an engine ID, RFC 3411 */
#define SNMPIO_MAX_ANSWER 2048	       /* bindings that a GETBULK may ask for */
#define SNMPIO_MAX_OUTSTANDING 100000U /* of the program */
#define SNMPIO_KEY_LEN 64

struct event;

/* What a credential's passwords give before an engine is known (RFC 3414, A.2: Ku), which takes
 * milliseconds: computed once for all that share them. */
struct snmpio_keys {
	const oid *auth; /* NULL: none */
	size_t auth_len;
	const oid *priv;
	size_t priv_len;
	uint8_t auth_ku[SNMPIO_KEY_LEN];
	size_t auth_ku_len;
	uint8_t priv_ku[SNMPIO_KEY_LEN];
	size_t priv_ku_len;
	int level; /* SNMP_SEC_LEVEL_* */
};

struct snmpio_ku;     /* a cached Ku */
struct snmpio_engine; /* an engine ID and who uses it */
struct snmpio_user;   /* a name and its keys at an engine */
LIST_HEAD(snmpio_kus, snmpio_ku);
LIST_HEAD(snmpio_engines, snmpio_engine);
LIST_HEAD(snmpio_peers, snmpio_peer);
TAILQ_HEAD(snmpio_requests, snmpio_request);

struct snmpio {
	struct event_base *base;
	struct event *deferred; /* calls done() for what ended outside of an event of its own */
	struct snmpio_peers peers;
	struct snmpio_requests finished;
	struct snmpio_kus kus;
	struct snmpio_engines engines;
	netsnmp_large_fd_set fds;
	struct snmpio_stats stats;
	struct varbind *v; /* room for the bindings of one reply */
	size_t vmax;
	uint32_t *ids; /* and for the numbers of their OIDs */
	size_t idmax;
	uint8_t engine_id[SNMPIO_MAX_ENGINE]; /* our own */
	size_t engine_id_len;
};

/* A connected UDP socket as net-snmp's transport. */
struct snmpio_udp {
	int fd;
	int error;	  /* errno of the last send or receive that failed, or 0 */
	bool unreachable; /* ICMP said so since the last send */
	bool got;	  /* a packet was received */
};

enum snmpio_request_state {
	SNMPIO_WAITING, /* for the engine ID */
	SNMPIO_SENT,
	SNMPIO_FINISHED
};

struct snmpio_request {
	TAILQ_ENTRY(snmpio_request) entry; /* of peer->requests, or io->finished */
	struct snmpio_peer *peer;
	enum snmpio_request_state state;
	enum snmpio_command cmd;
	uint32_t *ids; /* the numbers of all OIDs */
	struct oid *oids;
	size_t n;
	unsigned repetitions;
	snmpio_done done;
	void *arg;
	netsnmp_pdu *pdu; /* net-snmp's, while it is sent */
	long msgid;
	int64_t sent_us;
	bool rediscovered;
	/* The end: */
	enum snmpio_status status;
	int errstat;
	int error_index;
	int64_t rtt_us;
	netsnmp_variable_list *vars; /* taken from the PDU */
	char reason[96];
};

struct snmpio_peer {
	LIST_ENTRY(snmpio_peer) link;
	struct snmpio *io;
	void *session;
	struct snmpio_udp udp;
	struct event *readable;
	struct event *timer;
	enum snmpio_version version;
	struct snmpio_keys keys;
	char name[SNMP_MAX_SEC_NAME_SIZE]; /* of the user */
	struct snmpio_user *user;	   /* once the engine is known */
	struct snmpio_request probe;	   /* for the engine ID */
	bool probing;
	bool sending; /* within net-snmp's send: its callback is not the end of a request */
	bool closing;
	bool heard;			  /* a callback came of the packet that is read */
	uint8_t moved[SNMPIO_MAX_ENGINE]; /* the engine ID that the packet says it has now */
	size_t moved_len;
	struct snmpio_requests requests;
	unsigned nwaiting; /* of them; who sets a request's state counts */
};

/* --- snmpio_usm.c: keys and users ------------------------------------------------------------ */

/* Check a v3 credential and compute its keys. */
int snmpio_usm_keys(struct snmpio_keys *out, struct snmpio *io, const struct snmpio_credential *c,
    struct err *e) __attribute__((warn_unused_result));
/* A user at an engine; its keys are localized. */
int snmpio_usm_new(struct snmpio_user **out, struct snmpio *io, const uint8_t *engine, size_t len,
    const char *name, const struct snmpio_keys *k, struct err *e)
    __attribute__((warn_unused_result));
void snmpio_usm_free(struct snmpio *io, struct snmpio_user *u);
/* Make this user the one of its name at its engine, and the engine's clock the one that it saw:
 * before each call of net-snmp that may send or read for it. */
void snmpio_usm_enter(struct snmpio_user *u);
/* The engine's boots or time went backwards and it proved so: believe its next message. */
void snmpio_usm_resync(struct snmpio_user *u);
size_t snmpio_usm_engine(const struct snmpio_user *u, const uint8_t **out);
void snmpio_usm_end(struct snmpio *io);

/* --- snmpio_udp.c ---------------------------------------------------------------------------- */

int snmpio_udp_open(struct snmpio_udp *u, const struct sockaddr *sa, unsigned salen, struct err *e)
    __attribute__((warn_unused_result));
/* For snmp_sess_add(), which takes it; it borrows u. */
netsnmp_transport *snmpio_udp_transport(struct snmpio_udp *u);

/* --- snmpio_pdu.c: requests to PDUs and back -------------------------------------------------- */

netsnmp_pdu *snmpio_pdu_make(const struct snmpio_request *r, bool v1);
/* Judge an answer: sets the request's status and takes the bindings. */
void snmpio_pdu_judge(struct snmpio_request *r, netsnmp_pdu *pdu, bool v1);
/* The bindings as our own, in io's room; returns how many. */
size_t snmpio_pdu_bindings(struct snmpio *io, const netsnmp_variable_list *vars);
/* One binding; its OIDs' numbers go to *ids, which moves on. */
void snmpio_pdu_binding(struct varbind *out, const netsnmp_variable_list *var, uint32_t **ids);
enum snmpio_status snmpio_pdu_report(const netsnmp_pdu *pdu);

/* --- snmpio_request.c ------------------------------------------------------------------------ */

void snmpio_request_fail(struct snmpio_request *r, enum snmpio_status s, const char *reason);
void snmpio_request_set(struct snmpio_request *r, enum snmpio_request_state state);
/* Call done() for all that finished. The peer may be gone after it. */
void snmpio_request_flush(struct snmpio *io);
void snmpio_request_free(struct snmpio_request *r);

/* --- snmpio_answer.c: what net-snmp calls back ----------------------------------------------- */

/* net-snmp's callback of a request. */
int snmpio_answer_take(int op, netsnmp_session *s, int reqid, netsnmp_pdu *pdu, void *magic);
/* net-snmp's hook after parsing. */
int snmpio_answer_parsed(netsnmp_session *s, netsnmp_pdu *pdu, int failed);
/* End all that waits for the engine ID as the question for it ended. */
void snmpio_answer_fail_waiting(struct snmpio_peer *p, enum snmpio_status s, const char *reason);
/* The packet said that the device has another engine ID now: take it. */
void snmpio_answer_move(struct snmpio_peer *p);

/* --- snmpio_peer.c --------------------------------------------------------------------------- */

/* Send what waits, or ask for the engine ID first. */
void snmpio_peer_pump(struct snmpio_peer *p);

/* --- snmpio_engineid.c: our own -------------------------------------------------------------- */

/* Read, advance and store it; tell net-snmp, which reads it in init_snmp(). */
int snmpio_engineid_prepare(struct snmpio *io, const char *state_dir, struct err *e)
    __attribute__((warn_unused_result));

#endif
