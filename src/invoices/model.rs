//! What an invoice is: its values, its states, and the content that is stored.
//!
//! Values are parsed on the way in and cannot be wrong afterwards.

use platform::{
    integer,
    parse::{EMAIL_ADDRESS, MULTI_LINE, SINGLE_LINE},
    slice::{CalendarDate, Currency, Id},
    states, text,
};

/// An invoice, without what the platform keeps around it (id, owner, version, times).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    pub customer_name: CustomerName,
    pub customer_email: CustomerEmail,
    pub money: Money,
    pub due_on: CalendarDate,
    pub memo: Option<Memo>,
    pub status: Status,
}

/// Names an invoice.
pub type InvoiceId = Id<Invoice>;

/// An amount in the minor unit of its currency: 1999 and EUR are 19.99 euros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub amount: AmountMinor,
    pub currency: Currency,
}

text! {
    /// The name of the customer who pays: one line of 1 to 200 characters.
    CustomerName, 200, SINGLE_LINE, "Ada Lovelace"
}
text! {
    /// The address that the invoice is sent to: an address of at most 254 characters, as HTML forms accept it.
    CustomerEmail, 254, EMAIL_ADDRESS, "ada@example.com"
}
text! {
    /// A note of 1 to 1000 characters; tabs and line ends are fine, and CR LF is kept as LF.
    Memo, 1000, MULTI_LINE, "Thank you."
}
integer! {
    /// 1 to 999 999 999 999: exact in every JSON reader (below 2^53).
    AmountMinor, 1..=999_999_999_999, 1999
}
states! {
    /// Where an invoice is in its life.
    Status as InvoiceStatus { Draft = "draft", Issued = "issued", Paid = "paid", Void = "void" }
    Draft => Issued | Void;
    Issued => Paid | Void;
}
