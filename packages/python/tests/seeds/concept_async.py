@workflow(
    name="export_ninjaone_devices_csv",
    execution_mode="async"
)
