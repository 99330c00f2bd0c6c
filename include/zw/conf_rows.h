/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_rows: makes the tables of a .def file of keys (zw/conf.h): a static `conf_table_SECTION` for
 * each section, and CONF_TABLE(SECTION, PARTS) to initialise the whole's that others may see.
 * Included once, by the one .c file that owns the tables, with CONF_KEYS defined as the file's name
 * and after conf_struct.h made the structs of it. */
#ifndef ZW_CONF_ROWS_H
#define ZW_CONF_ROWS_H

#include "zw/conf.h"

#define CONF_TABLE(section_, parts_)                                                               \
	{                                                                                          \
		.name = #section_, .parts = parts_, .size = sizeof(struct conf_##section_),        \
		.keys = conf_keys_##section_,                                                      \
		.nkeys = sizeof conf_keys_##section_ / sizeof *conf_keys_##section_,               \
		.examples = conf_examples_##section_                                               \
	}

/* First all tables are announced, for rows point to them. */
#define SECTION(section_)                                                                          \
	static const struct conf_table conf_table_##section_ __attribute__((unused));
#define KEY(section_, type_, name_, def_, min_, max_, flags_, unit_, help_)
#define NAMED(section_, type_, member_, name_, def_, min_, max_, flags_, unit_, help_)
#define GROUP(section_, sub_, name_, help_)
#define LIST(section_, sub_, name_, min_, max_, help_)
#define EXAMPLE(section_, name_, active_, text_)
#define VARIANT(section_, name_, table_, at_)
#define END(section_)
#include CONF_KEYS
#undef SECTION
#undef KEY
#undef NAMED
#undef GROUP
#undef LIST
#undef END

/* Then their rows. */
#define SECTION(section_) static const struct conf_key conf_keys_##section_[] = {
#define NAMED(section_, type_, member_, name_, def_, min_, max_, flags_, unit_, help_)             \
	{ .name = name_,                                                                           \
		.type = CONF_##type_,                                                              \
		.offset = offsetof(struct conf_##section_, member_),                               \
		.def = def_,                                                                       \
		.min = min_,                                                                       \
		.max = max_,                                                                       \
		.flags = flags_,                                                                   \
		.unit = unit_,                                                                     \
		.help = help_ },
#define KEY(section_, type_, name_, def_, min_, max_, flags_, unit_, help_)                        \
	NAMED(section_, type_, name_, #name_, def_, min_, max_, flags_, unit_, help_)
#define GROUP(section_, sub_, name_, help_)                                                        \
	{ .name = #name_,                                                                          \
		.type = CONF_group,                                                                \
		.offset = offsetof(struct conf_##section_, name_),                                 \
		.help = help_,                                                                     \
		.sub = &conf_table_##sub_ },
#define LIST(section_, sub_, name_, min_, max_, help_)                                             \
	{ .name = #name_,                                                                          \
		.type = CONF_list,                                                                 \
		.offset = offsetof(struct conf_##section_, name_),                                 \
		.min = min_,                                                                       \
		.max = max_,                                                                       \
		.help = help_,                                                                     \
		.sub = &conf_table_##sub_ },
#define END(section_)                                                                              \
	}                                                                                          \
	;
#include CONF_KEYS
#undef SECTION
#undef KEY
#undef NAMED
#undef GROUP
#undef LIST
#undef EXAMPLE
#undef END

/* Then their examples. */
#define KEY(section_, type_, name_, def_, min_, max_, flags_, unit_, help_)
#define NAMED(section_, type_, member_, name_, def_, min_, max_, flags_, unit_, help_)
#define GROUP(section_, sub_, name_, help_)
#define LIST(section_, sub_, name_, min_, max_, help_)
#define SECTION(section_) static const struct conf_example conf_examples_##section_[] = {
#define EXAMPLE(section_, name_, active_, text_) { #name_, active_, text_ },
#define END(section_)                                                                              \
	{                                                                                          \
		NULL, false, NULL                                                                  \
	}                                                                                          \
	}                                                                                          \
	;
#include CONF_KEYS
#undef SECTION
#undef EXAMPLE
#undef VARIANT
#undef END

/* Last the tables themselves. */
#define SECTION(section_)                                                                          \
	static const struct conf_table conf_table_##section_ = { .name = #section_,                \
		.size = sizeof(struct conf_##section_),                                            \
		.keys = conf_keys_##section_,                                                      \
		.nkeys = sizeof conf_keys_##section_ / sizeof *conf_keys_##section_,               \
		.examples = conf_examples_##section_,
#define EXAMPLE(section_, name_, active_, text_)
#define VARIANT(section_, name_, table_, at_)                                                      \
	.variant_key = #name_, .variant = table_, .variant_at = at_,                               \
	.variant_offset = offsetof(struct conf_##section_, variant),
#define END(section_)                                                                              \
	}                                                                                          \
	;
#include CONF_KEYS
#undef SECTION
#undef KEY
#undef NAMED
#undef GROUP
#undef LIST
#undef EXAMPLE
#undef VARIANT
#undef END

#endif
