//! A role that may both make and approve something.
//~ a role has two permissions that none may combine

platform::auth::access_table! {
    permissions {
        NotesWrite = "notes:write";
        NotesApprove = "notes:approve";
    }
    roles { "all": NotesWrite NotesApprove; }
    apart { NotesWrite, NotesApprove; }
}

fn main() {}
