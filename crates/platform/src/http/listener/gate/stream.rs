//! The stream that the framework reads from: what has passed the gate, within its deadlines.
//!
//! It holds a request's head back until all of it is there and has been judged. A client that sends
//! slowly, without end, or never reads costs one timer and one buffer, for a bounded time
//! (slowloris, RUDY, CVE-2019-9511).
//!
//! Controls: LI-01, LI-02, LI-03, LI-04

use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::web::{Buf, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::{
    ConnectionState, Limits, ProtocolError,
    conceal::conceal,
    framing::Framing,
    head::{self, Passed, Progress},
};
use crate::http::listener::connections::ConnectionPermit;

/// How much is read from the client at a time.
const READ_BYTES: usize = 8 * 1024;
/// The handler answers a late or large body first; then the connection ends.
const GRACE: Duration = Duration::from_secs(2);

mod drain;
mod invite;
mod pace;
#[cfg(test)]
mod tests;
mod write;

/// A client's stream behind the gate.
pub struct Gate<S> {
    /// What it reads from.
    pub stream: S,
    /// What the client calls in TLS; none where `Host` may be another name.
    pub called: Option<Box<str>>,
    limits: Rc<Limits>,
    state: Rc<ConnectionState>,
    phase: Phase,
    /// Bytes from the client that have not passed yet.
    received: BytesMut,
    /// How many of `received` may be handed on.
    passed: usize,
    read_deadline: Option<Pin<Box<Sleep>>>,
    /// Whether that deadline is for the first byte of another request.
    rests: bool,
    write_deadline: Option<Pin<Box<Sleep>>>,
    /// When the answer under way must have been taken; it moves with what is taken of it.
    answer_due: Option<Instant>,
    lingered: usize,
    /// Given back when the connection ends.
    _permit: ConnectionPermit,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// In a head, of which so much has been looked at.
    Head { progress: Progress },
    /// In a body, of which so many bytes have passed.
    Body {
        framing: Framing,
        passed: u64,
        last: bool,
    },
    /// Nothing more is read. `true`: the framework is told that the client has gone.
    Over { eof: bool },
}

impl<S: AsyncRead + AsyncWrite + Unpin> Gate<S> {
    #[must_use]
    pub fn new(stream: S, limits: Rc<Limits>, permit: ConnectionPermit) -> Self {
        let first_head = Instant::now() + limits.head_time;
        Self {
            stream,
            called: None,
            limits,
            state: Rc::new(ConnectionState::new(permit.connection().clone())),
            phase: Phase::Head {
                progress: Progress::default(),
            },
            received: BytesMut::new(),
            passed: 0,
            read_deadline: Some(Box::pin(sleep_until(first_head))),
            rests: false,
            write_deadline: None,
            answer_due: None,
            lingered: 0,
            _permit: permit,
        }
    }

    /// What this gate and the requests on its connection tell each other.
    #[must_use]
    pub fn state(&self) -> Rc<ConnectionState> {
        self.state.clone()
    }

    fn refuse(&mut self, refusal: ProtocolError) {
        if !self.state.begin() {
            return self.end_now();
        }
        self.answer_due = None;
        self.state.refusal.set(Some(refusal));
        self.received.clear();
        self.received.extend_from_slice(ProtocolError::AS_REQUEST);
        self.passed = self.received.len();
        self.read_deadline = None;
        // Our request says `connection: close`: the framework ends the connection by itself.
        self.phase = Phase::Over { eof: false };
    }

    /// Looks at what has been received and not passed; true when more of it may be handed on.
    fn judge(&mut self) -> bool {
        match self.phase {
            Phase::Head { mut progress } => {
                let found = head::find_end(&self.received, &mut progress, &self.limits);
                let check = |head| head::check(head, &self.limits, self.called.as_deref());
                let judged = found.and_then(|end| {
                    let head = end.and_then(|end| self.received.get(..end));
                    Ok(end.zip(head.map(check).transpose()?))
                });
                match judged {
                    Err(refusal) => self.refuse(refusal),
                    Ok(None) => self.phase = Phase::Head { progress },
                    Ok(Some(_)) if !self.state.begin() => self.end_now(),
                    Ok(Some((end, head))) => self.pass(end, head),
                }
            }
            Phase::Body {
                framing,
                passed,
                last,
            } => match framing.advance(&self.received) {
                Ok((count, rest)) => {
                    self.passed = count;
                    let passed = passed + count as u64;
                    if count > 0 && self.state.is_held() {
                        // The client did not wait.
                        self.state.hold(false);
                    }
                    if rest == Framing::None {
                        self.end_request(last);
                    } else if passed > self.limits.body_wire_bytes {
                        // The extractor has answered 413, or will.
                        self.end_in(GRACE);
                    } else {
                        self.phase = Phase::Body {
                            framing: rest,
                            passed,
                            last,
                        };
                    }
                }
                // In the middle of a body there is nothing to put in its place: it just ends here,
                // and its reader finds it incomplete.
                Err(_) => self.phase = Phase::Over { eof: true },
            },
            Phase::Over { .. } => {}
        }
        self.passed > 0
    }

    fn end_request(&mut self, last: bool) {
        // What a client sends after `Connection: close` is not a request (RFC 9112 §9.6).
        self.phase = if last {
            Phase::Over { eof: false }
        } else {
            Phase::Head {
                progress: Progress::default(),
            }
        };
        self.read_deadline = None;
        self.rests = false;
    }

    /// The head of `end` bytes passes; its body, if there is one, comes next.
    fn pass(&mut self, end: usize, head: Passed) {
        if head.conceal
            && let Some(head) = self.received.get_mut(..end)
        {
            conceal(head);
        }
        self.passed = end;
        self.answer_due = None;
        self.state.hold(head.waits);
        if head.framing == Framing::None {
            self.end_request(head.last);
        } else {
            self.phase = Phase::Body {
                framing: head.framing,
                passed: 0,
                last: head.last,
            };
            self.set_read_deadline(self.limits.body_time + GRACE);
        }
    }

    /// Ends an evicted connection: without an answer, and without waiting for the client.
    fn end_now(&mut self) {
        self.phase = Phase::Over { eof: true };
        self.lingered = usize::MAX;
    }

    fn end_in(&mut self, time: Duration) {
        self.phase = Phase::Over { eof: false };
        self.set_read_deadline(time);
    }

    /// One request at a time: the next waits for the end of the response, and for a client that does
    /// not read what it has already. Meanwhile its bytes stay where they are.
    fn must_wait(&self) -> bool {
        let between = matches!(self.phase, Phase::Head { .. }) && self.passed == 0;
        between && (self.state.open.get() || self.write_deadline.is_some())
    }

    /// Reads once from the client, into `received`; false at the end of its stream.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        // Not zeroed: every request passes here twice.
        let mut bytes = [const { MaybeUninit::uninit() }; READ_BYTES];
        let mut buffer = ReadBuf::uninit(&mut bytes);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        self.received.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(!buffer.filled().is_empty()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gate<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let gate = self.get_mut();
        gate.poll_read_deadline(cx);
        if gate.state.is_evicted(cx) {
            gate.end_now();
        }
        if let Poll::Ready(outcome) = gate.poll_invite(cx) {
            outcome?;
        }
        loop {
            if gate.must_wait() {
                gate.state.wait(cx);
                return Poll::Pending;
            }
            gate.end_unasked();
            if gate.passed > 0 || gate.judge() {
                let count = gate.passed.min(buffer.remaining());
                buffer.put_slice(gate.received.get(..count).unwrap_or_default());
                gate.received.advance(count);
                gate.passed -= count;
                return Poll::Ready(Ok(()));
            }
            match gate.phase {
                Phase::Over { eof: true } => return Poll::Ready(Ok(())),
                Phase::Over { eof: false } => {
                    // Registers the deadline's waker, if there is one; the client is not listened to.
                    gate.poll_read_deadline(cx);
                    if !matches!(gate.phase, Phase::Over { eof: true }) {
                        return Poll::Pending;
                    }
                }
                Phase::Head { .. } | Phase::Body { .. } => {
                    gate.pace(cx);
                    gate.wait_to_invite(cx);
                    match gate.poll_fill(cx)? {
                        Poll::Ready(true) => {}
                        Poll::Pending if !gate.may_end() => return Poll::Pending,
                        _ => {
                            gate.phase = Phase::Over { eof: true };
                            gate.read_deadline = None;
                        }
                    }
                    gate.poll_read_deadline(cx);
                }
            }
        }
    }
}
