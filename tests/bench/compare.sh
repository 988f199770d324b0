#!/bin/sh
# compare.sh [RUNS]: the grader against the obvious script on thread_pool's reference, nothing cached, in turn, in one run.
set -eu
cd "$(dirname "$0")/../.."
runs=${1:-3}
name=thread_pool
now() { date +%s%N; }

build/grader grade -a $name -s solutions/$name > /dev/null # the kit's half is built once per class, not per submission
printf '%-4s %14s %16s %7s\n' run "grader (s)" "obvious (s)" ratio
run=1
while [ "$run" -le "$runs" ]; do
	a=$(now)
	NOCACHE=1 build/grader grade -a $name -s solutions/$name > /dev/null
	b=$(now)
	tests/bench/obvious.sh $name solutions/$name/$name.c
	c=$(now)
	awk -v run="$run" -v a="$a" -v b="$b" -v c="$c" 'BEGIN {
		printf "%-4d %14.2f %16.2f %7.1f\n", run, (b - a) / 1e9, (c - b) / 1e9, (c - b) / (b - a) }'
	run=$((run + 1))
done
a=$(now)
build/grader grade -a $name -s solutions/$name > /dev/null
b=$(now)
awk -v a="$a" -v b="$b" 'BEGIN { printf "unchanged submission, unchanged kit: %.2f s\n", (b - a) / 1e9 }'
if [ -x /usr/bin/time ]; then
	NOCACHE=1 /usr/bin/time -f "peak memory of the grader itself: %M KiB" build/grader grade -a $name -s solutions/$name 2>&1 > /dev/null | tail -1
fi
