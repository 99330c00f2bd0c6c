/* SPDX-License-Identifier: GPL-3.0-or-later */
/* err: the reason of a failure, for a human. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "zw/err.h"

/* Write the reason; always -1, for `return err_set(...)`. errno stays as it was. */
int
err_set(struct err *e, const char *fmt, ...)
{
	va_list ap;
	int saved = errno;

	if (e != NULL) {
		va_start(ap, fmt);
		(void)vsnprintf(e->msg, sizeof e->msg, fmt, ap);
		va_end(ap);
	}
	errno = saved;
	return -1;
}
