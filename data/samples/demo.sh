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
run invoice draft --month "$month" --out "$demo/invoices"
run export usage --format parquet --to "$demo/usage.parquet"
run export by-account --format csv --to "$demo/by-account.csv" --month "$month"
run export reports --to "$demo/reports.xlsx" --month "$month"
run export focus --to "$demo/focus.csv" --month "$month"
run check

cat <<END

Look at
  $demo/invoices/index.html    the month's invoices, cost and margin
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
