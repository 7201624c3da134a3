//! What a head says to this connection, and the framework must not act upon.
//!
//! The gate decides about upgrades, `100 Continue` and the end of the connection. The framework
//! would read what follows `Upgrade: websocket` as one endless body, keep a connection of HTTP/1.0
//! open, and send `100 Continue` before anybody has asked who the client is. Values are blanked
//! where they stand: no byte moves, so the gate and the framework agree where the head ends.
//!
//! Controls: HT-08

/// Blanks `Upgrade`, `Expect`, and every option of `Connection` but `close`, in a head that has passed.
pub fn conceal(head: &mut [u8]) {
    for line in head.split_mut(|byte| *byte == b'\n') {
        let Some(colon) = memchr::memchr(b':', line) else {
            continue;
        };
        let (name, rest) = line.split_at_mut(colon);
        let [_colon, value @ ..] = rest else { continue };
        if name.eq_ignore_ascii_case(b"upgrade") || name.eq_ignore_ascii_case(b"expect") {
            blank(value);
        } else if name.eq_ignore_ascii_case(b"connection") {
            let options = value.split_mut(|byte| *byte == b',');
            options
                .filter(|option| !option.trim_ascii().eq_ignore_ascii_case(b"close"))
                .for_each(blank);
        }
    }
}

fn blank(value: &mut [u8]) {
    for byte in value.iter_mut().filter(|byte| **byte != b'\r') {
        *byte = b' ';
    }
}
