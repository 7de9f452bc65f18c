"""Complete Journey: grocery baskets of households, with discounts; who the households are, in a file of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from makegood.kafka.input_records import InputRecord, of_fact
from makegood.replay.histories.records import Meter, Row, facts, header, local, merged
from schemas.customers import Reference
from schemas.facts import CustomerProfiled, PurchaseMade

BASKETS = ("ts", "customer_id", "basket_id", "amount")
PEOPLE = ("customer_id", "income")
BEGIN = datetime(2017, 1, 1)  # noqa: DTZ001  local to the zone of the file


def read(paths: Sequence[Path], where: ZoneInfo, meter: Meter) -> Iterator[InputRecord]:
    """Profiles first (as of the day on which the history begins), then a purchase per basket."""
    people = [path for path in paths if "basket_id" not in header(path)]
    for path in people:
        yield from map(of_fact, facts(path, PEOPLE, meter, lambda row: [_profile(row, where)]))
    baskets = [path for path in paths if path not in people]
    yield from merged(facts(path, BASKETS, meter, lambda row: [_basket(row, where)]) for path in baskets)


def _basket(row: Row, where: ZoneInfo) -> PurchaseMade:
    return PurchaseMade(
        id=f"basket-{row['basket_id']}",
        source="complete-journey",
        object=row["basket_id"],
        occurred_at=local(row["ts"], where),
        customer=Reference(id=row["customer_id"]),
        amount=float(row["amount"]),
        discount=round(float(row.get("retail_disc") or 0) + float(row.get("coupon_disc") or 0), 2),
    )


def _profile(row: Row, where: ZoneInfo) -> CustomerProfiled:
    return CustomerProfiled(
        id=f"household-{row['customer_id']}",
        source="complete-journey",
        object=row["customer_id"],
        occurred_at=BEGIN.replace(tzinfo=where),
        customer=Reference(id=row["customer_id"]),
        labels={name: value for name, value in row.items() if value and name != "customer_id"},
    )
