#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# analyse.sh [fast | cppcheck | analyzer | tidy | tsan | valgrind]...: what looks at the program beside
# the tests; without a word all of it (an hour on two cores). What it finds and is none has a line
# that says why: in cppcheck.supp, analyzer.supp, tidy.supp, tsan.supp, valgrind.supp here.
#   cppcheck, fast  the sources (half a minute)
#   analyzer        gcc -fanalyzer, each source
#   tidy            clang-tidy 14 with .clang-tidy, each source
#   tsan            what has threads, built with ThreadSanitizer
#   valgrind        a selection of unit tests, in a build without sanitizers
set -eu
cd "$(dirname "$0")/../.."
root=$(pwd)
here=$root/tests/check
out=$root/build/analyse
mkdir -p "$out"
bad=0
jobs=$(nproc)

# What remains of findings (stdin: FILE:LINE: ID: text) behind a list of "ID:FILE" with reasons.
remains() { # list
	sed 's/^\([^:]*\):\([0-9]*\):[0-9: ]*/\1:\2: /' | sort -u | while IFS= read -r line; do
		file=${line%%:*}
		file=${file#"$root"/}
		id=$(printf '%s\n' "$line" | sed -n 's/.*\[\([^]]*\)\].*/\1/p')
		grep -qxF "$id:$file" "$1" || printf '%s\n' "$line"
	done
}

verdict() { # name, file with what remains
	if [ -s "$2" ]; then
		printf '%s: %s findings\n' "$1" "$(wc -l <"$2")"
		head -n 40 "$2"
		bad=1
	else
		printf '%s: no findings\n' "$1"
	fi
}

run_cppcheck() {
	git ls-files 'lib/*.c' 'agent/*.c' 'collector/*.c' >"$out/files"
	# queue.h and jansson make loops that it cannot follow otherwise; the rest of libc it knows.
	cppcheck --file-list="$out/files" -j "$jobs" -q --std=c11 -I. -Iinclude \
		--include=/usr/include/x86_64-linux-gnu/sys/queue.h --library=posix,gnu \
		--include="$here/cppcheck.h" -D_GNU_SOURCE -DPRIu64='"lu"' -DPRId64='"ld"' \
		-DPRIx64='"lx"' -DPATH_MAX=4096 '-DINT64_C(x)=x##l' '-DUINT64_C(x)=x##ul' \
		-DUINT64_MAX=18446744073709551615ul -DINT64_MAX=9223372036854775807l -DZW_VERSION='"1"' \
		--enable=warning,portability --inline-suppr --suppressions-list="$here/cppcheck.supp" \
		--template='{file}:{line}: {message} [{id}]' 2>"$out/cppcheck" || true
	verdict cppcheck "$out/cppcheck"
}

# The commands of the build, one a line, for these of our sources.
commands() {
	cmake -S . -B build/analyse/gcc -G Ninja -DZW_TESTS=OFF >/dev/null
	ninja -C build/analyse/gcc languages $(ninja -C build/analyse/gcc -t targets all |
		sed -n 's/^\(assets\.c\): .*/\1/p') >/dev/null
}

run_analyzer() {
	commands
	sed -n 's/^ *"command": "\(.*\)",$/\1/p' build/analyse/gcc/compile_commands.json |
		sed 's/\\"/"/g; s/\\\\/\\/g; s/ -o [^ ]* / -o \/dev\/null /; s/ -c / -fanalyzer -Wno-error -c /; s/ -Werror / /' \
			>"$out/commands"
	(cd build/analyse/gcc && xargs -d '\n' -P "$jobs" -n 1 sh -c 'eval "$0" 2>&1 || :' <"$out/commands") |
		grep 'Wanalyzer' | sed "s#^$root/##; s#^\(\.\./\)*##" | sed -n 's/\([^:]*:[0-9]*:[0-9]*:\) warning: \(.*\) \[-W\(analyzer-[a-z-]*\).*\]/\1 \2 [\3]/p; s/\([^:]*:[0-9]*:[0-9]*:\) warning: \(.*\) \[\(CWE[^]]*\)\] \[-W.*/\1 \2 [\3]/p' |
		remains "$here/analyzer.supp" >"$out/analyzer"
	verdict analyzer "$out/analyzer"
}

run_tidy() {
	commands
	git ls-files 'lib/*.c' 'agent/*.c' 'collector/*.c' |
		xargs -P "$jobs" -n 8 clang-tidy-14 -p build/analyse/gcc --quiet 2>/dev/null |
		grep -E 'warning:|error:' | sed "s#^$root/##; s/ warning: / /; s/ error: / /; s/,-warnings-as-errors\]/]/" |
		remains "$here/tidy.supp" >"$out/tidy"
	verdict clang-tidy "$out/tidy"
}

# Threads: the journal's and the spool's commits, the history's, the worker's jobs, readers of
# sources that may hang, libcurl's lanes, and who resolves names.
run_tsan() {
	cmake -S . -B build/tsan -G Ninja -DZW_TSAN=ON >/dev/null
	tests="worker seglog journal spool history history_restore runner sampler uplink dial intake pipeline accounts notify"
	: >"$out/tsan"
	for t in $tests; do
		[ -f "tests/unit/test_$t.c" ] || continue
		ninja -C build/tsan "test_$t" >"$out/log" 2>&1 || { tail -n 20 "$out/log"; bad=1; continue; }
		TSAN_OPTIONS="suppressions=$here/tsan.supp halt_on_error=0 exitcode=66" timeout 600 \
			"build/tsan/unit/test_$t" >"$out/log" 2>&1 ||
			{ printf '%s: ' "$t"; grep -m 3 -E 'WARNING: ThreadSanitizer|FAILED|SUMMARY' "$out/log" || echo failed; } >>"$out/tsan"
	done
	verdict ThreadSanitizer "$out/tsan"
}

run_valgrind() {
	cmake -S . -B build/release -G Ninja >/dev/null
	: >"$out/valgrind"
	for t in wire batch conf seglog journal catalog spool checkpoint rrdfile store tls conn intake web_http mime site alert; do
		[ -f "tests/unit/test_$t.c" ] || continue
		ninja -C build/release "test_$t" >"$out/log" 2>&1 || { tail -n 20 "$out/log"; bad=1; continue; }
		timeout 900 valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
			--show-leak-kinds=definite --suppressions="$here/valgrind.supp" --trace-children=no "build/release/unit/test_$t" \
			>"$out/log" 2>&1 || { printf '%s: ' "$t"; grep -m 4 -E '==[0-9]+== [A-Z]|FAILED' "$out/log" || echo failed; } >>"$out/valgrind"
	done
	verdict valgrind "$out/valgrind"
}

[ $# -gt 0 ] || set -- cppcheck analyzer tidy tsan valgrind
for what in "$@"; do
	case $what in
	fast) run_cppcheck ;;
	cppcheck | analyzer | tidy | tsan | valgrind) "run_$what" ;;
	*)
		sed -n '3,10s/^# \{0,1\}//p' "$0" >&2
		exit 2
		;;
	esac
done
exit $bad
