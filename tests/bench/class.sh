#!/usr/bin/env bash
# class.sh [GRADINGS] [COMPARED]: a made-up class (300 gradings: each exercise a quarter), graded once, nothing cached; and some of
# its submissions (20) once more by the grader and by the obvious script, one after the other, in one run.
# The submissions are references, alternatives and mutants with other names and another layout, so that no two are equal.
set -eu
cd "$(dirname "$0")/../.."
gradings=${1:-300}
compared=${2:-20}
cores=$(nproc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# varied FILE NUMBER: static functions get other names, the layout changes, a comment is added.
varied() {
	local script name
	script=$(grep -o '^static .*[ *]\([a-z_][a-z_0-9]*\)(' "$1" | sed 's/($//; s/.*[ *]//' | sort -u |
		while read -r name; do printf 's/\\b%s\\b/%s_%d/g;' "$name" "$name" "$2"; done)
	{
		printf '/* submission %d */\n' "$2"
		sed -e "$script" "$1"
	} | expand -t $(($2 % 3 + 2))
}

number=0
for name in pipe_ring race_fix bounded_buffer thread_pool; do
	build/grader mutant -a $name -o "$work/mutants/$name"
	files=(solutions/$name/$name.c solutions/$name/alternatives/*.c "$work/mutants/$name"/*.c)
	for ((i = 0; i < gradings / 4; i++)); do
		number=$((number + 1))
		mkdir -p "$work/class/$name"
		varied "${files[i % ${#files[@]}]}" $number > "$work/class/$name/student$(printf %03d $i).c"
	done
done

# What is built once per class is built before.
for name in pipe_ring race_fix bounded_buffer thread_pool; do
	build/grader grade -a $name -s solutions/$name > /dev/null
done

# measured COMMAND...: sets wall and processor time in seconds.
measured() {
	local TIMEFORMAT='%R %U %S' figures
	figures=$({ time "$@" > "$work/output" 2>&1; } 2>&1) || true
	wall=$(echo "$figures" | tail -1 | awk '{print $1}')
	cpu=$(echo "$figures" | tail -1 | awk '{print $2 + $3}')
}

printf 'class of %d gradings, %d cores\n' "$number" "$cores"
gcc -std=gnu17 -D_GNU_SOURCE -O1 tests/hostile/witness.c -o "$work/witness"
"$work/witness" watch "$PWD/build" "$work/use" 1000 & # looking costs time, too
witness=$!
NOCACHE=1 measured build/grader class "$work/class" -o "$work/out"
kill -TERM $witness
wait $witness || true
tail -3 "$work/output"
printf '  most memory at a time, of all processes together: %d MiB\n' "$(sed -n 's/^memory //p' "$work/use")"
awk -v wall="$wall" -v cpu="$cpu" -v n="$number" -v cores="$cores" 'BEGIN {
	printf "  wall %.1f s, processor time %.1f s (%.2f s each); wall / (processor time / cores) = %.2f\n", wall, cpu, cpu / n, wall * cores / cpu }'

rm -rf "$work/few"
step=$((number / compared > 0 ? number / compared : 1))
i=0
find "$work/class" -name '*.c' | sort | while read -r file; do
	i=$((i + 1))
	[ $((i % step)) -eq 0 ] || continue
	name=$(basename "$(dirname "$file")")
	mkdir -p "$work/few/$name"
	cp "$file" "$work/few/$name/"
done
few=$(find "$work/few" -name '*.c' | wc -l)
NOCACHE=1 measured build/grader class "$work/few" -o "$work/out-few"
a_wall=$wall a_cpu=$cpu
obvious() {
	local file
	find "$work/few" -name '*.c' | sort | while read -r file; do
		tests/bench/obvious.sh "$(basename "$(dirname "$file")")" "$file" || true
	done
}
measured obvious
awk -v n="$few" -v a="$a_wall" -v ac="$a_cpu" -v b="$wall" -v bc="$cpu" 'BEGIN {
	printf "%d of them        %10s %18s\n", n, "wall (s)", "processor (s each)"
	printf "  grader           %10.1f %18.2f\n  obvious script   %10.1f %18.2f\n  ratio            %10.1f %18.1f\n", a, ac / n, b, bc / n, b / a, bc / ac }'
