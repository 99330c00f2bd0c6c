/* SPDX-License-Identifier: GPL-3.0-or-later */
/* name: what nodes and sensors are called in a report: the same in all of its sections. */
#ifndef COLLECTOR_PAPER_NAME_H
#define COLLECTOR_PAPER_NAME_H

#include "collector/report/paper/doc.h"

struct node;
struct plant;
struct series;

struct name {
	char s[256];
};

/* "Mail server (srv-04)"; the name alone of what has no title. */
struct name name_node(const struct node *n);
/* The same by its name; one that the site does not know keeps it. */
struct name name_known(const struct plant *p, const char *node);
/* A sensor by its label: "leak-a", "Air at the inlet", "/var". */
struct name name_sensor(const struct doc *d, const struct series *se, unsigned field);
/* Node and sensor by the names that the history has; series and field may be "". */
struct name name_place(const struct doc *d, const struct plant *p, const char *node,
    const char *series, const char *field);
/* "/var" of the instance of a file system. */
struct name name_mount(const char *instance);

#endif
