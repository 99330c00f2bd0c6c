/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_sandbox: what of the site's data the programs that read it may open. */
#include "collector/conf.h"
#include "zw/lang.h"
#include "zw/sandbox.h"

/* What was measured. */
void
collector_conf_sandbox(const struct conf_collector *c, struct sandbox *s)
{
	sandbox_system(s);
	sandbox_path(s, SANDBOX_READ, lang_dir());
	sandbox_path(s, SANDBOX_READ, c->store.rrd_dir);
	sandbox_below(s, SANDBOX_READ, c->store.dir, "catalog");
}

/* What has been. */
void
collector_conf_sandbox_past(const struct conf_collector *c, struct sandbox *s)
{
	sandbox_below(s, SANDBOX_READ, c->store.dir, "history.db");
	sandbox_below(s, SANDBOX_READ, c->store.dir, "history.db-wal");
	sandbox_below(s, SANDBOX_UPDATE, c->store.dir, "history.db-shm");
	for (size_t i = 0; i < c->report.graphs.n; i++)
		sandbox_path(s, SANDBOX_READ, c->report.graphs.v[i]);
}
