/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conn_address: addresses as they are written in configurations. */
#include <string.h>

#include "zw/conn.h"

/* Cut "host:port" or "[addr]:port". */
int
conn_split_address(const char *text, char host[256], char port[8], struct err *e)
{
	const char *colon = strrchr(text, ':');
	const char *begin = text, *end = colon;
	uint64_t number;

	if (colon != NULL && text[0] == '[') {
		begin++;
		end = strchr(text, ']');
		if (end == NULL || end + 1 != colon)
			return err_set(e, "\"%s\" is no [address]:port", text);
	} else if (colon == NULL || strchr(text, ':') != colon) {
		return err_set(e, "\"%s\" is no host:port", text);
	}
	size_t n = (size_t)(end - begin);
	if (n == 0 || n > 255 || str_to_u64(colon + 1, 0, 65535, &number) == -1)
		return err_set(e, "\"%s\" is no host:port", text);
	memcpy(host, begin, n);
	host[n] = '\0';
	return str_format(port, 8, "%u", (unsigned)number);
}
