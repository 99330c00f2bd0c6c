/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cause: an alert, and what an incident is about, in the words of the pages and mails. */
#ifndef COLLECTOR_PAPER_CAUSE_H
#define COLLECTOR_PAPER_CAUSE_H

#include <stddef.h>

#include "collector/report/figures/annals.h"
#include "collector/report/figures/plant.h"
#include "collector/report/paper/doc.h"

#define CAUSE_MAX 600

/* "Inlet air critical, srv-17, above 32 °C" */
void cause_of_alert(
    char dst[CAUSE_MAX], const struct doc *d, const struct plant *p, const struct annals_alert *al);
/* By the alert that is its cause, as far as that is known. */
void cause_of_incident(char dst[CAUSE_MAX], const struct doc *d, const struct plant *p,
    const struct annals_incident *in);
/* The place of an incident or alert: "Zone B"; of the site: its title. */
void cause_zone(char dst[160], const struct doc *d, const struct plant *p, const char *zone);
/* Information, warning, critical: as a cell. */
struct cell cause_severity(const struct doc *d, enum wire_severity s);

#endif
