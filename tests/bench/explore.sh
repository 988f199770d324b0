#!/usr/bin/env bash
# explore.sh - how good the schedule explorer is, as a table: make bench-explore [PARTS="corpus mutants ..."]
#
#   corpus       tests/grader/explore: is each bug found, in how many schedules; are the corrected twins clean
#   mutants      of the assignments: the same
#   solutions    references and alternatives under 20,000 schedules each: nothing may be found
#   bounds       the same, all schedules with at most 2 preemptions: completed for half of the tests of each
#   determinism  200 fresh processes of 200 schedules for each program of the corpus: one hash
#   spinning     20 whole gradings of mutants that spin, 5 at a time (a load of about 16): one verdict
#   speed        schedules per second on one core, and what a hook costs
# SEEDS, RUNS, SCHEDULES, TWINS, GRADINGS and NAMES (of exercises) make it shorter. Exits with 1 when anything is not as it should be.
set -u
cd "$(dirname "$0")/../.." || exit 2
parts=${*:-speed corpus mutants solutions bounds determinism spinning}
exercises=${NAMES:-$(tests/exercises.sh)}
seeds=${SEEDS:-20} runs=${RUNS:-200} schedules=${SCHEDULES:-200} twins=${TWINS:-20000} gradings=${GRADINGS:-20}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
problems=0

problem() {
	echo "  PROBLEM  $*"
	problems=$((problems + 1))
}

# field NAME < LINE: the number (or word) that follows "NAME":
field() {
	grep -o "\"$1\":[-0-9a-z]*" | head -1 | cut -d: -f2
}

median() {
	sort -n | awk '{v[NR] = $1} END {if (NR) print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2)}'
}

# first FILE KINDS: for each search in the report, the schedule (from 1) that showed one of the kinds, or "none". A
# report has a line for each search; where several tests ran, the lines of one seed belong together. It is the host's: which
# kind of hang "stuck" is the grader tells.
first() {
	awk -v kinds="$2" '
	function shows(text,   i, n, kind) {
		n = split(kinds, kind, " ")
		for (i = 1; i <= n; i++)
			if (index(text, "\"kind\":\"" kind[i] "\"") || (index(text, "\"kind\":\"stuck\"") && kind[i] ~ /^(hang|deadlock|lock_held)$/)) return 1
		return n == 0
	}
	function number(name, text) { return match(text, "\"" name "\":[0-9]+") ? substr(text, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : "" }
	{
		seed = number("seed", $0)
		if (!(seed in best)) { best[seed] = 0; order[++n] = seed }
		at = index($0, "\"found\":[{")
		if (!at) next
		rest = substr($0, at)
		first_found = substr(rest, 1, match(substr(rest, 12), /\{"status":/) ? RSTART + 11 : length(rest))
		if (!shows(first_found)) next
		schedule = number("schedule", rest) + 1
		if (!best[seed] || schedule < best[seed]) best[seed] = schedule
	}
	END { for (i = 1; i <= n; i++) print best[order[i]] ? best[order[i]] : "none" }' "$1"
}

# row NAME FILE KINDS: prints found/seeds, median and worst; remembers the medians in $work/medians
row() {
	first "$2" "$3" > "$work/first"
	local found worst middle
	found=$(grep -vc none "$work/first")
	middle=$(grep -v none "$work/first" | median)
	worst=$(grep -v none "$work/first" | sort -n | tail -1)
	printf '  %-50s %3d of %-3d  median %-6s worst %s\n' "$1" "$found" "$seeds" "${middle:--}" "${worst:--}"
	grep -v none "$work/first" >> "$work/all"
	[ "$found" -eq "$seeds" ]
}

corpus() {
	echo "corpus: bugs, $seeds seeds, at most 5,000 schedules; twins, $twins schedules"
	: > "$work/all"
	local file name kinds options count=0
	for file in tests/grader/explore/*.c; do
		name=$(basename "$file" .c)
		kinds=$(sed -n 's/^ \* kind: *//p' "$file")
		read -ra options <<< "$(sed -n 's/^ \* options: *//p' "$file")"
		count=$((count + 1))
		build/grader explore --seeds "$seeds" --measure --json -n 5000 "${options[@]}" "$file" > "$work/report" 2> "$work/words" ||
			cat "$work/words"
		# A measured search ends with its first finding. Where that is a race, and not what the program is about, it goes on.
		if first "$work/report" "$kinds" | grep -q none; then
			build/grader explore --seeds "$seeds" --json -n 1000 "${options[@]}" "$file" > "$work/report" 2> "$work/words"
		fi
		row "$name" "$work/report" "$kinds" || problem "$name: not found in every seed"
		build/grader explore --json -n "$twins" -DFIXED "${options[@]}" "$file" > "$work/report" 2> "$work/words"
		if ! grep -q '"found":\[\]' "$work/report" || ! grep -q '"why_not":""' "$work/report"; then
			problem "$name: the corrected twin: $(grep -o '"kind":"[a-z_]*","text":"[^"]*"\|"why_not":"[^"]*"' "$work/report" | head -2 | tr '\n' ' ')"
		fi
	done
	echo "  $count programs; over all searches: median $(median < "$work/all"), worst $(sort -n "$work/all" | tail -1)"
}

mutants() {
	echo "mutants: $seeds seeds, at most 300 schedules of each test that the mutant names"
	: > "$work/all"
	local assignment file name tests test exposed=0 every=0 never=""
	for assignment in $exercises; do
		build/grader mutant -a "$assignment" -o "$work/mutants/$assignment"
		for file in "$work/mutants/$assignment"/*.c; do
			name=$(basename "$file" .c)
			mkdir -p "$work/$name"
			cp "$file" "$work/$name/$assignment.c"
			: > "$work/report"
			tests=$(sed -n 's/^ \* test: *//p' "$file" | tr ',' ' ')
			for test in ${tests:--}; do
				build/grader explore -a "$assignment" -s "$work/$name" $([ "$test" = - ] || echo -t "$test") \
					--seeds "$seeds" --measure --json -n 300 >> "$work/report" 2> "$work/words" || cat "$work/words"
			done
			if first "$work/report" "" | grep -qv none; then
				exposed=$((exposed + 1))
				row "$assignment/$name" "$work/report" "" && every=$((every + 1)) || problem "$name: not found in every seed"
			else
				never="$never $name($(sed -n 's/^ \* check: *//p' "$file"))"
			fi
		done
	done
	echo "  $every of $exposed exposed mutants in every seed; over all searches: median $(median < "$work/all"), worst $(sort -n "$work/all" | tail -1)"
	echo "  no schedule exposes (other checks judge them):$never" | fold -s -w 110
}

# each_solution FUNCTION: of each reference and alternative, as FUNCTION ASSIGNMENT FILE TESTS, where TESTS is the number of its
# tests that are concurrent; it is in $work/solution.
each_solution() {
	local assignment file
	for assignment in $exercises; do
		mkdir -p "$work/solution"
		for file in solutions/"$assignment"/"$assignment".c solutions/"$assignment"/alternatives/*.c; do
			cp "$file" "$work/solution/$assignment.c"
			build/grader explore -a "$assignment" -s "$work/solution" --json -n 1 > "$work/report" 2>/dev/null
			"$1" "$assignment" "$file" "$(grep -c '"threads":[2-9]' "$work/report")"
		done
		rm -r "$work/solution"
	done
}

found_in_solution() { # FILE
	grep -q '"found":\[{' "$work/report" &&
		problem "$1: $(grep -oh '"test":"[a-z_0-9]*"\|"kind":"[a-z_]*","text":"[^"]*"' "$work/report" | head -4 | tr '\n' ' ')"
}

solution() {
	build/grader explore -a "$1" -s "$work/solution" --json -n $((twins / $3 + 1)) > "$work/report" 2> "$work/words" || cat "$work/words"
	printf '  %-50s %6d schedules of %d concurrent tests\n' "$(basename "$2" .c) ($1)" \
		"$(grep -o '"schedules":[0-9]*' "$work/report" | awk -F: '{n += $2} END {print n}')" "$3"
	found_in_solution "$2"
}

solutions() {
	echo "solutions: $twins schedules each, spread over its tests"
	each_solution solution
}

bound() {
	build/grader explore -a "$1" -s "$work/solution" --json -n 5000 --strategy depth-first > "$work/report" 2>/dev/null
	local completed
	completed=$(grep '"threads":[2-9]' "$work/report" | grep -c '"bound":2\|"exhausted":true')
	printf '  %-50s completed for %d of %d concurrent tests\n' "$(basename "$2" .c) ($1)" "$completed" "$3"
	found_in_solution "$2"
	[ $((2 * completed)) -ge "$3" ] || problem "$2: bound-2 search completed for $completed of $3"
}

bounds() {
	echo "bounds: the search with at most 2 preemptions, at most 5,000 schedules of each test of the solutions"
	each_solution bound
}

determinism() {
	echo "determinism: $runs fresh processes of $schedules schedules for each program, both cores loaded"
	local file name program flag count=0 cores i
	cores=$(nproc)
	for file in tests/grader/explore/*.c; do
		for flag in "" -DFIXED; do
			name=$(basename "$file" .c)$flag
			program=$(build/grader explore --build $flag "$file") || { problem "$name does not build"; continue; }
			seq "$runs" | xargs -P "$cores" -I{} sh -c "cd $work && $program --explore mixture --seed 7 --schedules $schedules --all 1 --measure 1 --quiet 1 --report 9 9>&1 >/dev/null | grep -o '\"schedules\":[0-9]*,\"hash\":\"[0-9a-f]*\"'" |
				sort | uniq -c > "$work/hashes"
			count=$((count + 1))
			[ "$(wc -l < "$work/hashes")" -eq 1 ] && grep -q "^ *$runs " "$work/hashes" || problem "$name: $(tr '\n' ';' < "$work/hashes")"
		done
	done
	echo "  $count programs (bugs and twins), $((count * runs)) processes: $problems problems so far"
}

# How many times a loop turns before somebody else runs is the machine's affair; the verdict must not be.
spinning() {
	echo "spinning: $gradings gradings of each mutant, 5 at a time"
	local kinds assignment mutant verdicts i
	kinds="barrier/m26_spins_on_volatile thread_pool/m37_create_spins thread_pool/m38_wait_spins \
		race_fix/b45_spins_for_an_account pipe_ring/d5_polls_nonblocking_pipes shm_ring_buffer/s51_lock_by_trying"
	for mutant in $kinds; do
		assignment=${mutant%/*}
		build/grader mutant -a "$assignment" -m "${mutant#*/}" -o "$work/spins"
		mkdir -p "$work/spinning/$mutant"
		mv "$work/spins/${mutant#*/}.c" "$work/spinning/$mutant/$assignment.c"
	done
	for mutant in $kinds; do
		for ((i = 0; i < gradings; i++)); do
			echo "$mutant $i"
		done
	done | shuf | xargs -P 5 -L 1 sh -c 'NOCACHE=1 build/grader grade -a "${2%/*}" -s "$1/$2" -f verdict > "$1/$2/$3.verdict" 2>&1' \
		sh "$work/spinning"
	for mutant in $kinds; do
		verdicts=$(sha256sum "$work/spinning/$mutant"/*.verdict | cut -d' ' -f1 | sort | uniq -c | sort -rn | awk '{printf "%s%s", (NR > 1 ? " + " : ""), $1}')
		printf '  %-50s %s equal, %s\n' "$mutant" "$verdicts" "$(head -1 "$work/spinning/$mutant/0.verdict")"
		[ "$verdicts" = "$gradings" ] || problem "$mutant: not one verdict"
	done
}

speed() {
	echo "speed: tests/bench/explored.c (3 threads, 48 scheduling points), one core, a fork per schedule"
	local program strategy report
	gcc -O2 -static -pthread tests/bench/alone.c -o "$work/alone" || return
	program=$(build/grader explore --build tests/bench/explored.c) || return
	printf '  %-12s %6d/s: what any explorer pays, fork, three threads and 48 hand-offs alone\n' "bare" "$("$work/alone")"
	for strategy in mixture depth-first pct pos weighted random; do
		report=$(taskset -c 0 "$program" --explore "$strategy" --schedules 10000 --quiet 1 --report 9 9>&1 >/dev/null)
		printf '  %-12s %6d schedules/s\n' "$strategy" \
			"$(($(echo "$report" | field schedules) * 1000 / $(echo "$report" | grep -o '"ms":[0-9]*' | tail -1 | cut -d: -f2)))"
	done
	program=$(build/grader explore --build tests/bench/hooks.c) || return
	taskset -c 0 "$program" --explore random --schedules 1 --report 9 9>/dev/null
}

for part in $parts; do
	"$part"
done
echo "$problems problems"
[ "$problems" -eq 0 ]
