//! What the suite must know about a resource and cannot read from the route table or the document.
//!
//! A sample is data: content, what is wrong with content, and the states. Tests that are copied from
//! resource to resource are forgotten for the next one, so a resource has no tests to copy.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, Value};

use crate::{Actor, Service, Tested};

/// One resource with rows.
pub struct Sample {
    /// Where its rows are made and listed, such as `/v1/orders`.
    pub collection: &'static str,
    /// Roles of a caller who may do everything with rows of their own, but move their state.
    pub roles: &'static [&'static str],
    /// Content with every member that may be written, and every rule kept. Two numbers give content that
    /// differs in at least one member that may be patched, and in all that must be unique.
    pub content: fn(u32) -> Value,
    /// One thing wrong with one member: the member, its value as JSON text, the status, the code. Each
    /// member has a row.
    pub broken: &'static [(&'static str, &'static str, u16, &'static str)],
    /// Values at the edge of a rule that are accepted, and kept as they are: the member, its value as
    /// JSON text.
    pub edges: &'static [(&'static str, &'static str)],
    /// Members whose value only one row of an owner may have, with the code of the 409.
    pub unique: &'static [(&'static str, &'static str)],
    /// The life of a row.
    pub states: Option<States>,
}

/// The states of a row, which begins in the first state that `arrows` names.
#[derive(Clone, Copy)]
pub struct States {
    /// The member that holds the state and that a patch moves.
    pub member: &'static str,
    /// From where to where. Every other move is a 409.
    pub arrows: &'static [(&'static str, &'static str)],
    /// Who moves a row.
    pub mover: Mover,
    /// The code of a move without an arrow.
    pub illegal: &'static str,
    /// Where content is changed, and a row deleted, in the first state only: the code of the 409.
    pub fixed: Option<&'static str>,
}

/// Who moves a row from state to state.
#[derive(Clone, Copy)]
pub enum Mover {
    /// The owner.
    Owner,
    /// Another caller, with these roles, and never the owner.
    Another(&'static [&'static str]),
}

impl Sample {
    /// The parts that a resource need not have.
    pub const NONE: Self = Self {
        collection: "",
        roles: &[],
        content: |_| Value::Null,
        broken: &[],
        edges: &[],
        unique: &[],
        states: None,
    };

    /// Content that no other call has given.
    pub fn fresh(&self) -> Value {
        (self.content)(number())
    }

    /// A merge patch that changes something in each row.
    pub fn patch(&self) -> Value {
        let (before, after) = (self.fresh(), self.fresh());
        let changed = |(name, value): &(&String, &Value)| before[name.as_str()] != **value;
        let members = after.as_object().expect("content is an object").iter();
        let members: Map<String, Value> = members
            .filter(changed)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        assert!(!members.is_empty(), "content of two numbers is the same");
        Value::Object(members)
    }
}

fn number() -> u32 {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

impl States {
    /// The state of a new row.
    pub fn first(&self) -> &'static str {
        self.arrows.first().expect("a state machine has an arrow").0
    }

    /// Who moves the rows of this owner.
    pub fn mover<T: Tested>(&self, service: &Service<T>, owner: &Actor) -> Actor {
        match self.mover {
            Mover::Owner => owner.clone(),
            Mover::Another(roles) => service.actor("mia", roles),
        }
    }

    /// The moves that lead from the first state to this one.
    pub fn way_to(&self, state: &str) -> Vec<&'static str> {
        let mut ways = vec![(self.first(), Vec::new())];
        let mut next = 0;
        while let Some((at, way)) = ways.get(next).cloned() {
            if at == state {
                return way;
            }
            for (_, to) in self.arrows.iter().filter(|(from, _)| *from == at) {
                if ways.iter().all(|(known, _)| known != to) {
                    ways.push((to, [way.clone(), vec![*to]].concat()));
                }
            }
            next += 1;
        }
        panic!("no arrows lead to {state}")
    }
}
