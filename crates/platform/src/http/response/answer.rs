//! The successful answers there are. A handler returns one of these, and its status, headers and
//! schema are the type's: a 200 where a 201 is due does not compile (ASVS 4.1.1).

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, Schema, Type},
};

use super::etag::EntityTag;
use crate::http::contract::describe::{Description, Output};

/// 200 with a body.
#[derive(Debug)]
pub struct OkJson<T>(pub T);

/// 200 with a body and the entity tag of its version.
#[derive(Debug)]
pub struct Versioned<T> {
    pub tag: EntityTag,
    pub body: T,
}

/// 200 with one page of a collection.
#[derive(Debug)]
pub struct Listed<T> {
    pub body: T,
    /// The next page, as a relative reference: a host name is never repeated from the request.
    pub next: Option<String>,
}

/// 201 with the resource that was made, where it is and its version.
#[derive(Debug)]
pub struct Created<T> {
    pub location: String,
    pub tag: EntityTag,
    pub body: T,
}

/// 200 with plain text.
#[derive(Debug)]
pub struct Text(pub String);

/// 204.
#[derive(Debug)]
pub struct NoContent;

impl<T: Serialize> Responder for OkJson<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().json(self.0)
    }
}

impl<T: Serialize + ToSchema> Output for OkJson<T> {
    fn describe(description: &mut Description) {
        description.response::<T>(StatusCode::OK, "The resource.", &[]);
    }
}

impl<T: Serialize> Responder for Versioned<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::ETAG, self.tag.to_string()))
            .json(self.body)
    }
}

impl<T: Serialize + ToSchema> Output for Versioned<T> {
    fn describe(description: &mut Description) {
        let headers = [("ETag", "The version, for If-Match.", EntityTag::schema())];
        description.response::<T>(StatusCode::OK, "The resource and its version.", &headers);
    }
}

impl<T: Serialize> Responder for Listed<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(next) = self.next {
            response.insert_header((header::LINK, format!("<{next}>; rel=\"next\"")));
        }
        response.json(self.body)
    }
}

impl<T: Serialize + ToSchema> Output for Listed<T> {
    fn describe(description: &mut Description) {
        let text = "The next page with rel=\"next\" (RFC 8288); absent on the last.";
        let link = string(512, "^<[!-~]+>; rel=\"next\"$");
        let headers = [("Link", text, link)];
        description.response::<T>(StatusCode::OK, "One page.", &headers);
    }
}

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Created()
            .insert_header((header::LOCATION, self.location))
            .insert_header((header::ETAG, self.tag.to_string()))
            .json(self.body)
    }
}

impl<T: Serialize + ToSchema> Output for Created<T> {
    fn describe(description: &mut Description) {
        let headers = [
            ("Location", "Where it is.", string(256, "^/[!-~]+$")),
            ("ETag", "Its version, for If-Match.", EntityTag::schema()),
        ];
        description.response::<T>(StatusCode::CREATED, "Created.", &headers);
        description.problems([409]);
    }
}

impl Responder for Text {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(self.0)
    }
}

impl Output for Text {
    const PRODUCES: &'static str = "text/plain";

    fn describe(description: &mut Description) {
        let lines = string(4096, "^([^\\x00-\\x1F\\x7F]*\\n)*$");
        description.text_response(
            StatusCode::OK,
            "The text.",
            "text/plain; charset=utf-8",
            lines,
        );
        description.problems([404]);
    }
}

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl Output for NoContent {
    fn describe(description: &mut Description) {
        description.empty_response(StatusCode::NO_CONTENT, "Done.");
    }
}

/// A schema of text that is bounded and of one form.
pub(super) fn string(max_length: usize, pattern: &str) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(max_length))
        .pattern(Some(pattern))
        .into()
}
