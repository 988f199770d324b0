#!/bin/sh
# changed.sh [COMMIT]: the exercises, as far as a minute goes: the verdicts on one student's submissions (where that one has
# none, on the reference), and `validate` of those exercises that differ from COMMIT. Without one: what is not committed yet, or
# the last commit. A part of `make check`.
set -eu
cd "$(dirname "$0")/.."
student=deniz
failed=0

names=$(sed -n 's/^assignments: *\[\(.*\)\].*/\1/p' assignments/course.yaml | tr -d ' ' | tr , ' ')
[ -n "$names" ] || { echo "assignments/course.yaml names no exercises" >&2; exit 2; }
tests/end_to_end.sh only $student || failed=1
for name in $names; do
	[ ! -e "tests/grader/expected/$student.$name.verdict" ] || continue
	NOCACHE=1 build/grader grade -a "$name" -s "solutions/$name" -f json -o build/changed > build/changed.json ||
		{ echo "the reference of $name has no full marks: make grade A=$name S=solutions/$name"; failed=1; }
done

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
