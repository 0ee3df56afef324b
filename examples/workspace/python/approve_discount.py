"""A durable run that asks a person: it waits for days at no cost."""

from bifrost import screen, step, workflow
from python._customers import get_customer


@workflow(category="Customers", columns={"Customer": "input.customer", "Discount": "input.percent"})
async def approve_discount(customer: str, percent: float) -> dict:
    """Asks an administrator to approve a discount of more than 10 percent.

    Args:
        customer: The ID of the customer, such as c-1.
        percent: The discount in percent.
    """
    found = await step("find customer", lambda: get_customer(customer))
    answer = {"approved": True, "note": None}
    if percent > 10:
        answer = await screen(
            "approve",
            title=f"{percent:g} % discount for {found['name']}?",
            fields={"approved": bool, "note": {"type": "string", "required": False, "label": "Note to sales"}},
            assignee={"role": "org_admin"},
            due="2 days",
        )
    return {"customer": found["name"], "percent": percent if answer["approved"] else 0, "note": answer.get("note")}
