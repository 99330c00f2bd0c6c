/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the answers about reports. */
#include "collector/web/api/schema.h"

#include <stddef.h>

#define END                                                                                        \
	{                                                                                          \
		NULL, NULL, NULL                                                                   \
	}

static const struct schema_member m_Reports[] = {
	{ "scheduled", "ReportsScheduled", "The next that come by themselves." },
	{ "reports", "[]Report", NULL },
	{ "next", "text?", "The address of the next page; null: this was the last." },
	END,
};

static const struct schema_member m_ReportsScheduled[] = {
	{ "monthly", "ReportNext?", NULL },
	{ "weekly", "ReportNext?", NULL },
	END,
};

static const struct schema_member m_ReportNext[] = {
	{ "period", "text", NULL },
	{ "at_ms", "moment", NULL },
	END,
};

#define REPORT_MEMBERS                                                                             \
	{ "name", "text", NULL }, { "state", "ready|waiting|making|failed", NULL },                \
	    { "period", "text", "2026-10, 2026-W43, 2026-10-01..2026-10-15." },                    \
	    { "kind", "month|week|days", NULL }, { "from_ms", "moment", NULL },                    \
	    { "to_ms", "moment", "Not part of it." },                                              \
	    { "zone", "text?", "null: the whole site." },                                          \
	    { "made_ms", "moment?", "null: not yet." },                                            \
	    { "data_end_ms", "moment?", "Of the newest value in it." },                            \
	    { "completeness", "number?", "Percent of the samples that were expected." },           \
	    { "languages", "[]az|ru|en", NULL }, { "files", "[]ReportFile", NULL },                \
	{                                                                                          \
		"job", "ReportJob?", "It is being made, or could not be."                          \
	}

static const struct schema_member m_Report[] = {
	REPORT_MEMBERS,
	END,
};

static const struct schema_member m_ReportWhole[] = {
	REPORT_MEMBERS,
	{ "summary", "ReportSummary", NULL },
	END,
};

static const struct schema_member m_ReportSummary[] = {
	{ "~az", "text", "Sentences, a line each." },
	{ "~ru", "text", NULL },
	{ "~en", "text", NULL },
	END,
};

static const struct schema_member m_ReportFile[] = {
	{ "name", "text", NULL },
	{ "language", "az|ru|en", NULL },
	{ "format", "pdf|html|csv", "csv: tables in a ZIP." },
	{ "bytes", "integer", NULL },
	{ "sha256", "text?", NULL },
	{ "path", "text", "Where it is." },
	END,
};

static const struct schema_member m_ReportJob[] = {
	{ "number", "integer", NULL },
	{ "percent", "integer", NULL },
	{ "doing", "text?", NULL },
	{ "scheduled", "flag", "It comes by itself: it is mailed, and tried until it is there." },
	{ "author", "text", NULL },
	{ "asked_ms", "moment", NULL },
	{ "tries", "integer", "That failed." },
	{ "again_ms", "moment?", "When it is tried again." },
	{ "reason", "text?", "Why it failed." },
	END,
};

static const struct schema_member m_ReportAsked[] = {
	{ "name", "text", NULL },
	{ "number", "integer", NULL },
	{ "state", "ready|waiting|making|failed", NULL },
	{ "path", "text", "Where to look." },
	END,
};

static const struct schema_member m_Completeness[] = {
	{ "from_ms", "moment", NULL },
	{ "to_ms", "moment", NULL },
	{ "counted_from_ms", "moment?", "When counting began." },
	{ "all", "CompletenessSum", NULL },
	{ "zones", "[]CompletenessZone", NULL },
	{ "nodes", "[]CompletenessNode", "The least complete first." },
	END,
};

#define SUM_MEMBERS                                                                                \
	{ "expected", "integer", "By the steps of the series." },                                  \
	    { "received", "integer", "Late ones among them." },                                    \
	    { "late", "integer", "Came more than a minute after their time." },                    \
	    { "empty", "integer", "Came without any value." },                                     \
	    { "thinned", "integer", "The sender's full spool kept one a minute." },                \
	    { "dropped", "integer", "The sender's full spool let them go." },                      \
	    { "missing", "integer", "The rest of what was expected." },                            \
	{                                                                                          \
		"part", "number?", "received / expected."                                          \
	}

static const struct schema_member m_CompletenessSum[] = {
	SUM_MEMBERS,
	END,
};

static const struct schema_member m_CompletenessZone[] = {
	{ "zone", "text", NULL },
	SUM_MEMBERS,
	END,
};

static const struct schema_member m_CompletenessNode[] = {
	{ "node", "text", NULL },
	{ "zone", "text?", "null: the site's own, or no longer configured." },
	SUM_MEMBERS,
	END,
};

const struct schema schema_reports[] = {
	{ "Completeness", "Samples that should be there, and are.", m_Completeness },
	{ "CompletenessSum", NULL, m_CompletenessSum },
	{ "CompletenessZone", NULL, m_CompletenessZone },
	{ "CompletenessNode", NULL, m_CompletenessNode },
	{ "Reports", NULL, m_Reports },
	{ "ReportsScheduled", NULL, m_ReportsScheduled },
	{ "ReportNext", NULL, m_ReportNext },
	{ "Report", "A report, past or on its way.", m_Report },
	{ "ReportWhole", "A report with its summary.", m_ReportWhole },
	{ "ReportSummary", NULL, m_ReportSummary },
	{ "ReportFile", NULL, m_ReportFile },
	{ "ReportJob", NULL, m_ReportJob },
	{ "ReportAsked", NULL, m_ReportAsked },
	{ NULL, NULL, NULL },
};
