"""The exception tree of the rules; each error speaks Chinese first, then English.

FjgovError
├─ InvalidDataFile        one of the YAML files is missing or breaks its form: its owner corrects it
│  ├─ InvalidSchema       schemas/*.yaml
│  ├─ InvalidVocabulary   vocabularies/*.yaml or a file of the node's own data folder
│  └─ UnknownVocabulary   a code list of that name does not exist
└─ InvalidValue           a value breaks its grammar
   ├─ InvalidIdentifier   信息资源标识符
   ├─ InvalidGuideCode    信息资源代码
   └─ InvalidUscc         统一社会信用代码
"""

# ruff: noqa: N818 - the names say what is wrong with what; the base class says that it is an error.

from __future__ import annotations


class FjgovError(Exception):
    """Base of every error of `core/`.

    Attributes:
        zh: what happened and what to do, in Chinese.
        en: the same in English.
    """

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class InvalidDataFile(FjgovError):
    """A data file is missing or breaks its form."""


class InvalidSchema(InvalidDataFile):
    """A file of `schemas/` breaks its form."""


class InvalidVocabulary(InvalidDataFile):
    """A code list breaks its form."""


class UnknownVocabulary(InvalidDataFile):
    """No code list has this name."""


class InvalidValue(FjgovError):
    """A value breaks its grammar."""


class InvalidIdentifier(InvalidValue):
    """A text is no 信息资源标识符."""


class InvalidGuideCode(InvalidValue):
    """A text is no 信息资源代码."""


class InvalidUscc(InvalidValue):
    """The parts given make no 统一社会信用代码."""
