/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All pages. */
#include "collector/web/route.h"

#include "collector/web/api/actionapi.h"
#include "collector/web/api/acts.h"
#include "collector/web/api/agentsapi.h"
#include "collector/web/api/people.h"
#include "collector/web/api/reportsapi.h"
#include "collector/web/assets.h"
#include "collector/web/pages/accountpage.h"
#include "collector/web/pages/agentspage.h"
#include "collector/web/pages/auditpage.h"
#include "collector/web/pages/incidentlist.h"
#include "collector/web/pages/graphpage.h"
#include "collector/web/pages/incidentpage.h"
#include "collector/web/pages/linkspage.h"
#include "collector/web/pages/loginpage.h"
#include "collector/web/pages/menu.h"
#include "collector/web/pages/nodepage.h"
#include "collector/web/pages/overview.h"
#include "collector/web/pages/qualitypage.h"
#include "collector/web/pages/reportspage.h"
#include "collector/web/pages/userspage.h"
#include "collector/web/pages/searchpage.h"
#include "collector/web/pages/silencespage.h"
#include "collector/web/pages/wallpage.h"
#include "collector/web/pages/systempage.h"
#include "collector/web/pages/zonepage.h"

static const struct route rows[] = {
	{ REQUEST_GET, "/", overview_serve, WHO_VIEWER, "What is wrong now.", NULL, NULL },
	{ REQUEST_GET, "/incidents", incidentlist_serve, WHO_VIEWER,
	    "Incidents: open, then past. zone=, severity=, q=, from=, to=, page=.", NULL, NULL },
	{ REQUEST_GET, "/incident/{}", incidentpage_serve, WHO_VIEWER, "An incident.", NULL, NULL },
	{ REQUEST_POST, "/incident/{}/acknowledge", acts_acknowledge, WHO_OPERATOR, "Its form.",
	    NULL, NULL },
	{ REQUEST_POST, "/incident/{}/unacknowledge", acts_unacknowledge, WHO_OPERATOR, "Its form.",
	    NULL, NULL },
	{ REQUEST_POST, "/incident/{}/comment", acts_comment, WHO_OPERATOR, "Its form.", NULL,
	    NULL },
	{ REQUEST_GET, "/search", searchpage_serve, WHO_VIEWER,
	    "Everything that has some words. q=.", NULL, NULL },
	{ REQUEST_GET, "/system", systempage_serve, WHO_VIEWER, "The monitoring itself. page=.",
	    NULL, NULL },
	{ REQUEST_GET, "/audit", auditpage_serve, WHO_ADMIN,
	    "What people did. kind=, q=, from=, to=, page=.", NULL, NULL },
	{ REQUEST_GET, "/messages", auditpage_messages, WHO_VIEWER,
	    "Messages with the other side's answers. state=, q=, from=, to=, page=.", NULL, NULL },
	{ REQUEST_GET, "/reports", reportspage_serve, WHO_VIEWER,
	    "Reports: on their way, past, a new one. page=.", NULL, NULL },
	{ REQUEST_POST, "/reports", reportsapi_make, WHO_OPERATOR, "Its form.", NULL, NULL },
	{ REQUEST_POST, "/actions", actionapi_add, WHO_OPERATOR, "Its form.", NULL, NULL },
	{ REQUEST_POST, "/action/{}/close", actionapi_close, WHO_OPERATOR, "Its form.", NULL,
	    NULL },
	{ REQUEST_GET, "/quality", qualitypage_serve, WHO_VIEWER,
	    "The quality of the alarms in a month. month=2026-11, zone=.", NULL, NULL },
	{ REQUEST_GET, "/silences", silencespage_serve, WHO_VIEWER, "Silences, maintenance.", NULL,
	    NULL },
	{ REQUEST_POST, "/silences", acts_silence, WHO_OPERATOR, "Its form.", NULL, NULL },
	{ REQUEST_POST, "/silence/{}/extend", acts_silence_extend, WHO_OPERATOR, "Its form.", NULL,
	    NULL },
	{ REQUEST_POST, "/silence/{}/end", acts_silence_end, WHO_OPERATOR, "Its form.", NULL,
	    NULL },
	{ REQUEST_GET, "/graphs", graphpage_serve, WHO_VIEWER, "Graphs: what to show.", NULL,
	    NULL },
	{ REQUEST_GET, "/graph", graphpage_serve, WHO_VIEWER, "Graphs of what one likes.", NULL,
	    NULL },
	{ REQUEST_GET, "/node/{}", nodepage_serve, WHO_VIEWER, "A node's values and graphs.", NULL,
	    NULL },
	{ REQUEST_GET, "/wall", wallpage_serve, WHO_NOBODY,
	    "The wall display; judges token= itself.", NULL, NULL },
	{ REQUEST_GET, "/login", loginpage_serve, WHO_NOBODY, "Signs in with token=.", NULL, NULL },
	{ REQUEST_POST, "/login", loginpage_serve, WHO_NOBODY, "Signs in by the form.", NULL,
	    NULL },
	{ REQUEST_POST, "/logout", loginpage_leave, WHO_WALL, "Ends the session.", NULL, NULL },
	{ REQUEST_GET, "/account", accountpage_serve, WHO_VIEWER,
	    "One's own password, language, theme, sessions.", NULL, NULL },
	{ REQUEST_POST, "/account", accountpage_prefer, WHO_VIEWER, "Its form.", NULL, NULL },
	{ REQUEST_POST, "/account/password", accountpage_password, WHO_VIEWER, "Its form.", NULL,
	    NULL },
	{ REQUEST_POST, "/account/sessions", accountpage_sessions, WHO_VIEWER, "Ends some.", NULL,
	    NULL },
	{ REQUEST_GET, "/users", userspage_serve, WHO_ADMIN, "Accounts and tokens.", NULL, NULL },
	{ REQUEST_POST, "/users", people_add, WHO_ADMIN, "Its form.", NULL, NULL },
	{ REQUEST_POST, "/users/{}/link", people_link, WHO_ADMIN, "Its form.", NULL, NULL },
	{ REQUEST_POST, "/users/{}/role", people_role, WHO_ADMIN, "Its form.", NULL, NULL },
	{ REQUEST_POST, "/users/{}/remove", people_remove, WHO_ADMIN, "Its form.", NULL, NULL },
	{ REQUEST_POST, "/users/{}/unlock", people_unlock, WHO_ADMIN, "Its form.", NULL, NULL },
	{ REQUEST_POST, "/tokens", people_token_add, WHO_ADMIN, "Its form.", NULL, NULL },
	{ REQUEST_POST, "/tokens/{}/remove", people_token_remove, WHO_ADMIN, "Its form.", NULL,
	    NULL },
	{ REQUEST_GET, "/agents", agentspage_serve, WHO_VIEWER,
	    "Agents: connection, version, certificate.", NULL, NULL },
	{ REQUEST_POST, "/agents/invite", agentsapi_invite, WHO_ADMIN, "Its form.", NULL, NULL },
	{ REQUEST_POST, "/agents/withdraw", agentsapi_withdraw, WHO_ADMIN, "Its form.", NULL,
	    NULL },
	{ REQUEST_POST, "/agents/revoke", agentsapi_revoke, WHO_ADMIN, "Its form.", NULL, NULL },
	{ REQUEST_GET, "/zones", overview_zones, WHO_VIEWER, "Zones and links.", NULL, NULL },
	{ REQUEST_GET, "/zone/{}", zonepage_serve, WHO_VIEWER,
	    "A zone: its floor, racks, cooling and problems.", NULL, NULL },
	{ REQUEST_GET, "/links", linkspage_serve, WHO_VIEWER, "All links.", NULL, NULL },
	{ REQUEST_GET, "/language/{}", menu_language, WHO_NOBODY,
	    "Keeps a language in this browser.", NULL, NULL },
	{ REQUEST_GET, "/theme/{}", menu_theme, WHO_NOBODY, "Keeps light or dark likewise.", NULL,
	    NULL },
	{ REQUEST_GET, "/assets/{}", assets_serve, WHO_NOBODY, "Style sheets, scripts, icons.",
	    NULL, NULL },
};

const struct route_table page_routes = { rows, sizeof rows / sizeof rows[0] };
