//! An API key for a test on the machine's clock.

use platform::{
    clock::{Clock, SystemClock},
    slice::Timestamp,
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::Actor;

/// A key, by its id and its text.
pub struct ApiKey {
    pub id: String,
    pub text: String,
}

impl ApiKey {
    /// Makes one that ends tomorrow.
    pub fn of(owner: &Actor, permissions: &[&str]) -> Self {
        let content = json!({
            "name": "a test", "permissions": permissions, "expires_at": Timestamp(tomorrow()),
        });
        let made = owner.post("/v1/api-keys", &content);
        assert_eq!(made.status, 201, "{made}");
        let made = made.json();
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        Self {
            id: text("id"),
            text: text("key"),
        }
    }
}

/// A day from now by the machine's clock, in whole seconds.
pub fn tomorrow() -> OffsetDateTime {
    let tomorrow = SystemClock::default().now() + Duration::days(1);
    tomorrow.replace_nanosecond(0).unwrap()
}
