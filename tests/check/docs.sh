#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The sample files and the keys in the manual pages are what the programs print of their tables,
# every page renders, and mandoc finds nothing wrong with it.
#
#   sh tests/check/docs.sh [--write] [BUILD]
#
# BUILD is the directory with the programs (default: build). --write refreshes the files.
set -eu
cd "$(dirname "$0")/../.."
write=no
if [ "${1:-}" = --write ]; then
	write=yes
	shift
fi
build=${1:-build}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

# In a page the keys stand between two comments of scdoc.
begin='; keys: printed by --print-scdoc'
end='; keys: end'

compare() { # file, what it should be
	if cmp -s "$1" "$2"; then
		return
	fi
	if [ $write = yes ]; then
		cp "$2" "$1"
		echo "$1: refreshed"
		return
	fi
	echo "$1 is stale: run sh tests/check/docs.sh --write $build" >&2
	diff -u "$1" "$2" | head -n 20 >&2 || true
	bad=1
}

page_with_keys() { # page, keys
	awk -v begin="$begin" -v end="$end" -v keys="$2" '
		$0 == begin { print; print ""; while ((getline line < keys) > 0) print line; skip = 1 }
		$0 == end { skip = 0; seen = 1 }
		!skip { print }
		END { if (!seen) exit 1 }' "$1"
}

for name in agent gateway collector; do
	program=$build/zonewatch-$name
	page=man/zonewatch-$name.conf.5.scd
	"$program" --print-sample >"$tmp/sample"
	[ -e conf/$name.conf ] || [ $write = no ] || : >conf/$name.conf
	compare conf/$name.conf "$tmp/sample"
	"$program" --print-scdoc >"$tmp/keys"
	if page_with_keys "$page" "$tmp/keys" >"$tmp/page"; then
		compare "$page" "$tmp/page"
	else
		echo "$page has no line \"$end\"" >&2
		bad=1
	fi
done

# The keys of a profile; the program that prints them is one of the tests.
page=man/zonewatch-profile.5.scd
if [ -x "$build/profile-try" ]; then
	"$build/profile-try" --print-scdoc >"$tmp/keys"
	page_with_keys "$page" "$tmp/keys" >"$tmp/page"
	compare "$page" "$tmp/page"
fi

# The keys of a named graph.
page=man/zonewatch-graphs.5.scd
"$build/zonewatch-render" --print-scdoc >"$tmp/keys"
page_with_keys "$page" "$tmp/keys" >"$tmp/page"
compare "$page" "$tmp/page"

for page in man/*.scd; do
	# mandoc takes the section from the end of the file's name.
	rendered=$tmp/$(basename "$page" .scd)
	if ! scdoc <"$page" >"$rendered"; then
		echo "$page does not render" >&2
		bad=1
		continue
	fi
	# scdoc puts a paragraph macro before every paragraph, needed or not.
	mandoc -T lint -W warning "$rendered" | grep -v 'skipping paragraph macro' \
		>"$tmp/lint" || continue
	sed "s|^.*$rendered|$page, rendered|" "$tmp/lint" >&2
	bad=1
done
exit $bad
