# The only command surface of the kit. Every target is thin: it calls build/grader or a tool. `make` alone prints what there is.

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

LIBRARIES := jansson libxml-2.0 yaml-0.1 libelf libdw libmd libuv libarchive libseccomp capstone sqlite3
SOURCES := $(wildcard grader/*.c $(patsubst %,grader/%/*.c,finding course intake build build/seal sandbox check score report class gradebook feedback similarity cluster handout command))
# They say how the kit's half of judged programs is built. The grader knows their hash, and builds anew when it is another one.
BUILDER := $(sort $(wildcard grader/build/*.[ch])) grader/sandbox/spec.c
# The kit's assembler is built with the judged programs (grader/build/half.c); here for its test only.
ASSEMBLER := $(filter-out %/as.c,$(wildcard grader/assembler/*.c))
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
LANGUAGE := -std=gnu17 -D_GNU_SOURCE -g $(WARNINGS)
CFLAGS = $(LANGUAGE) -DKIT_VERSION='"$(file <VERSION)"' -MMD -MP
# Asked once, and only by who compiles.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(LIBRARIES)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(shell pkg-config --libs $(LIBRARIES)) -lcsv)$(PKG_LIBS)

BUILDS := plain
FLAGS_plain := -O2 -fstack-protector-strong

# What was typed for a variable, as the shell takes one word, whatever is in it. With an option before it, where anything was typed.
define newline


endef
export newline
typed = '$(subst $(newline),'"$$newline"',$(subst ','\'',$(value $(1))))'
option = $(if $(value $(1)),$(2) $(call typed,$(1)))

# A class is graded here, or where CLUSTER says: grader/cluster/CLUSTER.sh takes the same options.
CLASS = $(if $(CLUSTER),SHARDS=$(call typed,SHARDS) SBATCH=$(call typed,SBATCH) $(or $(wildcard grader/cluster/$(CLUSTER).sh),$(error there is no cluster '$(CLUSTER)': CLUSTER=slurm)),build/grader class)

##@ Students
grade: build/grader ## grade: all assignments, or A=name [T=test]; S=folder; SUBMISSIONS=folder or zip of a class [ROSTER=file.csv A=name STUDENT=name,... SINCE=time ACCEPT=name=path AT_DUE=1 REGRADE=1 CLUSTER=slurm SIMILAR=percent ARCHIVE=dir DOLOS=dir JPLAG=dir]; FORMAT= OUT=
ifdef SUBMISSIONS
	@$(CLASS) $(call typed,SUBMISSIONS) $(call option,ROSTER,-r) $(call option,OUT,-o) $(call option,JOBS,-j) $(A:%=-a "%") \
	  $(call option,STUDENT,-s) $(call option,SINCE,--since) $(call option,ACCEPT,--accept) $(if $(AT_DUE),--at-due) $(if $(filter 0,$(BOM)),--no-bom) $(if $(REGRADE),--regrade) \
	  $(call option,SIMILAR,--similar) $(call option,DOLOS,--dolos) $(call option,JPLAG,--jplag) $(call option,ARCHIVE,--archive)
else
	@build/grader grade $(call option,A,-a) $(call option,T,-t) $(call option,S,-s) $(call option,FORMAT,-f) $(call option,OUT,-o) || \
	  { status=$$?; [ $$status -eq 1 ] && [ -z $(call typed,STRICT) ] || exit $$status; }
endif

watch: build/grader ## grade again at each save: A=name
	@build/grader watch $(call option,A,-a) $(call option,FORMAT,-f)

hint: build/grader ## hints: A=name [H=id] [L=1|2|3]
	@build/grader hint $(call option,A,-a) $(call option,H,-i) $(call option,L,-l)

list: build/grader ## the assignments in order, your last scores
	@build/grader list

explore: build/grader ## try your tests under many schedules: A=name [T=test] [S=folder] [N=schedules]
	@build/grader explore $(call option,A,-a) $(call option,T,-t) $(call option,S,-s) $(call option,N,-n) || [ $$? -eq 1 ]

replay: build/grader ## one schedule step by step, also as a page: A=name TOKEN=... [S=folder] [GDB=1]
	@build/grader explore $(call option,A,-a) $(call option,S,-s) --replay $(call typed,TOKEN) $(if $(GDB),--gdb,--page build/replay.html) || [ $$? -eq 1 ]

play: build/grader ## you are the scheduler: levels [L=level; FORMAT=html OUT=file: as a page]; or FILE=file.c, or A=name T=test [S=folder]
ifeq ($(FORMAT),html)
	@build/grader play --page $(if $(OUT),$(call typed,OUT),build/play.html)
else
	@build/grader play $(call option,L,-n) $(call option,A,-a) $(call option,T,-t) $(call option,S,-s) $(call option,FILE,)
endif

debug: build/grader ## one test under gdb, in one process: A=name T=test
	@build/grader debug $(call option,A,-a) $(call option,T,-t) $(call option,S,-s)

doctor: build/grader ## what protects this machine from submissions, what is missing and how to get it
	@build/grader doctor

.PHONY: grade watch hint list explore replay play debug doctor

##@ This folder
setup: ## install the packages that grading needs (apt), once
	@./setup.sh packages-run.txt

clean: ## remove build/
	@rm -rf build

help: ## this list
	@awk -F':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile $(wildcard kit.mk)

.PHONY: setup clean help

# What instructors and those who work on the kit need besides. Handouts have no such file.
-include kit.mk

# ---- building -------------------------------------------------------------------------------------------------------
define BUILD
OBJECTS_$(1) := $$(SOURCES:%.c=build/$(1)/%.o)
build/$(1)/%.o: %.c | build/.packages
	@mkdir -p $$(@D)
	@echo "  cc $$<"
	@gcc $$(CFLAGS) $$(FLAGS_$(1)) $$(PKG_CFLAGS) -c $$< -o $$@
build/$(1)/grader/version.o: VERSION $$(BUILDER)
build/$(1)/grader/version.o: CFLAGS += -DKIT_BUILDER='"$$(shell cat $$(BUILDER) | sha256sum | cut -c1-16)"'
build/$(1)/grader/report/page.o: $(wildcard grader/report/page/*)
build/grader$(if $(filter-out plain,$(1)),-$(1)): build/inside build/attacks $$(OBJECTS_$(1))
	@gcc $$(FLAGS_$(1)) $$(OBJECTS_$(1)) -o $$@ $$(PKG_LIBS)
# All that test programs are linked with, once. Made anew, lest a file that is gone stays in it.
build/$(1)/kit.a: $$(filter-out build/$(1)/grader/main.o,$$(OBJECTS_$(1))) $$(ASSEMBLER:%.c=build/$(1)/%.o)
	@rm -f $$@ && ar rcs --thin $$@ $$^
build/$(1)/tests/%: build/$(1)/tests/grader/%.o build/$(1)/kit.a | build/inside build/attacks
	@mkdir -p $$(@D)
	@gcc $$(FLAGS_$(1)) $$^ -o $$@ $$(PKG_LIBS) -lcriterion -lcmark
-include $$(OBJECTS_$(1):.o=.d) $$(ASSEMBLER:%.c=build/$(1)/%.d) $$(wildcard build/$(1)/tests/grader/*.d)
endef
$(foreach build,$(BUILDS),$(eval $(call BUILD,$(build))))
.SECONDARY:

# The last step before a caged program, and what doctor lets loose there: they start where there are no libraries.
build/inside build/attacks: build/%: grader/sandbox/inside/%.c | build/.packages
	@mkdir -p $(@D)
	@echo "  cc $<"
	@gcc $(CFLAGS) -MF $@.d -MT $@ -O2 -fstack-protector-strong -static $< -o $@
-include build/inside.d build/attacks.d

# Says what is missing before the compiler does.
build/.packages: packages-run.txt
	@./setup.sh --check packages-run.txt
	@mkdir -p build && touch $@
