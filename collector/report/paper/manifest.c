/* SPDX-License-Identifier: GPL-3.0-or-later */
/* collector/shelf.h tells the JSON as its reader needs it; "from_s", "to_s" and "version" are for
 * people. */
#include "collector/report/paper/manifest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/figures.h"
#include "collector/report/paper/doc_parts.h"
#include "collector/report/paper/paper.h"
#include "zw/alloc.h"
#include "zw/digest.h"

/* Two texts grow side by side: languages and files are told of in turn. */
struct manifest {
	const struct figures *f;
	double completeness;
	struct buf summary, files;
	struct json sj, fj;
};

struct manifest *
manifest_new(const struct figures *f)
{
	struct manifest *m = xcalloc(1, sizeof *m);

	m->f = f;
	m->completeness = NAN;
	m->sj = json_over(&m->summary);
	m->fj = json_over(&m->files);
	json_object(&m->sj, NULL);
	json_array(&m->fj, NULL);
	return m;
}

void
manifest_free(struct manifest *m)
{
	if (m == NULL)
		return;
	buf_free(&m->summary);
	buf_free(&m->files);
	free(m);
}

/* Paragraphs and items of the section "summary": what a mail says in its body. */
static void
put_summary(struct json *j, const struct doc_parts *p)
{
	bool in = false;

	json_array(j, lang_word(p->lang));
	for (size_t i = 0; i < p->nblocks; i++) {
		const struct block *b = &p->blocks[i];
		if (b->kind == BLOCK_HEADING && b->level == 1)
			in = b->id != NULL && strcmp(b->id, "summary") == 0;
		if (in && (b->kind == BLOCK_PARAGRAPH || b->kind == BLOCK_ITEM))
			json_text(j, NULL, b->text);
	}
	json_end(j);
}

void
manifest_language(struct manifest *m, const struct doc *d)
{
	const struct doc_parts *p = doc_parts(d);

	m->completeness = p->front.completeness;
	put_summary(&m->sj, p);
}

void
manifest_file(struct manifest *m, const char *name, const struct buf *b)
{
	uint8_t digest[DIGEST_SIZE];
	char hex[2 * DIGEST_SIZE + 1];

	digest_make(b->data, b->len, digest);
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	json_object(&m->fj, NULL);
	json_text(&m->fj, "name", name);
	json_uint(&m->fj, "bytes", b->len);
	json_text(&m->fj, "sha256", hex);
	json_end(&m->fj);
}

/* Put a finished JSON text behind a key. */
static void
put_raw(struct buf *b, const char *key, const struct buf *text)
{
	buf_text(b, key);
	buf_put(b, text->data, text->len);
}

void
manifest_write(struct manifest *m, struct buf *b)
{
	const struct period *p = &m->f->now.period;
	struct json j = json_over(b);
	char name[PERIOD_NAME];

	json_end(&m->sj);
	json_end(&m->fj);
	period_name(p, name);
	json_object(&j, NULL);
	json_text(&j, "period", name);
	json_int(&j, "from_s", p->from_s);
	json_int(&j, "to_s", p->to_s);
	json_text(&j, "zone", m->f->zone == NULL ? NULL : m->f->zone->name);
	if (paper_data_end(m->f) == 0)
		json_null(&j, "data_end_s");
	else
		json_int(&j, "data_end_s", paper_data_end(m->f));
	json_number(&j, "completeness", 100 * m->completeness);
	json_text(&j, "version", ZW_VERSION);
	put_raw(b, ",\"summary\":", &m->summary);
	put_raw(b, ",\"files\":", &m->files);
	json_end(&j);
	buf_u8(b, '\n');
}
