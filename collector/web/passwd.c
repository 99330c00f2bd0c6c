/* SPDX-License-Identifier: GPL-3.0-or-later */
/* yescrypt with 7 as its cost: 110 ms on the machines of 2026. The cost stands in each hash, so a
 * higher one here makes no old password wrong. */
#include "collector/web/passwd.h"

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "zw/alloc.h"
#include "zw/digest.h"
#include "zw/str.h"

#define PREFIX "$y$"
#define COST 7
/* A hash of the same cost that no password is known for: its text was drawn by lot. */
#define NOBODYS                                                                                    \
	"$y$jBT$k2XAnEHBqQ1Ct2aMXFKNa/HAmA1BpMnBsYHMWB4NZN4$"                                      \
	"Nvyp5/bw/zqPizZZrhj9HBwxl3URPUaHRml9f9ohsz/"

int
passwd_hash(const char *password, char hash[PASSWD_MAX], struct err *e)
{
	char salt[CRYPT_GENSALT_OUTPUT_SIZE], lot[32];
	struct crypt_data *d = xcalloc(1, sizeof *d);
	int rc = -1;

	if (getrandom(lot, sizeof lot, 0) != (ssize_t)sizeof lot)
		err_set(e, "no random bytes: %s", strerror(errno));
	else if (crypt_gensalt_rn(PREFIX, COST, lot, sizeof lot, salt, sizeof salt) == NULL ||
		 crypt_rn(password, salt, d, sizeof *d) == NULL || !passwd_is_hash(d->output))
		err_set(e, "libcrypt makes no yescrypt: %s", strerror(errno));
	else
		rc = str_copy(hash, PASSWD_MAX, d->output);
	explicit_bzero(d, sizeof *d);
	free(d);
	return rc;
}

bool
passwd_check(const char *password, const char *hash)
{
	struct crypt_data *d = xcalloc(1, sizeof *d);
	bool known = passwd_is_hash(hash);
	const char *wanted = known ? hash : NOBODYS;
	const char *made = crypt_rn(password, wanted, d, sizeof *d);
	uint8_t a[DIGEST_SIZE], b[DIGEST_SIZE];
	bool right = false;

	if (made != NULL) {
		digest_make(made, strlen(made), a);
		digest_make(wanted, strlen(wanted), b);
		right = digest_equal(a, b) && known;
	}
	explicit_bzero(d, sizeof *d);
	free(d);
	return right;
}

bool
passwd_is_hash(const char *hash)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789./$";
	size_t n = strlen(hash);

	return n > 40 && n < PASSWD_MAX && strncmp(hash, PREFIX, sizeof PREFIX - 1) == 0 &&
	       hash[strspn(hash, allowed)] == '\0';
}
