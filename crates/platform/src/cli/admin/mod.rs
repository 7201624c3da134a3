//! `admin`: what operators do in an incident, one word for each.
//!
//! The words speak to the admin listener as any client does: over TLS, with the operator's certificate and
//! token, so the permission, the recent authentication and the record are the listener's. The program has no
//! other way in, and needs no access to the database.

mod calls;
mod client;
mod listener;
mod print;
mod words;

use clap::Args;

pub(super) use listener::Here;
use listener::Listener;
use words::Word;

use super::refused::{Refused, one};
use crate::{app, config::Profile};

/// Shown below the help of `admin`.
const EXAMPLES: &str = "\
Examples, of a service on this machine (docs/incident-response.md has the drills):
  admin restrict --subject mallory --action block --for 2h --reason \"exports at night\" --ticket INC-2031
  admin revoke --token-id 0199a3b2-7c11-7d3e-9f00-5b6a4c2d1e0f --reason \"posted in a chat\" --ticket INC-2031
  admin api-key list --owner alice
Elsewhere, each begins with:
  admin --url https://admin.example.com:9443 --ca ca.pem --cert me.pem --key me.key --token-file me.token
A word that had no answer may have done its work: look (admin list), then repeat it.";

#[derive(Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    listener: Listener,
    /// Print what the listener answered
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    word: Word,
}

impl Arguments {
    /// Whether the command line says where the service is and who asks, so that no configuration is read.
    pub fn is_elsewhere(&self) -> bool {
        self.listener.is_complete()
    }
}

/// Asks the listener; what it answered, as text.
///
/// # Errors
/// For a command that cannot be sent, and for what the listener refuses.
pub(super) fn run(arguments: &Arguments, here: Option<Here>) -> Result<String, Refused> {
    let here = here.filter(|here| arguments.listener.is_of(here.settings));
    let call = arguments.word.call(|| only_issuer(here?))?;
    let target = arguments.listener.target(here)?;
    let place = target.base.clone();
    let answer = client::ask(target, &call);
    let answer = answer.map_err(|error| one(format!("{place}: {error}")))?;
    if !answer.status.is_success() {
        return Err(print::problem(&call, &answer));
    }
    if arguments.json {
        return Ok(answer.body + "\n");
    }
    print::answer(&call, &answer).map_err(one)
}

/// The issuer that goes without saying: the service trusts no other.
fn only_issuer(Here { service, settings }: Here) -> Option<String> {
    let mut issuers: Vec<_> = settings
        .auth
        .issuers
        .iter()
        .map(|one| one.issuer.clone())
        .collect();
    if settings.profile == Profile::Dev {
        let development = app::development_issuer(service, settings).ok()?;
        issuers.push(development.settings().issuer);
    }
    match issuers.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}
