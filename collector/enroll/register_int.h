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

#endif
