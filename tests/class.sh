#!/usr/bin/env bash
# class.sh [PART...]: what only a whole class shows; without PART all of them (`make class-long`).
#
#   resume    a class of 40 whose grader is killed with SIGKILL at 20 random moments (SEED=1) and started again each time: the
#             gradebook is that of an undisturbed run, no grade is there twice
#   formats   50 submissions in all formats: the score is the same in the gradebook, in GitHub Classroom's table, as it sends it, in
#             Classroom 50's result and in Gradescope's
#   page      index.html in headless Chromium: sorted by mouse and keyboard, readable on a phone, without objections of axe-core
#   steps     schedules as pages in headless Chromium: every control, the state after chosen steps, narrow screens, contrast, names
#   delays    three submissions, alone and beside one that hangs, one that floods and one that does not compile
#   thirty    a class of 30 in which each does one thing that people do with names, archives, repositories and dates
#             (tests/class/make.sh): gradebook, canvas.csv and moodle.csv are the expected ones; adjustments, extensions, requests and
#             their answers, points for what a person reads; what `make feedback` writes, read by other programs
set -eu
cd "$(dirname "$0")/.."
grader=$PWD/build/grader
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
checks=0
. tests/browser.sh

check() { # WHAT CONDITION...
	local what=$1
	shift
	checks=$((checks + 1))
	"$@" || {
		echo "  WRONG: $what"
		failures=$((failures + 1))
	}
}

# fill FOLDER COUNT NAME...: so many submissions of these exercises, no two equal: references, alternatives, mutants.
fill() {
	local folder=$1 count=$2 number=0 name files
	shift 2
	for name; do
		build/grader mutant -a $name -o "$folder.mutants/$name"
		files=(solutions/$name/$name.c solutions/$name/alternatives/*.c "$folder.mutants/$name"/*.c)
		mkdir -p "$folder/$name"
		for ((i = 0; i < count / $#; i++)); do
			number=$((number + 1))
			{
				printf '/* submission %d */\n' $number
				cat "${files[i % ${#files[@]}]}"
			} > "$folder/$name/student$(printf %03d $number).c"
		done
	done
}

# What must be equal: all but the times at which, and in which, something was done.
tables() {
	sqlite3 "$1/gradebook.sqlite" "
		select s.name, b.assignment, b.key, g.judged, g.score from grades g join submissions b on b.id = g.submission
			join students s on s.id = b.student order by 1, 2, 3;
		select s.name, c.assignment, c.late_days, c.deduction, c.final, c.note from current c join students s on s.id = c.student
			where c.run = (select max(id) from runs) order by 1, 2;
		select s.name, b.assignment, f.number, f.id, f.kind, f.found_by, f.test, f.points_lost, f.seen, f.file, f.line from findings f
			join grades g on g.id = f.grade join submissions b on b.id = g.submission join students s on s.id = b.student order by 1, 2, 3"
}

resume() {
	echo "resume: a class of 40, killed at 20 moments"
	local moment seed=${SEED:-1} pid begin longest
	fill "$work/class" 40 race_fix
	export NOCACHE=1
	begin=$(date +%s)
	"$grader" class "$work/class" -o "$work/whole" > "$work/whole.text" 2>&1
	longest=$((($(date +%s) - begin) / 10 + 2)) # so that some get finished between two of them
	for ((moment = 1; moment <= 20; moment++)); do
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		"$grader" class "$work/class" -o "$work/pieces" > /dev/null 2>&1 &
		pid=$!
		sleep "$((seed / 65536 % longest)).$((seed / 256 % 1000))"
		kill -KILL $pid 2> /dev/null || true
		wait $pid 2> /dev/null || true
	done
	"$grader" class "$work/class" -o "$work/pieces" > "$work/pieces.text" 2>&1
	grep -o '[0-9]* unchanged since' "$work/pieces.text" || echo "0 unchanged since"
	check "gradebook.csv is that of an undisturbed run" cmp "$work/whole/gradebook.csv" "$work/pieces/gradebook.csv"
	tables "$work/whole" > "$work/whole.tables"
	tables "$work/pieces" > "$work/pieces.tables"
	check "the tables are those of an undisturbed run" diff "$work/whole.tables" "$work/pieces.tables"
	check "each is graded once" [ "$(sqlite3 "$work/pieces/gradebook.sqlite" 'select count(*) from grades')" -eq 40 ]
	check "no scratch folder is left: $(ls build/run | tr '\n' ' ')" [ -z "$(ls build/run 2> /dev/null)" ]
	unset NOCACHE
}

formats() {
	echo "formats: 50 submissions"
	local file name student csv format
	fill "$work/all" 52 pipe_ring race_fix bounded_buffer thread_pool
	rm "$work"/all/thread_pool/student05[12].c
	"$grader" class "$work/all" -o "$work/book" > "$work/text" 2>&1 || true
	while read -r file; do
		name=$(basename "$(dirname "$file")") student=$(basename "$file" .c)
		mkdir -p "$work/one"
		cp "$file" "$work/one/$name.c"
		for format in classroom classroom50 gradescope; do
			"$grader" grade -a "$name" -s "$work/one" -f $format -o "$work/reports" > "$work/$format" || [ $? -eq 1 ]
		done
		printf '%s %s %s\n' "$name" "$student" "$(python3 - "$work" "$name" "$student" << 'PYTHON'
import base64, csv, json, sys
work, name, student = sys.argv[1:]
line = open(work + "/classroom").read().strip()
result = json.loads(base64.b64decode(line.split("=", 1)[1]))
passed = sum(1 for test in result["tests"] if test["status"] == "pass")
sent = sum(test.get("score", 0) for test in result["tests"])
table = passed / len(result["tests"]) * result["max_score"]
classroom50 = json.load(open(work + "/classroom50"))["score"]
gradescope = json.load(open(work + "/gradescope"))["score"]
rows = list(csv.DictReader(open(work + "/book/gradebook.csv", encoding="utf-8-sig")))
row = [row for row in rows if student in row.values()][0]
book = [value for key, value in row.items() if key.startswith(name) and "score" in key][0]
print(book, round(table, 6).__format__("g"), sent, classroom50, gradescope)
PYTHON
)"
	done < <(find "$work/all" -name '*.c' | sort) > "$work/scores"
	awk '{ for (i = 4; i <= NF; i++) if ($i != $3) bad = bad "\n    " $0 } END { print "  " NR " submissions" bad; exit bad != "" }' "$work/scores" ||
		{ failures=$((failures + 1)); echo "  WRONG: scores differ (gradebook, table, sent, Classroom 50, Gradescope)"; }
	check "there are 50" [ "$(wc -l < "$work/scores")" -eq 50 ]
	checks=$((checks + 1))
}

seconds_of() {
	local begin end
	begin=$(date +%s%N)
	"$@" > "$work/text" 2>&1 || true
	end=$(date +%s%N)
	echo $(((end - begin) / 1000000))
}

scores() {
	sqlite3 "$1/gradebook.sqlite" "select s.name, c.final from current c join students s on s.id = c.student
		where c.assignment = 'race_fix' and s.name like 'student%' order by 1"
}

delays() {
	echo "delays: three submissions, alone and beside three bad ones"
	local alone beside own
	fill "$work/three" 3 race_fix
	export NOCACHE=1
	alone=$(seconds_of "$grader" class "$work/three" -o "$work/alone")
	cp tests/hostile/attacks/46a_busy_for_ever.c "$work/three/race_fix/hangs.c"
	cp tests/hostile/attacks/43a_endless_output.c "$work/three/race_fix/floods.c"
	echo '#error no' > "$work/three/race_fix/does_not_compile.c"
	beside=$(seconds_of "$grader" class "$work/three" -o "$work/beside")
	unset NOCACHE
	own=$(cat "$work"/beside/{hangs,floods,does_not_compile}/race_fix.json | awk '/^  "duration_ms": / { sum += $2 } END { print sum + 0 }')
	echo "  $alone ms alone, $beside ms beside them; the bad ones themselves took $own ms"
	scores "$work/alone" > "$work/alone.scores"
	scores "$work/beside" > "$work/beside.scores"
	check "there are three" [ "$(wc -l < "$work/alone.scores")" -eq 3 ]
	check "the three have the scores that they had" diff "$work/alone.scores" "$work/beside.scores"
	check "they waited for the bad ones no longer than these took" [ "$beside" -le $((alone + own)) ]
}

# axe-core has nothing against the page, narrow and wide, light and dark.
accessible() { # PAGE
	local width option
	for width in 390 1280; do
		for option in "" --blink-settings=preferredColorScheme=0; do
			objections "$1" $width $option > "$work/have"
			check "axe-core objects to nothing in $(basename "$1") at $width pixels $option" diff /dev/null "$work/have"
		done
	done
}

page() {
	echo "page: index.html in headless Chromium"
	local name
	mkdir -p "$work/page/race_fix"
	for name in zoe ada bob10 bob9; do
		echo "#error $name" > "$work/page/race_fix/$name.c"
	done
	cp solutions/race_fix/race_fix.c "$work/page/race_fix/ada.c"
	"$grader" class "$work/page" -o "$work/page-out" > /dev/null 2>&1
	cat > "$work/did.js" <<-'END'
		const names=()=>[...document.querySelectorAll("tbody tr")].map(r=>r.cells[0].textContent.trim()).join(" ");
		const heads=[...document.querySelectorAll("th button")];
		heads[0].click();said.push("by name: "+names());
		heads[0].click();said.push("by name, down: "+names()+", "+heads[0].parentNode.getAttribute("aria-sort"));
		heads[1].click();heads[1].click();said.push("best first: "+names().split(" ")[0]);
		heads[0].focus();said.push("keyboard: "+(document.activeElement===heads[0])+" "+heads.every(b=>b.tabIndex>=0));
		const link=document.querySelector("tbody a");link.focus();said.push("link: "+(document.activeElement===link)+" "+link.getAttribute("href"));
		said.push("no wider than the window: "+(document.documentElement.scrollWidth<=innerWidth));
		said.push("letters: "+(parseFloat(getComputedStyle(document.querySelector("td")).fontSize)>=12))
	END
	cat > "$work/page.want" <<-'END'
		by name: ada bob9 bob10 zoe
		by name, down: zoe bob10 bob9 ada, descending
		best first: ada
		keyboard: true true
		link: true ada/race_fix.html
		no wider than the window: true
		letters: true
	END
	for width in 360 1280; do
		in_browser "$work/page-out/index.html" $width > "$work/page.have"
		check "the page does what it should at $width pixels" diff "$work/page.want" "$work/page.have"
	done
	accessible "$work/page-out/index.html"
	accessible "$work/page-out/zoe/race_fix.html"
}

# explored PROGRAM: its first failing schedule as a page.
explored() {
	"$grader" explore "tests/grader/explore/$1.c" --page "$work/$1.html" > "$work/text" 2>&1 || true
	[ -s "$work/$1.html" ] || { check "there is a page of $1" false; cat "$work/text"; }
}

stepped() { # WHAT PAGE WIDTH [HASH [OPTION]] < WANT
	cat > "$work/want"
	in_browser "$2" "$3" "${4-}" "${5-}" > "$work/have"
	check "$1" diff "$work/want" "$work/have"
}

steps() {
	echo "steps: schedules in headless Chromium"
	local program
	for program in lost_wakeup_test_outside child_keeps_write_end pair_half_written semaphore_order if_around_wait polite_livelock; do
		explored $program
	done
	for program in lost_wakeup_test_outside child_keeps_write_end pair_half_written; do
		accessible "$work/$program.html"
	done
	local signal=$work/lost_wakeup_test_outside.html
	cat > "$work/did.js" <<-'END'
		const one=steppers[0],button=name=>[...one.element.querySelectorAll("button")].find(b=>b.getAttribute("aria-label")===name);
		const at=()=>(one.at+1)+" "+one.now.querySelector("b:not(.marker)").textContent+" "+location.hash;
		const press=name=>{button(name).click();said.push(name+": "+at())};
		const key=(key,target=one.box)=>{target.dispatchEvent(new KeyboardEvent("keydown",{key,bubbles:true,cancelable:true}));said.push(key+": "+at())};
		press("last step");press("previous step");press("first step");press("next step");press("next switch");press("decisive step");press("step 5");
		key("ArrowRight");key("ArrowLeft");key("Home");key("End");
		one.slider.value=7;one.slider.dispatchEvent(new Event("input"));said.push("slider: "+at());
		key(" ");said.push("plays: "+button("play").getAttribute("aria-pressed"));key(" ");said.push("plays: "+button("play").getAttribute("aria-pressed"));
		key("ArrowRight",one.slider);key(" ",button("play"));
		const picture=one.element.querySelector(".picture");said.push("picture: "+getComputedStyle(picture).display);
		button("show or hide the whole schedule as a picture").click();said.push("picture: "+getComputedStyle(picture).display);
		said.push("current: "+one.element.querySelectorAll("[aria-current]").length+" "+one.element.querySelector("[aria-current] button").textContent);
	END
	stepped "every control goes where it says" "$signal" 1280 <<-'END'
		last step: 14 waits became_ready #S.14
		previous step: 13 unlock lock #S.13
		first step: 1 create thread #S.1
		next step: 2 create thread #S.2
		next switch: 7 start #S.7
		decisive step: 14 waits became_ready #S.14
		step 5: 5 lock lock #S.5
		ArrowRight: 6 unlock lock #S.6
		ArrowLeft: 5 lock lock #S.5
		Home: 1 create thread #S.1
		End: 14 waits became_ready #S.14
		slider: 7 start #S.7
		 : 7 start #S.7
		plays: true
		 : 7 start #S.7
		plays: false
		ArrowRight: 7 start #S.7
		 : 7 start #S.7
		picture: none
		picture: block
		current: 1 7
	END
	cat > "$work/did.js" <<-'END'
		const one=steppers[0],text=e=>e.textContent.replace(/\s+/g," ").trim();
		const panel=()=>[...one.panel.querySelectorAll("section")].map(s=>text(s.querySelector("h2,h4"))+": "+[...s.querySelectorAll("tbody tr,li,p")].map(r=>[...(r.cells||[r])].map(text).join(" | ")).join("; ")).join("\n");
		said.push("at "+(one.at+1));said.push(panel());
		said.push("source: "+[...one.source.box.querySelectorAll(".marker")].map(m=>m.textContent+" at "+m.closest("div").querySelector("i").textContent).join(", "));
	END
	stepped "a lock is held" "$signal" 1280 "#S.8" <<-'END'
		at 8
		Locks: lock | 2 thread 2 since lost_wakeup_test_outside.c:57 | 
		Condition variables and barriers: became_ready | nobody
		Also waiting: M main thread for a thread's end at lost_wakeup_test_outside.c:71
		source: 1 at 30, 2 at 57, M at 71
	END
	stepped "a thread waits for a signal" "$signal" 1280 "#S.14" <<-'END'
		at 14
		Locks: free: lock
		Condition variables and barriers: became_ready | 1 thread 1
		Also waiting: M main thread for a thread's end at lost_wakeup_test_outside.c:71
		source: 1 at 38, M at 71
	END
	stepped "a pipe's ends and bytes" "$work/child_keeps_write_end.html" 1280 "#S.4" <<-'END'
		at 4
		Pipes: M main thread | write; c1 child 1 | read write; bytes to be read | 2
		source: M at 33
	END
	stepped "who keeps a reader waiting" "$work/child_keeps_write_end.html" 1280 "#S.12" <<-'END'
		at 12
		Pipes: M main thread | ; c1 child 1 | read write keeps a reader waiting; bytes to be read | 0
		Also waiting: M main thread for a child at child_keeps_write_end.c:36; c1 child 1 for bytes from pipe 0 at child_keeps_write_end.c:16
		source: c1 at 16, M at 36
	END
	stepped "a variable before and after" "$work/pair_half_written.html" 1280 "#S.11" <<-'END'
		at 11
		Shared variables: first | 0 → 1
		source: 9 at 32, M at 50
	END
	stepped "semaphores" "$work/semaphore_order.html" 1280 "#S.99" <<-'END'
		at 17
		Semaphores: full | 0 | ; mutex | 0 | 1 thread 1; empty | 0 | 3 thread 3
		Also waiting: M main thread for a thread's end at semaphore_order.c:57
		source: 3 at 25, 1 at 38, M at 57
	END
	cat > "$work/did.js" <<-'END'
		const one=steppers[0];
		said.push("dark: "+matchMedia("(prefers-color-scheme: dark)").matches);
		said.push("the width that it should have: "+[390,1280].includes(innerWidth));
		said.push("no wider than the window: "+(document.documentElement.scrollWidth<=innerWidth));
		said.push("letters: "+[...one.element.querySelectorAll("*")].filter(e=>e.textContent.trim()&&e.offsetParent&&parseFloat(getComputedStyle(e).fontSize)<11).length);
		said.push("without a name: "+[...document.querySelectorAll("button,input,[tabindex],[role=region]")].filter(e=>!(e.getAttribute("aria-label")||e.textContent.trim())).length);
		said.push("small to touch: "+[...document.querySelectorAll(".controls button")].filter(e=>e.offsetHeight<32).length);
		const part=v=>{v/=255;return v<=.03928?v/12.92:((v+.055)/1.055)**2.4},light=c=>.2126*part(c[0])+.7152*part(c[1])+.0722*part(c[2]);
		const colour=c=>{const n=c.match(/[\d.]+/g).map(Number);return n[3]===0?null:n};
		const behind=e=>{for(;e;e=e.parentElement){const c=colour(getComputedStyle(e).backgroundColor);if(c)return c}return[255,255,255]};
		const faint=new Set();
		for(let i=0;i<one.schedule.steps.length;i++){one.show(i);
			for(const e of one.element.querySelectorAll(".stepper *")){if(![...e.childNodes].some(n=>n.nodeType===3&&n.data.trim())||!e.offsetParent)continue;
				const a=light(colour(getComputedStyle(e).color)),b=light(behind(e)),ratio=(Math.max(a,b)+.05)/(Math.min(a,b)+.05);
				if(ratio<4.5)faint.add(e.tagName+"."+e.className+" "+ratio.toFixed(1))}}
		said.push("faint: "+[...faint].join(", "));
	END
	local width option= dark=false
	for width in 390 1280; do
		for program in lost_wakeup_test_outside child_keeps_write_end pair_half_written if_around_wait; do
			stepped "$program can be read at $width pixels" "$work/$program.html" $width "" "$option" <<-END
				dark: $dark
				the width that it should have: true
				no wider than the window: true
				letters: 0
				without a name: 0
				small to touch: 0
				faint: 
			END
		done
		option=--blink-settings=preferredColorScheme=0 dark=true
	done
}

# Quin is two days late, Sam one after an extension, which goes; two are free in the course.
late_days() {
	local due='2025-03-06 23:59 +0100'
	check "the report tells of an extension" grep -q 'due 2025.*by extension.*ill' "moodle/Sam Stein/race_fix.md"
	echo 'late_budget: {days: 2}' >> kit/assignments/course.yaml
	sed -i '/Stein/d' moodle/extensions.csv
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r moodle.csv -o moodle > budget.text 2>&1
	check "two days are free" grep -q '^"Quin","Quast",.*,100,100,2,0,0,100,' moodle/gradebook.csv
	check "and the third is not" grep -q '^"Sam","Stein",.*,95,100,3,5,0,95,' moodle/gradebook.csv
	check "who has used what is in a table" grep -q '^"Sam Stein","Sam Stein",3,2,2,0' moodle/late_days.csv
	check "nothing is graded again for free days" grep -q "25 unchanged" budget.text
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" adjust -s sam@example.edu -a race_fix -d "$due" -c ill -o moodle > due.text 2>&1
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r moodle.csv -o moodle > extended.text 2>&1
	check "who has a later due date is not late" grep -q '^"Sam Stein","Sam Stein",0,0,0,2' moodle/late_days.csv
	echo 'Quin Quast,race_fix,tomorrow' >> moodle/extensions.csv
	! KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r moodle.csv -o moodle > wrong.text 2>&1
	check "a due date that is none is an error with its line" \
		grep -q "^grader: moodle/extensions.csv:3: expected a time, as 2026-10-01 23:59 +0200, found 'tomorrow'" wrong.text
	sed -i '/tomorrow/d' moodle/extensions.csv
}

# What the readers of others make of the files; the commit of Ria's repository is the one that changed the file, not its last.
feedback() {
	local platform folder=moodle/feedback commit
	commit=$(git -C 'class/Ria Roth_118_assignsubmission_file' log -1 --format=%H -- race_fix.c)
	for platform in moodle github mail; do
		KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" feedback -f $platform -o moodle -F mk@example.edu > feedback.$platform 2>&1
	done
	python3 "$here/tests/grader/feedback_read.py" $folder/moodle/race_fix.zip > zip.text
	check "27 participants have text and report in Moodle's zip" [ "$(grep -c '_assignsubmission_[a-z]*_/race_fix' zip.text)" -eq 54 ]
	check "with the number that Moodle gave them" grep -q '^Quin Quast_117_assignsubmission_file_/race_fix.txt = race_fix: 100 of 100' zip.text
	check "what counts is in the text" grep -q '^Quin.*| 2 days late: 20 points deducted | +3 by the instructor: =2+3 <b>.* | 83 points count' zip.text
	check "what needs a person is told so" grep -q '^Xia Xu.*/race_fix.txt = race_fix: not judged .* a person has to look' zip.text
	check "a group is named" grep -q "a group's, .*: Anna Adler, Bert Braun" feedback.moodle
	python3 "$here/tests/grader/feedback_read.py" $folder/mail/*.eml > mail.text
	check "each has a mail" [ "$(grep -c "^(Address(.*domain='example.edu'),) = Feedback: Race fix" mail.text)" -eq 30 ]
	check "also who handed in nothing" grep -q "^(Address(display_name='Dirk Drossel'.*nothing was handed in .* 40 points count" mail.text
	check "reports are attached" [ "$(grep -c '^text/html race_fix.html' mail.text)" -eq 29 ]
	check "one repository has an address" [ "$(grep '^send ' $folder/github/feedback.sh)" = \
		"send 'cs101/race-fix-ria' 'Feedback: race_fix' './Ria Roth/race_fix.md'" ]
	check "its commit is named" grep -q "^- commit $commit\$" "$folder/github/Ria Roth/race_fix.md"
	check "a password is nowhere" [ "$(grep -rc 'me:pw' moodle | grep -cv ':0$')" -eq 0 ]
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" feedback -f canvas -o canvas > feedback.canvas 2>&1
	python3 "$here/tests/grader/feedback_read.py" canvas/feedback/canvas/race_fix.csv > csv.text
	check "Canvas's numbers have their comments" grep -q '^17 = Quast, Quin = race_fix: 100 of 100 .* 83 points count' csv.text
	check "and none is missing" [ "$(grep -c '^[0-9]* = ' csv.text)" -eq 28 ]
}

# Asked by a spreadsheet, answered by the command.
requests() {
	local again="$work/thirty/class/Quin Quast_117_assignsubmission_file"
	printf '\357\273\277' > moodle/requests.csv
	printf '%s\r\n' 'Student;Assignment;Test;Claim;Decision;Comment;Who;When;Room' \
		'Uma Ulm;race_fix;build;"it <b>does</b> compile, ""here""";;;;;' 'Quin@example.edu;race_fix;money_is_conserved;=it is;;;;;7' >> moodle/requests.csv
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" requests -o moodle > requests.text
	check "two are open" grep -q '^2 open requests in moodle/requests.csv' requests.text
	check "what was found is there" grep -q 'seen *the submission does not compile' requests.text
	check "and how to see it again" grep -q "again *make grade A=race_fix T=money_is_conserved S='$again'" requests.text
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" requests -o moodle -s 'Uma Ulm' -a race_fix -t build -d granted -c '=1+1 <b>' > granted.text
	check "what gives the points back is said" grep -q "make adjust STUDENT='Uma Ulm' A=race_fix POINTS=+100 COMMENT='request about build granted' OUT=moodle" granted.text
	check "the line is answered" grep -q "^\"Uma Ulm\";\"race_fix\";\"build\";.*\"\"here\"\"\";\"granted\";\"'=1+1 <b>\"" moodle/requests.csv
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r moodle.csv -o moodle > asked.text 2>&1
	check "nothing is graded again for it" grep -q "25 unchanged" asked.text
	check "no number is another one" grep -q '^"Uma","Ulm",.*,0,0,0,0,0,0,"race_fix: asked about build: .*; answer: granted: =1+1' moodle/gradebook.csv
	check "the student reads the answer" grep -q 'note.*asked about build.*answer.*granted' "moodle/Uma Ulm/race_fix.md"
	check "and nothing before there is one" [ "$(grep -c 'asked about' "moodle/Quin Quast/race_fix.md")" -eq 0 ]
	check "the page has no markup of it" [ "$(grep -c '<b>' moodle/index.html)" -eq 0 ]
	echo 'Quin@example.edu;race_fix;money;x' >> moodle/requests.csv
	! KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r moodle.csv -o moodle > wrong.text 2>&1
	check "a test that there is not is an error with its line" \
		grep -q "^grader: moodle/requests.csv:4: race_fix has no test or check 'money'" wrong.text
	rm moodle/requests.csv
}

# Two weeks, a run each: what the second one has left depends on the first.
weeks() {
	local name
	mkdir -p week/{race_fix,pipe_ring}
	for name in race_fix pipe_ring; do
		echo "#error $name" > week/$name/ada.c
		touch -d '2025-03-02 23:00 UTC' week/$name/ada.c # two days late, begun
	done
	sed -i 's/^late:$/&\n  - {assignment: pipe_ring, due: "2025-02-28 23:59 +0100", per_day: 10}/' kit/assignments/course.yaml
	for name in race_fix pipe_ring race_fix; do
		KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class week -a $name -o weeks > weeks.$name.text 2>&1
	done
	check "a run says what it changes in another one" grep -q 'free days of 1 student in race_fix are others now' weeks.pipe_ring.text
	check "which is so no more" [ "$(grep -c 'others now' weeks.race_fix.text)" -eq 0 ]
	check "the assignment that was due first has both free days" grep -q '^"ada","ada",3,2,2,0,2,0' weeks/late_days.csv
}

class_of_thirty() { # OPTION...
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r moodle.csv -o moodle "$@"
}

# Runs of some of them, and of none: the gradebook stays whole.
choosing() {
	cp moodle/gradebook.csv whole.csv
	cp moodle/index.html whole.html
	class_of_thirty -s 'Quin Quast, ada@example.edu' --regrade > chosen.text 2>&1
	check "who is named is graded again" grep -q '29 students, 2 gradings in [0-9.]* s; 1 equal' chosen.text
	check "the others are not" grep -q '^27 others stay as before' chosen.text
	check "and keep their lines" cmp whole.csv moodle/gradebook.csv
	check "the page is whole" cmp whole.html moodle/index.html
	class_of_thirty --since '2025-03-02' > since.text 2>&1
	check "since a day: those two, and of whom it is not known" grep -q ' 5 gradings' since.text
	check "the gradebook is whole after it" cmp whole.csv moodle/gradebook.csv
	! class_of_thirty -s 'Quin Qast' > wrong.text 2>&1
	check "who is not there is an error" grep -q "^grader: there is no student 'Quin Qast', did you mean 'Quin Quast'?" wrong.text
	! class_of_thirty --since yesterday > wrong.text 2>&1
	check "so is a time that is none" grep -q "^grader: SINCE: expected a time, as 2026-10-01 23:59 +0200, found 'yesterday'" wrong.text
	class_of_thirty -a thread_pool > pool.text 2>&1
	check "another assignment comes beside the first" grep -q '^"Oli","Otto",.*,100,100,0,0,0,100,100,0,0,0,200,' moodle/gradebook.csv
	check "the first keeps its lines" grep -q '^"Quin","Quast",.*,83,100,2,20,3,,,,,,83,' moodle/gradebook.csv
	class_of_thirty > whole.text 2>&1
	check "a run of all is as before" cmp whole.csv moodle/gradebook.csv
}

# What would change is said, and nothing does.
what_if() {
	find moodle -type f -exec sha256sum {} + | sort > before.sums
	sed -i.old 's/^Quin.*/Ada Able;race_fix;-2;;"<b>=1+1<\/b>";mk;1.4.2025\r/' moodle/adjustments.csv
	sed -i.old '0,/points: 8$/s//points: 9/; 0,/points: 7$/s//points: 6/' kit/assignments/race_fix/assignment.yaml
	class_of_thirty --what-if > whatif.text 2>&1
	check "other points run nothing" [ "$(grep -c 'to judge' whatif.text)" -eq 0 ]
	check "who changes is in a table" grep -q '^Ada Able    race_fix      95    93  -2' whatif.text
	check "with a summary" grep -q '^race_fix: 2 of 30 change; mean [0-9.]* now, [0-9.]* then' whatif.text
	class_of_thirty --what-if --format csv --no-bom > whatif.csv 2> whatif.errors
	check "it is there as CSV" diff - whatif.csv <<-END
		student,submission,assignment,now,then$(printf '\r')
		"Ada Able","Ada Able",race_fix,95,93$(printf '\r')
		"Quin Quast","Quin Quast",race_fix,83,80$(printf '\r')
	END
	mv moodle/adjustments.csv.old moodle/adjustments.csv
	mv kit/assignments/race_fix/assignment.yaml.old kit/assignments/race_fix/assignment.yaml
	check "nothing was written" diff before.sums <(find moodle -type f -exec sha256sum {} + | sort)
	check "no scratch folder is left" [ -z "$(ls build/run)" ]
}

review_thirty() { # OPTION...
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" review class -r moodle.csv -o reviewed "$@"
}

# Two that need a person are decided about; one of them then hands in something else.
reviewing() {
	local xia='class/Xia Xu_124_assignsubmission_file/new/race_fix.c'
	cp -r moodle reviewed
	review_thirty -s 'Xia Xu' -d accept -p 5 -c '=2+3 <b>two versions</b>' --who mk > review.text 2>&1
	check "a decision says what comes of it" grep -q '^1 decided, in reviewed/decisions.csv' review.text
	review_thirty -s will@example.edu -a race_fix -d refuse -c 'a 7z archive' > review.text 2>&1
	! review_thirty -s will@example.edu -d accept > wrong.text 2>&1
	check "what is decided is not asked again" grep -q 'needs a person; to decide again, delete the line in reviewed/decisions.csv first' wrong.text
	! review_thirty -s zoe@example.edu -d refuse > wrong.text 2>&1
	check "a refusal has a reason" grep -q 'why is it refused' wrong.text
	! review_thirty < /dev/null > wrong.text 2>&1
	check "nobody is asked where there is no terminal" grep -q 'this asks on a terminal' wrong.text
	class_of_thirty -o reviewed > reviewed.text 2>&1
	check "what is accepted is judged, and costs" grep -q '^"Xia","Xu",.*,95,100,0,0,-5,95,' reviewed/gradebook.csv
	check "what is refused counts nothing" grep -q '^"Will","Wolf",.*,0,,,,0,0,' reviewed/gradebook.csv
	check "two are left" grep -q '^2 need a person' reviewed.text
	check "the student reads of it" grep -q 'note.*accepted by the instructor for.*two versions' "reviewed/Xia Xu/race_fix.md"
	check "and who is refused, why" grep -q 'refused this submission' "reviewed/Will Wolf/race_fix.md"
	check "the page has no markup of a comment" [ "$(grep -c '<b>two' reviewed/index.html)" -eq 0 ]
	cp -p "$xia" xia.c
	echo '/* another one */' >> "$xia"
	class_of_thirty -o reviewed -s 'Xia Xu' > reviewed.text 2>&1
	check "something else is asked about again" grep -q 'Xia Xu, race_fix: .*; what was decided is about something else' reviewed.text
	cp -p xia.c "$xia"
	sed -i 's/","/";"/g; s/,5,/;5;/; s/^\(.*\)student,assignment,decision,deduct,comment,file,sha256,who,when/\1Student;Assignment;Decision;Deduct;Comment;File;sha256;Who;When/; s/"refuse",,/"refuse";;/; s/"accept",,,/"accept";;;/; s/$/\r/' reviewed/decisions.csv
	class_of_thirty -o reviewed -s 'Xia Xu' > reviewed.text 2>&1
	check "the file may come from a spreadsheet" grep -q '^"Xia","Xu",.*,95,100,0,0,-5,95,' reviewed/gradebook.csv
	grep '^"Xia' reviewed/decisions.csv | sed 's/accept";5/refuse";/' > more
	cat more >> reviewed/decisions.csv
	! class_of_thirty -o reviewed > wrong.text 2>&1
	check "two decisions that contradict are an error" \
		grep -q '^grader: reviewed/decisions.csv:5: line 3 decides about this file of Xia Xu already' wrong.text
	touch reviewed/accepted.txt
	! class_of_thirty -o reviewed > wrong.text 2>&1
	check "what an earlier version remembered is not passed over" \
		grep -q '^grader: reviewed/accepted.txt is of an earlier version, and decisions.csv has taken its place' wrong.text
}

# Points that a person gives, from a spreadsheet and by the command; of a group, too.
reading() {
	local quin='class/Quin Quast_117_assignsubmission_file'
	cp -r moodle read
	cp kit/assignments/course.yaml course.old
	cat >> kit/assignments/course.yaml <<-'END'
		read:
		  - {assignment: race_fix, id: answers, title: The questions, points: 10, file: ANSWERS.md}
		  - {assignment: race_fix, id: style, title: Style, points: 5}
	END
	printf '# Answers\n\n## race_fix\n\n1. <b>because</b>\n' > "$quin/answers.md"
	printf '\357\273\277' > read/review.csv
	printf '%s\r\n' 'Student;Assignment;Line;Points;Comment;Who;When;Room' 'Quin@example.edu;race_fix;answers;7;=1+1 <b>short</b>;mk;;1' \
		'Team Red;race_fix;style;5;;mk;;' 'Ada Able;race_fix;answers;;;;;' >> read/review.csv
	class_of_thirty -o read > read.text 2>&1
	check "what is to be read is said" grep -q '^[0-9]* of race_fix to be read: read/review-race_fix.html' read.text
	check "points for what was read count" grep -q '^"Quin","Quast",.*,107,100,2,0,0,7,5,107,".*race_fix: 107 of 110 points count, 5 to be read"' read/gradebook.csv
	check "of a group for each member" [ "$(grep -c '^"\(Anna\|Bert\)",.*,105,100,0,0,0,5,10,105,' read/gradebook.csv)" -eq 2 ]
	check "the student reads it" grep -q 'The questions.*7 of 10' "read/Quin Quast/race_fix.md"
	check "and what is left" grep -q '107 of 110 points count, 5 to be read' "read/Quin Quast/race_fix.md"
	check "the page has the answer, and no markup of it" grep -q '&lt;b&gt;because' read/review-race_fix.html
	check "nor of a comment" [ "$(grep -c '<b>because\|<b>short' read/review-race_fix.html read/index.html | grep -cv ':0$')" -eq 0 ]
	check "a group is there once" grep -q 'Anna Adler, Bert Braun</h2>' read/review-race_fix.html
	check "the platform waits" grep -q '^"Quin@example.edu",.*,""*$' <(tr -d '\r' < read/moodle.csv)
	check "what is missing is a line" [ "$(grep -c '^"Quin Quast",race_fix,style,,,,' read/review-race_fix.csv)" -eq 1 ]
	check "what was read is none" [ "$(grep -c '^"Quin Quast",race_fix,answers' read/review-race_fix.csv)" -eq 0 ]
	cd "$here" # which has what accessible needs
	accessible "$work/thirty/read/review-race_fix.html"
	cd "$work/thirty"
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" adjust -s 'Ada Able' -a race_fix -l answers -p 9 -c 'good' -o read > adjust.text 2>&1
	check "an open line is filled in" grep -q '^"Ada Able";"race_fix";"answers";9;"good"' read/review.csv
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" adjust -s 'Team Red' -a race_fix -p -1 -c together -o read > adjust.text 2>&1
	class_of_thirty -o read --at-due > read.text 2>&1
	check "what is adjusted of a group is of each member" [ "$(grep -c '^"\(Anna\|Bert\)",.*,104,100,0,0,-1,5,10,104,' read/gradebook.csv)" -eq 2 ]
	check "the page names the group" grep -q '<small>Team Red</small>' read/index.html
	check "due is when it is for the student" grep -q 'graded is the last commit before it was due' "read/Sam Stein/race_fix.md"
	echo 'Ada Able;race_fix;style;6' >> read/review.csv
	! class_of_thirty -o read > wrong.text 2>&1
	check "more points than there are is an error with its line" \
		grep -q "^grader: read/review.csv:5: '6' in column 'points' is no whole number from 0 to 5, which 'style' is worth" wrong.text
	mv course.old kit/assignments/course.yaml
	rm "$quin/answers.md"
}

# A class of thirty with the command `adjust`, and with files that are wrong.
adjustments() {
	local wrong="there is no student 'Quincy'"
	check "the student reads of it" grep -q 'note.*3 by the instructor.*design' "moodle/Quin Quast/race_fix.md"
	check "the page has no markup of a comment" [ "$(grep -c '<b>' moodle/index.html)" -eq 0 ]
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" adjust -s 'Ben Baker' -a race_fix -p +4 -c '=HYPERLINK("x")' -w mk -o moodle > adjust.text 2>&1
	check "a line is added as the file is written" grep -q '^"Ben Baker";"race_fix";4;;"'"'"'=HYPERLINK' moodle/adjustments.csv
	sed -i '/Quin/d' moodle/adjustments.csv
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r moodle.csv -o moodle > adjusted.text 2>&1
	check "it counts, and nothing is graded again" grep -q '^"Ben","Baker",.*,104,100,0,0,4,104,' moodle/gradebook.csv
	check "nothing is graded again for it" grep -q "25 unchanged" adjusted.text
	check "a line that is deleted is undone" grep -q '^"Quin","Quast",.*,90,100,2,10,0,90,' moodle/gradebook.csv
	check "in the report, too" [ "$(grep -c 'by the instructor' "moodle/Quin Quast/race_fix.md")" -eq 0 ]
	cp moodle/adjustments.csv good.csv
	cp moodle/gradebook.csv before.csv
	echo 'Quincy;race_fix;1' >> moodle/adjustments.csv
	! KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r moodle.csv -o moodle > wrong.text 2>&1
	check "who is not there is an error with its line" grep -q "^grader: moodle/adjustments.csv:7: $wrong" wrong.text
	check "which changes nothing" cmp before.csv moodle/gradebook.csv
	cp good.csv moodle/adjustments.csv
}

thirty() {
	echo "thirty: what people do with names, archives, repositories and dates"
	local here=$PWD platform
	tests/class/make.sh "$work/thirty"
	cd "$work/thirty"
	for platform in moodle canvas; do
		mkdir $platform
		cp adjustments.csv extensions.csv $platform/
		KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r $platform.csv -o $platform > $platform.text 2>&1
		check "$platform.csv is the expected one" diff "$here/tests/class/$platform.expected" $platform/$platform.csv
	done
	check "the gradebook is the expected one" diff "$here/tests/class/gradebook.expected" moodle/gradebook.csv
	check "five need a person" grep -q "^5 need a person" moodle.text
	check "there are statistics of the tests" grep -q '^"race_fix","transfer_moves_money",' moodle/tests.csv
	check "and the statistics have no names" eval '! grep -li "lovelace\|ada" moodle/tests.csv moodle/findings.csv moodle/attempts.csv moodle/days.csv'
	feedback
	choosing
	what_if
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r moodle.csv -o moodle \
		--accept 'race_fix=Yves Yilmaz_125_assignsubmission_file/main.c' > taken.text 2>&1
	check "one of them is taken" grep -q '^"Yves","Yilmaz",.*,100,100,0,0,0,100,' moodle/gradebook.csv
	check "only that one is graded" grep -q "24 unchanged" taken.text
	check "it is a decision" grep -q '^"Yves Yilmaz","race_fix","accept",,,"Yves Yilmaz_125_assignsubmission_file/main.c","[0-9a-f]*",' moodle/decisions.csv
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r moodle.csv -o moodle > again.text 2>&1
	check "which is remembered" grep -q "25 unchanged" again.text
	sed -i 's/per_day: 10/per_day: 5/; s/^title: .*/title: Another/' kit/assignments/course.yaml
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class class -r moodle.csv -o moodle > policy.text 2>&1
	check "another policy and title grade nothing again" grep -q "25 unchanged" policy.text
	check "the policy counts" grep -q '^"Quin","Quast",.*,93,100,2,10,3,93,' moodle/gradebook.csv
	requests
	adjustments
	late_days
	weeks
	reviewing
	reading
	(cd class && zip -qr ../race_fix.zip .)
	KIT_ROOT=$work/thirty/kit KIT_BUILD=$work/thirty/build "$grader" class race_fix.zip -r moodle.csv -o zip > zip.text 2>&1
	check "the class as one archive comes to the same" grep -q '^"Quin","Quast",.*,100,100,2,0,0,100,' zip/gradebook.csv
	cd "$here"
}

for part in "${@:-resume formats page steps delays thirty}"; do
	for one in $part; do
		"$one"
	done
done
echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
