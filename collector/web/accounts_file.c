/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file by jansson, member by member: what is missing, of another type, out of range or there
 * twice makes the whole file refused, for half of the accounts is worse than an error. */
#include "collector/web/accounts_file.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/member.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/str.h"

#define VERSION 1

void
accounts_data_clear(struct accounts_data *d)
{
	if (d->npeople > 0)
		explicit_bzero(d->people, d->npeople * sizeof *d->people);
	free(d->people);
	free(d->tokens);
	free(d->sessions);
	*d = (struct accounts_data){ 0 };
}

/* By name, whichever case. */
static int
by_name(const void *a, const void *b)
{
	const struct person *x = a, *y = b;
	return str_casecmp(x->name, y->name);
}

/* Likewise. */
static int
by_token_name(const void *a, const void *b)
{
	const struct token *x = a, *y = b;
	return str_casecmp(x->name, y->name);
}

void
accounts_data_sort(struct accounts_data *d)
{
	if (d->npeople > 0)
		qsort(d->people, d->npeople, sizeof *d->people, by_name);
	if (d->ntokens > 0)
		qsort(d->tokens, d->ntokens, sizeof *d->tokens, by_token_name);
}

struct person *
accounts_data_person(const struct accounts_data *d, const char *name)
{
	struct person key;

	if (d->npeople == 0 || str_copy(key.name, sizeof key.name, name) == -1)
		return NULL;
	return bsearch(&key, d->people, d->npeople, sizeof *d->people, by_name);
}

struct token *
accounts_data_token(const struct accounts_data *d, const char *name)
{
	struct token key;

	if (d->ntokens == 0 || str_copy(key.name, sizeof key.name, name) == -1)
		return NULL;
	return bsearch(&key, d->tokens, d->ntokens, sizeof *d->tokens, by_token_name);
}

bool
accounts_file_is_name(const char *name)
{
	return str_is_name(name, WHO_MAX_NAME - 1);
}

/* --- reading --------------------------------------------------------------------------------- */

/* A name. */
static void
take_name(struct member_reader *r, const char *key, char dst[WHO_MAX_NAME])
{
	member_text(r, key, dst, WHO_MAX_NAME);
	if (!r->bad && !accounts_file_is_name(dst))
		member_wrong(r, key, "is no name");
}

/* A role that one can have. */
static enum who_role
take_role(struct member_reader *r, enum who_role least)
{
	char word[16];

	member_text(r, "role", word, sizeof word);
	enum who_role role = who_role_of(word);
	if (role < least)
		member_wrong(r, "role", "is none");
	return role;
}

/* A digest, or no text at all if it may be none: whether there is one. */
static bool
take_digest(struct member_reader *r, const char *key, uint8_t dst[DIGEST_SIZE], bool needed)
{
	memset(dst, 0, DIGEST_SIZE);
	size_t n = member_hex(r, key, dst, needed ? DIGEST_SIZE : 0, DIGEST_SIZE);
	if (n != 0 && n != DIGEST_SIZE)
		member_wrong(r, key, "is of a wrong length");
	return n == DIGEST_SIZE;
}

static const char *const themes[] = { "auto", "light", "dark" };
static const char *const langs[] = { "", "en", "az", "ru" };

/* A person. */
static void
take_person(struct member_reader *r, struct person *p)
{
	const json_t *places = json_object_get(r->o, "places"), *v;
	size_t i;

	take_name(r, "name", p->name);
	p->role = take_role(r, WHO_VIEWER);
	member_text(r, "hash", p->hash, sizeof p->hash);
	if (!r->bad && p->hash[0] != '\0' && !passwd_is_hash(p->hash))
		member_wrong(r, "hash", "is no yescrypt");
	p->link_until_ms = member_int(r, "link_until_ms", INT64_MAX);
	if (!take_digest(r, "link", p->link, false))
		p->link_until_ms = 0;
	p->made_ms = member_int(r, "made_ms", INT64_MAX);
	p->last_ms = member_int(r, "last_ms", INT64_MAX);
	p->theme = (enum who_theme)member_word(r, "theme", themes, 3);
	size_t lang = member_word(r, "language", langs, 4);
	p->has_lang = lang > 0;
	p->lang = lang_of(langs[lang]);
	if (!json_is_array(places) || json_array_size(places) > ACCOUNTS_FILE_PLACES)
		member_wrong(r, "places", "is no short list");
	json_array_foreach(places, i, v)
	{
		if (r->bad)
			break;
		if (!json_is_string(v) || !str_is_text(json_string_value(v), json_string_length(v)))
			member_wrong(r, "places", "holds what is no address");
		else
			(void)str_copy(
			    p->places[p->nplaces++], LOCKOUT_ADDRESS, json_string_value(v));
	}
}

/* A token. */
static void
take_token(struct member_reader *r, struct token *t)
{
	take_name(r, "name", t->name);
	t->role = take_role(r, WHO_WALL);
	member_text(r, "author", t->author, sizeof t->author);
	take_digest(r, "digest", t->digest, true);
	t->made_ms = member_int(r, "made_ms", INT64_MAX);
	t->ends_ms = member_int(r, "ends_ms", INT64_MAX);
	t->used_ms = member_int(r, "used_ms", INT64_MAX);
	if (t->ends_ms == 0 && t->role > WHO_WALL)
		member_wrong(r, "ends_ms", "is 0: only a wall's token has no end");
}

/* A session. */
static void
take_session(struct member_reader *r, struct session *s)
{
	s->id = (uint64_t)member_int(r, "id", INT64_MAX);
	take_digest(r, "digest", s->digest, true);
	member_text(r, "name", s->name, sizeof s->name);
	s->kind = take_digest(r, "of", s->of, false) ? SESSION_OF_TOKEN : SESSION_OF_PERSON;
	if (!r->bad && s->kind == SESSION_OF_PERSON && !accounts_file_is_name(s->name))
		member_wrong(r, "name", "is no name");
	s->made_ms = member_int(r, "made_ms", INT64_MAX);
	s->used_ms = member_int(r, "used_ms", INT64_MAX);
	member_text(r, "peer", s->peer, sizeof s->peer);
}

/* Whether a name was there before. */
static void
take_once(struct member_reader *r, const char *name, const char *earlier, size_t stride)
{
	for (size_t i = 0; i < r->index && !r->bad; i++)
		if (str_casecmp(name, earlier + i * stride) == 0)
			member_wrong(r, "name", "is there twice");
}

/* All of it, from a tree. */
static int
take_all(struct accounts_data *d, const json_t *root, struct err *e)
{
	struct member_reader r = { .e = e };
	long people = member_list(root, "people", ACCOUNTS_FILE_PEOPLE, e);
	long tokens = people < 0 ? -1 : member_list(root, "tokens", ACCOUNTS_FILE_PEOPLE, e);
	long sessions = tokens < 0 ? -1 : member_list(root, "sessions", ACCOUNTS_FILE_SESSIONS, e);

	if (sessions < 0)
		return -1;
	d->people = xcalloc((size_t)people + 1, sizeof *d->people);
	d->tokens = xcalloc((size_t)tokens + 1, sizeof *d->tokens);
	d->sessions = xcalloc((size_t)sessions + 1, sizeof *d->sessions);
	for (r.what = "people", r.index = 0; r.index < (size_t)people && !r.bad; r.index++) {
		r.o = json_array_get(json_object_get(root, "people"), r.index);
		take_person(&r, &d->people[d->npeople++]);
		take_once(&r, d->people[r.index].name, d->people[0].name, sizeof *d->people);
	}
	for (r.what = "tokens", r.index = 0; r.index < (size_t)tokens && !r.bad; r.index++) {
		r.o = json_array_get(json_object_get(root, "tokens"), r.index);
		take_token(&r, &d->tokens[d->ntokens++]);
		take_once(&r, d->tokens[r.index].name, d->tokens[0].name, sizeof *d->tokens);
	}
	for (r.what = "sessions", r.index = 0; r.index < (size_t)sessions && !r.bad; r.index++) {
		r.o = json_array_get(json_object_get(root, "sessions"), r.index);
		take_session(&r, &d->sessions[d->nsessions++]);
		if (d->sessions[r.index].id > d->last_session)
			d->last_session = d->sessions[r.index].id;
	}
	return r.bad ? -1 : 0;
}

int
accounts_file_parse(struct accounts_data *d, const char *text, size_t n, struct err *e)
{
	json_error_t why;
	json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
	const json_t *version = json_object_get(root, "version");
	int rc = -1;

	if (root == NULL)
		err_set(e, "line %d: %.100s", why.line, why.text);
	else if (!json_is_integer(version) || json_integer_value(version) < 1)
		err_set(e, "it has no version");
	else if (json_integer_value(version) > VERSION)
		err_set(e, "a newer zonewatch made it (version %lld; this one knows %d)",
		    (long long)json_integer_value(version), VERSION);
	else
		rc = take_all(d, root, e);
	if (rc == 0 && json_is_integer(json_object_get(root, "last_session"))) {
		json_int_t last = json_integer_value(json_object_get(root, "last_session"));
		if (last > 0 && (uint64_t)last > d->last_session)
			d->last_session = (uint64_t)last;
	}
	json_decref(root);
	if (rc == -1)
		accounts_data_clear(d);
	else
		accounts_data_sort(d);
	return rc;
}

int
accounts_file_load(struct accounts_data *d, const char *path, struct err *e)
{
	struct err why;
	struct stat st;
	char *text;
	size_t n;

	*d = (struct accounts_data){ 0 };
	if (stat(path, &st) == -1 && errno == ENOENT)
		return 0;
	if (fs_read(path, ACCOUNTS_FILE_MAX, &text, &n, &why) == -1)
		return err_set(e, "%s", why.msg);
	if ((st.st_mode & 077) != 0) {
		free(text);
		return err_set(
		    e, "others than its owner may read %s; mend it: chmod 600 %s", path, path);
	}
	int rc = accounts_file_parse(d, text, n, &why);
	explicit_bzero(text, n);
	free(text);
	if (rc == -1)
		return err_set(e,
		    "%s is damaged: %s. Put back a good copy, or begin without accounts: mv %s "
		    "%s.damaged, then: zonewatchctl user add NAME --role admin",
		    path, why.msg, path, path);
	return 0;
}

/* --- writing --------------------------------------------------------------------------------- */

/* A person. */
static json_t *
put_person(const struct person *p)
{
	json_t *places = json_array();

	for (unsigned i = 0; i < p->nplaces; i++)
		json_array_append_new(places, json_string(p->places[i]));
	return json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:s, s:s, s:o}", "name", p->name,
	    "role", who_role_word(p->role), "hash", p->hash, "link",
	    member_hex_of(p->link, p->link_until_ms != 0 ? DIGEST_SIZE : 0), "link_until_ms",
	    (json_int_t)p->link_until_ms, "made_ms", (json_int_t)p->made_ms, "last_ms",
	    (json_int_t)p->last_ms, "language", p->has_lang ? lang_word(p->lang) : "", "theme",
	    themes[p->theme], "places", places);
}

/* A token. */
static json_t *
put_token(const struct token *t)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:I}", "name", t->name, "role",
	    who_role_word(t->role), "author", t->author, "digest",
	    member_hex_of(t->digest, DIGEST_SIZE), "made_ms", (json_int_t)t->made_ms, "ends_ms",
	    (json_int_t)t->ends_ms, "used_ms", (json_int_t)t->used_ms);
}

/* A session. */
static json_t *
put_session(const struct session *s)
{
	return json_pack("{s:I, s:o, s:s, s:o, s:I, s:I, s:s}", "id", (json_int_t)s->id, "digest",
	    member_hex_of(s->digest, DIGEST_SIZE), "name", s->name, "of",
	    member_hex_of(s->of, s->kind == SESSION_OF_TOKEN ? DIGEST_SIZE : 0), "made_ms",
	    (json_int_t)s->made_ms, "used_ms", (json_int_t)s->used_ms, "peer", s->peer);
}

char *
accounts_file_text(const struct accounts_data *d)
{
	json_t *people = json_array(), *tokens = json_array(), *sessions = json_array();

	for (size_t i = 0; i < d->npeople; i++)
		json_array_append_new(people, put_person(&d->people[i]));
	for (size_t i = 0; i < d->ntokens; i++)
		json_array_append_new(tokens, put_token(&d->tokens[i]));
	for (size_t i = 0; i < d->nsessions; i++)
		json_array_append_new(sessions, put_session(&d->sessions[i]));
	json_t *root = json_pack("{s:i, s:I, s:o, s:o, s:o}", "version", VERSION, "last_session",
	    (json_int_t)d->last_session, "people", people, "tokens", tokens, "sessions", sessions);
	char *text = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	if (text == NULL) /* nothing else can fail of what is UTF-8 */
		fatalx("accounts", "out of memory");
	return text;
}
