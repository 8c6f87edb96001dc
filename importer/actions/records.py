"""Actions on data stores."""

from importer.actions.translation import Action, Props, Translation, Version, missing, same, step


def get_record(props: Props, version: Version) -> Translation | None:
    """Gets a record. If its props say so, it creates a missing one."""
    return _or_create("get_record", props, version)


def has_key_or_create(props: Props, version: Version) -> Translation | None:
    return _or_create("has_key_or_create", props, version)


def _or_create(name: str, props: Props, version: Version) -> Translation | None:
    creates = props.get("addRecordIfNotFound") == "Yes"
    optional = dict.fromkeys(("addRecordIfNotFound", "value", "ttl")) if creates else {}
    return same(name, "dataStore", "key", **optional)(props, version)


def add_single_record(props: Props, _: Version) -> Translation:
    """An early version, whose prop for the data store has another name."""
    given = {"dataStore": props.get("store"), "key": props.get("key"), "value": props.get("value")}
    inputs = {name: value for name, value in given.items() if value is not None}
    return step("add_or_update_record", inputs, missing(given, *given))


ACTIONS: dict[str, Action] = {
    "data_stores-add-update-record": same("add_or_update_record", "dataStore", "key", "value", ttl=None),
    "data_stores-add-update-single-record": add_single_record,
    "data_stores-add-update-multiple-records": same("add_or_update_records", "dataStore", "data", ttl=None),
    "data_stores-append-to-record": same("append_to_record", "dataStore", "key", "value", ttl=None),
    "data_stores-get-record": get_record,
    "data_stores-get-record-or-create": get_record,
    "data_stores-has-key": same("has_key", "dataStore", "key"),
    "data_stores-has-key-or-create": has_key_or_create,
    "data_stores-delete-record": same("delete_record", "dataStore", "key"),
    "data_stores-delete-single-record": same("delete_record", "dataStore", "key"),
    "data_stores-delete-all-records": same("delete_all_records", "dataStore"),
    "data_stores-list-keys": same("list_keys", "dataStore"),
    "data_stores-get-all-records": same("get_all_records", "dataStore"),
    "data_stores-list-records": same("list_records", "dataStore", keys=None, returnType="object"),
    "data_stores-get-difference": same("get_difference", "dataStoreA", "dataStoreB", returnType="object"),
    "data_stores-get-record-keys": same("get_record_keys", "dataStore", "query", contains=False, caseInsensitive=False),
    "data_stores-update-ttl": same("update_record_expiration", "dataStore", "key", "ttlOption", ttl=None),
}
