"""What can go wrong in the engine, said so that an analyst knows where to mend it."""


class AnalyticsError(Exception):
    """Base of every refusal of the engine; the message is meant for an analyst."""


class TapeError(AnalyticsError):
    """The loan tape cannot be used."""


class StructureError(AnalyticsError):
    """The deal file cannot be used; `path` names the place, such as ``notes[1].coupon.rate``."""

    def __init__(self, message: str, path: str = "") -> None:
        self.path = path
        self.reason = message
        super().__init__(f"{path}: {message}" if path else message)

    def __reduce__(self) -> tuple[type["StructureError"], tuple[str, str]]:
        """Survive a trip between processes with the path intact."""
        return StructureError, (self.reason, self.path)


class AssumptionError(AnalyticsError):
    """An assumption is missing, out of range or contradicts another."""


class ConvergenceError(AnalyticsError):
    """A search or a fit did not settle; the message says where it stopped."""
