#!/bin/sh
# end_to_end.sh: grades the example class with a grader under ASan and UBSan and compares every verdict with tests/grader/expected;
# then gives it bad input. UPDATE=1 writes the expected verdicts anew (look at the difference before you commit it).
# `only STUDENT` compares the verdicts on that one's submissions, with the plain grader, and does nothing else; `only reuses` looks at
# exercises that reuse others.
set -eu
cd "$(dirname "$0")/.."

expected=tests/grader/expected
if [ "${1:-}" = only ]; then
	grader=${GRADER:-build/grader}
	scratch=build/end-to-end-only
else
	grader=${GRADER:-build/grader-asan}
	scratch=build/end-to-end
	export KIT_BUILD="$PWD/$scratch/build" ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1
fi
chmod -R u+w "$scratch" 2>/dev/null || true
rm -rf "$scratch"
mkdir -p "$scratch" "$expected"
failures=0
checks=0

note() {
	checks=$((checks + 1))
}

wrong() {
	echo "  WRONG: $*"
	failures=$((failures + 1))
}

# Of several races in one test, ThreadSanitizer reports other pairs of lines from one gcc to the next (the verdicts were recorded
# with gcc 12): with another gcc only the test counts. Scores, test states and all other findings must be equal everywhere.
recorded_gcc=12
comparable() {
	case $(gcc -dumpversion) in
	"$recorded_gcc" | "$recorded_gcc".*) cat "$1" ;;
	*) sed 's/^\(finding data_race in [^ ]*\) at .*/\1/' "$1" | uniq ;;
	esac
}

# compare STUDENT ASSIGNMENT: the verdict is the expected one.
compare() {
	note
	name="$1.$2.verdict"
	$grader grade -a "$2" -s "tests/examples/$1" -f verdict -o "$scratch/results" > "$scratch/verdict" 2> "$scratch/errors" || true
	if [ -n "${UPDATE:-}" ]; then
		cp "$scratch/verdict" "$expected/$name"
	elif ! comparable "$expected/$name" > "$scratch/want" || ! comparable "$scratch/verdict" | cmp -s "$scratch/want" -; then
		wrong "the verdict on $1's $2 is not the expected one"
		diff "$expected/$name" "$scratch/verdict" || true
	fi
	[ -s "$scratch/results/$1/$2.json" ] || wrong "no JSON report for $1's $2"
	[ -s "$scratch/results/$1/$2.html" ] || wrong "no HTML report for $1's $2"
}

new() {
	rm -rf "$scratch/case"
	mkdir -p "$scratch/case"
}

# ---- an exercise that reuses another ---------------------------------------------------------------------------------
# both NAME POINTS SENTENCE: mini_browser in $scratch/both has all its points and says SENTENCE of socket_rpc; socket_rpc has POINTS.
both() {
	note
	$grader grade -a mini_browser -s "$scratch/both" -f json -o "$scratch/results" > "$scratch/browser.json" 2> "$scratch/errors" || true
	grep -q '^  "score": 100,' "$scratch/browser.json" || { wrong "$1: mini_browser has not all its points"; cat "$scratch/errors"; }
	grep -qF "\"socket_rpc: $3\"" "$scratch/browser.json" || { wrong "$1: does not say: $3"; grep socket_rpc "$scratch/browser.json" || true; }
	$grader grade -a mini_browser -s "$scratch/both" -f verdict -o "$scratch/results" > "$scratch/browser.verdict" 2> "$scratch/errors" || true
	[ "$2" = none ] && return
	$grader grade -a socket_rpc -s "$scratch/both" -f verdict -o "$scratch/results" > "$scratch/rpc.verdict" 2> "$scratch/errors" || true
	case $2 in
	all) grep -q '^score 100 of 100$' "$scratch/rpc.verdict" || wrong "$1: socket_rpc has not all its points" ;;
	*) grep -q '^score [0-9]* of 100$' "$scratch/rpc.verdict" && ! grep -q '^score 100 ' "$scratch/rpc.verdict" || wrong "$1: socket_rpc loses nothing" ;;
	esac
}

# Results that are kept; how many there are.
kept() {
	find "$KIT_BUILD/cache" -name '*.json' | wc -l
}

reuses() {
	browser=$scratch/both/assignments/mini_browser rpc=$scratch/both/assignments/socket_rpc
	mkdir -p "$browser" "$rpc"
	cp solutions/mini_browser/mini_browser.c "$browser"
	both "no socket_rpc" none "the reference's, because there is no socket_rpc.c of yours"
	cp assignments/socket_rpc/socket_rpc.c "$rpc"
	both "the skeleton" lost "the reference's, because socket_rpc.c of yours is still the skeleton"
	cp solutions/socket_rpc/alternatives/blocking.c "$rpc/socket_rpc.c"
	both "one's own" all "your own"
	cp "$scratch/browser.verdict" "$scratch/first.verdict"
	before=$(kept)
	both "one's own again" all "your own"
	note
	[ "$(kept)" -eq "$before" ] || wrong "what is known of one's own socket_rpc was judged again"
	NOCACHE=1 both "one's own without a cache" all "your own"
	note
	cmp "$scratch/first.verdict" "$scratch/browser.verdict" || wrong "without a cache the verdict is another one"
	patch -s -o "$rpc/socket_rpc.c" solutions/socket_rpc/socket_rpc.c tests/assignments/socket_rpc/mutants/m01_one_read_is_a_message.patch
	both "a wrong one" lost "the reference's, because yours loses points there (make grade A=socket_rpc)"
	cp solutions/socket_rpc/alternatives/parser.c "$rpc/socket_rpc.c"
	before=$(kept)
	both "another one" all "your own"
	note
	[ "$(kept)" -eq $((before + 2)) ] || wrong "with another socket_rpc mini_browser was not judged again"
	# watch grades again when what is reused is saved.
	note
	new
	cp -r assignments include solutions tests grader "$scratch/case/"
	cp "$browser/mini_browser.c" "$scratch/case/assignments/mini_browser/"
	KIT_ROOT="$scratch/case" $grader watch -a mini_browser > "$scratch/output" 2>&1 < /dev/null &
	pid=$!
	seen() { [ "$(grep -c 'r run again' "$scratch/output")" -ge "$1" ] || ! kill -0 $pid 2> /dev/null; }
	until seen 1; do sleep 0.1; done
	cp "$rpc/socket_rpc.c" "$scratch/case/assignments/socket_rpc/"
	until seen 2; do sleep 0.1; done
	kill -INT $pid || true
	wait $pid || wrong "watch of what reuses: status $?"
	grep -q "socket_rpc: your own" "$scratch/output" || { wrong "watch does not notice that what is reused was saved"; tail -20 "$scratch/output"; }
}

if [ "${1:-}" = only ] && [ "${2:-}" = reuses ]; then
	unset NOCACHE
	export KIT_BUILD="$PWD/$scratch/build"
	reuses
	echo "$checks checks of what is reused, $failures failed"
	[ "$failures" -eq 0 ]
	exit
fi

if [ "${1:-}" = only ]; then
	for file in "$expected/$2".*.verdict; do
		assignment=${file%.verdict}
		compare "$2" "${assignment##*.}"
	done
	echo "$checks verdicts on $2's submissions, $failures failed"
	[ "$failures" -eq 0 ]
	exit
fi

# ---- the example class -----------------------------------------------------------------------------------------------
status=0
$grader class tests/examples -o "$scratch/results" > "$scratch/table" 2> "$scratch/errors" || status=$?
note
[ "$status" -eq 0 ] || { wrong "grading the example class ended with $status"; cat "$scratch/errors"; }

for folder in tests/examples/*/; do
	for assignment in fork_exec_wait pipeline pipe_ring race_fix thread_pool user_threads; do
		compare "$(basename "$folder")" $assignment
	done
done

# What a student reads has lines of the submission and of tests, never of what tests run on (programs.c is what they let run).
note
kits=$(ls grader/runtime grader/runtime/search tests/support | sed -n 's/\.c$//p' | grep -vx programs | paste -sd'|')
grep -rlE --include='*.json' "\"file\": *\"($kits)\.c\"" "$scratch/results" && wrong "these reports have lines of the kit's own files"

# Some of the class are alike on purpose.
if [ -x /usr/bin/sim_c ]; then
	note
	grep -q "^similarity: [0-9]* pairs of 60 % or more: similarity.html$" "$scratch/table" || wrong "the class does not end with the similar pairs"
	note
	grep -q 'href="similarity.html"' "$scratch/results/index.html" || wrong "the class's page has no link to the similar pairs"
	note
	grep -q "<small>and</small>" "$scratch/results/similarity.html" || wrong "no pair is on the page of similar submissions"
else
	note
	grep -q "sim_c is not installed" "$scratch/table" || wrong "that sim_c is missing is not said"
fi

reuses

# ---- bad input -------------------------------------------------------------------------------------------------------
# expect NAME STATUS TEXT COMMAND...: the command ends with STATUS and says TEXT.
expect() {
	name=$1 want=$2 text=$3
	shift 3
	note
	status=0
	"$@" > "$scratch/output" 2>&1 < /dev/null || status=$?
	[ "$status" -eq "$want" ] || { wrong "$name: status $status, expected $want"; head -20 "$scratch/output"; }
	tr '\n' ' ' < "$scratch/output" | tr -s ' ' | grep -qF -- "$text" || { wrong "$name: does not say: $text"; head -20 "$scratch/output"; }
	if grep -q "runtime error\|AddressSanitizer\|LeakSanitizer" "$scratch/output"; then
		wrong "$name: the grader itself is in error"
		cat "$scratch/output"
	fi
}

grade() {
	$grader grade -a race_fix -s "$1" -o "$scratch/results"
}

right=solutions/race_fix/race_fix.c

expect "the release" 0 "forkjoin $(cat VERSION)" $grader --version
expect "the release in a result" 0 "\"release\": \"$(cat VERSION)\"" $grader grade -a race_fix -s solutions/race_fix -f json -o "$scratch/results"
expect "parts that run side by side" 0 "first -- 'echo second': passed" tests/at_once.sh 'sh -c' "'sleep 0.2; echo first'" "'echo second'"
expect "a part that fails" 1 "== 'echo why; exit 3' failed (status 3): why 1 passed, 1 failed" tests/at_once.sh 'sh -c' "'echo why; exit 3'" "'echo first'"
expect "no command" 2 "usage: grader COMMAND" $grader
expect "unknown command" 2 "there is no command 'grad'" $grader grad
expect "unknown assignment" 2 "did you mean 'pipe_ring'" $grader grade -a pipering
expect "unknown test" 2 "has no test 'nope'" $grader grade -a pipe_ring -t nope
expect "unknown format" 2 "unknown format 'pdf'" $grader grade -f pdf
expect "no such folder" 2 "there is no folder" $grader grade -a race_fix -s "$scratch/nowhere"
expect "class without folder" 2 "missing folder" $grader class
expect "similar by no number" 2 "from 0 to 100" $grader class "$scratch/nowhere" --similar 1e1
expect "similar by too much" 2 "from 0 to 100" $grader class "$scratch/nowhere" --similar 101
expect "no jobs" 2 "--jobs: a number from 1 to 1024, not '0'" $grader class "$scratch/nowhere" --jobs 0
expect "jobs by a word" 2 "not '2x'" $grader class "$scratch/nowhere" --jobs 2x
expect "a hint level that there is not" 2 "from 1 to 3" $grader hint -a race_fix -i x -l 4
expect "a schedule below 0" 2 "not '-1'" $grader criterion -a race_fix -n -1
if unshare -m true 2> /dev/null; then
	expect "Criterion without /dev/shm" 3 "Criterion's runner cannot start here" env TRUST=1 KIT_LAYERS_OFF=namespaces unshare -m \
		sh -c 'mount -t tmpfs -o ro tmpfs /dev/shm && exec "$@"' sh $grader criterion -a race_fix
fi
expect "a folder for Dolos that is full" 2 "is not empty" $grader class tests/examples --dolos tests -o "$scratch/unused"
expect "class of a missing folder" 2 "cannot read" $grader class "$scratch/nowhere"
expect "plan without a place" 2 "--plan needs --results" $grader class tests/examples --plan
expect "element without a share" 2 "--results and --shard" $grader element tests/examples --results "$scratch/cluster"
expect "share beyond the last" 2 "there is no share 8/8" $grader element tests/examples --results "$scratch/cluster" --shard 8/8
expect "element without a plan" 2 "cannot read $scratch/cluster/plan.json" $grader element tests/examples --results "$scratch/cluster" --shard 0/8
new
expect "class of an empty folder" 2 "contains no submissions" $grader class "$scratch/case"
expect "not a kit" 2 "course.yaml" env KIT_ROOT="$scratch/case" $grader list
expect "hint that does not exist" 2 "has no hint 'x'" $grader hint -a race_fix -i x

new
expect "missing file" 1 "there is no race_fix.c" grade "$scratch/case"
cp $right "$scratch/case/race-fix.c"
expect "another name" 0 "race-fix.c is graded as race_fix.c" grade "$scratch/case"
new
mkdir -p "$scratch/case/assignments/race_fix"
cp $right "$scratch/case/race_fix.c"
cp assignments/race_fix/race_fix.c "$scratch/case/assignments/race_fix/race_fix.c"
expect "two candidates" 1 "assignments/race_fix/race_fix.c" grade "$scratch/case"
new
{ cat $right; printf 'static int unused(void)\n{\n\treturn 0;\n}\n'; } > "$scratch/case/race_fix.c"
expect "a warning of gcc costs nothing" 0 "note: gcc warns at race_fix.c:$(($(wc -l < $right) + 1)):12:" grade "$scratch/case"
new
{ printf '#define _GNU_SOURCE\n#include <endian.h>\n'; cat $right; printf 'unsigned swapped(unsigned);\nunsigned swapped(unsigned i)\n{\n\treturn be32toh(i);\n}\n'; } > "$scratch/case/race_fix.c"
expect "_GNU_SOURCE and the order of bytes" 0 "100 of 100" grade "$scratch/case"
if grep -q "gcc warns" "$scratch/output"; then wrong "a #define of _GNU_SOURCE gives a note"; fi
new
{
	cat $right
	printf 'int early(int);\nint early(int calls)\n{\n\treturn calls;\n}\nint late(void);\nint late(void)\n{\n\tstatic int calls; /* HERE */\n\treturn ++calls;\n}\n'
} > "$scratch/case/race_fix.c"
line=$(grep -n HERE "$scratch/case/race_fix.c" | cut -d: -f1)
expect "a static variable of a function" 1 "why A static variable, at file scope or in a function, is one for all banks: two of them would keep their state in it. where race_fix.c:$line" grade "$scratch/case"
new
# Which lines the public tests never ran must not tell what hidden tests hold: the program that counts holds none.
grep -q "KIT_TEST(race_fix, create_checks_its_arguments)" tests/assignments/race_fix/hidden.c || wrong "there is no such hidden test any more"
{
	sed '/^static bool arguments_valid/,$d' $right
	cat << 'END'
static const char own_text[] = "here";
static int tells;
static void tell(void)
{
	for (const char *at = own_text; at < own_text + 40000; at++)
		if (at[0] == 'c' && at[1] == 'r' && at[6] == '_' && at[7] == 'c' && at[13] == '_' && at[14] == 'i' && at[17] == '_')
			tells = 1; /* HERE */
}
END
	sed -n '/^static bool arguments_valid/,$p' $right | sed '/^bank \*bank_create/,/^{/ s/^{/{\n\ttell();/'
} > "$scratch/case/race_fix.c"
line=$(grep -n HERE "$scratch/case/race_fix.c" | cut -d: -f1)
expect "lines that tell of hidden tests" 0 "The public tests never ran these lines" grade "$scratch/case"
grep -A 3 'never ran these lines' "$scratch/output" | grep -qw "$line" || wrong "line $line was run, which tells of a hidden test"
new
cp tests/hostile/attacks/23c_valgrind_reports_off_by_computed_code.c "$scratch/case/race_fix.c"
expect "a tool that was told to be silent" 3 "not judged" grade "$scratch/case"
new
sed 's/^\t\tnode(id, .*/\t\tif (id == 1)\n\t\t\t*(volatile int *)0 = 1;\n&/' solutions/pipe_ring/pipe_ring.c > "$scratch/case/pipe_ring.c"
cmp -s solutions/pipe_ring/pipe_ring.c "$scratch/case/pipe_ring.c" && wrong "no node was made to crash"
expect "a crash before the assertion that it causes" 1 "then an assertion of the test failed: ring_run(3 nodes, 1 lap) should succeed" \
	$grader grade -a pipe_ring -s "$scratch/case" -o "$scratch/results"
grep -m 1 "^    seen " "$scratch/output" | grep -q "child 2 was killed by SIGSEGV" || wrong "the crash of a child is not what is told first"
if grep -q "never ran these lines" "$scratch/output"; then wrong "lines are said not to have run although children crashed"; fi
new
: > "$scratch/case/race_fix.c"
expect "empty file" 1 "empty" grade "$scratch/case"
head -c 5000 /dev/urandom > "$scratch/case/race_fix.c"
expect "binary garbage" 1 "0 of 100" grade "$scratch/case"
new
head -c 104857600 /dev/zero | tr '\0' ' ' > "$scratch/case/race_fix.c"
expect "100 MB source" 1 "256 KiB" grade "$scratch/case"
new
sed 's/$/\r/' $right > "$scratch/case/race_fix.c"
expect "CRLF line ends" 0 "100 of 100" grade "$scratch/case"
printf '\357\273\277' | cat - $right > "$scratch/case/race_fix.c"
expect "byte-order mark" 0 "100 of 100" grade "$scratch/case"
{ cat $right; echo 'int main(void) { return 0; }'; } > "$scratch/case/race_fix.c"
expect "a main in the submission" 1 "has a main" grade "$scratch/case"
cp $right "$scratch/case/race_fix.c"
sed 's/int bank_total/int bank_sum/' include/race_fix.h > "$scratch/case/race_fix.h"
expect "changed header" 0 "the kit's" grade "$scratch/case"
new
mkfifo "$scratch/case/race_fix.c"
expect "a FIFO" 1 "is a FIFO, not a file" grade "$scratch/case"
new
mkdir "$scratch/case/race_fix.c"
expect "a folder named like the file" 1 "is a folder, not a file" grade "$scratch/case"
new
ln -s /etc/passwd "$scratch/case/race_fix.c"
expect "a symbolic link" 1 "link" grade "$scratch/case"
new
mkdir "$scratch/case/Åsa Öberg, group 2"
cp $right "$scratch/case/Åsa Öberg, group 2/race_fix.c"
expect "spaces and non-ASCII letters" 0 "100 of 100" grade "$scratch/case/Åsa Öberg, group 2"
new
if [ "$(id -u)" -ne 0 ]; then
	cp $right "$scratch/case/race_fix.c"
	chmod 000 "$scratch/case/race_fix.c"
	expect "unreadable file" 1 "ermission denied" grade "$scratch/case"
fi
new
{ cat $right; echo '#include "does_not_exist.h"'; } > "$scratch/case/race_fix.c"
expect "missing include" 1 "does_not_exist.h" grade "$scratch/case"
printf '#include "race_fix.h"\nint bank_total(bank *b, int64_t *out) { return 0; }\n' > "$scratch/case/race_fix.c"
expect "functions missing" 1 "is missing" grade "$scratch/case"
{ cat $right; printf '#include <unistd.h>\n__attribute__((constructor)) static void early(void) { _Exit(0); }\n'; } \
	> "$scratch/case/race_fix.c"
expect "a constructor that ends the process" 1 "The attribute constructor makes code run before" \
	grade "$scratch/case"
expect "a test without its assignment" 2 "a test belongs to one assignment" $grader grade -t money_is_conserved
# Endless output, in a test that prints 4 MiB.
sed 's/^bank \*bank_create(.*/&/; /^bank \*bank_create/,/^{/ s/^{/{\n\tfor (int i = 0; i < 65536; i++)\n\t\tputs("0123456789012345678901234567890123456789012345678901234567890123");/; 1i #include <stdio.h>' $right > "$scratch/case/race_fix.c"
expect "a flood of output" 1 "kept the first 1024 KiB" grade "$scratch/case"

# A kit with a mistake in its yaml: file, line and column.
new
cp -r assignments include tests grader "$scratch/case/"
rm -rf "$scratch/case/tests/examples"
sed -i 's/^title: Repair a bank/titel: Repair a bank/' "$scratch/case/assignments/race_fix/assignment.yaml"
line=$(grep -n '^titel' "$scratch/case/assignments/race_fix/assignment.yaml" | cut -d: -f1)
expect "unknown key" 2 "race_fix/assignment.yaml:$line:1: unknown key 'titel', did you mean 'title'?" env KIT_ROOT="$scratch/case" $grader list
# A kit whose tests do not compile.
cp assignments/race_fix/assignment.yaml "$scratch/case/assignments/race_fix/"
echo 'this is not C' >> "$scratch/case/tests/assignments/race_fix/public.c"
expect "broken kit" 2 "the kit's own files do not compile" env KIT_ROOT="$scratch/case" $grader grade -a race_fix -s "$PWD/solutions/race_fix"

# Disk full while a report is written: the old report stays. (A file-size limit stands for the full disk.)
new
cp $right "$scratch/case/race_fix.c"
grade "$scratch/case" > "$scratch/output" 2>&1
cp "$scratch/results/case/race_fix.html" "$scratch/before.html"
note
status=0
(ulimit -f 16; trap '' XFSZ; grade "$scratch/case" > /dev/null 2> "$scratch/errors") || status=$?
[ "$status" -eq 3 ] || wrong "full disk: status $status, expected 3"
grep -q "what was there before is unchanged" "$scratch/errors" || { wrong "full disk: no message"; cat "$scratch/errors"; }
cmp -s "$scratch/before.html" "$scratch/results/case/race_fix.html" || wrong "full disk: the old report was changed"
[ -z "$(find "$scratch/results" -name '*.tmp')" ] || wrong "full disk: a temporary file is left"

# A lock order that ThreadSanitizer accuses and a gate lock makes harmless: said, and free.
note
$grader grade -a race_fix -s tests/grader/samples/gate_lock -o "$scratch/results" > "$scratch/output" 2>&1 || true
grep -q "Race-freedom .*30/30" "$scratch/output" || { wrong "gate lock: points are lost"; cat "$scratch/output"; }
grep -q "are locked in both" "$scratch/output" || { wrong "gate lock: not a word about it"; cat "$scratch/output"; }

# A failure that only some schedules reach: the test fails, and the schedule is there to be replayed.
note
new
$grader mutant -a race_fix -m b03_atomic_only -o "$scratch"
mv "$scratch/b03_atomic_only.c" "$scratch/case/race_fix.c"
grade "$scratch/case" > "$scratch/output" 2>&1 || true
token=$(sed -n 's/.*TOKEN=\(no_balance_becomes_negative@[^ ]*\).*/\1/p' "$scratch/output" | head -1)
$grader explore -a race_fix -s "$scratch/case" --replay "$token" --picture "$scratch/picture.svg" > "$scratch/output" 2>&1 || true
grep -q "switch 1" "$scratch/output" || { wrong "replay of '$token' shows no switch"; cat "$scratch/output"; }
grep -q "</svg>" "$scratch/picture.svg" || wrong "replay of '$token' draws no picture"

# Of a hidden test a student sees message and values, and not how the test is written.
grep -q 'total_of(bank), 200)' tests/assignments/race_fix/hidden.c || wrong "there is no such assertion in a hidden test any more"
$grader mutant -a race_fix -m b22_self_transfer_makes_money -o "$scratch"
mv "$scratch/b22_self_transfer_makes_money.c" "$scratch/case/race_fix.c"
expect "values of a hidden test" 1 "total after a transfer from an account to itself (the value is 260) expected the value is 200" grade "$scratch/case"
for format in text problems json markdown html junit sarif verdict github classroom classroom50 release annotations summary gradescope autolab prairielearn vpl; do
	note
	$grader grade -a race_fix -s "$scratch/case" -f $format -o "$scratch/results" > "$scratch/output" 2>&1 || true
	[ -s "$scratch/output" ] || wrong "nothing is written as $format"
	if grep -q 'total_of(bank) is' "$scratch/output"; then wrong "as $format an expression of a hidden test is told"; fi
done
new
grep -q 'sem_t never' tests/assignments/crash_supervisor/hidden.c || wrong "there is no such variable in a hidden test any more"
$grader mutant -a crash_supervisor -m u39 -o "$scratch"
mv "$scratch/u39_one_after_the_other.c" "$scratch/case/crash_supervisor.c"
expect "a variable of a hidden test" 1 "child 2 waits for semaphore 1 (the test)" \
	$grader grade -a crash_supervisor -s "$scratch/case" -t a_failure_leaves_nobody_behind -o "$scratch/results"

# Ctrl-C while checks run: everything gone, no report.
note
rm -rf "$scratch/results"
NOCACHE=1 $grader grade -a pipe_ring -s solutions/pipe_ring -o "$scratch/results" > "$scratch/output" 2>&1 &
pid=$!
# It has begun when its scratch folder is there.
until [ -n "$(find "$KIT_BUILD/run" -name "pipe_ring-plain" 2>/dev/null)" ]; do sleep 0.1; done
kill -INT $pid
status=0
wait $pid || status=$?
[ "$status" -eq 130 ] || { wrong "Ctrl-C: status $status, expected 130"; cat "$scratch/output"; }
[ -z "$(find "$scratch/results" -type f 2>/dev/null)" ] || wrong "Ctrl-C: a report was written"
[ -z "$(ls "$KIT_BUILD/run")" ] || wrong "Ctrl-C: a scratch folder is left"
for process in /proc/[0-9]*; do
	case $(readlink "$process/cwd" 2>/dev/null || true) in
	"$KIT_BUILD"/run/*) wrong "Ctrl-C: process ${process#/proc/} is left" ;;
	esac
done

# ---- a class as nobody wishes it ---------------------------------------------------------------------------------------
# Nothing of it compiles: what is tried is who gets which grade, and what becomes of the rest.
new
class="$scratch/case/class" out="$scratch/case/out"
mkdir "$class"
echo '#error no bank' > "$scratch/case/broken.c"
for name in lovelaceada_LATE_11_456_race_fix zed_95_777_race_fix m\303\274llerzo\303\253_13_458_race_fix =cmd_race_fix; do
	cp "$scratch/case/broken.c" "$class/$(printf %b "$name").c"
done
echo 'no archive' > "$class/hopper_race_fix.zip"
printf '\357\273\277Student;ID;SIS Login ID;Section;Current Score;A ring of pipes (4710);Repair a bank (4711)\r\n    Points Possible;;;;;100;100\r\n"Lovelace, Ada";11;ada;"CS; 1";1;50;5\r\n"M\303\274ller, Zo\303\253";13;zoe;A;95;60;6\r\n"Hopper, Grace";14;grace;A;95;70;95\r\n"Turing, Alan";15;alan;A;2;80;77\r\n' > "$scratch/case/roster.csv"
expect "a class as it comes" 0 "nobody handed in address_space, fork_exec_wait, " $grader class "$class" -r "$scratch/case/roster.csv" -o "$out"
cell() { # LINE TEXT...: the line of gradebook.csv that begins so has all of these
	note
	begin=$1
	shift
	for text; do
		grep -F -- "$begin" "$out/gradebook.csv" | grep -qF -- "$text" || { wrong "gradebook.csv: no line with $begin has $text"; cat "$out/gradebook.csv"; }
	done
}
cell '"Lovelace, Ada","11"' '"ada",0,0,0,0,'
cell '"'"$(printf 'M\303\274ller, Zo\303\253')"'","13"' '"zoe",0,0,0,0,'
cell '"Hopper, Grace","14"' '"grace",,,,,,,""'
cell '"zed"' 'not in the roster'
cell "\"'=cmd\"" 'not in the roster'
cell '"hopper"' 'not in the roster'
note
tail -n +3 "$out/canvas.csv" | tr -d '\r' | cut -d, -f3- > "$scratch/output"
printf '"11","ada","CS; 1",0\n"13","zoe","A",0\n"14","grace","A","95"\n"15","alan","A","77"\n' | cmp -s - "$scratch/output" ||
	{ wrong "canvas.csv is not what Canvas should get"; cat "$out/canvas.csv"; }
note
grep -q '^"Student","ID","SIS Login ID","Section","Repair a bank (4711)"' "$out/canvas.csv" || wrong "canvas.csv has other columns"
note
for suffix in html json md; do
	[ -s "$out/ada/race_fix.$suffix" ] || wrong "there is no $suffix report for ada"
done
expect "the same without a roster" 0 "5 students" $grader class "$class" -o "$out"
note
[ ! -e "$out/canvas.csv" ] || wrong "canvas.csv of an earlier roster is still there"
expect "results among the submissions" 2 "would be taken for submissions" $grader class "$class" -o "$class/deeper/out"
note
[ ! -e "$class/deeper" ] || wrong "a folder among the submissions was made"

# What being late costs is told to the student, too, and by the roster's column.
cp -r assignments include tests grader "$scratch/case/"
rm -rf "$scratch/case/tests/examples" "$class"
mkdir "$class"
cp assignments/race_fix/race_fix.c "$class/ada_race_fix.c"
printf 'late:\n  - {assignment: race_fix, due: 2026-10-01 23:59 +0200, per_day: 3, column: sent}\n' >> "$scratch/case/assignments/course.yaml"
printf 'name,sent\nada,2026-10-03T00:00:00Z\n' > "$scratch/case/roster.csv"
expect "a late one" 0 "1 student" env KIT_ROOT="$scratch/case" $grader class "$class" -r "$scratch/case/roster.csv" -o "$out" --regrade
for suffix in html json md; do
	note
	tr '\n' ' ' < "$out/ada/race_fix.$suffix" | grep -q "2 days late[\\]*: [0-9]* of [0-9]* points deducted" ||
		wrong "the $suffix report does not say what being late costs"
done
printf 'name,sent\nada,2026-10-01T00:00:00Z\n' > "$scratch/case/roster.csv"
expect "in time after all" 0 "1 unchanged" env KIT_ROOT="$scratch/case" $grader class "$class" -r "$scratch/case/roster.csv" -o "$out"
note
grep -q "days late" "$out/ada/race_fix.md" && wrong "the report still says that it was late"

# ---- the student's loop ----------------------------------------------------------------------------------------------
expect "list" 0 "thread_pool" $grader list
expect "doctor" 0 "ThreadSanitizer reports a race" $grader doctor
# An ordinary user's kit below /tmp, which a caged program has one of its own of: a file made there is none outside.
if [ "$(id -u)" -eq 0 ]; then
	theirs=$(mktemp -d /tmp/kit-doctor.XXXXXX)
	mkdir "$theirs/build"
	cp -R assignments include grader "$theirs/"
	cp "$grader" build/inside build/attacks "$theirs/build/"
	chown -R 20001:20001 "$theirs"
	expect "doctor below /tmp" 0 "stopped writes a file outside its folder" setpriv --reuid 20001 --regid 20001 --clear-groups \
		env -u KIT_BUILD KIT_ROOT="$theirs" "$theirs/build/${grader##*/}" doctor
	rm -rf "$theirs"
fi
# What a submission has in the place of a result gives way.
mkdir -p "$scratch/autograder/kit/build" "$scratch/autograder/checkout/result.json/folder"
cp grader/report/platforms/classroom50/autograder.py "$scratch/autograder/"
printf 'build/grader: ;\n' > "$scratch/autograder/kit/Makefile"
printf '#!/bin/sh\necho "{}"\n' > "$scratch/autograder/kit/build/grader"
chmod +x "$scratch/autograder/kit/build/grader"
echo kept > "$scratch/autograder/elsewhere"
ln -s ../elsewhere "$scratch/autograder/checkout/release-body.md"
note
(cd "$scratch/autograder/checkout" && ASSIGNMENT=race-fix python3 ../autograder.py) || wrong "autograder.py ended badly"
for name in result.json release-body.md; do
	note
	[ ! -L "$scratch/autograder/checkout/$name" ] && [ "$(cat "$scratch/autograder/checkout/$name")" = "{}" ] || wrong "$name is not what autograder.py wrote"
done
note
[ "$(cat "$scratch/autograder/elsewhere")" = kept ] || wrong "autograder.py wrote through a link"
# With nothing but limits between a submission and the machine nothing is run, unless the machine's owner says so.
new
cp solutions/race_fix/race_fix.c "$scratch/case/"
weak="env -u TRUST NOCACHE=1 KIT_LAYERS_OFF=namespaces,landlock"
expect "too little protects" 2 "set TRUST=1" $weak $grader grade -a race_fix -s "$scratch/case" -o "$scratch/results"
expect "too little protects from a class" 2 "set TRUST=1" $weak $grader class "$scratch" -a race_fix -o "$scratch/results"
expect "trusted all the same" 0 '"protection": "weak"' $weak TRUST=1 \
	$grader grade -a race_fix -s "$scratch/case" -f json -o "$scratch/results"
expect "the kit's own runs, and it is told" 0 "yours or the kit's" $weak $grader grade -a race_fix -s solutions/race_fix -o "$scratch/results"
expect "the hints" 0 "Hints for race_fix" $grader hint -a race_fix
expect "a hint" 0 "Still stuck? make hint A=race_fix H=data_race L=2" $grader hint -a race_fix -i data_race
expect "debug stops in the test" 0 ", race_fix_money_is_conserved_body ()" \
	$grader debug -a race_fix -t money_is_conserved -s solutions/race_fix

# watch grades at the begin and again at each save, also what was never graded before; without a terminal it has no keys.
note
new
export NOCACHE=1
cp -r assignments include tests grader "$scratch/case/"
rm -rf "$scratch/case/tests/examples"
KIT_ROOT="$scratch/case" $grader watch -a race_fix > "$scratch/output" 2>&1 < /dev/null &
pid=$!
seen() { [ "$(grep -c 'r run again' "$scratch/output")" -ge "$1" ] || ! kill -0 $pid 2> /dev/null; }
until seen 1; do sleep 0.1; done
cp $right "$scratch/case/assignments/race_fix/race_fix.new"
mv "$scratch/case/assignments/race_fix/race_fix.new" "$scratch/case/assignments/race_fix/race_fix.c"
until seen 2; do sleep 0.1; done
kill -INT $pid || true
status=0
wait $pid || status=$?
[ "$status" -eq 0 ] || { wrong "watch: status $status, expected 0"; tail -20 "$scratch/output"; }
grep -q "100 of 100" "$scratch/output" || { wrong "watch: the saved file was not graded"; tail -20 "$scratch/output"; }

# In a terminal it has keys: h opens the hint of the finding that the report shows first, r grades again, q ends.
note
cp tests/examples/deniz/race_fix.c "$scratch/case/assignments/race_fix/"
mkfifo "$scratch/keys"
NO_COLOR=1 KIT_ROOT="$scratch/case" timeout 300 script -qefc "$grader watch -a race_fix" "$scratch/output" < "$scratch/keys" > /dev/null &
pid=$!
exec 8> "$scratch/keys"
until seen 1; do sleep 0.1; done
printf h >&8
until grep -q 'the next level\|There is no hint' "$scratch/output" || ! kill -0 $pid 2> /dev/null; do sleep 0.1; done
printf r >&8
until seen 2; do sleep 0.1; done
# What is saved while a grading runs cancels it; the report is of what was saved last, and says what has changed. The one that is
# cancelled computes so long in each bank that it is far from its end.
awk '{print} /^bank \*bank_create/ {head = 1} head && /^{/ {print "\tunsigned busy = 1;\n\tfor (unsigned i = 0; i < 20000000; i++)\n\t\tbusy = busy * 3 + i;\n\tif (busy == 7)\n\t\terrno = 0;"; head = 0}' \
	$right > "$scratch/case/assignments/race_fix/race_fix.c"
until [ "$(grep -c 'of 22 tests pass' "$scratch/output")" -ge 3 ] || ! kill -0 $pid 2> /dev/null; do sleep 0.1; done
cp $right "$scratch/case/assignments/race_fix/race_fix.c"
until seen 3; do sleep 0.1; done
printf q >&8
exec 8>&-
status=0
wait $pid || status=$?
unset NOCACHE
[ "$status" -eq 0 ] || { wrong "watch in a terminal: status $status, expected 0"; tail -20 "$scratch/output"; }
grep -q "not judged" "$scratch/output" && { wrong "watch in a terminal judges nothing"; tail -20 "$scratch/output"; }
[ "$(grep -c 'r run again' "$scratch/output")" -eq 3 ] || wrong "watch: a save does not cancel the grading that runs"
grep -q '^  \[#* *\] 100 of 100 points, +' "$scratch/output" || { wrong "watch does not say what has changed"; tail -20 "$scratch/output"; }
grep -q 'passes now' "$scratch/output" || wrong "watch does not say which test passes now"
first=$(sed -n 's/.*hint  *make hint A=race_fix H=\([a-z_]*\).*/\1/p' "$scratch/output" | head -1)
$grader hint -a race_fix -i "$first" | head -1 | grep -qFf - "$scratch/output" || { wrong "watch: h does not open the first finding's hint ($first)"; tail -40 "$scratch/output"; }

echo "$checks end-to-end checks, $failures failed"
[ "$failures" -eq 0 ]
