/* SPDX-License-Identifier: GPL-3.0-or-later */
/* markup: texts within HTML and SVG. */
#ifndef ZW_MARKUP_H
#define ZW_MARKUP_H

/* What is written for a character that means something there, within an element as well as within
 * an attribute; NULL: itself. */
const char *markup_entity(char c);

#endif
