/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trapd_int: what the files of trapd share. */
#ifndef AGENT_GATEWAY_TRAPD_INT_H
#define AGENT_GATEWAY_TRAPD_INT_H

#include <netinet/in.h>

#include "agent/gateway/snmpio_int.h"
#include "agent/gateway/trapd.h"
#include "agent/gateway/trapd_head.h"
#include "agent/gateway/trapd_rate.h"

#define TRAPD_MAX_MESSAGE 65536
#define TRAPD_SEEN 8192 /* messages remembered */

/* A message as it came, and where its answer goes. */
struct trapd_message {
	uint8_t *data; /* TRAPD_MAX_MESSAGE bytes */
	size_t n;
	struct sockaddr_storage from;
	socklen_t fromlen;
	struct in_pktinfo to4; /* our address that it was sent to */
	struct in6_pktinfo to6;
	bool has_to4;
	bool has_to6;
};

/* One that was accepted, by a hash of it. */
struct trapd_seen {
	uint64_t hash;
	int64_t at_ms;
};

/* What was refused since the last line of the log. */
struct trapd_complaint {
	struct event *timer;
	uint64_t refused[TRAPD_REFUSALS];
	uint64_t total;
	bool running;
};

struct trapd {
	struct snmpio *io;
	struct trapd_opts o;
	int fd;
	struct event *readable;
	void *session;
	struct trapd_rate *rate;
	struct trapd_stats stats;
	struct trapd_complaint complaint;
	char **communities;
	size_t ncommunities;
	struct snmpio_user **users;
	size_t nusers;
	struct trapd_message message; /* that is being read */
	struct trapd_head head;
	bool judged; /* it was accepted, or its refusal counted */
	/* What net-snmp's callback leaves behind: */
	bool taken;
	netsnmp_pdu *answer; /* to an inform */
	netsnmp_variable_list *vars;
	struct trapd_trap trap;
	struct oid_buf trap_oid;
	long reqid;
	uint8_t engine[SNMPIO_MAX_ENGINE];
	struct trapd_seen seen[TRAPD_SEEN];
};

/* --- trapd.c --------------------------------------------------------------------------------- */

/* Count a refusal of the message that is being read, once, and tell of it. */
void trapd_refuse(struct trapd *t, enum trapd_refusal why);

/* --- trapd_socket.c -------------------------------------------------------------------------- */

int trapd_socket_open(const struct sockaddr *sa, unsigned len, struct err *e)
    __attribute__((warn_unused_result));
/* The next message: 0, or -1 when there is none now. */
int trapd_socket_read(int fd, struct trapd_message *m);
/* Answer the message. */
void trapd_socket_answer(int fd, const struct trapd_message *m, const void *data, size_t n);
/* An address without its port, as text. */
void trapd_socket_text(char *dst, size_t size, const struct sockaddr_storage *from);

/* --- trapd_pdu.c ----------------------------------------------------------------------------- */

/* net-snmp's callback of a message that passed USM: judge it, keep what is wanted of it. */
int trapd_pdu_received(int op, netsnmp_session *s, int reqid, netsnmp_pdu *pdu, void *magic);
/* Hand it over: answer an inform, drop a duplicate. After net-snmp was left. */
void trapd_pdu_deliver(struct trapd *t);

#endif
