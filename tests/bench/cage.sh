#!/bin/sh
# cage.sh [PAIRS]: what the seal and the cage cost: the three references graded with and without them, in turn, in one run.
set -eu
cd "$(dirname "$0")/../.."
pairs=${1:-9}
off=text,object,local,namespaces,landlock,seccomp,uid,limits,memory
grade() {
	for name in pipe_ring race_fix bounded_buffer thread_pool; do
		KIT_LAYERS_OFF=$1 TRUST=1 NOCACHE=1 build/grader-layers grade -a $name -s solutions/$name > /dev/null
	done
}
now() { date +%s%N; }

grade "" # the kit's half is built once per class
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
pair=1
while [ "$pair" -le "$pairs" ]; do
	a=$(now)
	grade ""
	b=$(now)
	grade $off
	c=$(now)
	echo "$(((b - a) / 1000000)) $(((c - b) / 1000000))" >> "$figures"
	pair=$((pair + 1))
done
median() { cut -d' ' -f"$1" "$figures" | sort -n | sed -n "$(((pairs + 1) / 2))p"; }
awk -v n="$pairs" -v with="$(median 1)" -v without="$(median 2)" 'BEGIN {
	printf "three references, median of %d: %.2f s with seal and cage, %.2f s without: %+.1f %%\n", n, with / 1e3, without / 1e3, 100 * (with / without - 1) }'
