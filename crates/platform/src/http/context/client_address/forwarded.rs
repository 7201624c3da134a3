//! The grammar of `Forwarded` (RFC 7239 §4), read from its end.
//!
//! A comma or semicolon inside a quoted string separates nothing. Read from the left, a client that
//! opens a quoted string and never closes it would swallow what the proxy appends; read from the
//! right, the proxy's element is complete before the client's begins.

use std::borrow::Cow;

/// Where the last `separator` outside quoted strings is in `text`.
pub fn last(separator: u8, text: &[u8]) -> Option<usize> {
    let mut end = text.len();
    loop {
        let at = memchr::memrchr2(separator, b'"', text.get(..end)?)?;
        if text.get(at) == Some(&separator) {
            return Some(at);
        }
        end = opening_quote(text.get(..at)?)?;
    }
}

/// Where the quoted string begins whose closing quote follows `text`.
fn opening_quote(text: &[u8]) -> Option<usize> {
    let mut end = text.len();
    loop {
        let at = memchr::memrchr(b'"', text.get(..end)?)?;
        let before = text.get(..at)?.iter().rev();
        let escapes = before.take_while(|byte| **byte == b'\\').count();
        if escapes.is_multiple_of(2) {
            return Some(at);
        }
        end = at;
    }
}

/// The value of the parameter `name` of one element; none when it is absent, repeated or malformed.
pub fn parameter<'e>(element: &'e [u8], name: &[u8]) -> Option<Cow<'e, [u8]>> {
    let mut rest = Some(element);
    let mut found = None;
    while let Some(pairs) = rest {
        let semicolon = last(b';', pairs);
        let pair = pairs.get(semicolon.map_or(0, |at| at + 1)..)?;
        rest = semicolon.and_then(|at| pairs.get(..at));
        let equals = memchr::memchr(b'=', pair);
        let Some((key, value)) = equals.and_then(|at| pair.split_at_checked(at)) else {
            continue;
        };
        if key.trim_ascii().eq_ignore_ascii_case(name)
            && found.replace(value.get(1..)?.trim_ascii()).is_some()
        {
            return None;
        }
    }
    unquoted(found?)
}

/// The text of a token or of a quoted string.
fn unquoted(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    let Some(quoted) = value.strip_prefix(b"\"") else {
        return Some(Cow::Borrowed(value));
    };
    let quoted = quoted.strip_suffix(b"\"")?;
    let mut text = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return None,
            b'\\' => text.push(*bytes.next()?),
            byte => text.push(*byte),
        }
    }
    Some(Cow::Owned(text))
}
