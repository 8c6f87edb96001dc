"""local.moto_differences.s3: an object is there again when its bucket is created again, as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local import moto_differences
from local.engine.store import Store
from local.moto_differences import s3 as kept

BUCKET = "things"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "objects.db"


@contextmanager
def server(file: Path) -> Iterator[Any]:
    """A client, between the start of a server and its end."""
    moto_differences.install()
    store = Store(file)
    with mock_aws():
        kept.keep_in(store)
        client = boto3.client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        client.create_bucket(Bucket=BUCKET)
        try:
            yield client
        finally:
            kept.keep_in(None)
            store.close()


def looks(client: Any, key: str) -> dict[str, Any]:
    """All that a client sees of an object."""
    answer = client.get_object(Bucket=BUCKET, Key=key)
    tags = client.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]
    headers = {
        name: value for name, value in answer["ResponseMetadata"]["HTTPHeaders"].items() if name.startswith("x-")
    }
    for name in ("x-amz-request-id", "x-amzn-requestid"):
        headers.pop(name, None)
    names = ("ContentLength", "ContentType", "ETag", "LastModified", "Metadata", "StorageClass", "ContentEncoding")
    return {
        "body": answer["Body"].read(), "tags": tags, **headers, **{name: answer.get(name) for name in names},
    }  # fmt: skip


def test_an_object_is_as_it_was(file: Path):
    with server(file) as client:
        client.put_object(
            Bucket=BUCKET, Key="run/ä b.json", Body=b'{"a": 1}', ContentType="application/json",
            Metadata={"mine": "yes"}, Tagging="team=a", StorageClass="STANDARD_IA", ContentEncoding="identity",
        )  # fmt: skip
        before = looks(client, "run/ä b.json")

    with server(file) as client:
        assert looks(client, "run/ä b.json") == before
        assert before["body"] == b'{"a": 1}'
        assert before["tags"] == [{"Key": "team", "Value": "a"}]
        [listed] = client.list_objects_v2(Bucket=BUCKET, Prefix="run/")["Contents"]
        assert (listed["Key"], listed["Size"], listed["ETag"]) == ("run/ä b.json", 8, before["ETag"])
        part = client.get_object(Bucket=BUCKET, Key="run/ä b.json", Range="bytes=1-3")
        assert part["Body"].read() == b'"a"'


def test_what_changes_it_is_kept(file: Path):
    """Writing it again, copying it onto itself with other metadata, and its tags."""
    with server(file) as client:
        client.put_object(Bucket=BUCKET, Key="k", Body=b"first", Metadata={"n": "1"})
        client.put_object(Bucket=BUCKET, Key="k", Body=b"second", Metadata={"n": "2"})
        source = {"Bucket": BUCKET, "Key": "k"}
        client.copy_object(Bucket=BUCKET, Key="k", CopySource=source, Metadata={"n": "3"}, MetadataDirective="REPLACE")
        client.copy_object(Bucket=BUCKET, Key="copy", CopySource=source)
        client.put_object_tagging(Bucket=BUCKET, Key="copy", Tagging={"TagSet": [{"Key": "t", "Value": "v"}]})
        client.put_object_tagging(Bucket=BUCKET, Key="k", Tagging={"TagSet": [{"Key": "t", "Value": "v"}]})
        client.delete_object_tagging(Bucket=BUCKET, Key="k")
        before = looks(client, "k"), looks(client, "copy")

    with server(file) as client:
        assert (looks(client, "k"), looks(client, "copy")) == before
        assert [(each["body"], each["Metadata"], len(each["tags"])) for each in before] == [
            (b"second", {"n": "3"}, 0),
            (b"second", {"n": "3"}, 1),
        ]


def test_parts_become_one_object(file: Path):
    with server(file) as client:
        upload = client.create_multipart_upload(Bucket=BUCKET, Key="big", Metadata={"mine": "yes"})["UploadId"]
        bodies = [b"a" * 5 * 1024 * 1024, b"b" * 10]
        part = {"Bucket": BUCKET, "Key": "big", "UploadId": upload}
        parts = [
            {"PartNumber": number, "ETag": client.upload_part(**part, PartNumber=number, Body=body)["ETag"]}
            for number, body in enumerate(bodies, 1)
        ]
        client.complete_multipart_upload(Bucket=BUCKET, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
        before = looks(client, "big")

    with server(file) as client:
        assert looks(client, "big") == before
        assert before["body"] == b"".join(bodies)


def test_what_is_deleted_stays_deleted(file: Path):
    """One by one and many at once; and no object outlives its bucket."""
    with server(file) as client:
        for key in ("one", "two", "three", "four"):
            client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
        client.delete_object(Bucket=BUCKET, Key="one")
        client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "two"}, {"Key": "three"}]})

    with server(file) as client:
        assert [each["Key"] for each in client.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["four"]
        with pytest.raises(ClientError, match="NoSuchKey"):
            client.get_object(Bucket=BUCKET, Key="one")


def test_a_body_is_kept_once(file: Path):
    """In the store: memory has none of it, also of objects that were written just now."""
    with server(file) as client:
        from moto.s3.models import s3_backends

        client.put_object(Bucket=BUCKET, Key="k", Body=b"x" * 100_000)
        key = s3_backends["123456789012"]["aws"].buckets[BUCKET].keys["k"]
        key._value_buffer.seek(0)
        assert key._value_buffer.read() == b""
        assert looks(client, "k")["ContentLength"] == 100_000


def test_of_a_bucket_with_versions_the_newest_is_kept(file: Path):
    with server(file) as client:
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        first = client.put_object(Bucket=BUCKET, Key="k", Body=b"first")["VersionId"]
        client.put_object(Bucket=BUCKET, Key="k", Body=b"second")
        assert client.get_object(Bucket=BUCKET, Key="k", VersionId=first)["Body"].read() == b"first"

    with server(file) as client:
        assert client.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"second"


def test_without_a_store_nothing_is_kept():
    moto_differences.install()
    with mock_aws():
        client = boto3.client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        client.create_bucket(Bucket=BUCKET)
        client.put_object(Bucket=BUCKET, Key="k", Body=b"x")
        assert client.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"
