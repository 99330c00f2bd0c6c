/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* Accounts in virtual time: who a key proves, when sessions end, what a file must be like, who
 * waits after failures and who does not. Passwords are hashed for real. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>

#include "collector/web/accounts.h"
#include "collector/web/accounts_file.h"
#include "collector/web/lockout.h"
#include "collector/web/passwd.h"
#include "zw/clock.h"
#include "zw/fs.h"

#include "fake_collector.h"

#define TOKEN "0123456789abcdef-token"
#define T0 INT64_C(1790000000000)
#define HOUR INT64_C(3600000)
#define PASSWORD "correct horse battery"
#define PEER "192.0.2.7"

struct fixture {
	struct event_base *base;
	struct accounts *a;
	char dir[64];
	char path[96];
	bool done;
	bool ok;
	struct accounts_entry entry;
	char wrong[200];
};

/* Opens the accounts as the collector does at its start. */
static void
open_them(struct fixture *f)
{
	const struct accounts_options o = {
		.path = f->path, .token = TOKEN, .idle_ms = 12 * HOUR, .longest_ms = 168 * HOUR
	};
	struct err e;
	assert_int_equal(accounts_new(&f->a, f->base, &o, &e), 0);
}

/* A directory of its own, no accounts. */
static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	strcpy(f->dir, "/tmp/zw-accounts-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof f->path, "%s/accounts.json", f->dir);
	f->base = event_base_new();
	open_them(f);
	*state = f;
	return 0;
}

/* Leaves nothing behind. */
static int
tear_down(void **state)
{
	struct fixture *f = *state;
	accounts_free(f->a);
	unlink(f->path);
	rmdir(f->dir);
	event_base_free(f->base);
	libevent_global_shutdown();
	free(f);
	return 0;
}

/* Turns the loop until the answer is there. */
static void
turn(struct fixture *f)
{
	int64_t end = clock_mono_ms() + 20000;
	while (!f->done && clock_mono_ms() < end) {
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		usleep(500);
	}
	assert_true(f->done);
	f->done = false;
}

/* The disk has answered. */
static void
stored(void *arg, bool ok)
{
	struct fixture *f = arg;
	f->done = true;
	f->ok = ok;
}

/* Waits for the disk. */
static bool
sync_them(struct fixture *f)
{
	accounts_sync(f->a, stored, f);
	assert_false(f->done);
	turn(f);
	return f->ok;
}

/* A sign-in was judged. */
static void
entered(void *arg, const struct accounts_entry *en)
{
	struct fixture *f = arg;
	f->done = true;
	f->entry = *en;
}

/* Tries a password. */
static enum accounts_verdict
try_it(struct fixture *f, const char *name, const char *password, const char *peer, int64_t at)
{
	accounts_login(f->a, name, password, peer, at, entered, f);
	assert_false(f->done);
	turn(f);
	return f->entry.verdict;
}

/* A password was set, or not, and why. */
static void
password_set(void *arg, const char *wrong)
{
	struct fixture *f = arg;
	f->done = true;
	snprintf(f->wrong, sizeof f->wrong, "%s", wrong != NULL ? wrong : "");
}

/* Sets a password by a link: "" or what was wrong. */
static const char *
by_link(struct fixture *f, const char *name, const char *link, const char *password, int64_t at)
{
	const struct accounts_change ch = { .name = name, .link = link, .password = password };
	accounts_password(f->a, &ch, PEER, at, password_set, f);
	turn(f);
	return f->wrong;
}

/* An account with a password. */
static void
make(struct fixture *f, const char *name, enum who_role role)
{
	char key[ACCOUNTS_SECRET];
	struct err e;
	assert_int_equal(accounts_add(f->a, name, role, T0, key, &e), 0);
	assert_string_equal(by_link(f, name, key, PASSWORD, T0), "");
}

/* Who a cookie with this key is. */
static struct who
who_is(struct fixture *f, const char *key, int64_t at)
{
	char cookie[128];
	snprintf(cookie, sizeof cookie, "a=b; zonewatch=%s", key);
	return accounts_who(f->a, NULL, cookie, PEER, at);
}

/* Who a token is. */
static struct who
bearer(struct fixture *f, const char *token, const char *peer, int64_t at)
{
	char header[128];
	snprintf(header, sizeof header, "Bearer %s", token);
	return accounts_who(f->a, header, NULL, peer, at);
}

/* Passwords: the right one, wrong ones, hashes that are none. */
static void
passwords(void **state)
{
	(void)state;
	char one[PASSWD_MAX], two[PASSWD_MAX];
	struct err e;
	assert_int_equal(passwd_hash(PASSWORD, one, &e), 0);
	assert_int_equal(passwd_hash(PASSWORD, two, &e), 0);
	assert_memory_equal(one, "$y$", 3);
	assert_string_not_equal(one, two); /* each has its salt */
	assert_true(passwd_check(PASSWORD, one));
	assert_true(passwd_check(PASSWORD, two));
	assert_false(passwd_check(PASSWORD "x", one));
	assert_false(passwd_check("", one));
	assert_false(passwd_check(PASSWORD, ""));
	assert_false(passwd_check(PASSWORD, "$1$salt$abcdefghijklmnopqrstuv"));
	assert_false(passwd_is_hash("*0"));
}

/* Processor time of this thread, us: the machine's other work is not in it. */
static int64_t
spent_us(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t), 0);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A name that does not exist takes as long as one that does. */
static void
same_time(void **state)
{
	(void)state;
	char hash[PASSWD_MAX];
	struct err e;
	int64_t known = INT64_MAX, unknown = INT64_MAX;
	assert_int_equal(passwd_hash(PASSWORD, hash, &e), 0);
	for (int i = 0; i < 4; i++) { /* the fastest of each: caches get warm */
		int64_t t = spent_us();
		(void)passwd_check("wrong", hash);
		int64_t middle = spent_us();
		(void)passwd_check("wrong", "");
		int64_t end = spent_us();
		if (middle - t < known)
			known = middle - t;
		if (end - middle < unknown)
			unknown = end - middle;
	}
	assert_true(known > 20000); /* a hash that is fast is none */
	assert_true(unknown > known * 2 / 3 && unknown < known * 3 / 2);
}

/* From a link to a session, and its ends. */
static void
life(void **state)
{
	struct fixture *f = *state;
	char link[ACCOUNTS_SECRET], again[ACCOUNTS_SECRET];
	struct err e;
	assert_int_equal(accounts_add(f->a, "Leyla", WHO_OPERATOR, T0, link, &e), 0);
	assert_int_equal(strlen(link), 43);
	assert_int_equal(accounts_add(f->a, "leyla", WHO_ADMIN, T0, again, &e), -1);
	assert_int_equal(try_it(f, "Leyla", "", PEER, T0), ACCOUNTS_NO); /* no password yet */
	assert_string_equal(accounts_of_link(f->a, link, T0), "Leyla");
	assert_null(accounts_of_link(f->a, link, T0 + ACCOUNTS_LINK_MS));
	assert_null(accounts_of_link(f->a, "", T0));
	assert_string_not_equal(by_link(f, "Leyla", link, "short", T0), "");
	assert_string_not_equal(by_link(f, "Leyla", link, "aaaaaaaaaaaa", T0), "");
	assert_string_not_equal(by_link(f, "Leyla", "x", PASSWORD, T0), "");
	assert_string_equal(by_link(f, "Leyla", link, PASSWORD, T0), "");
	assert_null(accounts_of_link(f->a, link, T0));
	assert_string_not_equal(by_link(f, "Leyla", link, PASSWORD "2", T0), "");
	assert_int_equal(try_it(f, "LEYLA", PASSWORD, PEER, T0), ACCOUNTS_YES);
	struct accounts_entry en = f->entry;
	assert_string_equal(en.who.name, "Leyla");
	struct who who = who_is(f, en.key, T0 + 11 * HOUR);
	assert_int_equal(who.role, WHO_OPERATOR);
	assert_int_equal(who.proof, WHO_BY_COOKIE);
	assert_string_equal(who.name, "Leyla");
	assert_int_equal(who_is(f, en.key, T0 + 22 * HOUR).role, WHO_OPERATOR); /* it was used */
	assert_int_equal(who_is(f, en.key, T0 + 35 * HOUR).role, WHO_NOBODY);	/* idle */
	for (int h = 22; h < 168; h += 8)
		assert_int_equal(who_is(f, en.key, T0 + h * HOUR).role, WHO_OPERATOR);
	assert_int_equal(who_is(f, en.key, T0 + 169 * HOUR).role, WHO_NOBODY); /* in any case */
	assert_int_equal(try_it(f, "Leyla", PASSWORD, PEER, T0), ACCOUNTS_YES);
	accounts_leave(f->a, f->entry.who.session);
	assert_int_equal(who_is(f, f->entry.key, T0).role, WHO_NOBODY);
}

/* What ends sessions: another password, another role, the account's end. */
static void
ends(void **state)
{
	struct fixture *f = *state;
	char link[ACCOUNTS_SECRET], one[ACCOUNTS_SECRET], two[ACCOUNTS_SECRET];
	struct err e;
	make(f, "a", WHO_ADMIN);
	make(f, "b", WHO_VIEWER);
	assert_int_equal(try_it(f, "b", PASSWORD, PEER, T0), ACCOUNTS_YES);
	strcpy(one, f->entry.key);
	assert_int_equal(try_it(f, "b", PASSWORD, PEER, T0), ACCOUNTS_YES);
	strcpy(two, f->entry.key);
	struct accounts_change ch = { .name = "b",
		.old = "not that",
		.password = "another one",
		.session = f->entry.who.session };
	accounts_password(f->a, &ch, PEER, T0, password_set, f);
	turn(f);
	assert_string_not_equal(f->wrong, "");
	assert_int_equal(who_is(f, one, T0).role, WHO_VIEWER);
	ch.old = PASSWORD;
	accounts_password(f->a, &ch, PEER, T0, password_set, f);
	turn(f);
	assert_string_equal(f->wrong, "");
	assert_int_equal(who_is(f, one, T0).role, WHO_NOBODY);
	assert_int_equal(who_is(f, two, T0).role, WHO_VIEWER); /* the one that changed it */
	assert_int_equal(try_it(f, "b", PASSWORD, PEER, T0), ACCOUNTS_NO);
	assert_int_equal(accounts_set_role(f->a, "b", WHO_OPERATOR, &e), 0);
	assert_int_equal(who_is(f, two, T0).role, WHO_NOBODY);
	assert_int_equal(try_it(f, "b", "another one", PEER, T0), ACCOUNTS_YES);
	assert_int_equal(accounts_link(f->a, "b", T0, link, &e), 0);
	assert_string_equal(by_link(f, "b", link, PASSWORD, T0), "");
	assert_int_equal(who_is(f, f->entry.key, T0).role, WHO_NOBODY);
	assert_int_equal(try_it(f, "b", PASSWORD, PEER, T0), ACCOUNTS_YES);
	assert_int_equal(accounts_remove(f->a, "b", &e), 0);
	assert_int_equal(who_is(f, f->entry.key, T0).role, WHO_NOBODY);
	/* Somebody must be able to let others in. */
	assert_int_equal(accounts_remove(f->a, "a", &e), -1);
	assert_int_equal(accounts_set_role(f->a, "a", WHO_VIEWER, &e), -1);
	make(f, "c", WHO_ADMIN);
	assert_int_equal(accounts_remove(f->a, "a", &e), 0);
}

/* Tokens, theirs and that of the file, and sessions made of them. */
static void
tokens(void **state)
{
	struct fixture *f = *state;
	char wall[ACCOUNTS_SECRET], program[ACCOUNTS_SECRET], key[ACCOUNTS_SECRET];
	struct err e;
	struct accounts *a = f->a;
	assert_int_equal(bearer(f, TOKEN, PEER, T0).role, WHO_ADMIN);
	assert_string_equal(bearer(f, TOKEN, PEER, T0).name, "");
	assert_int_equal(bearer(f, TOKEN "x", PEER, T0).role, WHO_NOBODY);
	assert_int_equal(who_is(f, TOKEN, T0).role, WHO_NOBODY); /* no cookie is a token */
	assert_int_equal(accounts_token_add(a, "n", WHO_VIEWER, 0, "x", T0, key, &e), -1);
	assert_int_equal(accounts_token_add(a, "hall", WHO_WALL, 0, "x", T0, wall, &e), 0);
	assert_int_equal(accounts_token_add(a, "hall", WHO_WALL, 0, "x", T0, key, &e), -1);
	assert_int_equal(
	    accounts_token_add(a, "nagios", WHO_VIEWER, T0 + HOUR, "x", T0, program, &e), 0);
	assert_int_equal(accounts_add(a, "nagios", WHO_VIEWER, T0, key, &e), -1);
	assert_int_equal(bearer(f, program, PEER, T0).role, WHO_VIEWER);
	assert_string_equal(bearer(f, program, PEER, T0).name, "nagios");
	assert_int_equal(bearer(f, program, PEER, T0 + HOUR).role, WHO_NOBODY);
	assert_int_equal(accounts_token(a, program, PEER, T0).role, WHO_NOBODY); /* in an address */
	assert_int_equal(accounts_token(a, TOKEN, PEER, T0).role, WHO_ADMIN);
	struct who who = accounts_token(a, wall, PEER, T0);
	assert_int_equal(who.role, WHO_WALL);
	assert_int_equal(accounts_enter(a, &who, wall, PEER, T0, key, &e), 0);
	assert_int_equal(who_is(f, key, T0 + 20000 * HOUR).role, WHO_WALL); /* it does not end */
	assert_int_equal(accounts_token_remove(a, "hall", &e), 0);
	assert_int_equal(who_is(f, key, T0).role, WHO_NOBODY);
	who = accounts_token(a, TOKEN, PEER, T0);
	assert_int_equal(accounts_enter(a, &who, TOKEN, PEER, T0, key, &e), 0);
	assert_int_equal(who_is(f, key, T0 + HOUR).role, WHO_ADMIN);
	assert_int_equal(who_is(f, key, T0 + 14 * HOUR).role, WHO_NOBODY);
}

/* What is kept over a restart, and that no secret is in the file. */
static void
restart(void **state)
{
	struct fixture *f = *state;
	char wall[ACCOUNTS_SECRET], link[ACCOUNTS_SECRET], *text;
	struct accounts_person p;
	struct stat st;
	size_t n;
	enum lang az = LANG_AZ;
	struct err e;
	make(f, "a", WHO_ADMIN);
	assert_int_equal(accounts_token_add(f->a, "hall", WHO_WALL, 0, "a", T0, wall, &e), 0);
	assert_int_equal(accounts_link(f->a, "a", T0, link, &e), 0);
	assert_int_equal(accounts_prefer(f->a, "a", &az, WHO_THEME_DARK, &e), 0);
	assert_int_equal(try_it(f, "a", PASSWORD, PEER, T0), ACCOUNTS_YES);
	assert_true(sync_them(f));
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fs_read(f->path, 1 << 20, &text, &n, &e), 0);
	const char *secrets[] = { PASSWORD, TOKEN, wall, link, f->entry.key };
	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
		assert_null(strstr(text, secrets[i]));
	free(text);
	accounts_free(f->a);
	open_them(f);
	struct who who = who_is(f, f->entry.key, T0 + HOUR);
	assert_int_equal(who.role, WHO_ADMIN);
	assert_true(who.has_lang && who.lang == LANG_AZ && who.theme == WHO_THEME_DARK);
	assert_int_equal(bearer(f, wall, PEER, T0).role, WHO_WALL);
	assert_string_equal(accounts_of_link(f->a, link, T0), "a");
	assert_true(accounts_find(f->a, "A", T0, &p));
	assert_int_equal(p.last_ms, T0);
	assert_true(p.password);
	assert_int_equal(p.sessions, 1);
	assert_false(accounts_find(f->a, "b", T0, &p));
	/* Another token in web.token_file: who came in by the old one is out. */
	struct who admin = bearer(f, TOKEN, PEER, T0);
	assert_int_equal(accounts_enter(f->a, &admin, TOKEN, PEER, T0, link, &e), 0);
	assert_int_equal(who_is(f, link, T0).role, WHO_ADMIN);
	accounts_free(f->a);
	const struct accounts_options o = {
		.path = f->path, .token = TOKEN "-new", .idle_ms = HOUR, .longest_ms = HOUR
	};
	assert_int_equal(accounts_new(&f->a, f->base, &o, &e), 0);
	assert_int_equal(who_is(f, link, T0).role, WHO_NOBODY);
}

/* A disk that takes nothing: who waits hears so, and it is written when it can be. */
static void
full_disk(void **state)
{
	struct fixture *f = *state;
	char link[ACCOUNTS_SECRET], tmp[128];
	struct err e;
	snprintf(tmp, sizeof tmp, "%s.tmp", f->path);
	assert_int_equal(mkdir(tmp, 0700), 0); /* in the way, for root too */
	assert_int_equal(accounts_add(f->a, "a", WHO_ADMIN, T0, link, &e), 0);
	assert_false(sync_them(f));
	assert_int_equal(rmdir(tmp), 0);
	assert_true(sync_them(f));
	assert_int_equal(access(f->path, F_OK), 0);
}

/* Sessions are bounded: the one that is unused longest goes. */
static void
crowd(void **state)
{
	struct fixture *f = *state;
	char first[ACCOUNTS_SECRET], key[ACCOUNTS_SECRET];
	struct accounts_session s;
	struct err e;
	make(f, "a", WHO_ADMIN);
	struct who who = { .role = WHO_ADMIN, .name = "a" };
	assert_int_equal(accounts_enter(f->a, &who, NULL, PEER, T0, first, &e), 0);
	for (int i = 1; i <= 25; i++)
		assert_int_equal(accounts_enter(f->a, &who, NULL, PEER, T0 + i, key, &e), 0);
	assert_int_equal(who_is(f, first, T0 + 26).role, WHO_NOBODY);
	assert_int_equal(who_is(f, key, T0 + 26).role, WHO_ADMIN);
	size_t n = 0;
	while (accounts_session_at(f->a, "a", n, &s))
		n++;
	assert_int_equal(n, 20);
	accounts_leave_all(f->a, "a", who_is(f, key, T0 + 26).session);
	assert_true(accounts_session_at(f->a, "a", 0, &s));
	assert_false(accounts_session_at(f->a, "a", 1, &s));
}

/* Failures, one address, one name. */
static void
waits(void **state)
{
	(void)state;
	struct lockout *l = lockout_new();
	int64_t t = T0;
	for (int i = 1; i < LOCKOUT_FREE; i++) {
		assert_false(lockout_fail(l, "a", PEER, NULL, t));
		assert_int_equal(lockout_left(l, "a", PEER, false, t), 0);
	}
	assert_true(lockout_fail(l, "a", PEER, NULL, t));
	int64_t wait = lockout_left(l, "a", PEER, false, t), before = 0;
	assert_int_equal(wait, LOCKOUT_FIRST_MS);
	for (int i = 0; i < 20; i++) {
		assert_true(wait > before || wait == LOCKOUT_ADDRESS_MS);
		before = wait;
		t += wait;
		assert_int_equal(lockout_left(l, "a", PEER, false, t), 0);
		assert_true(lockout_fail(l, "a", PEER, NULL, t));
		wait = lockout_left(l, "a", PEER, false, t);
	}
	assert_int_equal(wait, LOCKOUT_ADDRESS_MS);
	/* The name's owner waits little elsewhere, and not at all where he is known. */
	assert_int_equal(lockout_left(l, "A", "198.51.100.1", false, t), LOCKOUT_NAME_MS);
	assert_int_equal(lockout_left(l, "a", "198.51.100.1", true, t), 0);
	assert_int_equal(lockout_left(l, "b", "198.51.100.1", false, t), 0);
	assert_int_equal(lockout_left(l, "b", PEER, false, t), LOCKOUT_ADDRESS_MS);
	lockout_clear(l, "a");
	assert_int_equal(lockout_of_name(l, "a", t), 0);
	/* A clock that was set back makes nobody wait longer than the longest. */
	assert_int_equal(lockout_left(l, "b", PEER, false, T0 - 24 * HOUR), LOCKOUT_ADDRESS_MS);
	/* All is forgotten in time. */
	t += LOCKOUT_ADDRESS_MS + LOCKOUT_FORGET_MS;
	assert_false(lockout_fail(l, "a", PEER, NULL, t));
	lockout_free(l);
}

/* Tokens: an old one that a program shows again and again is one guess. */
static void
guesses(void **state)
{
	struct fixture *f = *state;
	char token[64];
	for (int i = 0; i < 1000; i++)
		assert_int_equal(bearer(f, "an-old-token", PEER, T0).locked_ms, 0);
	assert_int_equal(bearer(f, TOKEN, PEER, T0).role, WHO_ADMIN);
	for (int i = 0; i < 30; i++) {
		snprintf(token, sizeof token, "guess-%d", i);
		(void)bearer(f, token, PEER, T0);
	}
	struct who who = bearer(f, TOKEN, PEER, T0);
	assert_int_equal(who.role, WHO_NOBODY);
	assert_true(who.locked_ms > 0);
	assert_int_equal(bearer(f, TOKEN, "198.51.100.1", T0).role, WHO_ADMIN);
	assert_int_equal(bearer(f, TOKEN, PEER, T0 + who.locked_ms).role, WHO_ADMIN);
	/* What is remembered is bounded. */
	struct lockout *l = lockout_new();
	char address[32];
	for (int i = 0; i < 3 * LOCKOUT_MAX; i++) {
		snprintf(address, sizeof address, "10.%d.%d.1", i / 256, i % 256);
		(void)lockout_fail(l, address, address, NULL, T0 + i);
	}
	lockout_free(l);
}

/* How an address counts. */
static void
addresses(void **state)
{
	(void)state;
	static const char *const rows[][2] = { { "192.0.2.7", "192.0.2.7" },
		{ "::ffff:192.0.2.7", "192.0.2.7" }, { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
		{ "2001:db8:1:2::9", "2001:db8:1:2::" }, { "::1", "::1" }, { "?", "?" } };
	char text[LOCKOUT_ADDRESS];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		lockout_address(text, rows[i][0]);
		assert_string_equal(text, rows[i][1]);
	}
}

/* An attacker who knows a name cannot keep its owner out. */
static void
attack(void **state)
{
	struct fixture *f = *state;
	char peer[32];
	make(f, "a", WHO_ADMIN);
	assert_int_equal(try_it(f, "a", PASSWORD, PEER, T0), ACCOUNTS_YES);
	for (int i = 0; i < LOCKOUT_FREE; i++) {
		snprintf(peer, sizeof peer, "198.51.100.%d", i);
		assert_int_equal(try_it(f, "a", "guessed it", peer, T0), ACCOUNTS_NO);
	}
	assert_true(f->entry.begins);
	assert_true(f->entry.worth);
	/* From elsewhere even the right one waits, and is told how long; it is not hashed. */
	int64_t start = clock_mono_ms();
	assert_int_equal(try_it(f, "a", PASSWORD, "203.0.113.1", T0), ACCOUNTS_LOCKED);
	assert_true(clock_mono_ms() - start < 1000);
	assert_true(f->entry.locked_ms > 0 && f->entry.locked_ms <= LOCKOUT_NAME_MS);
	assert_int_equal(try_it(f, "a", PASSWORD, PEER, T0), ACCOUNTS_YES);
	/* Unknown names are no way to find out which are known. */
	for (int i = 0; i < LOCKOUT_FREE; i++)
		assert_int_equal(try_it(f, "nobody", "guessed it", "203.0.113.2", T0), ACCOUNTS_NO);
	assert_int_equal(try_it(f, "nobody", "x", "203.0.113.2", T0), ACCOUNTS_LOCKED);
	assert_int_equal(try_it(f, "a", "x", "203.0.113.2", T0), ACCOUNTS_LOCKED);
}

/* Counts verdicts. */
static void
counted(void *arg, const struct accounts_entry *en)
{
	unsigned *counts = arg;
	counts[en->verdict]++;
}

/* A flood: few wait, the others hear that at once. */
static void
flood(void **state)
{
	struct fixture *f = *state;
	unsigned counts[4] = { 0 };
	char peer[32];
	for (int i = 0; i < 60; i++) {
		snprintf(peer, sizeof peer, "10.0.0.%d", i / 3);
		accounts_login(f->a, "x", "some password", peer, T0, counted, counts);
	}
	for (int i = 0; i < 200000 && counts[0] + counts[1] + counts[2] + counts[3] < 60; i++) {
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		usleep(100);
	}
	assert_int_equal(counts[ACCOUNTS_NO], 16);
	assert_int_equal(counts[ACCOUNTS_BUSY], 44);
}

/* Files that are none: each is refused, and the error says how to mend. */
static void
damaged(void **state)
{
	(void)state;
#define HEAD "{\"version\":1,\"people\":["
#define TAIL "],\"tokens\":[],\"sessions\":[]}"
#define MAN                                                                                        \
	"{\"name\":\"a\",\"role\":\"admin\",\"hash\":\"\",\"link\":\"\",\"link_until_ms\":0,"      \
	"\"made_ms\":1,\"last_ms\":0,\"language\":\"\",\"theme\":\"auto\",\"places\":[]}"
	static const char *const bad[] = { "", "{", "[]", "null", "{}", "{\"version\":2}",
		"{\"version\":0}", "{\"version\":1}", "{\"version\":1,\"version\":1}",
		HEAD "1" TAIL, HEAD "{}" TAIL, HEAD MAN "," MAN TAIL,
		HEAD "{\"name\":\"../x\"}" TAIL,
		"{\"version\":1,\"people\":{},\"tokens\":[],\"sessions\":[]}",
		"{\"version\":1,\"people\":[],\"tokens\":[{\"name\":\"t\",\"role\":\"admin\","
		"\"author\":\"\",\"digest\":\"zz\",\"made_ms\":0,\"ends_ms\":0,\"used_ms\":0}],"
		"\"sessions\":[]}",
		"{\"version\":1,\"people\":[],\"tokens\":[],\"sessions\":[{\"id\":-1}]}" };
	struct accounts_data d = { 0 };
	struct err e;
	assert_int_equal(accounts_file_parse(&d, HEAD MAN TAIL, strlen(HEAD MAN TAIL), &e), 0);
	assert_int_equal(d.npeople, 1);
	accounts_data_clear(&d);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		e.msg[0] = '\0';
		assert_int_equal(accounts_file_parse(&d, bad[i], strlen(bad[i]), &e), -1);
		assert_true(e.msg[0] != '\0');
		assert_null(d.people);
	}
}

/* A damaged file is an error, and not an empty list; so is one that others may read. */
static void
mend(void **state)
{
	struct fixture *f = *state;
	const struct accounts_options o = { .path = f->path, .token = TOKEN };
	struct accounts *other;
	struct err e;
	assert_int_equal(fs_replace(f->path, "{\"version\":1,", 13, &e), 0);
	assert_int_equal(accounts_new(&other, f->base, &o, &e), -1);
	assert_non_null(strstr(e.msg, "damaged"));
	assert_non_null(strstr(e.msg, "mv "));
	assert_int_equal(fs_replace(f->path, "{}", 2, &e), 0);
	assert_int_equal(chmod(f->path, 0644), 0);
	assert_int_equal(accounts_new(&other, f->base, &o, &e), -1);
	assert_non_null(strstr(e.msg, "chmod 600"));
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords),
		cmocka_unit_test(same_time),
		WITH(life),
		WITH(ends),
		WITH(tokens),
		WITH(restart),
		WITH(full_disk),
		WITH(crowd),
		cmocka_unit_test(waits),
		WITH(guesses),
		cmocka_unit_test(addresses),
		WITH(attack),
		WITH(flood),
		cmocka_unit_test(damaged),
		WITH(mend),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
