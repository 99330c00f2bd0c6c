/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What graph.js says, in the reader's language. %s stands for a value. */
#include "collector/web/pages/plot_int.h"

#include "zw/json.h"

static const struct {
	const char *key;
	const char *text;
} words[] = {
	{ "loading", N_("The values are being read …") },
	{ "failed", N_("The values cannot be read: %s") },
	{ "none", N_("no values in this time") },
	{ "at", N_("%s at %s") },
	{ "summary", N_("%s: lowest %s, mean %s, highest %s.") },
	{ "states", N_("%s: latest %s; most of the time %s.") },
	{ "nothing", N_("%s: no values in this time.") },
	{ "row", N_("Each point is %s.") },
	{ "sample", N_("Each point is a sample (%s).") },
	{ "band", N_("The band goes from the lowest to the highest.") },
	{ "time", N_("Time") },
	{ "limit", N_("limit %s") },
	{ "ago-day", N_("a day ago") },
	{ "ago-week", N_("a week ago") },
	{ "ago-month", N_("four weeks ago") },
	{ "incident", N_("Incident %s") },
	{ "maintenance", N_("maintenance") },
	{ "silence", N_("silence") },
	{ "out-of-service", N_("out of service") },
	{ "gap", N_("no values") },
	{ "gap-silent", N_("%s was silent") },
	{ "gap-collector", N_("the collector was away") },
	{ "gap-because", N_("%s could not be reached because of %s") },
	{ "gap-first", N_("no values until then") },
	{ "gap-unknown", N_("unknown why") },
	{ "warning", N_("warning") },
	{ "critical", N_("critical") },
	{ "info", N_("information") },
	{ "open", N_("open") },
	{ "more", N_("and %s more") },
	{ "table", N_("Table of the same numbers") },
	{ "tables", N_("Every %s-th row; all of them are in the CSV file.") },
	{ "keys", N_("Graph. Left and right move the cursor, with Shift the time; plus and minus "
		     "zoom, Escape leaves the cursor.") },
	{ "partly", N_("%s to %s") },
};

static const char *const months[] = { N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"),
	N_("Jun"), N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec") };

/* Units that a language may write otherwise; lib/lang.c has the same list for what is made here. */
static const char *const units[] = { N_("y"), N_("d"), N_("h"), N_("min"), N_("s"), N_("ms"),
	N_("µs"), N_("B"), N_("KiB"), N_("MiB"), N_("GiB"), N_("TiB"), N_("B/s"), N_("KiB/s"),
	N_("MiB/s"), N_("GiB/s"), N_("bit/s"), N_("kbit/s"), N_("Mbit/s"), N_("Gbit/s"), N_("W"),
	N_("kW"), N_("MW"), N_("Hz"), N_("kHz"), N_("MHz"), N_("GHz"), N_("V"), N_("A"), N_("VA"),
	N_("kVA"), N_("kWh"), N_("rpm"), N_("Pa"), N_("bar"), N_("L/s"), N_("m3/h"), N_("/s"),
	N_("°C/min"), N_("%RH") };

void
plot_words(struct buf *b, enum lang l)
{
	struct json j = json_over(b);
	char number[16];
	json_object(&j, NULL);
	json_text(&j, "lang", lang_word(l));
	lang_number(number, sizeof number, 0.5, 1, l);
	number[2] = '\0';
	json_text(&j, "sign", number + 1);
	json_object(&j, "say");
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		json_text(&j, words[i].key, lang_text(l, words[i].text));
	json_end(&j);
	json_array(&j, "months");
	for (size_t i = 0; i < sizeof months / sizeof months[0]; i++)
		json_text(&j, NULL, lang_text(l, months[i]));
	json_end(&j);
	json_object(&j, "units");
	for (size_t i = 0; l != LANG_EN && i < sizeof units / sizeof units[0]; i++)
		json_text(&j, units[i], lang_text(l, units[i]));
	json_end(&j);
	json_end(&j);
}
