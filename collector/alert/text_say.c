/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/alert/text_say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "zw/str.h"

/* Append by a format; what is cut loses its last character's rest. */
static void __attribute__((format(printf, 3, 0)))
append(char *dst, size_t size, const char *fmt, va_list ap)
{
	size_t used = strlen(dst);
	int n = vsnprintf(dst + used, size - used, fmt, ap);

	if (n < 0) {
		dst[used] = '\0';
		return;
	}
	if ((size_t)n < size - used)
		return;
	size_t end = size - 1, lead = end;
	while (lead > used && ((unsigned char)dst[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead > used && (unsigned char)dst[lead - 1] >= 0xc0 &&
	    !str_is_text(dst + lead - 1, end - lead + 1))
		dst[lead - 1] = '\0';
}

void
text_say(char *dst, size_t size, const char *fmt, ...)
{
	va_list ap;

	*dst = '\0';
	va_start(ap, fmt);
	append(dst, size, fmt, ap);
	va_end(ap);
}

void
text_add(char *dst, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(dst, size, fmt, ap);
	va_end(ap);
}
