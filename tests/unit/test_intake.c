/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwcollector */
/* The intake against scripted agents: real TLS, journal and site. What is wrong ends where it
 * should: at the record, the series, the session, never at another agent. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <math.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "collector/conf.h"
#include "collector/intake/intake.h"
#include "pki.h"
#include "zw/alloc.h"
#include "zw/batch.h"
#include "zw/clock.h"
#include "zw/conn.h"
#include "zw/log.h"

#define MANY 100 /* links behind a gateway */

static char pki[64];

struct fixture {
	struct event_base *base;
	struct conf_collector *conf;
	struct tls *tls;
	struct site *site;
	struct journal *journal;
	struct intake *intake;
	char dir[64];
	unsigned records; /* that became durable */
	unsigned empty;	  /* of them without a value */
	char sender[64];
	unsigned live;
	unsigned defined;
};

/* A scripted agent. */
struct agent {
	struct fixture *f;
	struct tls *tls;
	struct conn *conn;
	uint8_t stream[WIRE_STREAM_ID];
	unsigned ready;
	unsigned closed;
	unsigned welcomes;
	unsigned errors;
	unsigned pongs;
	struct wire_welcome welcome;
	struct wire_error error;
	uint64_t acked;
};

static void
durable(void *arg, const struct journal_record *rec)
{
	struct fixture *f = arg;
	struct batch_reader r;

	f->records++;
	str_copy(f->sender, sizeof f->sender, rec->sender);
	if (rec->type == WIRE_BATCH) {
		assert_int_equal(batch_open(&r, rec->payload, rec->len, NULL), 0);
		f->empty += batch_next(&r) == 0;
	}
	intake_durable(f->intake, rec);
}

static void
committed(void *arg, uint64_t lsn)
{
	struct fixture *f = arg;

	(void)lsn;
	intake_committed(f->intake);
}

static void
failed(void *arg, const char *why)
{
	(void)arg;
	fail_msg("%s", why);
}

static void
live(void *arg, const char *sender, const uint8_t *stream, const uint8_t *payload, size_t n)
{
	struct fixture *f = arg;
	struct batch_reader r;

	(void)stream;
	assert_string_equal(sender, "srv-01");
	assert_int_equal(batch_open(&r, payload, n, NULL), 0);
	f->live++;
}

static void
defined(void *arg, uint32_t sid)
{
	struct fixture *f = arg;

	assert_true(sid > 0);
	(void)site_define(f->site, sid, &catalog_series(journal_catalog(f->journal), sid)->def);
	f->defined++;
}

static void
write_conf(const char *path, const char *dir)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fprintf(out,
	    "store = { dir = \"%s/state\"; };\n"
	    "intake = { max_series = 3; max_connections = 40; };\n"
	    "zones = ( { name = \"a\"; } );\n"
	    "nodes = ( { name = \"srv-01\"; zone = \"a\"; }, { name = \"srv-02\"; zone = \"a\"; "
	    "},\n"
	    "  { name = \"gw\"; zone = \"a\"; }, { name = \"dev-1\"; zone = \"a\"; kind = "
	    "\"device\"; }",
	    dir);
	for (int i = 1; i <= MANY; i++)
		fprintf(out, ",\n { name = \"many-%d\"; zone = \"a\"; kind = \"link\"; }", i);
	fprintf(out, " );\n");
	assert_int_equal(fclose(out), 0);
}

static int
setup(void **state)
{
	static const struct journal_ops jops = {
		.durable = durable, .committed = committed, .failed = failed
	};
	static const struct intake_ops iops = { .live = live, .defined = defined };
	struct fixture *f = calloc(1, sizeof *f);
	unsigned nerrors;
	void *conf;
	struct err e;

	str_copy(f->dir, sizeof f->dir, "/tmp/zw-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	write_conf(pki_path(f->dir, "collector.conf"), f->dir);
	if (conf_load(&collector_conf_table, pki_path(f->dir, "collector.conf"), &conf,
		collector_conf_check, stderr, &nerrors) == -1)
		fail_msg("configuration");
	f->conf = conf;
	free(f->conf->intake.listen);
	f->conf->intake.listen = xstrdup("127.0.0.1:0"); /* the kernel chooses */
	f->base = event_base_new();
	f->site = site_new(f->conf);
	if (journal_open(&f->journal, f->base, pki_path(f->dir, "state"), &jops, f, &e) == -1 ||
	    tls_server_new(&f->tls, pki_path(pki, "ca.crt"), pki_path(pki, "collector.crt"),
		pki_path(pki, "collector.key"), &e) == -1 ||
	    intake_new(&f->intake, f->base, f->conf, f->tls, f->site, f->journal, &iops, f, &e) ==
		-1)
		fail_msg("%s", e.msg);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	intake_free(f->intake);
	f->intake = NULL;
	journal_close(f->journal);
	event_base_free(f->base);
	site_free(f->site);
	tls_free(f->tls);
	conf_free(&collector_conf_table, f->conf);
	pki_remove(f->dir);
	free(f);
	return 0;
}

static void
run(struct fixture *f, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_base_loopexit(f->base, &tv);
	event_base_dispatch(f->base);
}

#define RUN_UNTIL(f, what)                                                                         \
	do {                                                                                       \
		int64_t end = clock_mono_ms() + 5000;                                              \
		while (!(what) && clock_mono_ms() < end)                                           \
			run(f, 5);                                                                 \
		assert_true(what);                                                                 \
	} while (0)

static void
agent_ready(struct conn *c, void *arg)
{
	(void)c;
	((struct agent *)arg)->ready++;
}

static void
agent_frame(struct conn *c, const struct wire_header *h, const uint8_t *p, void *arg)
{
	struct agent *a = arg;

	(void)c;
	if (h->type == WIRE_WELCOME) {
		assert_int_equal(wire_welcome_decode(p, h->length, &a->welcome, NULL), 0);
		a->welcomes++;
	} else if (h->type == WIRE_ACK) {
		uint64_t seq;
		assert_int_equal(wire_ack_decode(p, h->length, &seq, NULL), 0);
		assert_true(seq >= a->acked);
		a->acked = seq;
	} else if (h->type == WIRE_ERROR) {
		assert_int_equal(wire_error_decode(p, h->length, &a->error, NULL), 0);
		a->errors++;
	} else if (h->type == WIRE_PONG) {
		a->pongs++;
	} else {
		fail_msg("an agent got a %s", wire_type_name(h->type));
	}
}

static void
agent_closed(struct conn *c, const char *why, void *arg)
{
	struct agent *a = arg;

	(void)c, (void)why;
	a->conn = NULL;
	a->closed++;
}

/* Connect with the certificate of a node. */
static void
agent_connect(struct fixture *f, struct agent *a, const char *node)
{
	static const struct conn_ops ops = {
		.ready = agent_ready, .frame = agent_frame, .closed = agent_closed
	};
	static const struct conn_limits limits = { .handshake_ms = 4000, .output_bytes = 1 << 28 };
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)intake_port(f->intake)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char crt[128], key[128];
	struct err e;

	a->f = f;
	a->ready = a->closed = a->errors = a->welcomes = a->pongs = 0;
	a->acked = 0;
	assert_int_equal(str_format(crt, sizeof crt, "%s/nodes/%s.crt", pki, node), 0);
	assert_int_equal(str_format(key, sizeof key, "%s/nodes/%s.key", pki, node), 0);
	if (a->tls == NULL && tls_client_new(&a->tls, pki_path(pki, "ca.crt"), crt, key, &e) == -1)
		fail_msg("%s", e.msg);
	a->conn = conn_connect(f->base, a->tls, (struct sockaddr *)&sin, sizeof sin, "localhost",
	    &ops, a, &limits, &e);
	assert_non_null(a->conn);
	RUN_UNTIL(f, a->ready || a->closed);
}

static void
agent_end(struct agent *a)
{
	if (a->conn != NULL)
		conn_abort(a->conn, "end");
	tls_free(a->tls);
	a->tls = NULL;
}

static void
agent_send(struct agent *a, uint8_t type, uint8_t flags, struct buf *b)
{
	assert_int_equal(conn_send(a->conn, type, flags, b->data, b->len), 0);
	buf_free(b);
}

static void
agent_hello(struct agent *a)
{
	struct wire_hello m = {
		.first_seq = 1, .next_seq = 1, .sent_ms = 1234, .step_s = 10, .agent = "script 1"
	};
	struct buf b = { 0 };

	memcpy(m.stream, a->stream, sizeof m.stream);
	wire_hello_encode(&b, &m);
	agent_send(a, WIRE_HELLO, 0, &b);
}

/* Connected, greeted and welcomed. */
static void
agent_open(struct fixture *f, struct agent *a, const char *node)
{
	agent_connect(f, a, node);
	agent_hello(a);
	RUN_UNTIL(f, a->welcomes == 1 || a->closed);
	assert_int_equal(a->welcomes, 1);
}

static void
agent_define(struct agent *a, uint32_t id, const char *node, const char *source)
{
	struct series_def def = { .id = id,
		.step_s = 10,
		.nfields = 2,
		.fields = { { .name = "a", .unit = "1", .min = NAN, .max = NAN },
		    { .name = "b", .unit = "1", .min = NAN, .max = NAN } } };
	struct buf b = { 0 };

	str_copy(def.node, sizeof def.node, node);
	str_copy(def.source, sizeof def.source, source);
	wire_define_encode(&b, &def);
	agent_send(a, WIRE_DEFINE, 0, &b);
}

static void
agent_batch(
    struct agent *a, uint64_t seq, int64_t time_s, uint32_t id, unsigned nvalues, uint8_t flags)
{
	static const double values[4] = { 1, 2, 3, 4 };
	struct buf b = { 0 };
	struct batch_writer w = batch_begin(&b, seq, time_s);

	batch_add(&w, id, nvalues, values);
	agent_send(a, WIRE_BATCH, flags, &b);
}

static int64_t
now_s(void)
{
	return clock_wall_ms() / 1000;
}

static bool
is_connected(struct fixture *f, const char *node)
{
	return site_node(f->site, node)->connected;
}

/* The session was refused with this code. */
static void
assert_refused(struct fixture *f, struct agent *a, uint8_t code)
{
	RUN_UNTIL(f, a->closed == 1);
	assert_int_equal(a->errors, 1);
	assert_int_equal(a->error.code, code);
	assert_int_equal(a->error.seq, 0);
	assert_true(a->error.text[0] != '\0');
}

static void
test_records_are_stored_then_acknowledged(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" };

	agent_open(f, &a, "srv-01");
	assert_string_equal(a.welcome.node, "srv-01");
	assert_int_equal(a.welcome.durable_seq, 0);
	assert_int_equal(a.welcome.hello_sent_ms, 1234);
	assert_true(is_connected(f, "srv-01"));
	agent_define(&a, 1, "", "load");
	for (uint64_t seq = 1; seq <= 20; seq++)
		agent_batch(&a, seq, now_s() - 300 + (int64_t)seq, 1, 2, 0);
	RUN_UNTIL(f, a.acked == 20);
	assert_int_equal(f->records, 20);
	assert_int_equal(f->empty, 0);
	assert_int_equal(f->defined, 1);
	assert_string_equal(f->sender, "srv-01");
	assert_int_equal(a.errors, 0);
	assert_int_equal(intake_stats(f->intake)->values, 40);
	conn_abort(a.conn, "leaves");
	RUN_UNTIL(f, !is_connected(f, "srv-01"));
	assert_int_equal(intake_stats(f->intake)->connections, 0);
	/* Next time it hears how far it was. */
	agent_open(f, &a, "srv-01");
	assert_int_equal(a.welcome.durable_seq, 20);
	agent_end(&a);
}

static void
test_wrong_order_is_refused(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" };

	agent_connect(f, &a, "srv-01");
	agent_batch(&a, 1, now_s(), 1, 2, 0);
	assert_refused(f, &a, WIRE_E_ORDER);
	agent_connect(f, &a, "srv-01");
	agent_define(&a, 1, "", "load");
	assert_refused(f, &a, WIRE_E_ORDER);
	agent_open(f, &a, "srv-01");
	agent_hello(&a);
	assert_refused(f, &a, WIRE_E_ORDER);
	assert_false(is_connected(f, "srv-01"));
	assert_int_equal(f->records, 0);
	agent_end(&a);
}

static void
test_malformed_frames_are_refused(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" };

	agent_connect(f, &a, "srv-01");
	assert_int_equal(conn_send(a.conn, WIRE_HELLO, 0, "\xff", 1), 0);
	assert_refused(f, &a, WIRE_E_FRAME);
	agent_open(f, &a, "srv-01");
	assert_int_equal(conn_send(a.conn, WIRE_DEFINE, 0, "\xff\xff", 2), 0);
	assert_refused(f, &a, WIRE_E_FRAME);
	agent_open(f, &a, "srv-01");
	assert_int_equal(conn_send(a.conn, WIRE_BATCH, 0, "", 0), 0);
	assert_refused(f, &a, WIRE_E_FRAME);
	agent_open(f, &a, "srv-01");
	agent_batch(&a, 1, now_s(), 1, 2, 0x80);
	assert_refused(f, &a, WIRE_E_FRAME);
	agent_open(f, &a, "srv-01");
	assert_int_equal(conn_send(a.conn, WIRE_PING, 0, "x", 1), 0);
	assert_refused(f, &a, WIRE_E_FRAME);
	agent_end(&a);
}

static void
test_nodes_of_no_site_are_refused(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" };

	agent_connect(f, &a, "srv-99");
	assert_refused(f, &a, WIRE_E_IDENTITY);
	assert_non_null(strstr(a.error.text, "srv-99"));
	agent_end(&a);
}

static void
test_nobody_speaks_for_another(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" }, gw = { .stream = "two" };

	agent_open(f, &a, "srv-01");
	agent_define(&a, 1, "srv-02", "load");
	assert_refused(f, &a, WIRE_E_IDENTITY);
	assert_int_equal(f->defined, 0);
	/* A gateway may, for those that its certificate names. */
	agent_open(f, &gw, "gw");
	assert_true(is_connected(f, "dev-1"));
	agent_define(&gw, 1, "dev-1", "ups");
	agent_define(&gw, 2, "", "self");
	RUN_UNTIL(f, f->defined == 2);
	agent_define(&gw, 3, "srv-01", "load");
	assert_refused(f, &gw, WIRE_E_IDENTITY);
	agent_end(&a);
	agent_end(&gw);
}

/* Children of a device are the gateway's that has the device; a server has none. */
static void
test_children_come_by_themselves(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" }, gw = { .stream = "two" }, own = { .stream = "three" };

	agent_open(f, &gw, "gw");
	agent_define(&gw, 1, "dev-1.probe-1", "ups");
	agent_define(&gw, 2, "dev-1.probe-2", "ups");
	RUN_UNTIL(f, f->defined == 2);
	assert_true(is_connected(f, "dev-1.probe-2"));
	const struct node *n = site_node(f->site, "dev-1.probe-1");
	assert_ptr_equal(n->via, site_node(f->site, "gw"));
	assert_int_equal(n->seen_ms, 0); /* no sign of life of its own */
	/* One that has a certificate of its own takes its node over, and nothing else. */
	agent_open(f, &own, "dev-1.probe-1");
	assert_ptr_equal(n->via, NULL);
	agent_define(&own, 1, "", "self");
	RUN_UNTIL(f, f->defined == 3);
	assert_int_equal(gw.closed, 0);
	agent_define(&gw, 3, "dev-1.probe-1", "more");
	RUN_UNTIL(f, f->defined == 4);
	conn_abort(gw.conn, "end");
	RUN_UNTIL(f, !is_connected(f, "dev-1.probe-2"));
	assert_true(is_connected(f, "dev-1.probe-1"));
	agent_open(f, &a, "srv-01");
	agent_define(&a, 1, "srv-01.disk", "load");
	assert_refused(f, &a, WIRE_E_IDENTITY);
	assert_null(site_node(f->site, "srv-01.disk"));
	agent_end(&own);
	agent_end(&gw);
	agent_end(&a);
}

/* A gateway of a hundred links, of which two are not in the configuration: the others work. */
static void
test_gateway_of_many(void **state)
{
	struct fixture *f = *state;
	struct agent gw = { .stream = "one" };
	char name[32];

	agent_open(f, &gw, "many-1");
	assert_string_equal(gw.welcome.node, "many-1");
	for (uint32_t i = 1; i <= MANY; i++) {
		snprintf(name, sizeof name, "many-%u", i);
		assert_true(is_connected(f, name));
		agent_define(&gw, i, name, "icmp");
	}
	agent_define(&gw, MANY + 1, "unknown-1", "icmp");	/* named, but not of this site */
	agent_define(&gw, MANY + 3, "unknown-1.child", "icmp"); /* nor is its child */
	agent_define(&gw, MANY + 2, "many-7", "tcp");
	RUN_UNTIL(f, f->defined == MANY + 1);
	agent_batch(&gw, 1, now_s(), MANY + 1, 2, 0);
	agent_batch(&gw, 2, now_s(), 7, 2, 0);
	RUN_UNTIL(f, gw.acked == 2);
	assert_int_equal(gw.errors, 0);
	agent_define(&gw, 1, "srv-02", "icmp"); /* not named */
	assert_refused(f, &gw, WIRE_E_IDENTITY);
	agent_end(&gw);
}

/* Each is answered by an error, and is acknowledged all the same. */
static void
test_bad_records_pass_and_are_not_stored(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" };
	int64_t now = now_s();
	uint64_t seq = 1;

	agent_open(f, &a, "srv-01");
	agent_define(&a, 1, "", "load");
	struct {
		int64_t time_s;
		uint32_t id;
		unsigned n;
		uint8_t code;
	} bad[] = {
		{ now, 2, 2, WIRE_E_UNDEFINED },    /* never defined */
		{ now, 4097, 2, WIRE_E_UNDEFINED }, /* could not be */
		{ now, 1, 3, WIRE_E_UNDEFINED },    /* too many values */
		{ now, 1, 1, WIRE_E_UNDEFINED },    /* too few */
		{ now + 60, 1, 2, WIRE_E_TIME },    /* the future */
		{ 4102444800, 1, 2, WIRE_E_TIME },  /* 2100 */
		{ 0, 1, 2, WIRE_E_TIME },	    /* 1970 */
		{ 946684799, 1, 2, WIRE_E_TIME },   /* 1999 */
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++, seq++) {
		agent_batch(&a, seq, bad[i].time_s, bad[i].id, bad[i].n, 0);
		RUN_UNTIL(f, a.acked == seq);
		assert_int_equal(a.errors, i + 1);
		assert_int_equal(a.error.code, bad[i].code);
		assert_int_equal(a.error.seq, seq);
	}
	assert_int_equal(f->empty, f->records);
	agent_batch(&a, seq, now, 1, 2, 0);
	RUN_UNTIL(f, a.acked == seq);
	assert_int_equal(f->records, f->empty + 1);
	assert_int_equal(intake_stats(f->intake)->rejected, 8);
	assert_int_equal(a.closed, 0);
	/* And it does not come again. */
	conn_abort(a.conn, "leaves");
	agent_open(f, &a, "srv-01");
	assert_int_equal(a.welcome.durable_seq, seq);
	agent_end(&a);
}

static void
test_newest_session_wins(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" }, b = { .stream = "one" };

	agent_open(f, &a, "srv-01");
	agent_open(f, &b, "srv-01");
	assert_refused(f, &a, WIRE_E_REPLACED);
	run(f, 50);
	assert_int_equal(b.closed, 0);
	assert_true(is_connected(f, "srv-01"));
	agent_define(&b, 1, "", "load");
	agent_batch(&b, 1, now_s(), 1, 2, 0);
	RUN_UNTIL(f, b.acked == 1);
	agent_end(&a);
	agent_end(&b);
}

/* Two that go on replacing each other are told of in one line, with both addresses. */
static void
test_twins_are_told_of_once(void **state)
{
	struct fixture *f = *state;
	struct agent a[4] = { { .stream = "one" }, { .stream = "one" }, { .stream = "one" },
		{ .stream = "one" } };
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	char text[4096];

	assert_non_null(file);
	log_init("test", LOG_LEVEL_WARNING);
	dup2(fileno(file), STDERR_FILENO);
	for (size_t i = 0; i < 4; i++)
		agent_open(f, &a[i], "srv-01");
	dup2(saved, STDERR_FILENO);
	close(saved);
	log_init("test", LOG_LEVEL_ERROR);
	rewind(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	const char *said = strstr(text, "srv-01 is connected from 127.0.0.1:");
	assert_non_null(said);
	assert_non_null(strstr(said, " and from 127.0.0.1:"));
	assert_null(strstr(said + 1, "srv-01 is"));
	for (size_t i = 0; i < 4; i++)
		agent_end(&a[i]);
}

static void
test_copied_spool_is_refused(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" }, b = { .stream = "one" };

	agent_open(f, &a, "srv-01");
	agent_connect(f, &b, "srv-02");
	agent_hello(&b);
	assert_refused(f, &b, WIRE_E_IDENTITY);
	run(f, 50);
	assert_int_equal(a.closed, 0);
	assert_true(is_connected(f, "srv-01"));
	assert_false(is_connected(f, "srv-02"));
	agent_end(&a);
	agent_end(&b);
}

static void
test_duplicates_are_stored_once(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" };

	agent_open(f, &a, "srv-01");
	agent_define(&a, 1, "", "load");
	for (int i = 0; i < 3; i++)
		for (uint64_t seq = 1; seq <= 5; seq++)
			agent_batch(&a, seq, now_s() - 100, 1, 2, 0);
	RUN_UNTIL(f, a.acked == 5 && intake_stats(f->intake)->duplicates == 10);
	/* Sent, not yet acknowledged, and again in a new session at once. */
	agent_batch(&a, 6, now_s() - 90, 1, 2, 0);
	conn_finish(a.conn, "dies");
	agent_open(f, &a, "srv-01");
	agent_define(&a, 1, "", "load");
	agent_batch(&a, 6, now_s() - 90, 1, 2, 0);
	agent_batch(&a, 7, now_s() - 80, 1, 2, 0);
	RUN_UNTIL(f, a.acked == 7);
	run(f, 100);
	assert_int_equal(f->records, 7);
	assert_int_equal(a.errors, 0);
	agent_end(&a);
}

static void
test_live_batches_are_shown_not_stored(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" };

	agent_open(f, &a, "srv-01");
	agent_define(&a, 1, "", "load");
	agent_batch(&a, 500, now_s(), 1, 2, WIRE_FLAG_LIVE);
	agent_batch(&a, 501, now_s() + 3600, 1, 2, WIRE_FLAG_LIVE); /* of a clock that is ahead */
	agent_batch(&a, 502, now_s(), 9, 2, WIRE_FLAG_LIVE);
	RUN_UNTIL(f, intake_stats(f->intake)->frames == 5);
	assert_int_equal(f->live, 2); /* it is judged at the time that it came */
	assert_int_equal(a.errors, 0);
	/* Its number stays free. */
	agent_batch(&a, 1, now_s(), 1, 2, 0);
	RUN_UNTIL(f, a.acked == 1);
	assert_int_equal(f->records, 1);
	agent_end(&a);
}

static void
test_series_too_many_are_left_out(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" };

	agent_open(f, &a, "srv-01");
	agent_define(&a, 1, "", "s1");
	agent_define(&a, 2, "", "s2");
	agent_define(&a, 3, "", "s3");
	agent_define(&a, 4, "", "s4");
	agent_batch(&a, 1, now_s(), 4, 2, 0);
	RUN_UNTIL(f, a.acked == 1);
	assert_int_equal(a.errors, 0);
	assert_int_equal(f->defined, 3);
	agent_define(&a, 1, "", "s1"); /* again is no more */
	RUN_UNTIL(f, f->defined >= 3);
	/* A number out of range is no agent's. */
	agent_define(&a, WIRE_MAX_SERIES + 1, "", "s9");
	RUN_UNTIL(f, a.closed == 1);
	agent_end(&a);
}

/* Fields are counted over all series of an agent, a gateway's over all nodes and their children,
 * whatever it spoke for before; those that are there stay. */
static void
test_fields_too_many_are_left_out(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" }, gw = { .stream = "two" };

	f->conf->intake.max_fields = 5;
	f->conf->intake.max_gateway_fields = 6;
	agent_open(f, &a, "srv-01");
	agent_define(&a, 1, "", "s1");
	agent_define(&a, 2, "", "s2");
	agent_define(&a, 3, "", "s3");
	agent_batch(&a, 1, now_s(), 3, 2, 0);
	RUN_UNTIL(f, a.acked == 1);
	assert_int_equal(f->defined, 2);
	assert_int_equal(intake_conduct(f->intake, site_node(f->site, "srv-01")).refused, 1);
	f->conf->intake.max_fields = 1;
	agent_define(&a, 2, "", "s2");
	RUN_UNTIL(f, f->defined == 3);
	for (uint32_t i = 1; i <= 4; i++) {
		char child[32];
		snprintf(child, sizeof child, "dev-1.probe-%u", i);
		agent_open(f, &gw, "gw");
		agent_define(&gw, i, child, "ups");
		agent_batch(&gw, i, now_s(), i, 2, 0);
		RUN_UNTIL(f, gw.acked == i);
		assert_int_equal(f->defined, i < 4 ? 3 + i : 6);
		conn_abort(gw.conn, "end");
		RUN_UNTIL(f, !is_connected(f, "gw"));
	}
	assert_int_equal(intake_conduct(f->intake, site_node(f->site, "gw")).refused, 1);
	agent_end(&gw);
	agent_end(&a);
}

static void
test_events_pass_the_gate(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" };
	struct wire_event ev = {
		.seq = 1, .time_ms = clock_wall_ms(), .code = "source-stuck", .text = "it hangs"
	};
	struct buf b = { 0 };

	agent_open(f, &a, "srv-01");
	wire_event_encode(&b, &ev);
	agent_send(&a, WIRE_EVENT, 0, &b);
	RUN_UNTIL(f, a.acked == 1);
	assert_int_equal(a.errors, 0);
	ev.seq = 2;
	ev.time_ms += 3600000;
	wire_event_encode(&b, &ev);
	agent_send(&a, WIRE_EVENT, 0, &b);
	RUN_UNTIL(f, a.acked == 2);
	assert_int_equal(a.error.code, WIRE_E_TIME);
	ev.seq = 3;
	ev.time_ms = clock_wall_ms();
	ev.series = 77;
	wire_event_encode(&b, &ev);
	agent_send(&a, WIRE_EVENT, 0, &b);
	RUN_UNTIL(f, a.acked == 3);
	assert_int_equal(a.error.code, WIRE_E_UNDEFINED);
	agent_end(&a);
}

static void
ping(struct agent *a)
{
	struct buf b = { 0 };

	wire_ping_encode(&b, &(struct wire_ping){ .sent_ms = 1 });
	agent_send(a, WIRE_PING, 0, &b);
}

/* One floods; it is slowed down, and the other hardly notices. */
static void
test_flood_slows_only_the_flooder(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" }, b = { .stream = "two" };
	const unsigned pings = 90000;

	agent_open(f, &a, "srv-01");
	agent_open(f, &b, "srv-02");
	for (unsigned i = 0; i < pings; i++)
		ping(&a);
	int64_t begin = clock_mono_ms(), worst = 0;
	while (a.pongs < pings && a.conn != NULL && clock_mono_ms() < begin + 20000) {
		unsigned before = b.pongs;
		int64_t sent = clock_mono_ms();
		ping(&b);
		RUN_UNTIL(f, b.pongs > before);
		int64_t took = clock_mono_ms() - sent;
		worst = took > worst ? took : worst;
	}
	assert_int_equal(a.pongs, pings);
	/* Beyond the burst of 32 MiB: (90000 * 533 - 32 Mi) / 8 Mi s. */
	assert_true(clock_mono_ms() - begin > 1200);
	assert_true(worst < 400);
	agent_end(&a);
	agent_end(&b);
}

static void
test_half_open_connections_are_few(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" };
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)intake_port(f->intake)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fds[50];

	for (int i = 0; i < 50; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(fds[i], (struct sockaddr *)&sin, sizeof sin), 0);
	}
	run(f, 200);
	assert_int_equal(intake_stats(f->intake)->connections, 8);
	assert_int_equal(intake_stats(f->intake)->refused, 10); /* max_connections is 40 */
	for (int i = 0; i < 50; i++)
		close(fds[i]);
	run(f, 300);
	agent_open(f, &a, "srv-01");
	agent_end(&a);
}

/* All at once, as after a restart of the collector: everybody gets in. */
static void
test_many_at_once_get_in(void **state)
{
	struct fixture *f = *state;
	struct agent a[30] = { 0 };
	static const struct conn_ops ops = {
		.ready = agent_ready, .frame = agent_frame, .closed = agent_closed
	};
	static const struct conn_limits limits = { .handshake_ms = 4000, .output_bytes = 1 << 20 };
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)intake_port(f->intake)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct tls *t;
	struct err e;
	unsigned ready = 0;

	assert_int_equal(
	    tls_client_new(&t, pki_path(pki, "ca.crt"), pki_path(pki, "nodes/srv-01.crt"),
		pki_path(pki, "nodes/srv-01.key"), &e),
	    0);
	for (int i = 0; i < 30; i++)
		a[i].conn = conn_connect(f->base, t, (struct sockaddr *)&sin, sizeof sin,
		    "localhost", &ops, &a[i], &limits, &e);
	int64_t end = clock_mono_ms() + 5000;
	while (ready < 30 && clock_mono_ms() < end) {
		run(f, 10);
		ready = 0;
		for (int i = 0; i < 30; i++)
			ready += a[i].ready;
	}
	assert_int_equal(ready, 30);
	for (int i = 0; i < 30; i++)
		if (a[i].conn != NULL)
			conn_abort(a[i].conn, "end");
	tls_free(t);
}

static void
test_agents_are_told_of_the_end(void **state)
{
	struct fixture *f = *state;
	struct agent a = { .stream = "one" };

	agent_open(f, &a, "srv-01");
	intake_free(f->intake);
	f->intake = NULL;
	assert_false(is_connected(f, "srv-01"));
	assert_refused(f, &a, WIRE_E_STOPPING);
	agent_end(&a);
}

static int
make_pki(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	log_init("test", LOG_LEVEL_ERROR);
	pki_make(pki, "srv-01 srv-02 srv-99");
	pki_run("sh %s %s node gw dev-1", PKI_SH, pki);
	pki_run("sh %s %s node dev-1.probe-1", PKI_SH, pki);
	pki_run("sh %s %s node $(seq -f many-%%g %d) unknown-1 unknown-2", PKI_SH, pki, MANY);
	return 0;
}

static int
remove_pki(void **state)
{
	(void)state;
	pki_remove(pki);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_records_are_stored_then_acknowledged),
		TEST(test_wrong_order_is_refused),
		TEST(test_malformed_frames_are_refused),
		TEST(test_nodes_of_no_site_are_refused),
		TEST(test_nobody_speaks_for_another),
		TEST(test_children_come_by_themselves),
		TEST(test_gateway_of_many),
		TEST(test_bad_records_pass_and_are_not_stored),
		TEST(test_newest_session_wins),
		TEST(test_twins_are_told_of_once),
		TEST(test_copied_spool_is_refused),
		TEST(test_duplicates_are_stored_once),
		TEST(test_live_batches_are_shown_not_stored),
		TEST(test_series_too_many_are_left_out),
		TEST(test_fields_too_many_are_left_out),
		TEST(test_events_pass_the_gate),
		TEST(test_flood_slows_only_the_flooder),
		TEST(test_half_open_connections_are_few),
		TEST(test_many_at_once_get_in),
		TEST(test_agents_are_told_of_the_end),
	};

	return cmocka_run_group_tests(tests, make_pki, remove_pki);
}
