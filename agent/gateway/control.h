/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control: the gateway's answers to zonewatchctl: a socket STATE_DIR/control, one line asked, one
 * JSON object answered, closed. Who may open the socket may ask; it changes nothing but alarms that
 * it ends by hand. */
#ifndef AGENT_GATEWAY_CONTROL_H
#define AGENT_GATEWAY_CONTROL_H

#include "zw/err.h"

#define CONTROL_NAME "control" /* in the state directory */
#define CONTROL_MAX_LINE 256

/* Lines: "status", "devices", "device NODE", "probes", "traps", "end NODE INSTANCE". */

struct control;
struct event_base;
struct gateway;

int control_new(struct control **out, struct event_base *base, const char *state_dir, struct err *e)
    __attribute__((warn_unused_result));
void control_free(struct control *c);
/* Of whom it tells, borrowed; NULL while there is none. */
void control_set(struct control *c, struct gateway *g);

#endif
