return {"success": True, "result": data}
