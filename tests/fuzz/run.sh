#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD RUNS [SECONDS]: every fuzz target for so many runs, the frame decoder for ten times as
# many, from its corpus; at most so many seconds each (120; 0: as long as it takes). Prints how many
# they were and how many in a second. A finding is left in BUILD/findings. TARGETS="wire http": these
# alone.
set -eu
cd "$(dirname "$0")"
build=$1
runs=$2
limit=${3-120}
bad=0
mkdir -p "$build/findings"
for f in fuzz_*.c; do
	name=${f%.c}
	thing=${name#fuzz_}
	case " ${TARGETS-$thing} " in
	*" $thing "*) ;;
	*) continue ;;
	esac
	work=$(mktemp -d)
	options=
	[ ! -f "corpus/$thing.options" ] || options=$(cat "corpus/$thing.options")
	n=$runs
	[ "$thing" != wire ] || n=$((runs * 10))
	began=$(date +%s%N)
	# shellcheck disable=SC2086
	if "$build/fuzz/$name" -runs="$n" -max_total_time="$limit" -rss_limit_mb=2048 -timeout=20 \
		-artifact_prefix="$build/findings/$thing-" $options "$work" "corpus/$thing" >"$build/findings/$thing.log" 2>&1; then
		ms=$((($(date +%s%N) - began) / 1000000))
		done=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$build/findings/$thing.log" | tail -n 1)
		printf '%-16s %s runs, %s a second\n' "$thing" "$done" $((done * 1000 / (ms + 1)))
	else
		printf '%-16s FINDING\n' "$thing"
		tail -n 30 "$build/findings/$thing.log"
		bad=1
	fi
	rm -rf "$work"
done
exit $bad
