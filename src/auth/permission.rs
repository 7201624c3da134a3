//! The one table of roles and permissions.
//!
//! A permission has one spelling, in code, in a token's `scope` and in the OpenAPI document. No role has everything: an administrator cannot touch invoices, and
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

impl Role {
    pub const ALL: [Self; 5] = [
        Self::Reader,
        Self::Editor,
        Self::Approver,
        Self::Auditor,
        Self::Admin,
    ];

    /// All that it may do.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        use Permission as P;
        let table: &[Permission] = match self {
            Self::Reader => &[P::InvoicesRead],
            Self::Editor => &[
                P::InvoicesRead,
                P::InvoicesCreate,
                P::InvoicesUpdate,
                P::InvoicesDelete,
            ],
            Self::Approver => &[P::InvoicesRead, P::InvoicesReadAny, P::InvoicesApprove],
            Self::Auditor => &[P::InvoicesRead, P::InvoicesReadAny],
            // The admin listener is another audience; here an administrator may do nothing.
            Self::Admin => &[],
        };
        table.iter().copied().collect()
    }

    /// Its name in a token.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Approver => "approver",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// The names of all roles.
    #[must_use]
    pub fn names() -> [&'static str; 5] {
        Self::ALL.map(Self::name)
    }

    /// The role of that name. Names of other services' roles are none of ours, and give nothing.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
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
    const RECENT: bool;
}

/// A permission as a type.
pub trait Single: 'static {
    const PERMISSION: Permission;
    const RECENT: bool = false;
}

impl<P: Single> Requirement for P {
    const ANY_OF: &'static [Permission] = &[P::PERMISSION];
    const NAMES: &'static [&'static str] = &[P::PERMISSION.name()];
    const RECENT: bool = P::RECENT;
}

/// Asks for one of two permissions; the handler then decides by what the request changes.
#[derive(Debug)]
pub struct Either<A, B>(std::marker::PhantomData<(A, B)>);

impl<A: Single, B: Single> Requirement for Either<A, B> {
    const ANY_OF: &'static [Permission] = &[A::PERMISSION, B::PERMISSION];
    const NAMES: &'static [&'static str] = &[A::PERMISSION.name(), B::PERMISSION.name()];
    const RECENT: bool = A::RECENT || B::RECENT;
}

macro_rules! permission_type {
    ($name:ident $(, recent: $recent:literal)?) => {
        #[doc = concat!("[`Permission::", stringify!($name), "`] as a type.")]
        #[derive(Debug)]
        pub struct $name;

        impl Single for $name {
            const PERMISSION: Permission = Permission::$name;
            $(const RECENT: bool = $recent;)?
        }
    };
}
permission_type!(InvoicesRead);
permission_type!(InvoicesReadAny);
permission_type!(InvoicesCreate);
permission_type!(InvoicesUpdate);
permission_type!(InvoicesDelete, recent: true);
permission_type!(InvoicesApprove);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_role_both_makes_invoices_and_approves_them() {
        for role in Role::ALL {
            let may = role.permissions();
            let makes = may.contains(Permission::InvoicesCreate);
            let approves = may.contains(Permission::InvoicesApprove);
            assert!(!(makes && approves), "{role:?}");
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
