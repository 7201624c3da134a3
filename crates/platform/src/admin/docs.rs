//! `/docs`: the documents of both listeners in Swagger UI, for a browser of an operator.
//!
//! The library is compiled in: a page that loads script from elsewhere gives operators' tokens to whom
//! that elsewhere belongs. Every file is an operation of its own, so no path chooses a file. The page
//! permits script of this origin and nothing inline, and requests to the public listener beside it.
//! Where `admin.docs_login` names a client, the page gets tokens of callers from an OpenID provider, by authorization
//! code and PKCE, and may ask its token endpoint too. `admin.docs` switches all of it off.
//!
//! Controls: AD-01, HD-02

use std::{borrow::Cow, error::Error, sync::Arc};

use actix_web::web::{Bytes, Data};
use serde_json::json;
use url::Url;
use utoipa_swagger_ui::{Config, serve};

use crate::{
    auth::Anyone,
    http::{
        context::page_policy::PagePolicy,
        problem::Problem,
        response::asset::{Asset, Css, JavaScript, Json, Page},
        routing::route::Resource,
    },
};

const PAGE: &str = include_str!("../../page/index.html");
const START: &str = include_str!("../../page/start.js");
const SIGNED_IN: &str = include_str!("../../page/signed-in.html");
const HAND_OVER: &str = include_str!("../../page/signed-in.js");

/// The operations of the page: the page itself and each file that it loads.
#[must_use]
pub fn routes() -> Vec<Resource> {
    vec![
        Resource::at("/docs").get("docs_page", "Read the API's documents in a browser.", page),
        Resource::at("/docs/start.js").get("docs_start", "Start the page.", start),
        Resource::at("/docs/login.json").get("docs_login", "Where the page gets tokens.", login),
        Resource::at("/docs/signed-in").get(
            "docs_signed_in",
            "Return from the OpenID provider, with a code in the fragment.",
            signed_in,
        ),
        Resource::at("/docs/signed-in.js").get(
            "docs_hand_over",
            "Hand the code to the page.",
            hand_over,
        ),
        Resource::at("/docs/swagger-ui.css").get("docs_style", "The page's style.", style),
        Resource::at("/docs/swagger-ui-bundle.js").get(
            "docs_library",
            "The page's library.",
            library,
        ),
        Resource::at("/docs/swagger-ui-standalone-preset.js").get(
            "docs_layout",
            "The page's layout.",
            layout,
        ),
        Resource::at("/docs/public.json").get(
            "docs_public",
            "The document of the public listener.",
            public,
        ),
        Resource::at("/docs/admin.json").get("docs_admin", "The document of this listener.", admin),
    ]
}

/// The page's files; nothing when it is switched off.
pub struct Docs(Option<Files>);

/// The client that the page is at an OpenID provider, and where it gets tokens.
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    pub client_id: &'a str,
    pub token_url: &'a str,
}

struct Files {
    style: Bytes,
    library: Bytes,
    layout: Bytes,
    public: Bytes,
    admin: Bytes,
    login: Bytes,
    policy: PagePolicy,
}

impl Docs {
    /// No page: all of its paths are 404.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// The page of these documents. `origin` is that of the public listener, which the page may ask; at `login` it gets
    /// tokens.
    ///
    /// # Errors
    /// When a file of the library is missing, or an origin cannot stand in a header field.
    pub fn of(
        public: String,
        admin: String,
        origin: &str,
        login: Option<Login<'_>>,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let provider = login.map(|login| Url::parse(login.token_url)).transpose()?;
        let provider = provider.map(|url| url.origin().ascii_serialization());
        let origins: Vec<&str> = [origin].into_iter().chain(provider.as_deref()).collect();
        let client = login.map(|login| login.client_id);
        Ok(Self(Some(Files {
            style: of_library("swagger-ui.css")?,
            library: of_library("swagger-ui-bundle.js")?,
            layout: of_library("swagger-ui-standalone-preset.js")?,
            public: public.into(),
            admin: admin.into(),
            login: json!({ "client_id": client }).to_string().into(),
            policy: PagePolicy::asking(&origins)?,
        })))
    }

    fn files(&self) -> Result<&Files, Problem> {
        self.0.as_ref().ok_or(Problem::NotFound)
    }
}

fn of_library(name: &str) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
    let file = serve(name, Arc::new(Config::default())).map_err(|error| error.to_string())?;
    let file = file.ok_or_else(|| format!("Swagger UI has no {name}"))?;
    Ok(match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    })
}

async fn page(_: Anyone, docs: Data<Docs>) -> Result<Page, Problem> {
    let policy = docs.files()?.policy.clone();
    Ok(Page { html: PAGE, policy })
}

async fn start(_: Anyone, docs: Data<Docs>) -> Result<Asset<JavaScript>, Problem> {
    docs.files().map(|_| Asset::new(START))
}

async fn login(_: Anyone, docs: Data<Docs>) -> Result<Asset<Json>, Problem> {
    docs.files().map(|files| Asset::new(files.login.clone()))
}

async fn signed_in(_: Anyone, docs: Data<Docs>) -> Result<Page, Problem> {
    let policy = docs.files()?.policy.clone();
    let html = SIGNED_IN;
    Ok(Page { html, policy })
}

async fn hand_over(_: Anyone, docs: Data<Docs>) -> Result<Asset<JavaScript>, Problem> {
    docs.files().map(|_| Asset::new(HAND_OVER))
}

async fn style(_: Anyone, docs: Data<Docs>) -> Result<Asset<Css>, Problem> {
    docs.files().map(|files| Asset::new(files.style.clone()))
}

async fn library(_: Anyone, docs: Data<Docs>) -> Result<Asset<JavaScript>, Problem> {
    docs.files().map(|files| Asset::new(files.library.clone()))
}

async fn layout(_: Anyone, docs: Data<Docs>) -> Result<Asset<JavaScript>, Problem> {
    docs.files().map(|files| Asset::new(files.layout.clone()))
}

async fn public(_: Anyone, docs: Data<Docs>) -> Result<Asset<Json>, Problem> {
    docs.files().map(|files| Asset::new(files.public.clone()))
}

async fn admin(_: Anyone, docs: Data<Docs>) -> Result<Asset<Json>, Problem> {
    docs.files().map(|files| Asset::new(files.admin.clone()))
}
