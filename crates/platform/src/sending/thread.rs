//! A thread that sends. It serves no requests, so it may block; it is told to end, and has a bounded time for that.

use std::{
    io,
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    thread,
    time::Duration,
};

use tokio::sync::oneshot;

/// How long the end of the process waits for what is still to be sent.
const CLOSE: Duration = Duration::from_secs(5);

/// A running thread. It is told to end when this is closed or dropped.
#[derive(Debug)]
pub struct SendingThread(Mutex<Option<Running>>);

#[derive(Debug)]
struct Running {
    /// Nothing is sent on it: the thread notices its end.
    stop: Sender<()>,
    ended: oneshot::Receiver<()>,
}

/// What the thread asks whether it should end.
#[derive(Debug)]
pub struct Stop(Receiver<()>);

impl Stop {
    /// Waits so long, or until the thread should end; whether it should.
    #[must_use]
    pub fn within(&self, time: Duration) -> bool {
        self.0.recv_timeout(time) != Err(RecvTimeoutError::Timeout)
    }

    /// Whether the thread should end.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.0.try_recv() != Err(TryRecvError::Empty)
    }
}

impl SendingThread {
    /// Starts a thread of this name.
    ///
    /// # Errors
    /// When the system has no room for a thread.
    pub fn start(name: &'static str, run: impl FnOnce(Stop) + Send + 'static) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                run(Stop(stopped));
                end.send(()).ok();
            })?;
        Ok(Self(Mutex::new(Some(Running { stop, ended }))))
    }

    /// Tells the thread to end, and waits for that, five seconds at most. Whether it has ended; true when it was
    /// closed before.
    pub async fn close(&self) -> bool {
        self.close_within(CLOSE).await
    }

    async fn close_within(&self, time: Duration) -> bool {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { stop, ended }) = running else {
            return true;
        };
        drop(stop);
        tokio::time::timeout(time, ended).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread that says when it has noticed its end.
    fn thread() -> (SendingThread, Receiver<&'static str>) {
        let (say, said) = mpsc::channel();
        let thread = SendingThread::start("test", move |stop| {
            while !stop.within(Duration::from_mins(1)) {}
            say.send(if stop.is_given() { "told" } else { "late" }).ok();
        });
        (thread.unwrap(), said)
    }

    #[tokio::test]
    async fn a_thread_that_is_closed_ends_and_is_waited_for() {
        let (thread, said) = thread();
        assert_eq!(said.try_recv(), Err(TryRecvError::Empty));
        assert!(thread.close().await);
        assert_eq!(said.try_recv(), Ok("told"));
        assert!(thread.close().await, "a second time");
    }

    #[test]
    fn a_thread_that_nobody_closed_ends_too() {
        let (thread, said) = thread();
        drop(thread);
        assert_eq!(said.recv_timeout(Duration::from_secs(20)), Ok("told"));
    }

    #[tokio::test]
    async fn a_thread_that_does_not_end_is_waited_for_in_bounded_time() {
        let (release, released) = mpsc::channel::<()>();
        let thread = SendingThread::start("test", move |_| {
            released.recv().ok();
        });
        let time = Duration::from_millis(50);
        assert!(!thread.unwrap().close_within(time).await);
        drop(release);
    }
}
