"""What a run knows about itself."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Generator, Mapping

from ._call import call, scope_name
from ._current import require_run
from ._records import Record


class Organization(Record):
    """The organization of a run: `id`, `name`, `slug`, `is_active`, `is_provider`, `parent`.

    Example:
        if context.organization and context.organization.is_provider: ...
    """

    id: str
    name: str
    slug: str
    is_active: bool
    is_provider: bool
    parent: Any


class Roi:
    """How much work and money one successful run saves: `time_saved` in minutes, `value` in money. Both can be set.

    Example:
        context.roi.time_saved += 5
    """

    def __init__(self, time_saved: float, value: float, added: Callable[[float, float], None]) -> None:
        self._time_saved = time_saved
        self._value = value
        self._added = added

    @property
    def time_saved(self) -> float:
        """Minutes.

        Example:
            context.roi.time_saved = 30
        """
        return self._time_saved

    @time_saved.setter
    def time_saved(self, minutes: float) -> None:
        _require_amount("time_saved", minutes)
        self._added(minutes - self._time_saved, 0)
        self._time_saved = minutes

    @property
    def value(self) -> float:
        """Money, in the installation's currency.

        Example:
            context.roi.value = 12.5
        """
        return self._value

    @value.setter
    def value(self, money: float) -> None:
        _require_amount("value", money)
        self._added(0, money - self._value)
        self._value = money

    def _add(self, time_saved: float, value: float) -> None:
        self._time_saved = max(0, self._time_saved + time_saved)
        self._value = max(0, self._value + value)


def _require_amount(name: str, amount: object) -> None:
    if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not 0 <= amount < float("inf"):
        raise TypeError(f"context.roi.{name} must be a number that is not negative; it is {amount!r}.")


class ExecutionContext:
    """What a run knows about itself. A parameter of this type is filled in by the platform; `context` is the same object.

    `org_id`, `org_name` and `organization` are None for a global run (TypeScript's `orgId` is the provider's there; the
    flag `is_global_scope` is the same in both). `scope` is "GLOBAL" or the id of the organization.

    Example:
        @workflow
        async def who_am_i(context: ExecutionContext): return context.email
    """

    org_id: str | None
    org_name: str | None
    organization: Organization | None
    user_id: str | None
    email: str | None
    name: str | None
    execution_id: str
    workflow_id: str | None
    workflow_name: str
    scope: str
    is_platform_admin: bool
    is_global_scope: bool
    parameters: Mapping[str, Any]
    roi: Roi
    attempt: int
    public_url: str | None
    startup: Any
    form: Any
    form_inputs: Mapping[str, Any]
    event: Any

    def __init__(self, told: Mapping[str, Any], given: Mapping[str, Any], roi: Roi) -> None:
        is_global = bool(told["isGlobalScope"])
        organization = told["organization"]
        form = told.get("form")
        self.org_id = None if is_global else told["orgId"]
        self.org_name = None if is_global else told["orgName"]
        self.organization = (
            None
            if is_global
            else Organization(
                id=told["orgId"],
                name=told["orgName"],
                slug=organization["slug"],
                is_active=True,
                is_provider=organization["isProvider"],
                parent=Record.of(organization["parent"]) if organization["parent"] else None,
            )
        )
        self.user_id = told["userId"]
        self.email = told["email"]
        self.name = told["name"]
        self.execution_id = told["executionId"]
        self.workflow_id = told["workflowId"]
        self.workflow_name = told["workflowName"]
        self.scope = "GLOBAL" if is_global else told["orgId"]
        self.is_platform_admin = told["isPlatformAdmin"]
        self.is_global_scope = is_global
        self.parameters = dict(given)
        self.roi = roi
        self.attempt = told["attempt"]
        self.public_url = told.get("publicUrl")
        self.form = Record.of(form) if form else None
        self.startup = form["startup"] if form else None
        self.form_inputs = dict(form["answers"]) if form else {}
        self.event = told.get("event")

    @property
    def organization_id(self) -> str | None:
        """The same as `org_id`.

        Example:
            context.organization_id
        """
        return self.org_id

    @property
    def executed_by(self) -> str | None:
        """The same as `user_id`.

        Example:
            context.executed_by
        """
        return self.user_id

    @property
    def executed_by_email(self) -> str | None:
        """The same as `email`.

        Example:
            context.executed_by_email
        """
        return self.email

    @property
    def executed_by_name(self) -> str | None:
        """The same as `name`.

        Example:
            context.executed_by_name
        """
        return self.name

    def set_scope(self, org_id: str | None) -> Awaitable[None]:
        """Makes all later calls of the run calls for another organization; None, or "global": for what is global.

        Awaited, it is a PermissionError where the person who started the run may not act for that organization; without
        `await`, the next call is. The run stays what it is: its waits, its cursors and `step.tx` are of its own organization.
        Call it outside of steps.

        Example:
            await context.set_scope(customer.id)
        """
        inside = require_run("context.set_scope()").durable.inside_step
        if inside is not None:
            raise RuntimeError(f'context.set_scope() is inside the step "{inside}". Call it before or after.')
        before, self._scope = self._scope, "global" if org_id is None else scope_name(org_id)
        return _ScopeCheck(self, before)

    _scope: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """What a run may return of its context.

        Example:
            return context.to_dict()
        """
        names = ("org_id", "org_name", "user_id", "email", "name", "execution_id", "workflow_id", "workflow_name", "scope")
        return {name: getattr(self, name) for name in names}


class _ScopeCheck:
    """Whether the run may act for the organization that it has named. Files that do not await it are served as well."""

    def __init__(self, context: ExecutionContext, before: str | None) -> None:
        self._context = context
        self._before = before
        self._asked = context._scope

    def __await__(self) -> Generator[Any, None, None]:
        return self._check().__await__()

    async def _check(self) -> None:
        try:
            await call("context.setScope", {}, self._asked)
        except BaseException:
            self._context._scope = self._before
            raise


class _ContextProxy:
    """The context of the run that asks, anywhere in the call tree. Outside of a run each attribute is an AttributeError.

    Example:
        from bifrost import context
        where = f"{context.org_name} / {getattr(context, 'email', 'unknown')}"
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(_context_now(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"context.{name} cannot be set.")

    def __dir__(self) -> list[str]:
        return dir(_context_now())

    def __repr__(self) -> str:
        return "<bifrost context>"

    # isinstance() and annotations see what it stands for.
    __class__ = ExecutionContext  # type: ignore[assignment]


_ContextProxy.__name__ = "ExecutionContext"


def _context_now() -> ExecutionContext:
    try:
        return require_run("context").context
    except RuntimeError as error:
        raise AttributeError(str(error)) from None


context: ExecutionContext = _ContextProxy()  # type: ignore[assignment]
