@workflow(execution_mode="sync", timeout_seconds=30)
async def quick_lookup(context: ExecutionContext, id: str):
    result = await database.get(id)
    return {"result": result}
