"""The pages of accounts: signing in, proving who one is, My page."""
