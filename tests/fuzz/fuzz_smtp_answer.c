/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a line of a relay's answer: a code is one of SMTP's, its text is a string of the
 * line that fits, and can be written into the log. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "collector/notify/smtp_answer.h"
#include "zw/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[64], shown[64];
	int code = smtp_answer_code((const char *)data, size);

	assert(code == 0 || (code >= 200 && code <= 599));
	assert(code == 0 || (size >= 3 && data[0] == (uint8_t)('0' + code / 100) &&
				data[2] == (uint8_t)('0' + code % 10)));
	smtp_answer_text(text, sizeof text, (const char *)data, size);
	assert(strlen(text) <= size && memcmp(text, data, strlen(text)) == 0);
	str_escape(shown, sizeof shown, text, strlen(text));
	for (const char *c = shown; *c != '\0'; c++)
		assert((unsigned char)*c >= 0x20 && *c != 0x7f);
	return 0;
}
