/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file is one line, "HEX BOOTS". It is written at the start, not at the end: after kill -9 the
 * count must not repeat. */
#include "collector/notify/engineid.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "zw/fs.h"
#include "zw/log.h"
#include "zw/str.h"

#define MAX_BOOTS INT32_MAX /* RFC 3414, 2.2.2: then a new engine ID is due */

/* The format of RFC 3411 for octets of one's own choice (5), with the number of RFC 5612, which is
 * for examples: zonewatch has none of its own. Eight random bytes follow. */
static int
fresh(struct engineid *id, struct err *e)
{
	uint8_t random[8];

	if (getrandom(random, sizeof random, 0) != sizeof random)
		return err_set(e, "no random bytes");
	(void)str_copy(id->hex, sizeof id->hex, "80007ed905");
	for (size_t i = 0; i < sizeof random; i++)
		snprintf(id->hex + 10 + 2 * i, 3, "%02x", random[i]);
	id->boots = 0;
	return 0;
}

/* Takes the line apart: 0, or -1 when it is not one. */
static int
parse(struct engineid *id, char *text)
{
	text[strcspn(text, "\n")] = '\0';
	if (strspn(text, "0123456789abcdef") != ENGINEID_HEX - 1 || text[ENGINEID_HEX - 1] != ' ')
		return -1;
	text[ENGINEID_HEX - 1] = '\0';
	(void)str_copy(id->hex, sizeof id->hex, text);
	return str_to_u64(text + ENGINEID_HEX, 1, MAX_BOOTS - 1, &id->boots);
}

int
engineid_take(struct engineid *id, const char *dir, struct err *e)
{
	char path[PATH_MAX], line[64];
	char *text = NULL;
	struct err why;
	size_t n;

	if (str_format(path, sizeof path, "%s/trap-engine", dir) == -1)
		return err_set(e, "%s: path too long", dir);
	bool there = access(path, F_OK) == 0;
	if (!there || fs_read(path, 256, &text, &n, &why) == -1 || parse(id, text) == -1) {
		if (there)
			log_warnx("trap", "%s is not readable; a new engine ID is made", path);
		if (fresh(id, e) == -1) {
			free(text);
			return -1;
		}
	}
	free(text);
	id->boots++;
	snprintf(line, sizeof line, "%s %" PRIu64 "\n", id->hex, id->boots);
	return fs_replace(path, line, strlen(line), e);
}
