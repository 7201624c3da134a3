//! What a handler's arguments and result say about themselves to the OpenAPI document.
//!
//! A document written beside the code is wrong within a month. Here every extractor and every answer
//! describes itself, so the document is read off the handlers' signatures and cannot disagree.

use std::{
    any::type_name,
    collections::{BTreeMap, BTreeSet},
};

use actix_web::{FromRequest, Responder, http::StatusCode, web};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, HeaderBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
        path::{Parameter, ParameterBuilder, ParameterIn},
        request_body::{RequestBody, RequestBodyBuilder},
    },
};

use super::{access::Access, media_type::MediaType};
use crate::http::problem::Problem;

/// An argument of a handler behind its authorization rule.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not described as an input of an operation",
    label = "implement `platform::http::contract::describe::Input`, so that the OpenAPI document knows it"
)]
pub trait Input: FromRequest {
    /// The media type of the request body, when this argument is the body.
    const CONSUMES: Option<MediaType> = None;
    /// Whether this argument reads the query string.
    const READS_QUERY: bool = false;

    fn describe(_description: &mut Description) {}
}

/// What a handler returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not described as an answer of an operation",
    label = "return one of the types in `platform::http::response::answer`"
)]
pub trait Output: Responder<Body: 'static> {
    /// The media type of a success, for `Accept`.
    const PRODUCES: &'static str = "application/json";

    fn describe(description: &mut Description);
}

/// Shared state is no input of the client's.
impl<T: ?Sized + 'static> Input for web::Data<T> {}

impl<T: Output> Output for Result<T, Problem> {
    const PRODUCES: &'static str = T::PRODUCES;

    fn describe(description: &mut Description) {
        T::describe(description);
    }
}

/// A schema, the name that references to it have, and the type that it was read off.
pub(crate) struct NamedSchema {
    pub name: String,
    pub schema: RefOr<Schema>,
    pub origin: &'static str,
}

impl NamedSchema {
    /// The schema of `T`, and those that it refers to.
    pub fn all_of<T: ToSchema>() -> Vec<Self> {
        let mut found = vec![(T::name().into_owned(), <T as PartialSchema>::schema())];
        T::schemas(&mut found);
        let named = |(name, schema)| Self {
            name,
            schema,
            origin: type_name::<T>(),
        };
        found.into_iter().map(named).collect()
    }
}

/// An operation as its types describe it.
#[derive(Default)]
pub struct Description {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<RequestBody>,
    pub(crate) responses: BTreeMap<u16, Response>,
    pub(crate) problems: BTreeSet<u16>,
    pub(crate) schemas: Vec<NamedSchema>,
}

impl Description {
    /// What every operation can answer, given who may call it.
    pub(crate) fn of(access: Access) -> Self {
        let mut description = Self::default();
        description.problems([
            400, 403, 405, 406, 408, 414, 415, 417, 421, 429, 431, 500, 501, 503,
        ]);
        if access != Access::Anyone {
            description.problems([401]);
        }
        description
    }

    /// The media types of successes, each once.
    pub(crate) fn media_types(&self) -> Vec<String> {
        let contents = self.responses.values().map(|response| &response.content);
        let types: BTreeSet<&String> = contents.flat_map(|content| content.keys()).collect();
        types.into_iter().cloned().collect()
    }

    /// The header fields of a request that it reads.
    pub(crate) fn header_fields(&self) -> Vec<String> {
        let fields = self.parameters.iter();
        let fields = fields.filter(|parameter| parameter.parameter_in == ParameterIn::Header);
        fields.map(|parameter| parameter.name.clone()).collect()
    }

    /// Statuses of problem responses that this part can cause.
    pub fn problems(&mut self, statuses: impl IntoIterator<Item = u16>) {
        self.problems.extend(statuses);
    }

    /// A parameter in path or header.
    pub fn parameter(
        &mut self,
        name: &str,
        place: ParameterIn,
        required: bool,
        text: &str,
        schema: impl Into<RefOr<Schema>>,
    ) {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(if required {
                Required::True
            } else {
                Required::False
            })
            .description(Some(text))
            .schema(Some(schema.into()));
        self.parameters.push(parameter.build());
    }

    /// The request body.
    pub fn body<T: ToSchema>(&mut self, media_type: MediaType) {
        let content = Content::new(Some(self.schema::<T>()));
        self.body = Some(
            RequestBodyBuilder::new()
                .content(media_type.name(), content)
                .required(Some(Required::True))
                .build(),
        );
        self.problems([400, 408, 413, 415, 422]);
    }

    /// A successful response, with or without a JSON body, and its header fields.
    pub fn response<T: ToSchema>(
        &mut self,
        status: StatusCode,
        text: &str,
        headers: &[(&str, &str, Schema)],
    ) {
        let content = Content::new(Some(self.schema::<T>()));
        let response = ResponseBuilder::new()
            .description(text)
            .content("application/json", content);
        self.finish_response(status, response, headers);
    }

    /// A successful response that is a text of this media type.
    pub fn text_response(
        &mut self,
        status: StatusCode,
        text: &str,
        media_type: &str,
        schema: Schema,
    ) {
        let response = ResponseBuilder::new()
            .description(text)
            .content(media_type, Content::new(Some(schema)));
        self.finish_response(status, response, &[]);
    }

    /// A successful response without content.
    pub fn empty_response(&mut self, status: StatusCode, text: &str) {
        self.finish_response(status, ResponseBuilder::new().description(text), &[]);
    }

    fn finish_response(
        &mut self,
        status: StatusCode,
        response: ResponseBuilder,
        headers: &[(&str, &str, Schema)],
    ) {
        let response = headers
            .iter()
            .fold(response, |response, (name, text, schema)| {
                let header = HeaderBuilder::new()
                    .schema(Some(schema.clone()))
                    .description(Some(*text));
                response.header(*name, header.build())
            });
        self.responses.insert(status.as_u16(), response.build());
    }

    /// A reference to `T`'s schema, which becomes a component of the document.
    fn schema<T: ToSchema>(&mut self) -> RefOr<Schema> {
        self.schemas.extend(NamedSchema::all_of::<T>());
        Ref::from_schema_name(T::name()).into()
    }
}
