/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Beside this program first, so that what was built is tried and not what is installed. */
#include "collector/ctl/sibling.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/ctl/ctl.h"
#include "zw/alloc.h"

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

int
sibling_exec(const char *program, char *const *argv, const char *package)
{
	char *dir = own_directory();
	char *path = xasprintf("%s/%s", dir != NULL ? dir : ".", program);

	if (access(path, X_OK) == -1) {
		free(path);
		path = xasprintf("%s/%s", ZW_LIBEXECDIR, program);
	}
	execv(path, argv);
	ctl_complain("%s: %s; it comes with the package %s", path, strerror(errno), package);
	free(path);
	free(dir);
	return CTL_FAILED;
}
