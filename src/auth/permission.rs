//! The one table of roles and permissions.
//!
//! A permission has one spelling, in code, in a token's `scope`, in the OpenAPI document and in
//! `tests/api/permissions.txt`. No role has everything: an administrator cannot touch invoices, and
//! who makes them does not approve them (separation of duties; ASVS 8.1.1).

use std::fmt;

/// What somebody can be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    InvoicesRead,
    InvoicesReadAny,
    InvoicesCreate,
    InvoicesUpdate,
    InvoicesDelete,
    InvoicesApprove,
}

impl Permission {
    pub const ALL: [Self; 6] = [
        Self::InvoicesRead,
        Self::InvoicesReadAny,
        Self::InvoicesCreate,
        Self::InvoicesUpdate,
        Self::InvoicesDelete,
        Self::InvoicesApprove,
    ];

    /// Its name in scopes and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvoicesRead => "invoices:read",
            Self::InvoicesReadAny => "invoices:read_any",
            Self::InvoicesCreate => "invoices:create",
            Self::InvoicesUpdate => "invoices:update",
            Self::InvoicesDelete => "invoices:delete",
            Self::InvoicesApprove => "invoices:approve",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What somebody is, as an issuer says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Reader,
    Editor,
    Approver,
    Auditor,
    Admin,
}

/// Each role, its name in a token, and all it may do.
const ROLES: [(Role, &str, &[Permission]); 5] = {
    use Permission as P;
    [
        (Role::Reader, "reader", &[P::InvoicesRead]),
        (
            Role::Editor,
            "editor",
            &[
                P::InvoicesRead,
                P::InvoicesCreate,
                P::InvoicesUpdate,
                P::InvoicesDelete,
            ],
        ),
        (
            Role::Approver,
            "approver",
            &[P::InvoicesRead, P::InvoicesReadAny, P::InvoicesApprove],
        ),
        (
            Role::Auditor,
            "auditor",
            &[P::InvoicesRead, P::InvoicesReadAny],
        ),
        // The admin listener is another audience; here an administrator may do nothing.
        (Role::Admin, "admin", &[]),
    ]
};

impl Role {
    /// The role of that name. Names of other services' roles are none of ours, and give nothing.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let row = ROLES.iter().find(|(_, known, _)| *known == name)?;
        Some(row.0)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        ROLES[self as usize].1
    }

    #[must_use]
    pub fn permissions(self) -> Permissions {
        ROLES[self as usize].2.iter().copied().collect()
    }

    /// Every role.
    pub fn all() -> impl Iterator<Item = Self> {
        ROLES.iter().map(|(role, ..)| *role)
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u32);

impl Permissions {
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The permissions that a space-delimited `scope` names (RFC 6749 §3.3); other words are skipped.
    #[must_use]
    pub fn named_in(scope: &str) -> Self {
        Permission::ALL
            .into_iter()
            .filter(|permission| scope.split(' ').any(|word| word == permission.name()))
            .collect()
    }

    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .into_iter()
            .filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        let bits = permissions
            .into_iter()
            .fold(0, |bits, permission| bits | 1 << permission as u32);
        Self(bits)
    }
}

/// What a handler asks of its caller, as a type for [`super::Allow`].
pub trait Requirement: 'static {
    /// One of these is needed.
    const ANY_OF: &'static [Permission];
    /// The same, as the names that documents show.
    const NAMES: &'static [&'static str];
    /// Whether the caller must have authenticated recently as well (step-up, RFC 9470): for what
    /// cannot be undone, a token stolen an hour ago is not enough.
    const RECENT: bool = false;
}

macro_rules! requirement {
    ($name:ident $(, recent: $recent:literal)?) => {
        #[doc = concat!("Asks for [`Permission::", stringify!($name), "`].")]
        #[derive(Debug)]
        pub struct $name;

        impl Requirement for $name {
            const ANY_OF: &'static [Permission] = &[Permission::$name];
            const NAMES: &'static [&'static str] = &[Permission::$name.name()];
            $(const RECENT: bool = $recent;)?
        }
    };
}
requirement!(InvoicesRead);
requirement!(InvoicesReadAny);
requirement!(InvoicesCreate);
requirement!(InvoicesUpdate);
requirement!(InvoicesDelete, recent: true);
requirement!(InvoicesApprove);

/// Asks for one of two permissions; the handler then decides by what the request changes.
#[derive(Debug)]
pub struct Either<A, B>(std::marker::PhantomData<(A, B)>);

impl<A: Requirement, B: Requirement> Requirement for Either<A, B> {
    const ANY_OF: &'static [Permission] = &[A::ANY_OF[0], B::ANY_OF[0]];
    const NAMES: &'static [&'static str] = &[A::NAMES[0], B::NAMES[0]];
    const RECENT: bool = A::RECENT || B::RECENT;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_stands_in_the_table_at_its_own_place() {
        for (index, (role, name, _)) in ROLES.iter().enumerate() {
            assert_eq!(*role as usize, index);
            assert_eq!(Role::named(name), Some(*role));
        }
    }

    #[test]
    fn no_role_both_makes_invoices_and_approves_them() {
        for role in Role::all() {
            let may = role.permissions();
            let makes = may.contains(Permission::InvoicesCreate);
            assert!(
                !(makes && may.contains(Permission::InvoicesApprove)),
                "{role:?}"
            );
        }
    }

    #[test]
    fn a_scope_names_whole_permissions_only() {
        let scope = "openid invoices:read invoices:read_anything INVOICES:DELETE";
        assert_eq!(
            Permissions::named_in(scope),
            [Permission::InvoicesRead].into_iter().collect()
        );
    }
}
