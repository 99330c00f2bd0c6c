/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What enrolment is; inner header of enroll.c and enroll_ask.c. */
#ifndef COLLECTOR_ENROLL_ENROLL_INT_H
#define COLLECTOR_ENROLL_ENROLL_INT_H

#include <sys/queue.h>

#include "collector/enroll/enroll.h"
#include "collector/enroll/rate.h"
#include "collector/enroll/register_save.h"
#include "collector/enroll/signer.h"
#include "zw/log.h"
#include "zw/worker.h"

struct ask;
TAILQ_HEAD(asks, ask);

struct enroll {
	struct event_base *base;
	const struct conf_collector *conf;
	struct enroll_parts parts;
	char path[4096];
	struct reg *reg;
	struct register_revoked revoked; /* as it was found at the start */
	struct worker *worker;		 /* writes the register, judges requests */
	struct register_save *save;
	struct signer *signer; /* NULL: there is no key */
	struct tls *tls;
	bool listening; /* to strangers */
	bool closing;
	struct buf authority;
	char hash[CERT_HASH_TEXT];
	char host[256];
	struct event *tick;
	unsigned ticks;
	struct asks asks;
	unsigned strangers; /* of these */
	uint64_t last_ticket;
	struct event *soon; /* answers those that are refused at once */
	struct rate rate;
	struct log_throttle refuse_throttle;
	struct log_throttle stolen_throttle;
};

/* Who acts, what it is about, further words: into the audit. */
void enroll_audit(
    struct enroll *en, const char *author, const char *kind, const char *what, const char *text);
/* Listen to strangers, or not, as invitations are. */
void enroll_listen(struct enroll *en);

/* enroll_ask.c */
void enroll_ask_init(struct enroll *en);
/* Those that are left are told that we stop. */
void enroll_ask_free(struct enroll *en);

#endif
