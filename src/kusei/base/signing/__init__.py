"""Signing (電子署名): what a resident signed with the certificate of their My Number card (公的個人認証), checked and kept so that it can be checked again."""
