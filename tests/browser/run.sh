#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD [NAME...]: the tests in a real browser, of the programs in BUILD; NAME: only tests with
# this in their name. Screenshots and index.html are in build/browser/shots/ afterwards.
set -eu
cd "$(dirname "$0")/../.."
[ $# -ge 1 ] || {
	sed -n '3,4s/^# \{0,1\}//p' "$0" >&2
	exit 2
}
ZW_BUILD=$(cd "$1" && pwd)
shift
out=$(pwd)/build/browser
npm=$out/npm
mkdir -p "$npm"
# What is installed is what the lock file says, with its checksums; no script of a package runs.
if ! cmp -s tests/browser/package-lock.json "$npm/package-lock.json" || [ ! -f "$npm/installed" ]; then
	rm -f "$npm/installed"
	cp tests/browser/package.json tests/browser/package-lock.json "$npm/"
	(cd "$npm" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
	: >"$npm/installed"
fi
export ZW_BUILD ZW_OUT="$out" ZW_NPM="$npm"
exec node tests/browser/run.mjs "$@"
