/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/report/paper/section.h"

#include "collector/report/figures/figures.h"
#include "collector/report/paper/doc.h"

void
section_environment(struct doc *d, const struct figures *f)
{
	(void)f;
	doc_heading(d, 1, "environment", doc_text(d, N_("Environment")));
}
