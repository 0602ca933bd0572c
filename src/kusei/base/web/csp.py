"""The Content-Security-Policy: everything from this site alone, nothing inline, nothing framed.

`CONTENT_SECURITY_POLICY = {"DIRECTIVES": POLICY}` in the settings (django-csp). `data:` pictures are allowed for the previews that
the browser makes of a photo before it is sent; no page loads one from the server.
"""

POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
