"""Translations as the ward's staff see them: what nobody checked, checked by whom, corrected how (翻訳の確認)."""
