/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock: the only place that asks the kernel for the time. */
#include <pthread.h>
#include <time.h>

#include "zw/clock.h"

/* Nanoseconds of a kernel clock. */
static int64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Wall clock in milliseconds. */
int64_t
clock_wall_ms(void)
{
	return clock_ns(CLOCK_REALTIME) / 1000000;
}

/* Wall clock in microseconds. */
int64_t
clock_wall_us(void)
{
	return clock_ns(CLOCK_REALTIME) / 1000;
}

/* Monotonic clock in milliseconds. */
int64_t
clock_mono_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

/* Monotonic clock in microseconds. */
int64_t
clock_mono_us(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000;
}

/* CPU time of this thread in microseconds. */
int64_t
clock_cpu_us(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID) / 1000;
}

static int64_t steady_offset_ms; /* written once, under steady_once */
static pthread_once_t steady_once = PTHREAD_ONCE_INIT;

/* Fix the steady clock to the wall clock of this moment. */
static void
steady_init(void)
{
	steady_offset_ms = clock_wall_ms() - clock_mono_ms();
}

/* The wall clock of the program's start, advanced by the monotonic clock. */
int64_t
clock_steady_ms(void)
{
	pthread_once(&steady_once, steady_init);
	return clock_mono_ms() + steady_offset_ms;
}

/* The wall clock, but for steps back since the start. */
int64_t
clock_latest_ms(void)
{
	int64_t wall = clock_wall_ms(), steady = clock_steady_ms();

	return wall > steady ? wall : steady;
}

/* Milliseconds as seconds and microseconds. */
struct timeval
clock_timeval(int64_t ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}
