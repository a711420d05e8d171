# What is done here often. CI runs `.ci/run`, which does the same and more.

# Format, lint and test
check: lint test

# All tests, the sandbox's and the documents' included
test *ARGS:
    cargo test {{ ARGS }}

# Formatting and lints, as CI has them
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Write the generated pages and the examples of the README anew
docs:
    HALLPASS_BLESS=1 cargo test --test suite docs

# Format, and take what clippy proposes
fix:
    cargo fmt --all
    cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged

# A file for a new rule, registered; its words are still to be written
new-finding NAME:
    #!/usr/bin/env bash
    set -euo pipefail
    file=src/findings/{{ NAME }}.yml
    test ! -e "$file"
    {
        echo 'id: {{ NAME }}'
        echo 'title:'
        echo 'severity: error'
        echo 'question:'
        echo 'why:'
        echo 'fix:'
        echo '  any:'
        echo '    text:'
        echo 'references: []'
        echo 'since: {{ `sed -n "s/^version = \"\(.*\)\"/\1/p" Cargo.toml | head -n 1` }}'
    } > "$file"
    list=src/findings/mod.rs
    {
        sed '/^    (/,$d' "$list"
        { grep '^    (' "$list"; echo '    ("{{ NAME }}", include_str!("{{ NAME }}.yml")),'; } | LC_ALL=C sort
        echo '];'
    } > "$list.new"
    mv "$list.new" "$list"
    echo "write $file, then: just docs"

# Feed every reader with inputs that nobody would write
fuzz *TARGETS:
    cargo run --package hallpass-fuzz -- {{ TARGETS }}

# How long Git waits for hallpass and for other helpers
bench:
    cargo run --release --package hallpass-bench

# The binary as it is released, its size, and the archive for this machine
release:
    cargo build --release --locked --package hallpass
    ls -l target/release/hallpass
    release/smoke "$(release/archive target/release/hallpass "$(rustc -vV | sed -n 's/^host: //p')" target/dist)"
