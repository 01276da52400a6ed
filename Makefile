# make run     open the window; ARGS="--help" passes arguments on
# make build   build the program as it is shipped
# make check   formatting and lints, without a test
# make test    everything a change has to pass, on real engines; Debian or Ubuntu
# make screenshots   every state of the window as a picture in TO=target/screenshots; needs no display
#
# What is missing on the system is installed first, after saying what it is.

# Where rustup puts cargo, for shells that have not read its profile yet.
export PATH := $(PATH):$(HOME)/.cargo/bin

.DEFAULT_GOAL := run
.PHONY: run build check test screenshots system-run system-test cargo

run: cargo system-run
	cargo run --release -- $(ARGS)

build: cargo system-run
	cargo build --release

# The inspection feature lets the tests drive the real window.
check: cargo
	cargo fmt --check
	cargo clippy --all-targets --features inspection -- -D warnings

test: cargo system-test check
	cargo test --features inspection

# STATE=review paints only those with that in their file name.
screenshots: cargo
	UNMOOR_SCREENSHOTS="$(abspath $(or $(TO),target/screenshots))" UNMOOR_STATES="$(STATE)" \
	cargo test --features inspection --test window screenshots_of_every_state -- --ignored

system-run: cargo
	./install.sh run

system-test: cargo
	./install.sh test

cargo:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust with rustup, see https://rustup.rs" >&2; exit 1; }

# make soak MINUTES=30 ENGINE=podman-5   what is shown against what is there, while another client is busy
.PHONY: soak
soak: cargo system-test
	UNMOOR_SOAK_MINUTES=$(or $(MINUTES),30) UNMOOR_ENGINE=$(or $(ENGINE),docker-28) \
	cargo test --features inspection --test soak -- --ignored --nocapture

# make spreadsheet   reports of a hostile engine as LibreOffice reads them, which has to be installed
.PHONY: spreadsheet
spreadsheet: cargo
	cargo test --test report_spreadsheet -- --ignored

# make differential SEEDS=100   predictions against real engines in that many random worlds, and the counts
.PHONY: differential
differential: cargo system-test
	UNMOOR_SEEDS=$(or $(SEEDS),30) cargo test --features inspection --test differential -- --nocapture

# make windows   what of the tests runs on Windows, under wine, with engines of this machine; Debian or Ubuntu on amd64
.PHONY: windows
windows: cargo
	./install.sh windows
	rustup target add x86_64-pc-windows-gnu
	CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$(abspath tests/wine/run.sh)" \
	cargo test --target x86_64-pc-windows-gnu --lib --test named_pipe --test worker_on_engines \
	--test journal_crash --test archive_and_restore --test report_of_failure --test report_of_engines
