//! `GET /v1/build`: what exactly is running, for the operator who has read of a vulnerability.
//!
//! The hash of Cargo.lock stands for every dependency with its version: an operator compares it with the hashes of the
//! released locks. A list of versions here could be read with a stolen token too.
//!
//! Controls: AD-05

use actix_web::web::Data;
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::AdminObserve;
use crate::{
    auth::Allow,
    http::{problem::Problem, response::answer::OkJson, routing::route::Resource},
};

/// What a service knows of its own build; [`build!`](crate::build) makes it.
#[derive(Debug, Clone, Copy)]
pub struct Build {
    /// The commit, when the builder set `BUILD_COMMIT`.
    pub commit: Option<&'static str>,
    /// The text of `Cargo.lock`.
    pub lock: &'static [u8],
}

/// What this service was built from: `build!("Cargo.lock")`, with the path of the lock from the directory of
/// the crate.
#[macro_export]
macro_rules! build {
    ($lock:literal) => {
        $crate::Build {
            commit: option_env!("BUILD_COMMIT"),
            lock: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $lock)),
        }
    };
}

/// The operation on the build.
#[must_use]
pub fn routes() -> Vec<Resource> {
    vec![Resource::at("/build").get("build_read", "Read what is running.", read)]
}

/// What is running.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Build)]
pub struct BuildResponse {
    /// The version of the service.
    #[schema(max_length = 64, pattern = "^[0-9A-Za-z.+-]+$")]
    version: &'static str,
    /// The commit that it was built from, when the build was told.
    #[schema(max_length = 64, pattern = "^[!-~]+$")]
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'static str>,
    /// The compiler.
    #[schema(max_length = 128, pattern = "^rustc [ -~]+$")]
    rustc: &'static str,
    /// `debug`, or `release` with its optimisations.
    #[schema(max_length = 16, pattern = "^(debug|release)$")]
    profile: &'static str,
    /// SHA-256 of `Cargo.lock`: `sha256sum Cargo.lock` of a checkout says whether it is the same.
    #[schema(max_length = 64, pattern = "^[0-9a-f]{64}$")]
    lock_sha256: String,
}

impl BuildResponse {
    /// The answer about this build of the service.
    #[must_use]
    pub fn of(version: &'static str, build: &Build) -> Self {
        Self {
            version,
            commit: build.commit,
            rustc: env!("RUSTC_VERSION"),
            profile: env!("BUILD_PROFILE"),
            lock_sha256: HEXLOWER.encode(digest(&SHA256, build.lock).as_ref()),
        }
    }
}

async fn read(
    _: Allow<AdminObserve>,
    build: Data<BuildResponse>,
) -> Result<OkJson<BuildResponse>, Problem> {
    Ok(OkJson(BuildResponse::clone(&build)))
}
