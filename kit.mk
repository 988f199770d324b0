# Targets for instructors and for those who work on the kit: a part of the Makefile that handouts do not have.

##@ Instructors
handout: build/grader ## the repository that students get: OUT=folder [A="name ..."] [REPOSITORY=owner/name on GitHub]
	@build/grader handout $(A:%=-a "%") $(call option,REPOSITORY,-r) $(call typed,OUT)

adjust: build/grader ## what counts of a student's assignment: STUDENT=ada A=name POINTS=+3 (or SET=80, or DUE="2026-10-05 23:59 +0200", or LINE=answers POINTS=7) COMMENT="..." [WHO=name] OUT=folder of the class
	@build/grader adjust $(call option,STUDENT,-s) $(call option,A,-a) $(call option,POINTS,-p) $(call option,SET,-e) $(call option,DUE,-d) $(call option,LINE,-l) $(call option,COMMENT,-c) $(call option,WHO,-w) $(call option,OUT,-o)

feedback: build/grader ## what the last run of a class found, as files for its students; nothing is sent: FOR=moodle|canvas|github|mail OUT=folder of the class [A=name] [TO=folder] [FROM=address, for mail]
	@build/grader feedback $(call option,FOR,-f) $(call option,OUT,-o) $(call option,A,-a) $(call option,TO,-t) $(call option,FROM,-F)

requests: build/grader ## what students ask to be looked at again, with what was found; OUT=folder of the class; to answer: STUDENT=ada A=name T=test DECISION=granted|refused COMMENT="..." [WHO=name]; to add one: CLAIM="..."
	@build/grader requests $(call option,OUT,-o) $(call option,STUDENT,-s) $(call option,A,-a) $(call option,T,-t) $(if $(filter undefined,$(origin CLAIM)),,-q $(call typed,CLAIM)) $(call option,DECISION,-d) $(call option,COMMENT,-c) $(call option,WHO,-w)

review: build/grader ## go through what needs a person: SUBMISSIONS= OUT= [ROSTER= A= STUDENT=]; without asking: DECISION=accept [DEDUCT=5 FILE=path] or refuse, COMMENT="..." [WHO=name]
	@build/grader review $(call typed,SUBMISSIONS) $(call option,ROSTER,-r) $(call option,OUT,-o) $(A:%=-a "%") $(call option,STUDENT,-s) \
	  $(call option,DECISION,-d) $(call option,DEDUCT,-p) $(call option,FILE,-f) $(call option,COMMENT,-c) $(call option,WHO,--who)

whatif: build/grader ## what grading a class now would change of its scores, without changing it: SUBMISSIONS= OUT= [ROSTER= A= STUDENT= SINCE= FORMAT=csv BOM=0]
	@build/grader class $(call typed,SUBMISSIONS) --what-if $(call option,ROSTER,-r) $(call option,OUT,-o) $(call option,JOBS,-j) $(A:%=-a "%") \
	  $(call option,STUDENT,-s) $(call option,SINCE,--since) $(if $(AT_DUE),--at-due) $(if $(filter 0,$(BOM)),--no-bom) $(call option,FORMAT,-f)

validate: build/grader ## prove that the assignments judge rightly, and the levels of play: [A=name]
	@build/grader validate $(call option,A,-a)

validate-long: build/grader ## the same with all checks on all mutants, and with two faults at once: an added fault never raises a score
	@build/grader validate --all-checks $(call option,A,-a)
	@$(if $(A),NAMES="$(A)") tests/pairs.sh

syllabus: build/grader ## assignments/README.md anew, from course.yaml, assignment.yaml, the handouts and the notes
	@build/grader syllabus

new: build/grader ## an exercise that validates at once: A=name [KIND=threads|processes, or FROM=exercise] [COURSE=folder of your own]
	@build/grader new $(call option,A,-a) $(call option,KIND,-k) $(call option,FROM,-f)

mutant: build/grader ## a wrong solution as a working copy: A=name M=id; SAVE=1 writes its patch
	@build/grader mutant $(call option,A,-a) $(call option,M,-m) $(if $(SAVE),--save)

criterion: build/grader ## one submission under Criterion's own runner: A=name [S=folder]
	@build/grader criterion $(call option,A,-a) $(call option,S,-s) || [ $$? -eq 1 ]

.PHONY: handout adjust review whatif requests feedback validate validate-long syllabus new mutant criterion

##@ The kit itself
# Three more builds of the grader: asan and gcov for its tests, layers for attacks on it. In asan and layers, layers of protection
# can be switched off (grader/layer.h).
FLAGS_asan := -O1 -DKIT_LAYERS -fsanitize=address,undefined -fno-omit-frame-pointer -Wno-format-truncation # gcc 12 warns of NULL formats that its own checks make up
FLAGS_gcov := -O0 --coverage -fprofile-update=atomic
FLAGS_layers := -O2 -DKIT_LAYERS
BUILDS += asan gcov layers
UNIT_TESTS := $(wildcard tests/grader/*_test.c)
UNIT_TEST_PROGRAMS := $(UNIT_TESTS:tests/grader/%.c=build/asan/tests/%)
TEST_PROGRAMS := build/grader build/grader-layers build/grader-asan $(UNIT_TEST_PROGRAMS)
# Not MAKEFLAGS: what is typed together (make setup test) is done in that order.
ON_ALL_CORES = $(MAKE) --no-print-directory --output-sync $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

setup-dev: setup ## install what those need who work on the kit itself
	@./setup.sh packages-dev.txt
	@npm install --prefix build/node --no-save --no-audit --no-fund --silent axe-core@4.10.3 || echo "axe-core is not here (npm brings it): pages are tried without it"

# The longest first. They share the cores: what one of them leaves idle, another one takes.
TEST_PARTS := validate hostile end-to-end-test agreement-test handout-test unit-test explorer-test tutorial-test

test: ## the kit's own tests
	@$(ON_ALL_CORES) $(TEST_PROGRAMS)
	@tests/at_once.sh "$(MAKE) --no-print-directory" $(TEST_PARTS)

check: ## before a commit: format, unit tests, an example of each exercise, validate of what changed [SINCE=commit]
	@$(ON_ALL_CORES) build/grader $(UNIT_TEST_PROGRAMS)
	@tests/at_once.sh "$(MAKE) --no-print-directory" unit-test exercise-check format-check

unit-test: ## unit tests of the grader, under ASan and UBSan
	@[ -w /dev/shm ] || { echo "Criterion cannot start: /dev/shm cannot be written (mount -t tmpfs -o mode=1777 tmpfs /dev/shm)"; exit 1; }
	@$(ON_ALL_CORES) $(UNIT_TEST_PROGRAMS)
	@tests/at_once.sh exec $(UNIT_TEST_PROGRAMS)

exercise-check: build/grader
	@tests/changed.sh $(SINCE)

end-to-end-test: build/grader build/grader-asan ## grade the example class and bad input, compare verdicts
	@tests/end_to_end.sh

explorer-test: build/grader ## the schedule explorer on small programs, right and wrong
	@tests/explorer.sh
	@tests/commands.sh
	@tests/outcomes.sh
	@tests/play.sh

handout-test: build/grader ## make a handout, build and grade in it, look for what must not be there; all of it in a folder with an odd name
	@tests/handout.sh
	@tests/places.sh odd

tutorial-test: build/grader ## make an exercise and a course as docs/assignments.md says, command by command
	@tests/tutorial.sh

agreement-test: build/grader ## the kit's host and Criterion's own runner agree on every solution and mutant
	@build/grader criterion --agree $(call option,A,-a)

hostile: build/grader build/grader-layers ## grade submissions that attack the grader, and honest ones that look like them
	@tests/hostile.sh
	@tests/hostile.sh commands

hostile-long: build/grader build/grader-layers ## the same with layers off, as other users, without namespaces, and with kill -9 of the grader
	@tests/hostile.sh long

class-long: build/grader ## classes: killed and resumed 20 times, all formats, bad submissions beside good ones (`make setup-dev`): [PARTS=...]
	@tests/class.sh $(PARTS)
	@tests/places.sh odd deep closed

test-slurm: build/grader ## a class on a small Slurm cluster of its own on this machine, compared with the same class graded here
	@tests/slurm.sh

coverage: build/grader ## lines of the grader and of the solutions that the tests run
	@tests/coverage.sh

bench: build/grader build/grader-layers ## the grader against the obvious script, alone and with a class; what the cage costs: [GRADINGS=300]
	@tests/bench/compare.sh
	@tests/bench/cage.sh
	@tests/bench/class.sh $(GRADINGS)

bench-explore: build/grader ## how good the schedule explorer is: [PARTS="speed corpus mutants solutions bounds determinism spinning"]
	@tests/bench/explore.sh $(PARTS)

portability: ## build and test on a fresh Debian 13, in a chroot (root and `make setup-dev`): [ARCH=arm64 TARGETS=...]
	@tests/portability.sh $(TARGETS)

FORMATTED = $$(git ls-files '*.c' '*.h' | grep -v -e tests/examples/ -e tests/grader/runtime/ -e tests/grader/explore/limits/ -e tests/hostile/attacks/)

format: ## clang-format over all sources but attacks, examples and programs whose comments or lines a test reads
	@clang-format -i $(FORMATTED)

format-check:
	@command -v clang-format > /dev/null || { echo "clang-format is missing: make setup-dev"; exit 1; }
	@clang-format --dry-run -Werror $(FORMATTED)

# What editors ask for. The kit's half of judged programs is compiled by the grader, with the flags of grader/build/half.c.
HALF := $(wildcard grader/runtime/*.c grader/runtime/*/*.c grader/host/*.c grader/vault/*.c tests/support/*.c)
EXERCISES := $(wildcard assignments/*/*.c solutions/*/*.c solutions/*/alternatives/*.c tests/assignments/*/public.c tests/assignments/*/hidden.c)
HALF_FLAGS := -std=gnu17 -D_GNU_SOURCE -g -Wall -Wextra -pthread $(addprefix -I,include tests/support grader/runtime grader/host grader/vault)
comma := ,
# entry FLAGS,FILE
entry = {"directory":"$(CURDIR)","file":"$(2)","command":"gcc $(strip $(1)) -c $(2)"}

compile-commands: ## compile_commands.json, for editors and clangd
	$(file >compile_commands.json,[$(subst } {,}$(comma){,$(strip \
	  $(foreach file,$(SOURCES) $(wildcard grader/assembler/*.c) $(UNIT_TESTS),$(call entry,$(LANGUAGE) $(FLAGS_plain) $(PKG_CFLAGS),$(file))) \
	  $(foreach file,$(HALF) $(EXERCISES),$(call entry,$(HALF_FLAGS),$(file)))))])
	@echo compile_commands.json

.PHONY: setup-dev test check unit-test exercise-check end-to-end-test explorer-test handout-test tutorial-test agreement-test hostile hostile-long class-long test-slurm coverage \
        bench bench-explore portability format format-check compile-commands
