/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe: the table of kinds, made from the list in probe.h, and how an answer is begun and worded.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/gateway/probe.h"
#include "zw/str.h"

#define PROBE_ENTRY(name) &probe_kind_##name,
static const struct probe_kind *const kinds[] = { PROBE_KINDS(PROBE_ENTRY) };
#undef PROBE_ENTRY
#define NKINDS (sizeof kinds / sizeof kinds[0])

/* A kind by its name. */
const struct probe_kind *
probe_kind(const char *name)
{
	for (size_t i = 0; name != NULL && i < NKINDS; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

/* The keys of a kind, for the configuration. */
const struct conf_table *
probe_kind_table(const char *name)
{
	const struct probe_kind *k = probe_kind(name);

	return k != NULL ? k->table : NULL;
}

/* The kinds in their order, for messages and manual pages. */
const char *
probe_kind_at(size_t i, const char **help)
{
	if (i >= NKINDS)
		return NULL;
	if (help != NULL)
		*help = kinds[i]->help;
	return kinds[i]->name;
}

/* Nothing is known before it was asked. */
void
probe_result_clear(struct probe_result *r, unsigned n)
{
	*r = (struct probe_result){ .nvalues = n };
	for (unsigned i = 0; i < METRIC_MAX_FIELDS; i++)
		r->values[i] = NAN;
}

/* Where a text of n bytes can be cut so that no character is. */
static size_t
cut_at(const char *s, size_t n)
{
	while (n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80)
		n--;
	return n;
}

/* Words may hold what a server or a program said, so anything. */
void
probe_say(struct probe_result *r, const char *fmt, ...)
{
	char text[2 * sizeof r->text];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	size_t len = n < 0 ? 0 : (size_t)n;
	if (len >= sizeof r->text)
		text[len = cut_at(text, sizeof r->text - 1)] = '\0';
	if (n >= 0 && str_is_text(text, len))
		(void)str_copy(r->text, sizeof r->text, text);
	else
		str_escape(r->text, sizeof r->text, text, strlen(text));
}
