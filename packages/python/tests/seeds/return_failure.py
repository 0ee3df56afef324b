# Workflow still succeeds, but indicates failure
return {"success": False, "error": "User not found"}
