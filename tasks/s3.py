"""The way to S3: a client for each store, and what its failures mean. No message holds a secret or an object's key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from tasks.errors import ConfigError, DaytwoError, TransientError

ATTEMPTS = 4
"""Attempts of one request, in botocore's standard mode with its backoff; Prefect retries the task after that."""
BODY_ATTEMPTS = 3
"""Attempts at a body that breaks off."""
CONNECT_SECONDS = 10
READ_SECONDS = 60
CONNECTIONS = 64
"""As many as Prefect's runner has threads (`flows.nightly.MAX_THREADS`)."""
ANYWHERE = "us-east-1"
"""A region for stores that have none but want one in the signature."""
CODE = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
LET_IN = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, where daytwo runs."
REGION = "Set [s3] region, or AWS_DEFAULT_REGION."

WRONG: dict[str, tuple[str, str]] = {
    "NoSuchBucket": ("there is no such bucket", "Correct the name of the bucket, or [s3] endpoint_url."),
    "InvalidBucketName": ("that is no name of a bucket", "Correct the name of the bucket."),
    "AllAccessDisabled": ("the bucket is closed", "Ask the bucket's owner."),
    "InvalidAccessKeyId": ("it does not know the access key", LET_IN),
    "InvalidToken": ("it does not take the session token", LET_IN),
    "SignatureDoesNotMatch": ("the secret key is wrong", LET_IN),
    "ExpiredToken": ("the credentials have expired", "Renew them."),
    "RequestTimeTooSkewed": ("this machine's clock is wrong", "Set the clock."),
    "PermanentRedirect": ("the bucket is in another region", REGION),
    "AuthorizationHeaderMalformed": ("the bucket is in another region", REGION),
    "IllegalLocationConstraintException": ("the bucket is in another region", REGION),
    "AccessDenied": ("access denied", "Let daytwo's user list and read there: docs/operate.md has the policy."),
}
"""Codes of answers that no retry mends: what they say, and the remedy."""
BUSY = {"SlowDown", "Throttling", "ThrottlingException", "RequestTimeout", "RequestLimitExceeded", "InternalError"}
ALIASES = {"403": "AccessDenied", "301": "PermanentRedirect"}
"""Answers without a body have the status for a code."""


@dataclass(frozen=True, slots=True)
class S3Access:
    """Where S3 is. Credentials come from the environment or an AWS profile, never from settings."""

    endpoint_url: str | None = None
    region: str | None = None

    @property
    def name(self) -> str:
        """The store as messages name it."""
        return self.endpoint_url or "AWS S3"


@cache
def client(access: S3Access) -> Any:
    """Return the client for a store; it may be shared by threads.

    Raises ConfigError when the profile or the region is unknown.
    """
    import boto3.session  # noqa: PLC0415 - costs 0.3 s that nights without S3 need not pay
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    config = Config(
        retries={"mode": "standard", "max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        s3={"addressing_style": "path" if access.endpoint_url else "auto"},
        # checksums that AWS began to ask for in 2025 make other stores answer with errors
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        session = boto3.session.Session(region_name=access.region)
        region = session.region_name or (ANYWHERE if access.endpoint_url else None)
        return session.client("s3", region_name=region, endpoint_url=access.endpoint_url, config=config)
    except (BotoCoreError, ValueError) as error:
        raise ConfigError(f"no way to {access.name}: {type(error).__name__}", remedy=LET_IN) from None


def code_of(error: Exception) -> str:
    """Return the code of an answer, such as NoSuchKey; "" when there was no answer."""
    answer = getattr(error, "response", None) or {}
    code = str(answer.get("Error", {}).get("Code", ""))
    return ALIASES.get(code, code) if CODE.match(code) else ""


def status_of(error: Exception) -> int:
    """Return the HTTP status of an answer, 0 when there was no answer."""
    answer = getattr(error, "response", None) or {}
    return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def failures() -> tuple[type[Exception], ...]:
    """Return the classes of what a client raises, on a body that breaks off as well."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    return BotoCoreError, ClientError, HTTPError


def breaks_off(error: Exception) -> bool:
    """Tell whether a body ended before its time, which the client's own retries don't cover."""
    from botocore.exceptions import IncompleteReadError, ResponseStreamingError  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    return isinstance(error, IncompleteReadError | ResponseStreamingError | HTTPError)


def explain(error: Exception, access: S3Access, place: str) -> DaytwoError:
    """Return what a failure means: ConfigError when a person has to act, TransientError when a retry may help.

    `place` is the bucket as the settings name it.
    """
    from botocore import exceptions as known  # noqa: PLC0415

    where = f"{place} at {access.name}"
    if isinstance(error, known.NoCredentialsError | known.PartialCredentialsError | known.CredentialRetrievalError):
        return ConfigError(f"cannot read {where}: no credentials were found", remedy=LET_IN)
    if isinstance(error, known.SSLError):
        remedy = "Name the certificates of its authority in AWS_CA_BUNDLE."
        return ConfigError(f"cannot trust the certificate of {access.name}", remedy=remedy)
    code, status = code_of(error), status_of(error)
    if code in WRONG:
        says, remedy = WRONG[code]
        return ConfigError(f"cannot use {where}: {says}", remedy=remedy)
    if status and status < 500 and status != 429 and code not in BUSY:
        return ConfigError(
            f"cannot use {where}: it answers {code or status}", remedy="Is it the right store and bucket?"
        )
    if isinstance(error, known.ParamValidationError | known.InvalidRegionError):
        return ConfigError(f"cannot use {where}: {type(error).__name__}", remedy="Correct the path of the source.")
    answer = f"answers {code or status}" if status else f"does not answer ({type(error).__name__})"
    return TransientError(f"{access.name} {answer}", remedy="Is it up, and [s3] endpoint_url right? Then run again.")
