/* SPDX-License-Identifier: GPL-3.0-or-later */
/* assets: the files of collector/web/assets/ and dygraphs, built into the program with their form
 * by gzip (collector/web/assets.cmake). */
#ifndef COLLECTOR_WEB_ASSETS_H
#define COLLECTOR_WEB_ASSETS_H

#include <stddef.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

struct asset {
	const char *name; /* "style.css" */
	const unsigned char *data;
	size_t size;
	const unsigned char *gz;
	size_t gz_size;
	const char *tag; /* 16 digits of its SHA-256 */
};

extern const struct asset assets[];
extern const size_t nassets;

/* The address of an asset of ours: "/assets/style.css?v=0123456789abcdef". Aborts if there is none.
 */
void assets_url(char *dst, size_t size, const char *name);

/* GET /assets/NAME[?v=TAG] */
int assets_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif
