/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chattering: when a subject's condition came or went since it first fired. Alarm practice calls it
 * chattering from 3 times within a minute or 6 within 10 minutes on (ISA-18.2). */

#include <stdlib.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"

/* Two moments of storage and of the records may differ a little for the same event. */
#define SAME_MS 500

/* Whether the last so many happened within so long. */
static bool
is_often(const struct flips *f, size_t n, int64_t within_ms)
{
	int64_t first_ms = f->v[ENGINE_FLIPS_MANY - n].at_ms;
	return first_ms != 0 && f->v[ENGINE_FLIPS_MANY - 1].at_ms - first_ms <= within_ms;
}

/* Note that it came or went, as the subject now says. */
bool
flip_note(struct subject *s, int64_t now_ms)
{
	if (s->flips == NULL)
		s->flips = xcalloc(1, sizeof *s->flips);
	struct flips *f = s->flips;
	for (size_t i = 0; i + 1 < ENGINE_FLIPS_MANY; i++)
		f->v[i] = f->v[i + 1];
	f->v[ENGINE_FLIPS_MANY - 1] = (struct flip){ now_ms, s->bad };
	return is_often(f, ENGINE_FLIPS_FEW, ENGINE_FEW_MS) ||
	       is_often(f, ENGINE_FLIPS_MANY, ENGINE_MANY_MS);
}

/* Put one where it belongs in time, unless it is there. */
void
flip_restore(struct subject *s, int64_t at_ms, bool came)
{
	if (s->flips == NULL)
		s->flips = xcalloc(1, sizeof *s->flips);
	struct flip *v = s->flips->v;
	size_t i = 0;
	for (size_t k = 0; k < ENGINE_FLIPS_MANY; k++) {
		if (v[k].at_ms != 0 && v[k].came == came &&
		    llabs((long long)(v[k].at_ms - at_ms)) < SAME_MS)
			return;
	}
	if (at_ms <= v[0].at_ms)
		return;
	for (; i + 1 < ENGINE_FLIPS_MANY && v[i + 1].at_ms < at_ms; i++)
		v[i] = v[i + 1];
	v[i] = (struct flip){ at_ms, came };
}
