/* SPDX-License-Identifier: GPL-3.0-or-later */
/* values: the values of a device (describe_rows()) as a table. */
#ifndef AGENT_GATEWAY_TOOL_VALUES_H
#define AGENT_GATEWAY_TOOL_VALUES_H

#include <stdbool.h>

struct json_t;

/* ages: with their ages. */
void values_print(const struct json_t *values, bool ages, bool colour);

#endif
