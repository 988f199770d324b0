#!/bin/sh
# coverage.sh: which lines of the grader (the program: all of grader/ but explore and host, which are linked into judged programs) its tests run,
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
gcovr --root . --filter 'grader/' --exclude 'grader/explore/' --exclude 'grader/host/' build/gcov > build/coverage.txt
sed -n '/^File/,$p' build/coverage.txt

echo
echo "Reference solutions, all tests:"
for name in pipe_ring race_fix thread_pool; do
	NOCACHE=1 KIT_COVERAGE=all build/grader grade -a $name -s solutions/$name -f json -o build/coverage-results |
		python3 -c '
import json, sys
grade = json.load(sys.stdin)
coverage = grade["coverage"]
print("  %-14s %d of %d lines%s" % (grade["assignment"], coverage["lines_run"], coverage["lines_total"],
      ", not run: " + coverage["unrun"] if coverage.get("unrun") else ""))'
done
