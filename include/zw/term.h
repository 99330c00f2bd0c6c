/* SPDX-License-Identifier: GPL-3.0-or-later */
/* term: text on a terminal: colour where it is wanted, width, nothing that it could obey. */
#ifndef ZW_TERM_H
#define ZW_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum term_color {
	TERM_PLAIN,
	TERM_BOLD,
	TERM_GREEN,
	TERM_YELLOW,
	TERM_RED,
	TERM_MAGENTA,
	TERM_GREY
};

/* Whether to colour: word is "auto", "always", "never"; auto asks the terminal and NO_COLOR
 * (no-color.org). False if the word is none of them. */
bool term_decide(const char *word, bool *colour);
/* Prints text in a colour, its control characters as '?'. */
void term_print(FILE *f, bool colour, enum term_color color, const char *text);
/* Columns that a text takes, by the locale. */
size_t term_width(const char *text);
/* The colour of a state or severity ("critical"). */
enum term_color term_of_state(const char *word);

#endif
