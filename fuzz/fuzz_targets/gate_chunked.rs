//! The chunked coding: with any cuts between the bytes, and for every reader, the body ends in one place.

#![no_main]

use libfuzzer_sys::fuzz_target;
use platform::http::listener::gate::framing::{Framing, Malformed};

/// Few, so that the fuzzer reaches them.
const MOST: usize = 8;

fuzz_target!(|bytes: &[u8]| {
    let whole = Framing::chunked(MOST).advance(bytes);
    for cut in 0..=bytes.len().min(256) {
        let (first, second) = bytes.split_at(cut);
        assert_eq!(fed([first, second]), whole, "cut at {cut}");
    }
    assert_eq!(fed(bytes.chunks(1)), whole);

    match (whole, reference(bytes)) {
        (Ok((count, Framing::None)), Some(end)) => assert_eq!(count, end),
        (Ok((count, _)), None) => assert_eq!(count, bytes.len()),
        (Err(Malformed), None) => {}
        differ => panic!("{differ:?}"),
    }
});

fn fed<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Result<(usize, Framing), Malformed> {
    let mut framing = Framing::chunked(MOST);
    let mut total = 0;
    for piece in pieces {
        let (count, rest) = framing.advance(piece)?;
        assert!(count == piece.len() || rest == Framing::None);
        total += count;
        framing = rest;
    }
    Ok((total, framing))
}

/// RFC 9112 §7.1 without extensions and trailers, and with so many chunks, as plainly as it can be read.
fn reference(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    for chunk in 0.. {
        let length = bytes[at..].windows(2).position(|pair| pair == b"\r\n")?;
        let digits = std::str::from_utf8(&bytes[at..at + length]).ok()?;
        if !(1..=8).contains(&length) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let size = usize::from_str_radix(digits, 16).ok()?;
        at += length + 2 + size;
        if bytes.get(at..at + 2)? != b"\r\n" {
            return None;
        }
        at += 2;
        if size == 0 {
            return Some(at);
        }
        if chunk == MOST {
            return None;
        }
    }
    None
}
