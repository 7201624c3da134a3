//! RFC 8259 §8.1: UTF-8 without a byte order mark and nothing else. A byte that one reader takes for
//! a quote and another for half a character is a way past whatever stands between them
//! (CONTROLS IN-07).

use super::{ByteRow, Case, and, between, case, each_bytes, invoice, with, with_text};

pub fn cases() -> Vec<Case> {
    let text = String::from_utf8(invoice()).unwrap();
    let utf16 =
        |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let utf32 = |order: fn(u32) -> [u8; 4]| {
        text.chars()
            .map(u32::from)
            .flat_map(order)
            .collect::<Vec<u8>>()
    };
    let wide = [
        ("UTF-16LE", utf16(u16::to_le_bytes), &b"\xFF\xFE"[..]),
        ("UTF-16BE", utf16(u16::to_be_bytes), b"\xFE\xFF"),
        ("UTF-32LE", utf32(u32::to_le_bytes), b"\xFF\xFE\0\0"),
        ("UTF-32BE", utf32(u32::to_be_bytes), b"\0\0\xFE\xFF"),
    ];
    let wide = wide.iter().flat_map(|(name, bytes, mark)| {
        [
            case(name, bytes.clone(), 400, " not_json"),
            case(
                &format!("{name} with its mark"),
                [mark, bytes.as_slice()].concat(),
                400,
                " not_json",
            ),
            case(
                &format!("the mark of {name}"),
                between(mark, b""),
                400,
                " not_json",
            ),
            case(
                &format!("half a document in {name}"),
                [&text.as_bytes()[..1], &bytes[1..]].concat(),
                400,
                " not_json",
            ),
        ]
    });
    [
        wide.collect(),
        each_bytes("before", BEFORE, |bytes| between(bytes, b"")),
        each_bytes("after", AFTER, |bytes| between(b"", bytes)),
        each_bytes("in a string", IN_STRINGS, |bytes| {
            with_text(&[b"a", bytes, b"b"].concat())
        }),
        each_bytes("at a string's end", ENDS, with_text),
        each_bytes("in a name", IN_NAMES, |name| {
            and(&[b"\"", name, b"\":\"x\""].concat())
        }),
        each_bytes("between members", IN_STRUCTURE, and),
        each_bytes("for a value", VALUES, |bytes| with("memo", bytes)),
    ]
    .concat()
}

#[rustfmt::skip]
const BEFORE: &[ByteRow] = &[
    ("a byte order mark",            b"\xEF\xBB\xBF",             400, " not_json"),
    ("two byte order marks",         b"\xEF\xBB\xBF\xEF\xBB\xBF", 400, " not_json"),
    ("a space, then the mark",       b" \xEF\xBB\xBF",            400, " not_json"),
    ("half a byte order mark",       b"\xEF\xBB",                 400, " not_json"),
    ("the mark read as Latin-1",     b"\xC3\xAF\xC2\xBB\xC2\xBF", 400, " not_json"),
    ("the mark of UTF-7",            b"+/v8-",                    400, " not_json"),
    ("the mark of GB 18030",         b"\x84\x31\x95\x33",         400, " not_json"),
    ("the mark of compressed text",  b"\x0E\xFE\xFF",             400, " not_json"),
    ("gzip",                         b"\x1F\x8B\x08",             400, " not_json"),
    ("a lone continuation",          b"\x80",                     400, " not_json"),
];

#[rustfmt::skip]
const AFTER: &[ByteRow] = &[
    ("a byte order mark",            b"\xEF\xBB\xBF",     400, " not_json"),
    ("half of two bytes",            b"\xC3",             400, " not_json"),
    ("two of three bytes",           b"\xE2\x82",         400, " not_json"),
    ("three of four bytes",          b"\xF0\x9F\x98",     400, " not_json"),
    ("a continuation",               b"\xBF",             400, " not_json"),
    ("FF",                           b"\xFF",             400, " not_json"),
    ("an overlong NUL",              b"\xC0\x80",         400, " not_json"),
    ("a Latin-1 space",              b"\xA0",             400, " not_json"),
];

/// Among text: `a…b`.
#[rustfmt::skip]
const IN_STRINGS: &[ByteRow] = &[
    ("the first continuation",       b"\x80",                     400, " not_json"),
    ("the last continuation",        b"\xBF",                     400, " not_json"),
    ("two continuations",            b"\x80\xBF",                 400, " not_json"),
    ("a first byte of two",          b"\xC3",                     400, " not_json"),
    ("a first byte of three",        b"\xE2",                     400, " not_json"),
    ("two bytes of three",           b"\xE2\x82",                 400, " not_json"),
    ("a first byte of four",         b"\xF0",                     400, " not_json"),
    ("two bytes of four",            b"\xF0\x9F",                 400, " not_json"),
    ("three bytes of four",          b"\xF0\x9F\x98",             400, " not_json"),
    ("one continuation too many",    b"\xC3\xA9\xA9",             400, " not_json"),
    ("a first byte for the second",  b"\xC3\xC3",                 400, " not_json"),
    ("a letter for the third",       b"\xE2\x82A",                400, " not_json"),
    ("the byte FE",                  b"\xFE",                     400, " not_json"),
    ("the byte FF",                  b"\xFF",                     400, " not_json"),
    ("FE and FF",                    b"\xFE\xFF",                 400, " not_json"),
    ("an overlong NUL",              b"\xC0\x80",                 400, " not_json"),
    ("an overlong slash in two",     b"\xC0\xAF",                 400, " not_json"),
    ("an overlong letter in two",    b"\xC1\x81",                 400, " not_json"),
    ("an overlong quote in two",     b"\xC0\xA2",                 400, " not_json"),
    ("an overlong slash in three",   b"\xE0\x80\xAF",             400, " not_json"),
    ("the last overlong in three",   b"\xE0\x9F\xBF",             400, " not_json"),
    ("an overlong slash in four",    b"\xF0\x80\x80\xAF",         400, " not_json"),
    ("the last overlong in four",    b"\xF0\x8F\xBF\xBF",         400, " not_json"),
    ("an overlong slash in five",    b"\xF8\x80\x80\x80\xAF",     400, " not_json"),
    ("an overlong slash in six",     b"\xFC\x80\x80\x80\x80\xAF", 400, " not_json"),
    ("the first of five bytes",      b"\xF8\x88\x80\x80\x80",     400, " not_json"),
    ("the last of six bytes",        b"\xFD\xBF\xBF\xBF\xBF\xBF", 400, " not_json"),
    ("the first beyond Unicode",     b"\xF4\x90\x80\x80",         400, " not_json"),
    ("far beyond Unicode",           b"\xF7\xBF\xBF\xBF",         400, " not_json"),
    ("the first surrogate",          b"\xED\xA0\x80",             400, " not_json"),
    ("the last surrogate",           b"\xED\xBF\xBF",             400, " not_json"),
    ("a pair as in CESU-8",          b"\xED\xA0\xBD\xED\xB8\x80", 400, " not_json"),
    ("a pair, half of it escaped",   b"\\uD83D\xED\xB8\x80",      400, " not_json"),
    ("a Latin-1 letter",             b"\xE9",                     400, " not_json"),
    ("quotes of Windows-1252",       b"\x93x\x94",                400, " not_json"),
    ("Shift JIS with a backslash",   b"\x83\x5C",                 400, " not_json"),
    ("GBK with a backslash",         b"\xBF\x5C",                 400, " not_json"),
    ("an escape of ISO-2022-JP",     b"\x1B$B",                   400, " not_json"),
];

/// At the end of text: what would swallow the closing quote.
#[rustfmt::skip]
const ENDS: &[ByteRow] = &[
    ("a first byte of two",          b"a\xC3",         400, " not_json"),
    ("two bytes of three",           b"a\xE2\x82",     400, " not_json"),
    ("three bytes of four",          b"a\xF0\x9F\x98", 400, " not_json"),
    ("a first byte of GBK",          b"a\xBF",         400, " not_json"),
    ("an escaped first byte",        b"a\\\xC3",       400, " not_json"),
];

/// For a name.
#[rustfmt::skip]
const IN_NAMES: &[ByteRow] = &[
    ("a lone continuation",          b"mem\x80o",             400, " not_json"),
    ("an overlong letter",           b"mem\xC1\xAF",          400, " not_json"),
    ("FF",                           b"mem\xFFo",             400, " not_json"),
    ("a surrogate",                  b"mem\xED\xA0\x80o",     400, " not_json"),
    ("an escaped half of a pair",    b"mem\\uD800o",          400, " not_json"),
    ("an unfinished character",      b"memo\xE2\x82",         400, " not_json"),
    ("a raw NUL",                    b"memo\0",               400, " not_json"),
    ("a raw line feed",              b"me\nmo",               400, " not_json"),
];

/// After a comma, where one more member is due.
#[rustfmt::skip]
const IN_STRUCTURE: &[ByteRow] = &[
    ("an overlong quote",            b"\xC0\xA2memo\":\"x\"",   400, " not_json"),
    ("an overlong colon",            b"\"memo\"\xC0\xBA\"x\"",  400, " not_json"),
    ("an overlong space",            b"\xC0\xA0\"memo\":\"x\"", 400, " not_json"),
    ("a Latin-1 space",              b"\xA0\"memo\":\"x\"",     400, " not_json"),
    ("an EBCDIC quote",              b"\x7Fmemo\x7F:\"x\"",     400, " not_json"),
    ("a name in UTF-7",              b"+ACI-memo+ACI-:\"x\"",   400, " not_json"),
];

#[rustfmt::skip]
const VALUES: &[ByteRow] = &[
    ("a string of CBOR",             b"\x61x",        400, " not_json"),
    ("a string of MessagePack",      b"\xA1x",        400, " not_json"),
    ("a string with its length",     b"\x01\0\0\0x",  400, " not_json"),
    ("FF",                           b"\xFF",         400, " not_json"),
];
