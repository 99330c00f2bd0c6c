#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD RUNS [SECONDS]: every fuzz target for so many runs, the frame decoder for ten times as
# many, from its corpus, two targets at a time; at most so many seconds each (120; 0: as long as it
# takes). Prints how many they were and how many in a second. A finding is left in BUILD/findings.
# TARGETS="wire http": these alone. For speed freed memory is kept from use for 16 MB, which is more
# than an execution frees, and leaks are looked for at the end of a run, not after each execution.
set -eu
export ASAN_OPTIONS="${ASAN_OPTIONS-quarantine_size_mb=16:malloc_context_size=6}"
cd "$(dirname "$0")"

one() { # BUILD RUNS SECONDS THING
	build=$1 n=$2 limit=$3 thing=$4
	log=$build/findings/$thing.log
	work=$(mktemp -d)
	options=
	[ ! -f "corpus/$thing.options" ] || options=$(cat "corpus/$thing.options")
	[ "$thing" != wire ] || n=$((n * 10))
	began=$(date +%s%N)
	rc=0
	# shellcheck disable=SC2086
	"$build/fuzz/fuzz_$thing" -runs="$n" -max_total_time="$limit" -detect_leaks=0 \
		-rss_limit_mb=2048 -timeout=20 -artifact_prefix="$build/findings/$thing-" \
		$options "$work" "corpus/$thing" \
		>"$log" 2>&1 || rc=1
	rm -rf "$work"
	ms=$((($(date +%s%N) - began) / 1000000))
	done=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$log" | tail -n 1)
	if [ $rc -eq 0 ] && [ -n "$done" ]; then
		printf '%-16s %s runs, %s a second\n' "$thing" "$done" $((done * 1000 / (ms + 1)))
	else
		printf '%-16s FINDING\n%s\n' "$thing" "$(tail -n 30 "$log")"
		return 1
	fi
}

if [ "$1" = --one ]; then
	shift
	one "$@"
	exit
fi
mkdir -p "$1/findings"
for f in fuzz_*.c; do
	thing=${f#fuzz_}
	thing=${thing%.c}
	case " ${TARGETS-$thing} " in
	*" $thing "*) echo "$thing" ;;
	esac
done | xargs -P 2 -n 1 sh ./run.sh --one "$1" "$2" "${3-120}"
