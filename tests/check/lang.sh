#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every text that the sources translate, and every title and advice of the rules that are shipped,
# is in each catalog, none fuzzy or empty, with formats that fit.
#   lang.sh            checks
#   lang.sh --missing  prints what the catalogs lack, to be translated
set -eu
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

# Titles and advice: the strings of the file that stand behind these keys, as a catalog.
rules() {
	sed -n 's/^[[:space:]]*\(title\|advice\) = \("\([^"\\]\|\\.\)*"\);.*/\2/p' "$@" | sort -u |
		sed 's/.*/msgid &\nmsgstr ""\n/'
}

git ls-files 'lib/*.c' 'collector/*.c' 'agent/*.c' | sort >"$tmp/files"
xgettext --from-code=UTF-8 -L C -k -kN_:1 -klang_text:2 -klang_plural:2,3 -kpage_say:3 -kpage_sayf:3 -kbits_button:3 -kbits_fact:3 -kbits_fact_text:3 -kbits_fact_count:3 --no-wrap --sort-output \
	-o "$tmp/code.pot" -f "$tmp/files" 2>"$tmp/log" || { cat "$tmp/log"; exit 1; }
for f in conf/rules/default.conf conf/conf.d/rules.conf; do
	[ -f $f ] || continue
	rules $f
	# One that rules() cannot read, for it goes over several lines, would go unseen.
	odd=$(grep -nE '(^|[^a-z_])(title|advice)[[:space:]]*=' $f | grep -vE '^[0-9]+:[[:space:]]*(title|advice) = "([^"\\]|\\.)*";' |
		grep -v '^[0-9]*:[[:space:]]*#' || true)
	[ -z "$odd" ] || { printf 'lang: %s: not read:\n%s\n' $f "$odd" >&2; bad=1; }
done >"$tmp/body"
{
	printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
	cat "$tmp/body"
} >"$tmp/rules.po"
msguniq --no-wrap -o "$tmp/rules.pot" "$tmp/rules.po"
sed -i 's/charset=CHARSET/charset=UTF-8/' "$tmp/code.pot"
msgcat --no-wrap --use-first -o "$tmp/all.pot" "$tmp/code.pot" "$tmp/rules.pot"

for l in az ru; do
	po=lib/lang/$l.po
	msgfmt -c -o /dev/null $po || bad=1
	msgmerge -q --no-fuzzy-matching --no-wrap -o "$tmp/merged.po" $po "$tmp/all.pot"
	msgattrib --untranslated --no-obsolete --no-wrap -o "$tmp/$l.lacks" "$tmp/merged.po"
	[ -f "$tmp/$l.lacks" ] || : >"$tmp/$l.lacks"
	n=$(grep -c '^msgid "..*"' "$tmp/$l.lacks" || true)
	if [ "${1-}" = --missing ]; then
		[ "$n" -eq 0 ] || { echo "# $l"; cat "$tmp/$l.lacks"; }
	elif [ "$n" -ne 0 ]; then
		printf 'lang: lib/lang/%s.po lacks %s texts (tests/check/lang.sh --missing):\n' $l "$n"
		sed -n 's/^msgid \("..*"\)/  \1/p' "$tmp/$l.lacks" | head -n 20
		bad=1
	fi
	fuzzy=$(msgattrib --only-fuzzy --no-wrap $po | grep -c '^msgid "..*"' || true)
	[ "$fuzzy" -eq 0 ] || { printf 'lang: %s: %s texts are fuzzy\n' $l "$fuzzy"; bad=1; }
done
exit $bad
