/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ZIP is made in memory by libzip. Its entries have one time and one mode, so that the same
 * document gives the same bytes. */
#include "collector/report/paper/sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <zip.h>

#include "collector/report/paper/doc_parts.h"
#include "collector/report/paper/sheet_parts.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define NAME_SIZE 80
#define MAX_ZIP (64u << 20)

/* A ZIP that grows. */
struct folder {
	zip_t *zip;
	struct buf readme;
	int64_t when_s;
	struct err *e;
};

/* Add a file with these bytes. */
static int
add(struct folder *f, const char *name, const struct buf *b)
{
	void *data = xmemdup(b->data == NULL ? (const void *)"" : b->data, b->len);
	zip_source_t *source = zip_source_buffer(f->zip, data, b->len, 1);

	if (source == NULL) {
		free(data);
		return err_set(f->e, "%s: %s", name, zip_strerror(f->zip));
	}
	zip_int64_t at = zip_file_add(f->zip, name, source, ZIP_FL_ENC_UTF_8);
	if (at == -1) {
		zip_source_free(source);
		return err_set(f->e, "%s: %s", name, zip_strerror(f->zip));
	}
	if (zip_file_set_mtime(f->zip, (zip_uint64_t)at, (time_t)f->when_s, 0) == -1 ||
	    zip_file_set_external_attributes(
		f->zip, (zip_uint64_t)at, 0, ZIP_OPSYS_UNIX, 0100644u << 16) == -1)
		return err_set(f->e, "%s: %s", name, zip_strerror(f->zip));
	return 0;
}

/* A line of the README. */
static void
say(struct buf *b, const char *s)
{
	buf_text(b, s);
	buf_put(b, "\r\n", 2);
}

/* "chart-inlet-2.csv": of a second one with the same id. */
static void
name_file(const struct folder *f, const char *before, const char *id, char name[NAME_SIZE])
{
	char plain[NAME_MAX_NODE + 1];

	str_to_name(plain, sizeof plain, id == NULL || *id == '\0' ? "table" : id);
	snprintf(name, NAME_SIZE, "%s%s.csv", before, plain);
	for (unsigned i = 2; zip_name_locate(f->zip, name, 0) != -1 && i < 1000; i++)
		snprintf(name, NAME_SIZE, "%s%s-%u.csv", before, plain, i);
}

/* Add a CSV, and what it is to the README. */
static int
add_csv(struct folder *f, const char *before, const char *id, const char *what, const struct buf *b)
{
	char name[NAME_SIZE], line[512];

	name_file(f, before, id, name);
	snprintf(line, sizeof line, "%-36s %s", name, what == NULL ? "" : what);
	say(&f->readme, line);
	return add(f, name, b);
}

/* What the files are of, and how they are written. */
static void
begin_readme(struct buf *b, const struct doc_parts *p)
{
	const struct doc_front *front = &p->front;
	const char *texts[] = { front->organisation, front->centre, front->title, front->period,
		front->zone };
	enum lang l = p->lang;

	buf_put(b, "\xef\xbb\xbf", 3);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		if (texts[i] != NULL)
			say(b, texts[i]);
	}
	say(b, "");
	say(b, lang_text(l,
		   "The tables of the report, a file each: UTF-8, cells separated by semicolons."));
	say(b, lang_text(l, "Numbers are not rounded. Durations are in seconds, times local with "
			    "their offset (ISO 8601)."));
	say(b, lang_text(l, "An empty cell: not known."));
	say(b, "");
}

/* A file for each table and chart, one for all key figures. */
static int
fill(struct folder *f, const struct doc_parts *p)
{
	struct buf b = { 0 };
	const char *section = NULL;
	int rc = 0;

	begin_readme(&f->readme, p);
	sheet_cards(&b, p);
	rc = add_csv(f, "", "key-figures", lang_text(p->lang, "Key figures"), &b);
	for (size_t i = 0; rc == 0 && i < p->nblocks; i++) {
		const struct block *k = &p->blocks[i];
		if (k->kind == BLOCK_HEADING)
			section = k->text;
		if (k->kind != BLOCK_TABLE && k->kind != BLOCK_SHEET && k->kind != BLOCK_CHART)
			continue;
		buf_clear(&b);
		if (k->kind != BLOCK_CHART)
			sheet_csv(&b, k, p->lang);
		else
			sheet_chart(&b, k->chart, p->lang);
		rc = add_csv(f, k->kind == BLOCK_CHART ? "chart-" : "", k->id,
		    k->text != NULL ? k->text : section, &b);
	}
	buf_free(&b);
	return rc == 0 ? add(f, "README.txt", &f->readme) : -1;
}

/* The bytes that were written into the source. */
static int
take(struct buf *b, zip_source_t *source, struct err *e)
{
	zip_stat_t st;

	zip_stat_init(&st);
	if (zip_source_open(source) == -1)
		return err_set(e, "the ZIP cannot be read back: %s",
		    zip_error_strerror(zip_source_error(source)));
	int rc = zip_source_stat(source, &st) == 0 && st.size <= MAX_ZIP ? 0 : -1;
	if (rc == 0) {
		uint8_t *to = buf_extend(b, st.size);
		rc = zip_source_read(source, to, st.size) == (zip_int64_t)st.size ? 0 : -1;
	}
	(void)zip_source_close(source);
	return rc == 0 ? 0 : err_set(e, "the ZIP cannot be read back, or is too big");
}

int
sheet_write(struct buf *b, const struct doc *d, int64_t when_s, struct err *e)
{
	struct folder f = { .when_s = when_s, .e = e };
	zip_error_t ze;
	int rc = -1;

	zip_error_init(&ze);
	zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &ze);
	if (source == NULL)
		return err_set(e, "no ZIP: %s", zip_error_strerror(&ze));
	zip_source_keep(source);
	f.zip = zip_open_from_source(source, ZIP_TRUNCATE, &ze);
	if (f.zip == NULL) {
		(void)err_set(e, "no ZIP: %s", zip_error_strerror(&ze));
		zip_source_free(source);
		goto out;
	}
	rc = fill(&f, doc_parts(d));
	if (rc == 0 && zip_close(f.zip) == -1)
		rc = err_set(e, "no ZIP: %s", zip_strerror(f.zip));
	else if (rc == 0)
		f.zip = NULL;
	if (rc == 0)
		rc = take(b, source, e);
	if (f.zip != NULL)
		zip_discard(f.zip);
out:
	zip_source_free(source);
	zip_error_fini(&ze);
	buf_free(&f.readme);
	return rc;
}
