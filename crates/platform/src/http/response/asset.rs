//! Answers that are no JSON of a resource: the metrics, a page, and the files that it loads.
//!
//! The media type stands in the type of the answer, so `Accept` is checked against it, the document has
//! it, and a file cannot be sent as something that a browser runs.

use std::marker::PhantomData;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{StatusCode, header::CONTENT_TYPE},
    web::Bytes,
};

use super::answer::string;
use crate::http::{
    context::page_policy::PagePolicy,
    contract::describe::{Description, Output},
};

/// A media type of an asset.
pub trait AssetType: 'static {
    /// Without parameters, for `Accept`.
    const NAME: &'static str;
    /// As it is sent.
    const CONTENT_TYPE: &'static str;
}

macro_rules! asset_types {
    ($($(#[$doc:meta])* $type:ident = $name:literal $parameters:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $type {}

        impl AssetType for $type {
            const NAME: &'static str = $name;
            const CONTENT_TYPE: &'static str = concat!($name, $parameters);
        }
    )*};
}

asset_types! {
    /// A document.
    Json = "application/json" "";
    /// A script of a page.
    JavaScript = "text/javascript" "; charset=utf-8";
    /// The style of a page.
    Css = "text/css" "; charset=utf-8";
    /// A page.
    Html = "text/html" "; charset=utf-8";
    /// Metrics, as OpenMetrics 1.0 writes them.
    OpenMetrics = "application/openmetrics-text" "; version=1.0.0; charset=utf-8";
}

/// 200 with a text of one media type.
#[derive(Debug)]
pub struct Asset<T> {
    text: Bytes,
    of: PhantomData<T>,
}

impl<T: AssetType> Asset<T> {
    /// This text.
    pub fn new(text: impl Into<Bytes>) -> Self {
        Self {
            text: text.into(),
            of: PhantomData,
        }
    }
}

impl<T: AssetType> Responder for Asset<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((CONTENT_TYPE, T::CONTENT_TYPE));
        response.body(self.text)
    }
}

impl<T: AssetType> Output for Asset<T> {
    const PRODUCES: &'static str = T::NAME;

    fn describe(description: &mut Description) {
        let text = string(16 << 20, "^[^\\x00]*$");
        description.text_response(StatusCode::OK, "The text.", T::CONTENT_TYPE, text);
    }
}

/// 200 with a page, which is compiled in: nothing in it comes from a client.
#[derive(Debug)]
pub struct Page {
    pub html: &'static str,
    pub policy: PagePolicy,
}

impl Responder for Page {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = Asset::<Html>::new(self.html).respond_to(request);
        response.extensions_mut().insert(self.policy);
        response
    }
}

impl Output for Page {
    const PRODUCES: &'static str = Html::NAME;

    fn describe(description: &mut Description) {
        Asset::<Html>::describe(description);
    }
}
