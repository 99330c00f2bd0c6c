/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire_int: what wire.c and wire_enroll.c share. */
#ifndef LIB_WIRE_INT_H
#define LIB_WIRE_INT_H

#include "zw/wire.h"

/* The end of every decoder: all read, nothing bad, nothing left over. */
int wire_finish(const struct cursor *c, const char *what, struct err *e)
    __attribute__((warn_unused_result));

#endif
