//! What every slice has: the parts of a resource that are not about what it is.
//!
//! A slice writes its values, its rules, its SQL and its handlers. What two slices would both write is
//! here: ids, owners and who sees which row, pages, versions, idempotency, the bound on what one owner
//! has, value types and patches. Read [`Entity`] first, which is what a slice says about its rows, then
//! [`Store`], which is what its handlers ask.

mod currency;
mod entity;
mod id;
mod idempotency;
mod list;
mod member;
mod no_states;
mod owner;
mod store;
mod values;

pub use currency::Currency;
pub use entity::{Entity, Owned, State, Statements};
pub use id::Id;
pub(crate) use id::order_after_stored_rows;
pub use idempotency::{Attempt, Claim, claim, fingerprint};
pub use list::{ListQuery, Rows};
pub use member::{Change, Member, Removable, rule};
pub use no_states::NoStates;
pub use owner::{VisibleTo, require, require_owner};
pub use store::{Creation, Store};
pub use values::{CalendarDate, SubjectName, Timestamp, named, schema_of_states};
