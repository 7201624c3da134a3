//! What both halves of the gateway are made of: the paths of the route table, and the fields that the service reads.

use crate::{
    config::Settings,
    http::{contract::access::Access, routing::route::Operation},
};

/// The fields of a request that the platform reads. Those of operations come from the route table. Every other
/// field ends at the gateway, so no name of a field that claims an identity or an address has to be known.
const FIELDS: [&str; 8] = [
    "Accept",
    "Accept-Encoding",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "Authorization",
    "Content-Encoding",
    "Content-Type",
    "Origin",
];

/// Every field of a request that goes through, sorted.
pub(super) fn fields(paths: &[Path<'_>]) -> Vec<String> {
    let operations = paths.iter().flat_map(|path| &path.operations);
    let mut fields: Vec<String> = operations
        .flat_map(|operation| operation.describe().header_fields())
        .chain(FIELDS.map(ToOwned::to_owned))
        .collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// A path template and its operations, in the order of the table.
pub(super) struct Path<'a> {
    template: &'a str,
    pub(super) operations: Vec<&'a Operation>,
}

impl Path<'_> {
    /// The path as a regular expression: a parameter is one segment of characters that need no escape.
    pub(super) fn pattern(&self) -> String {
        let segments = self.template.split('/').map(|segment| {
            if segment.starts_with('{') {
                "[A-Za-z0-9._~-]+".to_owned()
            } else {
                quoted(segment)
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// The first segment, where an operation here wants a token: what stands below it wants one as well.
    pub(super) fn protected_root(&self) -> Option<String> {
        let mut operations = self.operations.iter();
        operations.find(|operation| !matches!(operation.access, Access::Anyone))?;
        self.template.split('/').nth(1).map(quoted)
    }

    /// Its methods, and OPTIONS where pages of other origins may ask.
    pub(super) fn methods(&self, settings: &Settings) -> Vec<&str> {
        let methods = self
            .operations
            .iter()
            .map(|operation| operation.method.as_str());
        methods.chain(preflight(settings)).collect()
    }
}

/// The paths, in the order of the table.
pub(super) fn of(operations: &[Operation]) -> Vec<Path<'_>> {
    let mut paths: Vec<Path<'_>> = Vec::new();
    for operation in operations {
        match paths
            .iter_mut()
            .find(|path| path.template == operation.path)
        {
            Some(path) => path.operations.push(operation),
            None => paths.push(Path {
                template: &operation.path,
                operations: vec![operation],
            }),
        }
    }
    paths
}

/// The method of a preflight, where pages of other origins may ask.
pub(super) fn preflight(settings: &Settings) -> Option<&'static str> {
    (!settings.public.cors.allowed_origins.is_empty()).then_some("OPTIONS")
}

/// A text as a regular expression that means nothing but this text.
pub(super) fn quoted(text: &str) -> String {
    let escape = |c: char| (!c.is_alphanumeric() && !"-/:_".contains(c)).then_some('\\');
    text.chars()
        .flat_map(|c| escape(c).into_iter().chain([c]))
        .collect()
}
