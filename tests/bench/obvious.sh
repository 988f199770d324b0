#!/bin/sh
# obvious.sh NAME SOURCE.c: the script that one would write first. It builds everything for the one submission, runs Criterion's own runner, the same
# program under valgrind (--trace-children, because the runner starts a worker per test), and ThreadSanitizer through the kit's host,
# because Criterion's runner does not start under it. One after the other.
set -eu
name=$1 source=$2
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
trap 'pkill -KILL -f "$work/runner" || true; rm -rf "$work"' EXIT # what hangs stays behind, or it would be no obvious script
maps=$(dirname "$(find build/kit -name submission.map | head -1)")
tests=$(dirname "$(find build/kit -name tests.map | head -1)")
flags="-std=gnu17 -D_GNU_SOURCE -g -pthread -fno-pie -fno-omit-frame-pointer -fno-inline -U_FORTIFY_SOURCE -I$root/include -I$root/tests/support -I$root/grader/runtime -I$root/grader/vault"

for file in grader/vault/*.c grader/runtime/*.c grader/runtime/objects/*.c grader/runtime/search/*.c grader/runtime/search/strategy/*.c tests/support/*.c grader/host/*.c; do
	gcc $flags -O1 -c "$file" -o "$work/$(printf %s "${file%.c}" | tr / _).o"
done
for kind in plain tsan; do
	sanitize=""
	[ $kind = plain ] || sanitize=-fsanitize=thread
	for file in "$source" "tests/assignments/$name/public.c" "tests/assignments/$name/hidden.c"; do
		object="$work/$kind-$(basename "$file" .c).O"
		instrument=""
		[ "$file" = "$source" ] || instrument=-finstrument-functions
		gcc $flags $sanitize $instrument -O1 -c "$file" -o "$object"
		if [ "$file" = "$source" ]; then
			objcopy --redefine-syms="$maps/submission.map" "$object"
		else
			objcopy --redefine-syms="$tests/tests.map" "$object"
		fi
	done
done
runtime=$(ls "$work"/*.o | grep -v -e _host.o -e _guard.o -e _program.o)
gcc -no-pie -o "$work/runner" "$work"/plain-*.O $runtime "$work/grader_host_guard.o" -lcriterion -pthread
gcc -no-pie -fsanitize=thread -o "$work/tsan" "$work"/tsan-*.O $runtime "$work/grader_host_host.o" -lcriterion -pthread

cd "$work"
./runner --json=report.json -j1 > /dev/null 2>&1 || true
valgrind --quiet --trace-children=yes --leak-check=full --log-file=valgrind.%p ./runner -j1 > /dev/null 2>&1 || true
TSAN_OPTIONS="log_path=tsan.log exitcode=0 die_after_fork=0" setarch -R ./tsan 3> tsan.report > /dev/null 2>&1 || true
