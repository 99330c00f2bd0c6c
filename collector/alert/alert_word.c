/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alert_word: the words that stand for what an alert is, in the configuration, the API, the
 * payloads and on pages; each list once. */
#include "collector/alert/alert.h"

/* Of the severity. */
const char *
alert_severity_word(enum wire_severity s)
{
	static const char *const words[] = {
		[WIRE_INFO] = "info",
		[WIRE_WARNING] = "warning",
		[WIRE_CRITICAL] = "critical",
	};
	return words[s];
}

/* Of the state. */
const char *
alert_state_word(enum alert_state s)
{
	static const char *const words[] = {
		[ALERT_NONE] = "none",
		[ALERT_PENDING] = "pending",
		[ALERT_FIRING] = "firing",
		[ALERT_CLEARING] = "clearing",
		[ALERT_RESOLVED] = "resolved",
		[ALERT_CLOSED] = "closed",
	};
	return words[s];
}

/* Of the part of the house. */
const char *
alert_topic_word(enum alert_topic t)
{
	static const char *const words[] = {
		[TOPIC_OTHER] = "other",
		[TOPIC_SERVER] = "server",
		[TOPIC_LINK] = "link",
		[TOPIC_AIR] = "air",
		[TOPIC_COOLING] = "cooling",
		[TOPIC_NETWORK] = "network",
		[TOPIC_POWER] = "power",
		[TOPIC_SAFETY] = "safety",
		[TOPIC_MONITOR] = "monitor",
	};
	return words[t];
}
