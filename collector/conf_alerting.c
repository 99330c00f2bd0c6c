/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_alerting: looks across the keys about who is told of what: limits, maintenance windows,
 * recipients. Called also when single values have errors, so anything may be missing. */
#include <stdio.h>
#include <string.h>

#include "collector/alert/silence.h"
#include "collector/conf.h"
#include "zw/str.h"

/* Whether there is a zone of this name, or it is the site. */
static bool
is_zone(const struct conf_collector *c, const char *name)
{
	const struct conf_zone *zones = c->zones.v;

	if (strcmp(name, "site") == 0 || strcmp(name, SITE_UNASSIGNED) == 0)
		return true;
	for (size_t i = 0; i < c->zones.n; i++)
		if (zones[i].name != NULL && strcmp(zones[i].name, name) == 0)
			return true;
	return false;
}

/* Complain that there is no zone of a name. */
static void
unknown_zone(const struct conf_collector *c, const void *element, const char *key, const char *name,
    struct conf_errors *ce)
{
	const struct conf_zone *zones = c->zones.v;
	const char *names[64];
	size_t n = 0;

	for (size_t i = 0; i < c->zones.n && n < sizeof names / sizeof *names; i++)
		names[n++] = zones[i].name;
	const char *near = conf_nearest(name, names, n);
	conf_complain(ce, element, key, "there is no zone \"%s\"%s%s%s", name,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

/* Check that all texts of a key name zones. */
static void
check_zones(const struct conf_collector *c, const void *element, const struct conf_texts *zones,
    struct conf_errors *ce)
{
	for (size_t i = 0; i < zones->n; i++)
		if (!is_zone(c, zones->v[i]))
			unknown_zone(c, element, "zones", zones->v[i], ce);
}

/* Check a text that says when: "Mon-Fri 09:00-18:00". */
static void
check_window(const void *element, const char *key, const char *text, struct conf_errors *ce)
{
	struct silence s = { 0 };
	struct err e = { .msg = "" };

	if (text != NULL && silence_parse_window(text, &s, &e) == -1)
		conf_complain(ce, element, key, "%s", e.msg);
}

/* Check the maintenance windows. */
static void
check_maintenance(const struct conf_collector *c, struct conf_errors *ce)
{
	const struct conf_window *w = c->maintenance.v;

	for (size_t i = 0; i < c->maintenance.n; i++) {
		check_window(&w[i], "when", w[i].when, ce);
		if (w[i].zone != NULL && strchr(w[i].zone, '*') == NULL && !is_zone(c, w[i].zone))
			unknown_zone(c, &w[i], "zone", w[i].zone, ce);
		if (w[i].reason != NULL && *w[i].reason == '\0')
			conf_complain(ce, &w[i], "reason", "must not be empty");
	}
}

/* Whether there is a credential of this name. */
static bool
is_credential(const struct conf_collector *c, const char *name)
{
	const struct conf_trap_credential *t = c->trap_credentials.v;

	for (size_t i = 0; i < c->trap_credentials.n; i++)
		if (t[i].name != NULL && strcmp(t[i].name, name) == 0)
			return true;
	return false;
}

/* Check where a recipient is told, by what it is told with. */
static void
check_address(const struct conf_recipient *r, struct conf_errors *ce)
{
	const char *via = r->via != NULL ? r->via : "mail";
	bool url = strcmp(via, "webhook") == 0 || strcmp(via, "alertmanager") == 0;

	if (r->address == NULL)
		return;
	if (url && strncmp(r->address, "http://", 7) != 0 &&
	    strncmp(r->address, "https://", 8) != 0)
		conf_complain(ce, r, "address", "must begin with http:// or https://");
	if (!url && strcmp(via, "mail") != 0 && *r->address == '\0')
		conf_complain(ce, r, "address", "must not be empty");
}

/* Check a list of recipients, but for plain mail addresses, which conf_check.c knows. */
static void
check_recipients(
    const struct conf_collector *c, const struct conf_list *list, struct conf_errors *ce)
{
	const struct conf_recipient *r = list->v;

	for (size_t i = 0; i < list->n; i++) {
		bool trap = r[i].via != NULL && strcmp(r[i].via, "trap") == 0;
		check_zones(c, &r[i], &r[i].zones, ce);
		check_address(&r[i], ce);
		for (size_t j = 0; j < r[i].hours.n; j++)
			check_window(&r[i], "hours", r[i].hours.v[j], ce);
		if (r[i].credential == NULL)
			continue;
		if (!trap)
			conf_complain(
			    ce, &r[i], "credential", "means something only with via = \"trap\"");
		else if (!is_credential(c, r[i].credential))
			conf_complain(ce, &r[i], "credential",
			    "there is no \"%s\" in trap_credentials", r[i].credential);
	}
}

/* Check when rules hold. */
static void
check_rules(const struct conf_collector *c, struct conf_errors *ce)
{
	const struct conf_rule *r = c->rules.v;

	for (size_t i = 0; i < c->rules.n; i++)
		for (size_t j = 0; j < r[i].hours.n; j++)
			check_window(&r[i], "hours", r[i].hours.v[j], ce);
}

/* Check where limits differ. */
static void
check_limits(const struct conf_collector *c, struct conf_errors *ce)
{
	const struct conf_limit *l = c->limits.v;

	for (size_t i = 0; i < c->limits.n; i++) {
		check_zones(c, &l[i], &l[i].zones, ce);
		if (l[i].above <= l[i].below)
			conf_complain(ce, &l[i], "below",
			    "%g is not under \"above\" (%g): every value would be bad", l[i].below,
			    l[i].above);
		if (l[i].clear > l[i].above)
			conf_complain(ce, &l[i], "clear",
			    "%g is beyond \"above\" (%g): it would never hold", l[i].clear,
			    l[i].above);
		if (l[i].clear < l[i].below)
			conf_complain(ce, &l[i], "clear",
			    "%g is beyond \"below\" (%g): it would never hold", l[i].clear,
			    l[i].below);
	}
}

void
collector_conf_check_alerting(const struct conf_collector *c, struct conf_errors *ce)
{
	check_limits(c, ce);
	check_rules(c, ce);
	check_maintenance(c, ce);
	check_recipients(c, &c->recipients, ce);
	check_recipients(c, &c->mail.recipients, ce);
}
