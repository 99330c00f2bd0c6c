/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the register is; inner header of register.c and register_file.c. */
#ifndef COLLECTOR_ENROLL_REGISTER_INT_H
#define COLLECTOR_ENROLL_REGISTER_INT_H

#include "collector/enroll/register.h"

struct reg {
	struct invite *invites; /* by id */
	size_t ninvites;
	size_t nnames;		  /* in all their lists of others */
	struct cert_entry *certs; /* by number */
	size_t ncerts;
	struct closed_node *closed; /* by name */
	size_t nclosed;
	uint64_t last_invite;
	uint64_t last_cert;
};

#define REGISTER_KEPT_MS                                                                           \
	INT64_C(31622400000) /* a year: so long after its end a certificate is known */

/* Knows of this closed node, of this certificate that was taken back: whether that is new. */
bool register_merge_closed(struct reg *r, const struct closed_node *c);
bool register_merge_cert(struct reg *r, const struct cert_entry *c, int64_t now_ms);
/* register_file.c: one entry as JSON without line breaks; the text is the caller's. And back: 1, 0
 * if the register knew it, -1 if it is none. */
char *register_closed_text(const struct closed_node *c);
char *register_cert_text(const struct cert_entry *c);
int register_take_line(struct reg *r, const char *json, size_t n, int64_t now_ms);

#endif
