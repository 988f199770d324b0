#!/bin/sh
# slurm.sh DIR [-a NAME].. [-r ROSTER] [-o OUT] [-j N] [--no-bom] [--regrade] [--similar N] [--dolos DIR] [--jplag DIR] [--archive DIR]: grades a class as
# `build/grader class` does, on a Slurm cluster. `make grade SUBMISSIONS=DIR CLUSTER=slurm` calls it from the root of the kit;
# docs/cluster.md tells how to use it.
#
# A round: `class --plan` writes what is left to judge, an array of elements judges it, each its share. What an element that
# failed has not brought is in the next round's plan, in other shares; there are three rounds at most. In the end `class
# --results` makes the gradebook of what was brought. Everything is in OUT/.cluster, which all nodes see.
#
# SHARDS=n: elements of the array. SBATCH="...": more options for sbatch. GRADER=: another program than build/grader.
# PAUSE=s: seconds from one line of progress to the next.
set -eu

usage() {
	echo "CLUSTER=slurm: $*" >&2
	exit 2
}

say() {
	echo "cluster: $*" >&2
}

# ---- on a node: element GRADER RESULTS SUBMISSIONS N -----------------------------------------------------------------
# Works on the node's own disk. Each element has its own folder there, and a lock on it: what is not locked was left by one
# that was killed.
element() {
	program=$1 results=$2 submissions=$3 share=$SLURM_ARRAY_TASK_ID/$4
	exec > "$results/log.$SLURM_ARRAY_JOB_ID.$SLURM_ARRAY_TASK_ID" 2>&1 < /dev/null
	echo "element $share on $(uname -n), node ${SLURMD_NODENAME:-?}"
	scratch='' child=''
	trap 'rm -rf "$scratch"' EXIT
	trap 'trap "" TERM INT HUP; [ -z "$child" ] || { kill -TERM "$child" && wait "$child"; } || true; exit 130' TERM INT HUP
	for disk in "${SLURM_TMPDIR:-}" "${TMPDIR:-}" /tmp; do
		if [ -n "$disk" ] && [ -d "$disk" ] && [ -w "$disk" ]; then break; fi
	done
	find "$disk" -maxdepth 1 -type d -user "$(id -u)" -name "forkjoin.$(id -u).*" -mmin +1 2> /dev/null | while IFS= read -r old; do
		if flock -n "$old/lock" true; then rm -rf "$old"; fi
	done
	scratch=$(mktemp -d "$disk/forkjoin.$(id -u).XXXXXX")
	if [ "$(id -u)" -eq 0 ]; then chmod 711 "$scratch"; fi # runs have users of their own then
	exec 9> "$scratch/lock"
	flock -n 9
	mkdir "$scratch/build" "$scratch/build/kit"
	while IFS= read -r half; do
		[ -d "$scratch/build/kit/${half##*/}" ] || cp -R "$half" "$scratch/build/kit/"
	done < "$results/halves"
	KIT_BUILD=$scratch/build "$program" element "$submissions" --results "$results" --shard "$share" \
		--jobs "${SLURM_CPUS_ON_NODE:-1}" 9>&- &
	child=$!
	status=0
	wait "$child" || status=$?
	child=
	exit "$status"
}

if [ "${1:-}" = element ] && [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
	shift
	element "$@"
fi

# ---- here ------------------------------------------------------------------------------------------------------------
submissions='' roster='' out=${KIT_BUILD:-build}/results jobs='' regrade='' similar='' dolos='' jplag='' archive='' only='' bom=''
while [ $# -gt 0 ]; do
	case $1 in
	-r) roster=$2 && shift ;;
	-o) out=$2 && shift ;;
	-j) jobs=$2 && shift ;;
	-a) only="$only -a $2" && shift ;; # names of assignments have no blanks
	--no-bom) bom=$1 ;;
	--accept | --at-due | -s | --since) usage "ACCEPT, AT_DUE, STUDENT and SINCE are not for a cluster: leave CLUSTER out" ;;
	--regrade) regrade=$1 ;;
	--similar) similar=$2 && shift ;;
	--dolos) dolos=$2 && shift ;;
	--jplag) jplag=$2 && shift ;;
	--archive) archive=$2 && shift ;;
	*) submissions=$1 ;;
	esac
	shift
done
[ -n "$submissions" ] || usage "which folder? SUBMISSIONS=folder holds what the students handed in"
case ${SHARDS:-} in
*[!0-9]*) usage "SHARDS is a number of elements, not '$SHARDS'" ;;
?*) [ "$SHARDS" -gt 0 ] 2> /dev/null || usage "SHARDS=$SHARDS: there must be at least one element" ;;
esac
case $jobs in
*[!0-9]* | 0) usage "JOBS is the number of CPUs for each element, not '$jobs'" ;;
esac
for tool in sbatch squeue scancel sinfo flock; do
	command -v "$tool" > /dev/null || usage "there is no $tool here. Run it on a machine from which jobs are submitted (Debian: slurm-client)"
done
[ -d "$submissions" ] || usage "there is no folder '$submissions'"

grader=$(realpath "${GRADER:-build/grader}")
script=$(realpath "$0")
mkdir -p "$out"
out=$(realpath "$out")
submissions=$(realpath "$submissions")
results=$out/.cluster
mkdir -p "$results"
exec 8> "$results/lock"
flock -n 8 || usage "another one grades into $out at this moment"

pause=${PAUSE:-10}
job=''

# What the scheduler knows of the array: a state for each element that has not ended. Fails when it cannot be asked.
elements() {
	if squeue -h -r -j "$1" -o '%t %r' 2> "$results/squeue" 8>&-; then return 0; fi
	# It forgets what ended long ago.
	grep -qi 'invalid job id' "$results/squeue"
}

# Ends an array and waits until nothing of it runs any more.
cancel() {
	scancel "$1" 2> /dev/null 8>&- || true
	tries=60
	while [ "$tries" -gt 0 ] && { ! left=$(elements "$1") || [ -n "$left" ]; }; do
		tries=$((tries - 1))
		sleep 1
	done
	rm -f "$results/job"
}

interrupted() {
	trap '' INT TERM HUP
	if [ -n "$job" ]; then
		say "stopped; cancelling the array $job"
		cancel "$job"
	fi
	say "what has been judged is kept: the same command goes on from there"
	exit 130
}
trap interrupted INT TERM HUP

class() {
	"$grader" class "$submissions" -o "$out" ${roster:+-r "$roster"} $only $bom $regrade ${similar:+--similar "$similar"} ${dolos:+--dolos "$dolos"} \
		${jplag:+--jplag "$jplag"} ${archive:+--archive "$archive"} --results "$results" "$@" 8>&-
}

judged() {
	find "$results" -maxdepth 1 -name '*.json' ! -name plan.json | wc -l
}

# About four for each node that works: while one of them has a long submission the others go on.
default_shards() {
	partition=${SBATCH_PARTITION:-} previous=
	for word in ${SBATCH:-}; do
		case $word in
		--partition=*) partition=${word#*=} ;;
		-p?*) partition=${word#-p} ;;
		*) case $previous in -p | --partition) partition=$word ;; esac ;;
		esac
		previous=$word
	done
	nodes=$(sinfo -h -N -t idle,mix,alloc ${partition:+-p "$partition"} -o %N 2> /dev/null 8>&- | sort -u | wc -l)
	[ "$nodes" -gt 0 ] || nodes=1
	shards=$((4 * nodes))
	[ "$shards" -le 1000 ] || shards=1000 # what Slurm allows unless it is told otherwise
	echo "$shards"
}

# submit LEFT: an array that judges so many.
submit() {
	shards=${SHARDS:-$(default_shards)}
	[ "$shards" -le "$1" ] || shards=$1
	rm -f "$results"/log.*
	# shellcheck disable=SC2086 # SBATCH is several words
	job=$(sbatch --parsable --array="0-$((shards - 1))" --job-name=forkjoin --chdir="$PWD" --output=/dev/null --no-requeue \
		${jobs:+--cpus-per-task="$jobs"} ${SBATCH:-} \
		"$script" element "$grader" "$results" "$submissions" "$shards" 8>&-) || {
		job=
		usage "sbatch did not take the job (above it says why); options for it: SBATCH=\"--partition=...\""
	}
	job=${job%%;*}
	echo "$job" > "$results/job"
	say "$1 to judge in $shards element$([ "$shards" -eq 1 ] || echo s), array $job"
}

# watch LEFT: until the array has ended.
watch() {
	quiet=0 looked=0
	while :; do
		sleep 1
		quiet=$((quiet + 1)) looked=$((looked + 1)) done=$(judged)
		# The scheduler is asked rarely, but soon when all is there.
		if [ "$looked" -ge 5 ] || [ "$done" -ge "$1" ]; then
			looked=0
			if ! states=$(elements "$job"); then
				say "the scheduler does not answer ($(head -1 "$results/squeue")); asking again"
			elif [ -z "$states" ]; then
				break
			fi
		fi
		if [ "$quiet" -ge "$pause" ]; then
			quiet=0
			say "$done of $1 judged$(describe "${states:-}")"
		fi
	done
	rm -f "$results/job"
	say "$(judged) of $1 judged; the array has ended"
}

# "; 3 elements run, 2 wait (Resources)"
describe() {
	echo "$1" | awk '$1 == "PD" {wait++; $1 = ""; why = substr($0, 2)} $1 == "R" || $1 == "CG" {run++}
		END {if (run + wait) printf "; %d element%s run, %d wait%s", run, run == 1 ? "" : "s", wait, wait ? " (" why ")" : ""}'
}

# The last words of elements that did not bring all.
tell_failures() {
	shown=0
	for log in "$results"/log.*; do
		[ -f "$log" ] || continue
		grep -q '^share .* 0 not judged' "$log" && continue
		shown=$((shown + 1))
		[ "$shown" -gt 5 ] || say "$(head -1 "$log"): $(sed 1d "$log" | tail -1 | cut -c 1-300 | grep . || echo 'it was killed, or its node was lost')"
	done
	[ "$shown" -le 5 ] || say "and $((shown - 5)) more, in $results/log.*"
}

# An array of a command that was killed may still run.
if [ -s "$results/job" ]; then
	read -r before < "$results/job"
	say "the array $before of an earlier start is ended first; what it has judged is kept"
	cancel "$before"
fi

round=0
while [ "$round" -lt 3 ]; do
	left=$(class --plan) || exit $?
	[ "$left" -gt 0 ] || break
	if [ "$round" -gt 0 ]; then
		tell_failures
		say "$left not judged: again (time $round of 2)"
	fi
	round=$((round + 1))
	submit "$left"
	watch "$left"
done

job=''
status=0
class || status=$?
if [ "$status" -eq 0 ]; then
	rm -f "$results"/log.* "$results/squeue" "$results/lock"
	rmdir "$results" 2> /dev/null || true
elif [ "$status" -eq 3 ]; then
	tell_failures
	say "the elements' own words are in $results/log.*"
fi
exit "$status"
