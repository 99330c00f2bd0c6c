/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_struct: makes the structs of a .def file of keys (zw/conf.h): `struct conf_SECTION` with a
 * member for each row. Included with CONF_KEYS defined as the file's name; has no guard, for it is
 * a template. */
#include "zw/conf.h"

#define CONF_MEMBER_text char *
#define CONF_MEMBER_number double
#define CONF_MEMBER_integer int64_t
#define CONF_MEMBER_flag bool
#define CONF_MEMBER_duration int64_t
#define CONF_MEMBER_size uint64_t
#define CONF_MEMBER_texts struct conf_texts

#define SECTION(section_) struct conf_##section_ {
#define KEY(section_, type_, name_, def_, min_, max_, flags_, unit_, help_)                        \
	CONF_MEMBER_##type_ name_;
#define NAMED(section_, type_, member_, name_, def_, min_, max_, flags_, unit_, help_)             \
	CONF_MEMBER_##type_ member_;
#define GROUP(section_, sub_, name_, help_) struct conf_##sub_ name_;
#define LIST(section_, sub_, name_, min_, max_, help_) struct conf_list name_;
#define EXAMPLE(section_, name_, active_, text_)
#define VARIANT(section_, name_, table_, at_) void *variant;
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
#undef CONF_MEMBER_text
#undef CONF_MEMBER_number
#undef CONF_MEMBER_integer
#undef CONF_MEMBER_flag
#undef CONF_MEMBER_duration
#undef CONF_MEMBER_size
#undef CONF_MEMBER_texts
