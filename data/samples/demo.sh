#!/bin/sh
# The main job from start to end: log lines in, numbers, invoices and exports out.
set -eu

demo=${1:?usage: demo.sh FOLDER}
here=$(dirname "$0")
month=2026-10
run() {
    printf '\n$ tokenbook %s\n\n' "$*"
    tokenbook "$@"
}

rm -rf "$demo"
mkdir -p "$demo"
export TOKENBOOK="$demo/book"
python "$here/generate.py" --out "$demo/logs" --month "$month"

run init --timezone Europe/Berlin --markup 20
run ingest "$demo/logs" --create-accounts
run summary --month "$month"
run report by-day --month "$month"
run prices missing
run prices add house-llm-7b --provider house --rate input_tokens=0.20 --rate output_tokens=0.80
run prices apply
run report month --month "$month" --html "$demo/month.html"
run invoice draft --month "$month" --out "$demo/drafts"
cat > "$TOKENBOOK/book.toml" <<END
[seller]
legal_name = "Meridian Inference Ltd"
address = ["Main Street 1", "10115 Berlin", "Germany"]
tax_id = "DE123456789"
registration = "HRB 1234, Berlin"
email = "billing@meridian.example"

[seller.bank]
holder = "Meridian Inference Ltd"
bank = "Example Bank"
iban = "DE75 5121 0800 1245 1261 99"
bic = "SOGEDEFF"

[invoice]
payment_terms = "Please pay within 14 days, and name the invoice's number."
tax = "VAT"
customer_needs = []
END
run tax add VAT --percent 19
run accounts update northwind --name "Northwind Trading GmbH & Co. KG" \
    --billing-address "Hafenstraße 12
20457 Hamburg
Germany" --tax-id DE987654321
run invoice issue --month "$month" --issue-date 2026-11-01
run invoice render --month "$month" --out "$demo/invoices"
run explain invoice INV-2026-0001 1
run export usage --format parquet --to "$demo/usage.parquet"
run export by-account --format csv --to "$demo/by-account.csv" --month "$month"
run export reports --to "$demo/reports.xlsx" --month "$month"
run export focus --to "$demo/focus.csv" --month "$month"
run check

cat <<END

Look at
  $demo/month.html             the month at a glance, cost and margin
  $demo/invoices/              the month's invoices: PDF, HTML, Markdown, JSON
  $demo/drafts/index.html      the list of the drafts
  $demo/by-account.csv         the same for a spreadsheet
  $demo/reports.xlsx           all reports, a sheet each
  $demo/focus.csv              cost and usage for FinOps tools
  $demo/usage.parquet          every record, priced, for other tools
  $demo/book/book.duckdb       all of it; any DuckDB client opens it

Type next
  . .venv/bin/activate && export TOKENBOOK=$demo/book
  tokenbook report top-accounts --month $month
  tokenbook query "select local_day, sum(cost_usd) as cost from rated_usage group by all order by all"
  tokenbook prices show o3
END
