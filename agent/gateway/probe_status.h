/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_status: which HTTP status codes are good: "200-399", "200|301|404". Pure. */
#ifndef AGENT_GATEWAY_PROBE_STATUS_H
#define AGENT_GATEWAY_PROBE_STATUS_H

#include <stdbool.h>

/* Whether the text is a list of codes and ranges, 100 to 999. */
bool probe_status_is_list(const char *list);
/* Whether such a list has the code. */
bool probe_status_has(const char *list, long code);

#endif
