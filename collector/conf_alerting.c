/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_alerting: looks across the keys about who is told of what: limits, maintenance windows,
 * recipients, mail, reports. Called also when single values have errors, so anything may be
 * missing. */
#include <stdio.h>
#include <string.h>

#include "collector/alert/silence.h"
#include "collector/conf_names.h"
#include "zw/str.h"

/* Check a text that says when: "Mon-Fri 09:00-18:00". */
static void
check_window(const struct check *k, const void *element, const char *key, const char *text)
{
	struct silence s = { 0 };
	struct err e = { .msg = "" };

	if (text != NULL && silence_parse_window(text, &s, &e) == -1)
		conf_complain(k->ce, element, key, "%s", e.msg);
}

/* Check the maintenance windows. */
static void
check_maintenance(const struct check *k)
{
	const struct conf_window *w = k->c->maintenance.v;

	for (size_t i = 0; i < k->c->maintenance.n; i++) {
		check_window(k, &w[i], "when", w[i].when);
		if (w[i].zone != NULL && strchr(w[i].zone, '*') == NULL &&
		    names_find(&k->zones, w[i].zone) == NULL)
			names_unknown(k, &w[i], "zone", "zone", &k->zones, w[i].zone);
		if (w[i].reason != NULL && *w[i].reason == '\0')
			conf_complain(k->ce, &w[i], "reason", "must not be empty");
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
check_target(const struct check *k, const struct conf_recipient *r)
{
	const char *via = r->via != NULL ? r->via : "mail";
	bool url = strcmp(via, "webhook") == 0 || strcmp(via, "alertmanager") == 0;

	if (r->address == NULL)
		return;
	if (url && strncmp(r->address, "http://", 7) != 0 &&
	    strncmp(r->address, "https://", 8) != 0)
		conf_complain(k->ce, r, "address", "must begin with http:// or https://");
	if (!url && strcmp(via, "mail") != 0 && *r->address == '\0')
		conf_complain(k->ce, r, "address", "must not be empty");
}

/* Check a list of recipients, but for plain mail addresses: see check_mail(). */
static void
check_recipients(const struct check *k, const struct conf_list *list)
{
	const struct conf_recipient *r = list->v;

	for (size_t i = 0; i < list->n; i++) {
		bool trap = r[i].via != NULL && strcmp(r[i].via, "trap") == 0;
		names_check_zones(k, &r[i].zones, &r[i]);
		check_target(k, &r[i]);
		for (size_t j = 0; j < r[i].hours.n; j++)
			check_window(k, &r[i], "hours", r[i].hours.v[j]);
		if (r[i].credential == NULL)
			continue;
		if (!trap)
			conf_complain(
			    k->ce, &r[i], "credential", "means something only with via = \"trap\"");
		else if (!is_credential(k->c, r[i].credential))
			conf_complain(k->ce, &r[i], "credential",
			    "there is no \"%s\" in trap_credentials", r[i].credential);
	}
}

/* Check when rules hold. */
static void
check_rules(const struct check *k)
{
	const struct conf_rule *r = k->c->rules.v;

	for (size_t i = 0; i < k->c->rules.n; i++)
		for (size_t j = 0; j < r[i].hours.n; j++)
			check_window(k, &r[i], "hours", r[i].hours.v[j]);
}

/* Check where limits differ. */
static void
check_limits(const struct check *k)
{
	const struct conf_limit *l = k->c->limits.v;

	for (size_t i = 0; i < k->c->limits.n; i++) {
		names_check_zones(k, &l[i].zones, &l[i]);
		if (l[i].above <= l[i].below)
			conf_complain(k->ce, &l[i], "below",
			    "%g is not under \"above\" (%g): every value would be bad", l[i].below,
			    l[i].above);
		if (l[i].clear > l[i].above)
			conf_complain(k->ce, &l[i], "clear",
			    "%g is beyond \"above\" (%g): it would never hold", l[i].clear,
			    l[i].above);
		if (l[i].clear < l[i].below)
			conf_complain(k->ce, &l[i], "clear",
			    "%g is beyond \"below\" (%g): it would never hold", l[i].clear,
			    l[i].below);
	}
}

/* Whether a text is a plain mail address, fit for a header and for SMTP without SMTPUTF8. */
static bool
is_mail_address(const char *s)
{
	const char *at = strchr(s, '@');

	if (at == NULL || at == s || at[1] == '\0' || strchr(at + 1, '@') != NULL)
		return false;
	for (const char *p = s; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f || strchr("<>()[],;:\\\"", *p) != NULL)
			return false;
	return strlen(s) <= 254;
}

/* Check a plain mail address. */
static void
check_address(const struct check *k, const void *element, const char *key, const char *value)
{
	if (value != NULL && *value != '\0' && !is_mail_address(value))
		conf_complain(k->ce, element, key,
		    "\"%s\" is no mail address, as in \"admin@example.org\"", value);
}

/* Check how mail is sent. */
static void
check_transport(const struct check *k, const struct conf_mail *m)
{
	const char *t = m->transport;
	bool smtp = t != NULL && (strncmp(t, "smtp://", 7) == 0 || strncmp(t, "smtps://", 8) == 0);

	if (t != NULL && !smtp && strncmp(t, "maildir:", 8) != 0) {
		conf_complain(
		    k->ce, m, "transport", "must begin with smtp://, smtps:// or maildir:");
	} else if (smtp) {
		const char *host = strstr(t, "://") + 3;
		if (*host == '\0' || *host == ':' || strpbrk(host, "/@ ") != NULL)
			conf_complain(k->ce, m, "transport",
			    "must be %.*sHOST or %.*sHOST:PORT; a user goes into \"user\"",
			    (int)(host - t), t, (int)(host - t), t);
	} else if (t != NULL && t[8] != '/') {
		conf_complain(
		    k->ce, m, "transport", "maildir: must be followed by an absolute path");
	}
	if ((m->user == NULL) != (m->password_file == NULL))
		conf_complain(k->ce, m, m->user == NULL ? "password_file" : "user",
		    "\"user\" and \"password_file\" belong together");
}

/* Check mail and its recipients. */
static void
check_mail(const struct check *k)
{
	const struct conf_mail *m = &k->c->mail;
	const struct conf_recipient *r = m->recipients.v;

	check_transport(k, m);
	if (m->transport == NULL && m->recipients.n > 0 && !conf_is_given(k->ce, m, "transport"))
		conf_complain(k->ce, m, "recipients",
		    "would get no mail: \"transport\" must say how it is sent");
	check_address(k, m, "from", m->from);
	for (size_t i = 0; i < m->recipients.n; i++) {
		if (names_is(r[i].via, "mail"))
			check_address(k, &r[i], "address", r[i].address);
	}
	r = k->c->recipients.v;
	for (size_t i = 0; i < k->c->recipients.n; i++) {
		if (!names_is(r[i].via, "mail"))
			continue;
		check_address(k, &r[i], "address", r[i].address);
		if (m->transport == NULL && !conf_is_given(k->ce, m, "transport"))
			conf_complain(k->ce, &r[i], "address",
			    "would get no mail: mail.transport must say how it is sent");
	}
}

/* Whether it is a language that we have. */
static bool
is_language(const char *s)
{
	return strcmp(s, "az") == 0 || strcmp(s, "ru") == 0 || strcmp(s, "en") == 0;
}

/* Whether it is a time of day: "06:00". */
static bool
is_time_of_day(const char *s)
{
	uint64_t hour, minute;
	char text[6] = "";

	if (strlen(s) != 5 || s[2] != ':')
		return false;
	memcpy(text, s, 5);
	text[2] = '\0';
	return str_to_u64(text, 0, 23, &hour) == 0 && str_to_u64(text + 3, 0, 59, &minute) == 0;
}

/* Check when reports come, and in what. */
static void
check_report(const struct check *k)
{
	const struct conf_report *c = &k->c->report;

	if (c->at != NULL && !is_time_of_day(c->at))
		conf_complain(k->ce, c, "at", "\"%s\" is no time of day, such as \"06:00\"", c->at);
	for (size_t i = 0; i < c->languages.n; i++)
		if (!is_language(c->languages.v[i]))
			conf_complain(k->ce, c, "languages",
			    "there are no reports in \"%s\", only in az, ru and en",
			    c->languages.v[i]);
}

/* Check who gets reports. */
static void
check_report_recipients(const struct check *k)
{
	const struct conf_report *c = &k->c->report;
	const struct conf_report_recipient *r = c->recipients.v;
	bool mail = k->c->mail.transport != NULL || conf_is_given(k->ce, &k->c->mail, "transport");

	for (size_t i = 0; i < c->recipients.n; i++) {
		check_address(k, &r[i], "address", r[i].address);
		if (r[i].address != NULL && *r[i].address == '\0')
			conf_complain(k->ce, &r[i], "address", "must not be empty");
		if (r[i].zone != NULL && names_find(&k->zones, r[i].zone) == NULL)
			names_unknown(k, &r[i], "zone", "zone", &k->zones, r[i].zone);
		if (!mail)
			conf_complain(k->ce, &r[i], "address",
			    "would get no report: mail.transport must say how it is sent");
	}
}

void
conf_alerting_check(const struct check *k)
{
	check_limits(k);
	check_rules(k);
	check_maintenance(k);
	check_recipients(k, &k->c->recipients);
	check_recipients(k, &k->c->mail.recipients);
	check_mail(k);
	check_report(k);
	check_report_recipients(k);
}
