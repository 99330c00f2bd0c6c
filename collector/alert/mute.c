/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is not told of an alert, and who has it: silences and acknowledgements. */

#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "collector/alert/silence.h"

/* Alerts that are looked at in each tick; of more each gets its turn. */
#define MUTE_EACH 256

/* The flag of a kind of silence. */
static unsigned
flag_of(const struct silence *s)
{
	static const unsigned flags[] = { [SILENCE_SILENCE] = ALERT_SILENCED,
		[SILENCE_MAINTENANCE] = ALERT_MAINTENANCE,
		[SILENCE_OUT_OF_SERVICE] = ALERT_OUT_OF_SERVICE };
	return s != NULL ? flags[s->kind] : 0;
}

/* Say that it is muted, or no more, by whom and why. */
void
mute_tell(struct engine *e, const struct alert *a, int64_t now_ms)
{
	const struct silence *s = NULL;
	bool muted = (a->flags & ALERT_MUTED) != 0;
	if (muted && e->hush != NULL)
		s = silences_cover(e->hush, a, now_ms);
	engine_tell_by(e, muted ? CHANGE_MUTED : CHANGE_UNMUTED, a, incident_of(e, a), now_ms,
	    s != NULL ? s->author : NULL, s != NULL ? s->reason : NULL);
}

/* Let the alert be as the silences in force have it. */
void
mute_apply(struct engine *e, struct alert *a, int64_t now_ms, bool tell)
{
	if (e->hush == NULL)
		return;
	const struct silence *s = silences_cover(e->hush, a, now_ms);
	unsigned want = flag_of(s), was = a->flags & ALERT_MUTED;
	a->silence = s != NULL ? s->id : 0;
	if (want == was)
		return;
	a->flags = (a->flags & ~(unsigned)ALERT_MUTED) | want;
	if (!tell)
		return;
	incident_touch(e, a, now_ms);
	mute_tell(e, a, now_ms);
}

/* Take back an alert's acknowledgement. */
static void
unack(struct engine *e, struct alert *a, const char *author, int64_t now_ms)
{
	a->flags &= ~(unsigned)ALERT_ACKED;
	a->ack = (struct ack){ 0 };
	engine_tell_by(e, CHANGE_UNACKED, a, incident_of(e, a), now_ms, author, NULL);
}

/* Let time pass for the i-th open alert. */
void
mute_tick(struct engine *e, struct alert *a, size_t i, int64_t now_ms)
{
	size_t turns = 1 + e->nopen / MUTE_EACH;
	if (!alert_is_firing(a))
		return;
	if ((a->flags & ALERT_ACKED) != 0 && a->ack.until_ms != 0 && now_ms >= a->ack.until_ms)
		unack(e, a, NULL, now_ms);
	if ((i + (size_t)(now_ms / 1000)) % turns == 0)
		mute_apply(e, a, now_ms, true);
}

/* Acknowledgements of incidents that end. */
void
mute_tick_incidents(struct engine *e, int64_t now_ms)
{
	for (size_t i = 0; i < e->ncurrent; i++) {
		struct incident *in = e->current[i];
		if (in->ack.author[0] == '\0' || in->ack.until_ms == 0 || now_ms < in->ack.until_ms)
			continue;
		in->ack = (struct ack){ 0 };
		engine_tell(e, CHANGE_UNACKED, NULL, in, now_ms);
	}
}

/* Acknowledge one alert. */
static void
ack_alert(
    struct engine *e, struct alert *a, const struct ack *ack, const char *author, int64_t now_ms)
{
	if (ack == NULL) {
		if ((a->flags & ALERT_ACKED) != 0)
			unack(e, a, author, now_ms);
		return;
	}
	a->ack = *ack;
	a->flags |= ALERT_ACKED;
	engine_tell_by(e, CHANGE_ACKED, a, incident_of(e, a), now_ms, author, ack->comment);
}

/* The open alert of this number that fires, or NULL. */
static struct alert *
firing_alert(const struct engine *e, uint64_t id)
{
	for (size_t i = 0; i < e->nopen; i++) {
		struct alert *a = e->open[i]->alert;
		if (a->id == id && alert_is_firing(a))
			return a;
	}
	return NULL;
}

/* Acknowledge an incident, with all that fires in it. */
static void
ack_incident(struct engine *e, struct incident *in, const struct ack *ack, const char *author,
    int64_t now_ms)
{
	bool had = in->ack.author[0] != '\0';
	in->ack = ack != NULL ? *ack : (struct ack){ 0 };
	if (ack != NULL || had)
		engine_tell_by(e, ack != NULL ? CHANGE_ACKED : CHANGE_UNACKED, NULL, in, now_ms,
		    author, ack != NULL ? ack->comment : NULL);
	for (size_t i = 0; i < e->nopen; i++) {
		struct alert *a = e->open[i]->alert;
		if (alert_is_firing(a) && a->incident == in->id)
			ack_alert(e, a, ack, author, now_ms);
	}
}

/* Acknowledge, or take that back. */
int
engine_acknowledge(struct engine *e, uint64_t incident, uint64_t alert, const struct ack *ack,
    const char *author, int64_t now_ms, struct err *err)
{
	struct ack own = ack != NULL ? *ack : (struct ack){ 0 };
	if (own.at_ms == 0)
		own.at_ms = now_ms;
	if (ack != NULL && own.author[0] == '\0') {
		err_set(err, "an acknowledgement needs an author");
		return -1;
	}
	if (ack != NULL && own.until_ms != 0 && own.until_ms <= now_ms) {
		err_set(err, "its end has passed already");
		return -1;
	}
	if (alert != 0) {
		struct alert *a = firing_alert(e, alert);
		if (a == NULL || (incident != 0 && a->incident != incident)) {
			err_set(err, "no alert %llu is firing%s", (unsigned long long)alert,
			    incident != 0 ? " in that incident" : "");
			return -1;
		}
		ack_alert(e, a, ack != NULL ? &own : NULL, author, now_ms);
		return 0;
	}
	for (size_t i = 0; i < e->ncurrent; i++) {
		if (e->current[i]->id == incident) {
			ack_incident(e, e->current[i], ack != NULL ? &own : NULL, author, now_ms);
			return 0;
		}
	}
	err_set(err, "no incident %llu is open", (unsigned long long)incident);
	return -1;
}

/* Borrow the silences. */
void
engine_use_silences(struct engine *e, const struct silences *s)
{
	e->hush = s;
}
