/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What cppcheck is told of jansson; analyse.sh. A file, for -D takes no semicolon. */
#define json_array_foreach(a, i, v)                                                                \
	for (i = 0; i < json_array_size(a) && (v = json_array_get(a, i)); i++)
#define json_object_foreach(o, k, v)                                                               \
	for (void *it_##k = json_object_iter(o);                                                   \
	     it_##k && (k = json_object_iter_key(it_##k), v = json_object_iter_value(it_##k), 1);  \
	     it_##k = json_object_iter_next(o, it_##k))
