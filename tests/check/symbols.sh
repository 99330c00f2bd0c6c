#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# symbols.sh BUILD: no program of ours exports a symbol, or defines one that a library it links
# exports (ours would replace the library's).
set -eu
build=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
for p in zonewatch-agent zonewatch-tell zonewatch-gateway zonewatch-snmp zonewatch-collector zonewatch-store \
	zonewatch-render zonewatch-issuer zonewatch-trap zonewatch-try zonewatch-report zonewatchctl; do
	f=$build/$p
	nm --defined-only --format=posix "$f" | awk '$2 ~ /^[TDBRW]$/ { print $1 }' | sort -u >"$tmp/ours"
	ldd "$f" | awk '$3 ~ /^\// && $3 !~ /lib(c|m|gcc_s|asan|ubsan|pthread)\.so/ { print $3 }' |
		xargs -r -n 1 nm -D --defined-only --format=posix 2>/dev/null |
		awk '$2 ~ /^[TDBRWi]$/ { sub(/@.*/, "", $1); print $1 }' | sort -u >"$tmp/theirs"
	both=$(comm -12 "$tmp/ours" "$tmp/theirs" | grep -vxE '_init|_fini|__bss_start|_edata|_end' || true)
	if [ -n "$both" ]; then
		printf '%s defines what a library of its exports:\n%s\n' "$p" "$both"
		bad=1
	fi
	seen=$(nm -D --defined-only --format=posix "$f" | awk '{ print $1 }' |
		grep -vE '^(_init|_fini|_IO_stdin_used|__asan|__ubsan|__odr_asan|__bss_start$|_edata$|_end$|std|environ|__environ|_environ|optarg|optind|opterr|program_invocation|argp_|argp_program)' |
		grep -vE '@' || true)
	# The sanitizers look for what a program says to them among what it exports.
	nm -D "$f" | grep -q __asan_init && seen=
	if [ -n "$seen" ]; then
		printf '%s exports:\n%s\n' "$p" "$seen"
		bad=1
	fi
done
exit $bad
