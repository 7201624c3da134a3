//! Parse, don't validate: a value that exists is a value that keeps its rules.
//!
//! Domain types are made by [`Parse::parse`] only, also in request bodies, so a rule is written once. Text rules stop
//! stored control characters, bidi spoofing (Trojan Source) and unbounded input (ASVS 1.3.3, 2.2.1, 15.3.5).

use std::{borrow::Cow, net::IpAddr, sync::LazyLock};

use ipnet::IpNet;
use validator::ValidateEmail;

#[cfg(test)]
mod tests;

/// A broken rule, named by a stable code from `docs/api-design.md`; never by the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invalid(pub &'static str);

/// Makes a domain value from raw input: from the type that JSON has for it.
pub trait Parse: Sized {
    type Raw;

    /// # Errors
    /// The first rule that `raw` breaks.
    fn parse(raw: Self::Raw) -> Result<Self, Invalid>;
}

/// A rule for text, and the pattern that says the same in a schema.
#[derive(Clone, Copy)]
pub struct TextRule {
    keep: fn(&str, usize) -> Result<Cow<'_, str>, Invalid>,
    pattern: fn() -> &'static str,
}

/// [`single_line`].
pub const SINGLE_LINE: TextRule = TextRule {
    keep: single_line,
    pattern: single_line_pattern,
};

/// [`multi_line`].
pub const MULTI_LINE: TextRule = TextRule {
    keep: multi_line,
    pattern: multi_line_pattern,
};

/// [`email_address`].
pub const EMAIL_ADDRESS: TextRule = TextRule {
    keep: email_address,
    pattern: || EMAIL_PATTERN,
};

impl TextRule {
    /// The text as it is kept: 1 to `max` characters. Text that is kept as it came is not copied.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn keep(self, raw: String, max: usize) -> Result<String, Invalid> {
        let changed = match (self.keep)(&raw, max)? {
            Cow::Owned(kept) => Some(kept),
            Cow::Borrowed(_) => None,
        };
        Ok(changed.unwrap_or(raw))
    }

    /// What it accepts, for a schema: the length apart.
    #[must_use]
    pub fn pattern(self) -> &'static str {
        (self.pattern)()
    }
}

/// Text on one line: 1 to `max` characters, something visible, nothing that hides or reorders. It is
/// kept as it came.
///
/// # Errors
/// `blank`, `too_long` or `forbidden_character`.
pub fn single_line(raw: &str, max: usize) -> Result<Cow<'_, str>, Invalid> {
    text(raw, max, hides)?;
    Ok(Cow::Borrowed(raw))
}

/// Like [`single_line`], but tabs and line ends are fine. A line end is LF or CR LF, which is what
/// browsers and Windows send, and is kept as LF: one text has one form. A CR alone is a control
/// character like any other, so nothing overwrites a line that a terminal shows.
///
/// # Errors
/// `blank`, `too_long` (as it was sent) or `forbidden_character`.
pub fn multi_line(raw: &str, max: usize) -> Result<Cow<'_, str>, Invalid> {
    if longer(raw, max) {
        return Err(Invalid("too_long"));
    }
    let kept = if raw.contains("\r\n") {
        Cow::Owned(raw.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(raw)
    };
    text(&kept, max, hides_in_lines)?;
    Ok(kept)
}

/// An address of at most `max` characters, as HTML forms accept it.
///
/// # Errors
/// `not_an_email_address`, or as [`single_line`].
pub fn email_address(raw: &str, max: usize) -> Result<Cow<'_, str>, Invalid> {
    let kept = single_line(raw, max)?;
    // The library accepts anything that ends like an IP literal: `a@b, Bcc: x[1.2.3.4]`.
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let domain = raw.rsplit_once('@').map_or("", |(_, domain)| domain);
    let valid = raw.validate_email() && domain.bytes().all(plain);
    valid.then_some(kept).ok_or(Invalid("not_an_email_address"))
}

/// The same for a schema. It has no `format: email`: that is RFC 5321, which permits more in one place
/// and less in another.
const EMAIL_PATTERN: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}\
    @[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

/// Counts no further than it must: no text has more characters than bytes.
fn longer(raw: &str, max: usize) -> bool {
    raw.len() > max && raw.chars().take(max + 1).count() > max
}

fn text(raw: &str, max: usize, forbidden: impl Fn(char) -> bool) -> Result<(), Invalid> {
    if longer(raw, max) {
        Err(Invalid("too_long"))
    } else if raw.chars().any(forbidden) {
        Err(Invalid("forbidden_character"))
    } else if raw.chars().all(|c| c.is_whitespace() || invisible(c)) {
        Err(Invalid("blank"))
    } else {
        Ok(())
    }
}

/// What [`single_line`] accepts, for a schema: its length apart, and as `pattern` says.
#[must_use]
pub fn single_line_pattern() -> &'static str {
    static PATTERN: LazyLock<String> = LazyLock::new(|| pattern(hides, ""));
    &PATTERN
}

/// What [`multi_line`] accepts, for a schema: its length apart, and as `pattern` says.
#[must_use]
pub fn multi_line_pattern() -> &'static str {
    static PATTERN: LazyLock<String> = LazyLock::new(|| pattern(hides_in_lines, "|\\r\\n"));
    &PATTERN
}

/// White space and invisible characters, then one that shows, then all that does not hide. Made from
/// the rules themselves, for the basic plane: there is no way to write a character beyond it that
/// every engine reads, so the noncharacters and the invisible ones there are not in the pattern.
/// `line_end` is one more alternative to a single character.
fn pattern(forbidden: fn(char) -> bool, line_end: &str) -> String {
    let blank = |character: char| {
        !forbidden(character) && (character.is_whitespace() || invisible(character))
    };
    let unseen = |character: char| forbidden(character) || blank(character);
    let (blank, unseen, forbidden) = (class(blank), class(unseen), class(forbidden));
    format!("^([{blank}]{line_end})*[^{unseen}]([^{forbidden}]{line_end})*$")
}

/// The inside of a character class.
fn class(of: impl Fn(char) -> bool) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for code in (0..=0xFFFF).filter(|code| char::from_u32(*code).is_some_and(&of)) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == code => *last = code,
            _ => ranges.push((code, code)),
        }
    }
    ranges.iter().fold(String::new(), |text, (first, last)| {
        if first == last {
            text + &format!("\\u{first:04X}")
        } else {
            text + &format!("\\u{first:04X}-\\u{last:04X}")
        }
    })
}

/// Control characters (C0, C1), line separators, bidi controls and noncharacters.
fn hides(character: char) -> bool {
    let code = u32::from(character);
    character.is_control()
        || matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || matches!(code, 0xFDD0..=0xFDEF)
        || code & 0xFFFE == 0xFFFE
}

fn hides_in_lines(character: char) -> bool {
    hides(character) && character != '\n' && character != '\t'
}

/// Characters that show nothing on their own: a name made of them alone looks empty. They are
/// Unicode's `Default_Ignorable_Code_Point`, the interlinear annotations and the blank of braille.
fn invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// A network, by its first address: `203.0.113.7/24` may mean one address or all of them. An IPv4 network
/// within IPv6 matches nothing, because a mapped address is compared as IPv4.
///
/// # Errors
/// `not_a_network`.
pub fn network(name: &str) -> Result<IpNet, Invalid> {
    let network: IpNet = name.parse().map_err(|_| Invalid("not_a_network"))?;
    let first = network.network() == network.addr();
    let mapped =
        matches!(network.addr(), IpAddr::V6(address) if address.to_ipv4_mapped().is_some());
    (first && !mapped && network.to_string() == name)
        .then_some(network)
        .ok_or(Invalid("not_a_network"))
}
