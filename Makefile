# Thin: each target is a line or two, the work is done by Meson and by the scripts in tools/.
# DEPS=: skips the installing of packages (make DEPS=: build).
PREFIX ?= /usr/local
DEPS ?= tools/deps
FUZZ_SECONDS ?= 600
SANITIZE = -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1

.PHONY: build help deps test bless lint run bench fuzz install format clean
.NOTPARALLEL:

build:
	@$(DEPS) build
	@tools/setup build -Dtests=false -Db_lto=true -Dprefix=$(PREFIX) -Dwerror=$(if $(CI),true,false)
	@ninja -C build

help:
	@echo "make            build/winnow, the release"
	@echo "make run        build, judge two sample messages, then serve on the usual ports"
	@echo "make test       every test, with ASan and UBSan (in build-test)"
	@echo "make bless      rewrite the golden files; read the diff afterwards"
	@echo "make lint       layers, banned functions, format, sizes, static analysis, both compilers"
	@echo "make format     [FILES=src/room] clang-format over C files"
	@echo "make fuzz       [TARGET=name] [FUZZ_SECONDS=600] every fuzz target for ten minutes"
	@echo "make bench      the measurements behind the documents' figures"
	@echo "make install    [PREFIX=/usr/local] [DESTDIR=]"
	@echo "make deps       install everything that the targets above need (Debian)"
	@echo "make clean      remove the build folders"

deps:
	@tools/deps build test live lint fuzz bench

test:
	@$(DEPS) build test live
	@tools/setup build-test $(SANITIZE) -Dwerror=true
	@ninja -C build-test
	@tools/test build-test

bless:
	@WINNOW_BLESS=1 $(MAKE) --no-print-directory test; status=$$?; \
		git --no-pager diff --stat -- tests; exit $$status

lint:
	@$(DEPS) build test lint
	@tools/lint/run

format:
	@$(DEPS) lint
	@git ls-files -z -co --exclude-standard -- $(FILES) | grep -z '\.[ch]$$' | xargs -0 -r clang-format -i

run: build
	@tools/demo

bench: build
	@$(DEPS) bench
	@bench/run

fuzz:
	@$(DEPS) build fuzz
	@CC=clang tools/setup build-fuzz $(SANITIZE) -Dfuzz=true -Dtests=false
	@ninja -C build-fuzz
	@tools/fuzz build-fuzz $(FUZZ_SECONDS) $(TARGET)

install: build
	@meson install -C build --no-rebuild

clean:
	rm -rf build build-*
