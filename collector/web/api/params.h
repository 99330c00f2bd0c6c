/* SPDX-License-Identifier: GPL-3.0-or-later */
/* params: what the end points take, for the API's description; each list ends with a NULL name. */
#ifndef COLLECTOR_WEB_API_PARAMS_H
#define COLLECTOR_WEB_API_PARAMS_H

#include "collector/web/route.h"

extern const struct route_param params_nodes[];
extern const struct route_param params_series[];
extern const struct route_param params_last[];
extern const struct route_param params_alerts[];
extern const struct route_param params_incidents[];
extern const struct route_param params_acknowledge[];
extern const struct route_param params_author[];
extern const struct route_param params_comment[];
extern const struct route_param params_pattern[];
extern const struct route_param params_silence[];
extern const struct route_param params_extend[];
extern const struct route_param params_past[];
extern const struct route_param params_stats[];
extern const struct route_param params_node[];
extern const struct route_param params_where[];
extern const struct route_param params_graph[];
extern const struct route_param params_named_list[];
extern const struct route_param params_named[];
extern const struct route_param params_metrics[];
extern const struct route_param params_find[];
extern const struct route_param params_render[];

#endif
