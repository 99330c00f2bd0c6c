/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ask: a request to the renderer, to bytes and back. */
#include <math.h>
#include <string.h>

#include "collector/report/ask.h"
#include "zw/wire.h"

#define MAX_SPAN_S (40LL * 366 * 86400)

/* To bytes. A series goes as agents define it. */
void
ask_encode(struct buf *b, const struct ask *a)
{
	struct buf def = { 0 };

	buf_u8(b, (uint8_t)a->format);
	buf_u8(b, (uint8_t)a->cf);
	buf_be64(b, (uint64_t)a->start_s);
	buf_be64(b, (uint64_t)a->end_s);
	buf_be64(b, (uint64_t)a->step_s);
	buf_be64(b, (uint64_t)a->mark_s);
	buf_be64(b, (uint64_t)a->trim_s);
	buf_be32(b, a->points);
	buf_u8(b, a->with);
	buf_be32(b, a->width);
	buf_be32(b, a->height);
	buf_double(b, a->limit);
	buf_str(b, a->field);
	buf_str(b, a->title);
	buf_u8(b, (uint8_t)a->nseries);
	for (unsigned i = 0; i < a->nseries; i++) {
		buf_be64(b, a->chosen[i]);
		buf_clear(&def);
		wire_define_encode(&def, &a->series[i]);
		buf_be32(b, (uint32_t)def.len);
		buf_put(b, def.data, def.len);
	}
	buf_free(&def);
}

/* Whether the numbers make sense. */
static int
check(const struct ask *a, struct err *e)
{
	if (a->format < RENDER_PNG || a->format > RENDER_CSV || a->cf > RENDER_MAX ||
	    a->with > RENDER_WITH_ALL)
		return err_set(e, "an unknown format");
	if (a->start_s < 0 || a->end_s <= a->start_s || a->end_s - a->start_s > MAX_SPAN_S ||
	    a->end_s > INT64_C(1) << 40 || a->step_s < 0 || a->step_s > MAX_SPAN_S ||
	    a->mark_s < 0 || a->mark_s > INT64_C(1) << 40 || a->trim_s < 0 ||
	    a->trim_s > MAX_SPAN_S)
		return err_set(e, "an impossible time");
	if (a->points > ASK_MAX_POINTS)
		return err_set(e, "an impossible number of points");
	if (a->width < 100 || a->width > 4000 || a->height < 20 || a->height > 4000)
		return err_set(e, "an impossible size");
	if (isinf(a->limit))
		return err_set(e, "an impossible limit");
	if (a->field[0] != '\0' && !str_is_name(a->field, NAME_MAX_FIELD))
		return err_set(e, "an impossible field");
	if (a->nseries < 1)
		return err_set(e, "no series");
	return 0;
}

/* From bytes. */
int
ask_decode(const void *p, size_t n, struct ask *a, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	*a = (struct ask){ 0 };
	a->format = (enum render_format)cursor_u8(&c);
	a->cf = (enum render_cf)cursor_u8(&c);
	a->start_s = (int64_t)cursor_be64(&c);
	a->end_s = (int64_t)cursor_be64(&c);
	a->step_s = (int64_t)cursor_be64(&c);
	a->mark_s = (int64_t)cursor_be64(&c);
	a->trim_s = (int64_t)cursor_be64(&c);
	a->points = cursor_be32(&c);
	a->with = cursor_u8(&c);
	a->width = cursor_be32(&c);
	a->height = cursor_be32(&c);
	a->limit = cursor_double(&c);
	cursor_str(&c, a->field, sizeof a->field);
	cursor_str(&c, a->title, sizeof a->title);
	a->nseries = cursor_u8(&c);
	if (a->nseries > ASK_MAX_SERIES)
		return err_set(e, "too many series");
	for (unsigned i = 0; i < a->nseries; i++) {
		a->chosen[i] = cursor_be64(&c);
		uint32_t len = cursor_be32(&c);
		const uint8_t *def = cursor_bytes(&c, len);
		if (def == NULL || wire_define_decode(def, len, &a->series[i], e) == -1)
			return err_set(e, "a malformed series");
	}
	if (c.bad || cursor_left(&c) != 0)
		return err_set(e, "it is malformed");
	return check(a, e);
}

/* A field's bit counts before its name. */
bool
ask_wants(const struct ask *a, unsigned series, unsigned field)
{
	const struct series_def *se = &a->series[series];

	if (series >= a->nseries || field >= se->nfields)
		return false;
	if (a->chosen[series] != 0)
		return (a->chosen[series] >> field & 1) != 0;
	return a->field[0] == '\0' || strcmp(se->fields[field].name, a->field) == 0;
}
