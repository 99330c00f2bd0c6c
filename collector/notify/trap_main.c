/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-trap: sends SNMP notifications, a child of the collector's (channel_trap.c), which
 * starts one for each receiver: net-snmp blocks and has no locks in Debian. Passwords are read anew
 * for each notification, from files that nobody else may read. */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/child.h"
#include "collector/notify/trap_session.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/sandbox.h"
#include "zw/str.h"

#define LOOK_MS 1000

/* The objects of ZONEWATCH-MIB by their names in the request. */
static const struct {
	const char *name;
	unsigned object;
	enum trap_type type;
} objects[] = { { "incident", 1, TRAP_NUMBER }, { "messageId", 3, TRAP_TEXT },
	{ "site", 4, TRAP_TEXT }, { "zone", 5, TRAP_TEXT }, { "severity", 6, TRAP_WORD },
	{ "node", 7, TRAP_TEXT }, { "rule", 8, TRAP_TEXT }, { "title", 9, TRAP_TEXT },
	{ "text", 10, TRAP_TEXT }, { "value", 11, TRAP_TEXT }, { "time_ms", 12, TRAP_TIME },
	{ "opened_ms", 13, TRAP_TIME }, { "count", 14, TRAP_NUMBER } };

/* A text of an object; fallback when there is none. */
static const char *
text_of(const json_t *o, const char *key, const char *fallback)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : fallback;
}

/* The notification of a kind of message. */
static unsigned
notification_of(const char *kind)
{
	static const char *const kinds[] = { "open", "update", "remind", "escalate", "close",
		"digest", "life" };

	for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i], kind) == 0)
			return i + 1;
	}
	return 2;
}

/* zwSeverity. */
static int64_t
severity_of(const char *word)
{
	return strcmp(word, "critical") == 0 ? 3 : strcmp(word, "warning") == 0 ? 2 : 1;
}

/* The objects that the message has, in the order of the MIB. */
static void
bind_all(struct trap_notice *t, const json_t *given, int64_t message)
{
	for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
		const json_t *v = json_object_get(given, objects[i].name);
		struct trap_bind b = { .object = objects[i].object, .type = objects[i].type };
		if (v == NULL)
			continue;
		if (b.type == TRAP_TEXT)
			b.text = text_of(given, objects[i].name, "");
		else if (b.type == TRAP_WORD)
			b.number = severity_of(text_of(given, objects[i].name, ""));
		else
			b.number = json_integer_value(v);
		t->binds[t->nbinds++] = b;
		if (i == 0)
			t->binds[t->nbinds++] = (struct trap_bind){
				.object = 2, .type = TRAP_NUMBER, .number = message
			};
	}
}

/* Our engine ID. */
static void
engine_of(struct trap_notice *t, const char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (; hex[0] != '\0' && hex[1] != '\0' && t->engine_len < TRAP_MAX_ENGINE; hex += 2) {
		const char *high = strchr(digits, hex[0]), *low = strchr(digits, hex[1]);
		if (high == NULL || low == NULL)
			return;
		t->engine[t->engine_len++] = (uint8_t)((high - digits) << 4 | (low - digits));
	}
}

/* A secret of a file that the request names; without one *out stays NULL. */
static int
secret_of(const json_t *o, const char *key, char **out, char why[TRAP_WHY])
{
	const char *path = text_of(o, key, NULL);
	struct err e;

	if (path == NULL)
		return 0;
	if (fs_read_secret(path, out, &e) == 0)
		return 0;
	(void)str_copy(why, TRAP_WHY, e.msg);
	return -1;
}

/* Wipes and frees a secret. */
static void
secret_free(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

/* Sends what a request says. */
static enum trap_fate
send_notice(const json_t *o, const json_t *given, char why[TRAP_WHY])
{
	char *community = NULL, *auth = NULL, *priv = NULL;
	enum trap_fate fate = TRAP_RETRY;
	struct trap_notice t = { .to = text_of(o, "to", ""),
		.v3 = strcmp(text_of(o, "version", "v2c"), "v3") == 0,
		.inform = json_is_true(json_object_get(o, "inform")),
		.user = text_of(o, "user", ""),
		.auth = text_of(o, "auth", ""),
		.priv = text_of(o, "priv", "none"),
		.boots = (unsigned)json_integer_value(json_object_get(o, "boots")),
		.began_ms = json_integer_value(json_object_get(o, "engine_began_ms")),
		.notification = notification_of(text_of(given, "kind", "")) };

	engine_of(&t, text_of(o, "engine", ""));
	bind_all(&t, given, json_integer_value(json_object_get(o, "message")));
	if (secret_of(o, "community_file", &community, why) == 0 &&
	    secret_of(o, "auth_file", &auth, why) == 0 &&
	    secret_of(o, "priv_file", &priv, why) == 0) {
		t.community = community != NULL ? community : "public";
		t.auth_password = auth;
		t.priv_password = priv;
		fate = trap_session_send(&t, why);
	}
	secret_free(community);
	secret_free(auth);
	secret_free(priv);
	return fate;
}

/* Answers one request. */
static int
answer(uint32_t request, const uint8_t *data, size_t n)
{
	char text[TRAP_WHY + 1], *why = text + 1;
	json_t *o = json_loadb((const char *)data, n, 0, NULL);
	json_t *given = json_loads(text_of(o, "objects", ""), 0, NULL);
	enum trap_fate fate = TRAP_REFUSED;

	if (o == NULL || given == NULL)
		(void)str_copy(why, TRAP_WHY, "the message cannot be read");
	else
		fate = send_notice(o, given, why);
	json_decref(o);
	json_decref(given);
	text[0] = (char)fate;
	return child_reply(TRAP_ANSWER, request, text, 1 + strlen(why));
}

/* From here on: the files that the parent names are read, and datagrams go out. */
static void
confine(struct sandbox *box, int argc, char **argv)
{
	struct err e;

	box->calls = SANDBOX_DATAGRAMS | SANDBOX_TALK;
	sandbox_system(box);
	for (int i = 1; i < argc; i++)
		sandbox_path(box, SANDBOX_READ, argv[i]);
	if (sandbox_enter(box, &e) == -1)
		fatalx("trap", "%s", e.msg);
}

/* Answer requests until the parent is gone. When a password's file was replaced by another, the end
 * comes when nobody waits: the parent starts it anew. */
static void
serve(const struct sandbox *box)
{
	uint8_t type, *data;
	uint32_t request;
	size_t n;
	bool eof = false;
	int rc = 0;

	while (rc == 0 && !eof) {
		if (child_receive(LOOK_MS, &type, &request, &data, &n, &eof) == -1)
			fatalx("trap", "the parent cannot be understood");
		if (data == NULL) {
			if (sandbox_changed(box))
				fatalx("trap", "a password's file was replaced by another");
			continue;
		}
		if (type == TRAP_SEND)
			rc = answer(request, data, n);
		free(data);
	}
}

int
main(int argc, char **argv)
{
	struct sandbox box = { 0 };

	log_init("zonewatch-trap", LOG_LEVEL_INFO);
	if (fcntl(CHILD_FD, F_GETFD) == -1)
		fatalx("trap", "zonewatch-trap is started by zonewatch-collector");
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN); /* the terminal's; the parent tells when to stop */
	(void)signal(SIGTERM, SIG_IGN);
	(void)umask(0077);
	trap_session_start();
	confine(&box, argc, argv);
	serve(&box);
	sandbox_free(&box);
	return 0;
}
