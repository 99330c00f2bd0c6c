#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh: installs what the tests need, builds with gcc and clang, and runs all tests.
#
#   sh tests/run.sh            everything that a change must pass (33 to 38 minutes)
#   sh tests/run.sh --long     the long campaigns beside it
#   sh tests/run.sh NAME...    only the steps of these names: checks unit e2e campaigns browser fuzz
#                              quickstart
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
long=no
steps=
for a in "$@"; do
	case $a in
	--long) long=yes ;;
	checks | unit | e2e | campaigns | browser | fuzz | quickstart) steps="$steps $a" ;;
	*)
		sed -n '3,9s/^# \{0,1\}//p' "$0" >&2
		exit 2
		;;
	esac
done
[ -n "$steps" ] || steps="checks unit e2e campaigns browser fuzz quickstart"
wanted() {
	case " $steps " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

sh conf/packages.sh test
san=$root/build/sanitize # gcc, ASan and UBSan: unit and end-to-end tests
fuzz=$root/build/fuzz    # clang, libFuzzer
plain=$root/build/release
passed=0
failed=0
broken=
began=$(date +%s)

step() { # name, command...
	name=$1
	shift
	t=$(date +%s)
	printf '\n=== %s\n' "$name"
	if "$@"; then
		passed=$((passed + 1))
		printf '=== %s: passed in %s s\n' "$name" $(($(date +%s) - t))
	else
		failed=$((failed + 1))
		broken="$broken
  $name"
		printf '=== %s: FAILED\n' "$name"
	fi
}

build() { # dir, cmake options...
	dir=$1
	shift
	cmake -S "$root" -B "$dir" -G Ninja "$@" >"$dir.log" 2>&1 &&
		ninja -C "$dir" $(targets "$dir") >>"$dir.log" 2>&1 || {
		tail -n 40 "$dir.log"
		return 1
	}
}

# What of a build is made: all; of clang's every object, for its warnings, and the fuzzers, but no
# other program.
targets() { # dir
	[ "$1" = "$fuzz" ] || return 0
	ninja -C "$1" -t targets all | sed -n 's/^\(.*\.c\.o\): .*/\1/p; s/^\(fuzz\/fuzz_[a-z_]*\): .*/\1/p'
}

# The end-to-end tests, five at a time. At most eight that fail in the crowd are tried again, each by
# itself and once: what fails then is wrong, and not only the machine busy. They are named.
crowd() { # pytest's options...
	said=build/e2e.log
	env ZW_BUILD="$san" /usr/bin/python3 -m pytest -q --durations=10 -p no:cacheprovider -n 5 \
		-m "not alone" tests/e2e "$@" >"$said" 2>&1 && { tail -n 14 "$said"; return 0; }
	cat "$said"
	sed -n 's/^\(FAILED\|ERROR\) \(tests[^ ]*\).*/\2/p' "$said" | sort -u >build/e2e.again
	n=$(wc -l <build/e2e.again)
	[ "$n" -ge 1 ] && [ "$n" -le 8 ] || return 1
	printf 'these are tried again, each by itself:\n'
	cat build/e2e.again
	xargs env ZW_BUILD="$san" /usr/bin/python3 -m pytest -q -p no:cacheprovider "$@" <build/e2e.again
}

export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:exitcode=99:strict_string_checks=1
export LSAN_OPTIONS=suppressions=$root/tests/lsan.supp:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
mkdir -p build
step "build with gcc, sanitizers" build "$san" -DCMAKE_C_COMPILER=gcc -DZW_SANITIZE=ON
step "build with gcc" build "$plain" -DCMAKE_C_COMPILER=gcc
step "build with clang, fuzzers" build "$fuzz" -DCMAKE_C_COMPILER=clang-14 -DZW_SANITIZE=ON -DZW_FUZZ=ON
if wanted checks; then
	step "format" sh tests/check/format.sh
	step "layering" sh tests/check/layering.sh
	step "languages" sh tests/check/lang.sh
	step "symbols" sh tests/check/symbols.sh "$plain"
	step "hardening" sh tests/check/hardening.sh "$plain"
	step "documents" sh tests/check/docs.sh "$plain"
	step "systemd units" sh tests/check/units.sh
	step "shipped rules" "$san/zonewatchctl" rules test tests/data/rules/default.test
fi
if wanted unit; then
	step "unit tests" ctest --test-dir "$san" --output-on-failure -j 2
	# Azerbaijani has a decimal comma and a dotless i; the locale is made here, for the tests alone.
	mkdir -p build/locale
	which='str|conf|wire|batch|units|mime|mail|site|rule|alert|source|rowtext|history'
	[ $long = no ] || which=.
	for l in az_AZ tr_TR; do
		[ -d build/locale/$l.UTF-8 ] ||
			localedef --no-archive -i $l -f UTF-8 "$root/build/locale/$l.UTF-8" || true
		step "unit tests in $l" env LOCPATH="$root/build/locale" LC_ALL=$l.UTF-8 TZ=Asia/Baku \
			ctest --test-dir "$san" -j 2 -Q --output-on-failure -R "$which"
	done
fi
if wanted fuzz; then
	if [ $long = yes ]; then # hours: 10^8 runs of the frame decoder, 10^7 of each other
		step "fuzzing" sh tests/fuzz/run.sh "$fuzz" 10000000 0
		step "analysis" sh tests/check/analyse.sh
	else
		step "fuzzing" sh tests/fuzz/run.sh "$fuzz" 30000 12
	fi
fi
if wanted e2e; then
	args=
	[ $long = no ] || args=--long
	# They mostly wait, so five at a time; those that measure times have the machine to themselves.
	step "end to end" crowd $args
	# Decimal commas, a dotless i, a zone far from UTC: a file or two, in the long form all of them.
	for l in az_AZ tr_TR; do
		some="tests/e2e/test_incident.py tests/e2e/test_conf.py"
		[ $long = no ] || some=tests/e2e
		[ $long = yes ] || [ $l = az_AZ ] || continue
		[ -d build/locale/$l.UTF-8 ] || { mkdir -p build/locale &&
			localedef --no-archive -i $l -f UTF-8 "$root/build/locale/$l.UTF-8" || true; }
		# shellcheck disable=SC2086
		step "end to end in $l" env LOCPATH="$root/build/locale" LC_ALL=$l.UTF-8 TZ=Asia/Baku \
			ZW_BUILD="$san" /usr/bin/python3 -m pytest -q -p no:cacheprovider -n 4 -m "not alone" $some
	done
	step "end to end, alone" env ZW_BUILD="$san" /usr/bin/python3 -m pytest -q --durations=5 \
		-p no:cacheprovider -m alone tests/e2e $args
fi
if wanted campaigns; then
	args=
	[ $long = no ] || args="--long --jobs 2"
	step "fault campaigns" env ZW_BUILD="$san" ZW_RELEASE="$plain" /usr/bin/python3 \
		tests/campaign/run.py $args
fi
if wanted browser; then
	step "browser" sh tests/browser/run.sh "$plain"
fi
if wanted quickstart; then
	dir=$(mktemp -d)
	step "quickstart" sh conf/quickstart.sh --simulate --for 90 --state "$dir" --port 7490
	rm -rf "$dir"
fi
printf '\n%s s\n' $(($(date +%s) - began))
[ -z "$broken" ] || printf 'failed:%s\n' "$broken"
printf '%s passed, %s failed\n' $passed $failed
[ $failed -eq 0 ]
