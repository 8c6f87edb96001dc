"""A DynamoDB endpoint that counts: it hands each request of the functions on to the local server's.

Functions get its address as AWS_ENDPOINT_URL_DYNAMODB. Only it is asked, so it can be there before the server is.
"""

import asyncio
import json
import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

_WRITES = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class CountingDynamoDb:
    def __init__(self) -> None:
        self.address = ""
        self.endpoint = ""
        """Where requests go on to."""
        self.requests: Counter[str] = Counter()
        self.write_units = self.read_units = 0.0
        self._sizes: dict[str, int] = {}
        """Bytes of each item that was seen, by its key: what is billed for an update is the whole item."""

    def clear(self) -> None:
        self.requests.clear()
        self.write_units = self.read_units = 0.0

    def run_bytes(self, run_id: str) -> int:
        """Of a run's own item, as it was last seen."""
        return self._sizes.get(f"RUN#{run_id} RUN", 0)

    def note(self, operation: str, request: dict[str, Any], answer: dict[str, Any]) -> None:
        """Counts one request, and the request units that DynamoDB would bill for it on demand."""
        self.requests[operation] += 1
        if operation in _WRITES:
            self.write_units += self._write_units(request)
        elif operation == "TransactWriteItems":
            actions = [action for each in request["TransactItems"] for action in each.values()]
            self.write_units += 2 * sum(self._write_units(action) for action in actions)
        elif operation == "BatchGetItem":
            consistent = any(table.get("ConsistentRead") for table in request["RequestItems"].values())
            wanted = sum(len(table["Keys"]) for table in request["RequestItems"].values())
            items = [item for items in answer.get("Responses", {}).values() for item in items]
            # What is not there is read, too.
            units = sum(units_of(self._seen(item), 4_096) for item in items) + wanted - len(items)
            self.read_units += units if consistent else units / 2
        elif operation in ("GetItem", "Query", "Scan"):
            items = answer.get("Items") or [answer.get("Item", {})]
            units = units_of(sum(map(self._seen, items)), 4_096)
            self.read_units += units if request.get("ConsistentRead") else units / 2

    def _seen(self, item: dict[str, Any]) -> int:
        size = _size(item)
        self._sizes[_key(item)] = size
        return size

    def _write_units(self, action: dict[str, Any]) -> int:
        """Of one write: the whole item, and one unit for each index that the item is in."""
        if "Item" in action:
            size, key = self._seen(action["Item"]), _key(action["Item"])
        else:
            key = _key(action["Key"])
            # What an update adds may be there already, so that this is rather too much.
            size = self._sizes.get(key, 0) + _size(action.get("ExpressionAttributeValues", {}))
        indexes = 1 if key.endswith(" RUN") and ("Item" in action or "UpdateExpression" in action) else 0
        if "waiting" in action.get("UpdateExpression", ""):
            indexes += 2
        return units_of(size, 1_024) + indexes

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head, body = await _message(reader)
                target = _headers(head).get("x-amz-target", "")
                status, answer = await self._forward(head, body)
                writer.write(status + answer)
                await writer.drain()
                if b" 200 " in status.split(b"\r\n", 1)[0]:
                    self.note(target.rpartition(".")[2], json.loads(body), json.loads(answer))
        writer.close()

    async def _forward(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        parts = urlsplit(self.endpoint)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        lines = head.decode("latin-1").split("\r\n")
        kept = [line for line in lines[1:] if line and line.partition(":")[0].lower() not in _HOP_BY_HOP]
        more = [f"Host: {parts.netloc}", f"Content-Length: {len(body)}", "Connection: close"]
        writer.write("\r\n".join([lines[0], *kept, *more, "", ""]).encode("latin-1") + body)
        await writer.drain()
        answered, content = await _message(reader)
        writer.close()
        lines = answered.decode("latin-1").split("\r\n")
        kept = [line for line in lines[1:] if line and line.partition(":")[0].lower() not in _HOP_BY_HOP]
        return "\r\n".join([lines[0], *kept, f"Content-Length: {len(content)}", "", ""]).encode("latin-1"), content


def units_of(size: int, unit: int) -> int:
    return max(1, math.ceil(size / unit))


def _key(item: dict[str, Any]) -> str:
    return " ".join(str(item.get(name, {}).get("S", "")) for name in ("pk", "sk"))


def _size(item: dict[str, Any]) -> int:
    """Bytes of an item as DynamoDB counts them: its names and its values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    kind, held = next(iter(value.items()))
    if kind == "S":
        return len(held.encode())
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(each) for name, each in held.items())
    if kind == "L":
        return 3 + sum(1 + _value_size(each) for each in held)
    return len(held) if kind == "N" else len(json.dumps(held))


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    headers = _headers(head)
    if "chunked" in headers.get("transfer-encoding", ""):
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return head, body
    if "content-length" in headers:
        return head, await reader.readexactly(int(headers["content-length"]))
    return head, await reader.read() if head.startswith(b"HTTP/1.0") else b""


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}


@asynccontextmanager
async def counting() -> AsyncIterator[CountingDynamoDb]:
    counter = CountingDynamoDb()
    server = await asyncio.start_server(counter.serve, "127.0.0.1", 0)
    counter.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield counter
    finally:
        server.close()
