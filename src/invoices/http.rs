//! The operations, each in the order of `docs/api-design.md`: the object and who may know of it (404),
//! its version (412), its state (409), then who may write which member (403).

use actix_web::web::Data;
use platform::{
    audit::Event,
    auth::{Allow, Either},
    clock::Clock,
    http::{
        AuditDetails, Created, IdempotencyKey, IfMatch, Json, Listed, MergePatch, NoContent, Page,
        Path, Problem, Query, Versioned,
    },
    slice::{ListQuery, Owned, State, Store, VisibleTo, require, require_owner},
};

use super::{
    body::{InvoiceContent, InvoicePatch, InvoiceResponse},
    model::{Invoice, InvoiceId, Status},
};
use crate::permissions::{
    InvoicesApprove, InvoicesCreate, InvoicesDelete, InvoicesRead, InvoicesReadAny, InvoicesUpdate,
};

type Invoices = Data<Store<Invoice>>;

pub async fn list(
    caller: Allow<InvoicesRead>,
    Query(query): Query<ListQuery<Status>>,
    store: Invoices,
    audit: AuditDetails,
) -> Result<Listed<Page<InvoiceResponse>>, Problem> {
    let visible_to = VisibleTo::caller::<InvoicesReadAny>(&caller);
    let page = store.list(&visible_to, &query).await?;
    audit.rows_of_others(page.of_others(&caller.identity));
    Ok(page.answer(&query))
}

pub async fn create(
    caller: Allow<InvoicesCreate>,
    key: IdempotencyKey,
    Json(request): Json<InvoiceContent>,
    store: Invoices,
    clock: Data<dyn Clock>,
    audit: AuditDetails,
) -> Result<Created<InvoiceResponse>, Problem> {
    let attempt = key.attempt(&request)?;
    let draft = Owned::new(&caller, request.in_state(Status::Draft)?, clock.now());
    let made = store.create(draft, attempt.as_ref()).await?;
    if made.repeated {
        audit.repeated();
    }
    audit.created(made.row.id);
    Ok(made.row.into())
}

pub async fn read(
    caller: Allow<InvoicesRead>,
    Path(id): Path<InvoiceId>,
    store: Invoices,
    audit: AuditDetails,
) -> Result<Versioned<InvoiceResponse>, Problem> {
    let visible_to = VisibleTo::caller::<InvoicesReadAny>(&caller);
    let invoice = store.find(&visible_to, id).await?;
    audit.rows_of_others(usize::from(invoice.owner != caller.identity));
    Ok(invoice.into())
}

pub async fn replace(
    caller: Allow<InvoicesUpdate>,
    Path(id): Path<InvoiceId>,
    expected: IfMatch,
    Json(request): Json<InvoiceContent>,
    store: Invoices,
    clock: Data<dyn Clock>,
) -> Result<Versioned<InvoiceResponse>, Problem> {
    let visible_to = VisibleTo::caller::<InvoicesReadAny>(&caller);
    let invoice = store.current(&visible_to, id, &expected).await?;
    require_draft(&invoice)?;
    require_owner(&caller, &invoice)?;
    let content = request.in_state(invoice.content.status)?;
    let changed = invoice.changed(content, clock.now());
    store.update(&visible_to, &changed).await?;
    Ok(changed.into())
}

pub async fn change(
    caller: Allow<Either<InvoicesUpdate, InvoicesApprove>>,
    Path(id): Path<InvoiceId>,
    expected: IfMatch,
    MergePatch(request): MergePatch<InvoicePatch>,
    store: Invoices,
    clock: Data<dyn Clock>,
    audit: AuditDetails,
) -> Result<Versioned<InvoiceResponse>, Problem> {
    let visible_to = VisibleTo::caller::<InvoicesReadAny>(&caller);
    let invoice = store.current(&visible_to, id, &expected).await?;
    let (changes_content, moves) = (request.changes_content(), request.status.is_there());
    let content = request.merged_into(invoice.content.clone())?;

    if changes_content {
        require_draft(&invoice)?;
    }
    if moves && !invoice.content.status.may_become(content.status) {
        return Err(Problem::conflict("/status", "illegal_transition"));
    }
    if changes_content {
        require_owner(&caller, &invoice)?;
        require::<InvoicesUpdate>(&caller)?;
    }
    if moves {
        if content.status == Status::Issued {
            audit.set_event(Event::SensitiveApprove);
        }
        // An owner never approves their own invoice, with any roles (separation of duties).
        require::<InvoicesApprove>(&caller)?;
        if caller.identity == invoice.owner {
            return Err(Problem::Forbidden(None));
        }
    }
    let changed = invoice.changed(content, clock.now());
    store.update(&visible_to, &changed).await?;
    Ok(changed.into())
}

pub async fn delete(
    caller: Allow<InvoicesDelete>,
    Path(id): Path<InvoiceId>,
    expected: IfMatch,
    store: Invoices,
) -> Result<NoContent, Problem> {
    let visible_to = VisibleTo::caller::<InvoicesReadAny>(&caller);
    let invoice = store.current(&visible_to, id, &expected).await?;
    require_draft(&invoice)?;
    require_owner(&caller, &invoice)?;
    store.delete(&visible_to, &invoice).await?;
    Ok(NoContent)
}

/// Content is changed, and an invoice is deleted, only while it is a draft.
fn require_draft(invoice: &Owned<Invoice>) -> Result<(), Problem> {
    if invoice.content.status == Status::Draft {
        Ok(())
    } else {
        Err(Problem::conflict("/status", "not_a_draft"))
    }
}
