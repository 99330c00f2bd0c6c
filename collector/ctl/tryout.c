/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The work is zonewatch-try's, which reads RRDs; this asks a collector that runs to write what it
 * has gathered, and for the incidents that it knows of. Without one neither is needed. */
#include "collector/ctl/tryout.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/ctl/answer.h"
#include "collector/ctl/ctl.h"
#include "collector/ctl/sibling.h"
#include "zw/str.h"

#define DEFAULT_LAST "30d"
#define MAX_LAST_MS (20LL * 366 * 86400 * 1000)
#define MOST_INCIDENTS "1000"

/* The span that was asked for. */
static int
span_of(const struct ctl *ctl, int64_t *ms)
{
	const char *last = ctl->last != NULL ? ctl->last : DEFAULT_LAST;

	return str_to_duration(last, ms) == -1 || *ms < 60000 || *ms > MAX_LAST_MS ? -1 : 0;
}

int
tryout_check(const struct ctl *ctl, struct err *e)
{
	int64_t ms;

	if (span_of(ctl, &ms) == -1)
		return err_set(e, "--last=%s: give a duration such as 6h, 7d or 30d", ctl->last);
	return 0;
}

/* The incidents that the collector knows of, a line each, in a file that nobody else sees; NULL: it
 * does not answer, or cannot tell. */
static FILE *
ask_known(struct ctl *ctl, int64_t start_s, int64_t end_s)
{
	char from[24], to[24];
	const struct client_param params[] = { { "from", from }, { "to", to },
		{ "limit", MOST_INCIDENTS }, { NULL, NULL } };
	struct buf body = { 0 };
	struct err e;
	size_t i;
	json_t *o;

	snprintf(from, sizeof from, "%lld", (long long)start_s);
	snprintf(to, sizeof to, "%lld", (long long)end_s);
	if (client_get(ctl->client, "/api/v1/past", params, &body, &e) == -1) {
		if (!client_unreachable(ctl->client))
			ctl_complain("%s", e.msg);
		buf_free(&body);
		return NULL;
	}
	json_t *root = json_loadb((const char *)body.data, body.len, 0, NULL);
	FILE *f = root != NULL ? tmpfile() : NULL;
	json_array_foreach(json_object_get(root, "incidents"), i, o)
	{
		if (f != NULL)
			fprintf(f, "%s %lld %lld\n", answer_text(o, "zone"),
			    (long long)answer_int(o, "opened_ms"),
			    (long long)answer_int(o, "closed_ms"));
	}
	if (f != NULL && (fflush(f) != 0 || fseek(f, 0, SEEK_SET) != 0)) {
		fclose(f);
		f = NULL;
	}
	json_decref(root);
	buf_free(&body);
	return f;
}

/* Have all gathered samples written; nobody there to do it is fine. */
static void
flush(struct ctl *ctl)
{
	struct buf body = { 0 };
	struct err e;

	if (client_post(ctl->client, "/api/v1/flush", NULL, &body, &e) == -1 &&
	    !client_unreachable(ctl->client))
		ctl_complain("not all that came is in the RRDs: %s", e.msg);
	buf_free(&body);
}

int
tryout_run(struct ctl *ctl)
{
	char program[] = "zonewatch-try", config[4096], start[24], end[24], file[4096];
	char c[] = "-c", s[] = "-s", e[] = "-e", k[] = "-k", j[] = "-j";
	char *argv[12] = { program, c, config, s, start, e, end };
	int64_t now_s = time(NULL), ms = 0;
	FILE *known = NULL;
	size_t n = 7;

	(void)span_of(ctl, &ms);
	if (ctl->client != NULL) {
		flush(ctl);
		known = ask_known(ctl, now_s - ms / 1000, now_s);
	}
	if (str_copy(config, sizeof config, ctl->conf) == -1 ||
	    str_copy(file, sizeof file, ctl->nargs > 1 ? ctl->args[1] : "") == -1) {
		ctl_complain("the file's name is too long");
		return CTL_FAILED;
	}
	snprintf(start, sizeof start, "%lld", (long long)(now_s - ms / 1000));
	snprintf(end, sizeof end, "%lld", (long long)now_s);
	if (known != NULL && dup2(fileno(known), STDIN_FILENO) != -1)
		argv[n++] = k;
	if (ctl->json)
		argv[n++] = j;
	if (ctl->nargs > 1)
		argv[n++] = file;
	return sibling_exec(program, argv, "zonewatch-collector");
}
