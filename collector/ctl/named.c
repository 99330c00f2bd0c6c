/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command graph. What has a slash is a series, what has none the name of a ready-made graph;
 * --list tells these. */
#include "collector/ctl/named.h"

#include <stdio.h>
#include <string.h>

#include "collector/ctl/answer.h"
#include "collector/ctl/report.h"
#include "collector/ctl/tasks.h"
#include "zw/fs.h"
#include "zw/str.h"
#include "zw/table.h"

#define PERIOD 64

/* Whether a series is meant. */
static bool
is_series(const struct ctl *ctl)
{
	return ctl->nargs > 0 && strchr(ctl->args[0], '/') != NULL;
}

/* The format that the file's name asks for; NULL: none of ours. */
static const char *
format_of(const char *path)
{
	static const char *const formats[] = { "svg", "png", "pdf" };
	const char *dot = path == NULL ? NULL : strrchr(path, '.');

	if (path != NULL && strcmp(path, "-") == 0)
		return formats[0];
	for (size_t i = 0; dot != NULL && i < sizeof formats / sizeof formats[0]; i++)
		if (str_casecmp(dot + 1, formats[i]) == 0)
			return formats[i];
	return NULL;
}

/* Of a series' graph: none of the options that only ready-made ones have. */
static int
check_series(const struct ctl *ctl, struct err *e)
{
	if (ctl->zone != NULL || ctl->node != NULL || ctl->month != NULL || ctl->week != NULL ||
	    ctl->from != NULL || ctl->to != NULL || ctl->lang != NULL)
		return err_set(e,
		    "a series' graph takes no --zone, --node, --month, --week, --from, --to or "
		    "--lang");
	return tasks_graph_usage(ctl, e);
}

int
named_check(const struct ctl *ctl, struct err *e)
{
	int64_t ms;

	if (ctl->list)
		return ctl->nargs == 0 && ctl->output == NULL
			   ? 0
			   : err_set(e, "--list lists all ready-made graphs");
	if (ctl->nargs == 0)
		return err_set(e, "which graph? zonewatchctl graph --list tells ready-made ones");
	if (is_series(ctl))
		return check_series(ctl, e);
	if (ctl->field != NULL || ctl->json)
		return err_set(e, "a ready-made graph takes no --field and no --json");
	if (format_of(ctl->output) == NULL)
		return err_set(e, "-o FILE.svg, FILE.png or FILE.pdf is needed");
	if (ctl->last != NULL && (ctl->month != NULL || ctl->week != NULL || ctl->from != NULL))
		return err_set(e, "give --last, or --month, --week, --from and --to");
	if (ctl->last != NULL && (str_to_duration(ctl->last, &ms) == -1 || ms < 60000))
		return err_set(e, "--last=%s: give a duration such as 6h or 30d", ctl->last);
	if (report_check_time(ctl, e) == -1 || report_check_language(ctl, e) == -1)
		return -1;
	return tasks_check_size(ctl, e);
}

/* --month, --week, or --from and --to as a period; NULL: none was given. */
static const char *
period_of(const struct ctl *ctl, char dst[PERIOD])
{
	if (ctl->from == NULL)
		return ctl->month != NULL ? ctl->month : ctl->week;
	snprintf(dst, PERIOD, "%s..%s", ctl->from, ctl->to);
	return dst;
}

/* All ready-made graphs. */
static int
list(struct ctl *ctl)
{
	static const char *const heads[] = { "GRAPH", "OF", "TITLE", "WHY NOT", NULL };
	const struct client_param params[] = { { "lang", report_language(ctl) }, { NULL, NULL } };
	json_t *root, *o;
	size_t i;

	if (answer_get(ctl, "/api/v1/graphs", params, &root) == -1)
		return CTL_FAILED;
	struct table *t = table_new(heads);
	json_array_foreach(json_object_get(root, "graphs"), i, o)
	{
		table_cell(t, answer_text(o, "name"));
		table_cell(t, answer_text(o, "scope"));
		table_cell(t, answer_text(o, "title"));
		table_cell(t, answer_text(o, "error"));
	}
	if (!ctl->json)
		table_print(t, stdout, ctl->colour, "There is no ready-made graph.");
	table_free(t);
	json_decref(root);
	return CTL_OK;
}

/* One of them, into its file. */
static int
fetch(struct ctl *ctl)
{
	char path[256], period[PERIOD];
	const struct client_param params[] = {
		{ "zone", ctl->zone },
		{ "node", ctl->node },
		{ "month", period_of(ctl, period) },
		{ "last", ctl->last },
		{ "lang", report_language(ctl) },
		{ "width", ctl->width },
		{ "height", ctl->height },
		{ "format", format_of(ctl->output) },
		{ NULL, NULL },
	};
	struct buf body = { 0 };
	struct err e;

	int rc = !str_is_name(ctl->args[0], 64)
		     ? err_set(&e, "there is no graph \"%.64s\"", ctl->args[0])
		     : str_format(path, sizeof path, "/api/v1/graphs/%s", ctl->args[0]);
	if (rc == 0)
		rc = client_get(ctl->client, path, params, &body, &e);
	if (rc == 0)
		rc = tasks_write(ctl->output, &body, &e);
	if (rc == -1)
		ctl_complain("%s", e.msg);
	buf_free(&body);
	return rc == 0 ? CTL_OK : CTL_FAILED;
}

int
named_run(struct ctl *ctl)
{
	if (ctl->list)
		return list(ctl);
	return is_series(ctl) ? tasks_graph(ctl) : fetch(ctl);
}
