//! Members of request bodies.
//!
//! A member holds its parsed value, or the code of the rule that it breaks: each value is parsed once,
//! and all broken rules of a body are still reported together. `validator` asks [`rule`] for the code;
//! after that a handler takes the values out. The document knows a member by the type of its value:
//! `#[schema(value_type = Name)]`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use validator::ValidationError;

use crate::{
    http::problem::Problem,
    parse::{Invalid, Parse},
};

#[cfg(test)]
mod tests;

/// A member that must be there.
#[derive(Debug)]
pub struct Member<T>(Result<T, Invalid>);

/// A member of a merge patch (RFC 7396) that may be left out, and not removed: `null` is no value.
#[derive(Debug)]
pub struct Change<T>(Option<Member<T>>);

/// A member of a merge patch that may be left out, and that `null` removes.
#[derive(Debug)]
pub enum Removable<T> {
    LeftOut,
    Removed,
    New(Member<T>),
}

/// The rule of a member, for `validator`:
/// `#[validate(custom(function = "rule"))]`.
///
/// # Errors
/// The code of the rule that the member breaks; never its value.
pub fn rule(member: &impl Checked) -> Result<(), ValidationError> {
    match member.broken() {
        Some(Invalid(code)) => Err(ValidationError::new(code)),
        None => Ok(()),
    }
}

impl<T: Checked> Checked for &T {
    fn broken(&self) -> Option<Invalid> {
        (**self).broken()
    }
}

/// What [`rule`] asks.
pub trait Checked {
    fn broken(&self) -> Option<Invalid>;
}

impl<T> Member<T> {
    /// The value.
    ///
    /// # Errors
    /// 422 for a member that breaks a rule. `validator` has refused that one before.
    pub fn value(self) -> Result<T, Problem> {
        self.0
            .map_err(|Invalid(code)| Problem::unprocessable("", code))
    }
}

impl<T> Change<T> {
    /// Whether the patch has it.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// The new value, or the one that stays.
    ///
    /// # Errors
    /// As [`Member::value`].
    pub fn or(self, current: T) -> Result<T, Problem> {
        self.0.map_or(Ok(current), Member::value)
    }
}

impl<T> Removable<T> {
    /// Whether the patch has it.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        !matches!(self, Self::LeftOut)
    }

    /// The new value, none, or the one that stays.
    ///
    /// # Errors
    /// As [`Member::value`].
    pub fn or(self, current: Option<T>) -> Result<Option<T>, Problem> {
        match self {
            Self::LeftOut => Ok(current),
            Self::Removed => Ok(None),
            Self::New(member) => member.value().map(Some),
        }
    }
}

impl<T> Checked for Member<T> {
    fn broken(&self) -> Option<Invalid> {
        self.0.as_ref().err().copied()
    }
}

impl<T> Checked for Change<T> {
    fn broken(&self) -> Option<Invalid> {
        self.0.as_ref().and_then(Member::broken)
    }
}

impl<T> Checked for Removable<T> {
    fn broken(&self) -> Option<Invalid> {
        match self {
            Self::New(member) => member.broken(),
            Self::LeftOut | Self::Removed => None,
        }
    }
}

impl<'de, T: Parse<Raw: DeserializeOwned>> Deserialize<'de> for Member<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::Raw::deserialize(deserializer).map(|raw| Self(T::parse(raw)))
    }
}

impl<'de, T: Parse<Raw: DeserializeOwned>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Member::deserialize(deserializer).map(|member| Self(Some(member)))
    }
}

impl<'de, T: Parse<Raw: DeserializeOwned>> Deserialize<'de> for Removable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let member = Option::deserialize(deserializer)?;
        Ok(member.map_or(Self::Removed, Self::New))
    }
}

/// The member was left out.
impl<T> Default for Change<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// The member was left out.
impl<T> Default for Removable<T> {
    fn default() -> Self {
        Self::LeftOut
    }
}

/// The value as it is kept; null for one that breaks a rule. `validator` puts what it refuses into its
/// errors, and this is all that it gets.
impl<T: Serialize> Serialize for Member<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().ok().serialize(serializer)
    }
}

impl<T: Serialize> Serialize for Change<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: Serialize> Serialize for Removable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::New(member) => member.serialize(serializer),
            Self::LeftOut | Self::Removed => serializer.serialize_none(),
        }
    }
}
