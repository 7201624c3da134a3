//! Who may do what: the one table of permissions and roles. It is yours to change.
//!
//! A handler asks for a permission by its type, such as `Allow<OrdersRead>`. `recent` asks for recent
//! authentication as well, because a stolen token rarely has it. No role has everything: an administrator
//! cannot touch rows, and a role that makes them does not approve them (`apart`).

use platform::auth::access_table;

access_table! {
    permissions {
        InvoicesRead    = "invoices:read";
        InvoicesReadAny = "invoices:read_any";
        InvoicesCreate  = "invoices:create";
        InvoicesUpdate  = "invoices:update";
        InvoicesDelete  = "invoices:delete" recent;
        InvoicesApprove = "invoices:approve";

        ApiKeysManage = "api_keys:manage";
    }
    roles {
        "reader":   InvoicesRead;
        "editor":   InvoicesRead InvoicesCreate InvoicesUpdate InvoicesDelete
                    ApiKeysManage;
        "approver": InvoicesRead InvoicesReadAny InvoicesApprove;
        "auditor":  InvoicesRead InvoicesReadAny;
        "admin":    ;
    }
    apart {
        InvoicesCreate, InvoicesApprove;
    }
}
