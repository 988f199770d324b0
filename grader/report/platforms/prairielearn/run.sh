#!/bin/sh
# run.sh - the entrypoint of PrairieLearn's external grader. The kit is in the image, built, in /opt/forkjoin; the
# question names its exercise: "environment": {"EXERCISE": "pipe_ring"}.
set -u

mkdir -p /grade/results
cd /opt/forkjoin || exit 2
build/grader grade -a "${EXERCISE:?which exercise?}" -s /grade/student -f prairielearn -o /tmp/reports >/tmp/results.json
status=$?
[ "$status" -le 1 ] || [ "$status" -eq 3 ] || exit "$status" # 3: not judged, and the result says so
cp /tmp/results.json /grade/results/results.json
