//! The statements about invoices, and how their content is bound and read. `Statements` says which
//! value has which number.

use platform::{
    db::{Row, Statement, StoreError},
    slice::{Entity, Statements},
    visible,
};

use super::model::{Invoice, Money};

/// The columns, in the order of the values of `insert`. A statement names them: the result of `SELECT *` is another
/// one when a migration adds a column, and a replica that has prepared the statement before does not survive that.
macro_rules! columns {
    () => {
        concat!(
            "id, owner_issuer, owner, version, created_at, updated_at, ",
            "customer_name, customer_email, amount_minor, currency, due_on, memo, status"
        )
    };
}

impl Entity for Invoice {
    const NAME: &'static str = "invoices";
    const TOO_MANY: &'static str = "too_many_invoices";
    const SQL: Statements = Statements {
        insert: concat!(
            "INSERT INTO invoices (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        ),
        find: concat!(
            "SELECT ",
            columns!(),
            " FROM invoices WHERE id = $1 AND ",
            visible!()
        ),
        update: concat!(
            "UPDATE invoices SET version = version + 1, updated_at = $5, customer_name = $6, ",
            "customer_email = $7, amount_minor = $8, currency = $9, due_on = $10, memo = $11, ",
            "status = $12 WHERE id = $1 AND version = $4 AND ",
            visible!()
        ),
        delete: concat!(
            "DELETE FROM invoices WHERE id = $1 AND version = $4 AND ",
            visible!()
        ),
        list_own: concat!(
            "SELECT ",
            columns!(),
            " FROM invoices WHERE owner_issuer = $1 AND owner = $2 AND id < $3 ORDER BY id DESC LIMIT $4"
        ),
        list_all: concat!(
            "SELECT ",
            columns!(),
            " FROM invoices WHERE id < $1 ORDER BY id DESC LIMIT $2"
        ),
        list_own_in_state: Some(concat!(
            "SELECT ",
            columns!(),
            " FROM invoices WHERE owner_issuer = $1 AND owner = $2 AND id < $3 AND status = $5 ORDER BY id DESC LIMIT $4"
        )),
        list_all_in_state: Some(concat!(
            "SELECT ",
            columns!(),
            " FROM invoices WHERE id < $1 AND status = $3 ORDER BY id DESC LIMIT $2"
        )),
    };

    fn bind(&self, statement: Statement) -> Statement {
        statement
            .bind(&self.customer_name)
            .bind(&self.customer_email)
            .bind(&self.money.amount)
            .bind(&self.money.currency)
            .bind(&self.due_on)
            .bind(&self.memo)
            .bind(&self.status)
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            customer_name: row.get("customer_name")?,
            customer_email: row.get("customer_email")?,
            money: Money {
                amount: row.get("amount_minor")?,
                currency: row.get("currency")?,
            },
            due_on: row.get("due_on")?,
            memo: row.get("memo")?,
            status: row.get("status")?,
        })
    }
}
