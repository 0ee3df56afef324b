return {
    "user": {"id": "123", "email": "user@example.com"},
    "items": [1, 2, 3]
}
