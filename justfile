# One recipe an intention. CI calls the same ones.

# Programs that `.ci/tool` installs.
export PATH := justfile_directory() / "target/tools/bin:" + env("PATH")

# List the recipes
default:
    @just --list

# Serve on https://localhost:8443
run *arguments:
    cargo run -- {{arguments}}

# The whole suite
test *arguments:
    cargo test --locked {{arguments}}

# The same on a throw-away PostgreSQL
test-postgres *arguments:
    tests/servers/postgres cargo test --locked {{arguments}}

# Formatting and lints, warnings denied
lint:
    cargo fmt --all --check
    cargo clippy --locked --workspace --all-targets -- --deny warnings
    RUSTDOCFLAGS='--deny warnings' cargo doc --locked --no-deps --package platform

# Write a resource: `just new-resource orders`, or with its singular, `just new-resource people person`
new-resource plural singular='':
    .ci/new-resource {{plural}} {{singular}}

# Take the sample resource out: code, tests, tables, page and permissions; the roles stay, empty
remove-sample:
    .ci/remove-sample

# Bring the service up to the newest release of its template, on a branch; --check only asks (docs/upgrading.md)
upgrade *arguments:
    .ci/upgrade {{arguments}}

# Licences, sources and bans of every dependency
deny: (tool "cargo-deny")
    for manifest in Cargo.toml fuzz/Cargo.toml loadtests/Cargo.toml; do \
        cargo deny --locked --all-features --manifest-path $manifest --config deny.toml check bans licenses sources || exit 1; \
    done

# Known vulnerabilities in dependencies (needs GitHub, or ADVISORY_DB: a clone of RustSec's database)
advisories:
    .ci/advisories

# The workflows against zizmor and actionlint, scripts against ShellCheck, the Dockerfile against hadolint (needs Python)
workflows:
    .ci/workflows

# Secrets that somebody committed, here or in a directory; with --history in every commit (needs Python)
secrets *arguments:
    .ci/secrets {{arguments}}

# Code that no test holds: `since main`, of what changed; `shard 0/32`, of a part of everything (takes hours)
mutants *arguments:
    .ci/mutants {{arguments}}

# What tests notice of a room of the platform: `just mutants-score containment 0/8`; docs/mutants.md (takes hours)
mutants-score *arguments:
    .ci/mutants-score {{arguments}}

# What a release consists of, in target/release-files
release tag:
    .ci/release {{tag}}

# What the image consists of, as CycloneDX in target/image.cdx.json (after `docker compose build`)
image-sbom image:
    .ci/sbom target/sbom.cdx.json
    docker save {{image}} | python3 tests/demo/image.py target/sbom.cdx.json target/image.cdx.json

# Write openapi/openapi.json anew
openapi:
    cargo run --quiet -- openapi > openapi/openapi.json

# What changes for clients since a branch or commit, and whether it breaks one (openapi/breaking.txt)
api-diff base='main':
    .ci/api-diff {{base}}

# The OpenAPI document against OWASP's rules (needs Node 20 and npm)
openapi-lint:
    tests/openapi-lint/run

# A read and a change on PostgreSQL with and without row-level security
policy-cost:
    tests/servers/postgres cargo test --locked --package fixture --test store -- --ignored --nocapture policy_cost

# Requests made from the OpenAPI document, answers held against it (needs Python and the network)
schemathesis *arguments:
    tests/schemathesis/run {{arguments}}

# The journal at a real rsyslog (needs Debian's rsyslog and rsyslog-openssl)
siem:
    tests/servers/rsyslog cargo test --locked --package fixture --test api -- --ignored siem

# Mozilla's modern configuration of TLS, by sslyze (needs Python and the network)
sslyze *arguments:
    tests/sslyze/run {{arguments}}

# Every finding of testssl.sh of LOW or above (needs Debian's testssl.sh, and minutes)
testssl *arguments:
    tests/testssl/run {{arguments}}

# The latency of one good client, alone and beside a hundred slow ones
slow-clients:
    cargo test --locked --package fixture --test api -- --nocapture a_good_client_is_answered

# Tokens of a real OpenID provider, by discovery over TLS (needs Node 20 and npm)
provider:
    npm ci --silent --prefix crates/fixture/tests/provider
    cargo test --locked --package fixture --test api -- --ignored provider

# Requests a second without authentication, with a remembered token, and with a signature each time
token-cost:
    cargo test --locked --release --package fixture --test api -- --ignored --nocapture token_cost

# Changes a second with the audit journal in a file, on standard output and without it, and how many
# changes share a sync, from 1 client to 256; and the time to verify a gigabyte
audit-cost:
    cargo test --locked --release --package fixture --test audit -- --ignored --nocapture --test-threads 1 cost::

# What a request of somebody else pays for 1000 restrictions and a million revoked tokens
containment-cost:
    cargo test --locked --release --package platform --lib -- --ignored --nocapture containment_cost

# The service killed a hundred times while it writes: nothing acknowledged is lost or off the record
kill-hundred:
    cargo test --locked --package fixture --test api -- --ignored --nocapture killed_a_hundred_times

# The audit journal killed a hundred times while it is written (takes minutes)
audit-kill:
    cargo test --locked --package fixture --test audit -- --ignored --nocapture a_hundred_times

# One load test of the rate limiter, by name; without one, the list (docs/load-tests.md)
load name='--help' *arguments:
    cargo run --locked --quiet --release --manifest-path loadtests/Cargo.toml -- scenario {{name}} {{arguments}}

# The drills of docs/incident-response.md, and how soon each measure holds under load
drills:
    cargo test --locked --package "$(cargo pkgid)" --test incident_response
    just load drills

# docs/demo.md word for word, on this machine's Docker or a throw-away engine (as root; Debian: docker.io docker-compose
# debootstrap); --quick builds without optimisation
demo *arguments:
    tests/servers/docker tests/demo/run {{arguments}}

# Chromium signs in, is refused, steps up and is revoked (needs Node 20 with npm, openssl, Chromium); `stay` starts it all
# for you, `people` and `revoke alice` go with that: docs/login.md
login-demo *arguments:
    tests/login/run {{arguments}}

# The same in containers, beside the demo (needs Docker too, or root on Debian); --quick builds without optimisation
login-containers *arguments:
    tests/servers/docker tests/login/containers {{arguments}}

# What each tag of the base images is today, written to Dockerfile and compose.yaml; --check only compares
pin-images *arguments:
    .ci/pin-images {{arguments}}

# The commands of the documentation, each typed and compared with what its page prints; or of the pages that are named
pages *pages:
    .ci/pages {{pages}}

# The book and all other pages as HTML in target/book; each link is followed (needs Python)
book-html: (tool "mdbook")
    .ci/book-html

# The manifests of deploy/kubernetes against the schema of Kubernetes and checkov's rules (needs Python)
kubernetes:
    deploy/kubernetes/check

# Two replicas behind HAProxy, stopped and started one after the other under load: no request may fail
rolling *arguments:
    cargo run --locked --quiet --release --manifest-path loadtests/Cargo.toml -- rolling {{arguments}}

# PostgreSQL is killed, restarted and paused under load: nothing is lost, nothing is made twice
outage *arguments:
    tests/servers/postgres cargo run --locked --quiet --release --manifest-path loadtests/Cargo.toml -- outage {{arguments}}

# A read, a list page and a creation at a thousand and at a million rows, on SQLite and PostgreSQL
rows *arguments:
    tests/servers/postgres cargo run --locked --quiet --release --manifest-path loadtests/Cargo.toml -- rows {{arguments}}

# Attacks the service of this directory, or one that runs: `just attack --url https://localhost:8443 …` (docs/attacks.md)
attack *arguments:
    cargo build --quiet --locked --package "$(cargo pkgid)" --package attack --bins
    target/debug/attack {{arguments}}

# The same attacks on a copy of the tree from which every control is taken out: each must succeed (takes minutes)
attack-weak: (take-outs "weak")

# What takes controls out: `just take-outs alone` takes them out one at a time, and their tests must turn red (takes hours);
# `--shard 0/4` is a part of them, `HT-03` one; docs/take-outs.md has those that have been
take-outs *arguments:
    cargo run --quiet --locked --package attack --bin take-outs -- {{arguments}}

# All load tests, with a million addresses (some minutes); writes docs/load-report.md
load-all *arguments:
    cargo run --locked --quiet --release --manifest-path loadtests/Cargo.toml -- \
        all --profile full --report docs/load-report.md {{arguments}}

# All load tests, short: for continuous integration
load-short *arguments:
    cargo run --locked --quiet --release --manifest-path loadtests/Cargo.toml -- all {{arguments}}

# What each layer costs, against bare servers: docs/benchmark (needs Linux and two quiet cores)
benchmark *arguments:
    cargo run --locked --release --manifest-path loadtests/Cargo.toml -- benchmark {{arguments}}

# The same on a throw-away PostgreSQL
benchmark-postgres *arguments:
    tests/servers/postgres cargo run --locked --release --manifest-path loadtests/Cargo.toml -- \
        benchmark --engine postgres --output target/benchmark/postgres {{arguments}}

# Formatting and lints of the load tests
load-lint:
    cargo fmt --check --manifest-path loadtests/Cargo.toml
    cargo clippy --locked --manifest-path loadtests/Cargo.toml -- --deny warnings

# Each fuzz target for so many seconds (needs a nightly compiler and cargo-fuzz)
fuzz seconds='60':
    #!/usr/bin/env bash
    set -euo pipefail
    for target in $(cargo +nightly fuzz list); do
        mkdir -p fuzz/corpus/$target
        cargo +nightly fuzz run $target fuzz/corpus/$target fuzz/seeds/$target -- \
            -max_total_time={{seconds}} -max_len=4096 -timeout=10 -print_final_stats=1
    done

[private]
tool name:
    .ci/tool {{name}}

import? ".ci/template.just"

# What continuous integration runs
ci:
    .ci/run
