@workflow(
    name="export_ninjaone_devices_csv",
    schedule="0 9 * * *"
)
