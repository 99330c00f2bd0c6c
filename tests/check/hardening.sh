#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# hardening.sh BUILD: every program of a build without sanitizers is position-independent, binds all
# symbols before it begins and then makes their table read-only (RELRO), has no stack or segment that is
# both writable and executable, no run path, and code with stack protector and checked libc functions
# (_FORTIFY_SOURCE). On x86 every object is made with CET's marks; Debian 12's C library starts no program
# with CET, and ld drops the mark if one object of the compiler's lacks it, so that is told, not asked.
set -eu
build=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
wrong() { # program, what
	echo "$1: $2"
	bad=1
}
has() { # file, pattern
	grep -qE "$2" "$tmp/$1"
}
marked=0
all=0
for f in "$build"/zonewatch-* "$build"/zonewatchctl; do
	p=${f##*/}
	[ -f "$f" ] && [ -x "$f" ] && [ "$p" != zonewatch-sim ] || continue
	all=$((all + 1))
	readelf -hldnW "$f" >"$tmp/elf" 2>/dev/null
	nm -D --undefined-only "$f" >"$tmp/syms"
	if has syms '__(asan|tsan|ubsan)_'; then
		echo "$p is made with sanitizers: give me a build without"
		exit 1
	fi
	has elf '^ *Type: +DYN' && has elf 'FLAGS_1.* PIE' || wrong "$p" "is not position-independent"
	has elf '^ *GNU_RELRO ' || wrong "$p" "has no RELRO"
	has elf 'BIND_NOW' || wrong "$p" "binds symbols late"
	has elf '^ *GNU_STACK .* RW ' || wrong "$p" "has an executable stack, or does not say"
	! has elf '^ *LOAD .* RWE ' || wrong "$p" "has a segment that is writable and executable"
	! has elf '\((RPATH|RUNPATH|TEXTREL)\)' || wrong "$p" "has a run path, or relocations of code"
	has syms ' __stack_chk_fail(@|$)' || wrong "$p" "has no stack protector"
	has syms ' __[a-z]+_chk(@|$)' || wrong "$p" "has no checked functions"
	! has elf 'x86 feature:.*IBT.*SHSTK' || marked=$((marked + 1))
done
[ "$all" -ge 12 ] || wrong "$build" "has $all programs, not at least 12"
# What the linker cannot tell: how each of our objects was made.
flags='-fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2'
case $(uname -m) in x86_64 | i?86) flags="$flags -fcf-protection" ;; esac
for flag in $flags; do
	n=$(grep '"command":' "$build/compile_commands.json" | grep -v '/tests/' |
		grep -cvF -e " $flag" || true)
	[ "$n" -eq 0 ] || wrong "$build" "$n objects are made without $flag"
done
[ $bad -ne 0 ] || echo "$all programs are hardened, $marked of them with CET's mark"
exit $bad
