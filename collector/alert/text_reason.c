/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reasons come as numbers and a code (struct reason), so that each language says them by its own
 * rules; what has no code is said in the English of whoever wrote it. Titles and advice of rules
 * are looked up by their English text, and so are the commonest words of devices. */
#include "collector/alert/text_reason.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/text_say.h"
#include "collector/site/site.h"
#include "zw/fold.h"
#include "zw/str.h"
#include "zw/units.h"

#define PART 160

/* States and quantities as most profiles name them; anything else is said as it came. */
static const char *const words[] = { N_("on battery"), N_("on mains"), N_("on bypass"),
	N_("battery low"), N_("battery depleted"), N_("low"), N_("depleted"), N_("normal"),
	N_("unknown"), N_("none"), N_("bypass"), N_("battery"), N_("booster"), N_("reducer"),
	N_("off"), N_("on"), N_("standby"), N_("idle"), N_("running"), N_("stopped"), N_("open"),
	N_("closed"), N_("wet"), N_("dry"), N_("leak"), N_("no leak"), N_("smoke"), N_("alarm"),
	N_("warning"), N_("critical"), N_("fault"), N_("failed"), N_("failure"), N_("error"),
	N_("bad"), N_("down"), N_("up"), N_("lost"), N_("absent"), N_("disconnected"),
	N_("not connected"), N_("overload"), N_("replace"), N_("discharging"), N_("charging"),
	N_("degraded"), N_("non-recoverable"), N_("too high"), N_("too low"), N_("active"),
	N_("inactive"), N_("communication lost"), N_("output source"), N_("battery status"),
	N_("unit"), N_("state"), N_("status"), N_("mode"), N_("contact"), N_("door"), N_("water"),
	N_("fan"), N_("fans"), N_("compressor"), N_("filter"), N_("health"), N_("power supply"),
	N_("communication"), N_("sensor"), N_("output"), N_("input"), N_("charger"), N_("inverter"),
	N_("load"), N_("test"), N_("reach"), N_("value"), N_("power from the battery"),
	N_("a cooling unit does not cool"), N_("no cooling unit cools"),
	N_("the inlets get warmer"), N_("high alarm"), N_("high warning"), N_("low alarm"),
	N_("low warning"), N_("high"), N_("cooling"), N_("cooling failure"),
	N_("unit is not cooling"), N_("not cooling"), N_("ended"), N_("ok"), N_("water leak"),
	N_("temperature"), N_("humidity"), N_("battery"), N_("on utility"), N_("raised"),
	N_("on line"), N_("online"), N_("off line"), N_("offline"), N_("yes"), N_("no"), N_("good"),
	N_("ready"), N_("disabled"), N_("enabled"), N_("detected"), N_("abnormal"), N_("present"),
	N_("not present"), N_("not available"), N_("unavailable"), N_("not installed"), N_("other"),
	N_("invalid"), N_("passed"), N_("aborted"), N_("in progress"), N_("no battery"),
	N_("no fault"), N_("maintenance bypass"), N_("automatic"), N_("manual"), N_("smart boost"),
	N_("smart trim"), N_("boost"), N_("eco mode"), N_("hot standby"), N_("tripped"),
	N_("clogged"), N_("full"), N_("low voltage"), N_("high voltage"), N_("no communication"),
	N_("maintenance"), N_("too warm"), N_("not critical"), N_("not recoverable"), N_("power"),
	N_("voltage"), N_("alarm relay 1"), N_("alarm relay"), N_("condensate pan full"),
	N_("dew point"), N_("air at the inlet"), N_("air at the exhaust"), N_("power drawn"),
	N_("operating mode"), N_("echo") };

const char *
text_word(const char *word, enum lang l)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (str_casecmp(words[i], word) == 0)
			return l == LANG_EN ? word : lang_text(l, words[i]);
	}
	return word;
}

/* "cooling: Cooling failure: unit is not cooling", part by part; whether it has parts. */
static bool
say_labels(char *dst, size_t size, const char *text, enum lang l)
{
	char part[PART];
	const char *colon = strstr(text, ": ");

	*dst = '\0';
	if (colon == NULL)
		return false;
	for (; colon != NULL && (size_t)(colon - text) < sizeof part; colon = strstr(text, ": ")) {
		text_say(part, sizeof part, "%.*s", (int)(colon - text), text);
		text_add(dst, size, "%s: ", text_word(part, l));
		text = colon + 2;
	}
	text_add(dst, size, "%s", text_word(text, l));
	return true;
}

/* "output source: on battery" word by word, and "above 32 °C" or "silent" of a counted node. */
static void
say_words(char *dst, size_t size, const char *text, enum lang l)
{
	char head[PART];

	if (say_labels(dst, size, text, l))
		return;
	bool above = strncmp(text, "above ", 6) == 0;
	if (!above && strncmp(text, "below ", 6) != 0) {
		text_say(dst, size, "%s",
		    strcmp(text, "silent") == 0 ? lang_text(l, "silent") : text_word(text, l));
		return;
	}
	text_say(head, sizeof head, "%s", text + 6);
	char *point = strchr(head, '.');
	if (point != NULL && l != LANG_EN)
		*point = ',';
	text_say(dst, size, above ? lang_text(l, "above %s") : lang_text(l, "below %s"), head);
}

/* "power from the battery and a cooling unit does not cool", part by part. */
static void
say_parts(char *dst, size_t size, const char *text, enum lang l)
{
	char part[ALERT_MAX_TEXT];
	const char *and;

	for (; (and = strstr(text, " and ")) != NULL; text = and+5) {
		text_say(part, sizeof part, "%.*s", (int)(and-text), text);
		if (text_word(part, l) == part)
			break;
		text_add(dst, size, "%s%s", text_word(part, l), lang_text(l, " and "));
	}
	say_words(part, sizeof part, text, l);
	text_add(dst, size, "%s", part);
}

/* What sum of a group it is, with a blank behind it. */
static const char *
sum_of(const struct alert *a, enum lang l)
{
	switch (a->why.sum) {
	case REASON_AVERAGE:
		return lang_text(l, "average ");
	case REASON_MAXIMUM:
		return lang_text(l, "maximum ");
	case REASON_MINIMUM:
		return lang_text(l, "minimum ");
	case REASON_PERCENTILE:
		return lang_text(l, "percentile ");
	default:
		return "";
	}
}

/* "reaches 32 °C in about 3 min (2 min to 5 min)". */
static void
say_reaches(char *dst, size_t size, const struct alert *a, enum lang l)
{
	const double *v = a->why.v;
	char limit[UNITS_MAX], likely[UNITS_MAX], early[UNITS_MAX], late[UNITS_MAX];

	lang_value(limit, sizeof limit, v[0], a->unit != NULL ? a->unit : "", l);
	lang_value(likely, sizeof likely, v[1], "s", l);
	text_add(dst, size, lang_text(l, "reaches %s in about %s"), limit, likely);
	if (!(v[2] > 0) || !(v[3] > 0) || isinf(v[3]))
		return;
	lang_value(early, sizeof early, v[2], "s", l);
	lang_value(late, sizeof late, v[3], "s", l);
	text_add(dst, size, lang_text(l, " (%s to %s)"), early, late);
}

/* Those of two values: the reason's first two in its unit. */
static void
say_pair(char *dst, size_t size, const struct alert *a, enum lang l)
{
	const char *unit = a->unit != NULL ? a->unit : "";
	char one[UNITS_MAX], two[UNITS_MAX], time[UNITS_MAX];

	lang_value(one, sizeof one, a->why.v[0], unit, l);
	lang_value(two, sizeof two, a->why.v[1], unit, l);
	switch (a->why.code) {
	case REASON_RISING:
		lang_value(time, sizeof time, a->why.v[1], "s", l);
		text_add(dst, size, lang_text(l, "rising by %s a minute, over %s"), one, time);
		break;
	case REASON_FALLING:
		lang_value(time, sizeof time, a->why.v[1], "s", l);
		text_add(dst, size, lang_text(l, "falling by %s a minute, over %s"), one, time);
		break;
	case REASON_UNUSUAL:
		text_add(
		    dst, size, lang_text(l, "at this hour %s is usual, give or take %s"), one, two);
		break;
	case REASON_OVER_OTHER:
		text_add(dst, size, lang_text(l, "%s over the other value, %s"), one, two);
		break;
	case REASON_UNDER_OTHER:
		text_add(dst, size, lang_text(l, "%s under the other value, %s"), one, two);
		break;
	case REASON_FLAT:
		lang_value(time, sizeof time, a->why.v[0], "s", l);
		text_add(dst, size,
		    lang_text(l, "has not moved for %s, while its neighbours moved by %s"), time,
		    two);
		break;
	default:
		text_add(dst, size,
		    lang_text(l, "contradicts its neighbours: their middle is %s, and %s off would "
				 "be the most"),
		    one, two);
	}
}

/* Those of one value. */
static void
say_one(char *dst, size_t size, const struct alert *a, enum lang l)
{
	char one[UNITS_MAX];

	lang_value(one, sizeof one, a->why.v[0], a->unit != NULL ? a->unit : "", l);
	if (a->why.code == REASON_ABOVE)
		text_add(dst, size, lang_text(l, "above %s"), one);
	else if (a->why.code == REASON_BELOW)
		text_add(dst, size, lang_text(l, "below %s"), one);
	else if (a->why.code == REASON_JUMPS)
		text_add(dst, size, lang_text(l, "jumped by %s in one step"), one);
	else
		text_add(dst, size, lang_text(l, "outside of what can be, which ends at %s"), one);
}

/* What each of those that are counted is; v[2] has its code, of which the words are English. */
static void
say_each(char *dst, size_t size, const struct alert *a, enum lang l)
{
	double code = a->why.v[2];

	if (code == REASON_RISING)
		text_say(dst, size, "%s", lang_text(l, "rising too fast"));
	else if (code == REASON_FALLING)
		text_say(dst, size, "%s", lang_text(l, "falling too fast"));
	else if (code == REASON_REACHES)
		text_say(dst, size, "%s", lang_text(l, "about to reach the limit"));
	else if (code == REASON_SILENT || code == REASON_LOST || code == REASON_NEVER)
		text_say(dst, size, "%s", lang_text(l, "silent"));
	else
		say_words(dst, size, a->why.words, l);
}

/* "3 of 12: above 32 °C". */
static void
say_count(char *dst, size_t size, const struct alert *a, enum lang l)
{
	char each[PART];

	say_each(each, sizeof each, a, l);
	text_add(dst, size, lang_text(l, "%.0f of %.0f"), a->why.v[0], a->why.v[1]);
	if (*each != '\0')
		text_add(dst, size, ": %s", each);
}

bool
text_is_flag(const struct alert *a)
{
	bool bare = a->unit == NULL || *a->unit == '\0' || strcmp(a->unit, "1") == 0;

	return bare && (a->why.code == REASON_ABOVE || a->why.code == REASON_BELOW) &&
	       *a->node != '\0' && a->limit > 0 && a->limit < 1 &&
	       (isnan(a->value) || fabs(a->value) < 1e-9 || fabs(a->value - 1) < 1e-9);
}

void
text_reason(char *dst, size_t size, const struct alert *a, enum lang l)
{
	*dst = '\0';
	if (text_is_flag(a)) /* the title says it */
		return;
	if (l == LANG_EN && *a->reason != '\0') { /* it is English */
		text_say(dst, size, "%s", a->reason);
		return;
	}
	if (a->why.code != REASON_OTHER)
		text_say(dst, size, "%s", sum_of(a, l));
	switch (a->why.code) {
	case REASON_ABOVE:
	case REASON_BELOW:
	case REASON_JUMPS:
	case REASON_UNPHYSICAL:
		say_one(dst, size, a, l);
		break;
	case REASON_SILENT:
		text_add(dst, size, "%s", lang_text(l, "silent"));
		break;
	case REASON_LOST:
		text_add(dst, size, "%s", lang_text(l, "its connection ended and is not back"));
		break;
	case REASON_NEVER:
		text_add(dst, size, "%s", lang_text(l, "not heard of since the collector's start"));
		break;
	case REASON_GONE:
		text_add(dst, size, "%s", lang_text(l, "no longer reported"));
		break;
	case REASON_REACHES:
		say_reaches(dst, size, a, l);
		break;
	case REASON_COUNT:
		say_count(dst, size, a, l);
		break;
	case REASON_STATE:
		say_words(dst, size, *a->why.words != '\0' ? a->why.words : a->reason, l);
		break;
	case REASON_OTHER:
		say_parts(dst, size, a->reason, l);
		break;
	default:
		say_pair(dst, size, a, l);
	}
}

/* Whether the title has at least half of the longer words of a part of a reason. */
static bool
says_part(const char *title, const char *part, size_t n)
{
	unsigned all = 0, found = 0;

	for (size_t i = 0; i < n;) {
		char word[32];
		size_t len = strcspn(part + i, " ,");
		if (len > n - i)
			len = n - i;
		if (len >= 4 && len < sizeof word) {
			all++;
			text_say(word, sizeof word, "%.*s", (int)len, part + i);
			found += fold_finds(title, word) >= 0;
		}
		i += len + 1;
	}
	return found * 2 >= all;
}

bool
text_is_titled(const struct alert *a)
{
	const char *part = a->reason, *and;

	if (a->why.code != REASON_OTHER || *a->node != '\0' || a->title == NULL || *part == '\0')
		return false;
	for (; (and = strstr(part, " and ")) != NULL; part = and+5)
		if (!says_part(a->title, part, (size_t)(and-part)))
			return false;
	return says_part(a->title, part, strlen(part));
}

void
text_beside(char *dst, size_t size, const struct alert *a, enum lang l)
{
	*dst = '\0';
	if (!text_is_titled(a))
		text_reason(dst, size, a, l);
}

void
text_value(char *dst, size_t size, const struct alert *a, enum lang l)
{
	*dst = '\0';
	if (strcmp(a->words, METRIC_RAISED) == 0 || text_is_flag(a))
		return;
	if (*a->words != '\0')
		text_say(dst, size, "%s", text_word(a->words, l));
	else if (!isnan(a->value))
		lang_value(dst, size, a->value, a->unit != NULL ? a->unit : "", l);
}

bool
text_is_over(const struct alert *a)
{
	return a->state == ALERT_RESOLVED || a->state == ALERT_CLOSED;
}

void
text_present(char *dst, size_t size, const struct alert *a, enum lang l)
{
	bool gone = a->state == ALERT_CLEARING || a->clear_ms != 0 || text_is_over(a);

	*dst = '\0';
	if (!alert_value_is_said(a) && !gone)
		text_value(dst, size, a, l);
}

const char *
text_unsteady(const struct alert *a, enum lang l)
{
	if ((a->flags & ALERT_CHATTERING) == 0 || text_is_over(a))
		return "";
	return lang_text(l, "comes and goes; held until it is steady for 10 min");
}

const char *
text_title(const struct alert *a, enum lang l)
{
	return a->title != NULL && *a->title != '\0' ? lang_text(l, a->title) : a->rule;
}

void
text_who(char *dst, size_t size, const struct alert *a, enum lang l)
{
	bool site = strcmp(a->zone, "site") == 0;
	const char *part = strchr(a->series, '-');

	*dst = '\0';
	if (*a->node != '\0' && part != NULL)
		text_say(dst, size, "%s (%s)", a->node, part + 1);
	else if (*a->node != '\0')
		text_say(dst, size, "%s", a->node);
	else if (*a->rack != '\0')
		text_say(dst, size, lang_text(l, "rack %s"), a->rack);
	else if (a->why.sum == REASON_AVERAGE || strncmp(a->reason, "average ", 8) == 0)
		text_say(dst, size, "%s",
		    site ? lang_text(l, "site average") : lang_text(l, "zone average"));
	else if (a->why.sum == REASON_MAXIMUM || strncmp(a->reason, "maximum ", 8) == 0)
		text_say(dst, size, "%s",
		    site ? lang_text(l, "site maximum") : lang_text(l, "zone maximum"));
	else if (a->why.sum == REASON_MINIMUM || strncmp(a->reason, "minimum ", 8) == 0)
		text_say(dst, size, "%s",
		    site ? lang_text(l, "site minimum") : lang_text(l, "zone minimum"));
}

void
text_alert(char *dst, size_t size, const struct alert *a, enum lang l)
{
	char who[PART], value[UNITS_MAX] = "", reason[ALERT_MAX_TEXT];
	const char *unsteady = text_unsteady(a, l);

	text_who(who, sizeof who, a, l);
	text_beside(reason, sizeof reason, a, l);
	text_present(value, sizeof value, a, l);
	text_say(dst, size, "%s: %s", text_grade(a->severity, l), text_title(a, l));
	if (*who != '\0' || *value != '\0')
		text_add(
		    dst, size, " – %s%s%s", who, *who != '\0' && *value != '\0' ? " " : "", value);
	if (*reason != '\0')
		text_add(dst, size, ", %s", reason);
	if (*unsteady != '\0')
		text_add(dst, size, ", %s", unsteady);
}

const char *
text_tag(enum wire_severity s, enum lang l)
{
	if (s == WIRE_CRITICAL)
		return lang_text(l, "CRITICAL");
	return s == WIRE_WARNING ? lang_text(l, "WARNING") : lang_text(l, "INFO");
}

const char *
text_grade(enum wire_severity s, enum lang l)
{
	if (s == WIRE_CRITICAL)
		return lang_text(l, "Critical");
	return s == WIRE_WARNING ? lang_text(l, "Warning") : lang_text(l, "Information");
}

void
text_zone(char *dst, size_t size, const struct zone *z, const char *site, enum lang l)
{
	if (z == NULL)
		text_say(dst, size, "%s", site);
	else if (strcmp(z->title, z->name) == 0)
		text_say(dst, size, lang_text(l, "Zone %s"), z->name);
	else if (strncmp(z->title, "Zone ", 5) == 0 && str_casecmp(z->title + 5, z->name) == 0)
		text_say(dst, size, lang_text(l, "Zone %s"), z->title + 5);
	else
		text_say(dst, size, "%s", z->title);
}

const char *
text_node(const struct node *n)
{
	return n->title != NULL && *n->title != '\0' ? n->title : n->name;
}
