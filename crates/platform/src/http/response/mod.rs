//! What handlers answer: a type for each kind of success, and entity tags.

pub mod answer;
pub mod asset;
pub mod etag;
