"""ConsumedCapacity: what a request would cost on AWS, in capacity units. Calls tables.

A unit writes 1 KB, or reads 4 KB as they are now and twice as much as they were lately; transactions cost twice.
"""

from typing import Any

from local.engine.items.refusals import invalid
from local.engine.items.tables import Index, Table

_CHOICES = ("INDEXES", "TOTAL", "NONE")


class Consumed:
    """Counts for one request, where it asks for it."""

    def __init__(self, request: dict[str, Any], kind: str = "", *, transaction: bool = False) -> None:
        """`kind` is Read or Write, where the answer tells them apart."""
        self._wanted = request.get("ReturnConsumedCapacity", "NONE")
        if self._wanted not in _CHOICES:
            raise invalid(
                f"1 validation error detected: Value '{self._wanted}' at 'returnConsumedCapacity' failed to satisfy "
                "constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"
            )
        self._kind, self._factor = kind, 2.0 if transaction else 1.0
        self._units: dict[str, dict[Index | None, float]] = {}

    @property
    def wanted(self) -> bool:
        return bool(self._wanted != "NONE")

    def write(self, table: Table, size: int, indexes: tuple[Index, ...] = ()) -> None:
        """`indexes` are those that the write changes."""
        for target in (None, *indexes):
            self._add(table, target, max(-(-size // 1024), 1))

    def read(self, table: Table, size: int, index: Index | None = None, *, consistent: bool) -> None:
        self._add(table, index, max(-(-size // 4096), 1) * (1.0 if consistent else 0.5))

    def _add(self, table: Table, index: Index | None, units: float) -> None:
        of_table = self._units.setdefault(table.name, {})
        of_table[index] = of_table.get(index, 0.0) + units * self._factor

    def one(self) -> dict[str, Any]:
        """What the answer to a request about one table has."""
        return {"ConsumedCapacity": self._shown()[0]} if self.wanted and self._units else {}

    def several(self) -> dict[str, Any]:
        """What the answer to a request about any number of tables has."""
        return {"ConsumedCapacity": self._shown()} if self.wanted else {}

    def _shown(self) -> list[dict[str, Any]]:
        return [self._of_table(name, units) for name, units in self._units.items()]

    def _of_table(self, name: str, units: dict[Index | None, float]) -> dict[str, Any]:
        shown: dict[str, Any] = {"TableName": name, **self._total(sum(units.values()))}
        if self._wanted == "INDEXES":
            shown["Table"] = self._total(units.get(None, 0.0))
            for index, number in units.items():
                if index:
                    kind = "GlobalSecondaryIndexes" if index.is_global else "LocalSecondaryIndexes"
                    shown.setdefault(kind, {})[index.name] = self._total(number)
        return shown

    def _total(self, units: float) -> dict[str, float]:
        return {"CapacityUnits": units, **({f"{self._kind}CapacityUnits": units} if self._kind else {})}
