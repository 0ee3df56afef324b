"""Workflows that are written as an outline of their steps."""
