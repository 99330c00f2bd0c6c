/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpio_engineid: the gateway's own SNMP engine ID and how often it started (RFC 3411, 3414),
 * which senders of informs remember. Kept in a file of ours, since net-snmp would write its own
 * only at an orderly end: after kill -9 the count would repeat. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "agent/gateway/snmpio_int.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/str.h"

#define MAX_BOOTS 2147483647u /* RFC 3414, section 2.2.2: then a new engine ID is due */
#define NAME "snmp-engine"

/* A new engine ID: net-snmp's enterprise, its "random" format, eight random bytes. */
static void
fresh_id(struct snmpio *io)
{
	static const uint8_t head[] = { 0x80, 0x00, 0x1f, 0x88, 0x80 };

	memcpy(io->engine_id, head, sizeof head);
	if (getrandom(io->engine_id + sizeof head, 8, 0) != 8)
		fatal("snmp", "no random bytes");
	io->engine_id_len = sizeof head + 8;
}

/* Two hex digits, or -1. */
static int
hex_byte(const char *s)
{
	static const char digits[] = "0123456789abcdef";
	const char *high = s[0] != '\0' ? strchr(digits, s[0]) : NULL;
	const char *low = high != NULL && s[1] != '\0' ? strchr(digits, s[1]) : NULL;

	return low != NULL ? (int)(high - digits) << 4 | (int)(low - digits) : -1;
}

/* Take "HEX BOOTS\n" apart: 0, or -1 when it is not that. */
static int
parse(struct snmpio *io, char *text, uint64_t *boots)
{
	char *number = strchr(text, ' ');
	size_t n = 0;

	if (number == NULL)
		return -1;
	*number++ = '\0';
	number[strcspn(number, "\n")] = '\0';
	for (; text[2 * n] != '\0'; n++) {
		int byte = hex_byte(text + 2 * n);
		if (byte == -1 || n == SNMPIO_MAX_ENGINE)
			return -1;
		io->engine_id[n] = (uint8_t)byte;
	}
	io->engine_id_len = n;
	return n >= 5 && str_to_u64(number, 0, MAX_BOOTS, boots) == 0 ? 0 : -1;
}

/* What the file says; without a readable one a new engine begins. */
static uint64_t
load(struct snmpio *io, const char *path)
{
	char *text = NULL;
	size_t n;
	uint64_t boots = 0;
	struct err e;
	struct stat st;

	if (stat(path, &st) == 0) {
		if (fs_read(path, 256, &text, &n, &e) == 0 && parse(io, text, &boots) == 0 &&
		    boots < MAX_BOOTS) {
			free(text);
			return boots;
		}
		log_warnx("snmp", "%s is not readable; a new engine ID is made", path);
	}
	free(text);
	fresh_id(io);
	return 0;
}

/* Write it whole, before it is used. */
static int
store(const struct snmpio *io, const char *path, uint64_t boots, struct err *e)
{
	char text[2 * SNMPIO_MAX_ENGINE + 32];
	size_t at = 0;

	for (size_t i = 0; i < io->engine_id_len; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, "%02x", io->engine_id[i]);
	at += (size_t)snprintf(text + at, sizeof text - at, " %llu\n", (unsigned long long)boots);
	return fs_replace(path, text, at, e);
}

/* Hand a line of configuration to net-snmp, for init_snmp(). */
static void
tell(const char *token, const char *value)
{
	char *line = xasprintf("[zonewatch] %s %s", token, value);

	netsnmp_config_remember(line);
	free(line);
}

int
snmpio_engineid_prepare(struct snmpio *io, const char *state_dir, struct err *e)
{
	char hex[2 + 2 * SNMPIO_MAX_ENGINE + 1] = "0x";
	char number[24];
	uint64_t boots = 0;
	int rc = 0;

	if (state_dir != NULL) {
		char *path = xasprintf("%s/" NAME, state_dir);
		boots = load(io, path);
		rc = store(io, path, boots + 1, e);
		free(path);
	} else
		fresh_id(io);
	if (rc == -1)
		return -1;
	for (size_t i = 0; i < io->engine_id_len; i++)
		snprintf(hex + 2 + 2 * i, 3, "%02x", io->engine_id[i]);
	/* net-snmp adds one, and keeps the count only if the old engine ID is the new one. */
	snprintf(number, sizeof number, "%llu", (unsigned long long)boots);
	tell("oldEngineID", hex);
	tell("engineBoots", number);
	return 0;
}
