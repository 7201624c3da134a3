//! Permissions and roles. The service writes them as one table, with [`access_table!`]; everything here
//! reads that table and names no permission itself.
//!
//! A permission has one spelling: in handlers, in a token's `scope` and in the OpenAPI document. The
//! table is checked when it is compiled, so a role that may both make and approve something does not
//! build (separation of duties; ASVS 8.1.1).

/// What somebody can be allowed to do: a line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Permission {
    name: &'static str,
    place: u32,
}

impl Permission {
    /// The permission of this name, among the names of a whole table. Use [`access_table!`].
    #[must_use]
    pub const fn among(names: &[&'static str], name: &'static str) -> Self {
        let (mut place, mut rest) = (0, names);
        while let [first, others @ ..] = rest {
            if same(first.as_bytes(), name.as_bytes()) {
                break;
            }
            place += 1;
            rest = others;
        }
        Self { name, place }
    }

    /// Its name in scopes and documents: `<resource>:<verb>`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// Equality of texts, for the compiler.
const fn same(mut one: &[u8], mut other: &[u8]) -> bool {
    loop {
        match (one, other) {
            ([], []) => return true,
            ([a, rest @ ..], [b, others @ ..]) if *a == *b => (one, other) = (rest, others),
            _ => return false,
        }
    }
}

/// What somebody is, as an issuer says it: a line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Role {
    name: &'static str,
    permissions: Permissions,
}

impl Role {
    /// A role that may do this. Use [`access_table!`].
    #[must_use]
    pub const fn new(name: &'static str, permissions: &[Permission]) -> Self {
        Self {
            name,
            permissions: Permissions::of(permissions),
        }
    }

    /// Its name in a token.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// All that it may do.
    #[must_use]
    pub const fn permissions(&self) -> Permissions {
        self.permissions
    }
}

impl PartialEq for Role {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Role {}

/// A set of permissions of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u64);

impl Permissions {
    /// This set holds exactly these.
    #[must_use]
    pub const fn of(permissions: &[Permission]) -> Self {
        let (mut bits, mut rest) = (0, permissions);
        while let [first, others @ ..] = rest {
            bits |= 1 << first.place;
            rest = others;
        }
        Self(bits)
    }

    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission.place) != 0
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// Who may do what, for a whole service.
#[derive(Debug)]
pub struct AccessTable {
    permissions: &'static [Permission],
    roles: &'static [Role],
}

impl AccessTable {
    /// A table whose roles combine none of the pairs in `apart`. Use [`access_table!`].
    ///
    /// # Panics
    /// When it is compiled: there are more than 64 permissions, or a role has both of a pair.
    #[must_use]
    pub const fn new(
        permissions: &'static [Permission],
        roles: &'static [Role],
        apart: &[[Permission; 2]],
    ) -> Self {
        assert!(permissions.len() <= 64, "at most 64 permissions");
        let mut rest = roles;
        while let [role, others @ ..] = rest {
            let mut pairs = apart;
            while let [[one, other], more @ ..] = pairs {
                let both = role.permissions.contains(*one) && role.permissions.contains(*other);
                assert!(!both, "a role has two permissions that none may combine");
                pairs = more;
            }
            rest = others;
        }
        Self { permissions, roles }
    }

    /// All roles, in the order of the table.
    #[must_use]
    pub const fn roles(&self) -> &'static [Role] {
        self.roles
    }

    /// The names of all roles.
    #[must_use]
    pub fn role_names(&self) -> Vec<&'static str> {
        self.roles.iter().map(Role::name).collect()
    }

    /// The role of that name. Names of other services' roles are none of ours, and give nothing.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&'static Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// The permission of that name.
    #[must_use]
    pub fn permission(&self, name: &str) -> Option<Permission> {
        self.permissions
            .iter()
            .find(|one| one.name == name)
            .copied()
    }

    /// The names of these permissions, in the order of the table.
    pub fn names(&self, of: Permissions) -> impl Iterator<Item = &'static str> {
        let all = self.permissions.iter();
        all.filter(move |one| of.contains(**one))
            .map(|one| one.name)
    }

    /// The permissions that a space-delimited `scope` names (RFC 6749 §3.3); other words are skipped.
    #[must_use]
    pub fn named_in(&self, scope: &str) -> Permissions {
        let words = scope.split(' ');
        let known = words.filter_map(|word| self.permission(word));
        known.fold(Permissions::default(), |set, one| {
            set.union(Permissions::of(&[one]))
        })
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
    const RECENT: bool;
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

/// Declares the permissions of a service, each also as a type for [`super::Allow`], its roles, and the
/// pairs of permissions that no role may combine.
///
/// `recent` behind a permission asks for recent authentication as well.
#[macro_export]
macro_rules! access_table {
    (
        permissions { $($permission:ident = $name:literal $($recent:ident)?;)* }
        roles { $($role:literal: $($may:ident)*;)* }
        apart { $($one:ident, $other:ident;)* }
    ) => {
        const NAMES: &[&str] = &[$($name),*];
        $(
            #[doc = concat!("`", $name, "` as a type.")]
            #[derive(Debug)]
            pub struct $permission;

            impl $crate::auth::Single for $permission {
                const PERMISSION: $crate::auth::Permission =
                    $crate::auth::Permission::among(NAMES, $name);
                const RECENT: bool = $crate::auth::access_table!(@recent $($recent)?);
            }
        )*
        /// Who may do what in this service.
        pub static ACCESS: $crate::auth::AccessTable = {
            use $crate::auth::{AccessTable, Role, Single};
            const ROLES: &[Role] =
                &[$(Role::new($role, &[$($may::PERMISSION),*])),*];
            AccessTable::new(
                &[$($permission::PERMISSION),*],
                ROLES,
                &[$([$one::PERMISSION, $other::PERMISSION]),*],
            )
        };
    };
    (@recent) => { false };
    (@recent recent) => { true };
}
pub use access_table;

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["notes:read", "notes:write"];
    const READ: Permission = Permission::among(NAMES, "notes:read");
    const WRITE: Permission = Permission::among(NAMES, "notes:write");

    #[test]
    fn a_scope_names_whole_permissions_only() {
        let table = AccessTable::new(&[READ, WRITE], &[], &[]);
        let scope = "openid notes:read notes:writer NOTES:WRITE";
        assert_eq!(table.named_in(scope), Permissions::of(&[READ]));
    }

    #[test]
    #[should_panic(expected = "none may combine")]
    fn a_role_with_both_of_a_pair_is_refused() {
        const ROLES: &[Role] = &[Role::new("all", &[READ, WRITE])];
        let _ = AccessTable::new(&[READ, WRITE], ROLES, &[[READ, WRITE]]);
    }
}
