#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD RUNS: every fuzz target for so many runs (or two minutes), from its corpus. A finding
# is left in BUILD/findings.
set -eu
cd "$(dirname "$0")"
build=$1
runs=$2
bad=0
mkdir -p "$build/findings"
for f in fuzz_*.c; do
	name=${f%.c}
	thing=${name#fuzz_}
	work=$(mktemp -d)
	options=
	[ ! -f "corpus/$thing.options" ] || options=$(cat "corpus/$thing.options")
	# shellcheck disable=SC2086
	if "$build/fuzz/$name" -runs="$runs" -max_total_time=120 -rss_limit_mb=2048 -timeout=20 \
		-artifact_prefix="$build/findings/$thing-" $options "$work" "corpus/$thing" >"$build/findings/$thing.log" 2>&1; then
		printf '%-16s %s\n' "$thing" "$(grep -E '^Done|^stat::number_of_executed' "$build/findings/$thing.log" | tail -n 1)"
	else
		printf '%-16s FINDING\n' "$thing"
		tail -n 30 "$build/findings/$thing.log"
		bad=1
	fi
	rm -rf "$work"
done
exit $bad
