/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of devices and agents get into these files, so none may act when it is opened. */
#include "zw/csv.h"

#include <string.h>

void
csv_text(struct buf *b, const char *text)
{
	const char *first = text + strspn(text, " \t\r\n");

	buf_u8(b, '"');
	if (*first != '\0' && strchr("=+-@", *first) != NULL)
		buf_u8(b, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_u8(b, '"');
		buf_u8(b, (uint8_t)*text);
	}
	buf_u8(b, '"');
}
