/* SPDX-License-Identifier: GPL-3.0-or-later */
/* units: values as people read them: "1.5 GiB", "31.5 °C", "3 d 4 h". Pure; always a decimal
 * point, whatever the locale. */
#ifndef ZW_UNITS_H
#define ZW_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "zw/metric.h"

/* Longest text that units_format() makes, with its NUL. */
#define UNITS_MAX 48

/* The value with its unit, at most four digits where the unit has greater ones. NaN is "–". */
void units_format(char *dst, size_t size, double value, const char *unit);
/* A length of time by its two greatest units: "12 s", "3 min 20 s", "3 d 4 h". */
void units_duration(char *dst, size_t size, int64_t ms);
/* The unit in which a field is shown: a counter's is that counted, per second. */
void units_of_field(char *dst, size_t size, enum field_kind kind, const char *unit);

#endif
