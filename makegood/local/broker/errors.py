"""What can go wrong with the embedded broker, as a sentence that says what to do."""

from makegood.errors import UserError


class BrokerError(UserError):
    """The broker cannot be fetched, started or stopped."""
