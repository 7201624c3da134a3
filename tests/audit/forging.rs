//! What somebody can write who can write the file and has not the key: a chain that holds, with any
//! lines. With the key's public half none of it passes for signed (LO-08).

use std::fs;

use app::audit::{Fault, Hash, Head, PublicKey, Refusal, Report, Request, Tip, verify};

use crate::fixture::{Fixture, chained, verify_files};

/// A journal of one process, and what the operator keeps elsewhere.
struct Forgery {
    fixture: Fixture,
    lines: Vec<String>,
    key: PublicKey,
    kept: Head,
}

const FORGED: &str = r#","ts":"2026-11-22T12:00:00.000Z","level":"info","event":"sensitive_read","phase":"point","actor":{"iss":"https://id.example","sub":"mallory"}}"#;

impl Forgery {
    fn new() -> Self {
        let fixture = Fixture::used(3);
        let text = fs::read_to_string(fixture.file()).unwrap();
        let key = PublicKey::read(&fixture.path().join("audit.pub")).unwrap();
        let head = fixture.path().join("audit.head");
        Self {
            lines: text.lines().map(str::to_owned).collect(),
            kept: Head::read(&head, std::slice::from_ref(&key)).unwrap(),
            key,
            fixture,
        }
    }

    /// Verifies this text with the key, and nothing else.
    fn by_key(&self, text: &str) -> Result<Report, Refusal> {
        fs::write(self.fixture.file(), text).unwrap();
        verify_files(vec![self.fixture.file()], vec![self.key.clone()], None)
    }

    /// The first bad line, and why it is.
    fn fault(&self, text: &str) -> (u64, Fault) {
        let refused = match self.by_key(text) {
            Err(Refusal::Line(_, line, fault)) => Ok((line, fault)),
            other => Err(other),
        };
        refused.unwrap()
    }

    /// The journal's lines that `keep` keeps, as `change` changes them, in a chain that holds.
    fn anew(&self, keep: impl Fn(&str) -> bool, change: impl Fn(&str) -> String) -> String {
        let lines = self.lines.iter().filter(|line| keep(line));
        let lines: Vec<String> = lines.map(|line| change(line)).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        chained(&lines, Tip::START)
    }
}

fn is_checkpoint(line: &str) -> bool {
    line.contains(r#""audit_checkpoint""#)
}

fn is_point(line: &str) -> bool {
    line.contains(r#""phase":"point""#)
}

#[test]
fn a_chain_without_a_checkpoint_is_refused() {
    let forgery = Forgery::new();
    let whole = forgery.anew(|line| is_point(line) && !is_checkpoint(line), str::to_owned);
    assert_eq!(forgery.fault(&whole), (2, Fault::Order));
    // Nor does it help to begin later, as if the older files were elsewhere.
    let later = chained(
        &[FORGED; 3],
        Tip {
            seq: 500,
            hash: Hash::of(b"x"),
        },
    );
    let refused = forgery.by_key(&later);
    assert!(matches!(refused, Err(Refusal::Unsigned)), "{refused:?}");
    // Without a key nobody can tell.
    assert!(verify_files(vec![forgery.fixture.file()], Vec::new(), None).is_ok());
}

#[test]
fn a_chain_that_begins_after_a_kept_head_is_refused() {
    let forgery = Forgery::new();
    let text = chained(
        &[FORGED; 3],
        Tip {
            hash: Hash::of(b"x"),
            ..forgery.kept.tip()
        },
    );
    fs::write(forgery.fixture.file(), text).unwrap();
    let files = vec![forgery.fixture.file()];
    let refused = verify_files(files.clone(), Vec::new(), Some(forgery.kept));
    assert!(
        matches!(refused, Err(Refusal::Later(_, 11, 10))),
        "{refused:?}"
    );
    // The head beside the files may be older than they are, but then something must be signed.
    let request = Request {
        files,
        keys: vec![forgery.key],
        head: Some(forgery.kept),
        newer: true,
    };
    let refused = verify(&request, |_| {});
    assert!(matches!(refused, Err(Refusal::Unsigned)), "{refused:?}");
}

#[test]
fn a_checkpoint_has_its_signature_and_nothing_else_has_one() {
    let forgery = Forgery::new();
    let stripped = forgery.anew(
        |_| true,
        |line| match line.find(r#","checkpoint":"#) {
            Some(at) => format!("{}}}", &line[..at]),
            None => line.to_owned(),
        },
    );
    assert_eq!(forgery.fault(&stripped), (2, Fault::NotACheckpoint));
    let worn = forgery.anew(
        |_| true,
        |line| line.replace("audit_checkpoint", "authz_fail"),
    );
    assert_eq!(forgery.fault(&worn), (2, Fault::NotACheckpoint));
    // What the signature is not over has one value.
    for (from, to) in [
        (r#""level":"info""#, r#""level":"warn""#),
        (r#""actor":null"#, r#""actor":{"iss":"i","sub":"s"}"#),
        (r#""actor":null"#, r#""actor":null,"count":1"#),
    ] {
        let mut lines = forgery.lines.clone();
        let last = lines.pop().unwrap();
        lines.push(last.replace(from, to));
        let text = lines.join("\n") + "\n";
        assert_eq!(
            forgery.fault(&text),
            (lines.len() as u64, Fault::NotACheckpoint)
        );
    }
}

#[test]
fn nothing_stands_between_a_process_and_its_checkpoint() {
    let forgery = Forgery::new();
    let (lines, end) = (&forgery.lines, forgery.kept.tip());
    let sound = lines.join("\n") + "\n";
    // After the last checkpoint of a process that ended in order.
    let after = sound.clone() + &chained(&[FORGED], end);
    assert_eq!(
        forgery.fault(&after),
        (lines.len() as u64 + 1, Fault::Order)
    );
    // A process that begins, and has no key to say so with.
    let begins = sound.clone() + &chained(&[&lines[0], FORGED], end);
    assert_eq!(
        forgery.fault(&begins),
        (lines.len() as u64 + 2, Fault::Order)
    );
    // Between its last word and its checkpoint.
    let last = lines
        .iter()
        .position(|line| line.contains("monitor_disabled"))
        .unwrap();
    let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    lines.insert(last + 1, FORGED);
    let between = chained(&lines, Tip::START);
    assert_eq!(forgery.fault(&between), (last as u64 + 2, Fault::Order));
}

/// A crash leaves the same: all that can be said is how many lines nobody has signed.
#[test]
fn lines_after_the_last_checkpoint_are_counted() {
    let forgery = Forgery::new();
    let signed = forgery.lines[..2].join("\n") + "\n";
    let tip = Tip {
        seq: 2,
        hash: Hash::of(forgery.lines[1].as_bytes()),
    };
    let report = forgery
        .by_key(&(signed + &chained(&[FORGED; 3], tip)))
        .unwrap();
    assert_eq!(report.seen.unsigned, 3);
}

/// The last line has no next one to show that it was changed. It can still be replaced by another
/// sound one, but not be spelled in another way.
#[test]
fn the_last_line_has_one_spelling() {
    let forgery = Forgery::new();
    let outcome = forgery.lines[..4].join("\n");
    assert!(outcome.contains(r#""status":204"#));
    forgery.by_key(&format!("{outcome}\n")).unwrap();
    for (from, to) in [
        (r#"{"seq":4"#, r#" {"seq":4"#),
        (r#"{"seq":4"#, r#"{"seq":4.0"#),
        (r#"{"seq":4"#, r#"{"seq":1,"seq":4"#),
        (r#"{"seq":4"#, r#"{"more":1,"seq":4"#),
        (r#""status":204"#, r#""status":204,"status":204"#),
        (r#""status":204"#, r#""status":0204"#),
        (r#""status":204"#, r#""status":null"#),
        (r#""status":204"#, r#""status":204,"count":null"#),
        (r#""status":204}"#, r#""status":204} "#),
        (r#","status":204"#, r#", "status":204"#),
        (r#""id":"42""#, r#""id":"\u0034\u0032""#),
        (r#""id":"42""#, r#""id":"\t""#),
        (r#""id":"42""#, r#""id":"ä""#),
        (r#""id":"42""#, r#""id":"42","id":"43""#),
        (r#""actor":null,"#, ""),
        (r#""attempt":3,"#, ""),
        (r#""outcome":"success""#, r#""outcome":"Success""#),
        (
            r#""phase":"outcome","attempt":3,"#,
            r#""attempt":3,"phase":"outcome","#,
        ),
    ] {
        let at = outcome.rfind(from).unwrap_or_else(|| panic!("{from}"));
        let changed = outcome[..at].to_owned() + &outcome[at..].replacen(from, to, 1);
        assert_eq!(
            forgery.fault(&format!("{changed}\n")),
            (4, Fault::NotALine),
            "{to}"
        );
    }
    let upper = &outcome[outcome.rfind("prev_hash").unwrap() + 12..][..64];
    let changed = outcome.replace(upper, &upper.to_uppercase());
    assert_eq!(forgery.fault(&format!("{changed}\n")), (4, Fault::NotALine));
}
