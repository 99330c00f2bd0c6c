/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text_doc: a mail's body as plain text and as HTML, written side by side by the same calls, so
 * that they cannot tell different stories. */
#ifndef COLLECTOR_TEXT_DOC_H
#define COLLECTOR_TEXT_DOC_H

#include <stddef.h>

#include "collector/alert/text_say.h"
#include "zw/buf.h"
#include "zw/lang.h"

struct mail;

#define TEXT_LINE 1024

/* The subject: one line of at most 240 bytes. */
void text_subject(struct mail *m, const char *subject);

/* What the bar at the top is about, by which it gets its colour. */
enum doc_tone {
	DOC_INFO,
	DOC_WARNING,
	DOC_CRITICAL,
	DOC_GOOD
};

struct doc {
	struct buf text;
	struct buf html;
	enum lang lang;
};

/* All texts may be anything: what is no text, or turns the direction of others, is made harmless,
 * and of HTML nothing is markup but what is written here. */
void doc_begin(struct doc *d, enum lang l, enum doc_tone tone, const char *tag, const char *title);
void doc_para(struct doc *d, const char *s);
/* One that must not be overlooked. */
void doc_notice(struct doc *d, const char *s);
void doc_heading(struct doc *d, const char *heading);
/* Facts, a label each, between the two; a row of no value is left out. */
void doc_table(struct doc *d);
void doc_row(struct doc *d, const char *label, const char *value);
void doc_table_end(struct doc *d);
/* Lines under a heading, between the two. */
void doc_list(struct doc *d);
void doc_item(struct doc *d, const char *s);
void doc_list_end(struct doc *d);
/* The place of a picture (MIME_GRAPH_SRC ...), of so many pixels' width (0: its own), with what it
 * shows; in the HTML only. */
void doc_picture(struct doc *d, const char *src, unsigned width, const char *shows);
/* A link below the page's address (NULL: none), named by what it leads to. Only the web's own
 * become links. */
void doc_link(struct doc *d, const char *base, const char *below, const char *label);
/* The foot; text and html become the mail's. */
void doc_end(struct doc *d, struct mail *m);

#endif
