#!/bin/sh
# slurm.sh: a class on a Slurm cluster: a real one, of one controller and two nodes, all on this machine and on its loopback
# address, with a munge of its own. The gradebook must be that of the same class graded without a cluster, also when elements
# are killed, a node is lost, or the command is stopped and started again. Needs root and `make setup-dev`; takes minutes.
# Whatever happens, the cluster is taken down at the end.
#
#   tests/slurm.sh           all of it (`make test-slurm`)
#   tests/slurm.sh PART...   of plain, killed, stopped, lost, never, refused: only these
#   tests/slurm.sh shell     the cluster, and a shell to try it in
set -eu
cd "$(dirname "$0")/.."
root=$PWD
grader=$root/build/grader

fail() {
	echo "slurm: $*" >&2
	exit 2
}

for tool in munged slurmctld slurmd sbatch squeue sqlite3; do
	command -v "$tool" > /dev/null || fail "$tool is not installed. Run \`make setup-dev\` once."
done
[ "$(id -u)" -eq 0 ] || fail "needs root, as a node's daemon does"
[ -x "$grader" ] || fail "there is no build/grader: make build/grader"
if [ "${SLURM_TEST_LIMITED:-}" != yes ]; then
	SLURM_TEST_LIMITED=yes exec timeout --foreground --signal=TERM --kill-after=60 "${LIMIT_S:-1500}" "$0" "$@"
fi

place=$(mktemp -d /tmp/forkjoin-slurm.XXXXXX) # short: it has a socket's name in it
chmod 755 "$place"
failures=0
checks=0
daemons=''

note() {
	checks=$((checks + 1))
}

wrong() {
	echo "  WRONG: $*"
	failures=$((failures + 1))
}

# ---- the cluster -------------------------------------------------------------------------------------------------------
export SLURM_CONF="$place/slurm.conf"

# Three ports that are free now. Nobody but root's own programs on this machine could take them.
find_ports() {
	port=$((20000 + $$ % 20000)) ports=''
	while [ "$(echo "$ports" | wc -w)" -lt 3 ]; do
		port=$((port + 1))
		grep -qi ":$(printf %04X "$port") " /proc/net/tcp || ports="$ports $port"
	done
	echo "$ports"
}

configure() {
	# shellcheck disable=SC2046 # three words
	set -- $(find_ports)
	mkdir "$place/munge" "$place/state" "$place/spool-n1" "$place/spool-n2"
	chmod 711 "$place/munge"
	head -c 1024 /dev/urandom > "$place/munge/key"
	chmod 600 "$place/munge/key"
	cat > "$SLURM_CONF" <<- END
		ClusterName=kit
		SlurmctldHost=$(uname -n)(127.0.0.1)
		SlurmctldPort=$1
		SlurmctldParameters=enable_configless
		SlurmUser=root
		SlurmdUser=root
		AuthType=auth/munge
		AuthInfo=socket=$place/munge/socket
		CredType=cred/munge
		CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
		StateSaveLocation=$place/state
		SlurmdSpoolDir=$place/spool-%n
		SlurmctldPidFile=$place/slurmctld.pid
		SlurmdPidFile=$place/slurmd-%n.pid
		SlurmctldLogFile=$place/slurmctld.log
		SlurmdLogFile=$place/slurmd-%n.log
		ProctrackType=proctrack/pgid
		TaskPlugin=task/none
		JobAcctGatherType=jobacct_gather/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_Core
		MailProg=/bin/true
		ReturnToService=2
		SlurmdTimeout=10
		KillWait=5
		SchedulerParameters=sched_min_interval=100000
		NodeName=n1 NodeHostname=$(uname -n) NodeAddr=127.0.0.1 Port=$2 CPUs=1 RealMemory=2000 State=UNKNOWN
		NodeName=n2 NodeHostname=$(uname -n) NodeAddr=127.0.0.1 Port=$3 CPUs=1 RealMemory=2000 State=UNKNOWN
		PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
	END
}

# start NAME COMMAND...: a daemon in the foreground, as a child of ours.
start() {
	name=$1
	shift
	setsid "$@" > "$place/$name.out" 2>&1 < /dev/null &
	eval "pid_$name=$!"
	daemons="$! $daemons"
}

start_node() {
	start "$1" slurmd -D -N "$1"
}

# await SECONDS WHAT COMMAND...
await() {
	tries=$(($1 * 5)) what=$2
	shift 2
	while ! "$@" > /dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || {
			tail -5 "$place"/*.log "$place"/*.out >&2 || true
			fail "$what: not in time"
		}
		sleep 0.2
	done
}

both_idle() {
	[ "$(sinfo -h -N -t idle -o %N | sort -u | wc -l)" -eq 2 ]
}

start_cluster() {
	configure
	start munged munged --foreground --force --key-file="$place/munge/key" --socket="$place/munge/socket" \
		--pid-file="$place/munge/pid" --log-file="$place/munge/log" --seed-file="$place/munge/seed"
	await 10 "munged" munge -S "$place/munge/socket" -n
	start slurmctld slurmctld -D
	await 20 "slurmctld" scontrol ping
	start_node n1
	start_node n2
	await 30 "both nodes" both_idle
	echo "slurm: a cluster of 2 nodes is up ($(sbatch --version))"
}

# Processes that look after an element write to the log of their node's daemon. $1: the node. Their environment is wiped out.
steps_on() {
	for folder in /proc/[0-9]*; do
		if [ "$(readlink "$folder/fd/3")" = "$place/slurmd-$1.log" ] && grep -qa '^slurmstepd:' "$folder/cmdline"; then
			echo "${folder#/proc/}"
		fi
	done 2> /dev/null
}

# All else of the cluster is known by its environment; but not this script and what started it. $1: only what runs on that node.
others() {
	for folder in /proc/[0-9]*; do
		if [ "${folder#/proc/}" -ne $$ ] && tr '\0' '\n' < "$folder/environ" | grep -qx "SLURM_CONF=$SLURM_CONF" &&
			{ [ -z "${1:-}" ] || tr '\0' '\n' < "$folder/environ" | grep -qx "SLURMD_NODENAME=$1"; }; then
			echo "${folder#/proc/}"
		fi
	done 2> /dev/null
}

no_jobs() {
	jobs=$(squeue -h) && [ -z "$jobs" ]
}

# At most three seconds for going by themselves.
end_daemons() {
	for pid in $daemons; do kill "$pid" 2> /dev/null || true; done
	tries=15
	while [ "$tries" -gt 0 ]; do
		living=''
		for pid in $daemons; do if kill -0 "$pid" 2> /dev/null; then living="$living $pid"; fi; done
		[ -n "$living" ] || break
		tries=$((tries - 1))
		sleep 0.2
	done
	for pid in $living; do kill -KILL "$pid" 2> /dev/null || true; done
}

end() {
	status=$?
	trap '' INT TERM HUP
	trap - EXIT
	if scancel --user=root 2> /dev/null; then
		tries=25
		while [ "$tries" -gt 0 ] && ! no_jobs 2> /dev/null; do
			tries=$((tries - 1))
			sleep 0.2
		done
	fi
	end_daemons
	for pid in $(steps_on n1) $(steps_on n2); do kill -KILL "$pid" 2> /dev/null || true; done
	tries=10 left=all
	while [ "$tries" -gt 0 ] && [ -n "$left" ]; do
		left=$(others)
		for pid in $left; do kill -KILL "$pid" 2> /dev/null || true; done
		tries=$((tries - 1))
		sleep 0.2
	done
	[ -z "$left" ] || echo "slurm: still running:" $left >&2
	if [ "$status" -ne 0 ] && [ -n "${KEEP:-}" ]; then
		echo "slurm: $place is kept" >&2
	else
		rm -rf "$place"
	fi
	exit "$status"
}

trap end EXIT
trap 'exit 143' TERM
trap 'exit 130' INT HUP
start_cluster

if [ "${1:-}" = shell ]; then
	echo "slurm: make grade SUBMISSIONS=... CLUSTER=slurm; exit ends the cluster"
	"${SHELL:-/bin/sh}" || true
	exit 0
fi

# ---- the class ---------------------------------------------------------------------------------------------------------
# The distribution is tried here, not the search: a copy of the kit with fewer schedules is what all nodes see.
make_kit() {
	mkdir -p "$place/kit/tests/assignments"
	cp -R assignments include solutions grader "$place/kit/"
	cp -R tests/support "$place/kit/tests/"
	cp -R $(tests/exercises.sh tests/assignments/) "$place/kit/tests/assignments/"
	sed -i 's/^\(limits: .*schedules:\) [0-9]*/\1 30/' "$place"/kit/assignments/*/assignment.yaml
	grep -q '^limits: .*schedules: 30' "$place/kit/assignments/race_fix/assignment.yaml" || wrong "the copy explores as many schedules as the kit"
	export KIT_ROOT="$place/kit" KIT_BUILD="$place/kit/build"
}

# Ten students: right ones, wrong ones, equal ones, one that does not compile, one whose file is not there, an archive, a name
# with a quote and a letter that is not ASCII.
make_class() {
	class=$place/class
	mkdir "$class"
	number=0
	build/grader mutant -a race_fix -o "$place/mutants"
	for source in solutions/race_fix/race_fix.c solutions/race_fix/alternatives/taken_flags.c "$place"/mutants/b0[125]_*.c; do
		number=$((number + 1))
		mkdir "$class/student$number"
		cp "$source" "$class/student$number/race_fix.c"
	done
	mkdir "$class/equal" "$class/broken" "$class/O'Neill Ñandú" "$class/none"
	cp solutions/race_fix/race_fix.c "$class/equal/"
	echo 'int main( {' > "$class/broken/race_fix.c"
	sed 's/$/ /' tests/examples/deniz/race_fix.c > "$class/O'Neill Ñandú/race_fix.c"
	echo hello > "$class/none/hello.txt"
	mkdir "$place/pack"
	sed 's/$/  /' solutions/race_fix/race_fix.c > "$place/pack/race_fix.c"
	tar -C "$place/pack" -czf "$class/archive.tar.gz" race_fix.c
	unique=$((number + 3)) # two are equal, and one needs a person
	submitted=$((unique + 1))
	echo "name,section" > "$place/roster.csv"
	for student in "$class"/*; do
		student=$(basename "$student" .tar.gz)
		echo "\"$student\",1" >> "$place/roster.csv"
	done
}

# grade_on_cluster OUT [VARIABLE=value...]: as an instructor does. What it says is in OUT.said.
grade_on_cluster() {
	out=$1
	shift
	env PAUSE=1 make --no-print-directory grade SUBMISSIONS="$class" ROSTER="$place/roster.csv" OUT="$place/$out" CLUSTER=slurm "$@" \
		> "$place/$out.said" 2>&1 &
	wait "$!" # a signal to this script is heard at once
}

# The database as text: what is in it, but numbers of rows (grades come in whatever order they are finished), times of grading
# and durations.
dump() {
	sqlite3 -readonly "$1/gradebook.sqlite" "
		SELECT 'run', id, ended IS NOT NULL, kit, protection FROM runs;
		SELECT 'student', name, roster_row FROM students ORDER BY name;
		SELECT 'submission', name, assignment, folder, sha256, handed_in, key FROM submissions JOIN students ON students.id = student
			ORDER BY name, assignment, key;
		SELECT 'grade', name, assignment, key, run, judged, score, max_score, json_remove(result, '\$.duration_ms', '\$.tests', '\$.checks')
			FROM grades JOIN submissions ON submissions.id = submission JOIN students ON students.id = student ORDER BY name, assignment, key;
		SELECT 'test', name, assignment, json_remove(value, '\$.duration_ms') FROM grades JOIN submissions ON submissions.id = submission
			JOIN students ON students.id = student, json_each(result, '\$.tests') ORDER BY name, assignment, json_each.id;
		SELECT 'check', name, assignment, json_remove(value, '\$.duration_ms') FROM grades JOIN submissions ON submissions.id = submission
			JOIN students ON students.id = student, json_each(result, '\$.checks') ORDER BY name, assignment, json_extract(value, '\$.name');
		SELECT 'finding', name, assignment, number, findings.id, kind, found_by, test, rubric, points_lost, seen, file, line FROM findings
			JOIN grades ON grades.id = grade JOIN submissions ON submissions.id = submission JOIN students ON students.id = student
			ORDER BY name, assignment, number;
		SELECT 'current', run, name, assignment, handed_in, late_days, deduction, final, note FROM current JOIN students ON students.id = student
			ORDER BY run, name, assignment;"
}

# Reports with their durations taken out: they are of the clock, not of the submission.
reports() {
	(cd "$1" && find . -mindepth 2 -type f \( -name '*.html' -o -name '*.json' \) | sort | while IFS= read -r file; do
		echo "== $file"
		sed -E 's/("duration_ms": ?)[0-9]+/\1N/g; s/ · [0-9]+\.[0-9] s/ · N s/g; s/[0-9]+ ms/N ms/g' "$file"
	done)
}

# same WHAT OUT: all that the class came to is as in the gradebook that was made without a cluster.
same() {
	note
	cmp -s "$place/local/gradebook.csv" "$place/$2/gradebook.csv" || {
		wrong "$1: gradebook.csv differs"
		diff "$place/local/gradebook.csv" "$place/$2/gradebook.csv" || true
	}
	note
	cmp -s "$place/local/index.html" "$place/$2/index.html" || {
		wrong "$1: index.html differs"
		diff "$place/local/index.html" "$place/$2/index.html" | head -5 | cut -c 1-400 || true
	}
	note
	dump "$place/local" > "$place/want"
	dump "$place/$2" > "$place/have"
	[ -s "$place/want" ] && cmp -s "$place/want" "$place/have" || {
		wrong "$1: gradebook.sqlite differs"
		diff "$place/want" "$place/have" | head -5 | cut -c 1-400 || true
	}
	note
	reports "$place/local" > "$place/want"
	reports "$place/$2" > "$place/have"
	[ -s "$place/want" ] && cmp -s "$place/want" "$place/have" || {
		wrong "$1: reports differ"
		diff "$place/want" "$place/have" | head -10 | cut -c 1-400 || true
	}
	note
	[ ! -e "$place/$2/.cluster" ] || wrong "$1: left in .cluster: $(ls "$place/$2/.cluster")"
}

says() {
	note
	grep -q -- "$2" "$place/$1.said" || {
		wrong "$1: does not say: $2"
		tail -20 "$place/$1.said"
	}
}

# ends STATUS WANTED WHAT
ends() {
	note
	[ "$1" -eq "$2" ] || {
		wrong "$3: status $1, expected $2"
		tail -20 "$place/$3.said"
	}
}

results_there() {
	find "$place/$1/.cluster" -name '*.json' ! -name plan.json 2> /dev/null | wc -l
}

some_results() {
	[ "$(results_there "$1")" -ge "$2" ]
}

# running NODE: the first element that runs there, as JOB_TASK.
running() {
	squeue -h -r -t R -w "$1" -o %i | head -1
}

runs_on() {
	[ -n "$(running "$1")" ]
}

# ---- as it should be -----------------------------------------------------------------------------------------------------
try_plain() {
	started=$(date +%s)
	grade_on_cluster plain && status=0 || status=$?
	ends "$status" 0 plain
	says plain "$unique to judge in 8 elements, array"
	says plain "$unique of $unique judged; the array has ended"
	same plain plain
	note
	[ -d "$TMPDIR/forkjoin.0.living" ] && [ ! -d "$TMPDIR/forkjoin.0.killed" ] || wrong "plain: scratch folders: $(ls "$TMPDIR" | tr '\n' ' ')"
	exec 7>&-
	echo "slurm: the same class on the cluster: $(($(date +%s) - started)) s"

	# What is in the gradebook is not graded again.
	grade_on_cluster plain && status=0 || status=$?
	ends "$status" 0 plain
	says plain "$submitted unchanged since"
	note
	! grep -q "array" "$place/plain.said" || wrong "an array was started for a class that is graded already"
}

# ---- elements are killed --------------------------------------------------------------------------------------------------
try_killed() {
	grade_on_cluster killed SHARDS=3 REGRADE=1 &
	command=$!
	await 120 "an element on n1 with a result" some_results killed 1
	victim=$(running n1)
	scancel "$victim" && echo "slurm: element $victim was cancelled in the middle"
	await 120 "an element on n2" runs_on n2
	# The daemon of the job itself dies without a word, and all below it.
	step=$(steps_on n2 | head -1)
	note
	if [ -n "$step" ] && kill -KILL "$step"; then
		echo "slurm: process $step, which looks after an element, was killed"
	else
		wrong "killed: nothing on n2 to kill"
	fi
	wait "$command" && status=0 || status=$?
	ends "$status" 0 killed
	says killed "again (time 1 of 2)"
	same "elements killed" killed
}

# ---- the command is stopped, and goes on -------------------------------------------------------------------------------------
try_stopped() {
	env --default-signal=INT setsid make --no-print-directory grade SUBMISSIONS="$class" ROSTER="$place/roster.csv" OUT="$place/stopped" CLUSTER=slurm \
		SHARDS=4 REGRADE=1 > "$place/stopped.said" 2>&1 &
	command=$!
	await 180 "three results" some_results stopped 3
	# As a terminal does: to all of the foreground.
	kill -s INT -- "-$command"
	wait "$command" || true
	says stopped "cancelling the array"
	had=$(results_there stopped)
	note
	[ -z "$(squeue -h)" ] || wrong "stopped: the array goes on: $(squeue -h)"
	torn=$(find "$place/stopped/.cluster" -name '????*.json' ! -name plan.json | sort | head -1)
	head -c 100 "$torn" > "$place/torn" && cp "$place/torn" "$torn"
	grade_on_cluster stopped SHARDS=4 REGRADE=1 && status=0 || status=$?
	ends "$status" 0 stopped
	says stopped "will be judged again"
	says stopped "$((unique - had + 1)) to judge in"
	same "stopped and started again" stopped
}

# ---- a node is lost ------------------------------------------------------------------------------------------------------------
try_lost() {
	grade_on_cluster lost SHARDS=2 & # so each has more to judge than one when it is lost
	command=$!
	await 120 "an element on n2" runs_on n2
	await 120 "a result" some_results lost 1
	victim=$(running n2)
	# shellcheck disable=SC2154 # set by start
	kill -KILL "$pid_n2"
	# shellcheck disable=SC2046 # a word each
	kill -KILL $(steps_on n2) $(others n2) 2> /dev/null || true
	scontrol update nodename=n2 state=down reason=lost
	echo "slurm: the node n2 is lost with the element $victim"
	wait "$command" && status=0 || status=$?
	ends "$status" 0 lost
	says lost "again (time 1 of 2)"
	same "a node lost" lost
	start_node n2
	scontrol update nodename=n2 state=resume 2> /dev/null || true
	await 30 "both nodes" both_idle
}

# ---- elements that never bring anything -------------------------------------------------------------------------------------
try_never() {
	mkdir "$place/broken"
	cat > "$place/broken/grader" <<- END
		#!/bin/sh
		[ "\$1" != element ] || { echo "grader: this node has no compiler" >&2; exit 2; }
		exec "$grader" "\$@"
	END
	chmod +x "$place/broken/grader"
	GRADER=$place/broken/grader grade_on_cluster never SHARDS=2 && status=0 || status=$?
	ends "$status" 2 never # make's own; the grader's is:
	says never "Error 3"
	says never "again (time 2 of 2)"
	says never "this node has no compiler"
	says never "could not judge $unique of $unique submissions"
	note
	[ "$(grep -c "race_fix could not be judged" "$place/never/gradebook.csv")" -eq "$submitted" ] ||
		wrong "the gradebook of a class that nobody judged does not say so"
	grade_on_cluster never SHARDS=2 && status=0 || status=$?
	ends "$status" 0 never
	note
	cmp -s "$place/local/gradebook.csv" "$place/never/gradebook.csv" || wrong "after elements that failed: gradebook.csv differs"
}

# ---- bad input -------------------------------------------------------------------------------------------------------------------
# refused TEXT VARIABLE=value...
refused() {
	text=$1
	shift
	grade_on_cluster refused "$@" && status=0 || status=$?
	ends "$status" 2 refused
	says refused "$text"
}

try_refused() {
	refused "at least one element" SHARDS=0
	refused "is a number of elements, not 'x'" SHARDS=x
	refused "is a number of elements, not '-1'" SHARDS=-1
	refused "not '0'" JOBS=0
	refused "sbatch did not take the job" SBATCH=--partition=nowhere
	refused "there is no cluster 'pbs'" CLUSTER=pbs
	refused "there is no folder" SUBMISSIONS="$place/nowhere"
	mkdir "$place/nobody" "$place/bin"
	refused "contains no submissions" SUBMISSIONS="$place/nobody"
	refused "there is no sbatch here" PATH="$place/bin"
	cp -R "$class" "$place/few-class"
	find "$place/few-class" -mindepth 1 -maxdepth 1 ! -name student1 ! -name broken -exec rm -rf {} +
	grade_on_cluster few SUBMISSIONS="$place/few-class" SHARDS=50 JOBS=1 && status=0 || status=$?
	ends "$status" 0 few
	says few "2 to judge in 2 elements"
}

# ---- all --------------------------------------------------------------------------------------------------------------------
make_kit
make_class
echo "slurm: grading $(($(wc -l < "$place/roster.csv") - 1)) submissions, $unique of them different, here"
NOCACHE=1 "$grader" class "$class" -r "$place/roster.csv" -o "$place/local" > "$place/local.said" 2>&1 &
wait "$!" || wrong "graded here: status $?"

# Nodes have their scratch folders in TMPDIR. One is of an element that was killed long ago, one of a living one.
export TMPDIR="$place/scratch"
mkdir "$TMPDIR" "$TMPDIR/forkjoin.0.killed" "$TMPDIR/forkjoin.0.living"
touch "$TMPDIR/forkjoin.0.killed/lock"
exec 7> "$TMPDIR/forkjoin.0.living/lock"
flock 7
touch -d '1 hour ago' "$TMPDIR/forkjoin.0.killed" "$TMPDIR/forkjoin.0.living"

[ $# -gt 0 ] || set -- plain killed stopped lost never refused
for part in "$@"; do
	"try_$part"
done

note
[ -z "$(squeue -h)" ] || wrong "jobs are left: $(squeue -h)"

echo "slurm: $checks checks, $failures wrong"
[ "$failures" -eq 0 ]
