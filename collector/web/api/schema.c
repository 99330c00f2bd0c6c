/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the answers, of the site and its values; that of alerts and the past is in
 * schema_past.c. A member of an answer that is not here fails the tests. */
#include "collector/web/api/schema.h"

#include <stddef.h>

#define END                                                                                        \
	{                                                                                          \
		NULL, NULL, NULL                                                                   \
	}

static const struct schema_member m_Error[] = {
	{ "error", "ErrorAbout", NULL },
	END,
};

static const struct schema_member m_ErrorAbout[] = {
	{ "code", "text", "One word for programs." },
	{ "message", "text", "A sentence for people." },
	END,
};

static const struct schema_member m_Routes[] = {
	{ "routes", "[]Route", NULL },
	END,
};

static const struct schema_member m_Route[] = {
	{ "method", "GET|POST", NULL },
	{ "path", "text", "{} stands for one part." },
	{ "role", "nobody|wall|viewer|operator|admin", "That one needs at least." },
	{ "help", "text", NULL },
	END,
};

static const struct schema_member m_Health[] = {
	{ "status", "ok|failing", "failing: the HTTP status is 503." },
	{ "version", "text", NULL },
	{ "parts", "[]HealthPart", NULL },
	END,
};

static const struct schema_member m_HealthPart[] = {
	{ "name", "text", NULL },
	{ "status", "ok|off|failing", "off: not configured." },
	{ "message", "text?", NULL },
	END,
};

static const struct schema_member m_Counts[] = {
	{ "total", "integer", NULL },
	{ "ok", "integer", NULL },
	{ "never-seen", "integer", NULL },
	{ "no-data", "integer", NULL },
	{ "warning", "integer", NULL },
	{ "critical", "integer", NULL },
	END,
};

static const struct schema_member m_Site[] = {
	{ "name", "text", NULL },
	{ "timezone", "text", NULL },
	{ "languages", "[]text", "Of the pages." },
	{ "version", "text", NULL },
	{ "now_ms", "moment", NULL },
	{ "state", "ok|never-seen|no-data|warning|critical", NULL },
	{ "severity", "info|warning|critical?", "The worst that fires." },
	{ "nodes", "Counts", NULL },
	{ "zones", "[]text", "Names." },
	END,
};

static const struct schema_member m_Status[] = {
	{ "site", "text", NULL },
	{ "version", "text", NULL },
	{ "state", "ok|never-seen|no-data|warning|critical",
	    "Critical also while the store does not run." },
	{ "now_ms", "moment", NULL },
	{ "started_ms", "moment", NULL },
	{ "uptime_s", "number", NULL },
	{ "configuration", "Configuration?", NULL },
	{ "nodes", "Counts", NULL },
	{ "alerts", "AlertCounts", NULL },
	{ "open_incidents", "integer", NULL },
	{ "intake", "Intake", NULL },
	{ "journal", "Journal", NULL },
	{ "store", "Store", NULL },
	{ "mail", "Mail", NULL },
	{ "loop", "Loop?", NULL },
	END,
};

static const struct schema_member m_Configuration[] = {
	{ "loaded_ms", "moment", "When the one in force was loaded, or looked at again." },
	{ "stale", "flag", "Its files have changed since: nobody has asked for a reload." },
	{ "refused_ms", "moment?", "When others were refused last; null: none since." },
	{ "errors", "integer", "How many errors those had." },
	{ "error", "text?", "The first of them." },
	END,
};

static const struct schema_member m_Loop[] = {
	{ "longest_ms", "number", "CPU time of the event loop's longest turn of late." },
	{ "cpu_s", "number", "CPU time of all turns." },
	END,
};

static const struct schema_member m_AlertCounts[] = {
	{ "critical", "integer", NULL },
	{ "warning", "integer", NULL },
	{ "info", "integer", NULL },
	{ "pending", "integer", NULL },
	{ "silenced", "integer", NULL },
	END,
};

static const struct schema_member m_Intake[] = {
	{ "connections", "integer", NULL },
	{ "accepted", "integer", NULL },
	{ "refused", "integer", NULL },
	{ "frames", "integer", NULL },
	{ "batches", "integer", NULL },
	{ "values", "integer", NULL },
	{ "live", "integer", NULL },
	{ "duplicates", "integer", NULL },
	{ "rejected", "integer", NULL },
	{ "bytes", "integer", NULL },
	END,
};

static const struct schema_member m_Journal[] = {
	{ "bytes", "integer", NULL },
	{ "first_lsn", "integer", NULL },
	{ "last_lsn", "integer", NULL },
	{ "damage", "integer", NULL },
	END,
};

static const struct schema_member m_Store[] = {
	{ "running", "flag", NULL },
	{ "pid", "integer?", NULL },
	{ "applied_lsn", "integer", NULL },
	{ "pending", "integer", NULL },
	{ "values", "integer", NULL },
	{ "updates", "integer", NULL },
	{ "files", "integer", NULL },
	{ "late", "integer", NULL },
	{ "quarantined", "integer", NULL },
	{ "errors", "integer", NULL },
	{ "checkpoint_ms", "moment?", NULL },
	{ "scrubbed_ms", "moment?",
	    "When all rows of all RRDs had been compared with their checksums." },
	{ "damaged_rows", "integer", "Found changed, since the store's start." },
	END,
};

static const struct schema_member m_Mail[] = {
	{ "off", "text?", "Why nobody gets any." },
	{ "waiting", "integer", NULL },
	{ "sent", "integer", NULL },
	{ "failed", "integer", NULL },
	{ "retries", "integer", NULL },
	{ "oldest_ms", "moment?", NULL },
	{ "last_error", "text?", NULL },
	{ "channels", "[]Channel", NULL },
	{ "ping", "Ping?", NULL },
	END,
};

static const struct schema_member m_Channel[] = {
	{ "name", "text", NULL },
	{ "waiting", "integer", NULL },
	{ "sent", "integer", NULL },
	{ "failed", "integer", NULL },
	{ "refused", "integer", NULL },
	{ "retries", "integer", NULL },
	{ "oldest_ms", "moment?", NULL },
	{ "last_error", "text?", NULL },
	END,
};

static const struct schema_member m_Ping[] = {
	{ "answered", "integer", NULL },
	{ "unanswered", "integer", NULL },
	{ "answered_ms", "moment?", NULL },
	{ "error", "text?", NULL },
	END,
};

static const struct schema_member m_Zones[] = {
	{ "zones", "[]Zone", NULL },
	END,
};

static const struct schema_member m_Zone[] = {
	{ "name", "text", NULL },
	{ "title", "text", NULL },
	{ "state", "ok|never-seen|no-data|warning|critical", NULL },
	{ "severity", "info|warning|critical?", NULL },
	{ "nodes", "Counts", NULL },
	{ "air", "Air?", NULL },
	END,
};

static const struct schema_member m_ZoneWhole[] = {
	{ "name", "text", NULL },
	{ "title", "text", NULL },
	{ "state", "ok|never-seen|no-data|warning|critical", NULL },
	{ "severity", "info|warning|critical?", NULL },
	{ "nodes", "Counts", NULL },
	{ "air", "Air?", NULL },
	{ "racks", "[]text", NULL },
	{ "members", "[]text", "Names of its nodes." },
	END,
};

static const struct schema_member m_Air[] = {
	{ "inlets", "integer", "That are known." },
	{ "rising", "integer", "Of them." },
	{ "hottest", "number?", "Degrees Celsius." },
	{ "node", "text", "Of the hottest." },
	{ "mean", "number?", NULL },
	{ "rate", "number?", "K/min." },
	{ "limit", "number?", NULL },
	{ "cooling_units", "integer", NULL },
	{ "cooling_off", "integer", NULL },
	{ "cooling_off_ms", "moment?", NULL },
	{ "supply", "number?", "The warmest supply air." },
	{ "power", "number?", "W." },
	{ "left_s", "number?", "Until the limit; null while it is not approached." },
	{ "earliest_s", "number?", NULL },
	{ "latest_s", "number?", NULL },
	{ "learned", "integer", "Heatings of the past that this rests on." },
	END,
};

static const struct schema_member m_Nodes[] = {
	{ "nodes", "[]Node", NULL },
	{ "next", "text?", "The address of the next page; null: this was the last." },
	END,
};

static const struct schema_member m_Node[] = {
	{ "name", "text", NULL },
	{ "title", "text", NULL },
	{ "kind", "server|device|link|summary", NULL },
	{ "zone", "text", "\"site\": of none." },
	{ "rack", "text?", NULL },
	{ "unit", "integer", NULL },
	{ "state", "ok|never-seen|no-data|warning|critical", NULL },
	{ "severity", "info|warning|critical?", NULL },
	{ "connected", "flag", NULL },
	{ "age_s", "number?", "Since something of it arrived." },
	{ "peer", "text?", NULL },
	{ "agent", "text?", NULL },
	{ "parent", "text?", "The device that it is a child of." },
	{ "via", "text?", "The gateway that speaks for it." },
	{ "depends", "[]text", NULL },
	{ "nseries", "integer", NULL },
	END,
};

static const struct schema_member m_NodeWhole[] = {
	{ "name", "text", NULL },
	{ "title", "text", NULL },
	{ "kind", "server|device|link|summary", NULL },
	{ "zone", "text", "\"site\": of none." },
	{ "rack", "text?", NULL },
	{ "unit", "integer", NULL },
	{ "state", "ok|never-seen|no-data|warning|critical", NULL },
	{ "severity", "info|warning|critical?", NULL },
	{ "connected", "flag", NULL },
	{ "age_s", "number?", "Since something of it arrived." },
	{ "peer", "text?", NULL },
	{ "agent", "text?", NULL },
	{ "parent", "text?", "The device that it is a child of." },
	{ "via", "text?", "The gateway that speaks for it." },
	{ "depends", "[]text", NULL },
	{ "series", "[]Series", NULL },
	END,
};

static const struct schema_member m_SeriesList[] = {
	{ "series", "[]Series", NULL },
	{ "next", "text?", "The address of the next page; null: this was the last." },
	END,
};

static const struct schema_member m_Series[] = {
	{ "id", "integer", NULL },
	{ "node", "text", NULL },
	{ "name", "text", "source, or source-instance." },
	{ "source", "text", NULL },
	{ "instance", "text", NULL },
	{ "step_s", "integer", NULL },
	{ "age_s", "number?", NULL },
	{ "fields", "[]Field", NULL },
	END,
};

static const struct schema_member m_Field[] = {
	{ "name", "text", NULL },
	{ "kind", "gauge|counter|state", NULL },
	{ "unit", "text", "Of a counter per second." },
	{ "min", "number?", "The plausible range." },
	{ "max", "number?", NULL },
	{ "label", "text", NULL },
	END,
};

static const struct schema_member m_Last[] = {
	{ "values", "[]Value", NULL },
	{ "next", "text?", "The address of the next page; null: this was the last." },
	END,
};

static const struct schema_member m_Value[] = {
	{ "node", "text", NULL },
	{ "series", "text", NULL },
	{ "field", "text", NULL },
	{ "value", "number?", NULL },
	{ "unit", "text", NULL },
	{ "~state", "text?", "What a state's number means." },
	{ "~severity", "ok|warning|critical|unknown?", "Of that state." },
	{ "time_s", "integer", "Of the reading, seconds since 1970." },
	{ "age_s", "number?", NULL },
	{ "stale", "flag", "Too old to count as live." },
	END,
};

static const struct schema_member m_Done[] = {
	{ "done", "text", NULL },
	{ "id", "integer", NULL },
	END,
};

static const struct schema_member m_Flushed[] = {
	{ "flushed", "flag", NULL },
	END,
};

static const struct schema_member m_Events[] = {
	{ "events", "[]Event", NULL },
	END,
};

static const struct schema_member m_Event[] = {
	{ "time_ms", "moment", NULL },
	{ "node", "text", NULL },
	{ "series", "text?", NULL },
	{ "severity", "info|warning|critical", NULL },
	{ "code", "text", NULL },
	{ "text", "text", NULL },
	END,
};

static const struct schema_member m_Rows[] = {
	{ "start", "integer", NULL },
	{ "end", "integer", NULL },
	{ "step", "integer", NULL },
	{ "fields", "[]text", NULL },
	{ "rows", "[][]number?", NULL },
	END,
};

static const struct schema_member m_Values[] = {
	{ "start_s", "integer", NULL },
	{ "end_s", "integer", NULL },
	{ "step_s", "integer", NULL },
	{ "rows", "integer", NULL },
	{ "archive", "ValuesArchive", NULL },
	{ "fields", "[]ValuesField", NULL },
	{ "~average", "[][]number?", NULL },
	{ "~min", "[][]number?", NULL },
	{ "~max", "[][]number?", NULL },
	END,
};

static const struct schema_member m_ValuesArchive[] = {
	{ "step_s", "integer", NULL },
	{ "merged", "integer", "Rows of it that are one here." },
	{ "exact", "flag", "A row is one sample." },
	END,
};

static const struct schema_member m_ValuesField[] = {
	{ "~id", "text", NULL },
	{ "node", "text", NULL },
	{ "series", "text", NULL },
	{ "field", "text", NULL },
	{ "unit", "text", NULL },
	{ "label", "text", NULL },
	{ "kind", "gauge|counter|state", NULL },
	{ "least", "number?", NULL },
	{ "most", "number?", NULL },
	{ "series_step_s", "integer", NULL },
	{ "~states", "[]StateWord", NULL },
	END,
};

static const struct schema_member m_StateWord[] = {
	{ "code", "integer", NULL },
	{ "text", "text", NULL },
	{ "severity", "ok|warning|critical|unknown", NULL },
	END,
};

static const struct schema_member m_Found[] = {
	{ "found", "[]FoundField", NULL },
	{ "more", "flag", NULL },
	END,
};

static const struct schema_member m_FoundField[] = {
	{ "id", "text", "NODE/SERIES:FIELD." },
	{ "title", "text", NULL },
	{ "label", "text", NULL },
	{ "unit", "text", NULL },
	{ "kind", "gauge|counter|state", NULL },
	END,
};

static const struct schema_member m_Graphs[] = {
	{ "graphs", "[]Graph", NULL },
	END,
};

static const struct schema_member m_Graph[] = {
	{ "name", "text", NULL },
	{ "title", "text?", "With {site}, {zone}, {node} where these stand." },
	{ "scope", "site|zone|node?", "zone, node: one must be asked for." },
	{ "span_s", "integer?", "What it shows if no time is asked for." },
	{ "error", "text?", "What is wrong with its file." },
	END,
};

static const struct schema_member m_Storage[] = {
	{ "archives", "[]StorageArchive", NULL },
	{ "bytes_by_fields", "[]StorageFields", NULL },
	{ "sources", "[]StorageSum", NULL },
	{ "nodes", "[]StorageSum", NULL },
	{ "total", "StorageTotal", NULL },
	END,
};

static const struct schema_member m_StorageArchive[] = {
	{ "step_s", "integer", NULL },
	{ "rows", "integer", NULL },
	{ "keep_s", "integer", NULL },
	{ "functions", "integer", NULL },
	END,
};

static const struct schema_member m_StorageFields[] = {
	{ "fields", "integer", NULL },
	{ "bytes", "integer", NULL },
	END,
};

static const struct schema_member m_StorageSum[] = {
	{ "name", "text", NULL },
	{ "series", "integer", NULL },
	{ "fields", "integer", NULL },
	{ "bytes", "integer", NULL },
	END,
};

static const struct schema_member m_StorageTotal[] = {
	{ "series", "integer", NULL },
	{ "fields", "integer", NULL },
	{ "bytes", "integer", NULL },
	END,
};

const struct schema schema_site[] = {
	{ "Error", "What is wrong; with every status of 400 or more.", m_Error },
	{ "ErrorAbout", NULL, m_ErrorAbout },
	{ "Routes", "All end points.", m_Routes },
	{ "Route", NULL, m_Route },
	{ "Health", "Whether all parts do what people rely on.", m_Health },
	{ "HealthPart", NULL, m_HealthPart },
	{ "Counts", "Nodes by state.", m_Counts },
	{ "Site", "The site.", m_Site },
	{ "Status", "The whole in figures.", m_Status },
	{ "AlertCounts",
	    "Firing alerts that somebody is told of, by severity; those that wait; those nobody is "
	    "told of.",
	    m_AlertCounts },
	{ "Intake", "What agents and gateways sent, since the start.", m_Intake },
	{ "Journal", "What is not yet in RRDs and history.", m_Journal },
	{ "Configuration", "The configuration in force, and files that are not.", m_Configuration },
	{ "Loop", "How long turns of the event loop take, by CPU time.", m_Loop },
	{ "Store", "What is written into RRDs.", m_Store },
	{ "Mail", "Messages to people and programs.", m_Mail },
	{ "Channel", NULL, m_Channel },
	{ "Ping", "The sign of life.", m_Ping },
	{ "Zones", NULL, m_Zones },
	{ "Zone", "A zone.", m_Zone },
	{ "ZoneWhole", "A zone with what is in it.", m_ZoneWhole },
	{ "Air", "A zone's air and the countdown to its limit.", m_Air },
	{ "Nodes", NULL, m_Nodes },
	{ "Node", "A server, device or link.", m_Node },
	{ "NodeWhole", "A node with its series.", m_NodeWhole },
	{ "SeriesList", NULL, m_SeriesList },
	{ "Series", "Fields that are measured together.", m_Series },
	{ "Field", NULL, m_Field },
	{ "Last", NULL, m_Last },
	{ "Value", "The latest value of a field; of a counter its rate.", m_Value },
	{ "Done", "An act that is on disk.", m_Done },
	{ "Flushed", NULL, m_Flushed },
	{ "Events", NULL, m_Events },
	{ "Event", NULL, m_Event },
	{ "Rows", "Rows of format=json: row i is of the step seconds that end at start + i * step.",
	    m_Rows },
	{ "Values", "Columns: row i is of the step_s seconds that end at start_s + i * step_s.",
	    m_Values },
	{ "ValuesArchive", NULL, m_ValuesArchive },
	{ "ValuesField", NULL, m_ValuesField },
	{ "StateWord", NULL, m_StateWord },
	{ "Found", NULL, m_Found },
	{ "FoundField", NULL, m_FoundField },
	{ "Graphs", NULL, m_Graphs },
	{ "Graph", "A ready-made graph.", m_Graph },
	{ "Storage", "Bytes of the RRDs.", m_Storage },
	{ "StorageArchive", NULL, m_StorageArchive },
	{ "StorageFields", NULL, m_StorageFields },
	{ "StorageSum", NULL, m_StorageSum },
	{ "StorageTotal", NULL, m_StorageTotal },
	{ NULL, NULL, NULL },
};
