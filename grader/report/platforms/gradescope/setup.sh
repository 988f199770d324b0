#!/bin/sh
# setup.sh - Gradescope runs this once, as root, when it builds the image of the autograder. The zip holds this file,
# run_autograder and the kit in the folder kit/ (docs/platforms.md).
set -eu

cd /autograder/source/kit
apt-get update
./setup.sh packages-run.txt
make -s build/grader
build/grader doctor || true # what protects the image from submissions, for the log
