/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line: the CRC-32C of the rest as eight digits, a space, a JSON object: {"node", "number",
 * "at_ms"} of a node that was closed, a whole certificate of one that was taken back. What a line
 * says is true for ever, so lines may come twice and in any order. The last one, if it does not
 * end, is one that was being written when the power went; any other that does not fit its checksum
 * is damage. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/enroll/register_int.h"
#include "zw/crc32c.h"

#define CRC_DIGITS 8

/* Adds a line; the JSON is freed. */
static void
put_line(struct buf *out, char *json)
{
	char crc[CRC_DIGITS + 2];

	snprintf(crc, sizeof crc, "%08" PRIx32 " ", crc32c(0, json, strlen(json)));
	buf_text(out, crc);
	buf_text(out, json);
	buf_text(out, "\n");
	free(json);
}

void
register_revoked_node(const struct reg *r, const char *node, struct buf *out)
{
	for (size_t i = 0; i < r->nclosed; i++)
		if (node == NULL || strcmp(r->closed[i].node, node) == 0)
			put_line(out, register_closed_text(&r->closed[i]));
}

void
register_revoked_serial(const struct reg *r, const uint8_t *serial, size_t n, struct buf *out)
{
	for (size_t i = 0; i < r->ncerts; i++) {
		const struct cert_entry *c = &r->certs[i];
		if (c->revoked_ms != 0 &&
		    (serial == NULL ||
			(c->facts.nserial == n && memcmp(c->facts.serial, serial, n) == 0)))
			put_line(out, register_cert_text(c));
	}
}

void
register_revoked_all(const struct reg *r, struct buf *out)
{
	register_revoked_node(r, NULL, out);
	register_revoked_serial(r, NULL, 0, out);
}

/* The JSON of a line; NULL: its checksum is wrong. */
static const char *
sound(const char *line, size_t n)
{
	char digits[CRC_DIGITS + 1] = "", *end;

	if (n <= CRC_DIGITS + 1 || line[CRC_DIGITS] != ' ')
		return NULL;
	memcpy(digits, line, CRC_DIGITS);
	unsigned long crc = strtoul(digits, &end, 16);
	const char *json = line + CRC_DIGITS + 1;
	bool same = *end == '\0' && crc == crc32c(0, json, n - CRC_DIGITS - 1);
	return same ? json : NULL;
}

void
register_revoked_merge(
    struct reg *r, const char *text, size_t n, int64_t now_ms, struct register_revoked *out)
{
	const char *end = text + n;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((stop != NULL ? stop : end) - text);
		const char *json = sound(text, len);
		int rc =
		    json == NULL ? -1 : register_take_line(r, json, len - CRC_DIGITS - 1, now_ms);
		out->lines += rc != -1;
		out->merged += rc == 1;
		out->damaged += rc == -1 && len > 0 && stop != NULL;
		out->torn |= rc == -1 && len > 0 && stop == NULL;
		text += len + (stop != NULL);
	}
}
