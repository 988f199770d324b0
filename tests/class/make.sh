#!/usr/bin/env bash
# make.sh FOLDER: a class of 30 as instructors get them, made anew in FOLDER: class/ (what Moodle gives out for race_fix, and some
# repositories), moodle.csv and canvas.csv (its rosters), adjustments.csv and extensions.csv (as a spreadsheet saves them), kit/ (a course in which
# race_fix was due on 1 March 2025, 23:59 +0100).
# Each student does one thing that people do; what that has to come to is in the files *.expected beside this one.
set -eu
kit=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1/class"
cd "$1"
right=$kit/solutions/race_fix/race_fix.c
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@example.edu GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@example.edu TZ=UTC

# student NUMBER NAME: makes that student's folder, and enters it.
student() {
	mkdir -p "$OLDPWD_CLASS/$2_$1_assignsubmission_file"
	cd "$OLDPWD_CLASS/$2_$1_assignsubmission_file"
}
OLDPWD_CLASS=$PWD/class

in_time() {
	touch -d '2025-02-28 12:00 UTC' "$@"
}

wrong() { # a submission that does not compile, so that it is told from the right one
	echo '#error this is not the one'
}

commit() { # TIME: all that is there
	git add -A
	GIT_AUTHOR_DATE=$1 GIT_COMMITTER_DATE=$1 git commit -qm work
}

student 101 'Ada Able' && cp "$right" race_fix.c && in_time race_fix.c
student 102 'Ben Baker' && cp "$right" 'race_fix(1).c' && in_time 'race_fix(1).c'
student 103 'Cleo Chan' && cp "$right" Race_Fix.C && in_time Race_Fix.C
student 104 'Dan Dietz' && cp "$right" race_fix.c.txt && in_time race_fix.c.txt
student 105 'Eva Ernst' && cp "$right" race_fix.cpp && in_time race_fix.cpp
student 106 'Finn Falk' && mkdir src && cp "$right" src/race_fix.c && in_time src/race_fix.c
student 107 'Gil Gross' && mkdir -p abgabe/race_fix && cp "$right" abgabe/race_fix/race_fix.c && in_time abgabe/race_fix/race_fix.c
student 108 'Hal Huber' && cp "$right" race_fix.c && zip -qm race_fix.zip race_fix.c && in_time race_fix.zip
student 109 'Ida Ito' && cp "$right" race_fix.c && zip -qm inner.zip race_fix.c && zip -qm outer.zip inner.zip && in_time outer.zip
student 110 'Jim Jonas' && wrong > race_fix.c && zip -qm hw.zip race_fix.c && cp "$right" race_fix.c && zip -qm 'hw(1).zip' race_fix.c &&
	touch -d '2025-02-01 UTC' hw.zip && in_time 'hw(1).zip'
student 111 'Kai Kern' && cp "$right" 'race_fix (1).c' && wrong > race_fix.c && touch -d '2025-02-01 UTC' race_fix.c &&
	in_time 'race_fix (1).c'
student 112 'Lea Lang' && { printf '/* gr\374\337e */\n' && cat "$right"; } > race_fix.c && in_time race_fix.c
student 113 'Mia Meyer' && iconv -f UTF-8 -t UTF-16 "$right" > race_fix.c && in_time race_fix.c
student 114 'Noa Nagel' && sed 's/$/\r/' "$right" > race_fix.c && in_time race_fix.c
student 115 'Oli Otto' && for name in race_fix pipe_ring thread_pool; do cp "$kit/solutions/$name/$name.c" . && in_time $name.c; done
student 116 'Pia Paul' && mkdir work && cp "$right" work/race_fix.c && tar czf work.tar.gz work && rm -r work && in_time work.tar.gz
student 117 'Quin Quast' && cp "$right" race_fix.c && touch -d '2025-03-03 12:00 UTC' race_fix.c # two days late
student 118 'Ria Roth' && git init -q -b main && git remote add origin https://me:pw@github.com/cs101/race-fix-ria.git && cp "$right" race_fix.c && commit '2025-02-20T10:00:00Z' && echo later > README.md &&
	commit '2025-04-20T10:00:00Z' # not to the exercise
student 119 'Sam Stein' && git init -q -b main && git remote add origin 'https://github.com/cs101/$(touch x)' && cp "$right" race_fix.c && commit '2025-03-04T10:00:00Z' # three days late
student 120 'Tom Tietz' && git init -q -b main && cp "$right" race_fix.c && commit '2099-01-01T10:00:00Z'
student 121 'Uma Ulm' && wrong > race_fix.c && in_time race_fix.c
student 122 'Vera Vogt' && cp "$right" race_fix.c && tar cJf race_fix.tar.xz race_fix.c && rm race_fix.c && in_time race_fix.tar.xz
student 123 'Will Wolf' && printf '7z\274\257\047\034 and so on' > race_fix.7z && in_time race_fix.7z
student 124 'Xia Xu' && mkdir old new && cp "$right" new/race_fix.c && wrong > old/race_fix.c && in_time old/race_fix.c new/race_fix.c
student 125 'Yves Yilmaz' && cp "$right" main.c && in_time main.c
mkdir "$OLDPWD_CLASS/Zoe Zander_126_assignsubmission_onlinetext" && cd "$OLDPWD_CLASS/Zoe Zander_126_assignsubmission_onlinetext" &&
	{ echo '<p>' && sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g' "$right" && echo '</p>'; } > onlinetext.html && in_time onlinetext.html
student 127 'Team Red' && cp "$right" race_fix.c && in_time race_fix.c # Anna Adler and Bert Braun
student 128 'Cora Conrad' && cp "$right" race_fix.c && in_time race_fix.c && chmod 644 race_fix.c

cd "$OLDPWD_CLASS/.."
people='Ada Able,Ben Baker,Cleo Chan,Dan Dietz,Eva Ernst,Finn Falk,Gil Gross,Hal Huber,Ida Ito,Jim Jonas,Kai Kern,Lea Lang,Mia Meyer,Noa Nagel,Oli Otto,Pia Paul,Quin Quast,Ria Roth,Sam Stein,Tom Tietz,Uma Ulm,Vera Vogt,Will Wolf,Xia Xu,Yves Yilmaz,Zoe Zander,Anna Adler,Bert Braun,Cora Conrad,Dirk Drossel'
number=0
echo 'First name,Last name,Email address,Groups,Race fix' > moodle.csv
echo 'Student,ID,SIS Login ID,Section,Race fix (77)' > canvas.csv
echo '    Points Possible,,,,10' >> canvas.csv
IFS=,
for person in $people; do
	first=${person% *} last=${person#* } number=$((number + 1)) group=
	case $person in 'Anna Adler' | 'Bert Braun') group='Team Red' ;; esac
	has=
	[ "$person" != 'Dirk Drossel' ] || has=87 # handed in nothing here, and has a score there
	echo "$first,$last,$first@example.edu,$group,$has" >> moodle.csv
	[ -z "$has" ] || has=8.7
	echo "\"$last, $first\",$number,$first@example.edu,CS,$has" >> canvas.csv
done
tail -n 1 moodle.csv >> moodle.csv # a line twice
echo '"Student, Test",999,test,CS,' >> canvas.csv

printf '\357\273\277' > adjustments.csv
printf '%s\r\n' 'Student;Assignment;Points;Set;Comment;Who;When' \
	'Quin@example.edu;race_fix;3;;=2+3 <b>for the design</b>;mk;1.4.2025' 'Ada Able;race_fix;-5;;;mk;1.4.2025' \
	'Dirk Drossel;race_fix;;40;"on paper; seen by ""mk""";mk;2.4.2025' 'Vera Vogt;race_fix;;60;;mk;2.4.2025' ';;;;;;' >> adjustments.csv
printf '%s\n' 'student,assignment,due,comment,who,when' \
	'Stein Sam,race_fix,2025-03-03 23:59 +0100,"<i>ill</i>",mk,2025-03-01' > extensions.csv

mkdir kit
cp -r "$kit/assignments" "$kit/include" "$kit/grader" kit/
mkdir -p kit/tests/assignments
cp -r "$kit/tests/support" kit/tests/
(unset IFS; cp -r $("$kit/tests/exercises.sh" "$kit/tests/assignments/") kit/tests/assignments/)
sed -i 's/^title: .*/title: Race fix/' kit/assignments/race_fix/assignment.yaml
cat >> kit/assignments/course.yaml << 'END'
late:
  - {assignment: race_fix, due: "2025-03-01 23:59 +0100", per_day: 10}
END
