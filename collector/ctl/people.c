/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each act is a form that is posted; the collector answers when it is on disk. Links and tokens go
 * to the standard output alone on their line, for scripts. */
#include "collector/ctl/people.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/ctl/acts.h"
#include "collector/ctl/answer.h"
#include "zw/str.h"
#include "zw/table.h"

/* A word among those that a command knows; -1: none. */
static int
word_of(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* What an act needs. */
static int
check(const struct ctl *ctl, bool role, bool ends, struct err *e)
{
	const char *what = ctl->args[0];
	bool list = strcmp(what, "list") == 0;

	if (list && ctl->nargs > 1)
		return err_set(e, "list takes no name");
	if (!list && ctl->nargs < 2)
		return err_set(e, "%s needs a name", what);
	if (role && ctl->role == NULL)
		return err_set(e, "say what it may: --role viewer, operator or admin%s",
		    ends ? ", or wall" : "");
	if (!role && ctl->role != NULL)
		return err_set(e, "%s takes no --role", what);
	if (!ends && ctl->ends != NULL)
		return err_set(e, "%s takes no --ends", what);
	return list || str_is_name(ctl->args[1], 63)
		   ? 0
		   : err_set(
			 e, "\"%.63s\" is no name: letters, digits, '.', '_', '-'", ctl->args[1]);
}

static const char *const user_words[] = { "list", "add", "link", "role", "remove", "unlock", NULL };

int
people_check_user(const struct ctl *ctl, struct err *e)
{
	int word = word_of(user_words, ctl->args[0]);

	if (word == -1)
		return err_set(e, "user list, add, link, role, remove or unlock");
	return check(ctl, word == 1 || word == 3, false, e);
}

static const char *const token_words[] = { "list", "add", "remove", NULL };

int
people_check_token(const struct ctl *ctl, struct err *e)
{
	int word = word_of(token_words, ctl->args[0]);

	if (word == -1)
		return err_set(e, "token list, add or remove");
	if (word == 1 && ctl->role != NULL && strcmp(ctl->role, "wall") != 0 && ctl->ends == NULL)
		return err_set(e, "say when it ends: --ends 90d; only a wall's may be without");
	return check(ctl, word == 1, word == 1, e);
}

/* How an account stands. */
static void
state_cell(struct table *t, const json_t *o)
{
	char text[80] = "no password yet";
	long long locked_s = (long long)(answer_int(o, "locked_ms") + 999) / 1000;

	if (json_is_true(json_object_get(o, "password")))
		(void)str_copy(text, sizeof text, "ok");
	if (answer_int(o, "link_until_ms") != 0)
		snprintf(text + strlen(text), sizeof text - strlen(text), ", link open");
	if (locked_s > 0)
		snprintf(text, sizeof text, "locked for %lld s", locked_s);
	table_cell(t, text);
}

/* The accounts. */
static int
list_users(struct ctl *ctl)
{
	static const char *const heads[] = { "NAME", "ROLE", "STATE", "LAST SIGNED IN", ">SESSIONS",
		NULL };
	char last[48];
	json_t *root, *o;
	size_t i;

	if (answer_get(ctl, "/api/v1/users", NULL, &root) == -1)
		return CTL_FAILED;
	struct table *t = table_new(heads);
	json_array_foreach(json_object_get(root, "users"), i, o)
	{
		answer_time(last, sizeof last, o, "last_ms");
		table_cell(t, answer_text(o, "name"));
		table_cell(t, answer_text(o, "role"));
		state_cell(t, o);
		table_cell(t, *last != '\0' ? last : "never");
		table_cellf(t, "%lld", (long long)answer_int(o, "sessions"));
	}
	if (!ctl->json)
		table_print(t, stdout, ctl->colour,
		    "There is no account; make one: zonewatchctl user add NAME --role admin");
	table_free(t);
	json_decref(root);
	return CTL_OK;
}

/* The tokens. */
static int
list_tokens(struct ctl *ctl)
{
	static const char *const heads[] = { "NAME", "ROLE", "MADE BY", "MADE", "ENDS", "LAST USED",
		NULL };
	char made[48], ends[48], used[48];
	json_t *root, *o;
	size_t i;

	if (answer_get(ctl, "/api/v1/tokens", NULL, &root) == -1)
		return CTL_FAILED;
	struct table *t = table_new(heads);
	json_array_foreach(json_object_get(root, "tokens"), i, o)
	{
		answer_time(made, sizeof made, o, "made_ms");
		answer_time(ends, sizeof ends, o, "ends_ms");
		answer_time(used, sizeof used, o, "used_ms");
		bool ended = json_is_true(json_object_get(o, "ended"));
		table_cell(t, answer_text(o, "name"));
		table_cell(t, answer_text(o, "role"));
		table_cell(t, answer_text(o, "author"));
		table_cell(t, made);
		table_cell(t, ended ? "has ended" : *ends != '\0' ? ends : "never");
		table_cell(t, *used != '\0' ? used : "never");
	}
	if (!ctl->json)
		table_print(t, stdout, ctl->colour, "There is no token but web.token_file's.");
	table_free(t);
	json_decref(root);
	return CTL_OK;
}

int
people_user(struct ctl *ctl)
{
	static const char *const said[] = { "", "", "", "It has the role now; its sessions ended.",
		"Removed; its sessions ended.", "Unlocked." };
	char path[160];
	int word = word_of(user_words, ctl->args[0]);
	const struct client_param form[] = {
		{ "name", word == 1 ? ctl->args[1] : NULL },
		{ "role", ctl->role },
		{ "author", acts_author(ctl) },
		{ NULL, NULL },
	};

	if (word == 0)
		return list_users(ctl);
	if (word == 1)
		snprintf(path, sizeof path, "/api/v1/users");
	else
		snprintf(path, sizeof path, "/api/v1/users/%s/%s", ctl->args[1], ctl->args[0]);
	json_t *root = answer_post(ctl, path, form);
	if (root != NULL && !ctl->json && word <= 2) {
		printf("%s\n", answer_text(root, "link"));
		fflush(stdout);
		fprintf(stderr,
		    "Who opens this address within 24 hours sets the password of %s; "
		    "it works once.\n",
		    ctl->args[1]);
	} else if (root != NULL && !ctl->json) {
		printf("%s\n", said[word]);
	}
	json_decref(root);
	return root != NULL ? CTL_OK : CTL_FAILED;
}

int
people_token(struct ctl *ctl)
{
	char path[160];
	int word = word_of(token_words, ctl->args[0]);
	const struct client_param form[] = {
		{ "name", word == 1 ? ctl->args[1] : NULL },
		{ "role", ctl->role },
		{ "ends", ctl->ends },
		{ "author", acts_author(ctl) },
		{ NULL, NULL },
	};

	if (word == 0)
		return list_tokens(ctl);
	if (word == 1)
		snprintf(path, sizeof path, "/api/v1/tokens");
	else
		snprintf(path, sizeof path, "/api/v1/tokens/%s/remove", ctl->args[1]);
	json_t *root = answer_post(ctl, path, form);
	if (root != NULL && !ctl->json && word == 1) {
		const char *address = answer_text(root, "address");
		printf("%s\n", answer_text(root, "token"));
		fflush(stdout);
		fprintf(stderr, "It is shown this once.%s%s\n",
		    *address != '\0' ? " The wall: " : "", address);
	} else if (root != NULL && !ctl->json) {
		printf("Removed; what used it is refused from now on.\n");
	}
	json_decref(root);
	return root != NULL ? CTL_OK : CTL_FAILED;
}
