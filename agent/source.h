/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source: what a source of a server is, and the list of them.
 *
 * A source is one file, agent/source/NAME.c, all static but the struct at its end, and one word in
 * SOURCES below. It knows neither time nor network. It is read in a thread of its own, never in
 * two at once; a read that hangs hangs alone (runner.h). */
#ifndef AGENT_SOURCE_H
#define AGENT_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "zw/metric.h"

#define SOURCES(X)                                                                                 \
	X(cpu)                                                                                     \
	X(load)                                                                                    \
	X(memory)                                                                                  \
	X(swap)                                                                                    \
	X(vmstat)                                                                                  \
	X(disk)                                                                                    \
	X(filesystem)                                                                              \
	X(network)                                                                                 \
	X(uptime)

struct conf_sources; /* the agent's configuration of sources, agent/conf.h */

/* Where a read puts its values; opaque to sources. */
struct emit;
/* One instance's values, in the order of the source's fields; NAN is unknown. instance is a name
 * by str_is_name(), or "" when the source has one instance only. Values are copied. */
void emit(struct emit *out, const char *instance, const double *values);

struct source {
	const char *name;
	const char *help; /* one sentence */
	const struct field_row *fields;
	unsigned nfields;
	/* root: the directory under which proc/ and sys/ lie ("/" or a test's tree); borrowed for
	 * the state's life, as conf is. Returns the state, or NULL: "not on this machine". */
	void *(*open)(const char *root, const struct conf_sources *conf);
	/* interval_s: seconds since the read before, 0 at the first: what is a difference is then
	 * NAN. Returns 0, or -1 with errno: nothing could be read. */
	int (*read)(void *state, double interval_s, struct emit *out);
	void (*close)(void *state);
	/* A source whose instances may hang one by one (a mount): items() names those there are now
	 * through add(), and read_item() reads one; each is a series with a deadline of its own.
	 * read is NULL then. read_item() must touch nothing but its arguments. */
	int (*items)(
	    void *state, void (*add)(void *arg, const char *instance, const char *item), void *arg);
	int (*read_item)(const char *item, double *values);
};

#define SOURCE_DECLARE(name) extern const struct source source_##name;
SOURCES(SOURCE_DECLARE)
#undef SOURCE_DECLARE

/* All sources, in the order of SOURCES. */
extern const struct source *const sources[];
extern const size_t nsources;

#endif
