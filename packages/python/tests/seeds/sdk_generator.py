class SDKGenerator:
    def generate(self, openapi_spec: dict, config: SDKConfig) -> str:
        # Generates complete Python SDK with:
        # - Dataclass models from schemas
        # - API client class with typed methods
        # - Authentication handling (bearer, api_key, basic, oauth)
