//! A line of the journal as a syslog message (RFC 5424).
//!
//! The message is the line, byte by byte: the receiver's copy can be verified like the file. The structured data
//! repeats its members for searching. A client that could put a `]`, a `"` or a line break there would write members
//! of its own (CWE-117): each value is in the spelling of the line, which is printable ASCII, and its `"`, `\` and
//! `]` are escaped once more (§6.3.3).
//!
//! Controls: LO-04, LO-05

use serde_json::{Map, Value};

use crate::audit::spell_text;

/// Facility `log audit` (§6.2.1).
const FACILITY: u8 = 13;
/// Characters of a value in the structured data: the message has all of them.
const MAX_VALUE: usize = 64;

/// What sends the messages.
pub(super) struct Origin {
    pub host: String,
    pub service: &'static str,
    /// A number that IANA has given out (§7.2.2).
    pub enterprise: u32,
}

impl Origin {
    /// The message, in the frame that says its length (RFC 5425 §4.3.1); none for what is no line.
    pub fn frame(&self, line: &[u8]) -> Option<Vec<u8>> {
        let members: Map<String, Value> = serde_json::from_slice(line).ok()?;
        let text = |name: &str| members.get(name)?.as_str();
        let severity = match text("level")? {
            "critical" => 2,
            "error" => 3,
            "warn" => 4,
            _ => 6,
        };
        let mut message = format!(
            "<{}>1 {} {} {} - {} [journal@{}",
            FACILITY * 8 + severity,
            text("ts")?,
            header(&self.host, 255),
            header(self.service, 48),
            text("event")?,
            self.enterprise
        );
        for (name, value) in &members {
            member(name, value, &mut message)?;
        }
        message.push_str("] ");
        let length = message.len() + line.len();
        let mut frame = format!("{length} {message}").into_bytes();
        frame.extend_from_slice(line);
        Some(frame)
    }
}

/// A field of the header: so many printable ASCII characters, or the hyphen that says that there is none.
fn header(text: &str, most: usize) -> String {
    let printable = text.chars().filter(char::is_ascii_graphic);
    let text: String = printable.take(most).collect();
    if text.is_empty() {
        return "-".to_owned();
    }
    text
}

/// ` name="value"`, and a parameter for each member of an object; nothing for `null`.
fn member(name: &str, value: &Value, message: &mut String) -> Option<()> {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (inner, value) in members {
                member(&format!("{name}.{inner}"), value, message)?;
            }
        }
        value => {
            let value = match value {
                Value::String(text) => in_line(text)?,
                other => other.to_string(),
            };
            message.push(' ');
            message.push_str(name);
            message.push_str("=\"");
            for c in value.chars() {
                if matches!(c, '"' | '\\' | ']') {
                    message.push('\\');
                }
                message.push(c);
            }
            message.push('"');
        }
    }
    Some(())
}

/// A text in the spelling of the line, cut.
fn in_line(text: &str) -> Option<String> {
    let text: String = text.chars().take(MAX_VALUE).collect();
    let spelled = spell_text(&text)?;
    let inner = spelled.strip_prefix('"')?.strip_suffix('"')?;
    Some(inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            host: "web-1".to_owned(),
            service: "acme-api",
            enterprise: 32_473,
        }
    }

    #[test]
    fn a_line_is_a_message_with_its_members_and_itself() {
        let line = br#"{"seq":7,"prev_hash":"00","ts":"2026-01-02T03:04:05.006Z","level":"warn","event":"sensitive_delete","phase":"outcome","actor":{"iss":"https://id.example","sub":"alice"},"status":204}"#;
        let message = concat!(
            "<108>1 2026-01-02T03:04:05.006Z web-1 acme-api - sensitive_delete ",
            r#"[journal@32473 actor.iss="https://id.example" actor.sub="alice" event="sensitive_delete" "#,
            r#"level="warn" phase="outcome" prev_hash="00" seq="7" status="204" ts="2026-01-02T03:04:05.006Z"] "#,
        );
        let message = format!("{message}{}", std::str::from_utf8(line).unwrap());
        let frame = origin().frame(line).unwrap();
        assert_eq!(
            String::from_utf8(frame).unwrap(),
            format!("{} {message}", message.len())
        );
    }

    #[test]
    fn a_value_cannot_end_itself_its_element_or_its_line() {
        for (hostile, written) in [
            (r#"x"] [evil@1 a="b"#, r#"x\\\"\] [evil@1 a=\\\"b"#),
            ("a\nb\r\0\u{1b}", r"a\\u000ab\\u000d\\u0000\\u001b"),
            (r"back\slash", r"back\\\\slash"),
            ("\u{202e}\u{2028}ü", r"\\u202e\\u2028\\u00fc"),
        ] {
            let mut message = String::new();
            member("n", &Value::String(hostile.to_owned()), &mut message).unwrap();
            assert_eq!(message, format!(" n=\"{written}\""));
        }
    }

    #[test]
    fn a_value_is_cut_and_a_name_of_the_machine_is_printable() {
        let mut message = String::new();
        let long = "\u{1f600}".repeat(300);
        member("n", &Value::String(long), &mut message).unwrap();
        assert_eq!(
            message.len(),
            r#" n="""#.len() + 64 * r"\\ud83d\\ude00".len()
        );
        assert_eq!(header("web 1\n", 255), "web1");
        assert_eq!(header("\u{202e}", 255), "-");
        assert_eq!(header("abc", 2), "ab");
    }
}
