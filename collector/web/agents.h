/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agents: of each node that has an agent or a gateway: its certificate, its invitation, its
 * connection; for the API and the page. */
#ifndef COLLECTOR_WEB_AGENTS_H
#define COLLECTOR_WEB_AGENTS_H

#include "collector/enroll/enroll.h"

#define AGENTS_MAX 2000	    /* rows */
#define AGENTS_STRANGERS 64 /* of these, not of the configuration */

struct collector;
struct node;

struct agents_row {
	const char *name;
	const struct node *node;	  /* NULL: it is not in the configuration */
	const struct cert_entry *cert;	  /* the newest that is good, else the newest; or NULL */
	const struct invite *invite;	  /* that can still be used; or NULL */
	const struct closed_node *closed; /* its certificates were taken back; or NULL */
	unsigned good;			  /* certificates in force */
};

enum agents_state {
	AGENTS_NONE, /* no certificate is known */
	AGENTS_GOOD,
	AGENTS_ENDED,
	AGENTS_REVOKED
};

/* The rows, in the order of the configuration, then those that are not of it; the caller frees
 * them. What they point to lasts as long as this turn of the loop. *left_out: how many more nodes
 * there are. */
size_t agents_rows(
    const struct collector *c, int64_t now_ms, struct agents_row **rows, size_t *left_out);
enum agents_state agents_state(const struct agents_row *row, int64_t now_ms);
const char *agents_state_word(enum agents_state s); /* "none", "good", "ended", "revoked" */
/* Where agents reach the collector, "HOST:PORT", by its certificate; "" if that names nobody. */
void agents_address(const struct collector *c, char *dst, size_t size);
/* The line to paste on the machine; -1: it does not fit. */
int agents_line(char *dst, size_t size, const struct node *node, bool gateway, const char *address,
    const char *token, const char *hash);

#endif
