/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that are not lists. A file is written whole or not at all. */
#include "collector/ctl/tasks.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/census.h"
#include "collector/conf.h"
#include "collector/ctl/answer.h"
#include "collector/ctl/ctl.h"
#include "zw/fs.h"
#include "zw/str.h"

/* As the collector has it. */
#define MAX_SPAN_MS (20LL * 366 * 86400 * 1000)

/* The format that a file's name asks for; NULL: none of ours. */
static const char *
format_of(const char *path)
{
	static const char *const formats[] = { "svg", "png", "json" };
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot != NULL && i < sizeof formats / sizeof formats[0]; i++)
		if (str_casecmp(dot + 1, formats[i]) == 0)
			return formats[i];
	return NULL;
}

int
tasks_write(const char *path, const struct buf *body, struct err *e)
{
	if (strcmp(path, "-") != 0)
		return fs_replace(path, body->data, body->len, e);
	if (fwrite(body->data, 1, body->len, stdout) != body->len || fflush(stdout) != 0)
		return err_set(e, "cannot write to the standard output");
	return 0;
}

/* What the graph is wanted as, and where: by --json, the file's ending, or SVG for "-". */
static const char *
graph_format(const struct ctl *ctl, const char **output)
{
	*output = ctl->output;
	if (ctl->json) {
		*output = ctl->output != NULL ? ctl->output : "-";
		return "json";
	}
	if (ctl->output == NULL)
		return NULL;
	return strcmp(ctl->output, "-") == 0 ? "svg" : format_of(ctl->output);
}

/* A number of pixels. */
static int
check_pixels(const char *option, const char *text, struct err *e)
{
	int64_t pixels;
	if (text == NULL || str_to_i64(text, 100, 4000, &pixels) == 0)
		return 0;
	return err_set(e, "--%s=%s: give a whole number from 100 to 4000", option, text);
}

int
tasks_check_size(const struct ctl *ctl, struct err *e)
{
	if (check_pixels("width", ctl->width, e) == -1)
		return -1;
	return check_pixels("height", ctl->height, e);
}

int
tasks_graph_usage(const struct ctl *ctl, struct err *e)
{
	const char *output;
	int64_t span_ms;
	if (graph_format(ctl, &output) == NULL)
		return err_set(e, "-o FILE.svg, FILE.png or FILE.json is needed");
	if (ctl->last != NULL &&
	    (str_to_duration(ctl->last, &span_ms) == -1 || span_ms < 1000 || span_ms > MAX_SPAN_MS))
		return err_set(e,
		    "--last=%s: give a duration such as 30min, 6h or 7d, at most 20 years",
		    ctl->last);
	return tasks_check_size(ctl, e);
}

int
tasks_graph(struct ctl *ctl)
{
	const char *output;
	const char *format = graph_format(ctl, &output);
	struct err e;
	const struct client_param params[] = {
		{ "series", ctl->args[0] },
		{ "field", ctl->field },
		{ "last", ctl->last },
		{ "width", ctl->width },
		{ "height", ctl->height },
		{ "format", format },
		{ NULL, NULL },
	};
	struct buf body = { 0 };
	int rc = client_get(ctl->client, "/api/v1/graph", params, &body, &e);
	if (rc == 0 && strcmp(output, "-") == 0 && strcmp(format, "json") == 0)
		answer_indent(stdout, (const char *)body.data, body.len);
	else if (rc == 0)
		rc = tasks_write(output, &body, &e);
	if (rc == -1)
		ctl_complain("%s", e.msg);
	buf_free(&body);
	return rc == 0 ? CTL_OK : CTL_FAILED;
}

int
tasks_check(struct ctl *ctl)
{
	void *out;
	unsigned errors = 0;
	if (conf_load(&collector_conf_table, ctl->conf, &out, collector_conf_check, stderr,
		&errors) == -1) {
		fprintf(stderr, "%s: %u %s\n", ctl->conf, errors, errors == 1 ? "error" : "errors");
		return CTL_FAILED;
	}
	const struct conf_collector *c = out;
	printf("%s: OK: %zu zones, %zu nodes, %zu rules, %zu recipients\n", ctl->conf, c->zones.n,
	    c->nodes.n, c->rules.n, c->mail.recipients.n + c->recipients.n);
	(void)census_print(c, stdout);
	conf_free(&collector_conf_table, out);
	return CTL_OK;
}

int
tasks_flush(struct ctl *ctl)
{
	struct err e;
	struct buf body = { 0 };
	int rc = client_post(ctl->client, "/api/v1/flush", NULL, &body, &e);
	if (rc == -1)
		ctl_complain("%s", e.msg);
	else
		printf("All gathered samples are in the RRDs.\n");
	buf_free(&body);
	return rc == 0 ? CTL_OK : CTL_FAILED;
}
