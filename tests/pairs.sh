#!/usr/bin/env bash
# pairs.sh [COUNT]: an added fault never raises a score. Merges pairs of mutants of one exercise (COUNT of them, 40, drawn with SEED=1),
# grades the pairs and the mutants that they are made of as a class, and prints the table: score(both) <= min(score(each)).
# NAMES="race_fix ..." are the exercises (all that have mutants). A part of `make validate-long`.
set -eu
cd "$(dirname "$0")/.."
grader=${GRADER:-build/grader}
count=${1:-40}
read -ra names <<< "${NAMES:-$(sed -n 's/^assignments: *\[\(.*\)\]/\1/p' assignments/course.yaml | tr ',' ' ')}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Without the comment at the top, which is another one in each file.
body() {
	awk 'begun || !/^( ?\*|\/\*)/ {begun = 1; print}' "$1"
}


# Every pair whose changes do not touch the same lines, as "NAME FIRST SECOND".
all_pairs() {
	local name first second mutants i j
	for name; do
		mkdir -p "$work/body/$name"
		body "solutions/$name/$name.c" > "$work/body/$name/reference"
		mutants=()
		"$grader" mutant -a "$name" -o "$work/mutants/$name"
		for first in "$work/mutants/$name"/*.c; do
			mutants+=("$(basename "$first" .c)")
			body "$first" > "$work/body/$name/${mutants[-1]}"
		done
		for ((i = 0; i < ${#mutants[@]}; i++)); do
			for ((j = i + 1; j < ${#mutants[@]}; j++)); do
				echo "$name ${mutants[i]} ${mutants[j]}"
			done
		done
	done
}

merge() { # NAME FIRST SECOND: the merged file, or 1 where they cannot be
	diff3 -m "$work/body/$1/$2" "$work/body/$1/reference" "$work/body/$1/$3" 2> /dev/null
}

# score STUDENT NAME: of the class, "-" when it could not be judged.
score() {
	grep -m1 -o '"score": *[0-9.]*' "$work/results/$1/$2.json" 2> /dev/null | tr -dc '0-9.' | grep . || echo -
}

made=0
all_pairs "${names[@]}" | shuf --random-source=<(yes "${SEED:-1}") > "$work/pairs"
: > "$work/drawn"
while [ "$made" -lt "$count" ] && read -r name first second; do
	merge "$name" "$first" "$second" > "$work/merged" || continue
	made=$((made + 1))
	mkdir -p "$work/class/pair$made" "$work/class/$first" "$work/class/$second"
	cp "$work/merged" "$work/class/pair$made/$name.c"
	cp "$work/body/$name/$first" "$work/class/$first/$name.c"
	cp "$work/body/$name/$second" "$work/class/$second/$name.c"
	echo "$made $name $first $second" >> "$work/drawn"
done < "$work/pairs"
[ "$made" -gt 0 ] || { echo "pairs: no two mutants can be merged"; exit 2; }

"$grader" class "$work/class" $(printf -- '-a %s ' "${names[@]}") -o "$work/results" > "$work/words" 2>&1 || { cat "$work/words"; exit 2; }
wrong=0
printf '%5s %6s %6s  %s\n' both first second pair
while read -r number name first second; do
	both=$(score "pair$number" "$name") one=$(score "$first" "$name") other=$(score "$second" "$name") mark=""
	if [ "$both" = - ] || [ "$one" = - ] || [ "$other" = - ]; then
		mark="  NOT JUDGED"
	elif [ "$both" -gt "$one" ] || [ "$both" -gt "$other" ]; then
		mark="  RAISED"
	fi
	[ -z "$mark" ] || wrong=$((wrong + 1))
	printf '%5s %6s %6s  %s: %s + %s%s\n' "$both" "$one" "$other" "$name" "$first" "$second" "$mark"
done < "$work/drawn"
echo "pairs: $made pairs of mutants, $wrong in which an added fault raised the score or nothing was judged"
[ "$wrong" -eq 0 ]
