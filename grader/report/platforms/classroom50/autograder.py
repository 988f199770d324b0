#!/usr/bin/env python3
"""autograder.py - Classroom 50 runs this in the student's checkout. It calls the kit, which lies in kit/ beside it.

A status other than 0 is an infrastructure error to Classroom 50: it keeps the release as it was.
"""
import os
import pathlib
import shutil
import subprocess
import sys

EXERCISE = os.environ["ASSIGNMENT"].replace("-", "_")  # the slug pipe-ring is the exercise pipe_ring
FACTS = ("CLASSROOM", "ASSIGNMENT", "ASSIGNMENT_TYPE", "OWNER", "USERNAME", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL",
         "REVIEW_URL")

kit = pathlib.Path(__file__).resolve().parent / "kit"
checkout = pathlib.Path.cwd()
# No tokens and no GITHUB_* files: nothing of them is near when a submission runs.
environment = {name: os.environ[name] for name in (*FACTS, "PATH", "HOME", "TRUST") if name in os.environ}

subprocess.run(["make", "-s", "build/grader"], cwd=kit, env=environment, stdout=sys.stderr, check=True)
for report, name in (("classroom50", "result.json"), ("release", "release-body.md")):
    command = ["build/grader", "grade", "-a", EXERCISE, "-s", checkout, "-f", report, "-o", kit / "build/reports"]
    run = subprocess.run(command, cwd=kit, env=environment, stdout=subprocess.PIPE)
    if run.returncode not in (0, 1):  # full marks, points lost
        sys.exit(run.returncode if run.returncode > 0 else 3)
    place = checkout / name
    if place.is_dir() and not place.is_symlink():  # a submission may have a folder there,
        shutil.rmtree(place)
    place.unlink(missing_ok=True)  # or a link
    place.write_bytes(run.stdout)
