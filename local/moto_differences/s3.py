"""How moto 5.2.5 keeps objects: in memory. AWS: keeps them. Here keep_in() has them in a store, too."""

import json
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from moto.s3.models import FakeBucket, FakeKey, S3Backend
from moto.s3.responses import S3Response

from local.engine.store import Store
from local.moto_differences.patch import replace

_SCHEMA = """
CREATE TABLE IF NOT EXISTS s3_objects (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    about TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (bucket, key)
)
"""
_ABOUT = (
    "_storage_class", "encryption", "kms_key_id", "bucket_key_enabled", "lock_mode", "lock_legal_status", "lock_until",
    "checksum_value", "checksum_type", "checksum_parts", "checksum_algorithm", "website_redirect_location",
)  # fmt: skip
"""What is kept of an object beside its metadata and its tags."""

_Changed = set[tuple[S3Backend, str, str]]

_store: Store | None = None
_of_request: ContextVar[_Changed | None] = ContextVar("of_request", default=None)


def keep_in(store: Store | None) -> None:
    """From now on what a request has changed is in the store before it is answered. None: only in memory.

    A bucket that is created begins with what the store has of it. Of a bucket with versions these are the newest ones.
    """
    global _store  # noqa: PLW0603 - moto's backends are one for the process, too
    if store:
        store.create(_SCHEMA)
    _store = store


def install() -> None:
    replace(S3Response, "_key_response", _keeping(S3Response._key_response))
    replace(S3Response, "_bucket_response", _keeping(S3Response._bucket_response))

    put_object = S3Backend.put_object

    def put_and_note(self: S3Backend, bucket_name: str, key_name: str, *more: Any, **named: Any) -> FakeKey:
        made = put_object(self, bucket_name, key_name, *more, **named)
        _note(self, bucket_name, key_name)
        return made

    delete_object = S3Backend.delete_object

    def delete_and_note(self: S3Backend, bucket_name: str, key_name: str, *more: Any, **named: Any) -> Any:
        answer = delete_object(self, bucket_name, key_name, *more, **named)
        _note(self, bucket_name, key_name)
        return answer

    put_tagging = S3Backend.put_object_tagging

    def tag_and_note(self: S3Backend, key: FakeKey, *more: Any, **named: Any) -> FakeKey:
        tagged = put_tagging(self, key, *more, **named)
        _note(self, str(key.bucket_name), key.name)
        return tagged

    delete_tagging = S3Backend.delete_object_tagging

    def untag_and_note(self: S3Backend, bucket_name: str, key_name: str, *more: Any, **named: Any) -> None:
        delete_tagging(self, bucket_name, key_name, *more, **named)
        _note(self, bucket_name, key_name)

    create_bucket = S3Backend.create_bucket

    def create_with_objects(self: S3Backend, bucket_name: str, *more: Any, **named: Any) -> FakeBucket:
        bucket = create_bucket(self, bucket_name, *more, **named)
        if _store:
            for key, about in _store.rows("SELECT key, about FROM s3_objects WHERE bucket = ?", bucket_name):
                _restore(self, bucket, key, json.loads(about))
        return bucket

    replace(S3Backend, "put_object", put_and_note)
    replace(S3Backend, "delete_object", delete_and_note)
    replace(S3Backend, "put_object_tagging", tag_and_note)
    replace(S3Backend, "delete_object_tagging", untag_and_note)
    replace(S3Backend, "create_bucket", create_with_objects)


def _keeping(respond: Any) -> Any:
    """The metadata of an object comes after its body, so it is kept when the request is at its end."""

    def respond_and_keep(self: S3Response, *arguments: Any) -> Any:
        changed: _Changed = set()
        before = _of_request.set(changed)
        try:
            return respond(self, *arguments)
        finally:
            _of_request.reset(before)
            _keep(changed)

    return respond_and_keep


def _note(backend: S3Backend, bucket: str, key: str) -> None:
    changed = _of_request.get()
    if changed is None:
        _keep({(backend, bucket, key)})
    else:
        changed.add((backend, bucket, key))


def _keep(changed: _Changed) -> None:
    store = _store
    if store is None or not changed:
        return
    with store.transaction():
        for backend, bucket, name in changed:
            of_bucket = backend.buckets.get(bucket)
            key = of_bucket.keys.get(name) if of_bucket else None
            if not isinstance(key, FakeKey):
                store.write("DELETE FROM s3_objects WHERE bucket = ? AND key = ?", bucket, name)
                continue
            about = json.dumps(_about(backend, key))
            statement = "INSERT OR REPLACE INTO s3_objects (bucket, key, about, body) VALUES (?, ?, ?, ?)"
            store.write(statement, bucket, name, about, key.value)
            store.after_commit(lambda key=key: _leave_body(key))  # type: ignore[misc]


def _about(backend: S3Backend, key: FakeKey) -> dict[str, Any]:
    return {
        **{name: getattr(key, name) for name in _ABOUT},
        "_etag": key.etag.strip('"'),
        "contentsize": key.contentsize,
        "last_modified": key.last_modified.isoformat(),
        "metadata": dict(key.metadata),
        "tags": backend.tagger.get_tag_dict_for_resource(key.arn),
    }


def _restore(backend: S3Backend, bucket: FakeBucket, name: str, about: dict[str, Any]) -> None:
    key = _KeptKey(name, b"", backend.account_id, backend.region_name, version_id="null", bucket_name=bucket.name)
    key.last_modified = datetime.fromisoformat(about.pop("last_modified"))
    key._metadata.clear()
    key._metadata.update(about.pop("metadata"))
    tags = about.pop("tags")
    key.__dict__.update(about)
    bucket.keys.setlist(name, [key])
    if tags:
        backend.tagger.tag_resource(key.arn, backend.tagger.convert_dict_to_tags_input(tags))


class _KeptKey(FakeKey):
    """An object whose body is in the store, and not a second time in memory."""

    @property
    def value(self) -> bytes:
        statement = "SELECT body FROM s3_objects WHERE bucket = ? AND key = ?"
        row = _store.row(statement, self.bucket_name, self.name) if _store else None
        return bytes(row[0]) if row else b""

    @value.setter
    def value(self, new_value: bytes) -> None:
        FakeKey.value.fset(self, new_value)  # type: ignore[attr-defined]


def _leave_body(key: FakeKey) -> None:
    # The store has no older versions.
    if not isinstance(key, _KeptKey) and not key._is_versioned:
        key.__class__ = _KeptKey
        size = key.contentsize
        FakeKey.value.fset(key, b"")  # type: ignore[attr-defined]
        key.contentsize = size
