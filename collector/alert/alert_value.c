/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alert_value: the value of an alert as people see it, for pages and mails. */
#include <math.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "zw/str.h"
#include "zw/units.h"

/* The value for people. */
void
alert_value(char *dst, size_t size, const struct alert *a)
{
	if (a->words[0] != '\0')
		(void)str_copy(dst, size, a->words);
	else if (isnan(a->value))
		dst[0] = '\0';
	else
		units_format(dst, size, a->value, a->unit != NULL ? a->unit : "");
}

/* Whether the reason ends with the value, or is a trap's, of which there is no more to say. */
bool
alert_value_is_said(const struct alert *a)
{
	size_t reason = strlen(a->reason), n = strlen(a->words);
	if (strcmp(a->words, METRIC_RAISED) == 0)
		return true;
	return n > 0 && reason >= n && strcmp(a->reason + reason - n, a->words) == 0;
}
