/* SPDX-License-Identifier: GPL-3.0-or-later */
/* section: the parts of a report, in its order; a file each, section_NAME.c: puts figures into
 * words, tables and charts. A section says by name what the site does not measure. */
#ifndef COLLECTOR_SECTION_H
#define COLLECTOR_SECTION_H

struct doc;
struct figures;

/* Number 1 to 11 and A of facts/domain.md, 4.1. */
#define SECTIONS(X)                                                                                \
	X(summary)                                                                                 \
	X(availability)                                                                            \
	X(incidents)                                                                               \
	X(alarms)                                                                                  \
	X(environment)                                                                             \
	X(power)                                                                                   \
	X(cooling)                                                                                 \
	X(links)                                                                                   \
	X(capacity)                                                                                \
	X(changes)                                                                                 \
	X(actions)                                                                                 \
	X(method)

#define SECTION(name) void section_##name(struct doc *d, const struct figures *f);
SECTIONS(SECTION)
#undef SECTION

#endif
