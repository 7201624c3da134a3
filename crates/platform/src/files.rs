//! The files that this service believes, and the files that it makes.
//!
//! Somebody who may write a key set signs in as anybody; somebody who may read a private key is the
//! service. One rule decides (`trust.rs`), and files of our own are made in one way (`own.rs`), in a
//! directory that is ours (`directory.rs`). `docs/files.md` says how to mount secrets in a container.

mod directory;
mod own;
mod trust;

pub use directory::Directory;
pub use own::{
    create, free_bytes, open_lock, parent, private_by_default, write_private, write_public,
};
pub use trust::{
    Fault, FileError, Secrecy, check, read, read_secret, read_secret_text, read_text, without_mark,
};

#[cfg(test)]
mod tests;
