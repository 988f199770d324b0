#!/bin/sh
# exercises.sh [PREFIX]: the exercises of the course in their order, one to a line, each behind PREFIX
sed -n 's/^assignments: \[\(.*\)\].*/\1/p' "$(dirname "$0")/../assignments/course.yaml" | tr -s ', ' '\n' | sed "s|^|${1:-}|"
