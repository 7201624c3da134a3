//! What `ModSecurity` has to know: paths, methods, media types and sizes. The rules of the Core Rule Set, which come
//! after these, look for attacks; these let nothing through but what the service has.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{Path, fields, preflight, quoted};
use crate::{config::Settings, http::contract::media_type::MediaType};

/// The first number of our rules; those of the Core Rule Set begin at 900000.
const FIRST: usize = 10_000;

/// The rules, each with a number of its own.
pub(super) fn rules(paths: &[Path<'_>], settings: &Settings) -> String {
    let mut rules = Rules(vec![variables(paths, settings)]);
    let public = &settings.public;
    let limits = &public.limits;

    let hosts: Vec<String> = public.hosts.iter().map(|host| quoted(host)).collect();
    rules.deny(
        421,
        "another host",
        &[(
            "REQUEST_HEADERS:Host",
            format!("!@rx (?i)^(?:{})(?::[0-9]+)?$", hosts.join("|")),
        )],
    );
    // The target, and all fields together.
    rules.0.push(format!(
        "SecRule REQUEST_URI_RAW \"@gt {}\" \"id:{},phase:1,t:none,t:length,deny,status:414,log,msg:'target too long'\"",
        limits.target_bytes,
        rules.next(),
    ));
    rules.deny(
        431,
        "too many fields",
        &[("&REQUEST_HEADERS", format!("@gt {}", limits.fields))],
    );
    // Of two fields of one name a proxy might pass on the other one than was looked at.
    for field in fields(paths) {
        let target = format!("&REQUEST_HEADERS:{field}");
        rules.deny(400, "a field twice", &[(&target, "@gt 1".to_owned())]);
        // nginx would drop it, and an attempt without a name is another one than one whose name is wrong. An empty
        // media type is another one than is read.
        if field == "Content-Type" {
            continue;
        }
        let target = format!("REQUEST_HEADERS:{field}");
        rules.deny(400, "an empty field", &[(&target, "@rx ^$".to_owned())]);
    }

    let all: Vec<String> = paths.iter().map(Path::pattern).collect();
    let unknown = || ("REQUEST_FILENAME", format!("!@rx ^(?:{})$", all.join("|")));
    // Without a token a path that is not there is answered as one that is.
    let protected: BTreeSet<String> = paths.iter().filter_map(Path::protected_root).collect();
    let protected: Vec<String> = protected.into_iter().collect();
    rules.deny(
        401,
        "no such path, and no token",
        &[
            ("&REQUEST_HEADERS:Authorization", "@eq 0".to_owned()),
            (
                "REQUEST_FILENAME",
                format!("@rx ^/(?:{})/", protected.join("|")),
            ),
            unknown(),
        ],
    );
    rules.deny(404, "no such path", &[unknown()]);
    for path in paths {
        let here = || ("REQUEST_FILENAME", format!("@rx ^{}$", path.pattern()));
        let methods = path.methods(settings).join("|");
        rules.deny(
            405,
            "no such method here",
            &[here(), ("REQUEST_METHOD", format!("!@rx ^(?:{methods})$"))],
        );
        for (media_type, methods) in by_media_type(path) {
            let these = ("REQUEST_METHOD", format!("@rx ^(?:{})$", methods.join("|")));
            let (message, target, test) = match media_type {
                Some(name) => (
                    "another media type",
                    "REQUEST_HEADERS:Content-Type",
                    format!("!@rx (?i)^{}(?:\\s*;.*)?$", quoted(name)),
                ),
                None => (
                    "a body that nobody reads",
                    "REQUEST_HEADERS:Content-Length",
                    "!@rx ^0?$".to_owned(),
                ),
            };
            rules.deny(415, message, &[here(), these, (target, test)]);
        }
    }
    // The service reads no coding, and what is coded cannot be looked at.
    rules.deny(
        415,
        "a coded body",
        &[("&REQUEST_HEADERS:Content-Encoding", "@gt 0".to_owned())],
    );
    rules.0.join("\n") + "\n"
}

/// The methods that read each media type, and those that read none.
fn by_media_type<'a>(path: &Path<'a>) -> BTreeMap<Option<&'static str>, Vec<&'a str>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for operation in &path.operations {
        let media_type = operation.consumes.map(MediaType::name);
        let methods = found.entry(media_type).or_default();
        methods.push(operation.method.as_str());
    }
    found
}

/// What the Core Rule Set asks a site to say, and how a body of JSON is read.
fn variables(paths: &[Path<'_>], settings: &Settings) -> String {
    let operations = || paths.iter().flat_map(|path| &path.operations);
    let mut methods: Vec<&str> = operations()
        .map(|operation| operation.method.as_str())
        .chain(preflight(settings))
        .collect();
    methods.sort_unstable();
    methods.dedup();
    let mut media_types: Vec<&str> = operations()
        .filter_map(|operation| operation.consumes)
        .map(MediaType::name)
        .collect();
    media_types.sort_unstable();
    media_types.dedup();
    let listed: Vec<String> = media_types.iter().map(|name| format!("|{name}|")).collect();
    let patterns: Vec<String> = media_types.iter().map(|name| quoted(name)).collect();
    let body = settings.public.limits.body_bytes;
    format!(
        "SecRequestBodyLimit {body}\n\
         SecRequestBodyNoFilesLimit {body}\n\
         SecAction \"id:{FIRST},phase:1,t:none,pass,nolog,\
         setvar:'tx.allowed_methods={}',setvar:'tx.allowed_request_content_type={}',\
         setvar:'tx.allowed_request_content_type_charset=utf-8'\"\n\
         SecRule REQUEST_HEADERS:Content-Type \"@rx (?i)^(?:{})(?:\\s*;|$)\" \
         \"id:{},phase:1,t:none,pass,nolog,ctl:requestBodyProcessor=JSON\"",
        methods.join(" "),
        listed.join(" "),
        patterns.join("|"),
        FIRST + 1,
    )
}

struct Rules(Vec<String>);

impl Rules {
    fn next(&self) -> usize {
        // The first text has two.
        FIRST + 1 + self.0.len()
    }

    /// A rule that stops a request at which all of these conditions hold.
    fn deny(&mut self, status: u16, message: &str, conditions: &[(&str, String)]) {
        let number = self.next();
        let last = conditions.len().saturating_sub(1);
        let rules = conditions.iter().enumerate().map(|(at, (target, test))| {
            let chain = if at < last { ",chain" } else { "" };
            let actions = if at == 0 {
                format!(
                    "id:{number},phase:1,t:none,deny,status:{status},log,msg:'{message}'{chain}"
                )
            } else {
                format!("t:none{chain}")
            };
            format!("SecRule {target} \"{test}\" \"{actions}\"")
        });
        let text = rules.collect::<Vec<_>>().join("\n    ");
        self.0.push(text);
    }
}
