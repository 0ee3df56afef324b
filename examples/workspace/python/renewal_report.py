"""A report of several customers as a table, and as a file."""

import csv
import io
from datetime import date

from bifrost import files, tool, workflow
from python._customers import get_customer, list_customers


@workflow(category="Customers", time_saved=15)
async def renewal_report(before: date) -> dict:
    """Lists the contracts that are renewed before a day, and writes them to a file.

    Args:
        before: Contracts that are renewed earlier are in the report.
    """
    due = [one for one in await list_customers() if one.renewal < before]
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["customer", "seats", "renewal"])
    rows.writerows([one.name, one.seats, one.renewal.isoformat()] for one in due)
    await files.write("reports/renewals.csv", text.getvalue(), location="temp")
    return {"due": due, "seats": sum(one.seats for one in due), "file": "reports/renewals.csv"}


@tool(category="Customers", description="Looks up the contract of one customer.")
async def customer_contract(customer: str) -> dict:
    """Looks up the contract of one customer.

    Args:
        customer: The ID of the customer, such as c-1.
    """
    try:
        found = await get_customer(customer)
    except LookupError as error:
        return {"success": False, "error": str(error)}
    return {"success": True, "name": found.name, "seats": found.seats, "renewal": found.renewal}
