/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A handler reads the form, has enrolment do it, and answers when register and audit are on disk.
 * A token is in the answer that makes it and nowhere else. */
#include "collector/web/api/agentsapi.h"

#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/agents.h"
#include "collector/web/api/deed.h"
#include "collector/web/api/form.h"
#include "collector/web/api/member.h"
#include "collector/web/pages/agentspage.h"
#include "zw/alloc.h"
#include "zw/base64.h"
#include "zw/conn.h"

#define MAX_PATTERNS 2048
#define MAX_REASON 200
#define MAX_LINE 1024
#define MAX_NAMES_BYTES 50000 /* of the names in a certificate, which must fit a frame */
#define BYTES_OF_NAME 28      /* that one takes beside its own length */
#define BACK "/agents"

#define AUTHOR_PARAM                                                                               \
	{                                                                                          \
		"author", "text", "Who does it, where the token of web.token_file is shown.",      \
		    false                                                                          \
	}
#define NODE_PARAM                                                                                 \
	{                                                                                          \
		"node", "text", "A node of the configuration.", true                               \
	}
#define SPEAKS_PARAM                                                                               \
	{                                                                                          \
		"speaks_for", "text",                                                              \
		    "A gateway's: other nodes that it speaks for, patterns with '*' between "      \
		    "commas: cool-*,ups-1.",                                                       \
		    false                                                                          \
	}
#define NO_PARAM                                                                                   \
	{                                                                                          \
		NULL, NULL, NULL, false                                                            \
	}

const struct route_param agentsapi_invite_params[] = {
	NODE_PARAM,
	{ "zone", "text", "Its zone; refused if it is another.", false },
	SPEAKS_PARAM,
	{ "collector", "text",
	    "HOST:PORT in the line; default: the first name in the collector's certificate, and "
	    "the port of intake.listen.",
	    false },
	AUTHOR_PARAM,
	NO_PARAM,
};
const struct route_param agentsapi_withdraw_params[] = { NODE_PARAM, AUTHOR_PARAM, NO_PARAM };
const struct route_param agentsapi_revoke_params[] = {
	{ "node", "text", "All certificates of this node,", false },
	{ "serial", "text", "or the one with this number, hexadecimal.", false },
	{ "reason", "text", "For the audit.", false },
	AUTHOR_PARAM,
	NO_PARAM,
};
const struct route_param agentsapi_issue_params[] = {
	NODE_PARAM,
	SPEAKS_PARAM,
	{ "request", "text", "PKCS#10 in DER, in base64.", true },
	AUTHOR_PARAM,
	NO_PARAM,
};

/* --- the list --------------------------------------------------------------------------------- */

/* A certificate. */
static void
put_cert(struct json *j, const struct agents_row *row, const struct request *rq)
{
	const struct cert_entry *c = row->cert;
	char serial[CERT_SERIAL_TEXT];

	if (c == NULL) {
		json_null(j, "certificate");
		return;
	}
	cert_serial_text(serial, c->facts.serial, c->facts.nserial);
	json_object(j, "certificate");
	json_text(j, "serial", serial);
	json_text(j, "origin", register_origin_word(c->origin));
	json_uint(j, "nodes", c->nnodes);
	member_moment(j, "begins_ms", c->facts.not_before_ms);
	member_moment(j, "ends_ms", c->facts.not_after_ms);
	json_int(j, "days_left", (c->facts.not_after_ms - rq->wall_ms) / 86400000);
	member_moment(j, "first_ms", c->first_ms);
	member_moment(j, "last_ms", c->last_ms);
	member_moment(j, "revoked_ms", c->revoked_ms);
	json_end(j);
}

/* An invitation that can be used. */
static void
put_invite(struct json *j, const struct invite *v)
{
	if (v == NULL) {
		json_null(j, "invitation");
		return;
	}
	json_object(j, "invitation");
	json_uint(j, "id", v->id);
	json_text(j, "author", v->author);
	json_uint(j, "nodes", 1 + v->nmore);
	json_flag(j, "used", v->state == INVITE_USED);
	member_moment(j, "made_ms", v->made_ms);
	member_moment(j, "ends_ms", v->ends_ms);
	json_end(j);
}

/* One agent. */
static void
put_row(struct json *j, const struct agents_row *row, const struct request *rq)
{
	static const char *const kinds[] = { "server", "device", "link", "summary" };
	const struct node *n = row->node;

	json_object(j, NULL);
	json_text(j, "node", row->name);
	json_flag(j, "configured", n != NULL);
	json_text(j, "zone", n != NULL && n->zone != NULL ? n->zone->name : NULL);
	json_text(j, "kind", n != NULL ? kinds[n->kind] : NULL);
	json_flag(j, "connected", n != NULL && n->connected);
	json_text(j, "peer", n != NULL && n->peer[0] != '\0' ? n->peer : NULL);
	json_text(j, "agent", n != NULL && n->agent[0] != '\0' ? n->agent : NULL);
	member_age(j, "seen_s", n != NULL ? n->seen_ms : 0, rq->steady_ms);
	json_text(j, "state", agents_state_word(agents_state(row, rq->wall_ms)));
	json_uint(j, "in_force", row->good);
	member_moment(j, "closed_ms", row->closed != NULL ? row->closed->at_ms : 0);
	put_cert(j, row, rq);
	put_invite(j, row->invite);
	json_end(j);
}

int
agentsapi_list(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct json j = member_begin(re);
	struct agents_row *rows;
	size_t left_out;
	char address[300];
	struct err why = { "there is no enrolment here" };
	size_t n = agents_rows(c, rq->wall_ms, &rows, &left_out);
	bool can = c->enroll != NULL && enroll_can_issue(c->enroll, &why);

	agents_address(c, address, sizeof address);
	json_flag(&j, "issues", can);
	json_text(&j, "why", can ? NULL : why.msg);
	json_text(&j, "authority", c->enroll != NULL ? enroll_hash(c->enroll) : NULL);
	json_text(&j, "collector", address[0] != '\0' ? address : NULL);
	json_uint(&j, "left_out", left_out);
	json_array(&j, "agents");
	for (size_t i = 0; i < n; i++)
		put_row(&j, &rows[i], rq);
	json_end(&j);
	json_end(&j);
	free(rows);
	return 200;
}

/* --- what is asked ---------------------------------------------------------------------------- */

/* A node and the others that its gateway speaks for. */
struct wanted_nodes {
	const struct node *node;
	const char **more;
	size_t nmore;
	size_t bytes;
};

/* The node of the form. */
static int
read_node(
    const struct collector *c, const struct request *rq, struct reply *re, const struct node **out)
{
	const char *name, *zone;
	int status = form_text(rq, re, "node", NAME_MAX_NODE, true, &name);

	if (status == 200)
		status = form_text(rq, re, "zone", NAME_MAX_NODE, false, &zone);
	if (status != 200)
		return status;
	const struct node *n = site_node(c->site, name);
	if (n == NULL || n->kind == NODE_SUMMARY)
		return reply_error(re, 404, "no-such-node",
		    "there is no node \"%s\" in the configuration; add it to the collector's: "
		    "nodes = "
		    "( { name = \"%s\"; zone = \"%s\"; } ), then: systemctl reload "
		    "zonewatch-collector",
		    name, name, *zone != '\0' ? zone : "ZONE");
	if (*zone != '\0' && (n->zone == NULL || strcmp(n->zone->name, zone) != 0))
		return reply_error(re, 409, "other-zone",
		    "the configuration has %s in %s%s, not in zone %s", name,
		    n->zone != NULL ? "zone " : "no zone", n->zone != NULL ? n->zone->name : "",
		    zone);
	*out = n;
	return 200;
}

/* Takes a node once. */
static int
want(struct wanted_nodes *w, const struct node *n)
{
	for (size_t i = 0; i < w->nmore; i++)
		if (w->more[i] == n->name)
			return 0;
	w->bytes += strlen(n->name) + BYTES_OF_NAME;
	if (w->nmore + 1 >= TLS_MAX_NODES || w->bytes > MAX_NAMES_BYTES)
		return -1;
	w->more = xreallocarray(w->more, w->nmore + 1, sizeof *w->more);
	w->more[w->nmore++] = n->name;
	return 0;
}

/* The nodes that a pattern covers; children come with their device, so '*' does not name them. */
static int
want_pattern(
    struct wanted_nodes *w, const struct collector *c, const char *pattern, struct reply *re)
{
	bool exact = strchr(pattern, '*') == NULL, found = false;

	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		if (n->kind == NODE_SUMMARY || !str_covers(pattern, n->name) ||
		    (n->parent != NULL && !exact))
			continue;
		found = true;
		if (n != w->node && want(w, n) == -1)
			return reply_error(re, 400, "bad-parameter",
			    "speaks_for= covers more nodes than a certificate can name; use two "
			    "gateways");
	}
	return found ? 200
		     : reply_error(re, 404, "no-such-node",
			   "\"%s\" in speaks_for= covers no node of the configuration", pattern);
}

/* The node, and those of speaks_for=; the caller frees w->more. */
static int
read_nodes(
    const struct collector *c, const struct request *rq, struct reply *re, struct wanted_nodes *w)
{
	const char *text;
	char *copy, *rest, *word;
	int status = read_node(c, rq, re, &w->node);

	if (status == 200)
		status = form_text(rq, re, "speaks_for", MAX_PATTERNS, false, &text);
	if (status != 200)
		return status;
	copy = rest = xstrdup(text);
	while (status == 200 && (word = strsep(&rest, ", ")) != NULL)
		if (*word != '\0')
			status = want_pattern(w, c, word, re);
	free(copy);
	return status;
}

/* Whether there is enrolment, and certificates are given out if that is needed. */
static int
check(const struct collector *c, struct reply *re, bool issue)
{
	struct err e = { "there is no enrolment here" };

	if (c->enroll == NULL || (issue && !enroll_can_issue(c->enroll, &e)))
		return reply_error(re, 409, "no-authority", "%s", e.msg);
	return 200;
}

/* Who acts, of at most what the register keeps. */
static const char *
author_of(const struct request *rq, char dst[REGISTER_MAX_AUTHOR])
{
	(void)str_copy(dst, REGISTER_MAX_AUTHOR, deed_author(rq));
	str_straighten(dst);
	return dst;
}

/* --- what is done ----------------------------------------------------------------------------- */

/* The address in the line: of the form, else ours. */
static int
read_address(const struct collector *c, const struct request *rq, struct reply *re, char dst[300])
{
	const char *text;
	char host[256], port[8];
	struct err e;
	int status = form_text(rq, re, "collector", 280, false, &text);

	if (status != 200)
		return status;
	if (*text == '\0') {
		agents_address(c, dst, 300);
		return dst[0] != '\0' ? 200
				      : reply_error(re, 409, "no-address",
					    "the collector's certificate names no host; say where "
					    "agents reach it: collector=HOST:PORT");
	}
	if (conn_split_address(text, host, port, &e) == -1)
		return reply_error(re, 400, "bad-parameter", "collector=: %s", e.msg);
	/* It goes into a shell's line. */
	if (text[strspn(text,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]")] != '\0')
		return reply_error(re, 400, "bad-parameter", "collector= is no HOST:PORT");
	(void)str_copy(dst, 300, text);
	return 200;
}

/* Answers an invitation. */
static int
answer_invite(const struct collector *c, const struct request *rq, struct reply *re,
    const struct wanted_nodes *w, const struct invite *v, const char *address, const char *token)
{
	char line[MAX_LINE] = "";

	(void)agents_line(
	    line, sizeof line, w->node, w->nmore > 0, address, token, enroll_hash(c->enroll));
	if (re->api) {
		struct json j = member_begin(re);
		json_text(&j, "done", "invited");
		json_text(&j, "node", w->node->name);
		json_uint(&j, "nodes", 1 + w->nmore);
		json_text(&j, "token", token);
		json_text(&j, "collector", address);
		json_text(&j, "authority", enroll_hash(c->enroll));
		json_text(&j, "line", line);
		member_moment(&j, "ends_ms", v->ends_ms);
		json_end(&j);
	} else {
		agentspage_line(c, rq, re, w->node, line, v->ends_ms);
	}
	explicit_bzero(line, sizeof line);
	return deed_later_agents(c, re, BACK);
}

int
agentsapi_invite(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct wanted_nodes w = { 0 };
	char author[REGISTER_MAX_AUTHOR], token[ENROLL_TOKEN], address[300];
	struct err e;
	int status = check(c, re, true);

	if (status == 200)
		status = read_nodes(c, rq, re, &w);
	if (status == 200)
		status = read_address(c, rq, re, address);
	if (status == 200) {
		const struct invite *v = enroll_invite(
		    c->enroll, w.node->name, w.more, w.nmore, author_of(rq, author), token, &e);
		status = v != NULL ? answer_invite(c, rq, re, &w, v, address, token)
				   : deed_refuse(rq, re, 409, "refused", e.msg);
		explicit_bzero(token, sizeof token);
	}
	free(w.more);
	return status;
}

/* Answers what else was done. */
static int
answer_done(
    const struct collector *c, struct reply *re, const char *done, const char *what, unsigned count)
{
	if (re->api) {
		struct json j = member_begin(re);
		json_text(&j, "done", done);
		json_text(&j, "name", what);
		json_uint(&j, "count", count);
		json_end(&j);
	}
	return deed_later_agents(c, re, BACK);
}

int
agentsapi_withdraw(const struct collector *c, const struct request *rq, struct reply *re)
{
	char author[REGISTER_MAX_AUTHOR];
	const char *name;
	int status = check(c, re, false);

	if (status == 200)
		status = form_text(rq, re, "node", NAME_MAX_NODE, true, &name);
	if (status != 200)
		return status;
	unsigned n = enroll_withdraw(c->enroll, name, author_of(rq, author));
	if (n == 0)
		return deed_refuse(
		    rq, re, 404, "no-invitation", N_("No invitation of this node is open."));
	return answer_done(c, re, "withdrawn", name, n);
}

int
agentsapi_revoke(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *name, *number, *reason;
	char author[REGISTER_MAX_AUTHOR], why[MAX_REASON + 1];
	uint8_t serial[CERT_SERIAL];
	size_t n = 0;
	struct err e;
	int status = check(c, re, false);

	if (status == 200)
		status = form_text(rq, re, "node", NAME_MAX_NODE, false, &name);
	if (status == 200)
		status = form_text(rq, re, "serial", 80, false, &number);
	if (status == 200)
		status = form_text(rq, re, "reason", MAX_REASON, false, &reason);
	if (status != 200)
		return status;
	if ((*name == '\0') == (*number == '\0'))
		return reply_error(
		    re, 400, "bad-parameter", "say either node= or serial=, not both");
	if (*name != '\0' && !str_is_name(name, NAME_MAX_NODE))
		return reply_error(re, 400, "bad-parameter", "node= is no name");
	if (*number != '\0' && cert_serial_parse(serial, &n, number, &e) == -1)
		return reply_error(re, 400, "bad-parameter", "serial=: %s", e.msg);
	(void)str_copy(why, sizeof why, reason);
	str_straighten(why);
	int good = enroll_revoke(
	    c->enroll, *name != '\0' ? name : NULL, serial, n, author_of(rq, author), why, &e);
	if (good == -1)
		return deed_refuse(rq, re, 404, "refused", e.msg);
	return answer_done(c, re, "revoked", *name != '\0' ? name : number, (unsigned)good);
}

/* --- the offline way -------------------------------------------------------------------------- */

/* Who waits for a certificate. */
struct issuing {
	struct ticket *ticket;
	char node[NAME_MAX_NODE + 1];
};

/* A certificate's PEM as a member. */
static int
put_pem(struct json *j, const char *key, const struct buf *der, struct err *e)
{
	struct buf pem = { 0 };
	int rc = cert_pem(&pem, der->data, der->len, e);

	buf_u8(&pem, 0);
	json_text(j, key, rc == 0 ? (const char *)pem.data : NULL);
	buf_free(&pem);
	return rc;
}

/* It is there, or will not be. */
static void
issued(void *arg, const struct buf *leaf, const struct buf *authority, const char *why)
{
	struct issuing *s = arg;
	struct buf b = { 0 };
	struct cert_facts f;
	char serial[CERT_SERIAL_TEXT];
	struct err e;

	if (leaf != NULL && cert_facts_of_der(&f, leaf->data, leaf->len, &e) == 0) {
		struct json j = json_over(&b);
		cert_serial_text(serial, f.serial, f.nserial);
		json_object(&j, NULL);
		json_text(&j, "done", "issued");
		json_text(&j, "node", s->node);
		json_text(&j, "serial", serial);
		member_moment(&j, "ends_ms", f.not_after_ms);
		if (put_pem(&j, "certificate", leaf, &e) == -1 ||
		    put_pem(&j, "authority", authority, &e) == -1)
			why = e.msg;
		json_end(&j);
	} else if (leaf != NULL) {
		why = e.msg;
	}
	if (why == NULL)
		ticket_answer(s->ticket, 200, REPLY_JSON, b.data, b.len);
	else
		ticket_error(s->ticket, 409, "not-issued", why);
	buf_free(&b);
	free(s);
}

int
agentsapi_issue(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct wanted_nodes w = { 0 };
	struct buf request = { 0 };
	char author[REGISTER_MAX_AUTHOR];
	const char *text;
	int status = check(c, re, true);

	if (status == 200)
		status = read_nodes(c, rq, re, &w);
	if (status == 200)
		status = form_text(rq, re, "request", 2 * WIRE_MAX_REQUEST, true, &text);
	if (status == 200 && base64_take(&request, text, strlen(text)) == -1)
		status = reply_error(re, 400, "bad-parameter", "request= is no base64");
	if (status == 200) {
		struct issuing *s = xcalloc(1, sizeof *s);
		(void)str_copy(s->node, sizeof s->node, w.node->name);
		s->ticket = ticket_take(re);
		(void)enroll_issue(c->enroll, w.node->name, w.more, w.nmore, author_of(rq, author),
		    request.data, request.len, issued, s);
		status = REPLY_LATER;
	}
	buf_free(&request);
	free(w.more);
	return status;
}
