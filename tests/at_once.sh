#!/usr/bin/env bash
# at_once.sh COMMAND WORD...: runs `COMMAND WORD` for each word, as many at a time as there are cores (JOBS=N: as many as that).
# What each prints is shown whole, in the order of the words, and what failed once more at the end.
set -mu # each has a process group of its own, and Ctrl-C as by default
command=$1
shift
jobs=${JOBS:-$(nproc)}
unset JOBS
work=$(mktemp -d) || exit 2
words=("$@")
place=() # by the pid of who runs
status=() begun=() took=()
shown=0

end() { # SIGNAL STATUS
	exec 2> /dev/null
	for pid in "${!place[@]}"; do kill -s "$1" -- "-$pid" 2> /dev/null; done
	wait
	exit "$2"
}
trap 'rm -rf "$work"' EXIT
trap 'end INT 130' INT
trap 'end TERM 143' TERM
trap 'end HUP 129' HUP

# The seconds that `times` says of children, user and system together.
used() { # FILE
	sed -n '2s/[ms]/ /gp' "$1" | awk '{ seconds = ($1 + $3) * 60 + $2 + $4 } END { printf "%.0f", seconds }'
}

# Those that are at an end and whose turn it is.
show() {
	while [ -n "${status[shown]:-}" ]; do
		echo "-- ${words[shown]##*/}: $([ "${status[shown]}" -eq 0 ] && echo "passed" || echo "FAILED"), ${took[shown]} s, $(used "$work/$shown.times") s of processor time"
		[ "${status[shown]}" -ne 0 ] || cat "$work/$shown"
		shown=$((shown + 1))
	done
}

one_ends() {
	local pid number result=0
	wait -n -p pid "${!place[@]}" || result=$?
	number=${place[pid]}
	unset "place[pid]"
	status[number]=$result took[number]=$((SECONDS - begun[number]))
	show
}

for number in "${!words[@]}"; do
	while [ "${#place[@]}" -ge "$jobs" ]; do one_ends; done
	begun[number]=$SECONDS
	{
		trap - EXIT
		(eval "$command ${words[number]}")
		result=$?
		times > "$work/$number.times"
		exit $result
	} > "$work/$number" 2>&1 < /dev/null &
	place[$!]=$number
done
while [ "${#place[@]}" -gt 0 ]; do one_ends; done

failed=0
for number in "${!words[@]}"; do
	[ "${status[number]}" -eq 0 ] && continue
	failed=$((failed + 1))
	echo "== ${words[number]##*/} failed (status ${status[number]}):"
	cat "$work/$number"
done
echo "$((${#words[@]} - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
