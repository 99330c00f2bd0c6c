/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dispatch: the mail with which a report goes to its recipients: the summary as text, the PDF
 * attached. Which it is follows from the report and the language, so that the same mail made twice
 * is the same mail. */
#ifndef COLLECTOR_DISPATCH_H
#define COLLECTOR_DISPATCH_H

#include <stdint.h>

#include "collector/shelf.h"

struct conf_collector;
struct mail;
struct site;

#define DISPATCH_MAX_PDF (5 * 1024 * 1024) /* bytes; a greater one is a link */

/* The languages, as bits, that recipients want of the report of a zone ("": the site's) that is
 * monthly or weekly. */
unsigned dispatch_langs(const struct conf_collector *conf, enum period_kind kind, const char *zone);
/* The mail in a language, to all who get it; NULL: nobody does. install: history_install(); now_ms:
 * by the steady clock, which is the outbox's. */
struct mail *dispatch_mail(const struct conf_collector *conf, const struct site *site,
    const struct shelf_report *r, enum lang l, const char *install, int64_t now_ms);

#endif
