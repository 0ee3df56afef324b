@workflow(execution_mode="async", timeout_seconds=1800)
async def bulk_import(context: ExecutionContext, csv_url: str):
    items = await fetch_csv(csv_url)
    for item in items:
        await import_item(item)
    return {"imported": len(items)}
