//! What is asked of the listener for a word, and what must not be typed at all.
//!
//! A token or a key that is pasted in the place of its id is on the screen and in the history of the shell
//! already: it is refused, not repeated, and the operator is told what to do about it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    client::{Call, Method},
    words::{ApiKey, List, Listed, Page, Restrict, Restricted, Revoke, Revoked, Word},
};
use crate::{
    auth::api_key,
    cli::refused::{Refused, typed_wrong},
};

impl Page {
    fn query(&self, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", "100");
        if let Some(cursor) = &self.cursor {
            query.append_pair("cursor", cursor);
        }
        query.extend_pairs(more);
        query.finish()
    }
}

impl Word {
    /// What is asked of the listener. `only_issuer` is the issuer that goes without saying.
    ///
    /// # Errors
    /// For an issuer that is not named, and for a secret in the place of its id.
    pub fn call(&self, only_issuer: impl Fn() -> Option<String>) -> Result<Call, Refused> {
        let issuer = |given: &Option<String>| {
            let missing = || typed_wrong("--issuer: name the issuer whose it is");
            given.clone().or_else(&only_issuer).ok_or_else(missing)
        };
        let post = |path: &str, body: Value| Call {
            method: Method::Post(body),
            path: path.to_owned(),
        };
        let get = |path: String| Call {
            method: Method::Get,
            path,
        };
        let delete = |collection, id| {
            Ok(Call {
                method: Method::Delete,
                path: format!("/v1/{collection}/{}", parsed(id)?),
            })
        };
        match self {
            Self::Restrict(restrict) => {
                let body = restrict.body(issuer)?;
                Ok(post("/v1/restrictions", body))
            }
            Self::Revoke(revoke) => Ok(post("/v1/revocations", revoke.body(issuer)?)),
            Self::Lift { id } => delete("restrictions", id),
            Self::List(List {
                what: Listed::Restrictions,
                ..
            }) => Ok(get("/v1/restrictions".to_owned())),
            Self::List(List { page, .. }) => {
                Ok(get(format!("/v1/revocations?{}", page.query(&[]))))
            }
            Self::ApiKey(ApiKey::Revoke { id }) => delete("api-keys", id),
            Self::ApiKey(ApiKey::List {
                owner,
                issuer: given,
                page,
            }) => {
                let query = match owner {
                    Some(owner) => page.query(&[("owner", owner), ("issuer", &issuer(given)?)]),
                    None => page.query(&[]),
                };
                Ok(get(format!("/v1/api-keys?{query}")))
            }
        }
    }
}

impl Restrict {
    fn body(
        &self,
        issuer: impl Fn(&Option<String>) -> Result<String, Refused>,
    ) -> Result<Value, Refused> {
        let Restricted {
            subject,
            client,
            api_key,
            network,
            operation,
        } = &self.target;
        let (target, name, issuer) = if let Some(name) = subject {
            ("subject", name.clone(), Some(issuer(&self.issuer)?))
        } else if let Some(name) = client {
            ("client", name.clone(), Some(issuer(&self.issuer)?))
        } else if let Some(id) = api_key {
            ("api_key", parsed(id)?.to_string(), self.issuer.clone())
        } else if let Some(id) = operation {
            ("operation", id.clone(), self.issuer.clone())
        } else {
            let network = network.clone().unwrap_or_default();
            ("network", network, self.issuer.clone())
        };
        let mut body = json!({
            "target": target,
            "name": name,
            "action": self.action.to_string(),
            "duration_seconds": self.duration.as_secs(),
            "reason": self.why.reason,
            "ticket": self.why.ticket,
        });
        with(&mut body, "issuer", issuer);
        with(&mut body, "per_minute", self.per_minute);
        Ok(body)
    }
}

impl Revoke {
    fn body(
        &self,
        issuer: impl Fn(&Option<String>) -> Result<String, Refused>,
    ) -> Result<Value, Refused> {
        let Revoked {
            token_id,
            subject,
            client,
            signing_key,
            everything: _,
        } = &self.target;
        let named = [
            ("token", token_id),
            ("subject", subject),
            ("client", client),
            ("signing_key", signing_key),
        ];
        let named = named
            .into_iter()
            .find_map(|(target, name)| Some((target, name.clone()?)));
        let (target, name) = match named {
            Some((target, name)) => (target, Some(not_a_token(name)?)),
            None => ("issuer", None),
        };
        let mut body = json!({
            "target": target,
            "issuer": issuer(&self.issuer)?,
            "reason": self.why.reason,
            "ticket": self.why.ticket,
        });
        with(&mut body, "name", name);
        Ok(body)
    }
}

fn with(body: &mut Value, member: &str, value: Option<impl Into<Value>>) {
    if let (Some(members), Some(value)) = (body.as_object_mut(), value) {
        members.insert(member.to_owned(), value.into());
    }
}

/// The id that was typed.
fn parsed(text: &str) -> Result<Uuid, Refused> {
    if let Some((id, _)) = text
        .strip_prefix(api_key::PREFIX)
        .and_then(|rest| rest.split_once('_'))
    {
        return Err(typed_wrong(format!(
            "this is the text of an API key, which the history of your shell has now: revoke the key. Its \
             id is {}",
            id.parse::<Uuid>().unwrap_or_default()
        )));
    }
    let id = text.parse();
    id.map_err(|_| typed_wrong("this is no id: 0199a3b2-7c11-7d3e-9f00-5b6a4c2d1e0f is one"))
}

/// The name that was typed, unless it is an access token.
fn not_a_token(name: String) -> Result<String, Refused> {
    if name.starts_with("eyJ") && name.contains('.') {
        return Err(typed_wrong(
            "this is the text of an access token, which the history of your shell has now: name its id, \
             which is `jti` in the token and `object.id` of `authn_token_ok` in the journal",
        ));
    }
    Ok(name)
}
