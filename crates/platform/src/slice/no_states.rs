//! For a resource without states.

use serde::{Deserialize, Deserializer, de::Error as _};
use utoipa::{
    PartialSchema,
    openapi::{RefOr, Schema},
};

use super::{State, schema_of_states};

/// The states of rows that have none. `ListQuery<NoStates>` has no `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoStates {}

impl State for NoStates {
    const ALL: &'static [Self] = &[];

    fn name(self) -> &'static str {
        match self {}
    }

    fn may_become(self, _: Self) -> bool {
        match self {}
    }
}

/// There is no member that has one.
impl<'de> Deserialize<'de> for NoStates {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::unknown_field("", &[]))
    }
}

impl PartialSchema for NoStates {
    fn schema() -> RefOr<Schema> {
        schema_of_states::<Self>()
    }
}
