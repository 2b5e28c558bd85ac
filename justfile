# Every task that is done often. `just` alone lists them.
_list:
    @just --list --unsorted

# The chapter `pools`, or only some of its sections: just pools bounded --speed 5
pools *ARGS:
    cargo run --quiet --bin pools -- {{ARGS}}

# All tests: library, lessons, examples in the documentation
test *ARGS:
    cargo test {{ARGS}}

# Formatting, lints and documentation, as strict as CI
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# The tests 50 times in a row, with both cores otherwise busy
soak TIMES="50":
    ./.ci/soak {{TIMES}}

# What this costs, what other libraries and Python cost: ratios, in one run
bench *ARGS:
    cargo bench --package bench -- {{ARGS}}

# What CI does
ci:
    ./.ci/run
