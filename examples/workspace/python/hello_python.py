"""The smallest example: a function, its parameters, and a line in the log."""

import logging
from typing import Literal

from bifrost import context, workflow

logger = logging.getLogger(__name__)


@workflow(category="Learn")
async def hello_python(name: str, times: int = 1, tone: Literal["polite", "short"] = "polite") -> dict:
    """Greets a person as often as you like.

    Args:
        name: Who is greeted.
        times: How many greetings.
        tone: How formal the greeting is.
    """
    logger.info("Greeting %s", name)
    greeting = f"Good day, {name}." if tone == "polite" else f"Hi {name}."
    return {"greeting": " ".join([greeting] * times), "from": context.org_name}
