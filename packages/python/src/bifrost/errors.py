"""What workflows raise, and what the platform raises in them."""

from __future__ import annotations

import datetime as _datetime
import email.utils as _email_utils
import re as _re
import time as _time


class UserError(Exception):
    """Its text is meant for the person who started the run; other errors are shown to developers alone. It is not retried.

    Example:
        raise UserError("There is no free license left. Order one first.")
    """


class WorkflowError(Exception):
    """The base of errors that say in which way a workflow failed.

    Example:
        raise WorkflowError("The export is empty.")
    """


class ValidationError(WorkflowError):
    """What came in cannot be used.

    Example:
        raise ValidationError("The customer has no email address.")
    """


class IntegrationError(WorkflowError):
    """Another service failed, or is not set up.

    Example:
        raise IntegrationError("The directory answered 503.")
    """


class ConfigurationError(WorkflowError):
    """A setting is missing or wrong.

    Example:
        raise ConfigurationError("Set the config value api_url first.")
    """


class WorkflowNotFoundError(WorkflowError, ValueError):
    """There is no workflow of this name or id.

    Example:
        try: await workflows.execute("close", {})
        except WorkflowNotFoundError: ...
    """


class WorkflowLoadError(WorkflowError):
    """The file of a workflow could not be loaded.

    Example:
        try: await workflows.execute("close", {})
        except WorkflowLoadError as error: logger.error(error)
    """


class FatalError(Exception):
    """Raised in a step, it is not retried.

    Example:
        raise FatalError("The order was cancelled; there is nothing to ship.")
    """


class RetryAfterError(Exception):
    """Raised in a step, the next attempt comes after so many seconds instead of the step's own backoff.

    `after` is a number of seconds, a datetime, or a header `Retry-After` as it came. What says no time, such as a missing
    header, leaves the step's own backoff: `after_seconds` is None then.

    Example:
        raise RetryAfterError(response.headers.get("retry-after"))
    """

    def __init__(self, after: float | str | _datetime.datetime | None = None, message: str | None = None) -> None:
        self.after_seconds: float | None = _retry_after(after)
        if message is None:
            message = (
                "Try again later." if self.after_seconds is None else f"Try again after {self.after_seconds:g} s."
            )
        super().__init__(message)


class StepError(Exception):
    """A step failed for good. `type` is the name of the error that the step raised; it is the same at every replay.

    Example:
        try: await step("charge", charge)
        except StepError as error: logger.warning("%s failed: %s", error.step, error.type)
    """

    def __init__(self, step: str, type: str, message: str, stack: str = "") -> None:
        super().__init__(message)
        self.step = step
        self.type = type
        self.stack = stack


class ChildRunError(Exception):
    """A run that this one started failed, was cancelled, or did not end in time. `type` is the name of the error it failed with.

    Example:
        try: await workflows.run("ship-order", {"order_id": order_id})
        except ChildRunError as error: logger.warning("%s: %s", error.workflow, error.type)
    """

    def __init__(self, workflow: str, type: str, message: str) -> None:
        super().__init__(message)
        self.workflow = workflow
        self.type = type


class BifrostError(Exception):
    """The platform refused a call. `code` says why, as the API does.

    Example:
        try: await roles.create("Billing")
        except BifrostError as error: logger.error(error.code)
    """

    def __init__(self, message: str, code: str = "internal") -> None:
        super().__init__(message)
        self.code = code


class EgressError(OSError):
    """A connection that the platform does not make; the message says why, or where to ask for it.

    Example:
        except EgressError as error: logger.error("Not reachable: %s", error)
    """

    def __init__(self, message: str, code: str = "egress_refused") -> None:
        super().__init__(message)
        self.code = code


class NotAvailableError(NotImplementedError):
    """This installation does not have the feature that was called.

    Example:
        except NotAvailableError as error: logger.warning(str(error))
    """


class _Refused(BifrostError):
    """A BifrostError that is a built-in error as well, so that `except ValueError` finds what was not found."""


class _NotFound(_Refused, ValueError):
    pass


class _FileNotFound(_Refused, FileNotFoundError):
    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class _Denied(_Refused, PermissionError):
    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class _Invalid(_Refused, ValueError):
    pass


for _class in (_NotFound, _FileNotFound, _Denied, _Invalid):
    _class.__name__ = _class.__qualname__ = "BifrostError"


def _call_error(code: str, message: str, method: str = "") -> BifrostError:
    """What a refused call raises: ValueError for not found, PermissionError for denied, FileNotFoundError for files."""
    if code == "not_found":
        kind: type[BifrostError] = _FileNotFound if method.startswith("files.") else _NotFound
    elif code == "forbidden":
        kind = _Denied
    elif code in ("bad_request", "validation_failed"):
        kind = _Invalid
    else:
        kind = BifrostError
    error = kind(message, code)
    # An error of the operating system drops its message when it is given more than one argument.
    error.args = (message,)
    return error


_SECONDS = _re.compile(r"^\d{1,9}(\.\d{1,9})?$")


def _retry_after(after: object) -> float | None:
    if isinstance(after, bool) or after is None:
        return None
    if isinstance(after, (int, float)):
        return float(after) if 0 <= after < float("inf") else None
    if isinstance(after, _datetime.datetime):
        return max(0.0, after.timestamp() - _time.time())
    text = str(after).strip()
    if _SECONDS.match(text):
        return float(text)
    try:
        return max(0.0, _email_utils.parsedate_to_datetime(text).timestamp() - _time.time())
    except (TypeError, ValueError, IndexError):
        return None
