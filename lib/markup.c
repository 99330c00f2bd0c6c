/* SPDX-License-Identifier: GPL-3.0-or-later */
/* markup: the characters that mean something in HTML and SVG. What else a text must not have, such
 * as controls, whoever writes it judges by itself: it depends on the kind of document. */
#include "zw/markup.h"

#include <stddef.h>

/* What stands for a character. */
const char *
markup_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}
