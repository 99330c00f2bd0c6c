/* SPDX-License-Identifier: GPL-3.0-or-later */
/* register: which certificates nodes have, and who may get one: invitations, certificates that were
 * issued or seen, what was taken back. Pure: time is an argument, no file, no OpenSSL.
 *
 * An invitation's token is known here by its SHA-256 alone. It is good for one key: asked again
 * with the same key it is answered again (the answer may have been lost), with another it is
 * refused.
 *
 * Revoking a node takes back every certificate of it that is known, and from then on only
 * certificates that were issued here, and not taken back, are let in for that node: one that nobody
 * here ever saw is refused, too. */
#ifndef COLLECTOR_ENROLL_REGISTER_H
#define COLLECTOR_ENROLL_REGISTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/cert.h"
#include "zw/digest.h"
#include "zw/err.h"
#include "zw/str.h"

#define REGISTER_MAX_INVITES 4096
#define REGISTER_MAX_NAMES 65536 /* of other nodes, in all invitations */
#define REGISTER_MAX_CERTS 16384 /* the oldest that ended go first */
#define REGISTER_MAX_OF_NODE 64	 /* of these, of one node; likewise */
#define REGISTER_MAX_CLOSED 4096
#define REGISTER_MAX_AUTHOR 64
#define REGISTER_AGAIN_MS 900000 /* so long the key that used an invitation is answered again */

enum invite_state {
	INVITE_OPEN,
	INVITE_USED,	 /* by the key in `used_by` */
	INVITE_WITHDRAWN /* a newer one for the node, or a revocation */
};

struct invite {
	uint64_t id; /* ascending, for people and the API */
	char node[NAME_MAX_NODE + 1];
	char (*more)[NAME_MAX_NODE + 1]; /* the others it speaks for: a gateway's */
	size_t nmore;
	uint8_t token[DIGEST_SIZE];
	enum invite_state state;
	uint8_t used_by[DIGEST_SIZE]; /* the key's digest */
	char author[REGISTER_MAX_AUTHOR];
	int64_t made_ms;
	int64_t ends_ms;
	int64_t used_ms; /* 0: it is not */
};

enum cert_origin {
	CERT_ENROLLED, /* by an invitation */
	CERT_RENEWED,  /* over a session */
	CERT_ISSUED,   /* by zonewatchctl agent issue */
	CERT_SEEN      /* a session showed it; made elsewhere (conf/pki.sh) */
};

struct cert_entry {
	char node[NAME_MAX_NODE + 1]; /* the first it names */
	size_t nnodes;		      /* how many it names */
	struct cert_facts facts;
	enum cert_origin origin;
	uint64_t number;    /* ascending; the register gives it */
	int64_t first_ms;   /* issued, or seen first */
	int64_t last_ms;    /* a session showed it last, to the hour; 0: none yet */
	int64_t revoked_ms; /* 0: it is good */
};

/* A node that is closed to certificates that were noted before, or never. */
struct closed_node {
	char node[NAME_MAX_NODE + 1];
	uint64_t number; /* of the last certificate that was noted before */
	int64_t at_ms;
};

struct reg; /* the register */

struct reg *register_new(void);
void register_free(struct reg *r);
/* A copy, for a thread. */
struct reg *register_copy(const struct reg *r);

/* Makes an invitation; an open one for the same node is withdrawn. NULL and the reason when full.
 */
const struct invite *register_invite(struct reg *r, const char *node, const char *const *more,
    size_t nmore, const uint8_t token[DIGEST_SIZE], const char *author, int64_t now_ms,
    int64_t ends_ms, struct err *e);
/* Whether any invitation can still be used, so that strangers need be listened to at all. */
bool register_expects(const struct reg *r, int64_t now_ms);
/* The invitation for this token and key, found in a time that tells nothing of either; NULL and the
 * reason for the log ("no such token", "it ended", "another key used it"): the asker is told one
 * text for all. Marks it used. */
const struct invite *register_redeem(struct reg *r, const uint8_t token[DIGEST_SIZE],
    const uint8_t key[DIGEST_SIZE], int64_t now_ms, struct err *e);
/* The certificate could not be made: the invitation is as if nobody had used it, if none is known
 * for the key that did. */
void register_give_back(struct reg *r, uint64_t id);
/* Takes back invitations of a node that can still be used: how many. */
unsigned register_withdraw(struct reg *r, const char *node, int64_t now_ms);
/* Whether an invitation can still be used, by its key only if it was used. */
bool register_is_open(const struct invite *v, int64_t now_ms);
/* Notes a certificate (again: its times): whether anything changed. */
bool register_note(struct reg *r, const struct cert_entry *c);
/* Whether a session with this certificate, naming these nodes, is let in: 0, or -1 and the reason.
 */
int register_judge(const struct reg *r, const struct cert_facts *f,
    const char (*nodes)[NAME_MAX_NODE + 1], size_t n, struct err *e)
    __attribute__((warn_unused_result));
/* Takes back all of a node, or one certificate: how many were good before; -1 and the reason when
 * nothing is known of the certificate, or too many nodes are closed. A node of which nothing is
 * known is closed to unknown certificates all the same: 0. So is a certificate that names it beside
 * others. */
int register_revoke_node(struct reg *r, const char *node, int64_t now_ms, struct err *e)
    __attribute__((warn_unused_result));
int register_revoke_serial(
    struct reg *r, const uint8_t *serial, size_t n, int64_t now_ms, struct err *e);
/* Forgets what ended more than a year ago. */
void register_sweep(struct reg *r, int64_t now_ms);

size_t register_invites(const struct reg *r, const struct invite **list);
size_t register_certs(const struct reg *r, const struct cert_entry **list);
size_t register_closed(const struct reg *r, const struct closed_node **list);
const char *register_origin_word(enum cert_origin origin); /* "enrolled" */

/* Its file: JSON with a version, read strictly; see register_file.c. The text is the caller's. */
char *register_text(const struct reg *r);
int register_parse(struct reg *r, const char *text, size_t n, struct err *e)
    __attribute__((warn_unused_result));

/* What was taken back, a line each with a checksum, for a file that is only added to: so it is
 * known when the register is lost; see register_revoked.c. Of a node (NULL: all), of a certificate,
 * all. */
void register_revoked_node(const struct reg *r, const char *node, struct buf *out);
void register_revoked_serial(const struct reg *r, const uint8_t *serial, size_t n, struct buf *out);
void register_revoked_all(const struct reg *r, struct buf *out);

struct register_revoked {
	size_t lines;	/* that were sound */
	size_t merged;	/* of them those that the register did not know */
	size_t damaged; /* lines */
	bool torn;	/* the last one was not written to its end */
};
/* Takes such lines back again. A node that is closed by them is open to certificates that are given
 * out from now on. Adds to *out. */
void register_revoked_merge(
    struct reg *r, const char *text, size_t n, int64_t now_ms, struct register_revoked *out);

#endif
