"""The requests to S3."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from interlude import logs
from interlude.aws.clients import client
from interlude.errors import MissingObject
from interlude.settings import settings

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

MISSING = ("NoSuchKey", "AccessDenied")
"""S3's error codes for a missing object. Without permission to list the bucket it is the second one."""

COPIES_AT_ONCE = 8
"""Fewer than the connections in a client's pool."""

PART_BYTES = 8 * 1024 * 1024
"""A larger object is sent in parts of this size, and is never in memory as a whole."""


def put(key: str, body: bytes, content_type: str) -> None:
    client("s3").put_object(Bucket=settings().bucket, Key=key, Body=body, ContentType=content_type)


def get(key: str) -> bytes:
    """Raises MissingObject."""
    with _missing(key):
        return stream(key).read()


def stream(key: str) -> "StreamingBody":
    """The object as a stream, which the caller closes."""
    return client("s3").get_object(Bucket=settings().bucket, Key=key)["Body"]


def renew(objects: dict[str, str]) -> None:
    """Restarts the bucket's lifecycle rule for these objects, each with its content type.

    For the rule, an object that is copied onto itself is new. S3 allows such a copy only if it changes something;
    replacing the metadata counts, even by the same. A missing object is logged here, and raises when it is read.
    """
    if not objects:
        return
    from concurrent.futures import ThreadPoolExecutor

    client("s3")
    with ThreadPoolExecutor(COPIES_AT_ONCE) as threads:
        list(threads.map(_copy_onto_itself, objects.items()))


def _copy_onto_itself(of: tuple[str, str]) -> None:
    key, content_type = of
    name = settings().bucket
    try:
        with _missing(key):
            client("s3").copy_object(
                Bucket=name,
                Key=key,
                CopySource={"Bucket": name, "Key": key},
                MetadataDirective="REPLACE",
                ContentType=content_type,
            )
    except MissingObject as missing:
        logs.write(str(missing), "WARNING")


@contextmanager
def _missing(key: str) -> Iterator[None]:
    """Within the block, a missing object raises MissingObject."""
    s3 = client("s3")
    try:
        yield
    except s3.exceptions.ClientError as error:
        if error.response.get("Error", {}).get("Code") not in MISSING:
            raise
        raise MissingObject(key) from None


def delete_all(prefix: str) -> None:
    """Deletes every object whose key begins with `prefix`. Raises RuntimeError if S3 leaves any."""
    s3 = client("s3")
    bucket = settings().bucket
    # A page has up to 1,000 keys, and one request may delete as many.
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        if keys := [found["Key"] for found in page.get("Contents", [])]:
            left = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True})
            if errors := left.get("Errors"):
                raise RuntimeError(f"S3 left {len(errors)} objects of {prefix}: {errors[0].get('Code')}")


@contextmanager
def upload(key: str, content_type: str) -> Iterator["Upload"]:
    """Yields a target for bytes. The object exists once the block has ended, and not if the block raises."""
    target = Upload(key, content_type)
    try:
        yield target
        target.finish()
    except BaseException:
        target.abort()
        raise


class Upload:
    """An object that is written piece by piece: with one request if it is small, in parts otherwise."""

    def __init__(self, key: str, content_type: str) -> None:
        self._key = key
        self._content_type = content_type
        self._buffer = bytearray()
        self._id = ""
        self._parts: list[CompletedPartTypeDef] = []

    def write(self, data: bytes) -> int:
        self._buffer += data
        while len(self._buffer) > PART_BYTES:
            self._send(bytes(self._buffer[:PART_BYTES]))
            del self._buffer[:PART_BYTES]
        return len(data)

    def finish(self) -> None:
        if not self._id:
            put(self._key, bytes(self._buffer), self._content_type)
            return
        self._send(bytes(self._buffer))
        client("s3").complete_multipart_upload(
            Bucket=settings().bucket, Key=self._key, UploadId=self._id, MultipartUpload={"Parts": self._parts}
        )

    def abort(self) -> None:
        """Deletes the parts. If that fails, too, the bucket's lifecycle rule does it after a day."""
        if self._id:
            with suppress(Exception):
                client("s3").abort_multipart_upload(Bucket=settings().bucket, Key=self._key, UploadId=self._id)

    def _send(self, part: bytes) -> None:
        s3 = client("s3")
        bucket = settings().bucket
        if not self._id:
            # The SDK adds this checksum to each part, and S3 must know of it before the first one.
            begun = s3.create_multipart_upload(
                Bucket=bucket, Key=self._key, ContentType=self._content_type, ChecksumAlgorithm="CRC32"
            )
            self._id = begun["UploadId"]
        number = len(self._parts) + 1
        sent = s3.upload_part(
            Bucket=bucket, Key=self._key, UploadId=self._id, PartNumber=number, Body=part, ChecksumAlgorithm="CRC32"
        )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]})
