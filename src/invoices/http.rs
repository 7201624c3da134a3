//! The operations, each in the order of `docs/api-design.md`: the object and who may know of it
//! (404), its version (412), its state (409), then who may write which member (403).

use actix_web::web::Data;
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use super::{
    collection_path,
    model::{
        AmountMinor, Content, Currency, CustomerEmail, CustomerName, DueOn, Invoice, InvoiceId,
        Memo, Money, Status,
    },
    store::{Attempt, Creation, InvoiceStore, PageRequest, VisibleTo, Written},
};
use crate::{
    auth::{
        Allow, Either, InvoicesApprove, InvoicesCreate, InvoicesDelete, InvoicesRead,
        InvoicesUpdate, Permission, Principal,
    },
    clock::Clock,
    config::Idempotency,
    http::{
        answer::{Created, Listed, NoContent, Versioned},
        etag::{EntityTag, IfMatch},
        idempotency_key::IdempotencyKey,
        json::{Json, MergePatch},
        page::{Cursor, DEFAULT_LIMIT, MAX_LIMIT},
        path::Path,
        problem::{Problem, Violation},
        query::Query,
    },
    parse::{Invalid, Parse, rule},
};

type Store = Data<dyn InvoiceStore>;
type Time = Data<dyn Clock>;

/// The content of an invoice, as its owner writes it.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvoiceContent)]
pub struct ContentRequest {
    #[validate(custom(function = "rule::<str, CustomerName>"))]
    #[schema(value_type = CustomerName, examples("Ada Lovelace"))]
    customer_name: String,
    #[validate(custom(function = "rule::<str, CustomerEmail>"))]
    #[schema(value_type = CustomerEmail, examples("ada@example.com"))]
    customer_email: String,
    /// In the minor unit of the currency: 1999 and EUR are 19.99 euros.
    #[validate(custom(function = "amount"))]
    #[schema(value_type = AmountMinor, examples(1999))]
    amount_minor: i64,
    #[validate(custom(function = "rule::<str, Currency>"))]
    #[schema(value_type = Currency, examples("EUR"))]
    currency: String,
    #[validate(custom(function = "rule::<str, DueOn>"))]
    #[schema(value_type = DueOn, examples("2030-01-31"))]
    due_on: String,
    #[validate(custom(function = "rule::<str, Memo>"))]
    #[schema(value_type = Option<Memo>)]
    memo: Option<String>,
}

/// A change of some members (RFC 7396). `memo: null` removes it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvoicePatch, min_properties = 1)]
pub struct ChangeRequest {
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "rule::<str, CustomerName>"))]
    #[schema(value_type = CustomerName, required = false)]
    customer_name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "rule::<str, CustomerEmail>"))]
    #[schema(value_type = CustomerEmail, required = false)]
    customer_email: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "amount"))]
    #[schema(value_type = AmountMinor, required = false)]
    amount_minor: Option<i64>,
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "rule::<str, Currency>"))]
    #[schema(value_type = Currency, required = false)]
    currency: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "rule::<str, DueOn>"))]
    #[schema(value_type = DueOn, required = false)]
    due_on: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "rule::<str, Memo>"))]
    #[schema(value_type = Option<Memo>)]
    memo: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Status, required = false)]
    status: Option<Status>,
}

/// An invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invoice)]
pub struct InvoiceResponse {
    id: InvoiceId,
    /// The subject whose it is.
    #[schema(max_length = 255)]
    owner: String,
    #[schema(value_type = CustomerName)]
    customer_name: String,
    #[schema(value_type = CustomerEmail)]
    customer_email: String,
    #[schema(value_type = AmountMinor)]
    amount_minor: i64,
    #[schema(value_type = Currency)]
    currency: &'static str,
    #[schema(value_type = DueOn)]
    due_on: String,
    #[schema(value_type = Option<Memo>, required = true)]
    memo: Option<String>,
    status: Status,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(max_length = 35)]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(max_length = 35)]
    updated_at: OffsetDateTime,
}

/// One page of invoices, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoicePage)]
pub struct InvoicePageResponse {
    #[schema(max_items = 100)]
    items: Vec<InvoiceResponse>,
    /// The cursor of the next page; null on the last.
    #[schema(value_type = Option<Cursor>, required = true)]
    next_cursor: Option<String>,
}

/// Which page of which invoices.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// How many at the most.
    #[validate(range(min = 1, max = MAX_LIMIT))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 22, pattern = "^[A-Za-z0-9_-]{22}$")]
    cursor: Option<Cursor>,
    /// Only invoices in this state.
    #[param(inline)]
    status: Option<Status>,
}

pub async fn list(
    caller: Allow<InvoicesRead>,
    Query(query): Query<ListQuery>,
    store: Store,
) -> Result<Listed<InvoicePageResponse>, Problem> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    // One row more than asked for tells whether there is another page.
    let page = PageRequest {
        limit: limit + 1,
        after: query.cursor,
        status: query.status,
    };
    let mut invoices = store.list(&visible_to(&caller), page).await?;
    let more = invoices.len() > limit as usize;
    invoices.truncate(limit as usize);
    let next_cursor = invoices
        .last()
        .filter(|_| more)
        .map(|last| Cursor(last.id.0).encode());
    let next = next_cursor.as_ref().map(|cursor| {
        let status = query
            .status
            .map(|status| format!("&status={}", status.name()));
        let status = status.unwrap_or_default();
        format!(
            "{}?limit={limit}&cursor={cursor}{status}",
            collection_path()
        )
    });
    let items = invoices.into_iter().map(InvoiceResponse::from).collect();
    Ok(Listed {
        body: InvoicePageResponse { items, next_cursor },
        next,
    })
}

pub async fn create(
    caller: Allow<InvoicesCreate>,
    IdempotencyKey(key): IdempotencyKey,
    Json(request): Json<ContentRequest>,
    store: Store,
    clock: Time,
    idempotency: Data<Idempotency>,
) -> Result<Created<InvoiceResponse>, Problem> {
    let now = clock.now();
    let attempt = key.map(|key| Attempt {
        key,
        fingerprint: request.fingerprint(),
        forget_before: now - idempotency.retention(),
    });
    let mut invoice = Invoice::draft(caller.identity.clone(), request.content()?, now);
    match store.create(&invoice, attempt.as_ref()).await? {
        Creation::Created => {}
        // The same request made the same draft: all of the first answer is known again.
        Creation::Repeated { id, at } => {
            invoice.id = id;
            invoice.created_at = at;
            invoice.updated_at = at;
        }
        Creation::KeyReused => {
            let reused = Violation::new("", "idempotency_key_reused");
            return Err(Problem::Unprocessable(vec![reused]));
        }
    }
    Ok(Created {
        location: format!("{}/{}", collection_path(), invoice.id),
        tag: EntityTag(invoice.version),
        body: invoice.into(),
    })
}

pub async fn read(
    caller: Allow<InvoicesRead>,
    Path(id): Path<InvoiceId>,
    store: Store,
) -> Result<Versioned<InvoiceResponse>, Problem> {
    let invoice = store.find(&visible_to(&caller), id).await?;
    invoice.map(answer).ok_or(Problem::NotFound)
}

pub async fn replace(
    caller: Allow<InvoicesUpdate>,
    Path(id): Path<InvoiceId>,
    expected: IfMatch,
    Json(request): Json<ContentRequest>,
    store: Store,
    clock: Time,
) -> Result<Versioned<InvoiceResponse>, Problem> {
    let content = request.content()?;
    let visible_to = visible_to(&caller);
    let invoice = current(&**store, &visible_to, id, &expected).await?;
    draft(&invoice)?;
    own(&caller, &invoice)?;
    let status = invoice.status;
    let changed = invoice.changed(content, status, clock.now());
    write(store.update(&visible_to, &changed).await?)?;
    Ok(answer(changed))
}

pub async fn change(
    caller: Allow<Either<InvoicesUpdate, InvoicesApprove>>,
    Path(id): Path<InvoiceId>,
    expected: IfMatch,
    MergePatch(request): MergePatch<ChangeRequest>,
    store: Store,
    clock: Time,
) -> Result<Versioned<InvoiceResponse>, Problem> {
    let visible_to = visible_to(&caller);
    let invoice = current(&**store, &visible_to, id, &expected).await?;
    let content = request.merged_into(&invoice.content)?;
    let status = request.status.unwrap_or(invoice.status);

    if request.changes_content() {
        draft(&invoice)?;
    }
    if request.status.is_some() && !invoice.status.may_become(status) {
        return Err(Problem::conflict("/status", "illegal_transition"));
    }
    if request.changes_content() {
        own(&caller, &invoice)?;
        permitted(&caller, Permission::InvoicesUpdate)?;
    }
    if request.status.is_some() {
        // Nobody approves their own invoice, whatever roles they hold (separation of duties).
        permitted(&caller, Permission::InvoicesApprove)?;
        if caller.identity == invoice.owner {
            return Err(Problem::Forbidden(None));
        }
    }
    let changed = invoice.changed(content, status, clock.now());
    write(store.update(&visible_to, &changed).await?)?;
    Ok(answer(changed))
}

pub async fn delete(
    caller: Allow<InvoicesDelete>,
    Path(id): Path<InvoiceId>,
    expected: IfMatch,
    store: Store,
) -> Result<NoContent, Problem> {
    let visible_to = visible_to(&caller);
    let invoice = current(&**store, &visible_to, id, &expected).await?;
    draft(&invoice)?;
    own(&caller, &invoice)?;
    write(store.delete(&visible_to, id, invoice.version).await?)?;
    Ok(NoContent)
}

fn visible_to(caller: &Principal) -> VisibleTo {
    if caller.may(Permission::InvoicesReadAny) {
        VisibleTo::Everyone
    } else {
        VisibleTo::Owner(caller.identity.clone())
    }
}

/// The invoice, if the caller may know of it and means this version.
async fn current(
    store: &dyn InvoiceStore,
    visible_to: &VisibleTo,
    id: InvoiceId,
    expected: &IfMatch,
) -> Result<Invoice, Problem> {
    let invoice = store.find(visible_to, id).await?.ok_or(Problem::NotFound)?;
    if expected.matches(EntityTag(invoice.version)) {
        Ok(invoice)
    } else {
        Err(Problem::PreconditionFailed)
    }
}

fn draft(invoice: &Invoice) -> Result<(), Problem> {
    if invoice.status == Status::Draft {
        Ok(())
    } else {
        Err(Problem::conflict("/status", "not_a_draft"))
    }
}

/// Somebody who may see every invoice still writes only their own.
fn own(caller: &Principal, invoice: &Invoice) -> Result<(), Problem> {
    if caller.identity == invoice.owner {
        Ok(())
    } else {
        Err(Problem::Forbidden(None))
    }
}

fn permitted(caller: &Principal, permission: Permission) -> Result<(), Problem> {
    if caller.may(permission) {
        Ok(())
    } else {
        Err(Problem::Forbidden(None))
    }
}

/// Somebody else was faster between reading and writing.
fn write(outcome: Written) -> Result<(), Problem> {
    match outcome {
        Written::Done => Ok(()),
        Written::Outdated => Err(Problem::PreconditionFailed),
    }
}

fn answer(invoice: Invoice) -> Versioned<InvoiceResponse> {
    Versioned {
        tag: EntityTag(invoice.version),
        body: invoice.into(),
    }
}

impl ContentRequest {
    /// Names the content, so that a key that is sent again with other content is noticed.
    fn fingerprint(&self) -> [u8; 32] {
        let text = serde_json::to_vec(self).unwrap_or_default();
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest(&SHA256, &text).as_ref());
        fingerprint
    }

    fn content(self) -> Result<Content, Problem> {
        Ok(Content {
            customer_name: parse("customer_name", self.customer_name.as_str())?,
            customer_email: parse("customer_email", self.customer_email.as_str())?,
            money: Money {
                amount: parse("amount_minor", &self.amount_minor)?,
                currency: parse("currency", self.currency.as_str())?,
            },
            due_on: parse("due_on", self.due_on.as_str())?,
            memo: self
                .memo
                .map(|memo| parse("memo", memo.as_str()))
                .transpose()?,
        })
    }
}

impl ChangeRequest {
    fn changes_content(&self) -> bool {
        self.customer_name.is_some()
            || self.customer_email.is_some()
            || self.amount_minor.is_some()
            || self.currency.is_some()
            || self.due_on.is_some()
            || self.memo.is_some()
    }

    fn merged_into(&self, content: &Content) -> Result<Content, Problem> {
        let mut merged = content.clone();
        if let Some(name) = &self.customer_name {
            merged.customer_name = parse("customer_name", name.as_str())?;
        }
        if let Some(email) = &self.customer_email {
            merged.customer_email = parse("customer_email", email.as_str())?;
        }
        if let Some(amount) = &self.amount_minor {
            merged.money.amount = parse("amount_minor", amount)?;
        }
        if let Some(currency) = &self.currency {
            merged.money.currency = parse("currency", currency.as_str())?;
        }
        if let Some(due_on) = &self.due_on {
            merged.due_on = parse("due_on", due_on.as_str())?;
        }
        if let Some(memo) = &self.memo {
            let memo = memo.as_ref().map(|memo| parse("memo", memo.as_str()));
            merged.memo = memo.transpose()?;
        }
        Ok(merged)
    }
}

impl From<Invoice> for InvoiceResponse {
    fn from(invoice: Invoice) -> Self {
        let Content {
            customer_name,
            customer_email,
            money,
            due_on,
            memo,
        } = invoice.content;
        Self {
            id: invoice.id,
            owner: invoice.owner.subject.to_string(),
            customer_name: customer_name.as_str().to_owned(),
            customer_email: customer_email.as_str().to_owned(),
            amount_minor: money.amount.get(),
            currency: money.currency.code(),
            due_on: due_on.0.to_string(),
            memo: memo.map(|memo| memo.as_str().to_owned()),
            status: invoice.status,
            created_at: invoice.created_at,
            updated_at: invoice.updated_at,
        }
    }
}

fn parse<Raw: ?Sized, T: Parse<Raw>>(member: &'static str, raw: &Raw) -> Result<T, Problem> {
    T::parse(raw).map_err(|Invalid(code)| {
        Problem::Unprocessable(vec![Violation::new(format!("/{member}"), code)])
    })
}

/// `validator` hands numbers over by value.
fn amount(raw: i64) -> Result<(), ValidationError> {
    rule::<i64, AmountMinor>(&raw)
}

/// A member that is there: `null` is then a value like any other, and not "leave it as it is".
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
