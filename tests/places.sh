#!/usr/bin/env bash
# places.sh [PLACE...]: the kit, a class and what comes of it in folders that break whatever is put together of text: `odd` has
# all that a shell, make, gcc, gdb, ThreadSanitizer, valgrind, a format or a list could take for something else; `deep` is longer than
# any fixed buffer and the address of a socket; `closed` is one that only root gets to, as root without namespaces (what a container
# with Docker's defaults is), where each run has a user of its own. In each the whole loop, a student's and an instructor's, ends as it does elsewhere.
set -u
cd "$(dirname "$0")/.." || exit 2
here=$PWD
work=$(mktemp -d) || exit 2
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
unset KIT_BUILD KIT_ROOT FORMAT OUT A S T STRICT SUBMISSIONS REPOSITORY MAKEFLAGS MAKELEVEL NOCACHE
checks=0
failures=0
place=
kit=
as=()

wrong() {
	echo "  WRONG: in $place: $*"
	failures=$((failures + 1))
}

# says STATUS TEXT COMMAND...: the command, in the kit, ends so and says that.
says() {
	local status=0 want=$1 text=$2
	shift 2
	checks=$((checks + 1))
	(cd "$kit" && "$@") > "$work/output" 2>&1 < /dev/null || status=$?
	[ "$status" -eq "$want" ] || { wrong "${*:0:200}: status $status, expected $want"; head -c 1500 "$work/output"; }
	tr '\n' ' ' < "$work/output" | tr -s ' ' | grep -qF -- "$text" || { wrong "$*: does not say: $text"; head -c 1500 "$work/output"; }
}

run_make() {
	"${as[@]}" make -o build/grader --no-print-directory "$@"
}

copy_programs() {
	mkdir -p "$1/build"
	cp build/grader build/inside build/attacks "$1/build/"
}

# loop FOLDER NAME: the folder is to have the kit; NAME is what else has an odd name in it.
loop() {
	local name=$2 token own=assignments/race_fix/race_fix.c
	kit=$1/kit
	mkdir -p "$kit" "$1/$name class/ada $name" "$1/$name class/bob"
	tar -c --exclude=./build --exclude=./.git . | (cd "$kit" && tar -x)
	copy_programs "$kit"
	sed -i 's/^\(limits: .*schedules:\) [0-9]*/\1 30/' "$kit/assignments/race_fix/assignment.yaml" # the place is tried, not the search
	cp tests/examples/deniz/race_fix.c "$1/$name class/ada $name/"
	cp solutions/race_fix/race_fix.c "$1/$name class/bob/"
	(cd "$1/$name class" && zip -qr "../$name class.zip" .)

	# A student.
	says 0 "ThreadSanitizer reports a race" run_make doctor
	if grep -q 'OPEN\|SILENT' "$work/output"; then wrong "doctor: $(grep 'OPEN\|SILENT' "$work/output")"; fi
	says 0 "81 of 100 points" run_make grade A=race_fix S="../$name class/ada $name"
	cp tests/examples/deniz/race_fix.c "$kit/$own"
	says 0 "make replay A=race_fix TOKEN=" run_make explore A=race_fix T=opposite_transfers_finish N=200
	token=$(sed -n 's/.*A=race_fix TOKEN=//p' "$work/output")
	says 0 "which thread 5 holds since" run_make replay A=race_fix TOKEN="$token"
	says 0 "Two transfers" run_make hint A=race_fix H=opposite_transfers_hang
	says 0 "The schedule interrupts this thread" run_make replay A=race_fix TOKEN="$token" GDB=1
	says 0 "race_fix_opposite_transfers_finish_body ()" run_make debug A=race_fix T=opposite_transfers_finish
	says 1 "To see it again" "${as[@]}" build/grader explore tests/grader/explore/lost_wakeup_test_outside.c --picture "../$name.svg"
	[ -s "$1/$name.svg" ] || wrong "there is no picture"

	# An instructor. What the kit prints to be typed is typed.
	says 0 "Judge it: make grade A=race_fix S=" run_make mutant A=race_fix M=b01_no_lock
	says 0 "Money is neither made nor lost" eval "$(sed -n '/^Judge it: /,/^Write/p' "$work/output" | sed 's/^Judge it: make/run_make/; /^Write/d')"
	cp "$here/$own" "$kit/$own"
	says 0 "need your run" run_make handout A=race_fix OUT="../$name handout"
	says 0 "bob" run_make grade SUBMISSIONS="../$name class" OUT="../$name out"
	says 0 "2 unchanged" run_make grade SUBMISSIONS="../$name class.zip" OUT="../$name out"
	copy_programs "$1/$name handout"
	cp -r "$kit/build/kit" "$1/$name handout/build/"
	kit="$1/$name handout"
	cp solutions/race_fix/race_fix.c "$kit/$own"
	says 0 "public 45 of 45" run_make grade A=race_fix
}

odd() {
	place=odd
	loop "$work/a b,c:d;e'f\"g/ü %s%n \$HOME \$(id) \`id\` #h &i (j) [k] *l ?m {n} =o ~p !q \\r"$'\n'"s" \
		$'it\'s "odd", 100 % $USER $(id) `id` #a;b:c ü'
}

deep() {
	place=deep
	local folder=$work
	while [ ${#folder} -lt 3000 ]; do
		folder=$folder/$(printf '%0100d' 0)
	done
	loop "$folder" deep
}

closed() {
	place=closed
	local capabilities=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod
	as=(setpriv --bounding-set "$capabilities")
	if [ "$(id -u)" -ne 0 ] || ! "${as[@]}" true 2> /dev/null; then
		echo "  skipped: closed (needs root)"
		return
	fi
	mkdir -m 700 "$work/closed"
	loop "$work/closed" closed
	# Killed, it leaves what the next one removes.
	(cd "$kit" && NOCACHE=1 exec "${as[@]}" build/grader grade -a race_fix > /dev/null 2>&1) &
	until ls -d /var/tmp/forkjoin-$!-*/run/$!-[0-9]* > /dev/null 2>&1 || ! kill -0 $! 2> /dev/null; do :; done
	kill -KILL $!
	wait $! 2> /dev/null
	says 0 "Protection: good" run_make doctor
	[ -z "$(ls -d /var/tmp/forkjoin-$!-* 2> /dev/null)" ] || wrong "a killed grader's folder stays: $(ls -d /var/tmp/forkjoin-*)"
	as=()
}

for one in "${@:-odd}"; do
	"$one"
done
[ "$failures" -eq 0 ] || { echo "$failures of $checks checks of places failed"; exit 1; }
echo "$checks checks of places passed"
