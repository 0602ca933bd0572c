"""Django's settings: everything that differs between installations comes from `kusei.site.config`."""

import os
import sys

from django.conf import locale as _locale

from kusei.base.accounts.proxies import networks
from kusei.base.web.csp import POLICY
from kusei.site import logs
from kusei.site.config import CONFIG, ROOT

SECRET_KEY = CONFIG.secret()
DEBUG = CONFIG.debug
TESTING = "pytest" in sys.modules
ALLOWED_HOSTS = CONFIG.hosts
WARD = CONFIG.ward.value
WARDS_FOLDER = ROOT / "wards"
KUSEI_HOME = CONFIG.home
PART = CONFIG.part
LINE, LINE_SECONDS, LINE_LONGEST = CONFIG.line, CONFIG.line_seconds, CONFIG.line_longest
DEMO = CONFIG.demo
FILES_FOLDER = CONFIG.home / "files"
DATA_FOLDER = CONFIG.data_dir
ADDRESS = CONFIG.site_address
MAIL = CONFIG.mail
MAIL_FROM = CONFIG.mail_from
SCANNER = CONFIG.scanner
CARD_ANCHORS = CONFIG.card_anchors
CARD_CRLS = CONFIG.revocation_lists
TRUSTED_PROXIES = networks(CONFIG.trusted_proxies)
SEAL = CONFIG.seal
SIGNER = CONFIG.signer
SIGNER_FILE = CONFIG.signer_file
SIGNER_PASSPHRASE = CONFIG.signer_passphrase.get_secret_value() if CONFIG.signer_passphrase else ""
SIGN_IN_SERVICES = {"resident": CONFIG.oidc_resident, "staff": CONFIG.oidc_staff}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "kusei.base.web",
    "kusei.base.parties",
    "kusei.base.accounts",
    "kusei.base.staff",
    "kusei.base.audit",
    "kusei.base.files",
    "kusei.base.jobs",
    "kusei.base.events",
    "kusei.base.line",
    "kusei.base.tell",
    "kusei.base.signing",
    "kusei.base.ask",
    "kusei.base.decide",
    "kusei.base.emergency",
    "kusei.base.papers",
    "kusei.base.charge",
    "kusei.base.book",
    "kusei.base.api",
    "kusei.base.draw",
    "kusei.base.printing",
    "kusei.base.record",
    "kusei.base.publish",
    "kusei.base.map",
    "kusei.base.find",
    "kusei.base.texts",
    "kusei.base.builder",
    "kusei.base.demo",
    "kusei.counter.bicycle_parking",
    "kusei.counter.worded_procedures",
    "kusei.counter.life_events",
    "kusei.counter.food_business",
    "kusei.counter.ward_tax",
    "kusei.family.child_allowance",
    "kusei.office.lost_property",
    "kusei.site",
]

MIDDLEWARE = [
    "kusei.site.metrics.Measured",
    "kusei.base.web.middleware.Failures",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kusei.base.web.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "kusei.base.accounts.middleware.Authentication",
    "kusei.base.audit.middleware.AuditMiddleware",
    "kusei.base.accounts.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "kusei.base.web.follow.Follow",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "kusei.base.web.context.layout",
            ],
        },
    }
]

ROOT_URLCONF = {"all": "kusei.site.urls", "portal": "kusei.site.urls_portal", "office": "kusei.site.urls_office"}[PART]
WSGI_APPLICATION = "kusei.site.wsgi.application"
# Connections stay open between requests: making one costs more than a page. Each request first looks whether its own still stands.
DATABASES = {
    "default": {
        **CONFIG.database(CONFIG.database_role),
        "ENGINE": "kusei.base.kernel.database",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["kusei.base.accounts.backends.AccountBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "accounts:sign_in"

# An hour without a page ends a session; drafts belong to the account and wait.
SESSION_ENGINE = "kusei.base.accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "kusei.base.web.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": POLICY}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

# The proxy that ends TLS says so in a header; it must overwrite what comes from outside.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.https else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if CONFIG.https else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.https

LOGGING = logs.CONFIGURATION
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(CONFIG.home / "metrics")  # read when prometheus_client is first imported
SEALING_KEYS = CONFIG.keys
METRICS_TOKEN = CONFIG.metrics_token

LANGUAGE_CODE = "ja"
LANGUAGES = [
    ("ja", "日本語"),
    ("ja-easy", "やさしい日本語"),
    ("en", "English"),
    ("zh-hans", "简体中文"),
    ("ko", "한국어"),
    ("tl", "Tagalog"),
    ("ne", "नेपाली"),
    ("vi", "Tiếng Việt"),
]
for _code, _name, _own in (("ja-easy", "Easy Japanese", "やさしい日本語"), ("tl", "Tagalog", "Tagalog")):
    _locale.LANG_INFO[_code] = {"bidi": False, "code": _code, "name": _name, "name_local": _own}
LOCALE_PATHS = [CONFIG.home / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"

STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.home / "static"
STORAGES = {
    "default": {"BACKEND": "kusei.base.files.storage.Durable", "OPTIONS": {"location": FILES_FOLDER}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage."
        + ("StaticFilesStorage" if DEBUG or TESTING else "ManifestStaticFilesStorage")
    },
}
