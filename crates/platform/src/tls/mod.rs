//! TLS as this service speaks it: rustls, with one table of what is spoken (`policy.rs`).
//!
//! `source.rs` makes a listener's side of TLS from its files, `chain.rs` judges them, `reload.rs` reads them
//! again, `names.rs` refuses names that are not ours and `clients.rs` strangers. `development.rs` makes
//! certificates for one's own machine. `timed.rs` is the socket of a client that blocks.
//!
//! Controls: TL-02, TL-03, TL-05

mod chain;
mod client;
mod clients;
pub mod development;
mod error;
mod names;
mod pem;
mod pinned;
mod policy;
mod probe;
mod reload;
mod source;
mod timed;

pub use chain::ChainFault;
pub use client::{client, client_showing};
pub use clients::{Clients, name_of};
pub use error::{PairFault, PemFault, TlsError};
pub use names::Names;
pub use pem::{certificates, check_key};
pub use pinned::pinned_client;
pub use policy::Policy;
pub use probe::Probe;
pub use reload::{Change, Live, Reloader};
pub use source::{Server, Source};
pub use timed::TimedSocket;
