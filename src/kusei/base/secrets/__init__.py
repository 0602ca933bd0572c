"""Sealing (封緘): sensitive text is encrypted and authenticated before it reaches the database; the keys are kept elsewhere."""
