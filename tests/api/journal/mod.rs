//! The audit journal of a running service (LO-01…LO-09): what is on record, before and after; and
//! what never is. The journal itself is tested in `tests/audit`.

mod changes;
mod denials;
mod events;
mod floods;
mod secrets;
mod unwritable;

use serde_json::Value;

use crate::harness::Service;

/// The lines about requests with this event, shortest form first.
fn of<'j>(journal: &'j [Value], event: &str) -> Vec<&'j Value> {
    journal
        .iter()
        .filter(|line| line["event"] == event)
        .collect()
}

/// The one line with this event.
#[track_caller]
fn one<'j>(journal: &'j [Value], event: &str) -> &'j Value {
    let found = of(journal, event);
    assert_eq!(found.len(), 1, "{event} in {journal:#?}");
    found[0]
}

/// `phase event outcome reason` of every line with this action.
fn story(journal: &[Value], action: &str) -> Vec<String> {
    let lines = journal.iter().filter(|line| line["action"] == action);
    lines
        .map(|line| {
            let words = ["phase", "event", "outcome", "reason_code"];
            let words = words.iter().filter_map(|name| line[*name].as_str());
            words.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

/// The journal, verified by the program as an operator would.
fn verified(service: &mut Service) -> Vec<Value> {
    let journal = service.journal();
    let file = service.data_dir().join("audit.jsonl");
    let key = service.data_dir().join("audit.pub");
    let arguments = [
        "audit",
        "verify",
        "--key",
        key.to_str().unwrap(),
        file.to_str().unwrap(),
    ];
    let output = crate::harness::Process::output(service.data_dir(), &arguments, &[]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    journal
}
