/* SPDX-License-Identifier: GPL-3.0-or-later */
/* section_method: what the two halves of the section on method share. */
#ifndef COLLECTOR_SECTION_METHOD_H
#define COLLECTOR_SECTION_METHOD_H

struct doc;
struct figures;

/* Definitions and formulas, archives, and what the site does not measure. */
void section_method_rules(struct doc *d, const struct figures *f);

#endif
