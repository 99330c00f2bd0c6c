/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What admins do about accounts and tokens, and what people want of the pages. */
#include <stdlib.h>
#include <string.h>

#include "collector/web/accounts_int.h"
#include "zw/alloc.h"
#include "zw/lang.h"
#include "zw/str.h"

/* Texts of errors are whole sentences without values, so that a page can translate them. */
static const char bad_name[] =
    N_("A name has letters, digits, '.', '_' and '-', and begins with a letter or digit.");
static const char bad_role[] = N_("An account's role is viewer, operator or admin.");

/* The account of a name, or the error that there is none. */
static struct person *
person_of(const struct accounts *a, const char *name, struct err *e)
{
	struct person *p = accounts_data_person(&a->d, name);

	if (p == NULL)
		err_set(e, "%s", N_("There is no such account."));
	return p;
}

/* Whether without this one nobody could sign in to make accounts. */
static int
check_last(const struct accounts *a, const struct person *but, struct err *e)
{
	bool another = but->role < WHO_ADMIN || but->hash[0] == '\0';

	for (size_t i = 0; i < a->d.npeople && !another; i++) {
		const struct person *p = &a->d.people[i];
		another = p != but && p->role == WHO_ADMIN && p->hash[0] != '\0';
	}
	return another ? 0
		       : err_set(e, "%s",
			     N_("That is the last admin with a password; make another first."));
}

/* Gives a one-time link. */
static int
give_link(
    struct accounts *a, struct person *p, int64_t wall_ms, char key[ACCOUNTS_SECRET], struct err *e)
{
	if (accounts_secret(key, p->link, e) == -1)
		return -1;
	p->link_until_ms = wall_ms + ACCOUNTS_LINK_MS;
	accounts_save_changed(a->save);
	return 0;
}

int
accounts_add(struct accounts *a, const char *name, enum who_role role, int64_t wall_ms,
    char key[ACCOUNTS_SECRET], struct err *e)
{
	struct person p = { .role = role, .made_ms = wall_ms };

	if (!accounts_file_is_name(name))
		return err_set(e, "%s", bad_name);
	if (role < WHO_VIEWER)
		return err_set(e, "%s", bad_role);
	if (accounts_data_person(&a->d, name) != NULL)
		return err_set(e, "%s", N_("There is an account of this name already."));
	if (accounts_data_token(&a->d, name) != NULL)
		return err_set(e, "%s", N_("There is a token of this name already."));
	if (a->d.npeople >= ACCOUNTS_MAX)
		return err_set(e, "%s", N_("There are too many accounts."));
	(void)str_copy(p.name, sizeof p.name, name);
	if (give_link(a, &p, wall_ms, key, e) == -1)
		return -1;
	a->d.people = xreallocarray(a->d.people, a->d.npeople + 1, sizeof *a->d.people);
	a->d.people[a->d.npeople++] = p;
	accounts_data_sort(&a->d);
	return 0;
}

int
accounts_link(
    struct accounts *a, const char *name, int64_t wall_ms, char key[ACCOUNTS_SECRET], struct err *e)
{
	struct person *p = person_of(a, name, e);

	return p == NULL ? -1 : give_link(a, p, wall_ms, key, e);
}

const char *
accounts_of_link(const struct accounts *a, const char *key, int64_t wall_ms)
{
	uint8_t digest[DIGEST_SIZE];
	const char *found = NULL;

	digest_make(key, strlen(key), digest);
	for (size_t i = 0; i < a->d.npeople; i++) {
		const struct person *p = &a->d.people[i];
		if (p->link_until_ms > wall_ms && digest_equal(p->link, digest))
			found = p->name;
	}
	return found;
}

int
accounts_set_role(struct accounts *a, const char *name, enum who_role role, struct err *e)
{
	struct person *p = person_of(a, name, e);

	if (p == NULL)
		return -1;
	if (role < WHO_VIEWER)
		return err_set(e, "%s", bad_role);
	if (role == p->role)
		return 0;
	if (role < WHO_ADMIN && check_last(a, p, e) == -1)
		return -1;
	p->role = role;
	accounts_leave_all(a, p->name, 0);
	accounts_save_changed(a->save);
	return 0;
}

int
accounts_remove(struct accounts *a, const char *name, struct err *e)
{
	struct person *p = person_of(a, name, e);

	if (p == NULL || check_last(a, p, e) == -1)
		return -1;
	accounts_leave_all(a, p->name, 0);
	size_t i = (size_t)(p - a->d.people);
	memmove(p, p + 1, (--a->d.npeople - i) * sizeof *p);
	accounts_save_changed(a->save);
	return 0;
}

int
accounts_unlock(struct accounts *a, const char *name, struct err *e)
{
	const struct person *p = person_of(a, name, e);

	if (p == NULL)
		return -1;
	lockout_clear(a->lockout, p->name);
	return 0;
}

int
accounts_prefer(struct accounts *a, const char *name, const enum lang *lang, enum who_theme theme,
    struct err *e)
{
	struct person *p = person_of(a, name, e);

	if (p == NULL)
		return -1;
	p->has_lang = lang != NULL;
	p->lang = lang != NULL ? *lang : LANG_EN;
	p->theme = theme;
	accounts_save_changed(a->save);
	return 0;
}

/* An account as it is shown. */
static void
show(const struct accounts *a, const struct person *p, int64_t wall_ms, struct accounts_person *out)
{
	struct accounts_session s;

	*out = (struct accounts_person){
		.name = p->name,
		.role = p->role,
		.password = p->hash[0] != '\0',
		.made_ms = p->made_ms,
		.last_ms = p->last_ms,
		.link_until_ms = p->link_until_ms > wall_ms ? p->link_until_ms : 0,
		.locked_ms = lockout_of_name(a->lockout, p->name, wall_ms),
		.has_lang = p->has_lang,
		.lang = p->lang,
		.theme = p->theme,
	};
	while (accounts_session_at(a, p->name, out->sessions, &s))
		out->sessions++;
}

bool
accounts_at(const struct accounts *a, size_t i, int64_t wall_ms, struct accounts_person *out)
{
	if (i >= a->d.npeople)
		return false;
	show(a, &a->d.people[i], wall_ms, out);
	return true;
}

bool
accounts_find(
    const struct accounts *a, const char *name, int64_t wall_ms, struct accounts_person *out)
{
	const struct person *p = accounts_data_person(&a->d, name);

	if (p == NULL)
		return false;
	show(a, p, wall_ms, out);
	return true;
}

/* --- tokens ---------------------------------------------------------------------------------- */

int
accounts_token_add(struct accounts *a, const char *name, enum who_role role, int64_t ends_ms,
    const char *author, int64_t wall_ms, char key[ACCOUNTS_SECRET], struct err *e)
{
	struct token t = { .role = role, .made_ms = wall_ms, .ends_ms = ends_ms };

	if (!accounts_file_is_name(name))
		return err_set(e, "%s", bad_name);
	if (role < WHO_WALL)
		return err_set(e, "%s", N_("A token's role is wall, viewer, operator or admin."));
	if (accounts_data_token(&a->d, name) != NULL)
		return err_set(e, "%s", N_("There is a token of this name already."));
	if (accounts_data_person(&a->d, name) != NULL)
		return err_set(e, "%s", N_("There is an account of this name already."));
	if (ends_ms == 0 && role > WHO_WALL)
		return err_set(
		    e, "%s", N_("Only a wall's token may be without an end; say when it ends."));
	if (ends_ms != 0 && ends_ms <= wall_ms)
		return err_set(e, "%s", N_("It would end before it begins."));
	if (a->d.ntokens >= ACCOUNTS_MAX)
		return err_set(e, "%s", N_("There are too many tokens."));
	(void)str_copy(t.name, sizeof t.name, name);
	(void)str_copy(t.author, sizeof t.author, author);
	if (accounts_secret(key, t.digest, e) == -1)
		return -1;
	a->d.tokens = xreallocarray(a->d.tokens, a->d.ntokens + 1, sizeof *a->d.tokens);
	a->d.tokens[a->d.ntokens++] = t;
	accounts_data_sort(&a->d);
	accounts_save_changed(a->save);
	return 0;
}

int
accounts_token_remove(struct accounts *a, const char *name, struct err *e)
{
	struct token *t = accounts_data_token(&a->d, name);

	if (t == NULL)
		return err_set(e, "%s", N_("There is no such token."));
	for (size_t i = a->d.nsessions; i > 0; i--) {
		struct session *s = &a->d.sessions[i - 1];
		if (s->kind == SESSION_OF_TOKEN && digest_equal(s->of, t->digest))
			accounts_drop_session(a, s);
	}
	size_t i = (size_t)(t - a->d.tokens);
	memmove(t, t + 1, (--a->d.ntokens - i) * sizeof *t);
	accounts_save_changed(a->save);
	return 0;
}

bool
accounts_token_at(const struct accounts *a, size_t i, struct accounts_token *out)
{
	if (i >= a->d.ntokens)
		return false;
	const struct token *t = &a->d.tokens[i];
	*out = (struct accounts_token){ t->name, t->role, t->author, t->made_ms, t->ends_ms,
		t->used_ms };
	return true;
}
