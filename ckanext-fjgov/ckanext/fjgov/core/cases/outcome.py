"""What comes of a request: the step was taken, or why it was not."""

from __future__ import annotations

from dataclasses import dataclass

from ckanext.fjgov.core.cases.records import Case, Delivery, Event, Notice


@dataclass(frozen=True, slots=True)
class Applied:
    """The step was taken.

    Attributes:
        case: as it is now.
        events: added to its history, in order; more than one when a clock had ended before.
        notices, deliveries: to be sent because of them.
    """

    case: Case
    events: tuple[Event, ...]
    notices: tuple[Notice, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    def then(self, later: Applied) -> Applied:
        """Put what came later behind this."""
        return Applied(
            later.case,
            self.events + later.events,
            self.notices + later.notices,
            self.deliveries + later.deliveries,
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """The step was not taken; nothing has changed.

    Attributes:
        article: of the rules on which the refusal rests; "" where they are silent.
        by_right: it is the person who may not; another one might.
    """

    zh: str
    en: str
    article: str = ""
    by_right: bool = False

    @property
    def message(self) -> str:
        """Give both languages, Chinese first, with the article where there is one."""
        zh = f"依《办法》第{self.article}条，{self.zh}" if self.article else self.zh
        en = f"Art. {self.article}: {self.en}" if self.article else self.en
        return f"{zh} / {en}"
