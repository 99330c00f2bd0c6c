/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-sim: a simulated data centre in one process: servers, each with its own certificate,
 * spool and connection; the equipment, each device an SNMP agent with its own address; a thermal
 * model of the zones, and scripted faults. Or a recording of a device, served over SNMP. */
#include <argp.h>
#include <arpa/inet.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/history.h"
#include "tests/sim/replay.h"
#include "tests/sim/sim.h"
#include "zw/log.h"
#include "zw/str.h"

struct options {
	struct sim_opts sim;
	struct equipment_opts equipment;
	struct replay_opts replay;
	struct history_opts history;
	const char *write_gateway;
	const char *write_nodes;
	bool has_equipment;
	bool only;
};

enum long_option {
	OPT_EQUIPMENT = 256,
	OPT_ONLY,
	OPT_CREDENTIALS,
	OPT_SINK,
	OPT_WRITE_GATEWAY,
	OPT_WRITE_NODES,
	OPT_REPLAY,
	OPT_COPIES,
	OPT_DELAY,
	OPT_BYTES,
	OPT_SNMP,
	OPT_HISTORY,
	OPT_CONF,
	OPT_TRUTH,
	OPT_END,
	OPT_SEED,
	OPT_CATCH_UP,
	OPT_SPOOL,
	OPT_SINCE,
	OPT_PACE,
	OPT_EAGER
};

/* Remember "ZONE:NAME,NAME,..." in order; the text is cut in place. */
static int
want_servers(struct sim_opts *s, char *text)
{
	char *colon = strchr(text, ':'), *save = NULL;

	if (colon == NULL)
		return -1;
	*colon = '\0';
	for (char *n = strtok_r(colon + 1, ",", &save); n != NULL; n = strtok_r(NULL, ",", &save)) {
		if (s->nservers == SIM_MAX_SERVERS || !str_is_name(n, NAME_MAX_NODE))
			return -1;
		s->servers[s->nservers].zone = text;
		s->servers[s->nservers++].name = n;
	}
	return 0;
}

/* "127.0.161.1:16100". */
static int
read_address(const char *text, struct sockaddr_in *out)
{
	char host[INET_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	uint64_t port;

	*out = (struct sockaddr_in){ .sin_family = AF_INET };
	if (colon == NULL || (size_t)(colon - text) >= sizeof host ||
	    str_to_u64(colon + 1, 1, 65535, &port) == -1)
		return -1;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	out->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, host, &out->sin_addr) == 1 ? 0 : -1;
}

/* "v1", "v2c", "v3". */
static int
read_version(const char *text, enum snmpio_version *out)
{
	static const char *const words[] = { "v1", "v2c", "v3" };

	for (int i = 0; i < 3; i++)
		if (strcmp(text, words[i]) == 0) {
			*out = (enum snmpio_version)i;
			return 0;
		}
	return -1;
}

/* An option of a past. */
static error_t
history_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	int64_t n = 0;

	switch (key) {
	case OPT_HISTORY:
		if (str_to_duration(arg, &n) == -1)
			argp_error(state, "--history wants a length of time, as 400d");
		o->history.length_s = n / 1000;
		break;
	case OPT_CONF:
		o->history.conf = arg;
		break;
	case OPT_TRUTH:
		o->history.truth = arg;
		break;
	case OPT_END:
		if (str_to_i64(arg, 946684800, INT64_C(1) << 40, &o->history.end_s) == -1)
			argp_error(state, "--end wants seconds since 1970");
		break;
	case OPT_SEED:
		if (str_to_u64(arg, 0, UINT64_MAX, &o->history.seed) == -1)
			argp_error(state, "--seed wants a whole number");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* An option of recordings. */
static error_t
replay_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	uint64_t n = 0;

	switch (key) {
	case OPT_REPLAY:
		o->replay.path = arg;
		break;
	case OPT_COPIES:
		if (str_to_u64(arg, 1, REPLAY_MAX_COPIES, &n) == -1)
			argp_error(state, "--copies wants 1 to %d", REPLAY_MAX_COPIES);
		o->replay.copies = (unsigned)n;
		break;
	case OPT_DELAY:
		if (str_to_u64(arg, 0, 60000, &n) == -1)
			argp_error(state, "--delay wants 0 to 60000 milliseconds");
		o->replay.delay_ms = (int64_t)n;
		break;
	case OPT_BYTES:
		if (str_to_u64(arg, 484, 65507, &n) == -1)
			argp_error(state, "--max-message wants 484 to 65507 bytes");
		o->replay.max_bytes = (unsigned)n;
		break;
	case OPT_SNMP:
		if (read_version(arg, &o->replay.version) == -1)
			argp_error(state, "--snmp wants v1, v2c or v3");
		break;
	default:
		return history_option(key, arg, state);
	}
	return 0;
}

/* An option of the equipment. */
static error_t
equipment_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case OPT_EQUIPMENT:
		if (read_address(arg, &o->equipment.first) == -1)
			argp_error(state, "--equipment wants ADDRESS:PORT");
		o->has_equipment = true;
		break;
	case OPT_ONLY:
		o->only = true;
		break;
	case OPT_SINCE:
		if (str_to_u64(arg, 946684800, UINT64_C(1) << 40, &o->sim.since_s) == -1)
			argp_error(state, "--since wants seconds since 1970");
		break;
	case OPT_EAGER:
		o->sim.eager = true;
		break;
	case OPT_PACE:
		if (str_to_u64(arg, 1, 100000, &o->sim.pace) == -1)
			argp_error(state, "--pace wants 1 to 100000");
		break;
	case OPT_CREDENTIALS:
		o->equipment.credentials_dir = o->replay.credentials_dir = arg;
		break;
	case OPT_SINK:
		if (read_address(arg, &o->equipment.sink) == -1)
			argp_error(state, "--trap-sink wants ADDRESS:PORT");
		break;
	case OPT_WRITE_GATEWAY:
		o->write_gateway = arg;
		break;
	case OPT_WRITE_NODES:
		o->write_nodes = arg;
		break;
	default:
		return replay_option(key, arg, state);
	}
	return 0;
}

/* Whether what was given goes together. */
static void
check_options(struct options *o, struct argp_state *state)
{
	struct sim_opts *s = &o->sim;

	if (o->history.length_s != 0) {
		if (o->history.conf == NULL)
			argp_error(state, "--history wants --conf");
		return;
	}
	if (o->replay.path != NULL) {
		if (o->replay.first.sin_family != AF_INET)
			argp_error(state, "--replay FILE wants an ADDRESS:PORT");
		return;
	}
	if (o->has_equipment && o->equipment.credentials_dir == NULL)
		argp_error(state, "--equipment wants --credentials");
	if (o->write_gateway != NULL && !o->has_equipment)
		argp_error(state, "--write-gateway-conf wants --equipment");
	if (o->write_gateway != NULL || o->write_nodes != NULL)
		return;
	if (o->only && (!o->has_equipment || s->nservers > 0))
		argp_error(state, "--equipment-only wants --equipment, and no servers");
	if (!o->only && (s->nservers == 0 || s->collector == NULL || s->pki_dir == NULL ||
			    s->state_dir == NULL))
		argp_error(state, "--collector, --pki, --state and servers are needed");
}

/* One option, for argp. */
static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct sim_opts *s = &o->sim;

	switch (key) {
	case 'c':
		s->collector = arg;
		break;
	case 'p':
		s->pki_dir = arg;
		break;
	case 'd':
		s->state_dir = arg;
		break;
	case 'f':
		s->script_path = arg;
		break;
	case 'o':
		s->oracle_path = arg;
		break;
	case 's':
		if (str_to_u64(arg, 1, 3600, &s->step_s) == -1)
			argp_error(state, "--step wants 1 to 3600 seconds");
		break;
	case 'x':
		if (str_to_u64(arg, 1, 1000, &s->speed) == -1)
			argp_error(state, "--speed wants 1 to 1000");
		break;
	case OPT_CATCH_UP:
		s->catch_up = true;
		break;
	case OPT_SPOOL:
		if (str_to_u64(arg, 1 << 18, UINT64_C(1) << 40, &s->spool_bytes) == -1)
			argp_error(state, "--spool wants a number of bytes, at least 262144");
		break;
	case ARGP_KEY_ARG:
		if (o->replay.path != NULL && read_address(arg, &o->replay.first) == -1)
			argp_error(state, "--replay FILE wants an ADDRESS:PORT");
		if (o->replay.path == NULL && want_servers(s, arg) == -1)
			argp_error(state, "servers are written ZONE:NAME,NAME,...");
		break;
	case ARGP_KEY_END:
		check_options(o, state);
		break;
	default:
		return equipment_option(key, arg, state);
	}
	return 0;
}

/* SIGINT or SIGTERM. */
static void
stop(evutil_socket_t fd, short what, void *arg)
{
	struct event_base *base = arg;

	(void)fd;
	(void)what;
	event_base_loopbreak(base);
}

/* Run what was asked for until a signal. */
static void
run(const struct options *o)
{
	struct err e = { "" };
	struct sim *sim = NULL;
	struct replay *replay = NULL;
	struct event_base *base = event_base_new();
	struct event *signals[2] = { evsignal_new(base, SIGINT, stop, base),
		evsignal_new(base, SIGTERM, stop, base) };
	int rc = o->replay.path != NULL ? replay_new(&replay, base, &o->replay, &e)
					: sim_new(&sim, base, &o->sim, &e);

	if (rc == -1)
		fatalx("sim", "%s", e.msg);
	event_add(signals[0], NULL);
	event_add(signals[1], NULL);
	event_base_dispatch(base);
	sim_free(sim);
	replay_free(replay);
	event_base_loop(base, EVLOOP_NONBLOCK); /* what closes sessions is deferred */
	event_free(signals[0]);
	event_free(signals[1]);
	event_base_free(base);
	libevent_global_shutdown();
}

static const struct argp_option rows[] = {
	{ "collector", 'c', "HOST:PORT", 0, "Where the agents connect", 0 },
	{ "pki", 'p', "DIR", 0, "ca.crt and nodes/NAME.crt, .key (conf/pki.sh)", 0 },
	{ "state", 'd', "DIR", 0, "A spool for each server below this", 0 },
	{ "script", 'f', "FILE", 0, "Faults, a line each (tests/sim/script.h)", 0 },
	{ "oracle", 'o', "FILE", 0,
	    "Append what was sent and acknowledged: as text, and in FILE.frames byte by byte", 0 },
	{ "step", 's', "SECONDS", 0, "Interval of the samples (10)", 0 },
	{ "since", OPT_SINCE, "SECONDS", 0,
	    "The servers' samples begin then, since 1970, and catch up with the present", 0 },
	{ "pace", OPT_PACE, "TIMES", 0, "How much faster they come until they have (1)", 0 },
	{ "eager", OPT_EAGER, NULL, 0,
	    "Try again within half a second, however often the collector was not there", 0 },
	{ "speed", 'x', "TIMES", 0, "How much faster than in nature the air warms (1)", 0 },
	{ "catch-up", OPT_CATCH_UP, NULL, 0,
	    "When the clock is set ahead, measure each step between at once: what the spools hold "
	    "after days without a collector is there in seconds",
	    0 },
	{ "spool", OPT_SPOOL, "BYTES", 0, "Room of each server's spool (16777216)", 0 },
	{ "equipment", OPT_EQUIPMENT, "ADDRESS:PORT", 0,
	    "The equipment too: cool-a at this address, the others (tests/sim/equipment.c) at the "
	    "next ones, all at this UDP port; the links at 127.0.24.1 to 24, at this TCP port",
	    1 },
	{ "equipment-only", OPT_ONLY, NULL, 0, "No servers", 1 },
	{ "credentials", OPT_CREDENTIALS, "DIR", 0,
	    "v1.community, v2c.community, v3.auth, v3.priv (mode 0600)", 1 },
	{ "trap-sink", OPT_SINK, "ADDRESS:PORT", 0, "Where the equipment sends its traps", 1 },
	{ "write-gateway-conf", OPT_WRITE_GATEWAY, "FILE", 0,
	    "Write what a gateway must know of the equipment, and end", 1 },
	{ "write-nodes", OPT_WRITE_NODES, "FILE", 0,
	    "Write the collector's rows of its nodes, and end", 1 },
	{ "replay", OPT_REPLAY, "FILE", 0,
	    "Serve a recording (.snmprec, or snmpwalk -On) at ADDRESS:PORT instead", 2 },
	{ "copies", OPT_COPIES, "N", 0, "At so many consecutive addresses (1)", 2 },
	{ "delay", OPT_DELAY, "MS", 0, "Answer so much later (0)", 2 },
	{ "max-message", OPT_BYTES, "BYTES", 0, "Longest answer (65507)", 2 },
	{ "snmp", OPT_SNMP, "v1|v2c|v3", 0, "Its version (v2c)", 2 },
	{ "history", OPT_HISTORY, "LENGTH", 0,
	    "Fill the empty store of a collector with a past of this length (400d) instead: "
	    "catalog, RRDs, history.db; --step is that of its servers' samples",
	    3 },
	{ "conf", OPT_CONF, "FILE", 0, "The collector's configuration", 3 },
	{ "truth", OPT_TRUTH, "FILE", 0, "Write the true figures of that past, as JSON", 3 },
	{ "end", OPT_END, "SECONDS", 0, "When it ends, since 1970 (now)", 3 },
	{ "seed", OPT_SEED, "N", 0, "Another past (1)", 3 },
	{ 0 },
};

int
main(int argc, char **argv)
{
	static const struct argp argp = { .options = rows,
		.parser = parse_option,
		.args_doc = "ZONE:NAME,NAME,... [ZONE:...]\nADDRESS:PORT",
		.doc = "Simulates the servers of a data centre over zonewatch's own protocol, and "
		       "its equipment over SNMP." };
	static struct options o = {
		.sim = { .step_s = 10, .speed = 1, .pace = 1, .spool_bytes = 16 << 20 },
		.history = { .seed = 1 },
		.replay = { .copies = 1, .max_bytes = 65507, .version = SNMPIO_V2C }
	};
	struct err e;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	log_init("zonewatch-sim", LOG_LEVEL_INFO);
	signal(SIGPIPE, SIG_IGN);
	if (o.history.length_s != 0) {
		o.history.step_s = (uint32_t)o.sim.step_s;
		if (history_fill(&o.history, &e) == -1)
			fatalx("history", "%s", e.msg);
		return 0;
	}
	if (o.has_equipment)
		o.sim.equipment = &o.equipment;
	if (o.write_gateway != NULL &&
	    equipment_write_gateway(o.write_gateway, &o.equipment, &e) == -1)
		fatalx("sim", "%s", e.msg);
	if (o.write_nodes != NULL && equipment_write_nodes(o.write_nodes, &e) == -1)
		fatalx("sim", "%s", e.msg);
	if (o.write_gateway == NULL && o.write_nodes == NULL)
		run(&o);
	return 0;
}
