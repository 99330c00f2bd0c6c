/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cairo's file is a plain one: a table of offsets at its end (ISO 32000-1, 7.5.4), objects one
 * after the other, dictionaries as text. It is copied object by object; those of interest get an
 * entry more before their end, and the offsets are written anew. Anything that is not so is an
 * error. */
#include "collector/report/paper/pdf_tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/paper/doc_parts.h"
#include "zw/alloc.h"
#include "zw/str.h"
#include "zw/utf8.h"

#define ENTRY 20 /* bytes of a row of the table of offsets */
#define MAX_OBJECTS 200000
#define MAX_DICTIONARY 16384 /* nothing of interest has a longer one */

/* An object of the file. */
struct object {
	size_t id;
	size_t at; /* in the raw file; of the copy, once it is written */
	size_t end;
};

struct copier {
	const struct doc_parts *parts;
	const struct buf *raw;
	struct buf *out;
	size_t base;		/* where the copy begins in out */
	struct object *objects; /* by place */
	size_t n;
	size_t table; /* where the raw file's table is */
	size_t chart; /* the block behind that of the last figure */
};

/* Where a text first is within [from, to); to: nowhere. */
static size_t
find(const struct buf *b, size_t from, size_t to, const char *text)
{
	const void *p = memmem(b->data + from, to - from, text, strlen(text));

	return p == NULL ? to : (size_t)((const uint8_t *)p - b->data);
}

/* A decimal number of so many digits, or -1. */
static int64_t
digits(const struct buf *b, size_t at, size_t n)
{
	char text[24];
	uint64_t v;

	if (n >= sizeof text || at + n > b->len)
		return -1;
	memcpy(text, b->data + at, n);
	text[n] = '\0';
	return str_to_u64(text, 0, INT64_MAX, &v) == 0 ? (int64_t)v : -1;
}

/* By place in the file. */
static int
compare(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Where the table of offsets is, by the last words of the file. */
static int
find_table(struct copier *c)
{
	const struct buf *raw = c->raw;
	size_t tail = raw->len > 64 ? raw->len - 64 : 0,
	       at = find(raw, tail, raw->len, "startxref\n");

	if (at == raw->len)
		return -1;
	at += strlen("startxref\n");
	size_t end = find(raw, at, raw->len, "\n");
	int64_t table = digits(raw, at, end - at);
	if (table < 0 || (size_t)table + 8 > raw->len ||
	    memcmp(raw->data + table, "xref\n0 ", 7) != 0)
		return -1;
	c->table = (size_t)table;
	return 0;
}

/* The objects by their places. */
static int
read_table(struct copier *c)
{
	const struct buf *raw = c->raw;

	if (raw->len == 0 || find_table(c) == -1)
		return -1;
	size_t at = c->table + 7, end = find(raw, at, raw->len, "\n");
	int64_t n = digits(raw, at, end - at);
	if (n < 1 || n > MAX_OBJECTS || end + 1 + (size_t)n * ENTRY > raw->len)
		return -1;
	c->objects = xcalloc((size_t)n, sizeof *c->objects);
	for (size_t i = 1; i < (size_t)n; i++) {
		int64_t place = digits(raw, end + 1 + i * ENTRY, 10);
		if (place <= 0 || (size_t)place >= c->table)
			return -1;
		c->objects[c->n++] = (struct object){ .id = i, .at = (size_t)place };
	}
	qsort(c->objects, c->n, sizeof *c->objects, compare);
	for (size_t i = 0; i < c->n; i++)
		c->objects[i].end = i + 1 < c->n ? c->objects[i + 1].at : c->table;
	return 0;
}

/* A text as hex of UTF-16 (7.9.2.2); what is not UTF-8 becomes U+FFFD. */
static void
put_utf16(struct buf *b, const char *s)
{
	char hex[16];

	buf_text(b, "<FEFF");
	for (size_t left = strlen(s); left > 0;) {
		size_t n = utf8_length(s, left);
		const unsigned char *u = (const unsigned char *)s;
		unsigned c = 0xfffd;
		if (n == 1)
			c = u[0];
		else if (n == 2)
			c = (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu);
		else if (n == 3)
			c = (u[0] & 0xfu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
		else if (n == 4)
			c = (u[0] & 7u) << 18 | (u[1] & 0x3fu) << 12 | (u[2] & 0x3fu) << 6 |
			    (u[3] & 0x3fu);
		if (c >= 0x10000)
			snprintf(hex, sizeof hex, "%04X%04X", 0xd800 + ((c - 0x10000) >> 10),
			    0xdc00 + ((c - 0x10000) & 0x3ff));
		else
			snprintf(hex, sizeof hex, "%04X", c);
		buf_text(b, hex);
		n = n == 0 ? 1 : n;
		s += n;
		left -= n;
	}
	buf_text(b, ">");
}

/* The alternate text of the next figure. */
static void
put_alternate(struct copier *c)
{
	const struct doc_parts *p = c->parts;

	while (c->chart < p->nblocks && p->blocks[c->chart].kind != BLOCK_CHART)
		c->chart++;
	if (c->chart == p->nblocks)
		return;
	char *says = chart_says(&p->blocks[c->chart++], p->lang);
	buf_text(c->out, "   /Alt ");
	put_utf16(c->out, says);
	buf_text(c->out, "\n");
	free(says);
}

/* What the dictionary that is [at, end) gets beside what it has. */
static void
put_more(struct copier *c, size_t at, size_t end)
{
	const struct buf *raw = c->raw;
	bool element = find(raw, at, end, "/Type /StructElem") != end;

	if (find(raw, at, end, "/Type /Catalog") != end) {
		buf_text(c->out, "   /Lang (");
		buf_text(c->out, lang_word(c->parts->lang));
		buf_text(c->out, ")\n   /ViewerPreferences << /DisplayDocTitle true >>\n");
	} else if (element && find(raw, at, end, "/S /Figure\n") != end) {
		put_alternate(c);
	} else if (element && find(raw, at, end, "/S /TH\n") != end) {
		buf_text(c->out, "   /A << /O /Table /Scope /Column >>\n");
	}
}

/* Copy the dictionary that is [at, end): cairo 1.16 forgets the "D:" that dates begin with (7.9.4).
 */
static void
put_dictionary(struct copier *c, size_t at, size_t end)
{
	static const char date[] = "Date (";
	const struct buf *raw = c->raw;

	for (size_t next; at < end; at = next) {
		next = find(raw, at, end, date);
		bool found = next != end;
		next += found ? strlen(date) : 0;
		buf_put(c->out, raw->data + at, next - at);
		if (found && raw->data[next] != 'D')
			buf_text(c->out, "D:");
	}
}

/* Copy one object. */
static void
copy_object(struct copier *c, struct object *o)
{
	const struct buf *raw = c->raw;
	size_t last = o->end - o->at > MAX_DICTIONARY ? o->at + MAX_DICTIONARY : o->end;
	size_t close = find(raw, o->at, last, ">>\nendobj"), from = o->at;

	o->at = c->out->len - c->base;
	if (close != last && find(raw, from, close, "stream\n") == close) {
		put_dictionary(c, from, close);
		put_more(c, from, close);
		from = close;
	}
	buf_put(c->out, raw->data + from, o->end - from);
}

/* By number, as the table has them. */
static int
compare_ids(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* The table of offsets, and the trailer as it was. */
static int
put_table(struct copier *c)
{
	const struct buf *raw = c->raw;
	size_t trailer = find(raw, c->table, raw->len, "trailer");
	size_t end = find(raw, trailer, raw->len, "startxref\n"), at = c->out->len - c->base;
	char text[64];

	if (end == raw->len)
		return -1;
	snprintf(text, sizeof text, "xref\n0 %zu\n0000000000 65535 f \n", c->n + 1);
	buf_text(c->out, text);
	qsort(c->objects, c->n, sizeof *c->objects, compare_ids);
	for (size_t i = 0; i < c->n; i++) {
		snprintf(text, sizeof text, "%010zu 00000 n \n", c->objects[i].at);
		buf_text(c->out, text);
	}
	buf_put(c->out, raw->data + trailer, end - trailer);
	snprintf(text, sizeof text, "startxref\n%zu\n%%%%EOF\n", at);
	buf_text(c->out, text);
	return 0;
}

int
tags_finish(struct buf *b, const struct buf *raw, const struct doc_parts *parts, struct err *e)
{
	struct copier c = { .parts = parts, .raw = raw, .out = b, .base = b->len };
	int rc = read_table(&c);

	if (rc == 0 && c.n > 0) {
		buf_put(b, raw->data, c.objects[0].at);
		for (size_t i = 0; i < c.n; i++)
			copy_object(&c, &c.objects[i]);
		rc = put_table(&c);
	}
	free(c.objects);
	return rc == 0 ? 0 : err_set(e, "the PDF is not as cairo 1.16 writes it");
}
