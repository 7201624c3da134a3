//! Whose rows a connection shows.
//!
//! The scope is a setting of the session, and the policy of each table reads it. Every use of a connection says its scope
//! first, in a statement of its own, unless the connection has it already: a caller who asks again pays nothing. A
//! statement cannot run in the scope of the last caller, because [`Shown`] is between the pool and every use.

use sqlx::PgConnection;

use crate::db::{error::EngineError, scope::Scope};

const SHOW: &str = "SELECT set_config('app.scope', $1, false), \
    set_config('app.owner_issuer', $2, false), set_config('app.owner', $3, false)";

/// The scope of a connection.
#[derive(Debug, Default)]
pub enum Shown {
    /// A new connection shows no row that has an owner.
    #[default]
    Nobodys,
    OfOwner {
        issuer: Box<str>,
        subject: Box<str>,
    },
    Everyones,
    /// Its answer is still to come, or never came.
    Unknown,
}

impl Shown {
    /// From now on the connection shows the rows of this scope, and no others.
    ///
    /// # Errors
    /// When the database does not say so: then the next use asks again.
    pub async fn show(
        &mut self,
        scope: Scope<'_>,
        connection: &mut PgConnection,
    ) -> Result<(), EngineError> {
        if self.is(scope) {
            return Ok(());
        }
        *self = Self::Unknown;
        let (name, issuer, subject) = match scope {
            Scope::Nobody => ("", "", ""),
            Scope::Owner { issuer, subject } => ("owner", issuer, subject),
            Scope::Everyone => ("everyone", "", ""),
        };
        sqlx::query(SHOW)
            .bind(name)
            .bind(issuer)
            .bind(subject)
            .execute(connection)
            .await?;
        *self = Self::from(scope);
        Ok(())
    }

    fn is(&self, scope: Scope<'_>) -> bool {
        match (self, scope) {
            (Self::Nobodys, Scope::Nobody) | (Self::Everyones, Scope::Everyone) => true,
            (
                Self::OfOwner { issuer, subject },
                Scope::Owner {
                    issuer: i,
                    subject: s,
                },
            ) => **issuer == *i && **subject == *s,
            _ => false,
        }
    }
}

impl From<Scope<'_>> for Shown {
    fn from(scope: Scope<'_>) -> Self {
        match scope {
            Scope::Nobody => Self::Nobodys,
            Scope::Owner { issuer, subject } => Self::OfOwner {
                issuer: issuer.into(),
                subject: subject.into(),
            },
            Scope::Everyone => Self::Everyones,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPES: [Scope<'static>; 5] = [
        Scope::Nobody,
        Scope::Everyone,
        owner("https://one.example", "alice"),
        owner("https://two.example", "alice"),
        owner("https://one.example", "bob"),
    ];

    const fn owner(issuer: &'static str, subject: &'static str) -> Scope<'static> {
        Scope::Owner { issuer, subject }
    }

    #[test]
    fn a_connection_is_asked_again_unless_it_has_exactly_this_scope() {
        for one in SCOPES {
            for other in SCOPES {
                assert_eq!(
                    Shown::from(one).is(other),
                    one == other,
                    "{one:?} {other:?}"
                );
            }
            assert!(!Shown::Unknown.is(one));
        }
        assert!(Shown::default().is(Scope::Nobody));
    }
}
