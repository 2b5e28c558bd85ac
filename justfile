# Every task that is done often. `just` alone lists them.
_list:
    @just --list --unsorted

# The chapter `pools`, or only some of its sections: just pools bounded --speed 5
pools *ARGS:
    cargo run --quiet --bin pools -- {{ARGS}}

# The chapter `sync_vs_async`, likewise
sync_vs_async *ARGS:
    cargo run --quiet --bin sync_vs_async -- {{ARGS}}

# The chapter `callbacks`, likewise
callbacks *ARGS:
    cargo run --quiet --bin callbacks -- {{ARGS}}

# The chapter `event`, likewise
event *ARGS:
    cargo run --quiet --bin event -- {{ARGS}}

# What is missing in an exercise: just exercises task_queue. Without a name: the list
exercises NAME="":
    @if [ -n "{{NAME}}" ]; then cargo test --quiet --package exercises --bin "{{NAME}}"; else grep -v '^#' exercises/order.txt; fi

# All tests: library, lessons, examples in the documentation
test *ARGS:
    cargo test {{ARGS}}

# Formatting, lints and documentation, as strict as CI
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# The book on http://127.0.0.1:3000, made again on every change
serve *ARGS:
    cargo book serve {{ARGS}}

# Does every page still show what its section does?
book *ARGS:
    cargo book check {{ARGS}}

# The same where it must not matter: other folders, languages, busy cores, a checkout that is read-only
conditions TIMES="1":
    ./.ci/conditions {{TIMES}}

# Is what has to be noticed noticed? just mutants book: the book's check, with a mistake at a time
mutants WHAT *ARGS:
    cargo {{WHAT}} mutants {{ARGS}}

# Runs the sections (all, or those named) and keeps what they print for the book
capture *ARGS:
    cargo book capture {{ARGS}}

# Every page of the book in Chromium, offline
browser:
    cd mdbook/browser && npm ci --no-audit --no-fund && node test.mjs

# The tests 50 times, three rounds at once, so that both cores are busy
soak ROUNDS="50":
    ./.ci/soak {{ROUNDS}}

# `wait_for_database` against a real MariaDB server, which is installed if it is not there
database:
    ./.ci/database

# What this costs, what other libraries and Python cost: ratios, in one run
bench *ARGS:
    cargo bench --package bench -- {{ARGS}}

# What CI does
ci:
    ./.ci/run
