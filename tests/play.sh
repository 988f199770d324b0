#!/usr/bin/env bash
# play.sh - `play` as it is typed, from a pipe and on a terminal: levels that are broken, and are not; undo, hints, wrong
# keys; programs and tests; what is refused; levels whose par is wrong. A part of `make test`.
set -u
cd "$(dirname "$0")/.." || exit 2
grader=${GRADER:-build/grader}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
# What is played here is nobody's progress. What programs run on is built where it belongs, and copied: others build there,
# too, and a grader sweeps away what it takes for half-built.
"$grader" explore assignments/play/lost_update.fixed.c > /dev/null || exit 2
export KIT_BUILD=$work/build
mkdir -p "$KIT_BUILD/kit" && ln -s "$PWD/build/inside" "$KIT_BUILD" || exit 2
find build/kit -mindepth 1 -maxdepth 1 ! -name '*.*' -exec cp -a -t "$KIT_BUILD/kit" {} +
. tests/browser.sh
failed=0

fail() {
	echo "FAIL $1"
	failed=1
}

# play KEYS WORD...: what is said to these keys. The status is in $status.
play() {
	local keys=$1
	shift
	output=$(printf '%s' "$keys" | timeout 900 "$grader" play "$@" 2>&1)
	status=$?
}

# expect NAME STATUS PATTERN...: of what was played last; a pattern that begins with ! must not be there.
expect() {
	local name=$1 wanted=$2 pattern
	shift 2
	[ "$status" -eq "$wanted" ] || fail "$name: the status is $status, not $wanted: ${output:0:300}"
	for pattern; do
		if [ "${pattern#!}" != "$pattern" ]; then
			grep -qE -- "${pattern#!}" <<< "$output" && fail "$name: '${pattern#!}' is said"
		else
			grep -qE -- "$pattern" <<< "$output" || fail "$name: '$pattern' is not said: $(tail -c 600 <<< "$output")"
		fi
	done
}

# Each begins anew (a) in the same process: building it is what takes long.
games() {
	play 'd112ddddad1212ddddad               ad11uuuuuzqq' -n lost_update
	expect "a level" 0 'Level 1 of 24: The lost update' 'Let two visitors come in, and' '9  .*int seen = visitors' 'par 1, 0 switches so far' \
		'> 1  thread 1 +line 9 +read visitors +int seen' '2  thread 2 +start .*\(a switch\)' 'just now +thread 1 +line 9 +read visitors: is 0'
	expect "a level is broken" 0 'You broke it with 1 switch: no schedule does with fewer' 'visitors == 2\) failed' 'x the fixed twin' 'n next level' \
		'To see it again: .*lost_update\.c --replay main@1' 'assignments/notes\): A4, C16, C21'
	expect "with more switches than are needed" 0 'You broke it with 3 switches; the fewest is 1'
	expect "an order that works" 0 'This order works; try another' 'Yet there is something in it \(Data race\)' "' ' is no key here"
	expect "a wrong key" 0 "'z' is no key here"
	[ "$(grep -c 'just now  main thread   line 17  create thread' <<< "$output")" -ge 5 ] || fail "undo and begin again do not lead back to the begin"
	play 'had11hd1h12h' -n 1
	expect "hints, and the end of input" 0 'The shortest failing schedule takes the usual one \(space\) [0-9]+ more times here' \
		'The shortest failing schedule chooses here: 2 \(thread 2\)' 'goes another way: undo \(u\) [1-9] times?'
	play '' -n 1
	expect "no keys" 0 'Who goes on\?'
}

# Threads that wait, locks that are held, waits that end by themselves, whom a signal wakes, processes.
moments() {
	play 'd1122ddddq' -n two_locks
	expect "a deadlock" 0 'held +thread 1 holds anna\.lock since line 12' 'Deadlock' 'You broke it with 1 switch'
	play 'dd11111112ddddddq' -n missing_loop
	expect "a wait that ends by itself" 0 'begins to wait for a signal. A wait may end without one: does it\?' '2  it goes on without a signal  \(a switch\)'
	play 'dddddddq' -n shared_by_two
	expect "processes" 0 'child 1 +start' '!thread 1'
}

# Whoever does what hints say breaks a level with its par.
by_hints() {
	python3 - "$grader" <<- 'END' || fail "by hints: see above"
		import re, subprocess, sys
		grader = sys.argv[1]

		def follow(level):
		    game = subprocess.Popen([grader, "play", "-n", level], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
		    for _ in range(80):
		        game.stdin.write(b"h")
		        game.stdin.flush()
		        text = ""
		        while not re.search(r"nothing more|more times? here|chooses here: . \(|q quit\n\n\[h\]", text):
		            line = game.stdout.readline().decode()
		            if not line:
		                return f"ended: {text[-400:]}"
		            text += line
		        hint = " ".join(text.split("Who goes on?")[-1].split())
		        if "is no key here" in text or "You broke it" in text:
		            break
		        key = re.search(r"chooses here: (.) \(", hint)
		        game.stdin.write(key[1].encode() if key else b" ")
		    game.stdin.close()
		    text += game.stdout.read().decode()
		    game.wait()
		    return None if "no schedule does with fewer" in text else text[-600:]

		wrong = [(level, said) for level in sys.argv[2:] or ["3", "9", "14", "20", "22"] if (said := follow(level))]
		for level, said in wrong:
		    print(f"level {level}: {said}")
		sys.exit(bool(wrong))
	END
}

twins() {
	play 'd112ddddxd112ddddnq' -n 1
	expect "the fixed twin, then the next level" 0 'The lost update \(the fixed twin\)' 'Now try to break this one. The explorer says: all schedules' \
		'This order works' 'Level 2 of 24: One line, three steps'
	play 'l' -n 2
	expect "the list" 0 '^> +2  One line, three steps +par 1  -' ' 1  The lost update +par 1  done with 1 switch' '1 of 24 levels done'
}

# What was done is kept, and the fewest switches of it; `list` says so.
progress() {
	rm -f "$KIT_BUILD/play/progress"
	twins
	play 'd1212ddddq' -n 1
	play '' --list
	expect "fewer switches stay" 0 'The lost update +par 1  done with 1 switch$'
	output=$("$grader" list 2>&1)
	status=$?
	expect "make list" 0 'Play: 1 of 24 levels done; next: One line, three steps: `make play`'
	play ''
	expect "the first level that is not done" 0 'Level 2 of 24'
}

# Eleven threads; the usual order has the last one last.
many() {
	cat > "$work/many.c" <<- 'END'
		#include <assert.h>
		#include <pthread.h>
		enum { THREADS = 11 };
		static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
		static long last;

		static void *come(void *number)
		{
			pthread_mutex_lock(&lock);
			last = (long)number;
			pthread_mutex_unlock(&lock);
			return NULL;
		}

		int main(void)
		{
			pthread_t thread[THREADS];
			for (long i = 0; i < THREADS; i++)
				pthread_create(&thread[i], NULL, come, (void *)(i + 1));
			for (int i = 0; i < THREADS; i++)
				pthread_join(thread[i], NULL);
			assert(last == THREADS);
		}
	END
}

programs() {
	cp assignments/play/load_then_store.c "$work/mine.c"
	play 'd112ddddq' "$work/mine.c"
	expect "a program" 0 'The explorer has found a schedule that fails' 'load_then|mine\.c' 'You broke it with 1 switch: no schedule does with fewer' \
		'--replay main@' '!l levels' '!n next'
	eval "$(sed -n 's/^To see it again: *//p' <<< "$output")" | grep -q 'visitors) == 2) failed' || fail "the token does not show it again"
	play 'dddddddddddddddq' -DNDEBUG "$work/mine.c"
	expect "one that cannot be broken" 0 'The explorer has found no schedule that fails: all schedules' 'This order works'
	many
	play 'dBBBBddddddddddddddddddddddddddddddq' "$work/many.c"
	expect "more than ten threads" 0 '> 1  thread 1 +start' 'A  thread 10 +start' 'B  thread 11 +start' '> B  thread 11 +line 11  unlock lock' \
		"'B' is no key here" 'You broke it with 0 switches: no schedule does with fewer' 'last == THREADS\) failed'
	play 'hq' -DNDEBUG "$work/mine.c"
	expect "it has no hint" 0 'There is no hint: the explorer has found no schedule'
	KIT_BUILD=$PWD/build play 'dddq' -a race_fix -t opposite_transfers_finish -s tests/examples/deniz
	expect "a test" 0 'opposite_transfers_finish of race_fix' 'held +thread [0-9] holds account' 'line 71 +lock account'
}

refused() {
	play '' "$work/nothere.c"
	expect "no file" 2 'No such file'
	play '' -n 99
	expect "no such level" 2 "there is no level '99'"
	play '' -a race_fix
	expect "which test" 2 'which test of race_fix\? -t TEST'
	play '' -a race_fix -t sorrow
	expect "no such test" 2 "race_fix has no test 'sorrow'"
	play '' -t x
	expect "whose test" 2 'a test of which assignment'
	play '' -n 1 "$work/mine.c"
	expect "a level and a program" 2 'either a level or a program'
	printf '#include <stdlib.h>\nint main(void)\n{\n\treturn system("true");\n}\n' > "$work/system.c"
	play '' "$work/system.c"
	expect "what the explorer does not cover" 2 'not explored: uses system'
}

# A terminal is as it was before: after q, after Ctrl-C, and when the program does not build.
terminal() {
	python3 - "$grader" <<- 'END' || fail "the terminal: see above"
		import fcntl, os, pty, select, struct, sys, termios
		grader = sys.argv[1]

		def type_into(words, steps):
		    """Types each key when the text before it has come. The status, whether keys came at once, and what was shown."""
		    master, slave = pty.openpty()
		    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 100, 0, 0))
		    before = termios.tcgetattr(slave)
		    pid = os.fork()
		    if pid == 0:
		        os.setsid()
		        os.close(master)
		        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
		        for number in 0, 1, 2:
		            os.dup2(slave, number)
		        os.execv(grader, [grader, "play"] + words)
		    seen, raw = "", False
		    for wait_for, key in steps:
		        begin = len(seen)
		        while wait_for not in seen[begin:]:
		            if not select.select([master], [], [], 900)[0]:
		                sys.exit(f"'{wait_for}' does not come: {seen[-400:]!r}")
		            seen += os.read(master, 4096).decode("utf-8", "replace")
		        raw |= not termios.tcgetattr(slave)[3] & termios.ICANON
		        os.write(master, key)
		    while True:
		        got, status = os.waitpid(pid, os.WNOHANG)
		        while select.select([master], [], [], 0.05)[0]:
		            seen += os.read(master, 4096).decode("utf-8", "replace")
		        if got:
		            break
		    if termios.tcgetattr(slave) != before:
		        sys.exit("the terminal is not as it was before")
		    return os.waitstatus_to_exitcode(status), raw, seen

		status, raw, seen = type_into(["-n", "1"], [("q quit", b"d"), ("q quit", b"1"), ("q quit", b"q")])
		if status != 0 or not raw or "\x1b[H\x1b[2J" not in seen or "1 >" not in seen:
		    sys.exit(f"status {status}, keys at once: {raw}: {seen[-600:]!r}")
		status, raw, seen = type_into(["-n", "1"], [("q quit", b"\x03")])
		if status != 130 or not raw:
		    sys.exit(f"Ctrl-C: status {status}, keys at once: {raw}")
		status, raw, seen = type_into(["-n", "1"], [("q quit", b"\x04")])
		if status != 0:
		    sys.exit(f"Ctrl-D: status {status}")
		status, raw, seen = type_into(["/nothere.c"], [])
		if status != 2:
		    sys.exit(f"a program that does not build: status {status}")
	END
}

# The page, in headless Chromium: levels are played by their buttons until they break and until an order works, then undo,
# the twin, the next level by a key.
page() {
	command -v chromium > /dev/null || { echo "play: no Chromium, the page is not tried (make setup-dev)"; return; }
	local page=${PAGE:-$work/play.html}
	if [ -z "${PAGE:-}" ]; then
		output=$("$grader" play --page "$page" --levels "$(page_levels)" 2>&1)
		status=$?
		expect "the page" 0 "The page is in $page"
	fi
	[ "$(wc -c < "$page")" -lt 2000000 ] || fail "the page is larger than 2 MB"
	cat > "$work/did.js" <<- 'END'
		const button = key => [...document.querySelectorAll("#choices button")].find(each => each.textContent.startsWith(key + "  "));
		/* The options that lead to such an end, by what is on the page. */
		function wayTo(end) {
			const seen = new Set(), rest = [[0, []]];
			while (rest.length) {
				const [number, keys] = rest.shift(), run = stateOf(number), state = "r" in level.runs[number] ? level.runs[number].r : number;
				if (run.e === end)
					return keys;
				if (seen.has(state))
					continue;
				seen.add(state);
				for (const [key, , , costs, child] of run.o || [])
					if (child >= 0)
						(costs ? rest.push([child, [...keys, key]]) : rest.unshift([child, [...keys, key]]));
			}
			return null;
		}
		function play(index) {
			const select = document.getElementById("levels");
			select.selectedIndex = index;
			select.dispatchEvent(new Event("change"));
			const works = wayTo(0), breaks = wayTo(1);
			for (const key of works || [])
				button(key).click();
			said.push(level.name + " works: " + document.getElementById("end").textContent);
			document.getElementById("again").click();
			said.push(level.name + " again: " + document.getElementById("switches").textContent);
			for (const key of breaks || [])
				button(key).click();
			said.push(level.name + " breaks: " + document.getElementById("end").textContent);
			said.push(level.name + " steps: " + document.querySelectorAll("#steps tr").length);
		}
		for (let index = 0; index < levels.length; index++)
			play(index);
		document.getElementById("undo").click();
		said.push("undo: " + document.querySelectorAll("#choices button").length + " choices, " + document.getElementById("end").textContent);
		document.getElementById("levels").selectedIndex = 0;
		document.getElementById("levels").dispatchEvent(new Event("change"));
		for (const key of wayTo(1))
			dispatchEvent(new KeyboardEvent("keydown", {key}));
		said.push("keys: " + document.getElementById("end").textContent);
		document.getElementById("fixed").click();
		said.push("twin: " + document.getElementById("end").textContent + document.getElementById("program").textContent.includes("pthread_mutex_lock"));
		dispatchEvent(new KeyboardEvent("keydown", {key: "n"}));
		said.push("next: " + document.getElementById("story").textContent.slice(0, 20) + ", " + document.getElementById("progress").textContent);
	END
	output=$(in_browser "$page" 1000)
	status=0
	expect "the page in a browser" 0 'lost_update works: This order works; try another' 'lost_update again: par 1, 0 switches so far' \
		'lost_update breaks: You broke it with 1 switch: no schedule does with fewer\.Assertion.*visitors == 2' \
		'(keys): You broke it with 1 switch: no schedule' 'twin: .*The explorer says: all schedules.*true' 'undo: [1-9] choices, $' 'next: .*, [0-9]+ of [0-9]+ levels done' '!error:'
	[ "$(grep -c 'breaks: You broke it with [0-9] switch[es]*: no schedule does with fewer' <<< "$output")" -ge 5 ] || fail "the page: not every level breaks with its par: $(grep 'breaks:' <<< "$output")"
	[ "$(grep -c 'works: This order works' <<< "$output")" -ge 5 ] || fail "the page: no order of some level works: $(grep 'works:' <<< "$output")"
	for width in 390 1280; do
		output=$(objections "$page" $width)
		[ -z "$output" ] || fail "the page at $width pixels: $output"
	done
}

# Five of the levels: a page of all takes half a minute.
page_levels() {
	local levels=$work/five name
	mkdir "$levels"
	sed -n '/^schema/,/^levels/p' assignments/play/levels.yaml > "$levels/levels.yaml"
	for name in lost_update endless_pipe two_locks missed_signal shared_by_two; do
		cp assignments/play/$name{,.fixed}.c "$levels"
		sed -n "/name: $name\$/,/notes:/p" assignments/play/levels.yaml >> "$levels/levels.yaml"
	done
	echo "$levels"
}

# A par that is wrong, a twin that fails, a row that is nowhere: found, with file and line.
proofs() {
	local levels=$work/levels
	mkdir "$levels"
	cp assignments/play/{lost_update,check_then_act}{,.fixed}.c "$levels"
	sed -n '/^schema/,/^levels/p; /name: lost_update/,/notes:/p; /name: check_then_act/,/notes:/p' assignments/play/levels.yaml > "$levels/levels.yaml"
	prove() {
		output=$("$grader" validate --levels="$levels" 2>&1)
		status=$?
	}
	sed -i '0,/par: 1/s//par: 2/; s/kinds: .assertion/kinds: [deadlock/; 0,/kinds: .deadlock/s//kinds: [assertion/' "$levels/levels.yaml"
	prove
	expect "a par that is too high, and another kind" 1 'PROBLEM .*levels.yaml:3: lost_update: par is 2, but 1 switch is enough' \
		'levels.yaml:12: check_then_act: it fails by assertion, which `kinds` does not name' '2 levels of play: 2 problems$'
	sed -i '0,/par: 2/s//par: 0/; s/kinds: .deadlock/kinds: [assertion/' "$levels/levels.yaml"
	cp "$levels/check_then_act.c" "$levels/check_then_act.fixed.c"
	prove
	expect "a par that is too low, and a twin that fails" 1 'levels.yaml:3: lost_update: no schedule with at most 0 switches breaks it, so par 0 is wrong' \
		'check_then_act: the fixed twin fails, too: assertion'
	cp assignments/play/check_then_act.fixed.c "$levels"
	sed -i '0,/par: 0/s//par: 1/' "$levels/levels.yaml"
	prove
	expect "two levels" 0 '2 levels of play: 0 problems'
	sed -i 's/== 2/== 3/' "$levels/lost_update.c"
	sed -i '/name: check_then_act/,$d' "$levels/levels.yaml"
	prove
	expect "one that fails anyway" 1 'lost_update: it fails without anybody' '1 level of play: 1 problem$'
	sed -i 's/C16/C99/' "$levels/levels.yaml"
	prove
	expect "a row of the notes" 2 'levels.yaml:3: the notes have no row C99'
}

# parts of this test: all, or those that are named
for part in ${*:-games moments by_hints progress programs refused terminal page proofs}; do
	$part
done
[ $failed -eq 0 ] && echo "play: ok"
exit $failed
