/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An invitation's line goes to the standard output alone, for scripts; what it means to the
 * standard error. */
#include "collector/ctl/agents.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/ctl/acts.h"
#include "collector/ctl/answer.h"
#include "zw/str.h"
#include "zw/table.h"

enum word {
	WORD_LIST,
	WORD_INVITE,
	WORD_WITHDRAW,
	WORD_REVOKE,
	WORD_ISSUE,
	WORD_NONE
};

static const char *const words[] = { "list", "invite", "withdraw", "revoke", "issue" };

/* What is to be done. */
static enum word
word_of(const struct ctl *ctl)
{
	for (int i = 0; i < WORD_NONE; i++)
		if (strcmp(words[i], ctl->args[0]) == 0)
			return (enum word)i;
	return WORD_NONE;
}

/* Whether the options fit the word. */
static int
check_options(const struct ctl *ctl, enum word w, struct err *e)
{
	const struct {
		const char *name;
		const char *value;
		unsigned words; /* that take it */
	} rows[] = {
		{ "zone", ctl->zone, 1 << WORD_INVITE | 1 << WORD_ISSUE | 1 << WORD_LIST },
		{ "speaks-for", ctl->speaks_for, 1 << WORD_INVITE | 1 << WORD_ISSUE },
		{ "collector", ctl->collector, 1 << WORD_INVITE | 1 << WORD_ISSUE },
		{ "serial", ctl->serial, 1 << WORD_REVOKE },
		{ "reason", ctl->reason, 1 << WORD_REVOKE },
		{ "output", ctl->output, 1 << WORD_ISSUE },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].value != NULL && (rows[i].words >> w & 1) == 0)
			return err_set(e, "%s takes no --%s", words[w], rows[i].name);
	return 0;
}

int
agents_check(const struct ctl *ctl, struct err *e)
{
	enum word w = word_of(ctl);
	bool named = ctl->nargs > 1;

	if (w == WORD_NONE)
		return err_set(e, "agent list, invite, withdraw, revoke or issue");
	if (check_options(ctl, w, e) == -1)
		return -1;
	if (w == WORD_LIST)
		return named ? err_set(e, "list takes no name") : 0;
	if (w == WORD_REVOKE && named == (ctl->serial != NULL))
		return err_set(e, "revoke needs either a node or --serial");
	if (w != WORD_REVOKE && !named)
		return err_set(e, "%s needs a node", words[w]);
	if (w == WORD_ISSUE && ctl->output == NULL)
		return err_set(e, "issue needs --output DIR, which it makes");
	return !named || str_is_name(ctl->args[1], NAME_MAX_NODE)
		   ? 0
		   : err_set(e, "\"%.63s\" is no name of a node", ctl->args[1]);
}

/* How a certificate stands. */
static void
cell_cert(struct table *t, const json_t *o)
{
	const json_t *c = json_object_get(o, "certificate");
	const char *state = answer_text(o, "state");
	char when[48];

	if (strcmp(state, "good") == 0) {
		table_cellf(t, "%" PRId64 " days left", answer_int(c, "days_left"));
	} else if (strcmp(state, "ended") == 0) {
		answer_time(when, sizeof when, c, "ends_ms");
		table_cellf(t, "ended %s", when);
	} else {
		table_cell(t, strcmp(state, "revoked") == 0 ? "taken back" : "none known");
	}
	table_cell(t, answer_text(c, "origin"));
	table_cell(t, answer_text(c, "serial"));
}

/* An invitation: open, or used a moment ago. */
static void
cell_invite(struct table *t, const json_t *o)
{
	const json_t *v = json_object_get(o, "invitation");
	char when[48];

	answer_time(when, sizeof when, v, "ends_ms");
	if (json_is_true(json_object_get(v, "used")))
		table_cell(t, "used");
	else if (json_is_object(v))
		table_cellf(t, "until %s", when);
	else
		table_cell(t, "");
}

/* The agents. */
static int
list(struct ctl *ctl)
{
	static const char *const heads[] = { "NODE", "CONNECTED", "PROGRAM", "CERTIFICATE", "FROM",
		"SERIAL", "INVITED", NULL };
	json_t *root, *o;
	size_t i;

	if (answer_get(ctl, "/api/v1/agents", NULL, &root) == -1)
		return CTL_FAILED;
	struct table *t = table_new(heads);
	json_array_foreach(json_object_get(root, "agents"), i, o)
	{
		char seen[48];
		if (ctl->zone != NULL && strcmp(answer_text(o, "zone"), ctl->zone) != 0)
			continue;
		answer_age(seen, sizeof seen, o, "seen_s");
		table_cell(t, answer_text(o, "node"));
		if (json_is_true(json_object_get(o, "connected")))
			table_cell(t, answer_text(o, "peer"));
		else if (json_is_true(json_object_get(o, "configured")))
			table_cellf(t, "no (seen: %s)", seen);
		else
			table_cell(t, "not configured");
		table_cell(t, answer_text(o, "agent"));
		cell_cert(t, o);
		cell_invite(t, o);
	}
	if (!ctl->json) {
		int64_t left_out = answer_int(root, "left_out");
		table_print(t, stdout, ctl->colour, "There is no agent yet.");
		if (left_out > 0)
			fprintf(stderr, "Note: %" PRId64 " more are not listed.\n", left_out);
		if (!json_is_true(json_object_get(root, "issues")))
			fprintf(stderr, "Note: %s.\n", answer_text(root, "why"));
	}
	table_free(t);
	json_decref(root);
	return CTL_OK;
}

/* Invites one. */
static int
invite(struct ctl *ctl)
{
	const struct client_param form[] = {
		{ "node", ctl->args[1] },
		{ "zone", ctl->zone },
		{ "speaks_for", ctl->speaks_for },
		{ "collector", ctl->collector },
		{ "author", acts_author(ctl) },
		{ NULL, NULL },
	};
	json_t *root = answer_post(ctl, "/api/v1/agents/invite", form);
	char ends[48];

	if (root == NULL)
		return CTL_FAILED;
	if (!ctl->json) {
		int64_t n = answer_int(root, "nodes");
		printf("%s\n", answer_text(root, "line"));
		fflush(stdout);
		answer_time(ends, sizeof ends, root, "ends_ms");
		fprintf(stderr,
		    "Paste this line on %s, as root. It is shown this once and works once, until "
		    "%s.\nWho has it can become %s",
		    ctl->args[1], ends, ctl->args[1]);
		if (n > 1)
			fprintf(stderr, " and speak for %" PRId64 " more", n - 1);
		fprintf(
		    stderr, "; to take it back: zonewatchctl agent withdraw %s\n", ctl->args[1]);
	}
	json_decref(root);
	return CTL_OK;
}

/* Takes an invitation or certificates back. */
static int
take_back(struct ctl *ctl, bool invitation)
{
	const struct client_param form[] = {
		{ "node", ctl->nargs > 1 ? ctl->args[1] : NULL },
		{ "serial", ctl->serial },
		{ "reason", ctl->reason },
		{ "author", acts_author(ctl) },
		{ NULL, NULL },
	};
	json_t *root = answer_post(
	    ctl, invitation ? "/api/v1/agents/withdraw" : "/api/v1/agents/revoke", form);

	if (root == NULL)
		return CTL_FAILED;
	int64_t n = answer_int(root, "count");
	if (!ctl->json && invitation)
		printf("Its invitation is withdrawn.\n");
	else if (!ctl->json && ctl->serial != NULL)
		printf(
		    "The certificate is refused from now on%s.\n", n > 0 ? "" : " (it was before)");
	else if (!ctl->json && n == 0)
		printf("No certificate of %s is known to be in force. Is the name right? Any is "
		       "refused "
		       "from now on; a new invitation lets it in.\n",
		    ctl->args[1]);
	else if (!ctl->json)
		printf("Every certificate of %s is refused from now on (%" PRId64
		       " in force); it comes in again by a new invitation.\n",
		    ctl->args[1], n);
	json_decref(root);
	return CTL_OK;
}

int
agents_run(struct ctl *ctl)
{
	switch (word_of(ctl)) {
	case WORD_LIST:
		return list(ctl);
	case WORD_INVITE:
		return invite(ctl);
	case WORD_WITHDRAW:
		return take_back(ctl, true);
	case WORD_REVOKE:
		return take_back(ctl, false);
	case WORD_ISSUE:
		return agents_issue(ctl);
	case WORD_NONE:
		break;
	}
	return CTL_USAGE;
}
