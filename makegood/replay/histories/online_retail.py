"""Online Retail: invoices and cancellations of a wholesaler of gifts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from makegood.kafka.input_records import InputRecord
from makegood.replay.histories.records import Meter, Row, facts, local, merged
from schemas.customers import Reference
from schemas.facts import PurchaseMade

INVOICES = ("ts", "customer_id", "kind", "invoice", "amount")


def read(paths: Sequence[Path], where: ZoneInfo, meter: Meter) -> Iterator[InputRecord]:
    """One purchase per invoice; a cancellation is a purchase of a negative amount."""
    return merged(facts(path, INVOICES, meter, lambda row: [_invoice(row, where)]) for path in paths)


def _invoice(row: Row, where: ZoneInfo) -> PurchaseMade:
    invoice, customer = row["invoice"], row["customer_id"]
    return PurchaseMade(
        id=f"invoice-{invoice}",
        source="online-retail",
        object=invoice,
        occurred_at=local(row["ts"], where),
        customer=Reference(id=customer) if customer else Reference(aliases=(f"invoice:{invoice}",)),
        amount=float(row["amount"]),
    )
