/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmp: the program lies beside this one, as in a build directory, or where it is installed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/ctl/ctl.h"
#include "collector/ctl/snmp.h"
#include "zw/alloc.h"

#define PROGRAM "zonewatch-snmp"

/* The directory of this program, or NULL; the caller frees it. */
static char *
own_directory(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	char *slash = strrchr(path, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	return xstrdup(path);
}

/* Become it. */
int
snmp_run(char **argv)
{
	char *dir = own_directory();
	char *path = xasprintf("%s/%s", dir != NULL ? dir : ".", PROGRAM);

	if (access(path, X_OK) == -1) {
		free(path);
		path = xstrdup(ZW_LIBEXECDIR "/" PROGRAM);
	}
	/* argv[1] is "snmp": it becomes the program's own name. */
	execv(path, argv + 1);
	ctl_complain("%s: %s; it comes with the package zonewatch-gateway", path, strerror(errno));
	free(path);
	free(dir);
	return CTL_FAILED;
}

/* It is not the first word. */
int
snmp_late(struct ctl *ctl)
{
	(void)ctl;
	ctl_complain("\"snmp\" must be the first word: zonewatchctl snmp COMMAND...");
	return CTL_USAGE;
}
