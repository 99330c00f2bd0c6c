/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman_mail: hands a mail over to zonewatch-tell, which is run only then: the agent itself knows
 * neither relays nor languages. */
#ifndef AGENT_DEADMAN_MAIL_H
#define AGENT_DEADMAN_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/deadman_facts.h"
#include "zw/err.h"

struct conf_deadman_mail;
struct event_base;
struct deadman_mail;

/* Where zonewatch-tell is: 0, or -1 if it is nowhere. dst may be NULL. */
int deadman_mail_program(char *dst, size_t size, struct err *e) __attribute__((warn_unused_result));

/* conf and dir, where its configuration is written, are borrowed. */
struct deadman_mail *deadman_mail_new(struct event_base *base, const struct conf_deadman_mail *conf,
    const char *dir, void (*done)(void *arg, bool sent), void *arg);
/* One that is under way goes on alone, and done() is not called. NULL is fine. */
void deadman_mail_free(struct deadman_mail *m);
/* At most one may be under way. done() is called from the loop later, once. */
void deadman_mail_send(struct deadman_mail *m, const struct deadman_facts *f);

#endif
