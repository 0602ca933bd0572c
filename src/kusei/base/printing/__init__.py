"""Printing (印刷): what must go out by post, in batches of one PDF, each thing once."""
