/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay: one MIB, read once, behind many agents. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/walk.h"
#include "tests/sim/replay.h"
#include "tests/sim/secrets.h"
#include "tests/sim/snmpagent.h"
#include "zw/alloc.h"
#include "zw/log.h"

struct replay {
	struct snmpagents *snmp;
	struct mib *mib;
	struct snmpagent **agents;
	size_t n;
};

/* Read the recording. */
static int
replay_read(struct replay *r, const char *path, struct err *e)
{
	struct walk *w = walk_new();
	size_t bad = 0;

	if (walk_read(w, path, &bad, e) == -1) {
		walk_free(w);
		return -1;
	}
	r->mib = mib_new();
	for (size_t i = 0; i < walk_count(w); i++)
		mib_put(r->mib, walk_at(w, i));
	if (bad > 0)
		log_warnx("sim", "%s: %zu lines are not understood", path, bad);
	log_info("sim", "%s: %zu objects", path, mib_count(r->mib));
	walk_free(w);
	return 0;
}

/* Bring one copy up. */
static int
replay_agent(
    struct replay *r, const struct replay_opts *o, const struct snmpio_credential *c, struct err *e)
{
	struct sockaddr_in listen = o->first;
	struct snmpagent_opts so = { .listen = (const struct sockaddr *)&listen,
		.mib = r->mib,
		.credential = c,
		.engine_id = { 0x80, 0x00, 0x7e, 0xd9, 0x05, 'r', 'e', 'p' },
		.engine_len = 12,
		.max_bytes = o->max_bytes };

	listen.sin_addr.s_addr = htonl(ntohl(o->first.sin_addr.s_addr) + (uint32_t)r->n);
	memcpy(so.engine_id + 8, &listen.sin_addr, 4);
	if (snmpagent_new(&r->agents[r->n], r->snmp, &so, e) == -1)
		return -1;
	snmpagent_set_delay(r->agents[r->n++], o->delay_ms);
	return 0;
}

/* Bring all copies up. */
int
replay_new(struct replay **out, struct event_base *base, const struct replay_opts *o, struct err *e)
{
	struct replay *r = xcalloc(1, sizeof *r);
	struct secrets s = { 0 };
	int rc = 0;

	r->snmp = snmpagents_new(base);
	r->agents = xcalloc(o->copies, sizeof *r->agents);
	if (o->credentials_dir != NULL)
		rc = secrets_read(&s, o->credentials_dir, e);
	else if (o->version == SNMPIO_V3)
		rc = err_set(e, "v3 wants --credentials");
	else
		s = (struct secrets){ .v1 = xstrdup("public"), .v2c = xstrdup("public") };
	struct snmpio_credential c = secrets_credential(&s, o->version);
	if (rc == 0)
		rc = replay_read(r, o->path, e);
	while (rc == 0 && r->n < o->copies)
		rc = replay_agent(r, o, &c, e);
	secrets_free(&s);
	if (rc == -1) {
		replay_free(r);
		return -1;
	}
	*out = r;
	return 0;
}

/* The end. */
void
replay_free(struct replay *r)
{
	uint64_t requests = 0;

	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++) {
		requests += snmpagent_requests(r->agents[i]);
		snmpagent_free(r->agents[i]);
	}
	log_info("sim", "%zu agents answered %" PRIu64 " requests", r->n, requests);
	free(r->agents);
	mib_free(r->mib);
	snmpagents_free(r->snmp);
	free(r);
}
