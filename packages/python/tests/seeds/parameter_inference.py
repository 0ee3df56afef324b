@workflow
async def create_user(
    email: str,              # Required string, label: "Email"
    name: str,               # Required string, label: "Name"
    department: str = "IT",  # Optional with default
    active: bool = True      # Optional boolean
):
    """Create a new user."""
    pass
