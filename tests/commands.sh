#!/usr/bin/env bash
# commands.sh - `explore` as it is typed: every console line that docs/explorer.md and --help show, the words that are
# gcc's or the program's, and what is refused; `mutant` and what an instructor types of a class likewise. A part of `make test`.
set -u
cd "$(dirname "$0")/.." || exit 2
kit=$PWD
grader=$kit/build/grader
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# expect STATUS REGEX WORD...: explore with these words, in the folder $work/a folder.
expect() {
	local status=$1 pattern=$2 output
	shift 2
	output=$(cd "$work/a folder" && timeout 120 "$grader" explore "$@" 2>&1)
	[ $? -eq "$status" ] || echo "FAIL explore $*: the status is not $status: ${output:0:300}"
	grep -qE "$pattern" <<< "$output" || echo "FAIL explore $*: expected '$pattern', got: ${output:0:400}"
}

words() {
	mkdir -p "$work/a folder/include" "$work/a folder/folder.c"
	cd "$work/a folder" || exit 2
	echo '#define STATUS (argc == 3 && argv[1][0] == 0 && argv[2][0] == 32 ? OTHER : 9)' > include/status.h
	printf '#include "status.h"\nint main(int argc, char **argv)\n{\n\treturn STATUS;\n}\n' > "a program.c"
	echo 'int helper(void) { return 0; }' > helper.c
	cd "$kit" || exit 2
	local flags=(-Iinclude -D 'OTHER=0')
	expect 0 'there is only one schedule' "${flags[@]}" "a program.c" -- "" " "
	expect 0 'there is only one schedule' -I include -DOTHER=0 helper.c "a program.c" -- "" " x"
	expect 0 'there is only one schedule' -include include/status.h -iquote include -std=c11 -O1 -g -pthread -Wall -lm -DOTHER=0 "a program.c" -- "" " "
	expect 1 'ended with status 9' "${flags[@]}" "a program.c"
	expect 1 'ended with status 9' "${flags[@]}" "a program.c" -- --seed -n
	expect 1 "a program.c' --replay main@0@[0-9a-f]{6} -- '' ' ' 'it'.''s'$" "${flags[@]}" "a program.c" -- "" " " "it's"
	expect 1 'The picture is in picture.svg' "${flags[@]}" "a program.c" --picture picture.svg
	expect 1 'The page is in page.html' "${flags[@]}" "a program.c" --page page.html
	expect 1 'cannot write nothere/page.html' "${flags[@]}" "a program.c" --page nothere/page.html
	expect 0 'nothing was found: there is no page to write' "${flags[@]}" "a program.c" --page page.html -- "" " "
	[ -s "$work/a folder/picture.svg" ] || echo "FAIL the picture is not in the folder where it was asked for"
	expect 2 'folder.c is a folder' folder.c
	expect 2 'helper.c has no main' helper.c
	expect 2 'both a program.c and a program.c have a main' "${flags[@]}" "a program.c" "a program.c"
	expect 2 'No such file' nothere.c
	expect 2 "'helper.o' is no C file" helper.o
	expect 2 'arguments of the program come after --' helper.c 17
	expect 2 'which file or folder' helper.c -include
	expect 2 'take no arguments' -a race_fix -- 17
	expect 3 '^not explored: x.cpp is C\+\+' x.cpp
	expect 3 '^not explored: x.cc is C\+\+' helper.c x.cc
	expect 3 '^not explored: -fopenmp' -fopenmp helper.c
	expect 3 '^not explored: -fsanitize=address' --cc=-fsanitize=address helper.c
}

# after PROGRAM STEP PATTERN: what the first schedule that fails has as changed by that step (from 1), as the page has it.
after() {
	local page="$work/$1.html"
	[ -s "$page" ] || "$grader" explore "tests/grader/explore/$1.c" --page "$page" > /dev/null 2>&1
	grep -o '{"step":[0-9]*,"kind":"[^}]*}' "$page" | sed -n "s/^{\"step\":$(($2 - 1)),//p" | grep -qE "^$3" ||
		echo "FAIL $1: step $2 should change $3; it has: $(grep -o "{\"step\":$(($2 - 1)),\"kind\":\"[^}]*}" "$page")"
}

# What is so after a step: who holds and who waits, what is in variables, semaphores and pipes, who has which end open.
states() {
	after lost_wakeup_test_outside 5 '"kind":"holder",.*"lane":1,"object":"lock","class":"mutex","file":"lost_wakeup_test_outside.c","line":28'
	after lost_wakeup_test_outside 6 '"kind":"holder","id":[0-9]*,"value":0,"object":"lock"'
	after lost_wakeup_test_outside 13 '"kind":"waiter",.*"lane":1,"object":"became_ready","class":"condition"'
	after child_keeps_write_end 2 '"kind":"ends","id":0,"value":3,"lane":1,"object":"pipe 0"'
	after child_keeps_write_end 3 '"kind":"ends","id":0,"value":2,"lane":0,"object":"pipe 0"'
	after child_keeps_write_end 4 '"kind":"bytes","id":0,"value":2,"object":"pipe 0"'
	after child_keeps_write_end 10 '"kind":"waiter","id":0,"value":0,"lane":1,"text":"bytes"'
	after pair_half_written 11 '"kind":"value",.*"object":"first","class":"memory","text":"0"'
	after pair_half_written 11 '"kind":"value",.*"object":"first","class":"memory","text":"1"'
	grep -q '"label":"write first",.*"effect":"0 -.u003e 1"' "$work/pair_half_written.html" || echo "FAIL the step does not say what it writes"
	after process_semaphore_order 2 '"kind":"value",.*"object":"semaphore 1","class":"semaphore","text":"0"'
}

# What is printed as "To see it again" does show it again, in the same words, spaces and all.
again() {
	local line
	line=$(cd "$work/a folder" && "$grader" explore -Iinclude -DOTHER=0 "a program.c" -- "" "it's" | sed -n 's/^To see it again: *//p')
	(cd "$work/a folder" && eval "$line") | grep -q 'ended with status 9' || echo "FAIL this does not show it again: $line"
}

# Who explores or replays the same at the same time disturbs nobody: files and the tests of an assignment, each four times
# at once, say one and the same. Programs that are only built stay.
at_once() {
	local name number program
	"$grader" explore -n 20 -a race_fix -t opposite_transfers_finish -s tests/examples/deniz > "$work/once.tests" 2>&1
	"$grader" explore tests/grader/explore/lost_wakeup_test_outside.c > "$work/once.files" 2>&1
	export grader work
	for name in tests files; do
		grep -q ': found in schedule' "$work/once.$name" || echo "FAIL nothing is found: $(head -3 "$work/once.$name")"
	done
	printf '%s ' tests.1 files.1 tests.2 files.2 tests.3 files.3 tests.4 files.4 | xargs -d ' ' -P 8 -I{} bash -c '
		case {} in
		tests*) "$grader" explore -n 20 -a race_fix -t opposite_transfers_finish -s tests/examples/deniz ;;
		files*) "$grader" explore tests/grader/explore/lost_wakeup_test_outside.c ;;
		esac > "$work/{}" 2>&1'
	for name in tests files; do
		for number in 1 2 3 4; do
			cmp -s "$work/once.$name" "$work/$name.$number" || echo "FAIL four at once, $name: $(diff "$work/once.$name" "$work/$name.$number" | head -4)"
		done
	done
	program=$("$grader" explore --build tests/grader/explore/lost_wakeup_test_outside.c) && [ -x "$program" ] || echo "FAIL --build: there is no program $program"
}

# Each line of docs/explorer.md that can be typed as it is says what the document shows, but for the mark of its token.
documented() {
	awk -v folder="$work" '/^```/ { shown = 0 } shown { print > file } /^\$ build\/grader explore tests/ {
		file = folder "/shown." ++count; print substr($0, 3) > (folder "/line." count); printf "" > file; shown = 1 }' docs/explorer.md
	local number line
	for number in 1 2; do
		line=$(cat "$work/line.$number") || { echo "FAIL docs/explorer.md: an example is gone"; continue; }
		eval "$line" 2>&1 | sed 's/@[0-9a-f]\{6\}$/@MARK/' > "$work/said"
		sed 's/@[0-9a-f]\{6\}$/@MARK/' "$work/shown.$number" | diff - "$work/said" > "$work/difference" ||
			echo "FAIL docs/explorer.md: $line says something else: $(head -6 "$work/difference")"
	done
}

# Each option of --help is known, and what it tells of exit statuses is so (see above).
helped() {
	local option
	for option in $("$grader" explore --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
		grep -qE -- "\`.*$option" docs/explorer.md || [[ $option =~ ^--(measure|seeds|build|help|usage|cc|gdb|assignment|test|submission)$ ]] ||
			echo "FAIL docs/explorer.md does not tell of $option"
	done
}

# A mutant by hand, in a copy of the kit: a working copy, its change kept, its patch written, a reference that moved away.
mutants() {
	local copy=$work/kit own=build/mutants/race_fix
	mkdir -p "$copy/build"
	cp -R Makefile kit.mk setup.sh packages-run.txt assignments include solutions tests grader "$copy/"
	ln -s "$grader" "$copy/build/grader"
	say() { # STATUS REGEX COMMAND...: run in the copy
		local status=$1 pattern=$2 output
		shift 2
		output=$(cd "$copy" && KIT_ROOT=. "$@" 2>&1)
		[ $? -eq "$status" ] || echo "FAIL $*: the status is not $status: ${output:0:300}"
		grep -qE "$pattern" <<< "$output" || echo "FAIL $*: expected '$pattern', got: ${output:0:300}"
	}
	local grader="build/grader mutant -a race_fix"
	say 0 "Judge it: make grade A=race_fix S=.*$own/b01_no_lock$" $grader -m b01_no_lock
	say 0 'Judge it' $grader -m b01_no_lock # nothing has changed: made again
	sed -i 's/^struct bank {/struct bank { \/* changed *\//' "$copy/$own/b01_no_lock/race_fix.c"
	say 2 'has changes that are in no patch' $grader -m b01_no_lock
	say 0 'b01_no_lock.patch' $grader -m b01_no_lock --save
	grep -q '^+struct bank { /\* changed' "$copy/tests/assignments/race_fix/mutants/b01_no_lock.patch" || echo "FAIL mutant --save: the change is not in the patch"
	say 0 'Judge it' $grader -m b01_no_lock
	say 0 'Judge it' $grader -m b99_new
	say 2 'nothing in it differs' $grader -m b99_new --save
	say 2 'no working copy' $grader -m b98_none --save
	say 2 "names no mutant" $grader -m ../x
	say 2 "missing mutant" $grader
	say 2 "no assignment 'nothing'" build/grader mutant -a nothing -m x
	sed -i 's/^struct bank {/struct bank { \/* moved *\//' "$copy/solutions/race_fix/race_fix.c"
	say 2 'b01_no_lock.patch: hunk 1 does not apply to .*race_fix.c \(line [0-9]+\): `make mutant A=race_fix M=b01_no_lock` makes' $grader -o "$work/all"
	say 2 'hunk 1 does not apply' build/grader validate -a race_fix
	touch "$copy/tests/assignments/race_fix/mutants/stray.c"
	say 2 'stray.c: is not a patch' build/grader validate -a race_fix
}

# On a terminal gdb gets one of its own: it takes what is typed, and leaves the person's as it was. Own programs run in no
# cage, where gdb sees more processes than its own few.
in_gdb() {
	local token command said
	token=$("$grader" explore -n 20 -a race_fix -t opposite_transfers_finish -s tests/examples/deniz | sed -n 's/.*TOKEN=//p')
	for command in "debug -a race_fix -t money_is_conserved" "explore -a race_fix -s tests/examples/deniz --replay $token --gdb" \
		"explore tests/grader/explore/lost_wakeup_test_outside.c --replay main@0@000000 --gdb"; do
		said=$(printf 'print 6*7\nquit\ny\n' | timeout 120 script -qec "stty rows 90 cols 120; stty -a > '$work/before'; '$grader' $command; stty -a > '$work/after'" /dev/null)
		grep -q '= 42' <<< "$said" || echo "FAIL $command in a terminal: $(tail -5 <<< "$said")"
		cmp -s "$work/before" "$work/after" || echo "FAIL $command leaves the terminal otherwise: $(diff "$work/before" "$work/after")"
	done
}

# stops NAME COMMANDS TEXT... -- WORD...: gdb, told these commands, says each of the texts.
stops() {
	local name=$1 told=$2 said texts=()
	shift 2
	while [ "$1" != -- ]; do texts+=("$1"); shift; done
	said=$(printf '%b' "$told" | NO_COLOR=1 timeout 120 "$grader" "${@:2}" 2>&1 | tr '\n\t' '  ' | tr -s ' ')
	for text in "${texts[@]}"; do
		grep -qF -- "$text" <<< "$said" || echo "FAIL $name: gdb does not say '$text': $(tail -c 1500 <<< "$said")"
	done
}

# gdb stops at a proved hang, with the table of who waits, at a failed assertion and at a crash, in the frame of the
# submission, whichever process or thread it comes from; nobody gets into the kit's files by steps.
stops_in_gdb() {
	local token opposite=opposite_transfers_finish ring=$work/ring crash=$work/crash
	token=$("$grader" explore -n 20 -a race_fix -t $opposite -s tests/examples/deniz | sed -n 's/.*TOKEN=//p')
	mkdir -p "$ring" "$crash"
	sed '/close(head); .. while any/d' solutions/pipe_ring/pipe_ring.c > "$ring/pipe_ring.c"
	sed 's/^\tlock_pair(.*/&\n\tmemset((void *)amount, 0, (size_t)amount);/; s/^#include <pthread.h>/&\n#include <string.h>/' \
		tests/examples/deniz/race_fix.c > "$crash/race_fix.c"
	stops "a deadlock" 'c\nframe\n' 'Every thread is waiting: the main thread waits for a thread to end (join) (public.c:78) [thread 1 in gdb]' \
		'thread 4 waits for a mutex (race_fix.c:71); thread 5 holds it since race_fix.c:69 [thread 5 in gdb]' 'in lock_pair (' \
		'at race_fix.c:71 71 pthread_mutex_lock(' -- debug -a race_fix -t $opposite -s tests/examples/deniz
	stops "a deadlock that is replayed" 'frame\nc\nframe\n' 'The schedule interrupts this thread:' 'at race_fix.c:71' 'deadlock: thread 4 waits for mutex' \
		'[thread 6 in gdb]' 'at race_fix.c:71 71 pthread_mutex_lock(' -- explore -a race_fix -s tests/examples/deniz --replay "$token" --gdb
	stops "a hang of processes" 'c\nframe\nbacktrace\nc\n' 'the main thread waits for a child to end (waitpid)' \
		'child 1 waits to read pipe 0 (descriptor 4, pipe_ring.c:21); its write end is still open in child 1, child 2 and child 3' \
		'in ring_run (' 'while (waitpid(child[i]' 'in pipe_ring_token_returns_after_one_lap_body ()' 'The program no longer exists' -- \
		debug -a pipe_ring -t token_returns_after_one_lap -s "$ring"
	stops "a crash in a library" 'c\nprint from\n' 'SIGSEGV' ' memset((void *)amount' '$1 = 0' -- debug -a race_fix -t $opposite -s "$crash"
	stops "a failed assertion" 'c\nprint bank\n' 'An assertion of the test fails:' 'in race_fix_money_is_conserved_body ()' '$1 = (bank *)' -- \
		debug -a race_fix -t money_is_conserved -s assignments/race_fix
	stops "steps" 'break lock_pair\nc\nstep\nstep\nstep\nstep\nstep\nstep\nbacktrace 1\n' '92 bank->account[from].balance -= amount' '#0 bank_transfer (' -- \
		debug -a race_fix -t $opposite -s tests/examples/deniz
	stops "tasks" 'break take_turns\nkit-tasks\nc\nc\nkit-tasks\nset $stack = $rsp\nset $at = $rip\nkit-task 0 full\nprint $rsp == $stack && $rip == $at\nbacktrace 1\nkit-task 1\nkit-task 7\ndelete\nbreak ut_destroy\nc\nkit-tasks\n' \
		'0 of 0 have ended' 'task 0 is suspended in leave at user_threads.c:94 task 1 runs task 2 has not begun; it will in task_main, makecontext was called at user_threads.c:139 0 of 3 have ended' \
		'of 65536 bytes in use rip' ' in ut_yield (' ' in take_turns (' ' i = 0 ' '$1 = 1 (gdb) #0 take_turns (' '(gdb) task 1 runs (gdb) there is no task' '3 of 3 have ended' -- \
		debug -a user_threads -t three_tasks_take_turns -s solutions/user_threads
	stops "a hang of a program" 'c\nframe\n' 'lost_wakeup: thread 1 waits at lost_wakeup_test_outside.c:38' 'condition became_ready' 'pthread_cond_wait(&became_ready, &lock);' \
		-- explore tests/grader/explore/lost_wakeup_test_outside.c --replay main@1.3.2@000000 --gdb
}

# What an instructor types of a class that is graded: two students, one of whom has to be looked at by a person.
of_a_class() {
	local class=$work/of\ a\ class out=$work/graded said make="make -s --no-print-directory -C $kit"
	mkdir -p "$class/ben" "$class/ada"
	cp tests/examples/ben/race_fix.c "$class/ben"
	cp tests/examples/ben/race_fix.c "$class/ada/main.c"
	"$grader" class "$class" -a race_fix -o "$out" > "$work/graded.text" 2>&1
	for said in "review '$class'" "requests" "adjust -s ben -a race_fix -p 1" "feedback -f mail"; do
		said=$(eval "'$grader' $said -o '$work/gradde'" 2>&1)
		grep -qF "$work/gradde is no class: it has no gradebook.csv; did you mean $work/graded?" <<< "$said" || echo "FAIL OUT with a typing error: $said"
	done
	[ ! -e "$work/gradde" ] || echo "FAIL OUT with a typing error makes a folder"
	said=$("$grader" adjust -s ben -a race_fix -p 1 -o "$class" 2>&1)
	grep -qF "$class is no class: it has no gradebook.csv; grade the class first" <<< "$said" || echo "FAIL OUT that is another folder: $said"
	said=$($make requests OUT="$out" STUDENT=ben A=race_fix T=no_balance_becomes_negative CLAIM= 2>&1)
	grep -qF "what is wrong about no_balance_becomes_negative? CLAIM='...' says it" <<< "$said" || echo "FAIL an empty CLAIM: $said"
	$make requests OUT="$out" STUDENT=ben A=race_fix T=no_balance_becomes_negative CLAIM="it is right" > "$work/asked" 2>&1
	said=$("$grader" requests -o "$out" 2>&1)
	grep -qE "finding +explore, data_race: -[1-9]" <<< "$said" || echo "FAIL a request without the race of the test: $said"
	local own=$(sed -n 's/^ *finding *explore, assertion: -//p' <<< "$said")
	said=$("$grader" requests -o "$out" -s ben -a race_fix -t no_balance_becomes_negative -d granted 2>&1)
	[ -n "$own" ] && grep -qF " POINTS=+$own " <<< "$said" || echo "FAIL a request about a test gives back more than its $own points: $said"
	said=$(printf 'x\nq\n' | timeout 120 script -qec "'$grader' review '$class' -a race_fix -o '$out'" /dev/null)
	grep -qF 'type one of the letters a, d, r, s and q' <<< "$said" || echo "FAIL review says nothing of an unknown key: $said"
}

{
	of_a_class
	words
	again
	states
	in_gdb
	stops_in_gdb
	at_once
	documented
	helped
	mutants
} > "$work/failures"
cat "$work/failures"
[ -s "$work/failures" ] && exit 1
echo "commands: words, refusals, the examples of docs/explorer.md, mutants: all as expected"
