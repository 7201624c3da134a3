//! Where an attack is played: it sends, and everything that went over the wire is kept for the report.

use std::{
    io::{Read, Write},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use testkit::{Actor, Connection};

use crate::{
    answer::{Answer, Response},
    attack::{Missing, Verdict},
    ground::{Ground, Service},
    request::Request,
    resource::Resource,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a connection may be held open by sending next to nothing.
const SLOWNESS: Duration = Duration::from_secs(25);
/// How many connections a flood has, and how many refusals end it.
const CONNECTIONS: usize = 4;
const ENOUGH: usize = 100;
/// After an answer, so long is listened for another one or the end.
const AFTERWARDS: Duration = Duration::from_secs(3);
/// Every quota as shipped is full again after four seconds, but for that of failed authentication.
const FULL_AGAIN: Duration = Duration::from_secs(5);

/// One exchange.
#[derive(Debug, Clone)]
pub struct Step {
    pub sent: Vec<u8>,
    pub received: Vec<u8>,
}

/// The stage of one attack.
pub struct Stage<'g> {
    ground: &'g Ground,
    fresh: Option<Service>,
    pub steps: Vec<Step>,
}

impl<'g> Stage<'g> {
    pub(crate) fn on(ground: &'g Ground) -> Self {
        Self {
            ground,
            fresh: None,
            steps: Vec::new(),
        }
    }

    /// The service under attack.
    pub(crate) fn service(&self) -> &Service {
        self.fresh.as_ref().unwrap_or(&self.ground.service)
    }

    /// From here on a service whose quotas are as shipped, and full.
    pub(crate) fn as_shipped(&mut self) -> Result<(), Missing> {
        match &self.ground.fresh {
            Some(start) => self.fresh = Some(start().map_err(Missing)?),
            // A service that runs: what the attack before used up is there again, or that quota refuses this one.
            None => thread::sleep(FULL_AGAIN),
        }
        Ok(())
    }

    /// Whether nobody started it for the attack, so that its quotas are what they are.
    pub(crate) fn is_as_it_was_found(&self) -> bool {
        self.ground.fresh.is_none()
    }

    pub(crate) fn resource(&self) -> Result<&'g Resource, Missing> {
        let resource = self.ground.resource.as_ref();
        resource.ok_or_else(|| Missing("The service has no resource with rows.".into()))
    }

    pub(crate) fn host(&self) -> &str {
        &self.service().host
    }

    pub(crate) fn editor(&self) -> String {
        self.service().editor.clone()
    }

    /// Sends a request and reads the answer.
    pub(crate) fn send(&mut self, request: &Request) -> Answer {
        let bytes = request.bytes(self.host());
        self.patiently(&bytes, request.is_head(), Duration::ZERO)
    }

    /// An answer that only asks for patience (429) is waited out: it says nothing about the attack.
    fn patiently(&mut self, bytes: &[u8], head: bool, after: Duration) -> Answer {
        let actor = self.service().public.clone();
        for _ in 0..4 {
            let answer = self.exchange(&actor, bytes, head, after);
            let wait = answer
                .field("retry-after")
                .and_then(|seconds| seconds.parse().ok());
            match (answer.status(), wait) {
                (Some(429), Some(seconds @ 0..=30)) => thread::sleep(Duration::from_secs(seconds)),
                _ => return answer,
            }
        }
        self.exchange(&actor, bytes, head, after)
    }

    /// The same at the admin listener.
    pub(crate) fn send_to_admin(&mut self, request: &Request) -> Result<Answer, Missing> {
        let admin = self.service().admin.clone();
        let missing = || Missing("The admin listener cannot be reached from here.".into());
        let bytes = request.bytes("localhost");
        Ok(self.exchange(&admin.ok_or_else(missing)?, &bytes, false, Duration::ZERO))
    }

    /// Sends bytes, reads what comes, and listens for what comes after the first response.
    pub(crate) fn raw(&mut self, bytes: impl AsRef<[u8]>) -> Answer {
        self.patiently(bytes.as_ref(), false, AFTERWARDS)
    }

    fn exchange(&mut self, actor: &Actor, bytes: &[u8], head: bool, after: Duration) -> Answer {
        let Some(mut connection) = actor.try_connect() else {
            return self.keep(bytes, Answer::default());
        };
        connection.write(bytes);
        let answer = listen(&mut connection, head, after);
        self.keep(bytes, answer)
    }

    /// Sends so many requests over a few connections at once, until enough are refused: the statuses in the order in
    /// which they came on each connection.
    pub(crate) fn flood(&mut self, requests: &[Request]) -> Answer {
        let actor = self.service().public.clone();
        let host = self.host().to_owned();
        let messages: Vec<Vec<u8>> = requests.iter().map(|one| one.bytes(&host)).collect();
        let refused = AtomicUsize::new(0);
        let mut answer = Answer::default();
        thread::scope(|scope| {
            let share = messages.len().div_ceil(CONNECTIONS).max(1);
            let all: Vec<_> = messages
                .chunks(share)
                .map(|share| scope.spawn(|| flood(&actor, share, &refused)))
                .collect();
            for one in all {
                answer.responses.extend(one.join().unwrap_or_default());
            }
        });
        let last = answer.responses.iter().find(|one| one.status == 429);
        let shown = last.map(|refused| {
            let statuses = statuses(&answer);
            let Response { status, fields, .. } = refused;
            format!("{statuses}\n\nthe first refusal: {status} {fields:?}").into_bytes()
        });
        let first = messages.first().map(Vec::as_slice).unwrap_or_default();
        self.steps.push(Step {
            sent: [format!("{} like this:\n", messages.len()).as_bytes(), first].concat(),
            received: shown.unwrap_or_else(|| statuses(&answer).into_bytes()),
        });
        answer
    }

    /// Sends bytes in the clear, and reads what comes.
    pub(crate) fn in_the_clear(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut socket = self.service().public.tcp();
        socket.set_read_timeout(Some(PATIENCE)).ok();
        socket.write_all(bytes).ok();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).ok();
        self.steps.push(Step {
            sent: bytes.to_vec(),
            received: answer.clone(),
        });
        answer
    }

    /// Begins with these bytes and then sends `drop` again and again: held where the service ends it in time.
    pub(crate) fn drip(&mut self, begin: &[u8], drop: &[u8]) -> Verdict {
        let Some(mut connection) = self.service().public.try_connect() else {
            return Verdict::Broken("The service does not listen.".to_owned());
        };
        connection.write(begin);
        let started = Instant::now();
        let mut received = Vec::new();
        while started.elapsed() < SLOWNESS {
            connection.write(drop);
            let (bytes, ended) = connection.listen(Duration::from_millis(200), |_| false);
            received.extend(bytes);
            if ended {
                let seconds = started.elapsed().as_secs();
                self.steps.push(step(begin, received));
                return Verdict::Held(format!(
                    "The connection was ended within {} s.",
                    seconds + 1
                ));
            }
        }
        self.steps.push(step(begin, received));
        let seconds = SLOWNESS.as_secs();
        Verdict::Broken(format!("The connection is still open after {seconds} s."))
    }

    /// What the report says was done beside requests.
    pub(crate) fn note(&mut self, sent: &str, received: &str) {
        self.steps
            .push(step(sent.as_bytes(), received.as_bytes().to_vec()));
    }

    fn keep(&mut self, sent: &[u8], answer: Answer) -> Answer {
        self.steps.push(step(sent, answer.bytes.clone()));
        answer
    }

    /// A POST of this body to the collection, by the editor.
    pub(crate) fn create(&mut self, body: impl Into<Vec<u8>>) -> Result<Answer, Missing> {
        let path = self.resource()?.collection.clone();
        let request = Request::new("POST", path).bearer(&self.editor()).json(body);
        Ok(self.send(&request))
    }

    /// A new row of the editor's: where it is.
    pub(crate) fn row(&mut self) -> Result<String, Missing> {
        let body = self.resource()?.content.to_string();
        let made = self.create(body)?;
        let location = made.field("location").map(str::to_owned);
        let status = made.status();
        location.ok_or_else(|| Missing(format!("No row can be made: {status:?}.")))
    }
}

fn step(sent: &[u8], received: Vec<u8>) -> Step {
    Step {
        sent: sent.to_vec(),
        received,
    }
}

/// One connection of a flood; a new one where it ends.
fn flood(actor: &Actor, messages: &[Vec<u8>], refused: &AtomicUsize) -> Vec<Response> {
    let mut connection: Option<Connection> = None;
    let mut responses = Vec::new();
    for message in messages {
        if refused.load(Ordering::Relaxed) >= ENOUGH {
            break;
        }
        let Some(mut open) = connection.take().or_else(|| actor.try_connect()) else {
            continue;
        };
        open.write(message);
        let (bytes, ended) = open.listen(PATIENCE, |bytes| {
            let answer = Answer::read(bytes.to_vec(), false, false);
            !answer.responses.is_empty()
        });
        let answer = Answer::read(bytes, ended, false);
        let asked_for_patience = answer.status() == Some(429);
        refused.fetch_add(usize::from(asked_for_patience), Ordering::Relaxed);
        if !ended && answer.field("connection") != Some("close") {
            connection = Some(open);
        }
        responses.extend(answer.responses);
    }
    responses
}

fn listen(connection: &mut Connection, head: bool, after: Duration) -> Answer {
    let whole = |bytes: &[u8]| {
        let responses = Answer::read(bytes.to_vec(), false, head).responses;
        responses.iter().any(|response| response.status != 100)
    };
    let (mut bytes, mut closed) = connection.listen(PATIENCE, whole);
    if !closed && !after.is_zero() {
        let (more, ended) = connection.listen(after, |_| false);
        bytes.extend(more);
        closed = ended;
    }
    Answer::read(bytes, closed, head)
}

/// `200×200 50×429`.
pub(crate) fn statuses(answer: &Answer) -> String {
    let mut counts = std::collections::BTreeMap::<u16, usize>::new();
    for response in &answer.responses {
        *counts.entry(response.status).or_default() += 1;
    }
    let words = counts
        .iter()
        .map(|(status, count)| format!("{count}×{status}"));
    words.collect::<Vec<_>>().join(" ")
}
