#!/usr/bin/env bash
# tutorial.sh: does what docs/assignments.md says, up to its part for looking things up, in a copy of this tree. A block below a line
# `path`: is that file. In a console block each line behind "$ " is run; it must succeed (validate may find problems), and
# the lines below it must stand in what it prints, in that order. Where something differs, the page and the kit do not agree.
# tutorial.sh list: what would be done, a line each.
set -eu
cd "$(dirname "$0")/.."
unset KIT_BUILD KIT_ROOT COURSE FORMAT OUT A S T M KIND FROM SAVE STRICT MAKEFLAGS MAKELEVEL
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
page=docs/assignments.md

# The page as files 1, 2, 3, ...: "file LINE PATH" and its text, or "run LINE COMMAND" and what it has to print.
awk -v out="$scratch/step." '
	/^# Reference/ { exit }
	/^```/ && inside { inside = 0; if (file) close(name); next }
	/^```/ {
		inside = 1
		console = /^```console/
		file = !console && path != ""
		if (!console && !file) { print "line " NR ": a block that belongs to no file" > "/dev/stderr"; exit 1 }
		if (file) { name = sprintf("%s%04d", out, ++count); print "file " NR " " path > name }
		path = ""
		next
	}
	inside && file { print > name; next }
	inside && /^\$ / { close(name); name = sprintf("%s%04d", out, ++count); print "run " NR " " substr($0, 3) > name; next }
	inside { print > name; next }
	/^`[^`]*`:$/ { path = substr($0, 2, length($0) - 3) }
' "$page"
if [ "${1:-}" = list ]; then
	head -qn 1 "$scratch"/step.*
	exit
fi

tree=$scratch/kit
mkdir -p "$tree/build"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$tree" 2> "$scratch/gone" || true # a file may be deleted
cp build/grader build/inside build/attacks "$tree/build"
make() { command make --no-print-directory -o build/grader "$@"; }
export -f make

wrong() {
	echo "$page:$line: $1"
	[ ! -e "$scratch/output" ] || cat "$scratch/output"
	exit 1
}
# What is expected stands there, line by line and in order.
compare() {
	local at=1 found expected
	while IFS= read -r expected; do
		found=$(tail -n "+$at" "$scratch/output" | grep -nF -m 1 -- "$expected" | cut -d: -f1) || true
		[ -n "$found" ] || wrong "this does not print '$expected':"
		at=$((at + found - 1))
	done
}
commands=0
for step in "$scratch"/step.*; do
	read -r what line rest < "$step"
	tail -n +2 "$step" > "$scratch/text"
	if [ "$what" = file ]; then
		mkdir -p "$tree/$(dirname "$rest")"
		cp "$scratch/text" "$tree/$rest"
		continue
	fi
	status=0
	(cd "$tree" && bash -c "$rest") > "$scratch/output" 2>&1 < /dev/null || status=$?
	case $rest in
	*validate*) ;; # problems may be what it is about
	*) [ "$status" -eq 0 ] || wrong "status $status of: $rest" ;;
	esac
	compare < "$scratch/text"
	commands=$((commands + 1))
done
[ "$commands" -ge 10 ] || { echo "$page: only $commands commands were found"; exit 1; }
echo "$page: $commands commands do what it says"
