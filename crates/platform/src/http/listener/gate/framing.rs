//! Where the body of a request ends.
//!
//! The chunked coding lets a client send megabytes of framing around one byte of data, so the parts
//! that nobody needs are refused: extensions, trailers, sizes of more than eight digits, chunks
//! without number, of which each is a step for every reader behind. What passes is read the same
//! way by every parser.
//!
//! Controls: HT-03, LI-03

/// What remains of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Nothing.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks, from this place on, and at most so many more.
    Chunked { place: Chunked, more: usize },
}

/// A place in the chunked coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunked {
    /// In a chunk's size: its value so far, its digits so far.
    Size(u64, u8),
    /// Before the line feed after a size.
    SizeEnd(u64),
    /// In a chunk's data: so many bytes, and the line end, to go.
    Data(u64),
    /// Before the carriage return after data.
    DataCr,
    /// Before the line feed after data.
    DataLf,
    /// Before the carriage return of the empty line that ends it all.
    LastCr,
    /// Before its line feed.
    LastLf,
}

/// A byte that the coding has no place for, or a chunk too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl Framing {
    #[must_use]
    pub fn length(length: u64) -> Self {
        if length == 0 {
            Self::None
        } else {
            Self::Length(length)
        }
    }

    /// A body of at most so many chunks, the last and empty one not counted.
    #[must_use]
    pub fn chunked(most: usize) -> Self {
        Self::Chunked {
            place: Chunked::Size(0, 0),
            more: most,
        }
    }

    /// How many of `bytes` belong to this body, and what then remains of it.
    ///
    /// # Errors
    /// [`Malformed`] at the first byte that does not fit, or behind one chunk too many.
    pub fn advance(self, bytes: &[u8]) -> Result<(usize, Self), Malformed> {
        match self {
            Self::None => Ok((0, Self::None)),
            Self::Length(remaining) => {
                let available = bytes.len() as u64;
                let taken = remaining.min(available);
                // Not more than `bytes.len()`.
                let count = usize::try_from(taken).map_err(|_| Malformed)?;
                Ok((count, Self::length(remaining - taken)))
            }
            Self::Chunked {
                mut place,
                mut more,
            } => {
                let mut at = 0;
                while let Some(byte) = bytes.get(at) {
                    if let Chunked::Data(remaining) = place {
                        let available = (bytes.len() - at) as u64;
                        let taken = remaining.min(available);
                        at += usize::try_from(taken).map_err(|_| Malformed)?;
                        let left = remaining - taken;
                        place = if left == 0 {
                            Chunked::DataCr
                        } else {
                            Chunked::Data(left)
                        };
                        continue;
                    }
                    at += 1;
                    match step(place, *byte)? {
                        Some(next) => {
                            if place == Chunked::DataLf {
                                more = more.checked_sub(1).ok_or(Malformed)?;
                            }
                            place = next;
                        }
                        None => return Ok((at, Self::None)),
                    }
                }
                Ok((at, Self::Chunked { place, more }))
            }
        }
    }
}

/// The place after `byte`; `None` at the end of the body.
fn step(state: Chunked, byte: u8) -> Result<Option<Chunked>, Malformed> {
    let next = match (state, byte) {
        (Chunked::Size(size, digits), digit) if digit.is_ascii_hexdigit() && digits < 8 => {
            let value = char::from(digit).to_digit(16).unwrap_or_default();
            Chunked::Size(size * 16 + u64::from(value), digits + 1)
        }
        (Chunked::Size(size, 1..), b'\r') => Chunked::SizeEnd(size),
        (Chunked::SizeEnd(0), b'\n') => Chunked::LastCr,
        (Chunked::SizeEnd(size), b'\n') => Chunked::Data(size),
        (Chunked::DataCr, b'\r') => Chunked::DataLf,
        (Chunked::DataLf, b'\n') => Chunked::Size(0, 0),
        (Chunked::LastCr, b'\r') => Chunked::LastLf,
        (Chunked::LastLf, b'\n') => return Ok(None),
        _ => return Err(Malformed),
    };
    Ok(Some(next))
}
