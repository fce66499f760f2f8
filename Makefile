# `make help` lists the targets. Everything that is built or fetched lands in bin, build and .cache.

GO ?= go
# The race detector needs cgo and a C compiler.
RACE ?= $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race,)
TOOLS := .cache/tools

PROGRAMS := $(notdir $(wildcard cmd/*))
SOURCES = $(shell find connector exporter extension internal processor proxy receiver -type f \
	-not -name '*_test.go' -not -path '*/testdata/*' 2>/dev/null)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

.PHONY: run
run: build libchdb ## start llmtap; UPSTREAM=http://host:port names the model server, without it a simulated one is started
	@exec scripts/run.sh

.PHONY: cost
cost: bin/llmtapcost ## show the cost per user of the running instance; SINCE=7d counts the last week
	@bin/llmtapcost -url "http://$${LLMTAP_CLICKHOUSE_LISTEN:-127.0.0.1:8123}" $(if $(SINCE),-since $(SINCE))

.PHONY: findings
findings: bin/llmtapctl ## list the regressions and runaways that the running instance has found
	@bin/llmtapctl findings -url "http://$${LLMTAP_CLICKHOUSE_LISTEN:-127.0.0.1:8123}"

.PHONY: audit
audit: bin/llmtapctl ## compare the calls of the running instance with their rollups, and count those that were not recorded
	@bin/llmtapctl audit -url "http://$${LLMTAP_CLICKHOUSE_LISTEN:-127.0.0.1:8123}"

.PHONY: scorecard
scorecard: bin/llmtapcost ## show which promises the model servers of the running instance kept; SINCE=24h likewise
	@bin/llmtapcost -report scorecard -url "http://$${LLMTAP_CLICKHOUSE_LISTEN:-127.0.0.1:8123}" $(if $(SINCE),-since $(SINCE))

.PHONY: build
build: bin/llmtap $(PROGRAMS:%=bin/%) ## build bin/llmtap, the Collector, and the programs of cmd/

# What takes longest begins first, so that it does not run alone in the end.
LONGEST := ./exporter/genaiclickhouseexporter ./receiver/llmtapreceiver ./cmd/llmtapctl ./e2e

# Where tests count allocations, which the race detector would count too; built as the Collector is, so that its cache serves.
ALLOCATIONS := ./internal/fidelity ./proxy ./receiver/llmtapreceiver

# What go vet finds is lint's to say, which would otherwise be looked for a second time in all that tests import.
.PHONY: test
test: build libchdb ## run every test that needs nothing from outside
	$(if $(RACE),,@echo "test: without the race detector, which needs a C compiler")
	LLMTAP_BIN=$(CURDIR)/bin $(GO) test $(RACE) -vet=off -timeout 20m $(LONGEST) ./...
	$(if $(RACE),CGO_ENABLED=0 $(GO) test -trimpath -vet=off -run Allocat $(ALLOCATIONS))

.PHONY: lint
lint: export CGO_ENABLED := 0
lint: export GOFLAGS := $(shell $(GO) env GOFLAGS) -trimpath
lint: $(TOOLS)/golangci-lint ## check style and import arrows, with the flags of the build so that its cache serves; that it compiles for Windows, too
	$(GO) vet ./...
	GOOS=windows $(GO) build ./proxy ./receiver/llmtapreceiver ./extension/clickhouseembeddedextension
	$(TOOLS)/golangci-lint run ./...

.PHONY: check
check: test lint ## test, lint, and see that generated files are unchanged; what CI runs
	scripts/check-generated.sh

.PHONY: generate
generate: ## make the generated files again
	scripts/fetch-prices.sh
	$(GO) generate ./...

.PHONY: bench
bench: build libchdb ## measure the tap beside nginx and haproxy on Linux, 18 minutes; writes docs/performance.md and the README's table
	$(GO) build -trimpath -o bin/bench ./bench
	LLMTAP_LIBCHDB=$${LLMTAP_LIBCHDB:-$(CURDIR)/.cache/libchdb/libchdb.so} bin/bench -out docs/performance.md -readme README.md

.PHONY: bench-store
bench-store: libchdb ## measure queries over 10 million generated calls, their room on disk, and the exporter beside contrib's; writes docs/storage.md and docs/sizing.md
	LLMTAP_LIBCHDB=$${LLMTAP_LIBCHDB:-$(CURDIR)/.cache/libchdb/libchdb.so} $(GO) run ./bench/store
	cd bench/exporter && LLMTAP_LIBCHDB=$${LLMTAP_LIBCHDB:-$(CURDIR)/.cache/libchdb/libchdb.so} $(GO) run .

.PHONY: bench-panels
bench-panels: libchdb ## measure every panel of the dashboards over 10 million generated calls, and the page's first paint, into docs/storage.md; needs chromium
	LLMTAP_LIBCHDB=$${LLMTAP_LIBCHDB:-$(CURDIR)/.cache/libchdb/libchdb.so} $(GO) run ./bench/panels
	cd extension/dashboardextension/browsertest && LLMTAP_LIBCHDB=$${LLMTAP_LIBCHDB:-$(CURDIR)/.cache/libchdb/libchdb.so} $(GO) test -count=1 -run TestManyCalls -v ./... -stored $(CURDIR)/.cache/bench-store -out $(CURDIR)/docs/storage.md

# Results of scenarios stay, so that what was broken off goes on; those of other detectors have a folder of their own.
.PHONY: detection
detection: libchdb ## prove the detectors on generated traffic, about an hour and a half; writes docs/detection.md
	LLMTAP_LIBCHDB=$${LLMTAP_LIBCHDB:-$(CURDIR)/.cache/libchdb/libchdb.so} $(GO) run ./bench/detection \
		-results .cache/detection/$$(find exporter/genaiclickhouseexporter bench/detection -type f ! -name '*_test.go' | sort | xargs cat | sha256sum | cut -c1-12)

.PHONY: detection-cost
detection-cost: libchdb ## measure what the detectors take of two cores at a million calls a day
	LLMTAP_LIBCHDB=$${LLMTAP_LIBCHDB:-$(CURDIR)/.cache/libchdb/libchdb.so} $(GO) run ./bench/detection/cost

.PHONY: bench-decoders
bench-decoders: ## measure the decoder of each API, a minute; writes receiver/llmtapreceiver/README.md
	$(GO) run ./bench/decoders

.PHONY: microbench
microbench: libchdb ## run the benchmarks of all packages
	$(GO) test -run '^$$' -bench . -benchmem -timeout 60m ./...

.PHONY: fuzz
fuzz: ## fuzz every decoder; FUZZTIME=20s each
	scripts/fuzz.sh

.PHONY: soak
soak: ## run mixed traffic with faults through the tap and watch memory and descriptors; SOAK=30m PAUSE=0s between connections
	$(GO) test -count=1 -run '^TestSoak$$' -v -timeout 24h ./receiver/llmtapreceiver -soak $(or $(SOAK),30m) -soakpause $(or $(PAUSE),0s)

.PHONY: vulncheck
vulncheck: ## look for known vulnerabilities in what is compiled in; 5 minutes
	scripts/vulncheck.sh

.PHONY: e2e
e2e: build libchdb ## test with real clients and real model servers, which are fetched
	scripts/fetch-llama-server.sh
	scripts/fetch-clients.sh
	LLMTAP_BIN=$(CURDIR)/bin $(GO) test -count=1 -tags e2e -timeout 30m ./e2e/...

.PHONY: killtest
killtest: build libchdb ## kill the Collector and the store at random moments under load, and count; KILLS=20 SEED=1
	LLMTAP_BIN=$(CURDIR)/bin $(GO) test -count=1 -tags killtest -timeout 30m -v ./e2e/killtest

.PHONY: native
native: libchdb ## run the exporter's tests over ClickHouse's native protocol, compressed, which a front end speaks before the engine
	$(GO) test $(RACE) -count=1 -timeout 25m ./exporter/genaiclickhouseexporter -native

.PHONY: grafana
grafana: libchdb ## run every query of the Grafana dashboards and alerts through Grafana's own engine
	cd dashboards/grafanatest && $(GO) test -count=1 -timeout 20m ./...

.PHONY: browser
browser: libchdb ## draw the dashboards in a real browser, which has to be there: apt-get install chromium
	cd extension/dashboardextension/browsertest && $(GO) test -count=1 -timeout 20m ./...

.PHONY: picture
picture: libchdb ## take the picture of the dashboards in docs again; needs chromium
	cd extension/dashboardextension/browsertest && LLMTAP_PICTURE=$(CURDIR)/docs/dashboard.png $(GO) test -count=1 -run TestPicture ./...

.PHONY: libchdb
libchdb: ## fetch ClickHouse as a shared library, unless LLMTAP_LIBCHDB names one
	@[ -n "$${LLMTAP_LIBCHDB:-}" ] || scripts/fetch-libchdb.sh

.PHONY: clean
clean: ## remove what was built; data and .cache stay
	rm -rf bin build

# ocb writes the Collector's main package into build/, a module of its own, which is compiled like any other.
build/go.mod: builder-config.yaml go.mod go.sum | $(TOOLS)/builder
	@echo "llmtap: writing the Collector's main package"
	@rm -rf build
	$(TOOLS)/builder --config builder-config.yaml --skip-compilation

bin/llmtap: build/go.mod $(SOURCES)
	@echo "llmtap: compiling the Collector; the first time takes some minutes"
	@mkdir -p bin
	cd build && CGO_ENABLED=0 $(GO) build -mod=mod -trimpath -ldflags '-s -w' -o ../bin/llmtap .

# Always handed to go build, which knows best what has changed.
.PHONY: $(PROGRAMS:%=bin/%)
$(PROGRAMS:%=bin/%):
	@mkdir -p bin
	@CGO_ENABLED=0 $(GO) build -trimpath -o $@ ./cmd/$(notdir $@)

# The system and processor to build for; the names of its programs have an ending on Windows.
FOR ?= windows/amd64
FOREIGN = bin/$(subst /,-,$(FOR))
FOREIGN_GO = CGO_ENABLED=0 GOOS=$(patsubst %/,%,$(dir $(FOR))) GOARCH=$(notdir $(FOR)) $(GO)

.PHONY: cross
cross: build/go.mod ## build everything for another system, into bin/windows-amd64 or the like; FOR=windows/amd64
	cd build && $(FOREIGN_GO) build -mod=mod -trimpath -ldflags '-s -w' -o ../$(FOREIGN)/llmtap$(if $(filter windows/%,$(FOR)),.exe) .
	$(FOREIGN_GO) build -trimpath -o $(FOREIGN)/ ./cmd/...

$(TOOLS)/builder: tools/go.mod tools/go.sum
	@echo "llmtap: compiling ocb, the Collector's builder"
	cd tools && $(GO) build -o ../$@ go.opentelemetry.io/collector/cmd/builder

$(TOOLS)/golangci-lint: tools/go.mod tools/go.sum
	@echo "llmtap: compiling golangci-lint"
	cd tools && $(GO) build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
