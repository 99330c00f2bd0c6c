/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rowtext: numbers as the text from which librrd reads the very same number.
 *
 * librrd 1.7.2 does not round correctly: it gathers the digits in a double and then divides or
 * multiplies by 10, 100, 10^4, 10^8 ... as the exponent's bits say, rounding each time. So "12.345"
 * becomes another double than 12.345, while "12.3450" is exact: the text is chosen for its reader.
 * Integers below 2^53 and decimals of up to 8 places and 15 digits are exact; of all other doubles
 * nine in ten are, and the rest is off by one in the last bit (there is no text for them). */
#ifndef COLLECTOR_ROWTEXT_H
#define COLLECTOR_ROWTEXT_H

#include <stddef.h>
#include <stdint.h>

#define ROWTEXT_MAX 40 /* longest text of one number */

/* Write without a NUL and return the length. */
size_t rowtext_integer(char *dst, uint64_t v);
/* A level; "U" for what is not finite. */
size_t rowtext_gauge(char *dst, double v);
/* A counter, for a DERIVE: an integer, a fraction cut off; "U" below 0 or from 2^53 on. */
size_t rowtext_counter(char *dst, double v);

#endif
