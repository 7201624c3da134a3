//! Lines to try invoices with: `serve` prints them in profile dev, and they work when they are pasted.

use platform::app::Example;

pub const EXAMPLE: Example = Example {
    role: "editor",
    lines: r#"
BODY='{"customer_name":"Ada Lovelace","customer_email":"ada@example.com","amount_minor":1999,"currency":"EUR","due_on":"2030-01-31"}'
api $URL/invoices --json "$BODY"                         # 201, with Location and ETag
ID=$(api $URL/invoices --json "$BODY" | sed -n 's/^location: .*[/]//p' | tr -d '\r')
api $URL/invoices/$ID                                    # 200
api $URL/invoices/$ID -X DELETE                          # 428: say which version you read
api $URL/invoices/$ID -X DELETE -H 'If-Match: "7"'       # 412: not that one
api $URL/invoices/$ID -X DELETE -H 'If-Match: "1"'       # 204
api $URL/invoices/$ID                                    # 404
api $URL/invoices --json '{"amount_minor":0}'            # 400: what is missing
api $URL/invoices --json "${BODY/1999/0}"                # 422: which rule is broken
api $URL/invoices -X DELETE                              # 405, with Allow
"#,
};
