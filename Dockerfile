# The service as an image: one static program on a root without a shell, without a package manager, without a
# setuid program, and run by a user that owns nothing but `/data`. Who breaks into the process finds nothing to
# run and nowhere to write. `docker build .` makes it; docs/demo.md runs it.
#
# The program is linked statically, glibc included: the image needs no libraries, so none of them is ever out of
# date in it. glibc 2.34 and newer resolves names without loading anything.
#
# Bases are pinned by digest; the tag says which one it is meant to be. These digests are those that public projects
# name for the tags, and were not looked up at a registry: run `.ci/pin-images`, which asks it what each tag is
# today. Dependabot brings newer ones. A digest that is wrong cannot be pulled.

FROM rust:1.95.0-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS builder
WORKDIR /build

# The list of crates goes into the program: `cargo audit bin`, Trivy and Syft read it there.
COPY .ci/tool .ci/
RUN .ci/tool cargo-auditable
ENV PATH=/build/target/tools/bin:$PATH

# How the program is optimised. Less is quicker to build.
ARG CARGO_PROFILE_RELEASE_LTO=fat
ARG CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
ARG CARGO_PROFILE_RELEASE_OPT_LEVEL=2
ARG RUSTFLAGS="-C target-feature=+crt-static"

# What the service depends on: a layer of its own, made anew when a manifest or the lock changes. The sources stay
# empty for it. With a target, build scripts and macros are not linked statically: they are loaded.
COPY Cargo.toml Cargo.lock ./
COPY crates/api-diff/Cargo.toml crates/api-diff/
COPY crates/attack/Cargo.toml crates/attack/
COPY crates/fixture/Cargo.toml crates/fixture/
COPY crates/platform/Cargo.toml crates/platform/
COPY crates/testkit/Cargo.toml crates/testkit/
RUN for package in . crates/*; do \
        mkdir "$package/src" && touch "$package/src/lib.rs" || exit 1; \
    done \
    && echo 'fn main() {}' >src/main.rs \
    && cargo auditable build --locked --release --package hardened-api --target "$(rustc --print host-tuple)"

# Cargo looks at the times of files, and those of a checkout may be older than the empty ones.
COPY config config
COPY crates/platform crates/platform
COPY migrations migrations
COPY src src
ARG BUILD_COMMIT
RUN touch src/*.rs crates/platform/build.rs crates/platform/src/lib.rs \
    && target="$(rustc --print host-tuple)" \
    && BUILD_COMMIT=$BUILD_COMMIT cargo auditable build --locked --release --package hardened-api --target "$target" \
    && install -D "target/$target/release/hardened-api" root/service \
    && install -d --mode 0700 root/data

FROM gcr.io/distroless/static-debian12:nonroot@sha256:d093aa3e30dbadd3efe1310db061a14da60299baff8450a17fe0ccc514a16639
ARG BUILD_COMMIT
LABEL org.opencontainers.image.title="hardened-api" \
      org.opencontainers.image.description="A reference REST API service on actix-web: recommendations of the OWASP REST Security Cheat Sheet as working, tested code." \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.revision="$BUILD_COMMIT"
COPY --from=builder /build/root/service /service
COPY --from=builder --chown=65532:65532 /build/root/data /data
# By number: Kubernetes' runAsNonRoot cannot judge a name.
USER 65532:65532
# Nothing is made outside of this folder.
ENV APP_PROFILE=production APP_DATA_DIR=/data/service
EXPOSE 8443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/service", "healthcheck"]
ENTRYPOINT ["/service"]
CMD ["serve"]
