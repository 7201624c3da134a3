//! What is known about a request before anything of it is decided: its id, the client's address, and
//! the limits on its body and its time.

pub mod client_address;
pub mod limits;
pub mod request_id;
