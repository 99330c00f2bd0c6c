/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/report/chart/caption.h"

#include "zw/markup.h"

#define NAMED 64 /* lines that are named */

/* Text within an element. */
static void
put_text(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		const char *e = markup_entity(*s);
		if (e != NULL)
			buf_text(b, e);
		else if ((unsigned char)*s >= ' ')
			buf_u8(b, (uint8_t)*s);
	}
}

/* What a chart shows: its title, then its lines and limits by name. */
static void
put_chart(struct buf *b, const struct chart *c)
{
	const char *between = "";

	if (c->title != NULL) {
		put_text(b, c->title);
		between = ": ";
	}
	for (size_t i = 0; i < c->nlines && i < NAMED; i++) {
		if (c->lines[i].label[0] == '\0')
			continue;
		buf_text(b, between);
		put_text(b, c->lines[i].label);
		between = ", ";
	}
	for (size_t i = 0; i < c->nlimits; i++) {
		if (c->limits[i].label[0] == '\0')
			continue;
		buf_text(b, between);
		put_text(b, c->limits[i].label);
		between = ", ";
	}
}

void
caption_put(struct buf *b, const struct chart_sheet *s)
{
	if (s->title == NULL)
		return;
	buf_text(b, "\n<title>");
	put_text(b, s->title);
	buf_text(b, "</title>\n<desc>");
	put_text(b, s->below != NULL ? s->below : "");
	for (size_t i = 0; i < s->ncharts; i++) {
		buf_text(b, i > 0 || s->below != NULL ? ". " : "");
		put_chart(b, s->charts[i]);
	}
	buf_text(b, "</desc>");
}
