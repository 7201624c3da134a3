//! The one bound on all waiting in tests: a wait that takes longer fails its test, with the name of the
//! awaited event.

use std::{
    fmt::Display,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

/// How long a test waits for anything.
pub const PATIENCE: Duration = Duration::from_mins(1);

const PAUSE: Duration = Duration::from_millis(2);

/// Waits until this is so.
pub fn until(what: impl Display, mut so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(PAUSE);
    }
}

/// The next message; none when nobody is left to send one.
pub fn next<T>(what: impl Display, messages: &Receiver<T>) -> Option<T> {
    match messages.recv_timeout(PATIENCE) {
        Ok(message) => Some(message),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => panic!("waited in vain: {what}"),
    }
}

/// The result of work that has no bound of its own.
pub fn within<T: Send + 'static>(
    what: impl Display,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    next(&what, &receiver).unwrap_or_else(|| panic!("{what} panicked"))
}

/// How a process ends by itself. One that does not is killed.
pub fn end(process: &mut Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            return status;
        }
        if started.elapsed() > PATIENCE {
            process.kill().ok();
            panic!("waited in vain: process {} ends", process.id());
        }
        thread::sleep(PAUSE);
    }
}

/// What a command prints until it ends. One that does not end is killed.
pub fn output(command: &mut Command) -> Output {
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut process = piped.stderr(Stdio::piped()).spawn().unwrap();
    let out = read(process.stdout.take().unwrap());
    let err = read(process.stderr.take().unwrap());
    let status = end(&mut process);
    Output {
        status,
        stdout: next("standard output ends", &out).unwrap(),
        stderr: next("standard error ends", &err).unwrap(),
    }
}

/// What a process prints, line by line, as it comes.
pub fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        lines.try_for_each(|line| sender.send(line))
    });
    receiver
}

fn read(mut stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok();
        sender.send(bytes)
    });
    receiver
}
