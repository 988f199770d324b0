#!/bin/sh
# handout.sh: makes the handout, works in it as a student does, and looks by other means than the grader's own for what must
# not be in it. The program is copied from here, because its sources are the same files (that is tested); BUILD=1 builds it there.
set -eu
cd "$(dirname "$0")/.."

scratch=$PWD/build/handout-test
out=$scratch/handout
unset KIT_BUILD KIT_ROOT COURSE FORMAT OUT A S T STRICT SUBMISSIONS REPOSITORY MAKEFLAGS MAKELEVEL || true
chmod -R u+w "$scratch" 2>/dev/null || true
rm -rf "$scratch"
mkdir -p "$scratch"
failures=0
checks=0

wrong() {
	echo "  WRONG: $*"
	failures=$((failures + 1))
}

# expect NAME STATUS TEXT COMMAND...: the command ends with STATUS and says TEXT.
expect() {
	name=$1 want=$2 text=$3
	shift 3
	checks=$((checks + 1))
	status=0
	"$@" > "$scratch/output" 2>&1 < /dev/null || status=$?
	[ "$status" -eq "$want" ] || { wrong "$name: status $status, expected $want"; head -20 "$scratch/output"; }
	tr '\n' ' ' < "$scratch/output" | tr -s ' ' | grep -qF -- "$text" || { wrong "$name: does not say: $text"; head -20 "$scratch/output"; }
}

# ---- making one ------------------------------------------------------------------------------------------------------
expect "a handout without a folder" 2 "missing output folder" build/grader handout
expect "a handout of nothing known" 2 "There are: address_space" build/grader handout -a pipering "$out"
expect "a repository that is none" 2 "a repository is OWNER/NAME" build/grader handout -r 'x; rm -rf' "$out"
expect "the handout" 0 "need your run" make -s handout OUT="$out" REPOSITORY=cs101/forkjoin
expect "the same again" 0 "need your run" make -s handout OUT="$out" REPOSITORY=cs101/forkjoin
expect "the tree itself" 2 "no handout" make -s handout OUT=.
[ -f tests/assignments/race_fix/hidden.c ] || wrong "the kit was touched"
expect "one assignment" 0 "1 assignment," make -s handout OUT="$scratch/one" A=race_fix
expect "an exercise without what it reuses" 0 "1 assignment," make -s handout OUT="$scratch/without" A=mini_browser
cp solutions/mini_browser/mini_browser.c "$scratch/without/assignments/mini_browser/"
expect "what is reused is not there" 1 "socket_rpc is not in this handout: write static functions of your own" \
	env KIT_ROOT="$scratch/without" build/grader grade -a mini_browser
[ ! -e "$scratch/one/assignments/pipe_ring" ] || wrong "a handout of race_fix has pipe_ring"
expect "what is in it" 0 "1 C race_fix" env KIT_ROOT="$scratch/one" build/grader list
if grep -q pipe_ring "$scratch/output"; then wrong "the list of a handout of race_fix has pipe_ring"; fi
checks=$((checks + 2))
cmp assignments/README.md "$out/assignments/README.md" || wrong "the syllabus of the whole course is another one"
grep -q "^1 exercise, 2-4 h" "$scratch/one/assignments/README.md" || wrong "the syllabus of race_fix is not of it alone"
grep -q 'KIT: .* || .cs101/forkjoin.' "$out/.github/workflows/classroom.yml" || wrong "the repository is not in the workflow"

# ---- what is in it, found with other means ---------------------------------------------------------------------------
# Names of hidden tests and of files, by grep; what has the same name is the same text as here.
sed -n 's/^KIT_TEST([a-z_]*, \([a-z_0-9]*\)).*/\1/p' tests/assignments/*/hidden.c > "$scratch/names"
checks=$((checks + $(wc -l < "$scratch/names")))
[ "$(wc -l < "$scratch/names")" -gt 50 ] || wrong "hardly any hidden tests were looked for"
if grep -rwf "$scratch/names" "$out" > "$scratch/output"; then wrong "names of hidden tests are in the handout:"; cat "$scratch/output"; fi
for part in kit.mk hidden.c assignment.hidden.yaml mutants solutions alternatives examples hostile .git; do
	checks=$((checks + 1))
	[ -z "$(find "$out" -name "$part")" ] || wrong "the handout has $part"
done
find "$out/grader" "$out/include" "$out/tests" "$out/assignments" -name '*.[ch]' -o -name '*.yaml' -o -name '*.css' -o -name '*.js' | while read -r file; do
	cmp -s "$file" "${file#"$out/"}" || echo "$file"
done > "$scratch/different"
[ ! -s "$scratch/different" ] || { wrong "not the same here and in the handout:"; cat "$scratch/different"; }
# Nothing that it is built from is missing.
checks=$((checks + 1))
find grader -name '*.[ch]' -o -path 'grader/report/page/*' | while read -r file; do
	[ -f "$out/$file" ] || echo "$file"
done > "$scratch/missing"
[ ! -s "$scratch/missing" ] || { wrong "not in the handout, which is built from it:"; cat "$scratch/missing"; }
(cd "$out" && sha256sum --quiet -c .forkjoin-handout) || wrong "the marker does not fit"
grep -n '](' "$out/README.md" "$out"/docs/*.md "$out"/assignments/README.md "$out"/assignments/*/README.md "$out"/assignments/notes/*.md |
	sed -n 's/^\([^:]*\):[0-9]*:.*](\([^)#:]*\)).*/\1 \2/p' | while read -r page link; do
	[ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
done > "$scratch/links"
[ ! -s "$scratch/links" ] || { wrong "links that lead nowhere:"; cat "$scratch/links"; }

# A planted secret stops it, and what is there stays.
mkdir "$scratch/kit"
cp -r assignments docs grader include solutions tests Makefile kit.mk setup.sh packages-run.txt VERSION LICENSE LICENSE-handouts .clang-format "$scratch/kit"
printf 'For instance looks_at_the_same_time,\nor create_checks_its_arguments.\n' >> "$scratch/kit/docs/findings.md"
last=$(wc -l < "$scratch/kit/docs/findings.md")
expect "planted names" 2 "docs/findings.md:$((last - 1)) would be in the handout: the name of a hidden test of" env KIT_ROOT="$scratch/kit" build/grader handout "$scratch/leak"
[ ! -e "$scratch/leak" ] || wrong "a handout with a leak was written"
grep -q "^docs/findings.md:$last would be in the handout" "$scratch/output" || wrong "the second planted name is not told"
expect "validate and planted names" 1 "docs/findings.md:$last would be in the handout: the name of a hidden test of" \
	env KIT_ROOT="$scratch/kit" build/grader validate -a race_fix --sentences
cp docs/findings.md "$scratch/kit/docs/findings.md"
echo '# Not looks_at_the_same_time.' >> "$scratch/kit/assignments/race_fix/assignment.yaml"
expect "a name in a comment" 2 "race_fix/assignment.yaml:$(wc -l < "$scratch/kit/assignments/race_fix/assignment.yaml") would be in the handout: the name of a hidden test" env KIT_ROOT="$scratch/kit" build/grader handout "$scratch/leak"
cp assignments/race_fix/assignment.yaml "$scratch/kit/assignments/race_fix/assignment.yaml"
cp solutions/race_fix/race_fix.c "$scratch/kit/assignments/race_fix/race_fix.c"
expect "a solved skeleton" 2 "and is a copy of solutions/race_fix/race_fix.c" env KIT_ROOT="$scratch/kit" build/grader handout "$scratch/leak"
rm -rf "$scratch/kit"

# ---- working in it ---------------------------------------------------------------------------------------------------
if [ -n "${BUILD:-}" ]; then
	make -s -C "$out" build/grader
else
	mkdir -p "$out/build"
	cp build/grader build/inside build/attacks "$out/build"
fi
student() {
	name=$1 want=$2 text=$3
	shift 3
	expect "$name" "$want" "$text" make -C "$out" --no-print-directory -o build/grader "$@"
}
cp solutions/race_fix/race_fix.c "$scratch/race_fix.c"
student "the list" 0 "race_fix" list
student "the hints" 0 "opposite_transfers_hang" hint A=race_fix
student "help" 0 "make replay" help
if grep -q 'validate\|handout' "$scratch/output"; then wrong "students see targets for instructors"; fi
for assignment in $(tests/exercises.sh); do
	student "the skeleton of $assignment" 0 "This is the skeleton as it was handed out" grade A=$assignment
	student "the first step of $assignment" 0 "seen" "$(sed -n 's/^ *alone *make //p' "$scratch/output" | cut -d' ' -f1)" \
		A=$assignment T="$(sed -n 's/^ *alone .* T=//p' "$scratch/output")"
done
# Each kind of fault that a header promises can be tried here: without them the reference passes, and with the mistake it fails.
faulty() {
	build/grader mutant -a "$1" -m "$2" -o "$scratch" && cp "$scratch/$2.c" "$out/assignments/$1/$1.c"
	student "$1: $2" 0 "does not pass" grade A="$1" T="$3"
	cp "solutions/$1/$1.c" "$out/assignments/$1/$1.c"
	student "$1: the reference and $3" 0 "passes" grade A="$1" T="$3"
}
faulty address_space c20_one_read a_read_gives_little_or_is_interrupted
faulty address_space c22_interrupted_read_is_an_error a_read_gives_little_or_is_interrupted
faulty address_space c23_failed_read_is_the_end a_read_that_fails_is_reported
faulty address_space c26_memory_unchecked without_memory_is_enomem
faulty address_space c52_goes_on_with_fewer a_thread_that_cannot_be_created_is_reported
faulty fork_exec_wait f03_exec_error_is_status_127 a_program_that_is_not_there_is_an_error
faulty fork_exec_wait f09_waitpid_not_resumed interrupted_calls_are_made_again
faulty fork_exec_wait f46_pipe_failure_is_ignored failure_of_pipe_is_reported
faulty fork_exec_wait f47_fork_failure_is_ignored failure_of_fork_is_reported
faulty share_or_copy c16_goes_on_with_fewer a_fork_that_fails_is_reported
faulty share_or_copy c15_error_of_a_thread_from_errno a_thread_that_cannot_be_created_is_reported
faulty share_or_copy c18_memory_unchecked without_memory_is_enomem
faulty share_or_copy c06_exit_status_of_the_killed a_process_that_is_killed_is_eio
faulty share_or_copy c20_interrupted_wait_is_an_error an_interrupted_wait_goes_on
faulty crash_supervisor u24_interrupted_is_an_error an_interrupted_wait_goes_on
faulty crash_supervisor u37_memory_unchecked without_memory_is_enomem
faulty crash_supervisor u46_goes_on_with_fewer a_fork_that_fails_is_reported
faulty crash_supervisor u06_exit_status_of_a_killed_one a_crash_stays_in_its_worker
faulty crash_supervisor u12_killed_is_crashed a_hung_worker_is_killed_at_its_deadline
faulty pipeline p02_read_ends_stay_open a_writer_without_a_reader_is_ended_by_sigpipe
faulty pipeline p11_exec_failure_is_status_1 a_program_that_is_not_there_is_status_127
faulty pipeline p36_pipe_failure_is_ignored failure_of_pipe_is_reported
faulty pipeline p37_fork_failure_is_ignored failure_of_fork_is_reported
faulty pipeline p41_wait_not_resumed interrupted_waits_are_made_again
faulty pipe_ring r03_read_not_resumed survives_interrupted_calls
faulty pipe_ring r02_short_read_is_a_token survives_short_reads_and_writes
faulty pipe_ring r19_fork_failure_ignored reports_failure_of_fork
faulty pipe_ring r16_pipe_failure_ignored reports_failure_of_pipe
faulty pipe_ring r33_end_of_file_is_no_error reports_node_killed_in_mid_lap
# What reuses socket_rpc is linked with the student's own as soon as that compiles; there is no other one here.
rpc=$out/assignments/socket_rpc/socket_rpc.c
cp "$rpc" "$scratch/socket_rpc.c"
cp solutions/mini_browser/mini_browser.c "$out/assignments/mini_browser/mini_browser.c"
student "what reuses a skeleton" 0 "finish socket_rpc first, or write static functions of your own" grade A=mini_browser
echo 'int broken = ;' >> "$rpc"
student "what reuses one that does not compile" 0 "socket_rpc.c of yours does not compile (make grade A=socket_rpc)" grade A=mini_browser
build/grader mutant -a socket_rpc -m m43_kills_always -o "$scratch" && cp "$scratch/m43_kills_always.c" "$rpc"
student "what reuses one that loses points" 0 "socket_rpc: your own" grade A=mini_browser
cp solutions/mini_browser/alternatives/own_messages.c "$out/assignments/mini_browser/mini_browser.c"
cp "$scratch/socket_rpc.c" "$rpc"
student "what reuses nothing" 0 "public 52 of 52; 48 points need" grade A=mini_browser
faulty socket_rpc m01_one_read_is_a_message survives_short_counts
faulty socket_rpc m03_interrupted_receive survives_interrupted_calls
faulty socket_rpc m17_end_inside_is_the_end the_end_inside_a_frame_is_eproto
faulty socket_rpc m10_signed_length a_length_beyond_the_limit_is_eproto
faulty socket_rpc m64_fork_unchecked a_server_that_cannot_be_started_is_reported
faulty socket_rpc m65_memory_unchecked a_server_that_cannot_be_started_is_reported
faulty parallel_reduce p36_failure_ignored a_thread_that_cannot_be_created_is_eagain
faulty parallel_reduce p37_memory_unchecked without_memory_is_enomem
faulty race_fix b19_create_ignores_lock_failure create_failure_leaves_nothing
faulty race_fix b15_waits_once survives_spurious_wakeups
faulty bounded_buffer b01_if_instead_of_while get_survives_a_spurious_wakeup
faulty bounded_buffer b26_malloc_unchecked create_without_memory_is_enomem
faulty barrier m01_if_instead_of_while a_spurious_wakeup_is_no_round
faulty barrier m31_malloc_unchecked create_without_memory_is_enomem
# What an exercise is about is not to be had from the library.
sed 's/pthread_cond_broadcast(.*);/pthread_barrier_wait((void *)barrier);/' solutions/barrier/barrier.c > "$out/assignments/barrier/barrier.c"
student "the barrier of the library" 0 "The barrier of the library is what this exercise is about" grade A=barrier
cp solutions/barrier/barrier.c "$out/assignments/barrier/barrier.c"
faulty shm_ring_buffer s03_not_robust a_put_that_dies_puts_nothing_in
faulty shm_ring_buffer s45_if_instead_of_while get_survives_a_spurious_wakeup
faulty shm_ring_buffer s33_map_failed_is_null a_map_that_fails_is_reported
faulty thread_pool m01_if_instead_of_while worker_survives_a_spurious_wakeup
faulty thread_pool m14_create_error_ignored create_fails_at_the_third_thread
faulty rwlock m01_if_instead_of_while a_spurious_wakeup_admits_no_reader
faulty rwlock m51_memory_unchecked create_without_memory_is_enomem
sed 's/pthread_mutex_lock(.*);/pthread_rwlock_rdlock((void *)lock);/' solutions/rwlock/rwlock.c > "$out/assignments/rwlock/rwlock.c"
student "the read-write lock of the library" 0 "The read-write lock of the library is what this exercise is about" grade A=rwlock
cp solutions/rwlock/rwlock.c "$out/assignments/rwlock/rwlock.c"
faulty user_threads w32_task_unchecked without_memory_is_enomem
faulty mini_browser m03_short_send survives_short_counts
faulty mini_browser m04_interrupted_is_the_end survives_interrupted_calls
faulty mini_browser m15_if_for_the_url survives_spurious_wakeups
faulty mini_browser m62_returns_without_threads a_tab_without_its_threads_exits
faulty mini_browser m64_fork_unchecked a_tab_that_cannot_be_opened_is_reported
faulty mini_browser m66_memory_unchecked without_memory_is_enomem
faulty mini_browser m70_crash_is_an_exit a_crash_stays_in_its_tab
faulty measure_lab r15_error_of_op_is_ignored an_error_of_op_ends_it
faulty measure_lab r20_memory_unchecked without_memory_is_enomem
faulty measure_lab c05_fork_is_tried_again a_fork_that_fails_is_passed_on
faulty measure_lab h08_if a_wakeup_is_no_turn
faulty measure_lab h13_read_is_not_continued an_interrupted_call_is_made_again
faulty measure_lab h26_second_pipe_has_another_error a_pipe_that_fails_is_passed_on
faulty server_models q19_sigpipe poll_survives_its_clients
faulty server_models q04_send_waits poll_waits_for_no_reader
faulty server_models f31_crash_is_an_error fork_survives_a_crash
faulty server_models q18_room_is_not_noted poll_goes_on_when_full
faulty server_models f14_fork_unchecked a_fork_that_fails_drops_one
faulty server_models g05_interrupted_receive interrupted_calls_are_made_again
# What is given with it measures, and its verdicts follow from its numbers, whatever they are.
expect "measuring with the reference" 0 "each number:" make -s -C "$out/assignments/measure_lab/given" measure S="$PWD/solutions/measure_lab" ROUNDS=2 REPS=3
cp "$scratch/output" "$scratch/verdicts"
expect "each quantity in each round" 0 "34 rows" awk -F, 'NR > 1 && NF == 8 && $5 ~ /^[0-9]+$/ && $5 <= $6 && $6 <= $7 { n++ } END { print n " rows" }' "$out/build/measure/results.csv"
expect "the verdicts of twelve claims" 0 "12 claims" awk '/^[ABC][0-9].* [.][.] / { n++ } END { print n " claims" }' "$scratch/verdicts"
expect "what is counted, or why not" 0 "5 lines" awk '/^A3 +minor faults .* [0-9.]+$|^C24 +voluntary .* [0-9.]+$|^A3 .*(created +[0-9.]+|not counted, perf_event_open: .+)$/ { n++ } END { print n " lines" }' "$scratch/verdicts"
expect "a fault for each page that is written to" 0 "each" awk '/^A3 +minor faults/ && $NF >= 0.99 && $NF <= 1.1 { print "each" }' "$scratch/verdicts"
expect "the ratio of A3" 0 "as told" awk -F, -v verdicts="$scratch/verdicts" '
	$1 == "create a process" { process[$3] = $5 }
	$1 == "create a thread" { thread[$3] = $5 }
	END {
		low = process[1] / thread[1]; high = process[2] / thread[2]
		if (low > high) { swapped = low; low = high; high = swapped }
		while ((getline line < verdicts) > 0)
			if (line ~ /^A3 / && index(line, sprintf("%6.2f ..%7.2f", low, high))) print "as told"
	}' "$out/build/measure/results.csv"
expect "measuring with the skeleton" 2 "bench_overhead: Function not implemented" make -s -C "$out/assignments/measure_lab/given" measure S="$PWD/assignments/measure_lab" ROUNDS=1 REPS=1
cp "$scratch/race_fix.c" "$out/assignments/race_fix/race_fix.c"
student "the reference" 0 "public 45 of 45; 55 points need the instructor's run (Correctness 17" grade A=race_fix
if grep -q "Well done" "$scratch/output"; then wrong "full marks for what was not tried"; fi
cp tests/examples/deniz/race_fix.c "$out/assignments/race_fix/"
expect "debug stops at a hang" 0 "Every thread is waiting: the main thread waits" \
	sh -c 'echo c | make -C "$1" -s -o build/grader debug A=race_fix T=opposite_transfers_finish' sh "$out"
cp "$scratch/race_fix.c" "$out/assignments/race_fix/race_fix.c"
student "a test of its own" 0 "opposite_transfers_finish" explore A=race_fix T=opposite_transfers_finish N=20
student "a hidden test" 2 "has no test 'self_transfer_changes_nothing'" grade A=race_fix T=self_transfer_changes_nothing

# The same score as in the kit, for a submission with faults, and the same text.
(cd "$out" && build/grader grade -a race_fix -s "$OLDPWD/tests/examples/deniz" > "$scratch/there") || true
build/grader grade -a race_fix -s tests/examples/deniz --public > "$scratch/here" || true
checks=$((checks + 1))
for text in here there; do
	sed '/^  checks: /,$d; /replay /d' "$scratch/$text" > "$scratch/$text.text" # which check ended first is the machine's; tokens are the kit's
	grep -q 'public 28 of 45; 55 points need' "$scratch/$text.text" || wrong "$text: another score"
done
cmp -s "$scratch/here.text" "$scratch/there.text" || { wrong "kit and handout judge differently"; diff "$scratch/here.text" "$scratch/there.text" || true; }

# ---- the workflows ---------------------------------------------------------------------------------------------------
workflows=$out/.github/workflows
for file in "$workflows/classroom.yml" "$workflows/classroom50.yml"; do
	checks=$((checks + 5))
	[ "$(sed -n '/^permissions:/,/^$/p' "$file" | tr -d '\n')" = "permissions:  contents: read" ] || wrong "$file: more permissions than to read"
	if grep -q 'secrets\.' "$file"; then wrong "$file uses secrets"; fi
	[ "$(grep -c 'uses: actions/checkout@' "$file")" = "$(grep -c 'persist-credentials: false' "$file")" ] || wrong "$file leaves a token behind"
	if grep 'uses:' "$file" | grep -qv '@v[0-9][0-9]*$\|@[0-9a-f]\{40\}$'; then wrong "$file: an action is not pinned"; fi
	if grep -q '@[A-Z]*@' "$file"; then wrong "$file: a place-holder is left"; fi
done
if command -v actionlint > /dev/null; then
	expect "actionlint" 0 "" actionlint "$workflows/classroom.yml" "$workflows/classroom50.yml"
else
	echo "  skipped: there is no actionlint here"
fi

# step NAME: the commands of that step of $workflow.
step() {
	awk -v name="- name: $1" '
		index($0, "      - ") == 1 {mine = index($0, name) > 0; run = 0}
		mine && run {sub(/^          /, ""); print}
		mine && /^        run: \|$/ {run = 1}' "$workflow"
}

# run NAME: that step as the runner starts it, in `place`; what it tells the runner is in output and summary.
run() {
	step "$1" > "$scratch/step"
	[ -s "$scratch/step" ] || wrong "$workflow has no step '$1'"
	(cd "$place" && GITHUB_OUTPUT=$scratch/step-output GITHUB_STEP_SUMMARY=$scratch/summary RUNNER_TEMP=$scratch ASSIGNMENT=race_fix \
		bash -e "$scratch/step" > "$scratch/output" 2>&1) || { wrong "the step '$1' failed"; cat "$scratch/output"; }
}

# A student's repository: begun from the handout; then tests, header, Makefile, points, grader and workflow are changed so
# that everything would pass, and the skeleton is handed in.
rm -rf "$scratch/work"
mkdir -p "$scratch/work"
make -s handout OUT="$scratch/work/submission" A=race_fix > /dev/null
git="git -C $scratch/work/submission -c user.name=s -c user.email=s@example.org -c init.defaultBranch=main"
$git init -q && $git add -A && $git commit -q -m "Begin"
cd "$scratch/work/submission"
printf '#include "kit.h"\nKIT_TEST(race_fix, money_is_conserved) {}\n' > tests/assignments/race_fix/public.c
printf 'grade build/grader:\n\techo 100 of 100\n' > Makefile
: > include/race_fix.h
sed -i 's/points: 20/points: 60/' assignments/race_fix/assignment.yaml
rm -r grader .github
printf 'classroom: c\nassignment: race-fix\n' > .classroom50.yaml
cd "$OLDPWD"
$git add -A && $git commit -q -m "Everything passes now"

score_of() {
	sed -n 's/^result=//p' "$scratch/step-output" | base64 -d |
		python3 -c 'import json, sys; r = json.load(sys.stdin); print(int(sum(t["score"] for t in r["tests"])), r["max_score"])'
}
workflow=$scratch/one/.github/workflows/classroom.yml
place=$scratch/work
run "Or the handout as this repository began"
[ -f "$place/kit/grader/main.c" ] || wrong "the handout was not restored"
mkdir -p "$place/kit/build" && cp build/grader build/inside build/attacks "$place/kit/build"
place=$scratch/work/kit
checks=$((checks + 3))
: > "$scratch/step-output"
run "Grade race_fix"
[ "$(score_of)" = "0 45" ] || wrong "changed tests changed the result: $(score_of)"
cp "$scratch/race_fix.c" "$scratch/work/submission/assignments/race_fix/race_fix.c"
: > "$scratch/step-output"
run "Grade race_fix"
[ "$(score_of)" = "45 45" ] || wrong "the reference among changed files gets $(score_of)"
grep -q "points need the instructor's run" "$scratch/summary" || wrong "no summary"

workflow=$scratch/one/.github/workflows/classroom50.yml
place=$scratch/work
checks=$((checks + 2))
: > "$scratch/step-output"
run "Find the exercise"
[ "$(cat "$scratch/step-output")" = "name=race_fix" ] || wrong "the exercise is $(cat "$scratch/step-output")"
place=$scratch/work/kit
run "Grade"
[ "$(python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(r["schema"], r["score"], r["max-score"])' "$scratch/work/result.json")" = \
	"classroom50/result/v1 45 45" ] || wrong "result.json of the workflow for Classroom 50"

[ "$failures" -eq 0 ] || { echo "$failures of $checks handout checks failed"; exit 1; }
echo "$checks handout checks passed"
