/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts by gettext. dgettext() takes the language from the locale, and the domain from its caller:
 * so each language is a domain, all of them lie where the one locale C.UTF-8 looks for them
 * (DIR/C.UTF-8/LC_MESSAGES/zonewatch-az.mo), and a call for one language disturbs none for another.
 *
 * Numbers come from lib/units.c, with a point, and are then rewritten: what counts as a value's
 * digits and which prefix it gets is the same in all languages. */
#include "zw/lang.h"

#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "zw/log.h"
#include "zw/str.h"
#include "zw/units.h"

#define LOCALE "C.UTF-8"
#define MAX_DECIMALS 9

struct language {
	const char *word;
	const char *domain; /* NULL: the sources' own */
	char sign;	    /* between a number's whole and its decimals */
};

static const struct language languages[LANG_N] = {
	[LANG_EN] = { "en", NULL, '.' },
	[LANG_AZ] = { "az", "zonewatch-az", ',' },
	[LANG_RU] = { "ru", "zonewatch-ru", ',' },
};

/* What units_format() and units_duration() write behind a number, as far as a language writes it
 * otherwise. */
static const char *const units[] = { N_("y"), N_("d"), N_("h"), N_("min"), N_("s"), N_("ms"),
	N_("µs"), N_("B"), N_("KiB"), N_("MiB"), N_("GiB"), N_("TiB"), N_("B/s"), N_("KiB/s"),
	N_("MiB/s"), N_("GiB/s"), N_("bit/s"), N_("kbit/s"), N_("Mbit/s"), N_("Gbit/s"), N_("W"),
	N_("kW"), N_("MW"), N_("Hz"), N_("kHz"), N_("MHz"), N_("GHz"), N_("V"), N_("A"), N_("VA"),
	N_("kVA"), N_("kWh"), N_("rpm"), N_("Pa"), N_("bar"), N_("L/s"), N_("m3/h"), N_("/s"),
	N_("°C/min"), N_("%RH") };

/* Whether the catalogs lie there. */
static bool
is_there(const char *dir)
{
	char path[PATH_MAX + 64];

	for (size_t i = 0; i < LANG_N; i++) {
		if (languages[i].domain == NULL)
			continue;
		if (str_format(path, sizeof path, "%s/" LOCALE "/LC_MESSAGES/%s.mo", dir,
			languages[i].domain) == -1 ||
		    access(path, R_OK) == -1)
			return false;
	}
	return true;
}

/* Where the catalogs are: beside the program, where a build has them, or installed with it. */
static int
find(char dir[PATH_MAX])
{
	static const char *const below[] = { "locale", "../locale", "../share/zonewatch/locale",
		"../../share/zonewatch/locale" };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	self[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	for (size_t i = 0; slash != NULL && i < sizeof below / sizeof below[0]; i++) {
		if (str_format(dir, PATH_MAX, "%s/%s", self, below[i]) == 0 && is_there(dir))
			return 0;
	}
	return str_copy(dir, PATH_MAX, ZW_LOCALEDIR) == 0 && is_there(dir) ? 0 : -1;
}

void
lang_init(void)
{
	char dir[PATH_MAX];

	(void)unsetenv("LANGUAGE"); /* it would have gettext look for other locales */
	if (setlocale(LC_MESSAGES, LOCALE) == NULL || setlocale(LC_CTYPE, LOCALE) == NULL) {
		log_warnx("lang", "there is no locale " LOCALE ": all texts are English");
		return;
	}
	if (find(dir) == -1) {
		log_warnx("lang", "no catalogs beside the program or in %s: all texts are English",
		    ZW_LOCALEDIR);
		return;
	}
	for (size_t i = 0; i < LANG_N; i++) {
		const char *domain = languages[i].domain;
		if (domain != NULL && (bindtextdomain(domain, dir) == NULL ||
					  bind_textdomain_codeset(domain, "UTF-8") == NULL))
			log_warn("lang", "cannot use the catalogs in %s", dir);
	}
}

const char *
lang_dir(void)
{
	const char *dir = bindtextdomain(languages[LANG_AZ].domain, NULL);

	/* Without a binding it is the C library's own, which has none of ours. */
	return dir != NULL && is_there(dir) ? dir : NULL;
}

enum lang
lang_of(const char *word)
{
	for (size_t i = 0; word != NULL && i < LANG_N; i++) {
		if (strcmp(word, languages[i].word) == 0)
			return (enum lang)i;
	}
	return LANG_EN;
}

const char *
lang_word(enum lang l)
{
	return languages[l].word;
}

const char *
lang_text(enum lang l, const char *text)
{
	/* The translation of nothing is the catalog's head. */
	if (languages[l].domain == NULL || *text == '\0')
		return text;
	return dgettext(languages[l].domain, text);
}

const char *
lang_plural(enum lang l, const char *one, const char *many, unsigned long n)
{
	if (languages[l].domain == NULL)
		return n == 1 ? one : many;
	return dngettext(languages[l].domain, one, many, n);
}

/* Put the language's decimal sign into a number. */
static void
localize(char *number, enum lang l)
{
	char *point = strchr(number, '.');

	if (point != NULL)
		*point = languages[l].sign;
}

void
lang_number(char *dst, size_t size, double v, int decimals, enum lang l)
{
	if (isnan(v) || isinf(v)) {
		(void)str_copy(dst, size, isnan(v) ? "–" : v < 0 ? "-∞" : "∞");
		return;
	}
	if (decimals < 0 || decimals > MAX_DECIMALS)
		decimals = decimals < 0 ? 0 : MAX_DECIMALS;
	snprintf(dst, size, fabs(v) < 1e15 ? "%.*f" : "%.*e", decimals, v);
	if (*dst == '-' && strspn(dst, "-0.") == strlen(dst)) /* "-0.0" */
		memmove(dst, dst + 1, strlen(dst));
	localize(dst, l);
}

/* A unit as the language writes it. */
static const char *
unit_in(enum lang l, const char *unit)
{
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(units[i], unit) == 0)
			return lang_text(l, unit);
	}
	return unit;
}

/* So many nodes; a part of one counts as a few. */
static void
put_nodes(char *dst, size_t size, char *number, double v, enum lang l)
{
	double n = fabs(v);
	unsigned long form = n == floor(n) && n < 1e9 ? (unsigned long)n : 2;

	localize(number, l);
	snprintf(dst, size, lang_plural(l, "%s node", "%s nodes", form), number);
}

void
lang_value(char *dst, size_t size, double v, const char *unit, enum lang l)
{
	char text[UNITS_MAX];
	bool seconds = strcmp(unit, "s") == 0 || strcmp(unit, "ms") == 0;
	double s = strcmp(unit, "ms") == 0 ? v / 1000 : v;

	if (seconds && fabs(s) >= 60 && fabs(s) < 1e12) {
		lang_duration(text, sizeof text, (int64_t)(fabs(s) * 1000), l);
		snprintf(dst, size, "%s%s", s < 0 ? "-" : "", text);
		return;
	}
	units_format(text, sizeof text, v, unit);
	char *rest = strchr(text, ' ');
	if (rest == NULL) {
		localize(text, l);
		(void)str_copy(dst, size, text);
		return;
	}
	*rest++ = '\0';
	if (strcmp(rest, "nodes") == 0) {
		put_nodes(dst, size, text, v, l);
		return;
	}
	localize(text, l);
	snprintf(dst, size, "%s %s", text, unit_in(l, rest));
}

void
lang_duration(char *dst, size_t size, int64_t ms, enum lang l)
{
	char text[UNITS_MAX], *rest = text, *word;
	size_t n = 0;

	units_duration(text, sizeof text, ms);
	*dst = '\0';
	while ((word = strsep(&rest, " ")) != NULL && n < size) {
		int w = snprintf(dst + n, size - n, "%s%s", n == 0 ? "" : " ", unit_in(l, word));
		n += w < 0 ? 0 : (size_t)w;
	}
}

/* The local time, or what can be said of none. */
static struct tm
local(int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm = { .tm_mday = 1, .tm_year = 70 };

	if (wall_ms < 0 || wall_ms > INT64_C(253402300799000) || localtime_r(&t, &tm) == NULL)
		tm = (struct tm){ .tm_mday = 1, .tm_year = 70 };
	return tm;
}

void
lang_time(char *dst, size_t size, int64_t wall_ms, enum lang l)
{
	struct tm tm = local(wall_ms);
	long offset = tm.tm_gmtoff / 60;
	unsigned long away = (unsigned long)labs(offset);
	char day[32];

	if (l == LANG_EN)
		snprintf(day, sizeof day, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
		    tm.tm_mday);
	else
		snprintf(day, sizeof day, "%02d.%02d.%04d", tm.tm_mday, tm.tm_mon + 1,
		    tm.tm_year + 1900);
	snprintf(dst, size, "%s %02d:%02d:%02d %c%02lu:%02lu", day, tm.tm_hour, tm.tm_min,
	    tm.tm_sec, offset < 0 ? '-' : '+', away / 60, away % 60);
}

void
lang_clock(char *dst, size_t size, int64_t wall_ms)
{
	struct tm tm = local(wall_ms);

	snprintf(dst, size, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* In Russian the months stand in the case that follows a day. */
void
lang_date(char *dst, size_t size, int64_t wall_ms, enum lang l)
{
	struct tm tm = local(wall_ms);
	static const char *const months[12] = { N_("January"), N_("February"), N_("March"),
		N_("April"), N_("May"), N_("June"), N_("July"), N_("August"), N_("September"),
		N_("October"), N_("November"), N_("December") };

	snprintf(dst, size, "%d %s %d", tm.tm_mday, lang_text(l, months[tm.tm_mon % 12]),
	    tm.tm_year + 1900);
}
