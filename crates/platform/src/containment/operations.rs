//! The operations that a restriction may name: those of the public listener.
//!
//! An id that is misspelt closes nothing, and an action that changes nothing for an operation leaves it open. In an
//! incident both are refused before an operator believes in them.

use std::collections::HashMap;

use super::model::Action;
use crate::http::{contract::access::Access, problem::Problem, routing::route::Operation};

/// What a restriction may name; application data of the admin listener.
pub struct Operations(HashMap<&'static str, Traits>);

struct Traits {
    /// It changes nothing.
    reads: bool,
    /// Its callers are authenticated.
    has_callers: bool,
}

impl Operations {
    /// The operations of a route table.
    pub fn of(operations: impl IntoIterator<Item = Operation>) -> Self {
        let traits = |one: Operation| {
            let traits = Traits {
                reads: one.method.is_safe(),
                has_callers: one.access != Access::Anyone,
            };
            (one.id, traits)
        };
        Self(operations.into_iter().map(traits).collect())
    }

    /// Whether the action makes a difference for the operation with this id.
    ///
    /// # Errors
    /// 422 for an id that no operation has, for `read_only` where nothing is changed, and for `watch` and `step_up`
    /// where there is no caller.
    pub(super) fn judge(&self, id: &str, action: Action) -> Result<(), Problem> {
        let unknown = || Problem::unprocessable("/name", "unknown_operation");
        let operation = self.0.get(id).ok_or_else(unknown)?;
        let makes_sense = match action {
            Action::Throttle | Action::Block => true,
            Action::ReadOnly => !operation.reads,
            Action::Watch | Action::StepUp => operation.has_callers,
        };
        let useless = || Problem::unprocessable("/action", "not_used_here");
        makes_sense.then_some(()).ok_or_else(useless)
    }
}
