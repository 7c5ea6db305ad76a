"""Polars over our Parquet: a lazy scan, so that only the columns and row groups needed are read.

As its documentation advises: `scan_parquet` and one `collect` at the end (docs.pola.rs, "Lazy API"
and "Parquet"), with the streaming engine. POLARS_MAX_THREADS is two. Answers are data frames.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.peers.shelf import PARQUET, PRICES

FACTOR = pl.lit(Decimal("1.2"), dtype=pl.Decimal(3, 1))
SECOND = (pl.col("occurred_at").dt.epoch("s") % 86400).alias("second")
METERS = {
    "input_tokens": ("input_tokens", "input_rate"),
    "cache_read_tokens": ("cache_read_tokens", "cache_read_rate"),
    "output_tokens": ("output_tokens", "output_rate"),
    "requests": ("requests", "request_rate"),
}
KEYS = {"by_model": ["provider", "model"], "by_context": ["context"], "by_day": ["local_day"]}


class PolarsScan:
    """The month as lazy frames."""

    def __init__(self, folder: Path) -> None:
        self._usage = pl.scan_parquet(folder / PARQUET)
        self._prices = pl.scan_parquet(folder / PRICES)
        self._size = (folder / PARQUET).stat().st_size

    def prepare(self) -> None:
        """It keeps nothing of its own."""
        raise NotImplementedError

    def load(self, file: Path) -> None:
        """It keeps nothing of its own."""
        raise NotImplementedError

    def ask(self, question: str, variant: str, account: str) -> Any:
        """A data frame."""
        if question == "invoices":
            frame = self._invoices()
        elif question == "page":
            frame = self._page(account)
        elif question == "reprice":
            frame = self._reprice()
        else:
            frame = self._summary(KEYS[question])
        return frame.collect(engine="streaming")

    def rows(self, question: str, answer: Any) -> Iterable[Sequence[Any]]:
        """Row by row."""
        rows: Iterable[Sequence[Any]] = answer.rows()
        return rows

    def size(self) -> int:
        """The file."""
        return self._size

    def close(self) -> None:
        """Has nothing to give back."""

    def _summary(self, keys: list[str]) -> pl.LazyFrame:
        cost = pl.col("cost_usd")
        charged = cost.filter(pl.col("context") == "customer").sum() * FACTOR
        sums = [pl.col(name).sum() for name in ("input_tokens", "output_tokens", "cost_usd")]
        return self._usage.group_by(keys).agg(
            pl.len().alias("records"), *sums, charged.alias("charge_usd")
        )

    def _invoices(self) -> pl.LazyFrame:
        keys = ["external_id", "provider", "model", "price_id"]
        tokens = ["input_tokens", "cache_read_tokens", "output_tokens"]
        summed = (
            self._usage.filter(pl.col("context") == "customer")
            .group_by(keys)
            .agg(
                *(pl.col(name).sum() for name in tokens), pl.len().cast(pl.Int64).alias("requests")
            )
            .join(self._prices.drop("provider", "model"), on="price_id")
            .with_columns(
                pl.when(pl.col("cache_read_rate").is_null())
                .then(pl.col("input_tokens"))
                .otherwise(pl.col("input_tokens") - pl.col("cache_read_tokens"))
            )
        )
        lines = [
            summed.select(
                *keys,
                pl.lit(meter).alias("meter"),
                pl.col(quantity).alias("quantity"),
                (pl.col(rate) * FACTOR).alias("unit_charge_usd"),
                (pl.col(quantity).cast(pl.Decimal(38, 0)) * pl.col(rate) * FACTOR).alias(
                    "charge_usd"
                ),
            ).filter((pl.col("quantity") != 0) & pl.col("unit_charge_usd").is_not_null())
            for meter, (quantity, rate) in METERS.items()
        ]
        return pl.concat(lines).sort(*keys, "meter")

    def _page(self, account: str) -> pl.LazyFrame:
        columns = ["record_id", "occurred_at", "provider", "model", "input_tokens"]
        return (
            self._usage.filter(pl.col("external_id") == account)
            .select(*columns, "cache_read_tokens", "output_tokens", "cost_usd")
            .sort("occurred_at", "record_id", descending=True)
            .head(100)
        )

    def _reprice(self) -> pl.LazyFrame:
        cached = pl.when(pl.col("cache_read_rate").is_null()).then(0)
        plain = pl.col("input_tokens") - cached.otherwise(pl.col("cache_read_tokens"))
        zero = pl.lit(Decimal(0), dtype=pl.Decimal(18, 12))
        cost = (
            plain.cast(pl.Decimal(18, 0)) * pl.col("input_rate")
            + pl.col("cache_read_tokens").cast(pl.Decimal(18, 0))
            * pl.col("cache_read_rate").fill_null(zero)
            + pl.col("output_tokens").cast(pl.Decimal(18, 0)) * pl.col("output_rate")
            + pl.col("request_rate").fill_null(zero)
        )
        return (
            self._usage.with_columns(SECOND)
            .join(self._prices, on=["provider", "model"], suffix="_now")
            .filter(
                (pl.col("second") >= pl.col("window_start_second"))
                & (pl.col("second") < pl.col("window_end_second"))
            )
            .group_by("provider", "model")
            .agg(
                pl.len().alias("records"),
                (pl.col("price_id") != pl.col("price_id_now")).sum().alias("changed"),
                cost.sum().alias("cost_usd"),
            )
        )
