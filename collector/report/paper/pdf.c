/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The PDF by cairo, in two runs (pdf_press.h), then finished by pdf_tags.c with what cairo 1.16
 * cannot write. */
#include "collector/report/paper/pdf.h"

#include <cairo-pdf.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/report/paper/pdf_flow.h"
#include "collector/report/paper/pdf_press.h"
#include "collector/report/paper/pdf_tags.h"

#define MAX_PDF (64u << 20)

/* Cairo's bytes. */
static cairo_status_t
take(void *arg, const unsigned char *data, unsigned int n)
{
	struct buf *b = arg;

	if (b->len + n > MAX_PDF)
		return CAIRO_STATUS_WRITE_ERROR;
	buf_put(b, data, n);
	return CAIRO_STATUS_SUCCESS;
}

/* Cover, contents, blocks: one run. */
static void
run(struct press *p)
{
	press_begin(p, "Document", NULL);
	front_cover(p);
	front_contents(p);
	flow_put(p);
	press_finish(p);
	press_end(p, "Document");
	p->pages = p->page;
}

/* Title, author and the rest. */
static void
put_metadata(cairo_surface_t *s, const struct doc_parts *parts, int64_t made_s)
{
	const struct doc_front *f = &parts->front;
	time_t t = (time_t)made_s;
	char text[512];
	struct tm tm;

	snprintf(text, sizeof text, "%s: %s, %s%s%s", f->centre, f->title, f->period,
	    f->zone == NULL ? "" : ", ", f->zone == NULL ? "" : f->zone);
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_TITLE, text);
	cairo_pdf_surface_set_metadata(
	    s, CAIRO_PDF_METADATA_AUTHOR, f->organisation != NULL ? f->organisation : f->centre);
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_SUBJECT, f->title);
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_KEYWORDS, f->period);
	snprintf(text, sizeof text, "zonewatch %s", f->version == NULL ? "" : f->version);
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATOR, text);
	if (gmtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0) {
		cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, text);
		cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_MOD_DATE, text);
	}
}

/* Bookmarks: all headings, nested by level. */
static void
put_outline(cairo_surface_t *s, const struct doc_parts *parts)
{
	int above[4] = { CAIRO_PDF_OUTLINE_ROOT, CAIRO_PDF_OUTLINE_ROOT, CAIRO_PDF_OUTLINE_ROOT,
		CAIRO_PDF_OUTLINE_ROOT };

	for (size_t i = 0; i < parts->nblocks; i++) {
		const struct block *b = &parts->blocks[i];
		char dest[32], text[256];
		if (b->kind != BLOCK_HEADING)
			continue;
		snprintf(dest, sizeof dest, "dest='b%zu'", i);
		snprintf(text, sizeof text, "%s  %s", b->label, b->text);
		int id = cairo_pdf_surface_add_outline(s, above[b->level - 1], text, dest,
		    b->level == 1 ? 0 : CAIRO_PDF_OUTLINE_FLAG_OPEN);
		for (int level = b->level; level < 4; level++)
			above[level] = id;
	}
}

int
pdf_write(struct buf *b, const struct doc *d, int64_t made_s, struct err *e)
{
	const struct doc_parts *parts = doc_parts(d);
	struct buf raw = { 0 };
	cairo_surface_t *s =
	    cairo_pdf_surface_create_for_stream(take, &raw, PAGE_WIDTH, PAGE_HEIGHT);
	struct press *p = press_new(parts, s);

	put_metadata(s, parts, made_s);
	p->dry = true;
	run(p);
	p->dry = false;
	p->page = 1;
	run(p);
	put_outline(s, parts);
	cairo_status_t why = cairo_status(p->cr);
	press_free(p);
	cairo_surface_finish(s);
	why = why != CAIRO_STATUS_SUCCESS ? why : cairo_surface_status(s);
	cairo_surface_destroy(s);
	int rc = why == CAIRO_STATUS_SUCCESS
		     ? tags_finish(b, &raw, parts, e)
		     : err_set(e, "no PDF: %s", cairo_status_to_string(why));
	buf_free(&raw);
	return rc;
}
