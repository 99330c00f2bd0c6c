/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An act is a form that is posted; the collector answers when it is on disk. Who does it is the
 * user of this machine unless --author says otherwise. */
#include "collector/ctl/acts.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/ctl/answer.h"
#include "collector/ctl/ctl.h"
#include "zw/str.h"
#include "zw/table.h"

const char *
acts_author(const struct ctl *ctl)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *name = ctl->author != NULL ? ctl->author : getenv("ZONEWATCH_AUTHOR");

	if (name != NULL && *name != '\0')
		return name;
	name = getenv("SUDO_USER");
	return name != NULL && *name != '\0' ? name : pw != NULL ? pw->pw_name : "unknown";
}

/* Posts a form and says what was done. */
static int
act(struct ctl *ctl, const char *path, const struct client_param *form, const char *done)
{
	struct buf body = { 0 };
	struct err e;
	int rc = CTL_OK;

	if (client_post(ctl->client, path, form, &body, &e) == -1) {
		ctl_complain("%s", e.msg);
		rc = CTL_FAILED;
	} else if (ctl->json) {
		answer_indent(stdout, (const char *)body.data, body.len);
	} else {
		printf("%s\n", done);
	}
	buf_free(&body);
	return rc;
}

int
acts_check_number(const struct ctl *ctl, struct err *e)
{
	uint64_t id;

	if (str_to_u64(ctl->args[0], 1, UINT64_MAX, &id) == -1)
		return err_set(e,
		    "\"%.40s\" is no incident's number; zonewatchctl incidents has them",
		    ctl->args[0]);
	return 0;
}

int
acts_ack(struct ctl *ctl)
{
	char path[128];
	const struct client_param form[] = {
		{ "author", acts_author(ctl) },
		{ "comment", ctl->comment },
		{ "for", ctl->span },
		{ NULL, NULL },
	};

	snprintf(path, sizeof path, "/api/v1/incidents/%s/acknowledge", ctl->args[0]);
	return act(ctl, path, form, "Acknowledged.");
}

int
acts_unack(struct ctl *ctl)
{
	char path[128];
	const struct client_param form[] = { { "author", acts_author(ctl) }, { NULL, NULL } };

	snprintf(path, sizeof path, "/api/v1/incidents/%s/unacknowledge", ctl->args[0]);
	return act(ctl, path, form, "Nobody has it now.");
}

int
acts_comment(struct ctl *ctl)
{
	char path[128];
	const struct client_param form[] = {
		{ "author", acts_author(ctl) },
		{ "comment", ctl->args[1] },
		{ NULL, NULL },
	};

	snprintf(path, sizeof path, "/api/v1/incidents/%s/comment", ctl->args[0]);
	return act(ctl, path, form, "Noted.");
}

/* --- silences -------------------------------------------------------------------------------- */

int
acts_check_silence(const struct ctl *ctl, struct err *e)
{
	const char *what = ctl->args[0];
	bool any =
	    ctl->zone != NULL || ctl->node != NULL || ctl->source != NULL || ctl->rule != NULL;
	uint64_t id;

	if (strcmp(what, "end") == 0) {
		if (ctl->nargs != 2 || str_to_u64(ctl->args[1], 1, UINT64_MAX, &id) == -1)
			return err_set(e, "silence end needs the silence's number");
		return 0;
	}
	if (strcmp(what, "add") != 0 && strcmp(what, "preview") != 0)
		return err_set(e, "silence add, silence preview, or silence end NUMBER");
	if (ctl->nargs != 1)
		return err_set(
		    e, "silence %s takes its patterns by --zone, --node, --source, --rule", what);
	if (!any)
		return err_set(e, "say what: --zone, --node, --source or --rule");
	if (strcmp(what, "preview") == 0)
		return 0;
	if (ctl->reason == NULL)
		return err_set(e, "say why: --reason TEXT");
	bool out = ctl->kind != NULL && strcmp(ctl->kind, "out-of-service") == 0;
	if (ctl->span == NULL && ctl->window == NULL && !out)
		return err_set(
		    e, "say for how long: --for 2h, or when: --window \"Sun 02:00-04:30\"");
	return 0;
}

/* What a silence would cover; the alerts one by one, or how many they are. */
static int
preview(struct ctl *ctl, bool all)
{
	const struct client_param params[] = {
		{ "zone", ctl->zone },
		{ "node", ctl->node },
		{ "source", ctl->source },
		{ "rule", ctl->rule },
		{ NULL, NULL },
	};
	json_t *root, *o;
	size_t i;

	if (answer_get(ctl, "/api/v1/silences/preview", params, &root) == -1)
		return CTL_FAILED;
	if (!ctl->json) {
		long long nodes = (long long)answer_int(root, "total");
		printf("%lld node%s%s", nodes, nodes == 1 ? "" : "s", nodes > 0 ? ":" : "");
		json_array_foreach(json_object_get(root, "nodes"), i, o)
		    printf(" %s", json_is_string(o) ? json_string_value(o) : "?");
		printf("\n%zu open alert%s\n", json_array_size(json_object_get(root, "alerts")),
		    json_array_size(json_object_get(root, "alerts")) == 1 ? "" : "s");
		json_array_foreach(json_object_get(root, "alerts"), i, o) if (all)
		{
			const char *node = answer_text(o, "node");
			printf("  zone %s%s%s: %s\n", answer_text(o, "zone"),
			    *node != '\0' ? ", " : "", node, answer_text(o, "title"));
		}
	}
	json_decref(root);
	return CTL_OK;
}

int
acts_silence(struct ctl *ctl)
{
	char path[128];
	const struct client_param form[] = {
		{ "kind", ctl->kind },
		{ "zone", ctl->zone },
		{ "node", ctl->node },
		{ "source", ctl->source },
		{ "rule", ctl->rule },
		{ "for", ctl->span },
		{ "window", ctl->window },
		{ "reason", ctl->reason },
		{ "author", acts_author(ctl) },
		{ NULL, NULL },
	};
	const struct client_param end[] = { { "author", acts_author(ctl) }, { NULL, NULL } };

	if (strcmp(ctl->args[0], "preview") == 0)
		return preview(ctl, true);
	if (strcmp(ctl->args[0], "add") == 0) {
		int rc = act(ctl, "/api/v1/silences", form, "Silenced. It covers:");
		return rc != CTL_OK || ctl->json ? rc : preview(ctl, false);
	}
	snprintf(path, sizeof path, "/api/v1/silences/%s/end", ctl->args[1]);
	return act(ctl, path, end, "Ended.");
}

/* The patterns in one cell. */
static void
match_cell(struct table *t, const json_t *o)
{
	static const char *const keys[] = { "zone", "node", "source", "rule" };
	char text[600] = "";

	for (size_t i = 0; i < 4; i++) {
		const char *value = answer_text(o, keys[i]);
		size_t used = strlen(text);
		if (*value != '\0')
			snprintf(text + used, sizeof text - used, "%s%s=%s", used > 0 ? " " : "",
			    keys[i], value);
	}
	table_cell(t, text);
}

int
acts_silences(struct ctl *ctl)
{
	static const char *const heads[] = { ">ID", "KIND", "STATE", "WHAT", "FROM", "TO", "WHO",
		"WHY", NULL };
	char from[48], to[48];
	json_t *root, *o;
	size_t i;

	if (answer_get(ctl, "/api/v1/silences", NULL, &root) == -1)
		return CTL_FAILED;
	struct table *t = table_new(heads);
	json_array_foreach(json_object_get(root, "silences"), i, o)
	{
		const char *window = answer_text(o, "window");
		answer_time(from, sizeof from, o, "starts_ms");
		answer_time(to, sizeof to, o, "ends_ms");
		table_cellf(t, "%lld", (long long)answer_int(o, "id"));
		table_cell(t, answer_text(o, "kind"));
		int64_t ends_ms = answer_int(o, "ends_ms");
		bool over = ends_ms != 0 && ends_ms / 1000 <= (int64_t)time(NULL);
		table_cell(t, json_is_true(json_object_get(o, "active")) ? "in force"
			      : over					 ? "over"
									 : "not now");
		match_cell(t, o);
		table_cell(t, *window != '\0' ? window : from);
		table_cell(t, to);
		table_cell(t, answer_text(o, "author"));
		table_cell(t, answer_text(o, "reason"));
	}
	if (!ctl->json)
		table_print(t, stdout, ctl->colour, "Nothing is silenced.");
	table_free(t);
	json_decref(root);
	return CTL_OK;
}

/* --- actions --------------------------------------------------------------------------------- */

int
acts_check_action(const struct ctl *ctl, struct err *e)
{
	const char *what = ctl->args[0];
	int64_t ms;
	uint64_t id;

	if (ctl->last != NULL && (str_to_duration(ctl->last, &ms) == -1 || ms <= 0))
		return err_set(e, "--last %.40s: a duration such as 31d is wanted", ctl->last);
	if (strcmp(what, "list") == 0)
		return ctl->nargs == 1 ? 0 : err_set(e, "action list takes nothing behind it");
	if (strcmp(what, "add") == 0)
		return ctl->nargs == 2
			   ? 0
			   : err_set(e, "action add needs one text: what is to be done");
	if (strcmp(what, "close") != 0)
		return err_set(e, "action list, action add TEXT, or action close NUMBER");
	if (ctl->nargs != 2 || str_to_u64(ctl->args[1], 1, UINT64_MAX, &id) == -1)
		return err_set(e, "action close needs the action's number");
	return 0;
}

/* Those that are open, and those closed of late. */
static int
list_actions(struct ctl *ctl)
{
	static const char *const heads[] = { ">ID", "STATE", "DUE", "ZONE", "OWNER", "WHAT", "NOTE",
		NULL };
	char from[32] = "";
	int64_t back_ms;
	json_t *root, *o;
	size_t i;

	if (ctl->last != NULL && str_to_duration(ctl->last, &back_ms) == 0)
		snprintf(from, sizeof from, "%lld", (long long)time(NULL) - back_ms / 1000);
	const struct client_param params[] = {
		{ "zone", ctl->zone },
		{ "from", *from != '\0' ? from : NULL },
		{ NULL, NULL },
	};
	if (answer_get(ctl, "/api/v1/actions", params, &root) == -1)
		return CTL_FAILED;
	struct table *t = table_new(heads);
	json_array_foreach(json_object_get(root, "actions"), i, o)
	{
		table_cellf(t, "%lld", (long long)answer_int(o, "id"));
		table_cell(t, answer_text(o, "state"));
		table_cell(t, answer_text(o, "due"));
		table_cell(t, answer_text(o, "zone"));
		table_cell(t, answer_text(o, "owner"));
		table_cell(t, answer_text(o, "text"));
		table_cell(t, answer_text(o, "note"));
	}
	if (!ctl->json)
		table_print(t, stdout, ctl->colour, "No action is open.");
	table_free(t);
	json_decref(root);
	return CTL_OK;
}

int
acts_action(struct ctl *ctl)
{
	char path[128];
	const struct client_param form[] = {
		{ "text", ctl->args[1] },
		{ "zone", ctl->zone },
		{ "owner", ctl->owner },
		{ "due", ctl->due },
		{ "advice", ctl->advice },
		{ "author", acts_author(ctl) },
		{ NULL, NULL },
	};
	const struct client_param end[] = {
		{ "note", ctl->note },
		{ "author", acts_author(ctl) },
		{ NULL, NULL },
	};

	if (strcmp(ctl->args[0], "list") == 0)
		return list_actions(ctl);
	if (strcmp(ctl->args[0], "add") == 0)
		return act(ctl, "/api/v1/actions", form, "Noted.");
	snprintf(path, sizeof path, "/api/v1/actions/%s/close", ctl->args[1]);
	return act(ctl, path, end, "Closed.");
}
