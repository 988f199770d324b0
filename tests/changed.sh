#!/bin/sh
# changed.sh [COMMIT]: the exercises, as far as a minute goes: the verdicts on one student's submissions (where that one has
# none, on the reference), and `validate` of those exercises that differ from COMMIT. Without one: what is not committed yet, or
# the last commit. A part of `make check`. What this very grader has judged with this kit, these tests and these versions of
# the tools is not run again (grader/class/known.c), unless NOCACHE=1.
set -eu
cd "$(dirname "$0")/.."
student=deniz
failed=0

names=$(sed -n 's/^assignments: *\[\(.*\)\].*/\1/p' assignments/course.yaml | tr -d ' ' | tr , ' ')
[ -n "$names" ] || { echo "assignments/course.yaml names no exercises" >&2; exit 2; }
tests/end_to_end.sh only $student || failed=1
references=
for name in $names; do
	[ -e "tests/grader/expected/$student.$name.verdict" ] || references="$references $name"
done
# shellcheck disable=SC2016,SC2086 # each is its $1
tests/at_once.sh 'reference() {
	build/grader grade -a "$1" -s "solutions/$1" -o build/changed > /dev/null ||
		{ echo "the reference of $1 has no full marks: make grade A=$1 S=solutions/$1"; return 1; }
}
reference' $references || failed=1

changes() {
	git diff --name-only "$1" --
	git ls-files --others --exclude-standard
}
since=${1:-HEAD}
[ -n "${1:-}" ] || [ -n "$(changes HEAD)" ] || since=HEAD~1
changes=$(changes "$since") || exit 2
changed=
for name in $names; do
	echo "$changes" | grep -qE "^(assignments|solutions|tests/assignments)/$name/|^include/$name\.h\$" && changed="$changed $name"
done
if [ -z "$changed" ]; then
	echo "no exercise has changed since $since"
fi
for name in $changed; do
	build/grader validate -a "$name" || failed=1
done
exit $failed
