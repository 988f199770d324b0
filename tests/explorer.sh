#!/usr/bin/env bash
# explorer.sh - tests of the schedule explorer, end to end, on the programs of tests/grader/explore and
# tests/grader/explore/limits: a part of `make test`. The long campaign is `make bench-explore`.
set -u
cd "$(dirname "$0")/.." || exit 2
grader=${GRADER:-build/grader}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# Each function prints "FAIL ..." lines; one program per call, several at a time.

# What has to be told in words: names of variables, say.
words() {
	local file=$1 wanted said=
	shift
	while IFS= read -r wanted; do
		said=${said:-$("$grader" explore -n 2000 "$@" "$file" 2>&1)}
		grep -qE "$wanted" <<< "$said" || echo "FAIL $(basename "$file" .c): '$wanted' is not said: ${said:0:400}"
	done < <(sed -n 's/^ \* says: *//p' "$file")
}

bug_and_twin() {
	local file=$1 name kinds report kind token options
	name=$(basename "$file" .c)
	read -ra options <<< "$(sed -n 's/^ \* options: *//p' "$file")"
	kinds=$(sed -n 's/^ \* kind: *//p' "$file")
	report=$("$grader" explore --json -n 2000 "${options[@]}" "$file" 2>&1)
	kind=$(grep -o '"evidence":\[{"kind":"[a-z_]*"' <<< "$report" | sed 's/.*"kind":"//; s/"//; s/^stuck$/hang/' | grep -xF "$(tr ' ' '\n' <<< "$kinds")" | head -1)
	[ -n "$kind" ] || echo "FAIL $name: none of ($kinds) found: ${report:0:300}"
	grep -q '"replays":false' <<< "$report" && echo "FAIL $name: a shrunk schedule does not show the failure again"
	# What was found first shows again by its token, with the same kind.
	token=$(grep -o '"token":"[^"]*"' <<< "$report" | head -1 | cut -d'"' -f4)
	kind=$(grep -o '"evidence":\[{"kind":"[a-z_]*"' <<< "$report" | head -1)
	"$grader" explore --json --replay "main@$token" "${options[@]}" "$file" 2>&1 | grep -qF "$kind" || echo "FAIL $name: main@$token does not replay"
	words "$file" "${options[@]}"
	report=$("$grader" explore --json -n 300 -DFIXED "${options[@]}" "$file" 2>&1)
	grep -q '"found":\[\]' <<< "$report" || echo "FAIL $name: the corrected twin is accused: $(grep -o '"kind":"[a-z_]*","text":"[^"]*"' <<< "$report" | head -1)"
	grep -q '"why_not":""' <<< "$report" || echo "FAIL $name: the corrected twin is not explored: $(grep -o '"why_not":"[^"]*"' <<< "$report")"
}

# One seed, one search: also where each thread is a kernel thread, and not one of all threads of a process.
same_hash() {
	local file=$1 name program hashes kernel_threads
	name=$(basename "$file" .c)
	program=$("$grader" explore --build "$file") || { echo "FAIL $name: does not build"; return; }
	for kernel_threads in 0 0 0 1; do
		(cd "$work" && "$program" --explore mixture --seed 3 --schedules 60 --all 1 --measure 1 --quiet 1 --kernel-threads $kernel_threads --report 9 9>&1 > /dev/null) | grep -o '"hash":"[0-9a-f]*"'
	done | sort -u > "$work/$name.hash"
	hashes=$(wc -l < "$work/$name.hash")
	[ "$hashes" -eq 1 ] || echo "FAIL $name: $hashes different searches with one seed"
}

# What must not be judged, or be judged in one way only: the head comment says what is expected of the output.
limit() {
	local file=$1 name expected status output options
	name=$(basename "$file" .c)
	expected=$(sed -n 's/^ \* expect: *//p' "$file")
	read -ra options <<< "$(sed -n 's/^ \* options: *//p' "$file")"
	output=$(timeout 120 "$grader" explore -n 200 "${options[@]}" "$file" 2>&1)
	status=$?
	[ "$status" -lt 100 ] || echo "FAIL $name: the explorer ended with $status"
	grep -qE "$expected" <<< "$output" || echo "FAIL $name: expected '$expected', got: ${output:0:400}"
}

strategies() {
	local strategy file=tests/grader/explore/if_around_wait.c
	for strategy in random pct pos weighted racy depth-first mixture; do
		"$grader" explore --json --strategy "$strategy" -n 2000 "$file" | grep -q '"kind":"assertion"' || echo "FAIL $strategy does not find if_around_wait"
		"$grader" explore --json --strategy "$strategy" -n 300 -DFIXED "$file" | grep -q '"found":\[\]' || echo "FAIL $strategy accuses the corrected if_around_wait"
	done
	"$grader" explore --strategy depht-first "$file" 2>&1 | grep -q "did you mean 'depth-first'" || echo "FAIL no help with a wrong strategy"
	"$grader" explore --json --strategy depth-first --bound 9 -DFIXED tests/grader/explore/use_before_init.c | grep -q '"exhausted":true' || echo "FAIL depth-first does not come to its end"
	"$grader" explore -n 50 nothere.c > /dev/null 2>&1
	[ $? -eq 2 ] || echo "FAIL a file that is not there: status is not 2"
	"$grader" explore --replay 'nonsense' "$file" 2>&1 | grep -q "no replay token" || echo "FAIL a token that is none"
	"$grader" explore --replay 'main@1.2.2@000000' "$file" 2>&1 | grep -q "another version" || echo "FAIL a token of another program"
}

# A program with more races than are told, and an assertion that they make fail: that comes first.
failures_first() {
	local file=$work/races.c kinds
	{
		printf '#include <assert.h>\n#include <pthread.h>\nstatic int a, b, c, d, e, f;\n'
		printf 'static void *work(void *unused)\n{\n\ta++, b++, c++, d++, e++, f++;\n\treturn unused;\n}\n'
		printf 'int main(void)\n{\n\tpthread_t thread[2];\n'
		printf '\tfor (int i = 0; i < 2; i++)\n\t\tpthread_create(&thread[i], NULL, work, NULL);\n'
		printf '\tfor (int i = 0; i < 2; i++)\n\t\tpthread_join(thread[i], NULL);\n\tassert(f == 2);\n\treturn 0;\n}\n'
	} > "$file"
	kinds=$("$grader" explore -n 300 "$file" | grep -oE '^(Assertion|Data race): found' | tr '\n' ' ')
	grep -qE '^Assertion: found (Data race: found ?)+$' <<< "$kinds" || echo "FAIL the failed assertion is not told before the races: $kinds"
	kinds=$("$grader" explore -n 300 --json "$file" | grep -o '"evidence":\[{"kind":"[a-z_]*"' | sed 's/.*"kind":"//; s/"//' | tr '\n' ' ')
	grep -qE '^assertion (data_race ?)+$' <<< "$kinds" || echo "FAIL the same in JSON: $kinds"
}

# A wait without a loop hides nothing: with it put aside the rest is right, or the other mistake is found, and its token shows it.
behind() {
	local file=$work/behind.c program report token
	cat > "$file" <<- 'END'
		#include <assert.h>
		#include <pthread.h>
		static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
		static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
		static int ready, steps, seen[3];
		static void step(int *where)
		{
			pthread_mutex_lock(&lock);
			*where += where == &steps ? 1 : steps;
			pthread_mutex_unlock(&lock);
		}
		static void *look(void *unused)
		{
			pthread_mutex_lock(&lock);
			if (!ready)
				pthread_cond_wait(&changed, &lock);
			assert(ready);
			pthread_mutex_unlock(&lock);
			for (int i = 0; i < 3; i++)
				step(&seen[i]);
			return unused;
		}
		int main(void)
		{
			pthread_t thread;
			pthread_create(&thread, NULL, look, NULL);
			pthread_mutex_lock(&lock);
			ready = 1;
			pthread_cond_signal(&changed);
			pthread_mutex_unlock(&lock);
			for (int i = 0; i < 3; i++)
				step(&steps);
			pthread_join(thread, NULL);
		#ifdef HIDDEN
			assert(seen[0] != 1 || seen[1] != 2 || seen[2] != 3);
		#endif
			return 0;
		}
	END
	searched() { (cd "$work" && "$program" --explore depth-first --bound 5 --schedules 3000 --quiet 1 --report 9 "$@" 9>&1 > /dev/null); }
	program=$("$grader" explore --build "$file")
	report=$(searched --behind 1)
	grep -q '"line":17,.*"behind":"none_fails"' <<< "$report" || echo "FAIL behind a wait without a loop nothing is wrong: ${report:0:400}"
	program=$("$grader" explore --build -DHIDDEN "$file")
	report=$(searched --behind 1)
	grep -q '"line":17,.*"line":35,.*"behind":"found"' <<< "$report" || echo "FAIL what is behind a wait without a loop is not found: ${report:0:400}"
	token=$(grep -o '"token":"[^"]*"' <<< "$report" | tail -1 | cut -d'"' -f4)
	searched --replay "$token" | grep -q '"line":35,' || echo "FAIL behind: $token does not replay"
}

# What a race leads to, among ten threads: not only the race.
half_written() {
	local seed
	for seed in 1 2 3 4 5; do
		"$grader" explore --json --seed "$seed" -n 500 tests/grader/explore/pair_half_written.c | grep -q '"kind":"assertion"' ||
			echo "FAIL pair_half_written: no failed assertion in 500 schedules with seed $seed"
	done
}

# Addresses of the heap and of stacks are others in each run of a program: words and JSON are the same all the same.
same_words() {
	local file=$work/pointers.c
	printf '#include <pthread.h>\n#include <stdlib.h>\nstruct node { struct node *next; pthread_mutex_t lock; };\nstatic struct node *top;\n' > "$file"
	printf 'static void *push(void *unused)\n{\n\tstruct node *node = calloc(1, sizeof *node);\n\tpthread_mutex_init(&node->lock, NULL);\n' >> "$file"
	printf '\tpthread_mutex_lock(&node->lock);\n\tnode->next = top;\n\ttop = node;\n\tpthread_mutex_unlock(&node->lock);\n\treturn unused;\n}\n' >> "$file"
	printf 'int main(void)\n{\n\tpthread_t thread[2];\n\tfor (int i = 0; i < 2; i++)\n\t\tpthread_create(&thread[i], NULL, push, NULL);\n' >> "$file"
	printf '\tfor (int i = 0; i < 2; i++)\n\t\tpthread_join(thread[i], NULL);\n\treturn 0;\n}\n' >> "$file"
	"$grader" explore -n 100 "$file" > "$work/words.1"
	"$grader" explore -n 100 "$file" > "$work/words.2"
	diff "$work/words.1" "$work/words.2" > /dev/null || echo "FAIL the same search is told in other words: $(diff "$work/words.1" "$work/words.2" | head -4)"
	"$grader" explore -n 100 --json "$file" | sed 's/"ms":[0-9]*//g' > "$work/words.1"
	"$grader" explore -n 100 --json "$file" | sed 's/"ms":[0-9]*//g' > "$work/words.2"
	cmp -s "$work/words.1" "$work/words.2" || echo "FAIL the JSON of the same search differs"
	grep -q '"kind":"data_race"' "$work/words.1" || echo "FAIL no race on top is found"
}

# What a program leaves at its end is noted, once for each place, and is no failure. Who takes care of all has no notes.
notes() {
	local file=tests/grader/explore/limits/left_at_the_end.c output report
	output=$("$grader" explore -n 50 "$file" 2>&1) || echo "FAIL what a program leaves is taken for a failure: ${output:0:300}"
	[ "$(grep -c '^note: ' <<< "$output")" -eq 3 ] || echo "FAIL not three notes: ${output:0:400}"
	grep -q '^note: child 2 was not waited for (left_at_the_end.c:32)$' <<< "$output" || echo "FAIL no note of the child: ${output:0:400}"
	grep -q '^note: thread 1 and 2 others were neither joined nor detached (left_at_the_end.c:25)$' <<< "$output" ||
		echo "FAIL no note of the threads: ${output:0:400}"
	report=$("$grader" explore -n 50 --json "$file")
	grep -q '"found":\[\],"notes":\[{"kind":"zombie",.*{"kind":"thread_leak",.*{"kind":"lock_held",' <<< "$report" || echo "FAIL the notes in JSON: ${report:0:400}"
	"$grader" explore -n 50 --json -DFIXED tests/grader/explore/if_around_wait.c | grep -q '"notes":\[\]' || echo "FAIL a note without a reason"
}

# Each way of unseen.h is seen without the lock, and accused of nothing with it, also where the compiler makes the most of it.
way() {
	local file=tests/grader/explore/unseen.c level
	for level in -O0 -O3; do
		"$grader" explore --json -n 8 $level -DWAY="$1" $file 2>&1 | grep -q '"kind":"data_race"' || echo "FAIL unseen: $1 $level is not seen"
		"$grader" explore --json -n 8 $level -DWAY="$1" -DFIXED $file 2>&1 | grep -q '"found":\[\]' || echo "FAIL unseen: $1 $level is accused under a lock"
	done
}

# What is shown of a program, but for its name and its token: the lines of the runtime are left out, not those of a file
# that has the name of one of the runtime's. And calls that the runtime makes of others (wait, pipe) have their lines.
own_lines() {
	local name shown
	mkdir -p "$work/own" "$work/other"
	cp tests/grader/explore/limits/child_main_leaves_first.c "$work/other/other.c"
	"$grader" explore --replay main@0 "$work/other/other.c" 2>&1 | sed "s/other\.c/NAME/g" > "$work/other.shown"
	for name in pipe wait read fork pthread_create; do
		grep -q "[( ]$name(" "$work/other.shown" || echo "FAIL the line of $name is not shown: $(head -c 400 "$work/other.shown")"
	done
	grep -E '[^ ]:[0-9]' "$work/other.shown" | sed 's/^/FAIL a line of the runtime is shown: /'
	for name in threads run program calls; do
		cp tests/grader/explore/limits/child_main_leaves_first.c "$work/own/$name.c"
		shown=$("$grader" explore --replay main@0 "$work/own/$name.c" 2>&1 | sed "s/$name\.c/NAME/g")
		[ "$shown" = "$(cat "$work/other.shown")" ] || echo "FAIL $name.c is not shown as other.c is: ${shown:0:400}"
	done
}

# A test that the assignment leaves to real time is not explored, and the reason is told.
left_to_real_time() {
	"$grader" explore -a barrier -s solutions/barrier -t an_arrival_wakes_nobody -n 50 > "$work/real_time"
	[ $? -eq 3 ] || echo "FAIL a test that is left to real time: the status is not 3"
	grep -q "^not explored: an_arrival_wakes_nobody (it counts waits" "$work/real_time" || echo "FAIL no reason: $(head -c 400 "$work/real_time")"
}

# The weak atomics of a test are no matter of the submission.
weaker_in_tests() {
	"$grader" explore -a race_fix -t looks_at_the_same_time -s solutions/race_fix -n 20 2>&1 > "$work/weaker"
	grep -q "none fails" "$work/weaker" || echo "FAIL the reference is not explored: $(head -c 400 "$work/weaker")"
	grep -q "weaker than seq_cst" "$work/weaker" && echo "FAIL the atomics of a test are taken for the submission's"
}

export -f words bug_and_twin same_hash limit way
export grader work
: "$("$grader" explore --build tests/bench/explored.c)" # builds the kit's half, once
{
	printf '%s\0' tests/grader/explore/*.c | xargs -0 -P 2 -I{} bash -c 'bug_and_twin {}'
	printf '%s\0' tests/grader/explore/*.c | xargs -0 -P 2 -I{} bash -c 'same_hash {}'
	printf '%s\0' tests/grader/explore/limits/*.c | xargs -0 -P 2 -I{} bash -c 'limit {}'
	[ "$(uname -m)" != x86_64 ] || sed -n 's/^WAY_IS(\([A-Z_0-9]*\),.*/\1/p' tests/grader/explore/unseen.h | xargs -P 2 -I{} bash -c 'way {}'
	strategies
	failures_first
	behind
	same_words
	half_written
	notes
	own_lines
	weaker_in_tests
	left_to_real_time
} > "$work/failures"
cat "$work/failures"
[ -s "$work/failures" ] && exit 1
echo "explorer: $(ls tests/grader/explore/*.c | wc -l) programs with their corrected twins, $(ls tests/grader/explore/limits/*.c | wc -l) limits, strategies, tokens and lines: all as expected"
