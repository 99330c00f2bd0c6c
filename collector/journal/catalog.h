/* SPDX-License-Identifier: GPL-3.0-or-later */
/* catalog: every series the collector ever knew, numbered for ever, and which of them each
 * stream's own numbers mean.
 *
 * A log (zw/seglog.h) of definitions that is never trimmed. A number is durable before any record
 * of the journal that names it. The store child reads the same log. */
#ifndef COLLECTOR_CATALOG_H
#define COLLECTOR_CATALOG_H

#include <stdint.h>

#include "zw/err.h"
#include "zw/metric.h"
#include "zw/seglog.h"
#include "zw/wire.h"

struct catalog;

/* A series: node, source and instance are its key. Its fields only grow. */
struct catalog_series {
	uint32_t sid;	       /* from 1 */
	struct series_def def; /* def.id is 0; def.node is set */
};

/* What number `id` of a stream means: map[i] is the series' field of the stream's i-th value. */
struct catalog_binding {
	uint32_t sid;
	unsigned nvalues;
	uint8_t map[METRIC_MAX_FIELDS];
};

#define CATALOG_MAX_SERIES 65536     /* in all */
#define CATALOG_MAX_NODE_SERIES 4096 /* of a node */
#define CATALOG_MAX_NODE_BINDINGS                                                                  \
	(4 * 4096) /* of a node's series, by all streams there ever were */

/* Reads all that is there. Writer: opens the log for appending; reader: follows another's. */
int catalog_open_writer(struct catalog **out, const char *dir, struct err *e)
    __attribute__((warn_unused_result));
int catalog_open_reader(struct catalog **out, const char *dir, struct err *e)
    __attribute__((warn_unused_result));
void catalog_close(struct catalog *c);

/* Reader: takes in what was added up to this LSN. Calls defined() for every new, widened or
 * otherwise changed series. */
int catalog_follow(struct catalog *c, uint64_t lsn, struct err *e)
    __attribute__((warn_unused_result));
void catalog_on_series(
    struct catalog *c, void (*defined)(void *arg, const struct catalog_series *s), void *arg);

/* Writer: what the definition of this stream means; new ones are appended to the log (its commit
 * is the journal's business). def->node must be set. Returns the sid; 0 and the reason when the
 * definition contradicts what is known (another step or kind of a field, another series under the
 * same id) or there are too many. Other units, limits, labels and states of known fields are
 * taken over with a new id. */
uint32_t catalog_define(struct catalog *c, const uint8_t stream[WIRE_STREAM_ID],
    const struct series_def *def, struct err *e);
/* Whether the series is known, whatever its fields. def->node must be set. */
bool catalog_has(const struct catalog *c, const struct series_def *def);
/* Of a definition's fields those that the series does not have yet: all, if nobody knows it. */
unsigned catalog_new_fields(const struct catalog *c, const struct series_def *def);
/* Whether this number of the stream means something else than the definition says, for ever. */
bool catalog_contradicts(
    const struct catalog *c, const uint8_t stream[WIRE_STREAM_ID], const struct series_def *def);
/* The log, for its commit; writer only. */
struct seglog *catalog_log(struct catalog *c);

const struct catalog_series *catalog_series(const struct catalog *c, uint32_t sid); /* or NULL */
uint32_t catalog_count(const struct catalog *c); /* sids are 1 to this */
const struct catalog_binding *catalog_binding(
    const struct catalog *c, const uint8_t stream[WIRE_STREAM_ID], uint32_t id); /* or NULL */

#endif
