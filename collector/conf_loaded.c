/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_loaded: whether the files on disk are still those that were looked at. */
#include "collector/conf_loaded.h"

#include "collector/conf.h"
#include "zw/conf_files.h"

bool
conf_loaded_is_stale(const struct conf_loaded *l, const struct conf_collector *conf)
{
	return l->path != NULL &&
	       conf_files_mark_all(&collector_conf_table, conf, l->path) != l->mark;
}
