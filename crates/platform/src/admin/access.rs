//! Who may do what on the admin listener: one role, for operators.

use crate::auth::access_table;

access_table! {
    permissions {
        AdminObserve = "admin:observe";
        AdminContain = "admin:contain" recent;
    }
    roles {
        "admin": AdminObserve AdminContain;
    }
    apart {}
}
