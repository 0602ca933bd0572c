"""What can keep Kusei from running. Each message is for the person who starts it and says what to do."""


class SiteError(Exception):
    """Kusei can't start or go on as it is set up."""


class ConfigError(SiteError):
    """The environment holds something Kusei can't start with."""


class ClusterError(SiteError):
    """The embedded PostgreSQL can't be used."""


class Busy(SiteError):
    """Another process holds the lock."""
