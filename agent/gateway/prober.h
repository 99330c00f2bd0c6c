/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prober: the probes of the configuration, each at its interval, spread over it; their answers
 * become readings. */
#ifndef AGENT_GATEWAY_PROBER_H
#define AGENT_GATEWAY_PROBER_H

#include "agent/gateway/probe.h"

struct prober;

/* Where answers go: a series (its node, source = kind, instance, fields) and its values, of the
 * moment time_s (a multiple of the probe's interval). Of an exec probe the fields may grow, at the
 * end, with an answer; none goes away while the prober lives: what is not in an answer is NAN. The
 * def is valid during the call, its id is 0. */
struct prober_ops {
	void (*reading)(
	    void *arg, const struct series_def *def, int64_t time_s, const double *values);
	/* Each time a probe's `up` changes, and at its first answer if it is down. */
	void (*changed)(void *arg, const struct series_def *def, bool up, const char *text);
};

/* The list holds struct conf_probe and is borrowed, ops for ever. */
int prober_new(struct prober **out, struct event_base *base, const struct conf_list *probes,
    const struct prober_ops *ops, void *arg, struct err *e) __attribute__((warn_unused_result));
void prober_free(struct prober *p);
/* For showing: the i-th probe's series, its last answer and when (wall ms, 0: none yet). */
size_t prober_count(const struct prober *p);
const struct series_def *prober_at(
    const struct prober *p, size_t i, const struct probe_result **last, int64_t *time_ms);

#endif
