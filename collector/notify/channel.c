/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of the channels. */
#include "collector/notify/channel.h"

#include <string.h>

const struct channel *
channel_find(const char *name)
{
#define CHANNEL_ROW(name) &channel_##name,
	static const struct channel *const all[] = { CHANNELS(CHANNEL_ROW) };
#undef CHANNEL_ROW

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	}
	return NULL;
}
