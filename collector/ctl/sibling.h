/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sibling: programs that belong to this one and do part of its work. */
#ifndef COLLECTOR_CTL_SIBLING_H
#define COLLECTOR_CTL_SIBLING_H

/* Becomes the program, which lies beside this one, as in a build directory, or where it is
 * installed. Returns only if it cannot, having complained. package: what it comes with. */
int sibling_exec(const char *program, char *const *argv, const char *package);

#endif
