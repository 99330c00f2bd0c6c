/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lang: people's languages: texts by gettext, numbers, dates and units as each writes them. The
 * program's own locale stays C for numbers and case; a language is an argument, so that one mail is
 * Azerbaijani and the next Russian, with no generated locale and no setenv() beside threads: each
 * language is a text domain of its own (zonewatch-az) bound for the locale C.UTF-8. */
#ifndef ZW_LANG_H
#define ZW_LANG_H

#include <stddef.h>
#include <stdint.h>

enum lang {
	LANG_EN,
	LANG_AZ,
	LANG_RU
};
#define LANG_N 3

/* Marks a text for translation where it is not said at once. */
#define N_(text) text

/* Once at the program's start, before any thread: sets LC_MESSAGES and LC_CTYPE, unsets LANGUAGE,
 * and looks for the catalogs beside the program, then where they are installed. */
void lang_init(void);
/* Where they are, NULL if nowhere. They are read when the first text of theirs is said. */
const char *lang_dir(void);
enum lang lang_of(const char *word); /* "az", "ru"; English of anything else, and of NULL */
const char *lang_word(enum lang l);  /* "az" */

/* The text in that language; the text itself where it has none. Lasts as long as the program. */
const char *lang_text(enum lang l, const char *text) __attribute__((format_arg(2)));
/* By number: Russian has three forms, Azerbaijani one. */
const char *lang_plural(enum lang l, const char *one, const char *many, unsigned long n)
    __attribute__((format_arg(2), format_arg(3)));

/* "32,4": with so many decimals, and the language's decimal sign. NaN is "–". */
void lang_number(char *dst, size_t size, double v, int decimals, enum lang l);
/* As units_format(), in the language. */
void lang_value(char *dst, size_t size, double v, const char *unit, enum lang l);
/* As units_duration(), in the language: "3 dəq 20 san". */
void lang_duration(char *dst, size_t size, int64_t ms, enum lang l);
/* Local time: "22.11.2026 04:51:01 +04:00" (en: "2026-11-22 04:51:01 +04:00"). */
void lang_time(char *dst, size_t size, int64_t wall_ms, enum lang l);
/* Its time of day alone: "14:02:05". */
void lang_clock(char *dst, size_t size, int64_t wall_ms);
/* "22 noyabr 2026". */
void lang_date(char *dst, size_t size, int64_t wall_ms, enum lang l);

#endif
