/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wallclock: loaded before a program (LD_PRELOAD), its wall clock goes as many seconds ahead as the
 * file WALLCLOCK says, which may change at any moment, and so does that of whatever the program
 * starts. What measures lengths of time is left alone. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How far ahead; 0 while nobody says. */
static long
ahead(void)
{
	char text[32];
	const char *path = getenv("WALLCLOCK");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof text - 1);

	if (fd != -1)
		(void)close(fd);
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
