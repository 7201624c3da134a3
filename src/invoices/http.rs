//! The operations, each in the order of `docs/api-design.md`: the object and who may know of it
//! (404), its version (412), its state (409), then who may write which member (403).

use actix_web::web::Data;

use super::{
    body::{
        ChangeRequest, ContentRequest, InvoicePageResponse, InvoiceResponse, ListQuery, fingerprint,
    },
    collection_path,
    model::{Invoice, InvoiceId, Status},
    store::{Attempt, Creation, InvoiceStore, PageRequest, VisibleTo, Written},
};
use crate::permissions::{
    InvoicesApprove, InvoicesCreate, InvoicesDelete, InvoicesRead, InvoicesReadAny, InvoicesUpdate,
};
use platform::{
    audit::Event,
    auth::{Allow, Either, Principal, Single, forbidden},
    clock::Clock,
    config::Idempotency,
    http::{
        audit_trail::details::AuditDetails,
        problem::{Problem, Violation},
        request::{
            idempotency_key::IdempotencyKey,
            json::{Json, MergePatch},
            page::{Cursor, DEFAULT_LIMIT},
            path::Path,
            query::Query,
        },
        response::{
            answer::{Created, Listed, NoContent, Versioned},
            etag::{EntityTag, IfMatch},
        },
    },
};

type Store = Data<dyn InvoiceStore>;
type Time = Data<dyn Clock>;

pub async fn list(
    caller: Allow<InvoicesRead>,
    Query(query): Query<ListQuery>,
    store: Store,
    audit: AuditDetails,
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
    let of_others = |invoice: &&Invoice| invoice.owner != caller.identity;
    audit.shows_of_others(invoices.iter().filter(of_others).count());
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
    audit: AuditDetails,
) -> Result<Created<InvoiceResponse>, Problem> {
    let now = clock.now();
    let content = request.content()?;
    let attempt = key.map(|key| Attempt {
        key,
        fingerprint: fingerprint(&content),
        forget_before: now - idempotency.retention(),
    });
    let mut invoice = Invoice::draft(caller.identity.clone(), content, now);
    match store.create(&invoice, attempt.as_ref()).await? {
        Creation::Created => {}
        // The same request made the same draft: all of the first answer is known again.
        Creation::Repeated { id, at } => {
            audit.repeated();
            invoice.id = id;
            invoice.created_at = at;
            invoice.updated_at = at;
        }
        Creation::KeyReused => {
            let reused = Violation::new("", "idempotency_key_reused");
            return Err(Problem::Unprocessable(vec![reused]));
        }
        Creation::OwnerFull => return Err(Problem::limit_reached("too_many_invoices")),
    }
    audit.made(invoice.id);
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
    audit: AuditDetails,
) -> Result<Versioned<InvoiceResponse>, Problem> {
    let invoice = store.find(&visible_to(&caller), id).await?;
    let invoice = invoice.ok_or(Problem::NotFound)?;
    audit.shows_of_others(usize::from(invoice.owner != caller.identity));
    Ok(answer(invoice))
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
    audit: AuditDetails,
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
        permitted::<InvoicesUpdate>(&caller)?;
    }
    if request.status.is_some() {
        if status == Status::Issued {
            audit.is_a(Event::SensitiveApprove);
        }
        // Nobody approves their own invoice, whatever roles they hold (separation of duties).
        permitted::<InvoicesApprove>(&caller)?;
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
    if caller.may::<InvoicesReadAny>() {
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

fn permitted<P: Single>(caller: &Principal) -> Result<(), Problem> {
    if caller.may::<P>() {
        Ok(())
    } else {
        Err(forbidden::<P>())
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
