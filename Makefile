# Everyday commands; `make help` lists them and their arguments with the values in force.
# CMake does the building; this file only says in which order things are called.

# build folder
BUILD ?= build
# Release, RelWithDebInfo or Debug
BUILD_TYPE ?= Release
# sanitizers for all C++ code, e.g. address,undefined
SANITIZE ?=
# compilers and tests at a time
JOBS ?= $(shell nproc)
# sim: file, or name in sim/systems
SYSTEM ?=
# sim: file, or name in sim/models
MODEL ?=
# sim: rtl, model or gates
HUB ?=
# sim: flows to compare, separated by commas
FLOW ?=
# sim, scenarios, regress, waves, bench: tokens per GPU
TOKENS ?=
# sim, scenarios, regress: seed of everything random; soak: of the first case
SEED ?=
# sim, scenarios, regress: folder of the results
OUT ?= $(BUILD)/out
# sim, scenarios, regress, bench: further arguments of `moehub run`; bench-hub, synth, equiv, mutate, fuzz, soak: of the bench, of the script
ARGS ?=
# regress: routing traces, files or folders
TRACES ?= $(wildcard tests/traces ../shared/traces)
# scenarios: names, all by default
SCENARIOS ?=
# test: only tests whose name matches this regular expression
TESTS ?=
# waves: microseconds A:B to record
WINDOW ?=
# bench-hub, synth: configurations of the hub, of rtl/configurations.txt [bench-hub: default paper nvl72; synth: small paper sweep fpga]; power: default, or gates
CONFIGS ?=
# bench-hub, synth, equiv, power, formal, coverage, mutate, calibration: 1 to write the tables into docs/performance.md, synthesis.md, verification.md, calibration.md
DOCS ?=
# synth: Liberty files, standard cells first; Debian's OSU018 without
LIBERTY ?=
# soak: packets through RTL hubs
PACKETS ?=
# fuzz: minutes of CPU time, over all parsers
MINUTES ?=
# fuzz: 1 to put what was found into tests/fuzz/corpus
SAVE ?=
# formal: proofs, files of tb/formal or file:task; all by default
PROOFS ?=
# calibration: folder of the whole tables that its figures were taken from
TABLES ?=

# The system's Python, whose packages are Debian's, where there is one.
PYTHON = $(firstword $(wildcard /usr/bin/python3) python3)
RUN_ARGS = $(if $(TOKENS),--tokens $(TOKENS)) $(if $(SEED),--seed $(SEED)) $(ARGS)
SIM_ARGS = $(if $(SYSTEM),--system $(SYSTEM)) $(if $(MODEL),--model $(MODEL)) $(if $(HUB),--hub $(HUB)) \
           $(if $(FLOW),--flow $(FLOW)) $(RUN_ARGS)
OPTIONS  = -DCMAKE_BUILD_TYPE=$(BUILD_TYPE) -DMOEHUB_SANITIZE=$(SANITIZE)

.DEFAULT_GOAL := help
.PHONY: help deps program all sim test regress scenarios waves waves-png bench bench-hub synth gates equiv power synth-check formal fuzz soak coverage mutate calibration paper paper-quick lint clean FORCE

##@ sim: co-simulate the default scenario, print the table and where the report lies
sim: program
	@$(BUILD)/moehub run --out $(OUT)/default $(SIM_ARGS)

##@ test: every test that gates a change
test: all
	@scripts/deps.sh --synth --mutate
	@ctest --test-dir $(BUILD) -j$(JOBS) --output-on-failure $(if $(TESTS),-R '$(TESTS)')

##@ regress: every routing trace of TRACES on the RTL hub
regress: program
	@BUILD=$(BUILD) OUT=$(OUT)/regress scripts/regress.sh $(TRACES) -- $(RUN_ARGS)

##@ scenarios: every scenario of sim/scenarios, or those named, in one table
scenarios: program
	@python3 scripts/scenarios.py --moehub $(BUILD)/moehub --out $(OUT)/scenarios $(SCENARIOS) -- $(RUN_ARGS)

##@ waves: the default scenario's waveform in GTKWave
waves: program
	@BUILD=$(BUILD) TOKENS=$(TOKENS) WINDOW=$(WINDOW) scripts/waves.sh

##@ waves-png: the same picture without a display
waves-png: program
	@BUILD=$(BUILD) TOKENS=$(TOKENS) WINDOW=$(WINDOW) scripts/waves.sh --png

##@ bench: speed of the simulator, RTL hubs and C++ hubs
bench: program
	@BUILD=$(BUILD) OUT=$(OUT)/bench scripts/bench.sh $(RUN_ARGS)

##@ bench-hub: line rate and latencies of the RTL hub alone, several configurations
bench-hub: $(BUILD)/build.ninja
	@cmake --build $(BUILD) --parallel $(JOBS) --target $(BENCHED:%=hub_bench_%)
	@python3 bench/hub/report.py --build $(BUILD) --out $(OUT)/bench-hub $(if $(DOCS),--update) $(BENCHED) -- $(ARGS)
BENCHED = $(or $(CONFIGS),default paper nvl72)

##@ synth: synthesis of the hub and its units: checks, area, timing, depth
synth:
	@scripts/deps.sh --synth $(if $(filter fpga,$(or $(CONFIGS),fpga)),--place)
	@BUILD=$(BUILD) LIBERTY="$(LIBERTY)" scripts/synth/synth.py $(CONFIGS) $(if $(DOCS),--docs) $(ARGS)

##@ gates: a small hub as mapped netlist, which `moehub run --hub gates` takes; and traces through it
gates: program
	@scripts/deps.sh --synth
	@BUILD=$(BUILD) scripts/synth/gates.py --jobs $(JOBS)
	@GATES=1 ctest --test-dir $(BUILD) -R '^regression/gates$$' --output-on-failure

##@ equiv: the mapped netlist of each unit against its RTL, by proof
equiv:
	@scripts/deps.sh --synth
	@BUILD=$(BUILD) scripts/synth/equiv.py $(if $(DOCS),--docs) $(ARGS)

##@ power: what switches in the mapped hub while it works, by unit and packet, and what that takes
power: program
	@scripts/deps.sh --synth
	@BUILD=$(BUILD) scripts/synth/power.py $(CONFIGS) $(if $(DOCS),--docs)

##@ synth-check: what of docs/synthesis.md is quick to make, made anew and compared
synth-check:
	@scripts/deps.sh --synth
	@BUILD=$(BUILD) scripts/synth/synth.py --check

##@ formal: properties of the units, proved for every input
formal:
	@scripts/deps.sh --formal
	@BUILD=$(BUILD) scripts/formal/formal.py $(PROOFS) $(if $(DOCS),--docs) $(ARGS)

##@ fuzz: the parsers of files and of the command line, by libFuzzer; ARGS: some of them
fuzz:
	@scripts/deps.sh --fuzz
	@cmake -S . -B $(BUILD)/fuzz -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=clang++ -DMOEHUB_FUZZ=ON
	@cmake --build $(BUILD)/fuzz --parallel $(JOBS) --target fuzzer
	@BUILD=$(BUILD) scripts/fuzz.py $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SAVE),--save) $(ARGS)

##@ soak: random cases on RTL and C++ hubs until PACKETS went through the RTL, from SEED on
soak: $(BUILD)/build.ninja
	@cmake --build $(BUILD) --parallel $(JOBS) --target soak
	@$(BUILD)/soak/soak $(if $(PACKETS),--packets $(PACKETS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

##@ coverage: lines, branches and toggles of the RTL that its unit tests hit, and the points that they must
coverage: deps
	@cmake -S . -B $(BUILD)/coverage -G Ninja $(OPTIONS) -DMOEHUB_COVERAGE=ON
	@cmake --build $(BUILD)/coverage --parallel $(JOBS) --target rtl_tests
	@rm -rf $(BUILD)/coverage/coverage && mkdir $(BUILD)/coverage/coverage
	@ctest --test-dir $(BUILD)/coverage -j$(JOBS) --output-on-failure -R '^rtl/' -E illegal_params
	@scripts/coverage.py $(BUILD)/coverage/coverage $(if $(DOCS),--docs) $(ARGS)

##@ mutate: small faults in the RTL, and how many of them its unit tests notice
mutate: deps
	@scripts/deps.sh --mutate
	@BUILD=$(BUILD) build/venv/bin/python scripts/mutate/mutate.py --jobs $(JOBS) $(if $(DOCS),--docs) $(ARGS)

##@ calibration: the system model against measurements on real machines
calibration: $(BUILD)/build.ninja
	@$(if $(DOCS),scripts/deps.sh --plots)
	@cmake --build $(BUILD) --parallel $(JOBS) --target calibration
	@$(PYTHON) bench/calibration/report.py --build $(BUILD) $(if $(TABLES),--tables $(TABLES)) $(if $(DOCS),--update)

##@ paper: the MoE-Hub paper's tables by this simulator, into docs/results.md
paper: program
	@scripts/deps.sh --plots
	@$(PYTHON) bench/paper/paper.py --moehub $(BUILD)/moehub --out $(OUT)/paper --jobs $(JOBS) $(ARGS)

##@ paper-quick: the same on a thinner grid, compared with what is committed
paper-quick: program
	@$(PYTHON) bench/paper/paper.py --quick --moehub $(BUILD)/moehub --out $(OUT)/paper-quick --jobs $(JOBS) $(ARGS)

##@ lint: Verilator -Wall and Yosys with slang over the named configurations
lint:
	@scripts/deps.sh --lint
	@BUILD=$(BUILD) scripts/lint.sh

##@ deps: install what the build lacks
deps:
	@scripts/deps.sh

##@ clean: remove the build folder's products, keep installed tools
clean:
	@if [ -d $(BUILD) ]; then find $(BUILD) -mindepth 1 -maxdepth 1 ! -name venv -exec rm -rf {} +; fi

##@ help: this list
help:
	@echo "Targets:"
	@sed -n 's/^##@ \([a-z-]*\): /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-10s %s\n", $$1, $$2 }'
	@echo "Arguments, with the values in force:"
	@$(foreach a,$(ARGUMENTS),printf '  %-32s %s\n' '$(a)=$(strip $($(a)))' \
	  "$$(grep -B1 '^$(a) ?=' $(firstword $(MAKEFILE_LIST)) | sed -n '1s/^# //p')";)
ARGUMENTS := $(shell sed -n 's/^\([A-Z_]*\) ?=.*/\1/p' $(firstword $(MAKEFILE_LIST)))

# ---- building --------------------------------------------------------------------------------------------------
program: $(BUILD)/build.ninja
	@cmake --build $(BUILD) --parallel $(JOBS) --target moehub
all: $(BUILD)/build.ninja
	@cmake --build $(BUILD) --parallel $(JOBS)

# Configured once, and again when an option changes; CMake itself sees to changes of its own files.
$(BUILD)/build.ninja: $(BUILD)/options | deps
	@cmake -S . -B $(BUILD) -G Ninja $(OPTIONS)
$(BUILD)/options: FORCE
	@mkdir -p $(@D)
	@echo '$(OPTIONS)' | cmp -s - $@ || echo '$(OPTIONS)' > $@
