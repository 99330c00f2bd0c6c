/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords: each is hashed by the one thread, after which the loop decides. Few may wait; and a
 * stranger's address has two of the places at most, so that it takes nobody else's. */
#include <stdlib.h>
#include <string.h>

#include "collector/web/accounts_int.h"
#include "zw/alloc.h"
#include "zw/str.h"
#include "zw/lang.h"

#define PLACES_EACH 2

/* A sign-in, or a password that is set, on its way through the thread. */
struct job {
	struct accounts *a;
	char name[WHO_MAX_NAME];
	char *password;
	char peer[LOCKOUT_ADDRESS];
	int64_t wall_ms;
	char hash[PASSWD_MAX]; /* what to compare with; or what was made */
	int place;	       /* its place among those that wait; -1: none */
	bool right;
	struct err e;
	struct accounts_entry entry;
	void (*entered)(void *arg, const struct accounts_entry *entry);
	uint8_t link[DIGEST_SIZE];
	bool by_link;
	char *old; /* the password until now, when there is no link */
	uint64_t session;
	const char *wrong;
	void (*set)(void *arg, const char *wrong);
	void *arg;
};

/* A job for a name. */
static struct job *
job_new(struct accounts *a, const char *name, const char *password, const char *peer,
    int64_t wall_ms, void *arg)
{
	struct job *j = xcalloc(1, sizeof *j);

	j->a = a;
	j->place = -1;
	j->password = xstrdup(password);
	j->wall_ms = wall_ms;
	j->arg = arg;
	(void)str_copy(j->name, sizeof j->name, name);
	lockout_address(j->peer, peer);
	return j;
}

/* Wipes a text that was a secret. */
static void
wipe(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

/* Frees it and its place; its secrets are wiped. */
static void
job_free(struct job *j)
{
	if (j->place >= 0)
		j->a->hashing[j->place][0] = '\0';
	wipe(j->password);
	wipe(j->old);
	explicit_bzero(j, sizeof *j);
	free(j);
}

/* Takes a place for the job's address: -1 if there is none. */
static int
take_place(struct job *j)
{
	struct accounts *a = j->a;
	unsigned own = 0;

	for (int i = 0; i < ACCOUNTS_HASHING; i++) {
		if (a->hashing[i][0] == '\0')
			j->place = i;
		own += strcmp(a->hashing[i], j->peer) == 0;
	}
	if (own >= PLACES_EACH && !lockout_is_local(j->peer))
		j->place = -1;
	if (j->place >= 0)
		(void)str_copy(a->hashing[j->place], LOCKOUT_ADDRESS, j->peer);
	return j->place >= 0 ? 0 : -1;
}

/* --- signing in ------------------------------------------------------------------------------ */

/* Whether the name has signed in from that address. Loopback is anybody's: a proxy's. */
static bool
known_there(const struct person *p, const char *address)
{
	if (p == NULL || lockout_is_local(address))
		return false;
	for (unsigned i = 0; i < p->nplaces; i++)
		if (strcmp(p->places[i], address) == 0)
			return true;
	return false;
}

/* It signed in from there: the latest place is the first. */
static void
remember_place(struct person *p, const char *address)
{
	unsigned at = 0;

	while (at < p->nplaces && strcmp(p->places[at], address) != 0)
		at++;
	if (at == p->nplaces && p->nplaces < ACCOUNTS_FILE_PLACES)
		p->nplaces++;
	if (at == ACCOUNTS_FILE_PLACES)
		at--;
	memmove(p->places[1], p->places[0], at * sizeof p->places[0]);
	(void)str_copy(p->places[0], sizeof p->places[0], address);
}

/* The session is on disk, or cannot be put there now: who has the right password gets in. */
static void
entered(void *arg, bool ok)
{
	struct job *j = arg;
	(void)ok;
	j->entered(j->arg, &j->entry);
	job_free(j);
}

/* The right password: a session. */
static void
enter(struct job *j, struct person *p)
{
	struct accounts *a = j->a;
	struct session s = { .kind = SESSION_OF_PERSON };

	(void)str_copy(s.name, sizeof s.name, p->name);
	if (accounts_begin(a, &s, j->peer, j->wall_ms, j->entry.key, &j->e) == -1) {
		log_warnx("accounts", "%s", j->e.msg);
		j->entry.verdict = ACCOUNTS_BUSY;
		return;
	}
	p->last_ms = j->wall_ms;
	remember_place(p, j->peer);
	lockout_clear(a->lockout, p->name);
	j->entry.verdict = ACCOUNTS_YES;
	j->entry.who = (struct who){ .role = p->role,
		.proof = WHO_BY_COOKIE,
		.session = s.id,
		.has_lang = p->has_lang,
		.lang = p->lang,
		.theme = p->theme };
	(void)str_copy(j->entry.who.name, sizeof j->entry.who.name, p->name);
}

/* The wrong one: it counts, for the name (whether there is one or not) and for the address. */
static void
refuse(struct job *j)
{
	struct accounts *a = j->a;
	unsigned held;

	j->entry.verdict = ACCOUNTS_NO;
	j->entry.begins = lockout_fail(a->lockout, j->name, j->peer, NULL, j->wall_ms);
	j->entry.worth = log_throttle_pass(&a->complaints, j->wall_ms, &held);
	if (j->entry.begins && j->entry.worth)
		log_warnx("accounts",
		    "too many wrong passwords for %s from %s: further tries wait (%u more like it "
		    "before)",
		    /* Who types the password into the other field must not read it in a log. */
		    accounts_data_person(&a->d, j->name) != NULL ? j->name : "an unknown name",
		    j->peer, held);
}

/* In the thread. */
static void
login_run(void *arg)
{
	struct job *j = arg;
	j->right = passwd_check(j->password, j->hash);
}

/* Back in the loop. While it was hashed the account may have gone, or got another password. */
static void
login_done(void *arg)
{
	struct job *j = arg;
	struct accounts *a = j->a;
	struct person *p = accounts_data_person(&a->d, j->name);

	if (a->ending)
		j->entry.verdict = ACCOUNTS_BUSY;
	else if (j->right && p != NULL && strcmp(p->hash, j->hash) == 0)
		enter(j, p);
	else
		refuse(j);
	if (a->ending)
		entered(j, false);
	else
		accounts_save_wait(a->save, entered, j);
}

void
accounts_login(struct accounts *a, const char *name, const char *password, const char *peer,
    int64_t wall_ms, void (*done)(void *arg, const struct accounts_entry *entry), void *arg)
{
	const struct person *p = accounts_data_person(&a->d, name);
	struct job *j = job_new(a, p != NULL ? p->name : name, password, peer, wall_ms, arg);
	struct accounts_entry *en = &j->entry;

	j->entered = done;
	en->verdict = ACCOUNTS_NO;
	en->locked_ms =
	    lockout_left(a->lockout, j->name, j->peer, known_there(p, j->peer), wall_ms);
	if (en->locked_ms > 0)
		en->verdict = ACCOUNTS_LOCKED;
	else if (take_place(j) == -1)
		en->verdict = ACCOUNTS_BUSY;
	if (en->verdict != ACCOUNTS_NO || strlen(password) > ACCOUNTS_MAX_PASSWORD) {
		accounts_save_wait(a->save, entered, j);
		return;
	}
	if (p != NULL)
		(void)str_copy(j->hash, sizeof j->hash, p->hash);
	worker_submit(a->hasher, login_run, login_done, j);
}

/* --- a password is set ----------------------------------------------------------------------- */

/* What is wrong with a password as such; NULL: nothing. */
static const char *
judge_password(const char *name, const char *password)
{
	size_t n = 0;

	for (const char *s = password; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80; /* each character once */
	if (n < ACCOUNTS_MIN_PASSWORD)
		return N_("The password is too short: it needs 10 characters at least.");
	if (strlen(password) > ACCOUNTS_MAX_PASSWORD)
		return N_("The password is too long.");
	if (password[strspn(password, (char[]){ password[0], '\0' })] == '\0' ||
	    str_casecmp(password, name) == 0)
		return N_("That password is guessed at once; take another.");
	return NULL;
}

/* In the loop: tells the outcome. */
static void
told(void *arg, bool ok)
{
	struct job *j = arg;

	if (j->wrong == NULL && !ok)
		j->wrong = N_("It holds for now, but cannot be written to disk; see the "
			      "collector's log.");
	j->set(j->arg, j->wrong);
	job_free(j);
}

/* In the thread: checks the old one, if it counts, and hashes the new one. */
static void
password_run(void *arg)
{
	struct job *j = arg;

	j->right = j->by_link || passwd_check(j->old, j->hash);
	if (j->right && passwd_hash(j->password, j->hash, &j->e) == -1)
		j->wrong = N_("The password cannot be hashed; see the collector's log.");
}

/* Whether what allowed the change still does after so long. */
static bool
may_set(const struct job *j, const struct person *p)
{
	return p != NULL &&
	       (!j->by_link || (p->link_until_ms > j->wall_ms && digest_equal(p->link, j->link)));
}

/* Back in the loop. */
static void
password_done(void *arg)
{
	struct job *j = arg;
	struct accounts *a = j->a;
	struct person *p = accounts_data_person(&a->d, j->name);

	if (j->wrong != NULL) {
		log_warnx("accounts", "%s", j->e.msg);
	} else if (!j->right) {
		lockout_fail(a->lockout, j->name, j->peer, NULL, j->wall_ms);
		j->wrong = N_("The password until now is not that one.");
	} else if (!may_set(j, p)) {
		j->wrong =
		    N_("That link was used already, or is too old. Ask an admin for a new one.");
	} else {
		(void)str_copy(p->hash, sizeof p->hash, j->hash);
		p->link_until_ms = 0;
		memset(p->link, 0, sizeof p->link);
		lockout_clear(a->lockout, p->name);
		accounts_leave_all(a, p->name, j->by_link ? 0 : j->session);
		accounts_save_changed(a->save);
	}
	if (a->ending)
		told(j, true);
	else
		accounts_save_wait(a->save, told, j);
}

void
accounts_password(struct accounts *a, const struct accounts_change *ch, const char *peer,
    int64_t wall_ms, void (*done)(void *arg, const char *wrong), void *arg)
{
	const struct person *p = accounts_data_person(&a->d, ch->name);
	struct job *j = job_new(a, ch->name, ch->password, peer, wall_ms, arg);

	j->set = done;
	j->session = ch->session;
	j->old = xstrdup(ch->old != NULL ? ch->old : "");
	j->by_link = ch->link != NULL;
	if (j->by_link)
		digest_make(ch->link, strlen(ch->link), j->link);
	j->wrong = judge_password(ch->name, ch->password);
	if (j->wrong == NULL && !j->by_link &&
	    (strlen(j->old) > ACCOUNTS_MAX_PASSWORD ||
		lockout_left(a->lockout, j->name, j->peer, true, wall_ms) > 0))
		j->wrong = N_("Too many wrong passwords; wait some minutes.");
	if (j->wrong == NULL && (p == NULL || take_place(j) == -1))
		j->wrong = N_("Too many passwords are being checked; try again.");
	if (j->wrong != NULL) {
		accounts_save_wait(a->save, told, j);
		return;
	}
	(void)str_copy(j->hash, sizeof j->hash, p->hash);
	worker_submit(a->hasher, password_run, password_done, j);
}
