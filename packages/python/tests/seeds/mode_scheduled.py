@workflow(schedule="0 9 * * *")  # Daily at 9 AM UTC
async def daily_report():
    """Generate and send daily report."""
    report = await generate_report()
    await send_report(report)
    return {"status": "sent"}
