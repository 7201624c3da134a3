//! A blocking socket for a client of TLS, on which all of an exchange has one end.
//!
//! A timeout for each read is no bound: a peer that sends or takes a byte before each one ends holds the thread for
//! hours, and in a handshake nobody knows yet who it is.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// A connection. What is read and written on it is `TimedOut` after a moment that [`Self::within`] moves.
#[derive(Debug)]
pub struct TimedSocket {
    socket: TcpStream,
    until: Instant,
}

impl TimedSocket {
    /// Connects to the first of these addresses that answers. All of them together, and what is read and written then,
    /// have this time; an address has an equal part of what is left.
    ///
    /// # Errors
    /// When none answers in time.
    pub fn connect(addresses: &[SocketAddr], time: Duration) -> io::Result<Self> {
        let until = Instant::now() + time;
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for (address, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
            let part = rest(until)? / u32::try_from(left).unwrap_or(u32::MAX);
            match TcpStream::connect_timeout(address, part.max(SHORTEST)) {
                Ok(socket) => {
                    // A message is written as a whole.
                    socket.set_nodelay(true)?;
                    return Ok(Self { socket, until });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Gives all that follows this time.
    pub fn within(&mut self, time: Duration) {
        self.until = Instant::now() + time;
    }

    /// Writes no more.
    ///
    /// # Errors
    /// When the connection is broken.
    pub fn finish(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }
}

/// A timeout of zero would be none.
const SHORTEST: Duration = Duration::from_millis(1);

fn rest(until: Instant) -> io::Result<Duration> {
    let rest = until.saturating_duration_since(Instant::now());
    if rest.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(rest.max(SHORTEST))
}

/// What Linux calls a timeout of a socket.
fn named(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
        _ => error,
    }
}

impl Read for TimedSocket {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(rest(self.until)?))?;
        self.socket.read(bytes).map_err(named)
    }
}

impl Write for TimedSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(rest(self.until)?))?;
        self.socket.write(bytes).map_err(named)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    const TIME: Duration = Duration::from_millis(300);
    /// A peer goes on for so long: what waits for its end has no end of its own.
    const LONG: Duration = Duration::from_secs(10);

    /// A connection to a peer that does this again and again.
    fn to(mut peer: impl FnMut(&mut TcpStream) -> io::Result<()> + Send + 'static) -> TimedSocket {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let began = Instant::now();
            while began.elapsed() < LONG && peer(&mut socket).is_ok() {
                thread::sleep(Duration::from_millis(10));
            }
        });
        TimedSocket::connect(&[address], TIME).unwrap()
    }

    fn is_late<T>(done: io::Result<T>) -> bool {
        done.is_err_and(|error| error.kind() == io::ErrorKind::TimedOut)
    }

    #[test]
    fn a_peer_that_sends_a_byte_now_and_then_is_given_up() {
        let mut socket = to(|socket| socket.write_all(b"a"));
        assert!(is_late(socket.read_to_end(&mut Vec::new())));
        // New time, and the bytes that came meanwhile.
        socket.within(TIME);
        assert!(socket.read(&mut [0]).is_ok());
        assert!(is_late(socket.read_to_end(&mut Vec::new())));
    }

    #[test]
    fn a_peer_that_takes_a_little_now_and_then_is_given_up() {
        let mut piece = vec![0; 256 * 1024];
        let mut socket = to(move |socket| socket.read(&mut piece).map(drop));
        let sent = vec![0; 1024 * 1024];
        let mut ends = std::iter::repeat_with(|| socket.write_all(&sent));
        assert!(is_late(ends.find(Result::is_err).unwrap()));
    }

    #[test]
    fn an_address_that_refuses_is_followed_by_the_next_one() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap();
        let refusing = closed.local_addr().unwrap();
        drop(closed);
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let answering = open.local_addr().unwrap();
        assert!(TimedSocket::connect(&[refusing, answering], LONG).is_ok());
        assert!(TimedSocket::connect(&[refusing], LONG).is_err());
        assert!(TimedSocket::connect(&[], LONG).is_err());
    }
}
