/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTML. Headings are a level deeper than in the document, for the title is h1; a table's first
 * cell is its row's head if it is text; pictures say in words what they show. */
#include "collector/report/paper/page.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/chart/chart.h"
#include "collector/report/paper/doc_parts.h"
#include "zw/alloc.h"
#include "zw/markup.h"

#define BRIEF 20	 /* bytes of a cell that is not broken into lines */
#define CHART_WIDTH 960u /* pixels; CSS fits it to the window */
#define CHART_HALF 560u
#define CHART_LOWEST 100.0 /* that chart_picture() draws */
#define CHART_HIGHEST 4000.0
#define CHART_POINT 1.5 /* pixels of a point, and */
#define CHART_EDGE 16.0 /* points of margin that chart_picture() has */

struct page {
	struct buf *b;
	const struct doc_parts *parts;
	int level; /* of the section that is open; 0: none */
};

/* A text as content or as an attribute between double quotes. */
static void
put_text(struct buf *b, const char *s)
{
	for (; s != NULL && *s != '\0'; s++) {
		const char *e = markup_entity(*s);
		if (e != NULL)
			buf_text(b, e);
		else
			buf_u8(b, (uint8_t)*s);
	}
}

/* <tag>text</tag>; nothing of no text. */
static void
put_element(struct buf *b, const char *open, const char *text, const char *close)
{
	if (text == NULL || *text == '\0')
		return;
	buf_text(b, open);
	put_text(b, text);
	buf_text(b, close);
}

/* Numbers into markup; no text of anybody's goes through here. */
static void __attribute__((format(printf, 2, 3))) putf(struct buf *b, const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	buf_text(b, text);
}

static const char *
state_class(enum doc_state s)
{
	static const char *const classes[] = { [DOC_OK] = "ok",
		[DOC_WARNING] = "warning",
		[DOC_CRITICAL] = "critical",
		[DOC_UNKNOWN] = "unknown",
		[DOC_PLAIN] = "plain" };

	return classes[s];
}

/* A row of the facts below the title. */
static void
put_fact(struct buf *b, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	put_element(b, "<dt>", name, "</dt>");
	put_element(b, "<dd>", value, "</dd>\n");
}

static void
put_facts(struct buf *b, const struct doc_parts *p)
{
	const struct doc_front *f = &p->front;
	char text[CELL_TEXT_MAX];
	enum lang l = p->lang;

	buf_text(b, "<dl class=\"facts\">\n");
	put_fact(b, lang_text(l, "Data completeness"), front_completeness(f, l, text));
	put_fact(b, lang_text(l, "Data until"), front_data_end(f, l, text));
	put_fact(
	    b, lang_text(l, "Scope"), f->zone != NULL ? f->zone : lang_text(l, "The whole site"));
	snprintf(text, sizeof text, "zonewatch %s", f->version == NULL ? "" : f->version);
	put_fact(b, lang_text(l, "Program"), text);
	put_fact(b, lang_text(l, "Configuration revision"), f->revision);
	buf_text(b, "</dl>\n");
}

/* One line of the contents. */
static void
put_entry(struct buf *b, size_t i, const struct block *h)
{
	putf(b, "<a href=\"#b%zu\"><span class=\"no\">", i);
	put_text(b, h->label);
	buf_text(b, "</span>");
	put_text(b, h->text);
	buf_text(b, "</a>");
}

/* The contents: a list of the first level with lists of the second. */
static void
put_contents(struct buf *b, const struct doc_parts *p)
{
	int level = 0;

	put_element(b, "<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">",
	    lang_text(p->lang, "Contents"), "</h2>\n<ol>\n");
	for (size_t i = 0; i < p->nblocks; i++) {
		const struct block *h = &p->blocks[i];
		if (h->kind != BLOCK_HEADING || h->level > 2 || (level == 0 && h->level == 2))
			continue;
		buf_text(b, level == 0		? ""
			    : level == h->level ? "</li>\n"
			    : level < h->level	? "\n<ol>\n"
						: "</li>\n</ol>\n</li>\n");
		buf_text(b, "<li>");
		put_entry(b, i, h);
		level = h->level;
	}
	buf_text(b, level == 2 ? "</li>\n</ol>\n</li>\n" : level == 1 ? "</li>\n" : "");
	buf_text(b, "</ol>\n</nav>\n");
}

/* Where somebody signs. */
static void
put_signature(struct buf *b, enum lang l, const char *what, const char *who)
{
	put_element(b, "<div><p>", what, "</p>");
	put_element(b, "<p>", who, "</p>");
	put_element(b, "<p class=\"line\">", lang_text(l, "name, signature, date"), "</p></div>\n");
}

/* Everything before the sections. */
static void
put_head(struct buf *b, const struct doc_parts *p)
{
	const struct doc_front *f = &p->front;
	enum lang l = p->lang;

	buf_text(b, "<!DOCTYPE html>\n<html lang=\"");
	buf_text(b, lang_word(l));
	buf_text(b,
	    "\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	    "'unsafe-inline'\">\n<title>");
	put_text(b, f->centre);
	buf_text(b, ": ");
	put_text(b, f->title);
	put_element(b, ", ", f->period, "");
	put_element(b, ", ", f->zone, "");
	buf_text(b, "</title>\n");
	put_element(b, "<meta name=\"author\" content=\"",
	    f->organisation != NULL ? f->organisation : f->centre, "\">\n");
	buf_text(b, "<style>\n");
	page_style(b);
	buf_text(b, "</style>\n</head>\n<body>\n");
	put_element(
	    b, "<a class=\"skip\" href=\"#main\">", lang_text(l, "Skip to the content"), "</a>\n");
	buf_text(b, "<header>\n");
	put_element(b, "<p class=\"by\">", f->organisation, "</p>\n");
	put_element(b, "<p>", f->centre, "</p>\n");
	put_element(b, "<h1>", f->title, "</h1>\n");
	put_element(b, "<p class=\"period\">", f->period, "</p>\n");
	put_element(b, "<p class=\"period\">", f->zone, "</p>\n");
	put_facts(b, p);
	buf_text(b, "<div class=\"signatures\">\n");
	put_signature(b, l, lang_text(l, "Prepared by"), f->prepared);
	put_signature(b, l, lang_text(l, "Approved by"), f->approved);
	buf_text(b, "</div>\n</header>\n");
	put_contents(b, p);
	buf_text(b, "<main id=\"main\" tabindex=\"-1\">\n");
}

/* A heading; of level 1 it begins a section. */
static void
put_heading(struct page *g, size_t i)
{
	const struct block *h = &g->parts->blocks[i];

	if (h->level == 1) {
		buf_text(g->b, g->level > 0 ? "</section>\n" : "");
		putf(g->b, "<section class=\"part\" aria-labelledby=\"b%zu\">\n", i);
		g->level = 1;
	}
	putf(g->b, "<h%d id=\"b%zu\"><span class=\"no\">", h->level + 1, i);
	put_text(g->b, h->label);
	buf_text(g->b, "</span>");
	put_text(g->b, h->text);
	putf(g->b, "</h%d>\n", h->level + 1);
}

/* One card. */
static void
put_card(struct buf *b, const struct block *c, enum lang l)
{
	putf(b, "<li class=\"card %s\"><span class=\"sign\" aria-hidden=\"true\">%s</span>",
	    state_class(c->state), state_sign(c->state));
	put_element(b, "<span class=\"label\">", c->label, "</span> ");
	put_element(b, "<span class=\"value\">", c->value, "</span> ");
	put_element(b, "<span class=\"below\">", c->below, "</span> ");
	put_element(b, "<span class=\"unseen\">", state_word(c->state, l), "</span></li>\n");
}

/* Whether the cell is set right. */
static bool
is_number(const struct doc_column *column, const struct cell *c)
{
	return column->number || c->kind == CELL_NUMBER || c->kind == CELL_CHANGE;
}

/* One cell. */
static void
put_cell(
    struct buf *b, const struct doc_column *column, const struct cell *c, bool first, enum lang l)
{
	char text[CELL_TEXT_MAX];

	if (c->kind == CELL_STATE) {
		putf(b,
		    "<td class=\"state %s\"><span class=\"sign\" aria-hidden=\"true\">%s</span>",
		    state_class(c->state), state_sign(c->state));
		put_text(b, c->text != NULL ? c->text : state_word(c->state, l));
		buf_text(b, "</td>");
		return;
	}
	bool head = first && c->kind == CELL_TEXT;
	buf_text(b, head ? "<th scope=\"row\"" : "<td");
	bool brief = c->kind == CELL_TEXT && c->text != NULL && strlen(c->text) < BRIEF;
	buf_text(b, is_number(column, c) ? " class=\"n\">" : brief ? " class=\"s\">" : ">");
	put_text(b, cell_format(c, l, text));
	buf_text(b, head ? "</th>" : "</td>");
}

/* The titles of the columns. */
static void
put_titles(struct buf *b, const struct block *t, enum lang l)
{
	buf_text(b, "<thead>\n<tr>");
	for (size_t j = 0; j < t->ncolumns; j++) {
		buf_text(b,
		    t->columns[j].number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
		put_text(b, t->columns[j].title);
		put_element(b, " <span class=\"unit\">", column_unit(&t->columns[j], l), "</span>");
		buf_text(b, "</th>");
	}
	buf_text(b, "</tr>\n</thead>\n");
}

/* A table; one without rows is a sentence. */
static void
put_table(struct buf *b, const struct block *t, size_t at, enum lang l)
{
	if (t->nprinted == 0) {
		put_element(b, "<p><b>", t->text, "</b></p>\n");
		put_element(b, "<p class=\"note\">", t->when_empty, "</p>\n");
		return;
	}
	bool named = t->text != NULL && *t->text != '\0';
	buf_text(b, "<div class=\"scroll\" tabindex=\"0\"");
	if (named)
		putf(b, " role=\"region\" aria-labelledby=\"c%zu\"", at);
	buf_text(b, ">\n<table>\n");
	if (named) {
		putf(b, "<caption id=\"c%zu\">", at);
		put_element(b, "", t->text, "</caption>\n");
	}
	put_titles(b, t, l);
	buf_text(b, "<tbody>\n");
	for (size_t i = 0; i < t->nprinted; i++) {
		buf_text(b, t->lines[i].total ? "<tr class=\"total\">" : "<tr>");
		for (size_t j = 0; j < t->ncolumns; j++)
			put_cell(b, &t->columns[j], &t->lines[i].cells[j], j == 0, l);
		buf_text(b, "</tr>\n");
	}
	buf_text(b, "</tbody>\n</table>\n</div>\n");
}

/* The SVG of a chart within the page: without what comes before its element, and with its words. */
static int
put_svg(struct page *g, const struct block *c, size_t at, struct err *e)
{
	unsigned width = c->share < 0.75 ? CHART_HALF : CHART_WIDTH;
	double points = width / CHART_POINT - CHART_EDGE;
	/* A calendar of one row is lower than any picture may be; one of hundreds higher. */
	double wanted = (chart_height(c->chart, points) + CHART_EDGE) * CHART_POINT;
	unsigned height = (unsigned)fmin(fmax(wanted, CHART_LOWEST), CHART_HIGHEST);
	struct buf svg = { 0 };

	if (chart_picture(&svg, c->chart, CHART_SVG, width, height, e) == -1) {
		buf_free(&svg);
		return -1;
	}
	const uint8_t *from = memmem(svg.data, svg.len, "<svg", 4);
	const uint8_t *body =
	    from == NULL ? NULL : memchr(from, '>', svg.len - (size_t)(from - svg.data));
	if (body == NULL) {
		buf_free(&svg);
		return err_set(e, "a chart's SVG is none");
	}
	buf_put(g->b, from, (size_t)(body - from));
	char *says = chart_says(c, g->parts->lang);
	putf(g->b, " role=\"img\" aria-labelledby=\"d%zu\">\n", at);
	putf(g->b, "<desc id=\"d%zu\">", at);
	put_text(g->b, says);
	buf_text(g->b, "</desc>");
	free(says);
	buf_put(g->b, body + 1, svg.len - (size_t)(body + 1 - svg.data));
	buf_free(&svg);
	return 0;
}

/* A chart with its caption. */
static int
put_chart(struct page *g, const struct block *c, size_t at, struct err *e)
{
	buf_text(g->b, c->share < 0.75 ? "<figure class=\"half\">\n" : "<figure>\n");
	put_element(g->b, "<figcaption>", c->text, "</figcaption>\n");
	int rc = put_svg(g, c, at, e);
	buf_text(g->b, "</figure>\n");
	return rc;
}

/* The tag around consecutive blocks of a kind, opening or closing. */
static const char *
around(const struct block *b, bool open)
{
	if (b->kind == BLOCK_CARD)
		return open ? "<ul class=\"cards\">\n" : "</ul>\n";
	if (b->kind == BLOCK_ITEM && b->numbered)
		return open ? "<ol>\n" : "</ol>\n";
	if (b->kind == BLOCK_ITEM)
		return open ? "<ul>\n" : "</ul>\n";
	if (b->kind == BLOCK_CHART)
		return open ? "<div class=\"charts\">\n" : "</div>\n";
	return "";
}

/* Whether both stand in the same list. */
static bool
is_alike(const struct block *a, const struct block *b)
{
	return a->kind == b->kind && a->numbered == b->numbered;
}

/* One block. */
static int
put_block(struct page *g, size_t i, struct err *e)
{
	const struct block *b = &g->parts->blocks[i];
	enum lang l = g->parts->lang;

	switch (b->kind) {
	case BLOCK_HEADING:
		put_heading(g, i);
		break;
	case BLOCK_PARAGRAPH:
		put_element(g->b, "<p>", b->text, "</p>\n");
		break;
	case BLOCK_NOTE:
		put_element(g->b, "<p class=\"note\">", b->text, "</p>\n");
		break;
	case BLOCK_ITEM:
		put_element(g->b, "<li>", b->text, "</li>\n");
		break;
	case BLOCK_CARD:
		put_card(g->b, b, l);
		break;
	case BLOCK_TABLE:
		put_table(g->b, b, i, l);
		break;
	case BLOCK_CHART:
		return put_chart(g, b, i, e);
	case BLOCK_SHEET: /* the CSV's */
		break;
	}
	return 0;
}

int
page_write(struct buf *b, const struct doc *d, int64_t made_s, struct err *e)
{
	const struct doc_parts *p = doc_parts(d);
	struct page g = { .b = b, .parts = p };
	int rc = 0;

	(void)made_s; /* the facts say until when the data are */
	put_head(b, p);
	for (size_t i = 0; rc == 0 && i < p->nblocks; i++) {
		const struct block *k = &p->blocks[i];
		if (i == 0 || !is_alike(k, k - 1))
			buf_text(b, around(k, true));
		rc = put_block(&g, i, e);
		if (i + 1 == p->nblocks || !is_alike(k, k + 1))
			buf_text(b, around(k, false));
	}
	buf_text(b, g.level > 0 ? "</section>\n" : "");
	buf_text(b, "</main>\n</body>\n</html>\n");
	return rc;
}
