//! What the claims about the document and the matrix must know about API keys, which a service need not
//! offer.

use platform::{auth::Role, clock::Clock, slice::Timestamp};
use serde_json::{Value, json};
use time::Duration;

use super::{Sampled, sample::Sample};
use crate::ManualClock;

/// Where keys are made and listed.
pub const COLLECTION: &str = "/v1/api-keys";
/// Enough for a walk in which one caller makes a key for each operation.
pub const PLENTY: (&str, &str) = ("APP_AUTH__API_KEYS__PER_OWNER", "1000");
/// The permission to manage keys.
const MANAGE: &str = "api_keys:manage";

/// The samples of the service, and that of keys where it offers them.
pub fn with_samples<T: Sampled>() -> Vec<Sample> {
    let keys = T::service().api_keys.map(|_| Sample {
        collection: COLLECTION,
        roles: Vec::leak(roles::<T>()),
        content: content::<T>,
        broken: &[("name", "\"\"", 422, "blank")],
        ..Sample::NONE
    });
    T::samples().into_iter().chain(keys).collect()
}

/// The roles that manage keys.
fn roles<T: Sampled>() -> Vec<&'static str> {
    let access = T::service().access;
    let roles = access.roles().iter().filter(|role| {
        let manage = access.permission(MANAGE);
        manage.is_some_and(|manage| role.permissions().contains(manage))
    });
    roles.map(Role::name).collect()
}

/// A key that may do one thing that its owner may, where there is any.
fn content<T: Sampled>(number: u32) -> Value {
    let access = T::service().access;
    let role = roles::<T>().into_iter().find_map(|name| access.role(name));
    let held = role
        .into_iter()
        .flat_map(|role| access.names(role.permissions()));
    let permissions: Vec<_> = held.filter(|name| *name != MANAGE).take(1).collect();
    let tomorrow = ManualClock::of_the_service().now() + Duration::days(1);
    json!({
        "name": format!("key {number}"),
        "permissions": permissions,
        "expires_at": Timestamp(tomorrow),
        "networks": ["127.0.0.0/8"],
    })
}
