/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wallclock: loaded before a program (LD_PRELOAD), its wall clock goes as many seconds ahead as the
 * file WALLCLOCK says, which may change at any moment, and so does that of whatever the program
 * starts. What measures lengths of time is left alone. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The file, opened before the program gives up its right to open it; -1: there is none yet. */
static int file = -1;

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("WALLCLOCK");

	if (path != NULL && file == -1)
		file = open(path, O_RDONLY | O_CLOEXEC);
}

/* How far ahead; 0 while nobody says. */
static long
ahead(void)
{
	char text[32];

	begin();
	ssize_t n = file == -1 ? -1 : pread(file, text, sizeof text - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

__attribute__((visibility("default"))) int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ts->tv_sec += ahead();
	return rc;
}
