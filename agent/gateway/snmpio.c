/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpio: the library as a whole: net-snmp is started without any file or MIB of its own, its log
 * goes to ours, and the words of the configuration and of the results are here. */
#include "agent/gateway/snmpio_int.h"

#include <event2/event.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/str.h"

int
snmpio_auth_parse(const char *word, enum snmpio_auth *out)
{
	static const char *const words[] = { [SNMPIO_AUTH_NONE] = "none",
		[SNMPIO_AUTH_MD5] = "MD5",
		[SNMPIO_AUTH_SHA] = "SHA",
		[SNMPIO_AUTH_SHA224] = "SHA-224",
		[SNMPIO_AUTH_SHA256] = "SHA-256",
		[SNMPIO_AUTH_SHA384] = "SHA-384",
		[SNMPIO_AUTH_SHA512] = "SHA-512" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_casecmp(word, words[i]) == 0) {
			*out = (enum snmpio_auth)i;
			return 0;
		}
	return -1;
}

int
snmpio_priv_parse(const char *word, enum snmpio_priv *out)
{
	static const char *const words[] = { [SNMPIO_PRIV_NONE] = "none",
		[SNMPIO_PRIV_DES] = "DES",
		[SNMPIO_PRIV_AES] = "AES",
		[SNMPIO_PRIV_AES192] = "AES-192",
		[SNMPIO_PRIV_AES256] = "AES-256",
		[SNMPIO_PRIV_AES192C] = "AES-192-C",
		[SNMPIO_PRIV_AES256C] = "AES-256-C" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_casecmp(word, words[i]) == 0) {
			*out = (enum snmpio_priv)i;
			return 0;
		}
	return -1;
}

const char *
snmpio_status_text(enum snmpio_status s)
{
	static const char *const texts[] = { [SNMPIO_OK] = "ok",
		[SNMPIO_TIMEOUT] = "timeout",
		[SNMPIO_UNREACHABLE] = "unreachable: nobody listens there",
		[SNMPIO_TOO_BIG] = "the answer is too big for it",
		[SNMPIO_NO_SUCH_NAME] = "no such object",
		[SNMPIO_GEN_ERR] = "it answers with an error",
		[SNMPIO_NO_ACCESS] = "no access: its view does not have the object",
		[SNMPIO_BAD_REPLY] = "a bad answer",
		[SNMPIO_UNKNOWN_ENGINE] = "unknown engine ID",
		[SNMPIO_UNKNOWN_USER] = "unknown user",
		[SNMPIO_WRONG_DIGEST] = "wrong authentication password or protocol",
		[SNMPIO_DECRYPTION] = "wrong privacy password or protocol",
		[SNMPIO_SECURITY_LEVEL] = "the user may not speak at this security level",
		[SNMPIO_NOT_IN_TIME] = "its clock does not fit (not in time window)",
		[SNMPIO_UNKNOWN_CONTEXT] = "unknown context",
		[SNMPIO_LOCAL] = "could not be sent" };

	return texts[s];
}

/* net-snmp's log lines are of use to nobody but who looks for a fault in it. */
static int
on_log(int major, int minor, void *message, void *arg)
{
	const struct snmp_log_message *m = message;

	(void)major;
	(void)minor;
	(void)arg;
	log_debug("snmp", "net-snmp: %.*s", (int)strcspn(m->msg, "\n"), m->msg);
	return 0;
}

/* Call done() for what ended outside of the peers' events. */
static void
on_deferred(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	snmpio_request_flush(arg);
}

/* Set a variable of the environment, or remove it for NULL; returns what it was (the caller frees),
 * since programs that we start shall not see it. */
static char *
swap_env(const char *name, const char *value)
{
	const char *old = getenv(name);
	char *copy = old != NULL ? xstrdup(old) : NULL;

	if (value != NULL)
		setenv(name, value, 1);
	else
		unsetenv(name);
	return copy;
}

/* Start net-snmp, and undo what it does to the whole program. */
static void
start(void)
{
	static const int on[] = { NETSNMP_DS_LIB_DONT_READ_CONFIGS,
		NETSNMP_DS_LIB_DONT_PERSIST_STATE, NETSNMP_DS_LIB_DISABLE_CONFIG_LOAD,
		NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE,
		NETSNMP_DS_LIB_NO_DISCOVERY, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG };
	char *locale = xstrdup(setlocale(LC_CTYPE, NULL));
	/* It would look for certificates, and for MIBs. */
	char *confpath = swap_env("SNMPCONFPATH", "/dev/null/zonewatch");
	char *mibs = swap_env("MIBS", "");

	for (size_t i = 0; i < sizeof on / sizeof on[0]; i++)
		netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, on[i], 1);
	netsnmp_set_mib_directory("");
	/* It makes directories below this, even when it keeps nothing. */
	netsnmp_ds_set_string(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_PERSISTENT_DIR, "/dev/null/zonewatch");
	init_snmp("zonewatch");
	snmp_disable_stderrlog();
	snmp_enable_calllog();
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
	setlocale(LC_CTYPE, locale);
	free(swap_env("SNMPCONFPATH", confpath));
	free(swap_env("MIBS", mibs));
	free(confpath);
	free(mibs);
	free(locale);
}

int
snmpio_new(struct snmpio **out, struct event_base *base, const char *state_dir, struct err *e)
{
	struct snmpio *io = xcalloc(1, sizeof *io);

	*out = NULL;
	io->base = base;
	LIST_INIT(&io->peers);
	LIST_INIT(&io->kus);
	LIST_INIT(&io->engines);
	TAILQ_INIT(&io->finished);
	if (snmpio_engineid_prepare(io, state_dir, e) == -1) {
		free(io);
		return -1;
	}
	io->deferred = event_new(base, -1, 0, on_deferred, io);
	if (io->deferred == NULL) {
		free(io);
		return err_set(e, "no event");
	}
	netsnmp_large_fd_set_init(&io->fds, FD_SETSIZE);
	start();
	*out = io;
	return 0;
}

void
snmpio_free(struct snmpio *io)
{
	if (io == NULL)
		return;
	snmpio_usm_end(io);
	snmp_shutdown("zonewatch");
	netsnmp_large_fd_set_cleanup(&io->fds);
	event_free(io->deferred);
	free(io->v);
	free(io->ids);
	free(io);
}

void
snmpio_stats(const struct snmpio *io, struct snmpio_stats *out)
{
	*out = io->stats;
}
