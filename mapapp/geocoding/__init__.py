"""Addresses of the initiatives: asked, decided by the policy or by a person, kept, and pinned."""
