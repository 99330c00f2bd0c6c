/* SPDX-License-Identifier: GPL-3.0-or-later */
/* payload: what is sent by other channels than mail, made with the message. Pure: facts in, the
 * text that the channel sends (zonewatch-channels(7)) out. */
#ifndef COLLECTOR_PAYLOAD_H
#define COLLECTOR_PAYLOAD_H

#include "collector/notify/text.h"

/* Call it when all of the message is set, subject and text by text_message() too: for any other
 * channel than mail it puts what is sent by it in the text's place, and empties the HTML. via:
 * m->via. The subject stays, for the ledger. */
void payload_make(struct mail *m, const char *via, const struct text_facts *f);
/* Likewise of a digest or the sign of life, after text_digest() or text_life(). -1: the channel has
 * no use for it (an Alertmanager groups by itself). */
int payload_digest(struct mail *m, const char *via, const struct text_digest *d)
    __attribute__((warn_unused_result));

#endif
