#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every .c and .h file is as clang-format 14 would write it (.def files are tables, and exempt).
set -eu
cd "$(dirname "$0")/../.."
git ls-files -z '*.c' '*.h' | xargs -0 clang-format-14 --dry-run -Werror
