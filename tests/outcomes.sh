#!/usr/bin/env bash
# outcomes.sh - what `explore` says in words, in JSON, by its exit status and in a replay is one and the same. Small
# programs are made at random (from SEED): many rounds or few, locked or not, with races, failed assertions, early exits,
# and some that are too long. A part of `make test`: [SEED=N] [PROGRAMS=N].
set -u
cd "$(dirname "$0")/.." || exit 2
grader=build/grader
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
RANDOM=${SEED:-7} # with 7 all three outcomes are among the 24 programs

# pick NAME CHOICE...: sets the variable NAME. Not `$(pick ...)`: a subshell of bash draws numbers of its own, which no seed gives again.
pick() {
	local name=$1
	shift
	shift $((RANDOM % $#))
	printf -v "$name" '%s' "$1"
}

# make_program FILE: in this shell, for the same reason.
make_program() {
	local threads rounds protect check leave others mine end
	pick threads 1 2 3
	pick rounds 1 2 5 300 9000
	pick protect 'pthread_mutex_lock(\&lock);' 'pthread_mutex_lock(\&lock);' ''
	pick check '' '' 'assert(total <= i + THREADS * ROUNDS);' 'assert(total != 3);' 'assert(seen == i || i > 1);'
	pick leave '' '' '' 'if (total == 2) exit(0);' 'if (i == 1) exit(5);' 'if (total == 4) pthread_exit(NULL);'
	pick others work 'i % 2 ? other : work'
	pick mine '' '' 'total++, mine = 1;' 'if (total > 1) total += 2, mine = 2;'
	pick end '' 'assert(total == THREADS * ROUNDS + mine);'
	sed -e "s/@OTHERS@/$others/; s/@MINE@/$mine/; s/@END@/$end/" -e "s/@THREADS@/$threads/; s/@ROUNDS@/$rounds/; s/@LOCK@/$protect/; s/@CHECK@/$check/; s/@LEAVE@/$leave/" \
		-e "s/@UNLOCK@/${protect:+pthread_mutex_unlock(\\&lock);}/" <<- 'END' > "$1"
		#include <assert.h>
		#include <pthread.h>
		#include <stdlib.h>
		enum { THREADS = @THREADS@, ROUNDS = @ROUNDS@ };
		static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
		static int total, mine;
		static void *work(void *unused)
		{
			for (int i = 0; i < ROUNDS; i++) {
				@LOCK@
				int seen = total++;
				@CHECK@
				@LEAVE@
				(void)seen;
				@UNLOCK@
			}
			return unused;
		}
		void *other(void *unused)
		{
			for (int i = 0; i < ROUNDS; i++) {
				@LOCK@
				total = total + 1;
				@UNLOCK@
			}
			return unused;
		}
		int main(void)
		{
			pthread_t thread[THREADS];
			for (int i = 0; i < THREADS; i++)
				pthread_create(&thread[i], NULL, @OTHERS@, NULL);
			@MINE@
			for (int i = 0; i < THREADS; i++)
				pthread_join(thread[i], NULL);
			@END@
			return mine < 0;
		}
	END
}

# agree FILE: prints "FAIL ..." where two of them differ, and at last the verdict.
agree() {
	local file=$1 text status json json_status verdict token replay
	text=$("$grader" explore -n 25 "$file" 2>&1)
	status=$?
	json=$("$grader" explore -n 25 --json "$file" 2>&1)
	json_status=$?
	verdict=$(grep -o '"verdict":"[a-z_]*"' <<< "$json" | cut -d'"' -f4)
	[ "$status" -eq "$json_status" ] || echo "FAIL $file: status $status in words, $json_status in JSON"
	case $verdict in
	none_fails) [ "$status" -eq 0 ] && [[ $text =~ 'none fails'|'there is only one schedule' && ! $json =~ '"found":[{' ]] ;;
	found) [ "$status" -eq 1 ] && [[ $text =~ ': found in schedule' && ! $text =~ 'none fails' && ! $text =~ 'not explored' && $json =~ '"found":[{' ]] ;;
	not_explored) [ "$status" -eq 3 ] && [[ $text =~ ^'not explored: ' && ! $text =~ 'none fails' && $json =~ '"found":[]' ]] ;;
	*) false ;;
	esac || echo "FAIL $file: the verdict is '$verdict', the status $status, the words: ${text:0:200}"
	grep -q '"replays":false' <<< "$json" && echo "FAIL $file: it depends on the schedule alone, and is said not to be reproducible"
	grep -q 'Nothing goes wrong' <<< "$text" && echo "FAIL $file: a failure is shown in which nothing goes wrong"
	for token in $(sed -n 's/^To see it again:.* --replay \([^ ]*\).*/\1/p' <<< "$text" | head -3); do
		replay=$("$grader" explore --replay "$token" "$file" 2>&1)
		[ $? -eq 1 ] && ! grep -q 'Nothing goes wrong' <<< "$replay" || echo "FAIL $file: $token does not fail: ${replay:0:200}"
	done
	replay=$("$grader" explore --replay main@0 "$file" 2>&1)
	case $? in
	0) grep -q '^Nothing goes wrong in this schedule' <<< "$replay" ;;
	1) ! grep -q 'Nothing goes wrong' <<< "$replay" && [ "$status" -eq 1 ] ;;
	3) grep -q '^not explored: ' <<< "$replay" && [ "$status" -ne 0 ] ;;
	*) false ;;
	esac || echo "FAIL $file: the default schedule says: ${replay:0:200}"
	echo "$verdict" >> "$work/verdicts"
}

: "$("$grader" explore --build tests/bench/explored.c)" # builds the kit's half, once
for ((number = 1; number <= ${PROGRAMS:-24}; number++)); do
	make_program "$work/$number.c"
done
export -f agree
export grader work
printf '%s\0' "$work"/*.c | xargs -0 -P 2 -I{} bash -c 'agree {}' > "$work/failures"
[ -n "${SEED:-}" ] || [ -n "${PROGRAMS:-}" ] || for verdict in none_fails found not_explored; do
	grep -qx "$verdict" "$work/verdicts" || echo "FAIL no program is '$verdict': the programs are too few"
done >> "$work/failures"
if [ -s "$work/failures" ]; then
	cat "$work/failures"
	mkdir -p build/outcomes && cp "$work"/*.c build/outcomes
	exit 1
fi
echo "outcomes: $(wc -l < "$work/verdicts") programs ($(sort "$work/verdicts" | uniq -c | awk '{printf "%s%s %s", s, $1, $2; s = ", "}')): words, JSON, status and replay agree"
