/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A name that is none is an error, not an empty list: a typing mistake must not look like health.
 */
#include "collector/web/api/filter.h"

#include <string.h>

#include "collector/collector.h"
#include "collector/site/site.h"

/* Whether the query's zone and node, if any, let this node pass. */
bool
filter_passes(const struct request *rq, const struct node *n)
{
	const char *zone = request_param(rq, "zone");
	const char *node = request_param(rq, "node");
	const char *own = n->zone != NULL ? n->zone->name : "site";
	return (zone == NULL || strcmp(zone, own) == 0) &&
	       (node == NULL || strcmp(node, n->name) == 0);
}

/* The zone or the node that the query asks for: false if it is not one, and answered so. */
bool
filter_is_known(const struct collector *c, const struct request *rq, struct reply *re, int *status)
{
	const char *zone = request_param(rq, "zone");
	const char *node = request_param(rq, "node");
	if (zone != NULL && strcmp(zone, "site") != 0 && site_zone(c->site, zone) == NULL)
		*status = reply_error(re, 404, "no-such-zone", "there is no zone \"%.64s\"", zone);
	else if (node != NULL && site_node(c->site, node) == NULL)
		*status = reply_error(re, 404, "no-such-node", "there is no node \"%.64s\"", node);
	else if (node != NULL && !filter_passes(rq, site_node(c->site, node)))
		*status = reply_error(re, 404, "no-such-node",
		    "there is no node \"%.64s\" in the zone \"%.64s\"", node, zone);
	else
		return true;
	return false;
}
