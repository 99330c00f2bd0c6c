/* SPDX-License-Identifier: GPL-3.0-or-later */
/* To bytes and back; what comes back is judged, whoever sent it. */
#include "collector/report/graphs/wanted.h"

#include "zw/str.h"

void
wanted_encode(struct buf *b, const struct wanted *w)
{
	buf_str(b, w->name);
	buf_str(b, w->zone);
	buf_str(b, w->node);
	buf_str(b, w->period);
	buf_be64(b, (uint64_t)w->last_s);
	buf_be64(b, (uint64_t)w->from_s);
	buf_be64(b, (uint64_t)w->to_s);
	buf_u8(b, (uint8_t)w->lang);
	buf_u8(b, (uint8_t)w->format);
	buf_be32(b, w->width);
	buf_be32(b, w->height);
}

/* Whether the numbers make sense. */
static int
check(const struct wanted *w, struct err *e)
{
	if (w->lang >= LANG_N || w->format > WANTED_LIST)
		return err_set(e, "it is malformed");
	if (w->format == WANTED_LIST)
		return 0;
	if (w->name[0] == '\0')
		return err_set(e, "no name");
	if (w->last_s < 0 || w->last_s > WANTED_SPAN_MAX_S || w->from_s < 0 || w->to_s < 0 ||
	    w->from_s > INT64_C(1) << 40 || w->to_s > INT64_C(1) << 40 ||
	    (w->from_s > 0 && w->to_s > 0 &&
		(w->to_s <= w->from_s || w->to_s - w->from_s > WANTED_SPAN_MAX_S)))
		return err_set(e, "an impossible time");
	if (w->width < 100 || w->width > 4000 || (w->height != 0 && w->height < 100) ||
	    w->height > 4000)
		return err_set(e, "an impossible size");
	return 0;
}

int
wanted_decode(const void *p, size_t n, struct wanted *w, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	*w = (struct wanted){ 0 };
	cursor_str(&c, w->name, sizeof w->name);
	cursor_str(&c, w->zone, sizeof w->zone);
	cursor_str(&c, w->node, sizeof w->node);
	cursor_str(&c, w->period, sizeof w->period);
	w->last_s = (int64_t)cursor_be64(&c);
	w->from_s = (int64_t)cursor_be64(&c);
	w->to_s = (int64_t)cursor_be64(&c);
	w->lang = (enum lang)cursor_u8(&c);
	w->format = (enum wanted_format)cursor_u8(&c);
	w->width = cursor_be32(&c);
	w->height = cursor_be32(&c);
	if (c.bad || cursor_left(&c) != 0)
		return err_set(e, "it is malformed");
	return check(w, e);
}
