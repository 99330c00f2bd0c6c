/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hash: uthash, with crc32c in place of its own function, which falls through cases without saying
 * so to clang. */
#ifndef ZW_HASH_H
#define ZW_HASH_H

#include "zw/crc32c.h"

#define HASH_FUNCTION(key, len, hash) (hash) = crc32c(0, (key), (len))
#include <uthash.h>

#endif
