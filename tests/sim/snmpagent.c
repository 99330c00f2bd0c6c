/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpagent: net-snmp's server sessions in the event loop. */
#include <stdio.h>
#include <net-snmp/library/large_fd_set.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/snmpagent_impl.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

#define MESSAGE_BYTES 1472 /* of UDP in an Ethernet frame */
#define BOOTS_EPOCH_S 1700000000
#define BOOTS_STEP_S 10

struct late {
	struct snmpagent *agent;
	struct event *timer;
	netsnmp_pdu *pdu;
	struct late *next;
};

/* The library without its files, names and persistent state. */
struct snmpagents *
snmpagents_new(struct event_base *base)
{
	struct snmpagents *all = xcalloc(1, sizeof *all);

	all->base = base;
	setenv("MIBS", "", 1);
	setenv("SNMPCONFPATH", "/dev/null", 1);
	setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1);
	snmp_disable_log();
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	init_snmp("zonewatch-sim");
	return all;
}

/* The end of the library. */
void
snmpagents_free(struct snmpagents *all)
{
	if (all == NULL)
		return;
	snmp_shutdown("zonewatch-sim");
	free(all);
}

/* Make the engine that of an agent. Its ID and boots are its own; its time is the process's, for
 * net-snmp lets nobody set that. */
void
snmpagent_engine(const struct snmpagent *a)
{
	char boots[16];

	if (a->version != SNMPIO_V3)
		return;
	set_exact_engineID(a->engine_id, a->engine_len);
	(void)snprintf(boots, sizeof boots, "%u", a->boots - 1); /* it counts itself on */
	engineBoots_conf("engineBoots", boots);
	set_enginetime(a->engine_id, (u_int)a->engine_len, a->boots,
	    (u_int)snmpv3_local_snmpEngineTime(), TRUE);
}

/* Send an answer; takes it. */
static void
agent_send(struct snmpagent *a, netsnmp_pdu *re)
{
	snmpagent_engine(a);
	if (snmp_sess_send(a->session, re) == 0)
		snmp_free_pdu(re);
}

/* A late answer's time has come. */
static void
late_send(evutil_socket_t fd, short what, void *arg)
{
	struct late *l = arg, **p = &l->agent->late;

	(void)fd;
	(void)what;
	while (*p != l)
		p = &(*p)->next;
	*p = l->next;
	agent_send(l->agent, l->pdu);
	event_free(l->timer);
	free(l);
}

/* Keep an answer for later; takes it. */
static void
late_keep(struct snmpagent *a, netsnmp_pdu *re)
{
	struct late *l = xcalloc(1, sizeof *l);
	struct timeval tv = clock_timeval(a->delay_ms);

	*l = (struct late){ .agent = a, .pdu = re, .next = a->late };
	l->timer = evtimer_new(a->all->base, late_send, l);
	a->late = l;
	event_add(l->timer, &tv);
}

/* A message, decoded by the library. One that failed authentication comes with s_snmp_errno set,
 * and the library reports it. */
static int
agent_heard(int op, netsnmp_session *s, int id, netsnmp_pdu *pdu, void *magic)
{
	struct snmpagent *a = magic;

	(void)id;
	if (op != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || s->s_snmp_errno != 0 || a->silent)
		return 1;
	if (a->refresh != NULL)
		a->refresh(a->arg);
	netsnmp_pdu *re = snmpagent_reply(a, pdu);
	if (re == NULL)
		return 1;
	a->requests++;
	if (a->delay_ms > 0)
		late_keep(a, re);
	else
		agent_send(a, re);
	return 1;
}

/* Something lies at the agent's port. A silent agent reads it and does not look. */
static void
agent_readable(evutil_socket_t fd, short what, void *arg)
{
	struct snmpagent *a = arg;
	netsnmp_large_fd_set fds;
	char nothing[1];

	(void)what;
	if (a->silent) {
		(void)!recv(fd, nothing, sizeof nothing, MSG_DONTWAIT);
		return;
	}
	snmpagent_engine(a);
	netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
	netsnmp_large_fd_setfd(fd, &fds);
	snmp_sess_read2(a->session, &fds);
	netsnmp_large_fd_set_cleanup(&fds);
}

/* The user of an agent's engine. */
static int
agent_user(struct snmpagent *a, const struct snmpio_credential *c, struct err *e)
{
	static const char *const auths[] = { "", "MD5", "SHA", "SHA-224", "SHA-256", "SHA-384",
		"SHA-512" };
	static const char *const privs[] = { "", "DES", "AES", "AES-192", "AES-256", "AES-192-C",
		"AES-256-C" };
	char line[512], hex[2 * SNMPAGENT_ENGINE_MAX + 1] = "";

	if (c->auth == SNMPIO_AUTH_NONE || c->priv == SNMPIO_PRIV_NONE)
		return err_set(e, "simulated agents want authentication and privacy");
	if (strpbrk(c->auth_password, "\"\\") != NULL || strpbrk(c->priv_password, "\"\\") != NULL)
		return err_set(e, "passwords with quotes and backslashes cannot be simulated");
	for (size_t i = 0; i < a->engine_len; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", a->engine_id[i]);
	if (str_format(line, sizeof line, "-e 0x%s %s %s \"%s\" %s \"%s\"", hex, c->user,
		auths[c->auth], c->auth_password, privs[c->priv], c->priv_password) == -1)
		return err_set(e, "user or password too long");
	snmpagent_engine(a);
	usm_parse_create_usmUser("createUser", line);
	explicit_bzero(line, sizeof line);
	if (usm_get_user(a->engine_id, a->engine_len, c->user) == NULL)
		return err_set(e, "net-snmp refuses the user %s", c->user);
	return 0;
}

/* Open the socket where requests arrive. */
static int
agent_listen(struct snmpagent *a, struct err *e)
{
	netsnmp_session s;
	char address[INET_ADDRSTRLEN], where[64];

	inet_ntop(AF_INET, &a->listen.sin_addr, address, sizeof address);
	(void)snprintf(where, sizeof where, "udp:%s:%u", address, ntohs(a->listen.sin_port));
	netsnmp_transport *t = netsnmp_transport_open_server("snmp", where);
	if (t == NULL)
		return err_set(e, "cannot listen on %s", where);
	snmp_sess_init(&s);
	s.version = SNMP_DEFAULT_VERSION;
	s.peername = SNMP_DEFAULT_PEERNAME;
	s.community_len = SNMP_DEFAULT_COMMUNITY_LEN;
	s.callback = agent_heard;
	s.callback_magic = a;
	s.authenticator = NULL;
	s.isAuthoritative = SNMP_SESS_AUTHORITATIVE;
	a->session = snmp_sess_add(&s, t, NULL, NULL);
	if (a->session == NULL)
		return err_set(e, "cannot open a session on %s", where);
	a->readable = event_new(a->all->base, t->sock, EV_READ | EV_PERSIST, agent_readable, a);
	event_add(a->readable, NULL);
	return 0;
}

/* Bring an agent up. */
int
snmpagent_new(
    struct snmpagent **out, struct snmpagents *all, const struct snmpagent_opts *o, struct err *e)
{
	struct snmpagent *a = xcalloc(1, sizeof *a);
	const struct snmpio_credential *c = o->credential;

	a->all = all;
	a->mib = o->mib;
	a->version = c->version;
	a->name = xstrdup(c->version == SNMPIO_V3 ? c->user : c->community);
	a->max_bytes = o->max_bytes > 0 ? o->max_bytes : MESSAGE_BYTES;
	a->refresh = o->refresh;
	a->arg = o->arg;
	a->boots = (uint32_t)((clock_wall_ms() / 1000 - BOOTS_EPOCH_S) / BOOTS_STEP_S);
	a->engine_len = o->engine_len < sizeof a->engine_id ? o->engine_len : sizeof a->engine_id;
	memcpy(a->engine_id, o->engine_id, a->engine_len);
	memcpy(&a->listen, o->listen, sizeof a->listen);
	if (o->sink != NULL)
		memcpy(&a->sink, o->sink, sizeof a->sink);
	if ((a->version == SNMPIO_V3 && agent_user(a, c, e) == -1) || agent_listen(a, e) == -1) {
		snmpagent_free(a);
		return -1;
	}
	*out = a;
	return 0;
}

/* The end of an agent. */
void
snmpagent_free(struct snmpagent *a)
{
	if (a == NULL)
		return;
	for (struct late *l = a->late, *next; l != NULL; l = next) {
		next = l->next;
		snmp_free_pdu(l->pdu);
		event_free(l->timer);
		free(l);
	}
	if (a->readable != NULL)
		event_free(a->readable);
	if (a->session != NULL)
		snmp_sess_close(a->session);
	if (a->trap_session != NULL)
		snmp_sess_close(a->trap_session);
	free(a->name);
	free(a);
}

/* Answer nothing, or again. */
void
snmpagent_set_silent(struct snmpagent *a, bool silent)
{
	a->silent = silent;
}

/* Answer so much later. */
void
snmpagent_set_delay(struct snmpagent *a, int64_t ms)
{
	a->delay_ms = ms;
}

/* Boot the engine. */
void
snmpagent_reboot(struct snmpagent *a)
{
	a->boots++;
}

/* Requests that it has heard. */
uint64_t
snmpagent_requests(const struct snmpagent *a)
{
	return a->requests;
}
