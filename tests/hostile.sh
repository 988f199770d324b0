#!/bin/sh
# hostile.sh: grades the attacks of tests/hostile/attacks, their allowed twins and some attacks that are no C text, and checks
# that no attack gains anything: no point, no process, no file, no message to others, no text of others in a report, no time.
#
#   tests/hostile.sh                 all of them once, with all layers on (`make hostile`)
#   tests/hostile.sh only NAME...    those whose names begin so, and nothing else
#   tests/hostile.sh layers [NAME..] each attack with all of its layers off: it must reach its aim now, or it was no attack;
#                                    and for each layer, which attacks it stops alone
#   tests/hostile.sh alone [NAME..]  each attack once for each of its layers, with all others off: that one must suffice
#   tests/hostile.sh commands        attacks on what is outside, sealed by nothing, by each command that runs a submission
#   tests/hostile.sh matrix          without namespaces, as in a container (imitated), and all three as an ordinary user
#   tests/hostile.sh kill [N]        kill -9 of the grader at N random moments (20; SEED=1): nothing is left, same results
#   tests/hostile.sh honest [N]      N gradings of right solutions (200), nothing cached: all have all points
#   tests/hostile.sh honest-matrix [N]  the same on the machines of the matrix
#   tests/hostile.sh long            all of these (`make hostile-long`)
#
# GRADER= and LAYERS= name other programs than build/grader and build/grader-layers; JOBS= as for `class`.
# What the first comment of an attack must say is in tests/hostile/README.md.
set -eu
# One at a time: the names of what attacks leave behind are the same for all.
[ -n "${HOSTILE_LOCKED:-}" ] || HOSTILE_LOCKED=1 exec flock -n -o -E 2 /tmp/kit-hostile.lock "$0" "$@"
cd "$(dirname "$0")/.."
root=$PWD
grader=${GRADER:-$root/build/grader}
layers=${LAYERS:-$root/build/grader-layers}
jobs=${JOBS:-$(($(nproc) + 2))} # some only wait
place=${PLACE:-$root/build/hostile}
kit=$place/kit
cases=$kit/build/hostile-class
failures=0
attacks=0
twins=0
others=0
victim=
watch=

wrong() {
	echo "  WRONG: $*"
	failures=$((failures + 1))
}

# ---- the place: a copy of the kit, whose every change is seen, with a secret in all that must not be told ------------------
# The copy has its build folder where a real kit has it, so that paths into the kit look as they do for a real attack.
prepare() {
	chmod -R u+w "$place" 2> /dev/null || true
	rm -rf "$place"
	mkdir -p "$kit/build" "$cases" "$place/out"
	unpack_twins
	cp -R assignments include solutions grader "$kit/"
	mkdir -p "$kit/tests/assignments"
	cp -R tests/support "$kit/tests/"
	cp -R $(tests/exercises.sh tests/assignments/) "$kit/tests/assignments/"
	secret="kit-hostile-secret-$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')"
	number=$(printf %u "0x${secret#kit-hostile-secret-}") # the same, as it looks where only a number can be told
	for file in "$kit"/tests/assignments/*/hidden.c "$kit"/solutions/*/*.c; do
		printf '\n/* %s */\nstatic const char hostile_secret[] __attribute__((used)) = "%s";\n' "$secret" "$secret" >> "$file"
	done
	# The cage is tried here, not the search or the ring: fewer schedules, shorter rings.
	sed -i 's/^\(limits: .*schedules:\) [0-9]*/\1 30/' "$kit"/assignments/*/assignment.yaml
	grep -q '^limits: .*schedules: 30' "$kit/assignments/race_fix/assignment.yaml" || wrong "the copy explores as many schedules as the kit"
	sed -i 's/kit_n(40, 3)/kit_n(4, 3)/; s/kit_n(6, 2), nodes/kit_n(3, 2), nodes/' "$kit/tests/assignments/pipe_ring/hidden.c"
	[ "$(diff tests/assignments/pipe_ring/hidden.c "$kit/tests/assignments/pipe_ring/hidden.c" | grep -c 'const unsigned.*kit_n')" -eq 4 ] || wrong "the copy makes rings as long as the kit's"
	cp "$grader" "$kit/build/grader"
	[ ! -x "$layers" ] || cp "$layers" "$kit/build/grader-layers"
	[ ! -x build/inside ] || cp build/inside "$kit/build/inside"
	gcc -std=gnu17 -D_GNU_SOURCE -O1 tests/hostile/witness.c -o "$place/witness"
	cp -R "$kit/assignments" "$kit/include" "$kit/solutions" "$kit/tests" "$kit/grader" "$place/out/" # to compare with
	mkdir "$place/before"
	mv "$place/out/assignments" "$place/out/include" "$place/out/solutions" "$place/out/tests" "$place/out/grader" "$place/before/"
	# Set by whoever starts a grader; none of it may reach a judged program, and what is wrong in it may change no verdict.
	export KIT_ROOT="$kit" KIT_BUILD="$kit/build" KIT_HOSTILE_TOKEN="$secret" GITHUB_TOKEN="$secret" \
		GITHUB_ENV="$place/github_env" TSAN_OPTIONS="report_bugs=0" VALGRIND_OPTS="--tool=none" CRITERION_TEST_PATTERN="none" \
		CPATH="$place/nowhere" MALLOC_PERTURB_=1 TRUST=1
	# From here on nothing but the grader's own cases may change.
	rm -f /tmp/kit-hostile-[0-9]* /var/tmp/kit-hostile-[0-9]* /dev/shm/kit-hostile-[0-9]*
}

start_victim() {
	: > "$place/victim.log"
	"$place/witness" victim "$place/victim.log" "$secret" &
	victim=$!
	until [ -S /tmp/kit-hostile.sock ] || ! kill -0 "$victim" 2> /dev/null; do :; done
}

# Ends the victim; what it noted is in victim.log, and "dead" or "stopped" when it was that.
stop_victim() {
	if ! kill -0 "$victim" 2> /dev/null; then
		echo dead >> "$place/victim.log"
	else
		case $(sed 's/.*) \(.\).*/\1/' "/proc/$victim/stat" 2> /dev/null) in
		T) echo stopped >> "$place/victim.log" ;;
		esac
		kill -CONT "$victim" 2> /dev/null || true
		kill -TERM "$victim" 2> /dev/null || true
	fi
	wait "$victim" 2> /dev/null || true
	victim=
}

clean_up() {
	[ -z "$victim" ] || kill -KILL "$victim" 2> /dev/null || true
	[ -z "$watch" ] || kill -KILL "$watch" 2> /dev/null || true
	[ ! -x "$place/witness" ] || "$place/witness" kill "$kit/build"
	rm -f /tmp/kit-hostile-[0-9]* /var/tmp/kit-hostile-[0-9]* /dev/shm/kit-hostile-[0-9]*
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# ---- what an attack says of itself -----------------------------------------------------------------------------------------
# field FILE KEY: the value in the first comment.
field() {
	tr -d '\r' < "$1" | sed -n "1,/\*\//s/^ \* $2: *//p" | head -1
}

name_of() {
	basename "$1" .c
}

wall_s() {
	sed -n 's/^limits: {wall_s: \([0-9]*\),.*/\1/p' "$kit/assignments/$1/assignment.yaml"
}

# ---- a report, as words in lines: score N, judged B, test NAME STATUS, check NAME STATUS MS FAULT, finding KIND TEST -------------
words() {
	awk '
	function value(line) { sub(/^ *"[a-z_0-9]*": */, "", line); sub(/,$/, "", line); gsub(/^"|"$/, "", line); return line }
	/^  "[a-z_]*": / { part = $1; gsub(/[":]/, "", part) }
	/^  "score": / { print "score", value($0) }
	/^  "judged": / { print "judged", value($0) }
	/^  "protection": / { print "protection", value($0) }
	/^    \{/ { name = status = kind = test = ms = fault = "-" }
	/^      "name": / { name = value($0) }
	/^      "status": / { status = value($0) }
	/^      "duration_ms": / { ms = value($0) }
	/^      "fault": / { fault = value($0) }
	/^      "kind": / { kind = value($0) }
	/^      "test": / { test = value($0) }
	/^    \}/ {
		if (part == "tests") print "test", name, status
		if (part == "checks") print "check", name, status, ms, fault
		if (part == "findings") print "finding", kind, test
	}' "$1"
}

# holds WORDS CONDITION: score<=N, score>=N, fail:TEST, pass:TEST, judged=BOOL, invalid (there is no score, because the tools were
# interfered with, and somebody has to look), person (there is none, because somebody has to look at what was handed in) or the kind of
# a finding.
holds() {
	case $2 in
	"score<="*) [ "$(score_of "$1")" -le "${2#score<=}" ] ;;
	"score>="*) [ "$(score_of "$1")" -ge "${2#score>=}" ] ;;
	fail:*) grep -q "^test ${2#fail:} " "$1" && ! grep -q "^test ${2#fail:} pass" "$1" ;;
	pass:*) grep -q "^test ${2#pass:} pass" "$1" ;;
	invalid | person) grep -q "^judged false" "$1" && grep -q "^check .* $2$" "$1" ;;
	judged=*) grep -q "^judged ${2#judged=}" "$1" ;;
	*) grep -q "^finding $2 " "$1" ;;
	esac
}

score_of() {
	score=$(sed -n 's/^score //p' "$1")
	case $score in
	'' | null) echo 0 ;;
	*) echo "$score" ;;
	esac
}

# any WORDS "A | B": one of them holds.
any() {
	conditions=$2
	while [ -n "$conditions" ]; do
		one=${conditions%%" | "*}
		if holds "$1" "$one"; then return 0; fi
		case $conditions in
		*" | "*) conditions=${conditions#*" | "} ;;
		*) conditions= ;;
		esac
	done
	return 1
}

# No check took longer than its limits and two seconds. Each compiler run has 15 s of processor time and at most a minute; the others have a
# limit of use, and three times the assignment's wall time.
check_durations() {
	limit=$(wall_s "$2")
	while read -r word check _ ms _; do
		[ "$word" = check ] && [ "$ms" != - ] || continue
		case $check in
		build) most=62000 ;;
		*) most=$((limit * 3000 + 2000)) ;;
		esac
		[ "$ms" -le "$most" ] || wrong "$3: $check took $ms ms, more than its limit and 2 s"
	done < "$1"
}

# judge NAME ASSIGNMENT MAX EXPECT RESULT: the result of an attack.
judge() {
	if [ ! -s "$5" ]; then
		wrong "$1: there is no result"
		return
	fi
	words "$5" > "$place/words"
	holds "$place/words" judged=true || holds "$place/words" invalid || holds "$place/words" person || wrong "$1: there is no score, as if the machine were at fault: $(summary)"
	[ "$(score_of "$place/words")" -le "$3" ] || wrong "$1: gets $(score_of "$place/words") points, at most $3 are honest: $(summary)"
	any "$place/words" "$4" || wrong "$1: expected '$4', found: $(summary)"
	check_durations "$place/words" "$2" "$1"
}

summary() {
	echo "score $(score_of "$place/words")$(grep -q '^judged false' "$place/words" && sed -n 's/^check \([^ ]*\) .* \(limit\|invalid\|infrastructure\)$/, \1 \2/p' "$place/words"), $(sed -n 's/^finding \([^ ]*\) .*/\1/p' "$place/words" | sort | uniq -c | sort -rn | head -5 | awk '{printf "%s%s x%s", n++ ? ", " : "", $2, $1}')"
}

# ---- what must not have happened -------------------------------------------------------------------------------------------
check_world() {
	stop_victim
	for word in $(sort -u "$place/victim.log"); do
		wrong "$1: outside the box: $word"
	done
	"$place/witness" list "$kit/build" > "$place/left"
	[ ! -s "$place/left" ] || { wrong "$1: processes are left"; cat "$place/left"; }
	for file in /tmp/kit-hostile-[0-9]* /var/tmp/kit-hostile-[0-9]* /dev/shm/kit-hostile-[0-9]* "$place/github_env"; do
		[ ! -e "$file" ] || wrong "$1: there is a file outside the box: $file"
	done
	for key in $(awk '$1 >= 1802043392 && $1 <= 1802108927 { print $1 }' /proc/sysvipc/shm 2> /dev/null); do
		wrong "$1: there is System V shared memory of key $key"
		ipcrm -M "$key" 2> /dev/null || true
	done
	for folder in assignments include solutions tests grader; do
		diff -r "$place/before/$folder" "$kit/$folder" > "$place/diff" 2>&1 || { wrong "$1: the kit was changed"; head -5 "$place/diff"; }
	done
	if [ -d "$kit/build/run" ] && [ -n "$(ls "$kit/build/run")" ]; then
		wrong "$1: scratch folders are left: $(ls "$kit/build/run" | head -3 | tr '\n' ' ')"
	fi
	left=$(find "$kit" -name 'kit-hostile*' -print | head -3)
	[ -z "$left" ] || wrong "$1: there are files of an attack in the kit: $left"
}

# clean FILE: no byte that steers a terminal, no reordering of text, no command for a workflow runner, no HTML of a submission.
clean() {
	LC_ALL=C tr -d '\001-\010\013-\014\016-\032\034-\037\177' < "$1" | cmp -s - "$1" || wrong "$1 has control characters"
	# The escape character only as the kit's own colours.
	LC_ALL=C sed 's/\o033\[[0-9;]*[mK]//g' "$1" | LC_ALL=C grep -q "$(printf '\033')" && wrong "$1 has escape sequences"
	LC_ALL=C grep -q "$(printf '\342\200[\252-\256]\|\342\201[\246-\251]\|\302[\200-\237]')" "$1" && wrong "$1 turns the reading direction, or has C1 controls"
	LC_ALL=C grep -q "$(printf '^[ \t]*::')" "$1" && wrong "$1 has a workflow command: $(LC_ALL=C grep "$(printf '^[ \t]*::')" "$1" | head -1 | cut -c1-100)"
	LC_ALL=C grep -q '##\[' "$1" && wrong "$1 has a workflow command of the old kind"
	# As code of the format, that is; as text of a JSON file or a terminal they are harmless.
	case $1 in
	*html) code="<script>alert\|<img src=x\|<[^>]*onload='alert" ;;
	*junit) code="<script>alert\|<testcase name='x'" ;;
	*markdown) code='<script>alert\|<img src=x\|\](javascript:\|!\[x\](http' ;;
	*) code= ;;
	esac
	[ -n "$code" ] && LC_ALL=C grep -qi "$code" "$1" && wrong "$1 has the HTML or Markdown of a submission"
	[ "$(wc -c < "$1")" -lt 4000000 ] || wrong "$1 has $(wc -c < "$1") bytes"
	return 0
}

# ---- attacks that are no C text ------------------------------------------------------------------------------------------
# other NAME ASSIGNMENT MAX EXPECT: a case whose folder the caller fills.
other() {
	mkdir -p "$cases/$1"
	printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >> "$place/others"
	others=$((others + 1))
}

make_others() {
	: > "$place/others"
	right=solutions/race_fix/race_fix.c
	other 0_neighbour race_fix 100 'score>=100'
	{ cat $right; printf '/* %s */\n' "$secret"; } > "$cases/0_neighbour/race_fix.c"

	# 59: what is no file
	other 59_fifo race_fix 0 'bad_file | missing_file'
	mkfifo "$cases/59_fifo/race_fix.c"
	other 59_link race_fix 0 'bad_file | missing_file'
	ln -s /etc/passwd "$cases/59_link/race_fix.c"
	other 59_link_to_neighbour race_fix 0 'bad_file | missing_file'
	ln -s ../0_neighbour/race_fix.c "$cases/59_link_to_neighbour/race_fix.c"
	other 59_link_to_device race_fix 0 'bad_file | missing_file'
	ln -s /dev/zero "$cases/59_link_to_device/race_fix.c"
	other 59_folder race_fix 0 'bad_file | missing_file'
	mkdir "$cases/59_folder/race_fix.c"
	other 59_socket race_fix 0 'bad_file | missing_file'
	(cd "$cases/59_socket" && "$place/witness" socket race_fix.c)
	other 59_linked_folder race_fix 0 person
	mkdir "$cases/59_linked_folder/assignments"
	ln -s ../../0_neighbour "$cases/59_linked_folder/assignments/race_fix"
	other 59_linked_headers race_fix 100 'score>=100'
	cp $right "$cases/59_linked_headers/"
	ln -s /etc/passwd "$cases/59_linked_headers/race_fix.h"
	mkdir "$cases/59_linked_headers/include"
	mkfifo "$cases/59_linked_headers/include/race_fix.h"
	if [ "$(id -u)" -eq 0 ] && mknod "$place/zero" c 1 5 2> /dev/null; then
		rm "$place/zero"
		other 59_device race_fix 0 'bad_file | missing_file'
		mknod "$cases/59_device/race_fix.c" c 1 5
	fi

	# 61: links that the grader might follow when it writes
	other 61_links_in_the_folder race_fix 100 'score>=100'
	cp $right "$cases/61_links_in_the_folder/"
	for name in race_fix-plain race_fix-plain.o criterion.report plain.log race_fix.json race_fix.html build; do
		ln -s "$place/before/tests/assignments/race_fix/public.c" "$cases/61_links_in_the_folder/$name"
	done

	# 67, 77: names
	for name in '=HYPERLINK("http:..example.org","x")' '@SUM(1)' '-o' '--help' '@file' 'x;touch kit-hostile-77' \
		'$(touch kit-hostile-77)' '::error::x' '<script>alert(67)<script>' "$(printf 'esc\033[2J')" "$(printf 'two\nlines')" \
		"$(printf 'no\377text')" '|a|b|' '%s%n'; do
		mkdir "$cases/$name" 2> /dev/null || continue
		cp assignments/race_fix/race_fix.c "$cases/$name/"
	done
	other 77_names_of_options race_fix 100 'score>=100'
	for name in -o @race_fix.c 'x.c;touch kit-hostile-77' '-fplugin=x.so' '`id`' race_fix.h race_fix-plain.o specs; do
		printf '%s\n' '#error kit-hostile-77' > "$cases/77_names_of_options/$name"
	done
	cp $right "$cases/77_names_of_options/"

	# 68: text that is none
	other 68_not_utf8 race_fix 100 'score>=100'
	{ cat $right; printf '/* \377\376\300\257 */\n'; } > "$cases/68_not_utf8/race_fix.c"
	other 68_nul race_fix 0 'bad_file'
	{ cat $right; printf '/* \000 */\n'; } > "$cases/68_nul/race_fix.c"
	other 68_escape_in_a_comment race_fix 0 'bad_file'
	{ cat $right; printf '/* \033[2J\033[32m100 of 100 */\n'; } > "$cases/68_escape_in_a_comment/race_fix.c"
	other 68_one_line race_fix 0 'bad_file | sealed_out | build_error'
	{ cat $right; printf '/* '; head -c 200000 /dev/zero | tr '\0' x; printf ' */ #error x\n'; } > "$cases/68_one_line/race_fix.c"
	other 68_too_large race_fix 0 'bad_file'
	head -c 3000000 /dev/zero | tr '\0' ' ' > "$cases/68_too_large/race_fix.c"

	# 73: a kit of its own beside the file
	other 73_brings_its_own_kit race_fix 5 'score<=5'
	cp assignments/race_fix/race_fix.c "$cases/73_brings_its_own_kit/"
	cp -R assignments include "$cases/73_brings_its_own_kit/" 2> /dev/null
	mkdir -p "$cases/73_brings_its_own_kit/tests/assignments" "$cases/73_brings_its_own_kit/.github/workflows" "$cases/73_brings_its_own_kit/build"
	cp -R tests/assignments/race_fix "$cases/73_brings_its_own_kit/tests/assignments/"
	printf '#include "kit.h"\nKIT_TEST(race_fix, transfer_moves_money)\n{\n}\n' > "$cases/73_brings_its_own_kit/tests/assignments/race_fix/public.c"
	sed -i 's/points: [0-9]*/points: 0/' "$cases/73_brings_its_own_kit/assignments/race_fix/assignment.yaml"
	cp assignments/race_fix/race_fix.c "$cases/73_brings_its_own_kit/assignments/race_fix/"
	printf 'grade:\n\ttouch /tmp/kit-hostile-73\n' > "$cases/73_brings_its_own_kit/Makefile"
}

# 60: archives, one at a time; each must be taken without harm or refused, quickly.
archives() {
	mkdir -p "$place/archives/inner"
	cd "$place/archives/inner"
	cp "$root/assignments/race_fix/race_fix.c" .
	echo text > kit-hostile-60
	ln -s /tmp out
	tar -cf ../absolute.tar -P --transform 's,^kit-hostile-60,/tmp/kit-hostile-60a,' race_fix.c kit-hostile-60
	tar -cf ../upwards.tar -P --transform 's,^kit-hostile-60,../../../../../../../../../../tmp/kit-hostile-60b,' race_fix.c kit-hostile-60
	tar -cf ../link_then_file.tar -P out
	tar -rf ../link_then_file.tar -P --transform 's,^kit-hostile-60,out/kit-hostile-60c,' race_fix.c kit-hostile-60
	head -c 2000000000 /dev/zero | gzip -1 > ../bomb.gz
	(head -c 1500 /dev/zero | tr '\0' x > big; tar -cf - race_fix.c; ) > ../plain.tar
	truncate -s 3G sparse && tar -cSf - sparse race_fix.c | gzip > ../bomb.tar.gz && rm sparse
	i=0
	mkdir many
	while [ $i -lt 3000 ]; do
		: > many/$i
		i=$((i + 1))
	done
	tar -czf ../many.tar.gz many race_fix.c
	head -c 700 ../many.tar.gz > ../cut.tar.gz
	cd "$root"
	for archive in "$place"/archives/*.tar "$place"/archives/*.gz; do
		others=$((others + 1))
		begin=$(date +%s)
		status=0
		timeout -s KILL 60 "$kit/build/grader" grade -a race_fix -s "$archive" -o "$place/out-archives" > "$place/archive.text" 2>&1 || status=$?
		[ "$status" -le 3 ] || wrong "$(basename "$archive"): the grader ended with $status"
		[ $(($(date +%s) - begin)) -le 30 ] || wrong "$(basename "$archive"): took too long"
		clean "$place/archive.text"
	done
	if find "$kit" "$place/archives" -path "$place/archives/inner" -prune -o -name 'kit-hostile-60*' -print | grep -q .; then
		wrong "an archive left a file outside its folder"
	fi
	rm -rf "$place/archives"
}

# ---- all of them once ------------------------------------------------------------------------------------------------------
# fill_class [NAME..]: all, or those whose names begin so.
fill_class() {
	for file in $(chosen "$@"); do
		mkdir -p "$cases/$(name_of "$file")"
		cp "$file" "$cases/$(name_of "$file")/$(field "$file" assignment).c"
	done
	: > "$place/others"
	[ $# -gt 0 ] || make_others
}

# Twins, in $place/allowed: a patch is the comment of the twin, and what differs from a solution behind the comment there.
unpack_twins() {
	rm -rf "$place/allowed"
	mkdir -p "$place/allowed"
	cp tests/hostile/allowed/*.c "$place/allowed/"
	for file in tests/hostile/allowed/*.patch; do
		assignment=$(field "$file" assignment)
		base=$(field "$file" base)
		patch --silent --force --fuzz=0 --reject-file=- --output="$place/patched" "solutions/$assignment/${base:-$assignment.c}" "$file" ||
			wrong "$file does not apply to solutions/$assignment/${base:-$assignment.c}"
		{
			sed '/^ \*\/$/q' "$file"
			sed '0,/\*\//d' "$place/patched"
		} > "$place/allowed/$(basename "$file" .patch).c"
	done
}

# Files of attacks and twins. They have no spaces in their names.
chosen() {
	if [ $# -eq 0 ]; then
		set -- ""
	fi
	for name; do
		find tests/hostile/attacks "$place/allowed" -name "$name*.c"
	done | sort
}

# Criterion's own runner, in a program with nothing of the kit: there the attack must succeed, or it is none.
naive() {
	assignment=$(field "$1" assignment)
	gcc -std=gnu17 -D_GNU_SOURCE -w -Iinclude "$1" "tests/hostile/naive/$assignment.c" -o "$place/naive" -lcriterion -pthread 2> "$place/naive.err" ||
		{ wrong "$(name_of "$1"): does not build with Criterion's runner"; head -3 "$place/naive.err"; return; }
	env -u CRITERION_TEST_PATTERN "$place/naive" > "$place/naive.out" 2>&1 < /dev/null || wrong "$(name_of "$1"): does not even fool Criterion's own runner"
}

judge_file() {
	name=$(name_of "$1")
	assignment=$(field "$1" assignment)
	result=$place/out/results/$name/$assignment.json
	case $1 in
	*/attacks/*)
		attacks=$((attacks + 1))
		judge "$name" "$assignment" "$(field "$1" max-score)" "$(field "$1" expect)" "$result"
		grep -qF "\`$name\` | $(field "$1" layers) |" tests/hostile/README.md || wrong "$name: its layers are other ones in tests/hostile/README.md"
		case $(field "$1" off) in
		naive) naive "$1" ;;
		esac
		;;
	*)
		twins=$((twins + 1))
		if [ -s "$result" ]; then
			words "$result" > "$place/words"
			holds "$place/words" 'score>=100' || wrong "$name: honest code gets $(summary)"
		else
			wrong "$name: there is no result"
		fi
		;;
	esac
}

# once [NAME..]: all layers on.
once() {
	fill_class "$@"
	start_victim
	status=0
	timeout -s KILL 3600 "$kit/build/grader" class "$cases" -a pipe_ring -a race_fix -a thread_pool -a fork_exec_wait -o "$place/out/results" -j "$jobs" > "$place/table" 2> "$place/errors" < /dev/null || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || { wrong "grading the class ended with $status"; tail -5 "$place/errors"; }
	clean "$place/table"
	check_world "the class"
	for file in $(chosen "$@"); do
		judge_file "$file"
	done
	while IFS='	' read -r name assignment most expected; do
		judge "$name" "$assignment" "$most" "$expected" "$place/out/results/$name/$assignment.json"
	done < "$place/others"
	# Nobody's report holds what is another's.
	# The page of similar submissions shows both to the instructor.
	grep -rlF -e "${secret#kit-hostile-secret-}" -e "$number" "$place/out/results" | grep -v -e "/0_neighbour/" -e '/similarity\.html$' \
		> "$place/told" || true
	[ ! -s "$place/told" ] || { wrong "secrets are told in reports:"; cat "$place/told"; }
	grep -rl "root:x:0:0" "$place/out/results" > "$place/told" || true
	[ ! -s "$place/told" ] || { wrong "files of the machine are told in reports:"; cat "$place/told"; }
	find "$place/out/results" -type f \( -name '*.json' -o -name '*.html' \) > "$place/list"
	while read -r file; do
		clean "$file"
	done < "$place/list"
	[ $# -eq 0 ] || return 0
	every_format
	archives
	check_kit_again
}

# Every format of every report whose text an attack has written.
every_format() {
	for name in 32a_asks_for_files 33a_reads_hidden_tests 34a_searches_its_own_image 58a_flood_of_errors 58b_escape_codes_through_the_compiler \
		64a_workflow_commands 64b_workflow_commands_in_an_error 65a_terminal_escapes 65b_text_that_reads_otherwise 66a_html_and_markdown \
		66b_html_in_names 68a_text_that_is_no_text; do
		assignment=$(field "tests/hostile/attacks/$name.c" assignment)
		for format in text json html junit markdown verdict; do
			"$kit/build/grader" grade -a "$assignment" -s "$cases/$name" -f $format -o "$place/out/again" > "$place/report.$format" 2> /dev/null < /dev/null || true
			[ -s "$place/report.$format" ] || continue
			clean "$place/report.$format"
		done
	done
}

# 63: what was graded in between changed nothing: the kit's own solution still has 100, and a racy bank still races.
check_kit_again() {
	start_victim
	NOCACHE=1 "$kit/build/grader" grade -a race_fix -s "$root/solutions/race_fix" -f json -o "$place/out/again" > "$place/again.json" 2> "$place/errors" < /dev/null || true
	words "$place/again.json" > "$place/words"
	holds "$place/words" 'score>=100' || wrong "after all the attacks the reference gets $(summary)"
	check_world "the end"
}

# ---- with layers off -------------------------------------------------------------------------------------------------------
# attempt FILE OFF: grades with the layers OFF off, and tells whether the attack reached its aim (0) or not (1).
attempt() {
	name=$(name_of "$1")
	assignment=$(field "$1" assignment)
	aim=$(field "$1" off)
	mkdir -p "$cases/$name"
	cp "$1" "$cases/$name/$assignment.c"
	rm -rf "$place/out/off" "$place/use"
	start_victim
	"$place/witness" watch "$kit/build" "$place/use" &
	watch=$!
	status=0
	begin=$(date +%s)
	# One run at a time, so that what is in use is what one run uses.
	KIT_LAYERS_OFF=$2 NOCACHE=1 taskset -c 0 timeout -s KILL "${PATIENCE:-180}" "$kit/build/grader-layers" grade -a "$assignment" -s "$cases/$name" -f json -o "$place/out/off" \
		> "$place/off.json" 2> "$place/errors" < /dev/null || status=$?
	took=$(($(date +%s) - begin))
	"$place/witness" list "$kit/build" > "$place/left"
	kill -TERM $watch
	wait $watch || true
	watch=
	stop_victim
	words "$place/off.json" > "$place/words"
	reached=1
	case $aim in
	file\ /*) [ ! -e "${aim#file }" ] || reached=0 ;;
	file\ *) [ ! -e "$kit/${aim#file }" ] || reached=0 ;;
	changed\ *) cmp -s "$place/before/${aim#changed }" "$kit/${aim#changed }" || reached=0 ;;
	sysv\ *) awk -v key="$(printf %d "${aim#sysv }")" '$1 == key { found = 1 } END { exit !found }' /proc/sysvipc/shm && reached=0 ;;
	process\ *) grep -q " ${aim#process } " "$place/left" && reached=0 ;;
	output\ SECRET) grep -rqF -e "${secret#kit-hostile-secret-}" -e "$number" "$place/out/off" && reached=0 ;;
	report\ *) # of that kind: `report html TEXT`, with escapes as for printf
		text=$(printf '%b_' "${aim#report * }") && text=${text%_}
		suffix=${aim#report }
		LC_ALL=C grep -rqF --include="*.${suffix%% *}" -e "$text" "$place/out/off" && reached=0
		;;
	output\ *) grep -rqF "${aim#output }" "$place/out/off" && reached=0 ;;
	victim\ * | listener\ *) grep -qx "${aim#* }" "$place/victim.log" && reached=0 ;;
	grader\ killed) [ "$status" -eq 137 ] && [ "$took" -lt "${PATIENCE:-180}" ] && reached=0 ;;
	grader\ stopped) [ "$took" -ge "${PATIENCE:-180}" ] && reached=0 ;;
	"processes>="* | "threads>="* | "memory>="* | "disk>="*)
		[ "$(sed -n "s/^${aim%%>=*} //p" "$place/use")" -ge "${aim#*>=}" ] && reached=0 ;;
	"time>="*) [ "$took" -ge "${aim#time>=}" ] && reached=0 ;;
	*) [ -s "$place/off.json" ] && holds "$place/words" "$aim" && reached=0 ;;
	esac
	# As it was before.
	"$place/witness" kill "$kit/build"
	ipcrm -M 0x6b690051 -M 0x6b690151 2> /dev/null || true
	rm -rf /tmp/kit-hostile-[0-9]* /var/tmp/kit-hostile-[0-9]* /dev/shm/kit-hostile-[0-9]* "$kit"/build/cache/kit-hostile* "$kit"/build/run/* "$place/github_env"
	for folder in assignments include solutions tests grader; do
		diff -r "$place/before/$folder" "$kit/$folder" > /dev/null 2>&1 || { rm -rf "${kit:?}/$folder"; cp -R "$place/before/$folder" "$kit/$folder"; }
	done
	return $reached
}

# The layer of docs/protection.md that a switch belongs to: the parts of the cage, say, are switched one by one.
layer_of() {
	case $1 in
	local) echo object ;;
	namespaces | landlock | seccomp | uid | capabilities | limits | memory) echo cage ;;
	control) echo verdict ;;
	*) echo "$1" ;;
	esac
}

# What is no regular file, or no archive of such, without the intake.
intake_off() {
	for name in 59_link_to_neighbour 59_linked_folder; do
		attacks=$((attacks + 1))
		KIT_LAYERS_OFF=intake NOCACHE=1 "$kit/build/grader-layers" grade -a race_fix -s "$cases/$name" -f json -o "$place/out/off" \
			> "$place/off.json" 2> "$place/errors" < /dev/null || true
		words "$place/off.json" > "$place/words"
		if holds "$place/words" 'score>=100'; then
			echo "intake $name" >> "$place/alone"
		else
			wrong "$name: with intake off it does not reach its aim: $(summary)"
		fi
	done
	attacks=$((attacks + 1))
	mkdir -p "$place/upwards" "$kit/build/run"
	cp assignments/race_fix/race_fix.c "$place/upwards/"
	echo text > "$place/upwards/kit-hostile-60"
	tar -C "$place/upwards" -cf "$place/upwards.tar" -P --transform 's,^kit-hostile-60,../../../kit-hostile-60,' race_fix.c kit-hostile-60
	KIT_LAYERS_OFF=intake NOCACHE=1 "$kit/build/grader-layers" grade -a race_fix -s "$place/upwards.tar" -o "$place/out/off" > "$place/text" 2>&1 < /dev/null || true
	if find "$kit" -maxdepth 3 -name kit-hostile-60 -delete -print | grep -q .; then
		echo "intake 60_upwards" >> "$place/alone"
	else
		wrong "60_upwards: with intake off it leaves no file outside: $(tail -3 "$place/text" | tr '\n' ' ')"
	fi
}

# The layers of an attack that can be switched off, with commas.
switchable() {
	field "$1" layers | tr -d ' ' | tr ',' '\n' | grep -v built-in | paste -sd, -
}

with_layers_off() {
	need_layers
	: > "$place/alone"
	for file in $(chosen "$@" | grep /attacks/); do
		off=$(switchable "$file")
		case $(field "$file" off) in
		none | naive) continue ;;
		esac
		[ -n "$off" ] || { wrong "$(name_of "$file") has an aim but no layer that can be switched off"; continue; }
		attacks=$((attacks + 1))
		if attempt "$file" "$off"; then
			layer=$(for part in $(echo "$off" | tr , ' '); do layer_of "$part"; done | sort -u)
			case $layer in
			*[!a-z]*) ;;
			*) echo "$layer $(name_of "$file")" >> "$place/alone" ;;
			esac
		else
			wrong "$(name_of "$file"): with $off off it does not reach its aim ($(field "$file" off)): $(summary)"
		fi
	done
	[ $# -eq 0 ] || return 0
	intake_off
	echo "attacks that one layer stops alone:"
	cut -d' ' -f1 "$place/alone" | sort | uniq -c
	for layer in intake text object cage verdict report; do
		count=$(grep -c "^$layer " "$place/alone" || true)
		[ "$count" -ge 3 ] || wrong "only $count attacks show what the layer $layer is for alone"
	done
}

each_layer_alone() {
	need_layers
	for file in $(chosen "$@" | grep /attacks/); do
		case $(field "$file" off) in
		none | naive) continue ;;
		esac
		all=$(switchable "$file")
		attacks=$((attacks + 1))
		for layer in $(echo "$all" | tr ',' ' '); do
			if attempt "$file" "$(echo "$all" | tr ',' '\n' | grep -vx "$layer" | paste -sd, -)"; then
				wrong "$(name_of "$file"): $layer alone does not stop it ($(field "$file" off))"
			fi
		done
	done
}

# ---- every command that runs a submission ----------------------------------------------------------------------------------
# typed COMMAND NAME: as somebody types it, with what gdb is told. What it says goes to $place/said.
typed() {
	set -- "$1" -a pipe_ring -s "$cases/$2"
	test=token_returns_after_one_lap
	case $1 in
	explore) shift && "$kit/build/grader-layers" explore "$@" -n 5 ;;
	replay) shift && "$kit/build/grader-layers" explore "$@" --replay $test@0@000000 ;;
	gdb) shift && echo c | "$kit/build/grader-layers" explore "$@" --replay $test@0@000000 --gdb ;;
	debug) shift && echo c | "$kit/build/grader-layers" debug "$@" -t $test ;;
	watch)
		own=assignments/pipe_ring/pipe_ring.c
		cp "$cases/${5##*/}/pipe_ring.c" "$kit/$own"
		"$kit/build/grader-layers" watch -a pipe_ring &
		typist=$!
		until grep -q 'of 100 points' "$place/said" || ! kill -0 $typist 2> /dev/null; do :; done
		kill -INT $typist 2> /dev/null
		wait $typist
		cp "$place/before/$own" "$kit/$own"
		;;
	*) "$kit/build/grader-layers" "$@" ;;
	esac > "$place/said" 2>&1
}

# The cage alone holds what is let through here: each of these has an aim outside that it reaches without one (`layers`).
commands() {
	need_layers
	fill_class
	export KIT_LAYERS_OFF=text,object NOCACHE=1
	for name in 14b_system_by_computed_address 62a_files_for_the_next 62b_changes_the_kit 33a_reads_hidden_tests \
		37b_kills_the_grader 38a_signal_to_everybody 50a_tcp 36a_ptrace 53b_shell_by_computed_calls; do
		for command in explore replay gdb debug criterion watch grade; do
			attacks=$((attacks + 1))
			rm -rf /tmp/kit-hostile-[0-9]* /var/tmp/kit-hostile-[0-9]* /dev/shm/kit-hostile-[0-9]*
			start_victim
			status=0
			typed $command "$name" < /dev/null || status=$?
			[ "$status" -le 3 ] && [ "$status" -ne 2 ] || wrong "$command $name ended with $status: $(head -3 "$place/said")"
			if grep -qF -e "$secret" -e "$number" "$place/said"; then
				wrong "$command $name tells a secret"
			fi
			check_world "$command $name"
		done
	done
	unset KIT_LAYERS_OFF NOCACHE
}

need_layers() {
	[ -x "$kit/build/grader-layers" ] || { echo "build/grader-layers is missing: make build/grader-layers"; exit 2; }
}

# ---- on other machines (imitated) ------------------------------------------------------------------------------------------
# as WHAT PART VARIABLE=VALUE...: the copy is for an ordinary user in a place that everybody can reach.
as() {
	what=$1
	part=$2
	shift 2
	echo "-- $what"
	other_place=$(mktemp -d /tmp/kit-hostile.XXXXXX)
	chmod 755 "$other_place"
	status=0
	case $what in
	user*)
		cp -R Makefile kit.mk assignments include solutions grader tests "$other_place/"
		mkdir "$other_place/build"
		cp build/grader* build/inside "$other_place/build/" 2> /dev/null || true
		chown -R 20001:20001 "$other_place"
		(cd "$other_place" && env -u PLACE HOME="$other_place" setpriv --reuid 20001 --regid 20001 --clear-groups env "$@" tests/hostile.sh $part) || status=$?
		;;
	*) env PLACE="$other_place/place" "$@" "$root/tests/hostile.sh" $part || status=$? ;;
	esac
	[ "$status" -eq 0 ] || failures=$((failures + 1))
	rm -rf "$other_place"
}

# matrix PART
matrix() {
	need_layers
	as "no user namespaces" "$1" "GRADER=build/grader-layers" KIT_PRETEND=nouserns
	as "a container" "$1" "GRADER=build/grader-layers" KIT_PRETEND=container
	if [ "$(id -u)" -eq 0 ]; then
		as "user 20001" "$1" GRADER=build/grader
		as "user 20001, no user namespaces" "$1" GRADER=build/grader-layers KIT_PRETEND=nouserns
		as "user 20001, a container" "$1" GRADER=build/grader-layers KIT_PRETEND=container
	else
		echo "  not tried: root (start it by sudo)"
	fi
}

# ---- no false alarm --------------------------------------------------------------------------------------------------------
# Every file is another one by its first line, so each is graded.
honest() {
	rm -rf "$cases"
	number=0
	while [ $number -lt "$1" ]; do
		for file in solutions/*/*.c solutions/*/alternatives/*.c; do
			[ $number -lt "$1" ] || break
			number=$((number + 1))
			name=$(echo "$file" | cut -d/ -f2)
			mkdir -p "$cases/$name"
			{ echo "/* submission $number */"; cat "$file"; } > "$cases/$name/honest$number.c"
		done
	done
	NOCACHE=1 "$kit/build/grader" class "$cases" $(ls "$cases" | sed 's/^/-a /') -o "$place/out/results" -j "$jobs" > "$place/table" 2>&1 < /dev/null ||
		wrong "grading honest submissions ended badly: $(tail -3 "$place/table")"
	for file in "$place"/out/results/honest*/*.json; do
		[ -s "$file" ] || { wrong "there are no results"; break; }
		others=$((others + 1))
		words "$file" > "$place/words"
		holds "$place/words" 'score>=100' || wrong "$(basename "$(dirname "$file")") ($(basename "$file" .json)): honest code gets $(summary)"
	done
	[ "$others" -eq "$1" ] || wrong "$others of $1 were graded"
}

# ---- kill -9 ---------------------------------------------------------------------------------------------------------------
few() {
	rm -rf "$cases"
	mkdir -p "$cases"
	for name in 42a_many_processes_that_wait 46b_busy_in_many_processes 71a_goes_on_after_the_return; do
		file=tests/hostile/attacks/$name.c
		mkdir "$cases/$name"
		cp "$file" "$cases/$name/$(field "$file" assignment).c"
	done
	mkdir "$cases/right"
	cp solutions/*/*.c "$cases/right/"
}

verdicts() {
	for folder in "$cases"/*/; do
		for assignment in pipe_ring race_fix thread_pool; do
			"$kit/build/grader" grade -a $assignment -s "$folder" -f verdict -o "$place/out/verdicts" < /dev/null 2> /dev/null || true
		done
	done
}

killed() {
	few
	"$kit/build/grader" class "$cases" -a pipe_ring -a race_fix -a thread_pool -o "$place/out/results" -j "$jobs" > "$place/table" 2>&1 < /dev/null || wrong "grading the few ended badly"
	verdicts > "$place/verdicts.before"
	times=${1:-20}
	seed=${SEED:-1}
	moment=0
	while [ $moment -lt "$times" ]; do
		moment=$((moment + 1))
		attacks=$((attacks + 1))
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		rm -rf "$kit/build/cache"
		start_victim
		"$kit/build/grader" class "$cases" -a pipe_ring -a race_fix -a thread_pool -o "$place/out/results" -j "$jobs" > /dev/null 2>&1 < /dev/null &
		pid=$!
		sleep "$((seed / 65536 % 9)).$((seed / 256 % 1000))"
		kill -KILL $pid 2> /dev/null || true
		wait $pid 2> /dev/null || true
		# The supervisors notice by their lifelines; a second is plenty.
		tries=0
		while [ $tries -lt 20 ] && "$place/witness" list "$kit/build" | grep -q .; do
			sleep 0.05
			tries=$((tries + 1))
		done
		"$place/witness" list "$kit/build" > "$place/left"
		[ ! -s "$place/left" ] || { wrong "moment $moment: processes are left one second after kill -9"; head -5 "$place/left"; }
		stop_victim
	done
	rm -rf "$kit/build/cache"
	start_victim
	"$kit/build/grader" class "$cases" -a pipe_ring -a race_fix -a thread_pool -o "$place/out/results" -j "$jobs" > "$place/table" 2>&1 < /dev/null || wrong "the run after kill -9 ended badly"
	verdicts > "$place/verdicts.after"
	cmp -s "$place/verdicts.before" "$place/verdicts.after" || { wrong "the results after kill -9 are other ones"; diff "$place/verdicts.before" "$place/verdicts.after" | head; }
	check_world "the run after kill -9"
}

finish() {
	echo "$attacks attacks, $twins twins, $others others, $failures failed"
	[ "$failures" -eq 0 ]
}

what=${1:-once}
[ $# -eq 0 ] || shift
case $what in
once) prepare; once ;;
only) prepare; once "$@" ;;
layers) prepare; fill_class; with_layers_off "$@" ;;
alone) prepare; fill_class; each_layer_alone "$@" ;;
commands) prepare; commands ;;
matrix) prepare; matrix once ;;
kill) prepare; killed "$@" ;;
honest) prepare; honest "${1:-200}" ;;
honest-matrix) prepare; matrix "honest ${1:-200}" ;;
long)
	prepare
	once
	prepare
	fill_class
	with_layers_off
	each_layer_alone
	prepare
	commands
	prepare
	killed
	matrix once
	prepare
	honest 200
	matrix "honest 200"
	;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
	exit 2
	;;
esac
finish
