/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enroll_install: makes a key, asks for its certificate, installs both; as the user who will renew
 * them. */
#ifndef AGENT_ENROLL_INSTALL_H
#define AGENT_ENROLL_INSTALL_H

#include <stdbool.h>
#include <stdio.h>

#include "agent/enroll_ask.h"
#include "zw/cert.h"

struct enroll_place {
	struct cert_pair pair;
	const char *user;	 /* who renews them; NULL: who we are */
	const char *default_dir; /* where they could lie instead */
	const char *program;
	bool one_node;
};

/* Says to `out` what it did. */
enum enroll_result enroll_install(const struct enroll_question *q, const struct enroll_place *place,
    FILE *out, struct err *e) __attribute__((warn_unused_result));

#endif
