/* link: zwregister */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the register of agents are refused, or make a register that is written and read
 * again as the same, and that decides, changes and forgets without harm. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/enroll/register.h"
#include "zw/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef char name_t[NAME_MAX_NODE + 1];

/* All that is done with one. */
static void
use(struct reg *r)
{
	const struct invite *invites;
	const struct cert_entry *certs;
	struct err e;
	int64_t now = 1790000000000;

	(void)register_expects(r, now);
	if (register_invites(r, &invites) > 0)
		(void)register_redeem(r, invites[0].token, invites[0].token, now, &e);
	if (register_certs(r, &certs) > 0) {
		struct cert_entry c = certs[0];
		name_t names[1];
		memcpy(names[0], c.node, sizeof names[0]);
		if (register_judge(r, &c.facts, (const name_t *)names, 1, &e) == -1)
			assert(e.msg[0] != '\0');
		register_note(r, &c);
		if (register_revoke_node(r, c.node, now, &e) >= 0)
			assert(register_judge(r, &c.facts, (const name_t *)names, 1, &e) == -1);
		assert(register_revoke_serial(r, c.facts.serial, c.facts.nserial, now, &e) >= 0);
	}
	register_sweep(r, now);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reg *r = register_new(), *back = register_new();
	struct err e = { "" };

	log_init("fuzz", LOG_LEVEL_ERROR);
	if (register_parse(r, (const char *)data, size, &e) == 0) {
		char *text = register_text(r);
		assert(register_parse(back, text, strlen(text), &e) == 0);
		char *again = register_text(back);
		assert(strcmp(text, again) == 0);
		free(text);
		free(again);
		use(r);
	} else {
		assert(e.msg[0] != '\0');
	}
	register_free(r);
	register_free(back);
	return 0;
}
