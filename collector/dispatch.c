/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that the mail says is in the manifest, so that nothing is read here: the PDF itself is
 * read by the channel's thread when the mail goes. */
#include "collector/dispatch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/history.h"
#include "collector/conf.h"
#include "collector/notify/text_doc.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/units.h"

/* Whether a recipient gets the report of this kind and zone. */
static bool
is_for(const struct conf_report_recipient *r, enum period_kind kind, const char *zone)
{
	bool wants = kind == PERIOD_MONTH ? r->monthly : kind == PERIOD_WEEK ? r->weekly : false;
	bool site = r->zone == NULL || strcmp(r->zone, "site") == 0;

	return wants && strcmp(site ? "" : r->zone, zone) == 0;
}

unsigned
dispatch_langs(const struct conf_collector *conf, enum period_kind kind, const char *zone)
{
	const struct conf_report_recipient *r = conf->report.recipients.v;
	unsigned langs = 0;

	for (size_t i = 0; i < conf->report.recipients.n; i++)
		if (is_for(&r[i], kind, zone))
			langs |= 1U << lang_of(r[i].language);
	return langs;
}

/* Their addresses, separated by ", "; NULL: there are none. */
static char *
addresses(const struct conf_collector *conf, const struct shelf_report *report, enum lang l)
{
	const struct conf_report_recipient *r = conf->report.recipients.v;
	struct buf b = { 0 };

	for (size_t i = 0; i < conf->report.recipients.n; i++) {
		if (!is_for(&r[i], report->period.kind, report->zone) ||
		    lang_of(r[i].language) != l)
			continue;
		if (b.len > 0)
			buf_put(&b, ", ", 2);
		buf_text(&b, r[i].address);
	}
	if (b.len == 0)
		return NULL;
	buf_u8(&b, '\0');
	return (char *)b.data;
}

/* What the report is of: "Monthly report, October 2026: Data centre, zone B". */
static void
put_title(
    char *dst, size_t size, const struct site *site, const struct shelf_report *r, enum lang l)
{
	const struct zone *z = r->zone[0] != '\0' ? site_zone(site, r->zone) : NULL;
	char when[128];

	period_title(&r->period, when, sizeof when, l);
	text_say(dst, size, "%s, %s: %s",
	    r->period.kind == PERIOD_WEEK ? lang_text(l, "Weekly report")
					  : lang_text(l, "Monthly report"),
	    when, site_title(site));
	if (r->zone[0] != '\0')
		text_add(dst, size, ", %s", z != NULL ? z->title : r->zone);
}

/* The report's own words. */
static void
put_summary(struct doc *d, const char *sentences)
{
	if (sentences == NULL)
		return;
	doc_heading(d, lang_text(d->lang, "Summary"));
	doc_list(d);
	for (const char *s = sentences; *s != '\0';) {
		size_t n = strcspn(s, "\n");
		char *line = xasprintf("%.*s", (int)n, s);
		doc_item(d, line);
		free(line);
		s += n + (s[n] == '\n');
	}
	doc_list_end(d);
}

/* Whether the PDF comes along, or why not. */
static void
put_attached(struct doc *d, const struct shelf_file *pdf)
{
	char line[TEXT_LINE], size[UNITS_MAX], most[UNITS_MAX];
	enum lang l = d->lang;

	if (pdf == NULL) {
		doc_notice(d, lang_text(l, "The report has no PDF in this language."));
		return;
	}
	lang_value(size, sizeof size, (double)pdf->bytes, "By", l);
	lang_value(most, sizeof most, DISPATCH_MAX_PDF, "By", l);
	if (pdf->bytes <= DISPATCH_MAX_PDF) {
		doc_para(d, lang_text(l, "The report is attached as a PDF."));
		return;
	}
	text_say(line, sizeof line,
	    lang_text(l, "The PDF is not attached: it has %s, and a mail holds %s at most. It is "
			 "on the page."),
	    size, most);
	doc_notice(d, line);
}

/* How whoever has the file knows that it is this one. */
static void
put_facts(struct doc *d, const struct shelf_report *r, const struct shelf_file *pdf)
{
	char text[64];
	enum lang l = d->lang;

	doc_table(d);
	if (!isnan(r->completeness)) {
		lang_number(text, sizeof text, r->completeness, 1, l);
		text_add(text, sizeof text, " %%");
		doc_row(d, lang_text(l, "Data completeness"), text);
	}
	if (r->data_end_s != 0) {
		lang_time(text, sizeof text, r->data_end_s * 1000, l);
		doc_row(d, lang_text(l, "Data until"), text);
	}
	if (pdf != NULL) {
		doc_row(d, lang_text(l, "File"), pdf->name);
		lang_value(text, sizeof text, (double)pdf->bytes, "By", l);
		doc_row(d, lang_text(l, "Size"), text);
		doc_row(d, "SHA-256", pdf->sha256);
	}
	doc_table_end(d);
}

/* The ways to the other forms, and to all reports. */
static void
put_links(struct doc *d, const struct shelf_report *r, const char *url)
{
	static const char *const labels[SHELF_FORMS] = { N_("As PDF"), N_("As a page"),
		N_("Its figures as tables (CSV)") };
	enum lang l = d->lang;

	for (int form = 0; form < SHELF_FORMS; form++) {
		const struct shelf_file *f = shelf_file(r, l, (enum shelf_form)form);
		char below[2 * SHELF_MAX_FILE + 32];
		if (f == NULL)
			continue;
		snprintf(below, sizeof below, "api/v1/reports/%s/%s", r->name, f->name);
		doc_link(d, url, below, lang_text(l, labels[form]));
	}
	doc_link(d, url, "reports", lang_text(l, "All reports"));
}

/* The right side of Message-IDs, as notify.c has it. */
static const char *
host_of(const struct conf_mail *c)
{
	const char *at = strrchr(c->from, '@');

	return c->hostname != NULL ? c->hostname : at != NULL ? at + 1 : "localhost";
}

struct mail *
dispatch_mail(const struct conf_collector *conf, const struct site *site,
    const struct shelf_report *r, enum lang l, const char *install, int64_t now_ms)
{
	const struct shelf_file *pdf = shelf_file(r, l, SHELF_PDF);
	char *to = addresses(conf, r, l), title[TEXT_LINE];
	struct doc d;

	if (to == NULL)
		return NULL;
	struct mail *m = xcalloc(1, sizeof *m);
	m->kind = xstrdup("report");
	m->via = xstrdup("mail");
	m->zone = xstrdup(r->zone[0] != '\0' ? r->zone : "site");
	m->severity = WIRE_INFO;
	m->to = to;
	m->created_ms = m->next_ms = now_ms;
	m->graph_limit = NAN;
	m->message_id =
	    xasprintf("<report-%s-%s-%s@%s>", r->name, lang_word(l), install, host_of(&conf->mail));
	if (pdf != NULL && pdf->bytes <= DISPATCH_MAX_PDF)
		m->attach = xasprintf("reports/%s", pdf->name);
	put_title(title, sizeof title, site, r, l);
	text_subject(m, title);
	doc_begin(&d, l, DOC_INFO, lang_text(l, "Report"), title);
	put_summary(&d, r->summary[l]);
	put_attached(&d, pdf);
	put_facts(&d, r, pdf);
	put_links(&d, r, conf->web.url);
	doc_end(&d, m);
	return m;
}
