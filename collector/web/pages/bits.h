/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bits: pieces of HTML that the pages of stories share: moments, spans, tables, facts, fields of
 * forms, filters and the way to the next page. Every label is a text of ours in English, said in
 * the reader's language here. */
#ifndef COLLECTOR_WEB_PAGES_BITS_H
#define COLLECTOR_WEB_PAGES_BITS_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/web/request.h"
#include "zw/buf.h"
#include "zw/lang.h"

struct collector;
struct node;

#define BITS_PAGE 50 /* rows of a list at once */

/* "14:02:05" of today, else "21.11.2026 14:02:05"; with a machine's form beside it. */
void bits_time(struct buf *b, enum lang l, int64_t ms, int64_t now_ms);
/* "3 min 20 s", by the seconds that are shown. */
void bits_span(struct buf *b, enum lang l, int64_t from_ms, int64_t to_ms);
/* The badge of a severity: sign, word, colour; past: less loud. */
void bits_severity(struct buf *b, enum lang l, enum wire_severity s, bool past);
/* What holds of an alert beside its state (acknowledged, silenced, what it follows from), each on a
 * line of its own below what was written. */
void bits_flags(struct buf *b, enum lang l, const struct alert *a);
/* A word for people of one for programs ("accepted", "silence-end"); itself if it is not ours. */
const char *bits_word(enum lang l, const char *word);

/* Links, with the names that people know them by. */
void bits_zone(struct buf *b, const struct collector *c, enum lang l, const char *zone);
void bits_node(struct buf *b, const struct collector *c, const char *node);
void bits_incident(struct buf *b, uint64_t id);

/* A table in a box that scrolls by itself; heads ends with NULL; one that begins with '>' has its
 * column to the right. caption may be NULL. */
void bits_table(struct buf *b, enum lang l, const char *caption, const char *const *heads);
void bits_table_end(struct buf *b);
/* A definition: <dt>label</dt><dd>, closed by bits_fact_end(). */
void bits_fact(struct buf *b, enum lang l, const char *label);
void bits_fact_end(struct buf *b);
/* The same with its text. */
void bits_fact_text(struct buf *b, enum lang l, const char *label, const char *text);
/* The same with a number that counts. */
void bits_fact_count(struct buf *b, enum lang l, const char *label, uint64_t n);

/* A labelled field; value, hint may be NULL; type "text", "search", "date", ... */
struct bits_field {
	const char *name;
	const char *label;
	const char *type;
	const char *value;
	const char *hint;
	unsigned max; /* characters; 0: 120 */
	bool needed;
};
void bits_field(struct buf *b, enum lang l, const struct bits_field *f);
/* A choice: words are the values, said by bits_word(); all: what "" is called, NULL: not offered.
 */
void bits_choice(struct buf *b, enum lang l, const char *name, const char *label, const char *all,
    const char *const *words, const char *chosen);
/* The zones of the site, by their titles, and the site itself. */
void bits_zones(struct buf *b, const struct collector *c, enum lang l, const char *chosen);
/* Likewise for what is made of a zone, or of the whole site, which is chosen. */
void bits_scope(struct buf *b, const struct collector *c, enum lang l);
/* Who acts: the account's name, nothing to fill in; of a nameless token a field for it. */
void bits_author(struct buf *b, const struct request *rq);
void bits_button(struct buf *b, enum lang l, const char *text);

/* What a list is asked for by its address: from=, to= (days, YYYY-MM-DD, local, both inclusive),
 * page= (1...). */
struct bits_span {
	int64_t from_ms; /* 0: from the beginning */
	int64_t to_ms;	 /* 0: to now */
	unsigned page;	 /* from 0 */
};
struct bits_span bits_asked(const struct request *rq);
/* The fields of the days. */
void bits_days(struct buf *b, const struct request *rq);
/* A parameter that is not empty, or NULL. */
const char *bits_param(const struct request *rq, const char *name);
/* The way to newer and older rows: the same address with another page=. */
void bits_pages(
    struct buf *b, const struct request *rq, const char *path, unsigned page, bool more);

#endif
