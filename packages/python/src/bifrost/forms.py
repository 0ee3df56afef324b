"""Forms. The platform does not offer them to code yet, and each function says so.

Example:
    from bifrost import forms
    form = await forms.get(form_id)
"""

from __future__ import annotations

import builtins

from ._call import not_available
from ._records import Record


async def list() -> builtins.list[Record]:
    """All forms of the organization.

    Example:
        for form in await forms.list(): ...
    """
    not_available("forms.list")


async def get(form_id: str) -> Record:
    """One form.

    Example:
        form = await forms.get(form_id)
    """
    not_available("forms.get")
