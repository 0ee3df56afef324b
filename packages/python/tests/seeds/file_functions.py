# Two operation modes
MODE_LOCAL = "local"   # Direct filesystem access
MODE_CLOUD = "cloud"   # API-based access via HTTP

# Three file locations
class FileLocation(Enum):
    WORKSPACE = "workspace"  # Persistent workflow workspace
    TEMP = "temp"            # Temporary execution files
    UPLOADS = "uploads"      # User-uploaded files

# Key functions
async def read_file(path: str, location: FileLocation = WORKSPACE, as_base64: bool = False)
async def write_file(path: str, content: str | bytes, location: FileLocation = WORKSPACE)
async def list_files(path: str = "", location: FileLocation = WORKSPACE)
async def delete_file(path: str, location: FileLocation = WORKSPACE)
async def file_exists(path: str, location: FileLocation = WORKSPACE)
