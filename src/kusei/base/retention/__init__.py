"""Retention (保存期間): how long each kind of record is kept, what deletes it, and that it was deleted."""
