/* SPDX-License-Identifier: GPL-3.0-or-later */
/* channel webhook: JSON of ours (payload.c) posted to a URL. Who gets one twice knows it by its id,
 * which is also the Idempotency-Key. */
#include "collector/conf.h"
#include "collector/notify/poster.h"

static int
webhook_check(const struct conf_collector *conf, const char *address, struct err *e)
{
	(void)conf;
	return poster_check(address, e);
}

static int
webhook_open(void **state, struct event_base *base, const struct conf_collector *conf,
    const char *hostname, struct err *e)
{
	struct poster *h;

	(void)hostname;
	if (poster_new(&h, base, &conf->notify, "webhook", e) == -1)
		return -1;
	*state = h;
	return 0;
}

static void
webhook_close(void *state)
{
	poster_free(state);
}

static void
webhook_send(void *state, const struct mail *m, char *const *to, size_t nto, const uint8_t *png,
    size_t png_len, const uint8_t *map, size_t map_len, channel_done done, void *arg)
{
	(void)png;
	(void)png_len;
	(void)map;
	(void)map_len;
	poster_post(state, to, nto, "", m->message_id, m->text, done, arg);
}

const struct channel channel_webhook = { .name = "webhook",
	.help = "JSON posted to a URL.",
	.lanes = HTTP_LANES,
	.check = webhook_check,
	.open = webhook_open,
	.close = webhook_close,
	.send = webhook_send };
