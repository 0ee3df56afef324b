@tool(name="search_docs", description="Search documentation")
async def search_docs(query: str):
    pass
# Equivalent to: @workflow(is_tool=True, tool_description="...")
