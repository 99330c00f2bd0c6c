/* SPDX-License-Identifier: GPL-3.0-or-later */
/* assets: the files of collector/web/assets/, built into the program by CMakeLists.txt. */
#ifndef COLLECTOR_WEB_ASSETS_H
#define COLLECTOR_WEB_ASSETS_H

#include <stddef.h>

extern const unsigned char assets_style[];
extern const size_t assets_style_size;
extern const unsigned char assets_icon[];
extern const size_t assets_icon_size;

#endif
