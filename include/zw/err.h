/* SPDX-License-Identifier: GPL-3.0-or-later */
/* err: the reason of a failure, for a human, in the caller's own storage. */
#ifndef ZW_ERR_H
#define ZW_ERR_H

struct err {
	char msg[512];
};

/* Format the reason into *e (which may be NULL) and return -1, so that a function can end with
 * `return err_set(e, ...)`. A reason that does not fit is cut. */
int err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
