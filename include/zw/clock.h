/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock: the only place that asks the kernel for the time. Decisions take time as an argument. */
#ifndef ZW_CLOCK_H
#define ZW_CLOCK_H

#include <stdint.h>
#include <sys/time.h>

/* Wall clock, milliseconds since 1970 UTC; may jump. For time stamps. */
int64_t clock_wall_ms(void);
/* Likewise in microseconds, to compare with the kernel's time stamps of packets. */
int64_t clock_wall_us(void);
/* Monotonic milliseconds since boot; for schedules and deadlines. */
int64_t clock_mono_ms(void);
/* Monotonic microseconds, for measuring. */
int64_t clock_mono_us(void);
/* CPU time of this thread in microseconds: what was done, not what was waited for. */
int64_t clock_cpu_us(void);
/* Milliseconds since 1970 UTC as the wall clock said at the program's start, advanced by the
 * monotonic clock: comparable with time stamps, and it never jumps. For ages and timeouts that
 * must survive a step of the wall clock. */
int64_t clock_steady_ms(void);
/* The later of the wall clock and the steady one: what comes now is not from the future only
 * because the wall clock was set back. */
int64_t clock_latest_ms(void);
/* A length of time as the event loop's timers take it. */
struct timeval clock_timeval(int64_t ms);

#endif
