/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A series is remembered by its shape (site.h), in the one place that this leads to. */
#include "collector/web/words.h"

#include <string.h>

#include "zw/fold.h"
#include "zw/str.h"

void
words_split(struct words *w, const char *question, const char *between)
{
	char *rest, *word;

	*w = (struct words){ 0 };
	(void)fold_text(w->whole, sizeof w->whole, question + strspn(question, " "));
	for (size_t n = strlen(w->whole); n > 0 && w->whole[n - 1] == ' '; n--)
		w->whole[n - 1] = '\0';
	(void)str_copy(w->text, sizeof w->text, w->whole);
	for (word = strtok_r(w->text, between, &rest); word != NULL && w->n < WORDS_MAX;
	     word = strtok_r(NULL, between, &rest)) {
		w->all |= 1U << w->n;
		w->v[w->n++] = word;
	}
}

unsigned
words_in(const struct words *w, const char *text, unsigned wanted)
{
	unsigned bits = 0;

	for (size_t i = 0; i < w->n; i++)
		if ((wanted & 1U << i) != 0 && fold_finds(text, w->v[i]) >= 0)
			bits |= 1U << i;
	return bits;
}

const struct words_fields *
words_of_fields(struct words *w, const struct series *se)
{
	struct words_fields *k = &w->known[se->shape % WORDS_KNOWN];

	if (k->se != NULL && k->se->shape == se->shape && k->se->nfields == se->nfields)
		return k;
	*k = (struct words_fields){ .se = se };
	for (unsigned i = 0; i < se->nfields; i++) {
		const struct field *f = &se->fields[i];
		unsigned bits = words_in(w, f->name, w->all);
		bits |= words_in(w, f->label, w->all & ~bits);
		k->bits[i] = (uint8_t)bits;
		k->any |= bits;
	}
	return k;
}
