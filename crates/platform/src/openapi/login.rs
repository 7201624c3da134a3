//! A login in a document: the security scheme by which Swagger UI gets a token itself.
//!
//! Where the provider is differs from one installation to the next, so the committed document does not have it: only
//! the page of the admin listener does.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::BEARER;

const LOGIN: &str = "login";

/// The endpoints of an OpenID provider that a page in a browser signs in with.
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    pub authorization_url: &'a str,
    pub token_url: &'a str,
}

impl Login<'_> {
    /// Lets every operation be called with a token of this login as well. The scopes to choose from are the permissions
    /// that operations name.
    pub(super) fn offer(self, document: &mut Value) {
        let mut scopes = BTreeMap::new();
        for operation in operations(document) {
            let required = operation.get_mut("security").and_then(Value::as_array_mut);
            let Some(required) = required else {
                continue;
            };
            let of_bearer = required.iter().filter_map(|one| one.get(BEARER));
            let same: Vec<Value> = of_bearer.map(|names| json!({ LOGIN: names })).collect();
            let names = same
                .iter()
                .filter_map(|one| one[LOGIN].as_array())
                .flatten();
            let names = names.filter_map(Value::as_str);
            scopes.extend(names.map(|name| (name.to_owned(), String::new())));
            required.extend(same);
        }
        let scheme = json!({
            "type": "oauth2",
            "description": "Sign in at the OpenID provider. The scopes narrow what your roles permit.",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": self.authorization_url,
                    "tokenUrl": self.token_url,
                    "scopes": scopes,
                },
            },
        });
        let schemes = document.pointer_mut("/components/securitySchemes");
        if let Some(schemes) = schemes.and_then(Value::as_object_mut) {
            schemes.insert(LOGIN.to_owned(), scheme);
        }
    }
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths.into_iter().flat_map(|paths| paths.values_mut());
    let items = items.filter_map(Value::as_object_mut);
    let members = items.flat_map(|item| item.values_mut());
    members.filter(|member| member.is_object())
}
