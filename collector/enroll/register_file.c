/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The register as JSON, by jansson, member by member: what is missing, of another type, out of
 * range, out of order or there twice makes the whole file refused, for half of a list of what was
 * taken back is worse than an error. No secret is in it: of a token its SHA-256. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "collector/enroll/register_int.h"
#include "collector/member.h"
#include "zw/alloc.h"
#include "zw/log.h"

#define VERSION 1
#define MAX_NUMBER INT64_C(9007199254740992) /* 2^53, which other readers of JSON know, too */

static const char *const states[] = { "open", "used", "withdrawn" };

/* --- reading ---------------------------------------------------------------------------------- */

/* A node's name. */
static void
take_node(struct member_reader *r, char dst[NAME_MAX_NODE + 1])
{
	member_text(r, "node", dst, NAME_MAX_NODE + 1);
	if (!r->bad && !str_is_name(dst, NAME_MAX_NODE))
		member_wrong(r, "node", "is no name");
}

/* A number that grows from entry to entry. */
static uint64_t
take_number(struct member_reader *r, const char *key, uint64_t last)
{
	uint64_t number = (uint64_t)member_int(r, key, MAX_NUMBER);

	if (!r->bad && number <= last)
		member_wrong(r, key, "is not above the one before");
	return number;
}

/* The others that an invitation is for. */
static void
take_more(struct member_reader *r, struct invite *v)
{
	const json_t *list = json_object_get(r->o, "more"), *one;
	size_t n = json_array_size(list), i;

	if (!json_is_array(list) || n >= TLS_MAX_NODES) {
		member_wrong(r, "more", "is no list, or too long");
		return;
	}
	v->more = n > 0 ? xcalloc(n, sizeof *v->more) : NULL;
	v->nmore = n;
	json_array_foreach(list, i, one)
	{
		const char *s = json_is_string(one) ? json_string_value(one) : "";
		if (strlen(s) != json_string_length(one) || !str_is_name(s, NAME_MAX_NODE)) {
			member_wrong(r, "more", "holds what is no name");
			return;
		}
		(void)str_copy(v->more[i], sizeof v->more[i], s);
	}
}

/* An invitation. */
static void
take_invite(struct member_reader *r, struct invite *v, uint64_t last)
{
	v->id = take_number(r, "id", last);
	take_node(r, v->node);
	take_more(r, v);
	member_hex(r, "token", v->token, DIGEST_SIZE, DIGEST_SIZE);
	v->state = (enum invite_state)member_word(r, "state", states, 3);
	size_t n = member_hex(r, "used_by", v->used_by, 0, DIGEST_SIZE);
	if (!r->bad && n != 0 && n != DIGEST_SIZE)
		member_wrong(r, "used_by", "is of a wrong length");
	member_text(r, "author", v->author, sizeof v->author);
	v->made_ms = member_int(r, "made_ms", MAX_NUMBER);
	v->ends_ms = member_int(r, "ends_ms", MAX_NUMBER);
	v->used_ms = member_int(r, "used_ms", MAX_NUMBER);
	if (!r->bad && v->state == INVITE_USED && (n == 0 || v->used_ms == 0))
		member_wrong(r, "used_ms", "is missing");
}

/* A certificate. */
static void
take_cert(struct member_reader *r, struct cert_entry *c, uint64_t last)
{
	const char *origins[4];

	for (int i = 0; i < 4; i++)
		origins[i] = register_origin_word((enum cert_origin)i);
	c->number = take_number(r, "number", last);
	take_node(r, c->node);
	c->nnodes = (size_t)member_int(r, "nodes", MAX_NUMBER);
	if (!r->bad && (c->nnodes == 0 || c->nnodes > TLS_MAX_NODES))
		member_wrong(r, "nodes", "is out of range");
	c->facts.nserial = member_hex(r, "serial", c->facts.serial, 1, CERT_SERIAL);
	member_hex(r, "key", c->facts.key_digest, DIGEST_SIZE, DIGEST_SIZE);
	c->facts.not_before_ms = member_int(r, "not_before_ms", MAX_NUMBER);
	c->facts.not_after_ms = member_int(r, "not_after_ms", MAX_NUMBER);
	c->origin = (enum cert_origin)member_word(r, "origin", origins, 4);
	c->first_ms = member_int(r, "first_ms", MAX_NUMBER);
	c->last_ms = member_int(r, "last_ms", MAX_NUMBER);
	c->revoked_ms = member_int(r, "revoked_ms", MAX_NUMBER);
}

/* A closed node; they are by name. */
static void
take_closed(struct member_reader *r, struct closed_node *c, const struct closed_node *before)
{
	take_node(r, c->node);
	if (!r->bad && before != NULL && strcmp(before->node, c->node) >= 0)
		member_wrong(r, "node", "is not behind the one before");
	c->number = (uint64_t)member_int(r, "number", MAX_NUMBER);
	c->at_ms = member_int(r, "at_ms", MAX_NUMBER);
}

/* All entries of a list. */
#define TAKE_ALL(name, n)                                                                          \
	for (rd.what = (name), rd.index = 0;                                                       \
	     rd.index < (size_t)(n) && !rd.bad &&                                                  \
	     (rd.o = json_array_get(json_object_get(root, (name)), rd.index)) != NULL;             \
	     rd.index++)

/* The numbers that were given last, which forgotten entries may have had. */
static void
take_last(struct reg *r, struct member_reader *rd, const json_t *root)
{
	uint64_t invite = r->last_invite, cert = r->last_cert;

	rd->what = "last";
	rd->index = 0;
	rd->o = root;
	r->last_invite = (uint64_t)member_int(rd, "last_invite", MAX_NUMBER);
	r->last_cert = (uint64_t)member_int(rd, "last_certificate", MAX_NUMBER);
	if (r->last_invite < invite || r->last_cert < cert)
		member_wrong(rd, "last_certificate", "is less than one that was given");
}

/* All of it, from a tree. */
static int
take_tree(struct reg *r, const json_t *root, struct err *e)
{
	struct member_reader rd = { .e = e };
	long invites = member_list(root, "invitations", REGISTER_MAX_INVITES, e);
	long certs = invites < 0 ? -1 : member_list(root, "certificates", REGISTER_MAX_CERTS, e);
	long closed = certs < 0 ? -1 : member_list(root, "closed", REGISTER_MAX_CLOSED, e);

	if (closed < 0)
		return -1;
	r->invites = xcalloc((size_t)invites + 1, sizeof *r->invites);
	r->certs = xcalloc((size_t)certs + 1, sizeof *r->certs);
	r->closed = xcalloc((size_t)closed + 1, sizeof *r->closed);
	TAKE_ALL("invitations", invites)
	{
		struct invite *v = &r->invites[r->ninvites++];
		take_invite(&rd, v, r->last_invite);
		r->last_invite = v->id;
		r->nnames += v->nmore;
		if (r->nnames > REGISTER_MAX_NAMES)
			member_wrong(&rd, "more", "makes too many names in all");
	}
	TAKE_ALL("certificates", certs)
	{
		struct cert_entry *c = &r->certs[r->ncerts++];
		take_cert(&rd, c, r->last_cert);
		r->last_cert = c->number;
	}
	TAKE_ALL("closed", closed)
	{
		struct closed_node *c = &r->closed[r->nclosed];
		take_closed(&rd, c, r->nclosed > 0 ? c - 1 : NULL);
		r->nclosed++;
	}
	take_last(r, &rd, root);
	for (size_t i = 0; i < r->nclosed && !rd.bad; i++)
		if (r->closed[i].number > r->last_cert)
			member_wrong(&rd, "last_certificate", "is less than a closed node's");
	return rd.bad ? -1 : 0;
}

/* Forgets all that was read. */
static void
forget(struct reg *r)
{
	for (size_t i = 0; i < r->ninvites; i++)
		free(r->invites[i].more);
	free(r->invites);
	free(r->certs);
	free(r->closed);
	*r = (struct reg){ 0 };
}

int
register_parse(struct reg *r, const char *text, size_t n, struct err *e)
{
	json_error_t why;
	json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
	const json_t *version = json_object_get(root, "version");
	int rc = -1;

	forget(r);
	if (root == NULL)
		err_set(e, "line %d: %.100s", why.line, why.text);
	else if (!json_is_integer(version) || json_integer_value(version) < 1)
		err_set(e, "it has no version");
	else if (json_integer_value(version) > VERSION)
		err_set(e, "a newer zonewatch made it (version %lld; this one knows %d)",
		    (long long)json_integer_value(version), VERSION);
	else
		rc = take_tree(r, root, e);
	json_decref(root);
	if (rc == -1)
		forget(r);
	return rc;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* An invitation. */
static json_t *
put_invite(const struct invite *v)
{
	json_t *more = json_array();

	for (size_t i = 0; i < v->nmore; i++)
		json_array_append_new(more, json_string(v->more[i]));
	return json_pack("{s:I, s:s, s:o, s:o, s:s, s:o, s:s, s:I, s:I, s:I}", "id",
	    (json_int_t)v->id, "node", v->node, "more", more, "token",
	    member_hex_of(v->token, DIGEST_SIZE), "state", states[v->state], "used_by",
	    member_hex_of(v->used_by, v->used_ms != 0 ? DIGEST_SIZE : 0), "author", v->author,
	    "made_ms", (json_int_t)v->made_ms, "ends_ms", (json_int_t)v->ends_ms, "used_ms",
	    (json_int_t)v->used_ms);
}

/* A certificate. */
static json_t *
put_cert(const struct cert_entry *c)
{
	return json_pack("{s:I, s:s, s:I, s:o, s:o, s:I, s:I, s:s, s:I, s:I, s:I}", "number",
	    (json_int_t)c->number, "node", c->node, "nodes", (json_int_t)c->nnodes, "serial",
	    member_hex_of(c->facts.serial, c->facts.nserial), "key",
	    member_hex_of(c->facts.key_digest, DIGEST_SIZE), "not_before_ms",
	    (json_int_t)c->facts.not_before_ms, "not_after_ms", (json_int_t)c->facts.not_after_ms,
	    "origin", register_origin_word(c->origin), "first_ms", (json_int_t)c->first_ms,
	    "last_ms", (json_int_t)c->last_ms, "revoked_ms", (json_int_t)c->revoked_ms);
}

/* A closed node. */
static json_t *
put_closed(const struct closed_node *c)
{
	return json_pack("{s:s, s:I, s:I}", "node", c->node, "number", (json_int_t)c->number,
	    "at_ms", (json_int_t)c->at_ms);
}

/* A line of it. */
static char *
line_of(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);

	json_decref(o);
	if (text == NULL)
		fatalx("enroll", "out of memory");
	return text;
}

char *
register_closed_text(const struct closed_node *c)
{
	return line_of(put_closed(c));
}

char *
register_cert_text(const struct cert_entry *c)
{
	return line_of(put_cert(c));
}

int
register_take_line(struct reg *r, const char *json, size_t n, int64_t now_ms)
{
	json_t *o = json_loadb(json, n, JSON_REJECT_DUPLICATES, NULL);
	struct member_reader rd = { .o = o, .what = "line" };
	int rc;

	if (json_object_get(o, "serial") != NULL) {
		struct cert_entry c = { 0 };
		take_cert(&rd, &c, 0);
		rc = rd.bad || c.revoked_ms == 0 ? -1 : register_merge_cert(r, &c, now_ms);
	} else {
		struct closed_node c = { 0 };
		take_closed(&rd, &c, NULL);
		rc = rd.bad ? -1 : register_merge_closed(r, &c);
	}
	json_decref(o);
	return rc;
}

char *
register_text(const struct reg *r)
{
	json_t *invites = json_array(), *certs = json_array(), *closed = json_array();

	for (size_t i = 0; i < r->ninvites; i++)
		json_array_append_new(invites, put_invite(&r->invites[i]));
	for (size_t i = 0; i < r->ncerts; i++)
		json_array_append_new(certs, put_cert(&r->certs[i]));
	for (size_t i = 0; i < r->nclosed; i++)
		json_array_append_new(closed, put_closed(&r->closed[i]));
	json_t *root = json_pack("{s:i, s:I, s:I, s:o, s:o, s:o}", "version", VERSION,
	    "last_invite", (json_int_t)r->last_invite, "last_certificate", (json_int_t)r->last_cert,
	    "invitations", invites, "certificates", certs, "closed", closed);
	char *text = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	if (text == NULL) /* nothing else can fail of what is UTF-8 */
		fatalx("enroll", "out of memory");
	return text;
}
