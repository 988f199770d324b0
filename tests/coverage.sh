#!/bin/sh
# coverage.sh: which lines of the grader (the program, and the runtime and host that are linked into judged programs) its tests run,
# and which lines of each reference solution the assignment's tests run.
set -eu
cd "$(dirname "$0")/.."
make --no-print-directory build/grader build/grader-gcov
find build/gcov -name '*.gcda' -delete

echo "The grader's own tests, counted:"
for source in tests/grader/*_test.c; do
	test=build/gcov/tests/$(basename "$source" .c)
	make --no-print-directory "$test"
	"$test" --quiet > /dev/null 2>&1 || echo "  $test failed (run make test)"
done
GRADER=build/grader-gcov tests/end_to_end.sh
KIT_BUILD=$PWD/build/coverage build/grader-gcov validate -a race_fix
KIT_BUILD=$PWD/build/coverage build/grader-gcov criterion --agree -a race_fix
gcovr --root . --filter 'grader/' --exclude 'grader/runtime/' --exclude 'grader/host/' --exclude 'grader/vault/' build/gcov > build/coverage.txt
sed -n '/^File/,$p' build/coverage.txt

echo
echo "The runtime and the host, in judged programs (what a killed process ran is not counted):"
counted=$PWD/build/coverage-runtime
rm -rf "$counted"
KIT_BUILD=$counted KIT_COVERAGE=runtime NOCACHE=1 build/grader validate
# The counts are written under the name that the folder had when it was built: HASH.PID.
for folder in "$counted"/kit/*.*; do
	find "$folder" -name '*.gcda' -exec mv {} "${folder%.*}" \;
done
gcovr --root . --filter 'grader/runtime/' --filter 'grader/host/' --filter 'grader/vault/' --filter 'tests/support/' --exclude 'grader/host/guard.c' \
	"$counted/kit" > build/coverage-runtime.txt
sed -n '/^File/,$p' build/coverage-runtime.txt

echo
echo "Reference solutions, all tests:"
for name in $(tests/exercises.sh); do
	NOCACHE=1 KIT_COVERAGE=all build/grader grade -a $name -s solutions/$name -f json -o build/coverage-results |
		python3 -c '
import json, sys
grade = json.load(sys.stdin)
coverage = grade["coverage"]
print("  %-14s %d of %d lines%s" % (grade["assignment"], coverage["lines_run"], coverage["lines_total"],
      ", not run: " + coverage["unrun"] if coverage.get("unrun") else ""))'
done
