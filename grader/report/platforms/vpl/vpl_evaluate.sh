#!/bin/sh
# vpl_evaluate.sh - an execution file of a Moodle VPL activity. The kit is on the execution server, built, in
# /opt/forkjoin; each evaluation works in a copy of it. The file that students hand in is EXERCISE.c.
set -eu

# shellcheck disable=SC1091
. ./vpl_environment.sh
exercise=pipe_ring
cat >vpl_execution <<END
#!/bin/sh
submission=\$(pwd)
kit=\$(mktemp -d) && trap 'rm -rf "\$kit"' EXIT && cp -r /opt/forkjoin/. "\$kit" && cd "\$kit" || exit 2
export VPL_GRADEMIN='${VPL_GRADEMIN:-}' VPL_GRADEMAX='${VPL_GRADEMAX:-}'
build/grader grade -a $exercise -s "\$submission" -f vpl
END
chmod +x vpl_execution
