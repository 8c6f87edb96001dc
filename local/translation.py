"""Translates a SAM template to CloudFormation.

Called by translations, where it has not been done before: the SAM translator takes half a second to import.
"""

import json
from pathlib import Path
from typing import Any

import boto3
from samtranslator.model.exceptions import InvalidDocumentException  # type: ignore[import-untyped]
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]
from samtranslator.utils.py27hash_fix import (  # type: ignore[import-untyped]
    to_py27_compatible_template,
    undo_mark_unicode_str_in_template,
)

from local.errors import LocalError, one_line

Json = dict[str, Any]


def translate(source: Json, path: Path, parameters: dict[str, str], region: str) -> Json:
    """CloudFormation of what a SAM template says, whose code is in S3. Raises LocalError, which names the path."""
    values: Json = dict(parameters)
    # Managed policies are named by ARN in the translated template, so that no request to IAM is needed.
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=region))
    try:
        to_py27_compatible_template(source, values)
        translated = undo_mark_unicode_str_in_template(translator.translate(source, values))
    except InvalidDocumentException as error:
        raise LocalError(f"{path} is refused by the SAM translator: {_causes(error)}") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # The translator trusts the shapes of what it does not translate itself.
        raise LocalError(f"{path} can't be translated by the SAM translator: {one_line(error)}.") from None
    finally:
        # They are published nowhere, but complain if nobody asks for it.
        translator.metrics.publish()
    result: Json = json.loads(json.dumps(translated))
    return result


def _causes(error: InvalidDocumentException) -> str:
    return " ".join(one_line(getattr(cause, "message", cause)) for cause in error.causes) or one_line(error)
