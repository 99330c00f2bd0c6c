/* SPDX-License-Identifier: GPL-3.0-or-later */
/* walk_read: recordings of devices: what `snmpwalk -On` prints, and snmpsim's .snmprec. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/walk.h"
#include "agent/gateway/walk_value.h"
#include "zw/fs.h"

/* Keep what was read. */
static int
reading_keep(struct walk_reading *r, struct walk *w)
{
	r->v.oid = oid_of(&r->oid);
	if (r->v.type == VARBIND_OID)
		r->v.oid_value = oid_of(&r->value);
	if (r->v.type == VARBIND_STRING || r->v.type == VARBIND_ADDRESS) {
		r->v.bytes.p = r->bytes.data;
		r->v.bytes.n = r->bytes.len;
	}
	return walk_add(w, &r->v) ? 0 : -1;
}

/* The end of the line at p. */
static const char *
line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl != NULL ? nl : end;
}

/* Whether a line begins with "OID = "; then the OID, and where the value starts. */
static bool
starts_binding(struct walk_span line, struct walk_span *oid, const char **value)
{
	const char *p = line.p;

	if (p < line.end && *p == '.')
		p++;
	if (line.end - p > 4 && memcmp(p, "iso.", 4) == 0)
		p += 4;
	while (p < line.end && ((*p >= '0' && *p <= '9') || *p == '.'))
		p++;
	if (p == line.p || line.end - p < 2 || p[0] != ' ' || p[1] != '=')
		return false;
	*oid = (struct walk_span){ .p = line.p, .end = p };
	*value = p + 2;
	return true;
}

/* Reads what net-snmp printed. A value goes on until the next line that begins a binding, for
 * texts have line ends in them and hex is folded. Returns the lines that were none. */
static size_t
read_walk(struct walk *w, struct walk_span all)
{
	size_t bad = 0;
	struct walk_reading r = { 0 };
	struct walk_span oid, next_oid;
	const char *value, *next_value;

	for (const char *p = all.p; p < all.end;) {
		struct walk_span line = { .p = p, .end = line_end(p, all.end) };
		p = line.end + 1;
		if (!starts_binding(line, &oid, &value)) {
			bad += line.end > line.p;
			continue;
		}
		while (p < all.end) {
			struct walk_span next = { .p = p, .end = line_end(p, all.end) };
			if (starts_binding(next, &next_oid, &next_value))
				break;
			line.end = next.end;
			p = next.end + 1;
		}
		buf_clear(&r.bytes);
		r.v = (struct varbind){ 0 };
		if (walk_value_oid(oid, &r.oid) == -1 ||
		    walk_value_printed((struct walk_span){ .p = value, .end = line.end }, &r) ==
			-1 ||
		    reading_keep(&r, w) == -1)
			bad++;
	}
	buf_free(&r.bytes);
	return bad;
}

/* Reads one line of a .snmprec. */
static int
read_record(struct walk *w, struct walk_reading *r, struct walk_span line)
{
	const char *bar = memchr(line.p, '|', (size_t)(line.end - line.p));
	const char *second =
	    bar != NULL ? memchr(bar + 1, '|', (size_t)(line.end - bar - 1)) : NULL;

	if (second == NULL ||
	    walk_value_oid((struct walk_span){ .p = line.p, .end = bar }, &r->oid) == -1)
		return -1;
	buf_clear(&r->bytes);
	r->v = (struct varbind){ 0 };
	if (walk_value_tagged((struct walk_span){ .p = bar + 1, .end = second },
		(struct walk_span){ .p = second + 1, .end = line.end }, r) == -1)
		return -1;
	return reading_keep(r, w);
}

/* Reads a .snmprec; returns the lines that were none. */
static size_t
read_snmprec(struct walk *w, struct walk_span all)
{
	size_t bad = 0;
	struct walk_reading r = { 0 };

	for (const char *p = all.p; p < all.end;) {
		struct walk_span line = { .p = p, .end = line_end(p, all.end) };
		p = line.end + 1;
		if (line.end > line.p && line.end[-1] == '\r')
			line.end--;
		if (line.end > line.p && *line.p != '#' && read_record(w, &r, line) == -1)
			bad++;
	}
	buf_free(&r.bytes);
	return bad;
}

/* Whether the first line is one of a .snmprec. */
static bool
is_snmprec(struct walk_span all)
{
	const char *end = line_end(all.p, all.end);
	const char *p = all.p;

	while (p < end && ((*p >= '0' && *p <= '9') || *p == '.'))
		p++;
	return p > all.p && p < end && *p == '|';
}

/* Read a recording. */
int
walk_read(struct walk *w, const char *path, size_t *bad_lines, struct err *e)
{
	char *text;
	size_t n;

	*bad_lines = 0;
	if (fs_read(path, WALK_MAX_BYTES, &text, &n, e) == -1)
		return -1;
	struct walk_span all = { .p = text, .end = text + n };
	*bad_lines = is_snmprec(all) ? read_snmprec(w, all) : read_walk(w, all);
	free(text);
	return walk_count(w) > 0 ? 0 : err_set(e, "%s: no line of it is a variable binding", path);
}
