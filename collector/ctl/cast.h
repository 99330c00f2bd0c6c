/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cast: the nodes that are there in a scene of "zonewatchctl rules test": those that it names. All
 * others are left out of the configuration, or each scene would have to play the whole house. */
#ifndef COLLECTOR_CTL_CAST_H
#define COLLECTOR_CTL_CAST_H

#include "collector/conf.h"

struct conf_scene;

/* A copy of the configuration whose nodes are those of the scene, and those whose children are in
 * it; what they depend on is reduced likewise. All else is borrowed of the original, which must
 * outlive it. Cleared by cast_clear(). */
void cast_choose(
    struct conf_collector *out, const struct conf_collector *all, const struct conf_scene *scene);
void cast_clear(struct conf_collector *c);

#endif
