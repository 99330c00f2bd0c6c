/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smtp_answer: what a relay says, of which nothing is to be believed: neither that there are digits
 * nor that a line ends. */
#include "collector/notify/smtp_answer.h"

#include <string.h>

int
smtp_answer_code(const char *line, size_t n)
{
	int code = 0;

	if (n < 3 || line[0] < '2' || line[0] > '5' || (n > 3 && line[3] == '-'))
		return 0;
	for (int i = 0; i < 3; i++) {
		if (line[i] < '0' || line[i] > '9')
			return 0;
		code = code * 10 + (line[i] - '0');
	}
	return code;
}

void
smtp_answer_text(char *dst, size_t size, const char *line, size_t n)
{
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	if (n > size - 1)
		n = size - 1;
	const char *nul = memchr(line, '\0', n);
	if (nul != NULL)
		n = (size_t)(nul - line);
	memcpy(dst, line, n);
	dst[n] = '\0';
}
