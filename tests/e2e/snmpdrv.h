/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpdrv: what its files share. */
#ifndef TESTS_E2E_SNMPDRV_H
#define TESTS_E2E_SNMPDRV_H

#include <netinet/in.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "agent/gateway/fetch.h"
#include "agent/gateway/trapd.h"

struct event;

#define MAX_PEERS 2048
#define MAX_WORDS 512

struct drv {
	LIST_HEAD(, job) jobs;
	struct event_base *base;
	struct snmpio *io;
	struct event *input;
	struct event *tick;
	char *names[MAX_PEERS];
	struct snmpio_peer *peers[MAX_PEERS];
	struct fetch_limits limits[MAX_PEERS];
	struct trapd *trapd;
	struct snmpio_credential credentials[16];
	size_t ncredentials;
	char line[65536];
	size_t fill;
	unsigned under_way;
	bool waiting;
	int64_t tick_us; /* of the last tick, to see how long the loop was held */
	int64_t held_us;
	int64_t tick_cpu_us; /* the same of CPU time: others on the machine do not count */
	int64_t busy_us;
	bool quiet; /* no bindings are printed */
	char *words[MAX_WORDS];
	size_t nwords;
};

/* What a request was called. */
struct job {
	LIST_ENTRY(job) link;
	struct drv *d;
	char tag[64];
};

/* The value of "key=..." among the words of the command, or NULL. */
const char *snmpdrv_option(const struct drv *d, const char *key);
/* The same as a number. */
uint64_t snmpdrv_number(const struct drv *d, const char *key, uint64_t otherwise);
/* The place of a peer's name, or of a free one for NULL. */
size_t snmpdrv_place(const struct drv *d, const char *name);
/* A credential from the words; its texts are the words'. */
struct snmpio_credential snmpdrv_credential(const struct drv *d, const char *version);
/* An address from text; returns its length. */
unsigned snmpdrv_address(const char *text, uint16_t port, struct sockaddr_storage *out);
void snmpdrv_print(const struct varbind *v);
/* The OIDs among the words after the name; returns how many. */
size_t snmpdrv_oids(const struct drv *d, struct oid_buf *bufs, struct oid *out);
/* Count down what is under way, and tell who waits. */
void snmpdrv_ended(struct drv *d);

/* --- snmpdrv_more.c: fetches and traps; true when the command was one of them ---------------- */

bool snmpdrv_more(struct drv *d);
void snmpdrv_more_end(struct drv *d);

#endif
