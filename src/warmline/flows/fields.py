"""What nodes do, as authors write it: questions, answers, calls, texts. Pure.

The parts of the schema under `nodes:`; familiar knobs keep their usual spelling.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from warmline.flows import templates

MAX_QUESTION_SLOTS: Final = 12


def _template(text: str) -> str:
    templates.fields(text)
    return text


def only(*allowed: str) -> AfterValidator:
    """A text that is said wherever the call stands cannot speak of the call's slots."""

    def check(text: str) -> str:
        if any(field.slot not in allowed for field in templates.fields(text)):
            known = " but " + ", ".join(f"{{{name}}}" for name in allowed) if allowed else ""
            raise ValueError(f"expected a text without slots{known}")
        return text

    return AfterValidator(check)


def _listed(value: Any) -> Any:
    """One wording is short for a list of one."""
    return (value,) if isinstance(value, str) else value


def short(key: str) -> BeforeValidator:
    """`escalate: "address change"` is short for `escalate: { reason: "address change" }`."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Words = Annotated[str, Field(min_length=1, max_length=1000)]
Text = Annotated[Words, AfterValidator(_template)]
"""What is spoken; may hold `{slot}`, `{slot:format}` and `[parts that need a slot]`."""
StaticText = Annotated[Words, only()]
Wordings = Annotated[
    tuple[StaticText, ...],
    Field(min_length=1, max_length=9, strict=False),
    BeforeValidator(_listed),
]
"""Different sentences for the first, second … time; the last one stays."""
Prompts = Annotated[
    tuple[Text, ...], Field(min_length=1, max_length=9, strict=False), BeforeValidator(_listed)
]
"""A question, and other wordings of it for when it is asked again."""
Phrase = Annotated[str, Field(min_length=1, max_length=200)]
Phrases = Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=500, strict=False)]
Seconds = Annotated[float, Field(ge=0.5, le=120)]
Value = Annotated[str, Field(max_length=1000), AfterValidator(_template)]
Key = Annotated[str, Field(pattern=r"^[1-9]$")]


class Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


# --- answers -------------------------------------------------------------------------------------


class Answer(Part):
    """The type of an answer with its options; `warmline.answers` knows what they mean."""

    type: Annotated[str, Field(max_length=100)]
    options: dict[Name, Phrases] = {}
    """For `choice` the values and how callers say them. Beside other types: phrases that mean
    yes or no here, or that steer a free answer (and do not fill its slot)."""
    words: Annotated[tuple[Phrase, ...], Field(strict=False)] = ()
    """More words that an answer is likely to hold; they help the recogniser."""
    min: float | str | None = None
    max: float | str | None = None
    whole: bool | None = None
    check: str | None = None
    currency: str | None = None
    region: str | None = None
    pattern: str | None = None
    prefer: str | None = None

    def given(self) -> dict[str, Any]:
        """The type's own options, without those that the author left out."""
        extras = ("min", "max", "whole", "check", "currency", "region", "pattern", "prefer")
        found = {name: getattr(self, name) for name in extras}
        found |= {"options": self.options or None, "words": self.words or None}
        return {name: value for name, value in found.items() if value is not None}


class SlotPart(Answer):
    """One of several slots that a single question fills."""

    options: dict[Phrase, Annotated[tuple[Phrase, ...], Field(strict=False)]] = {}
    """The values and how else callers say them; "(soy|oat) milk" is one value for each."""
    prompt: Prompts | None = None
    """Asks for this slot alone."""
    optional: bool = False
    """Asked for only in doubt. A slot without a prompt is optional too."""


class _Listening(Part):
    timeout: Seconds = 7.0
    """Silence after which the caller is asked again."""
    inter_digit_timeout: Seconds = Field(3.0, alias="interDigitTimeout")
    finish_on_key: Literal["#", ""] = Field("#", alias="finishOnKey")
    barge_in: bool = Field(True, alias="bargeIn")
    help: StaticText | None = None
    """Said when the caller asks for help here."""


class Ask(Answer, _Listening):
    slot: Name
    prompt: Prompts
    read_back: Text | None = None
    confirm: Literal["auto", "always", "never"] = "auto"
    """Without a read-back: ask again only what was heard badly, everything, or nothing."""
    min_digits: Annotated[int, Field(ge=1, le=32)] | None = Field(None, alias="minDigits")
    max_digits: Annotated[int, Field(ge=1, le=32)] | None = Field(None, alias="maxDigits")
    give_up: Name | None = None
    """Where the call goes when the caller cannot or will not answer, instead of to a person."""

    @property
    def spec(self) -> str:
        """The type as `warmline.answers` takes it: `digits` with its bounds."""
        if self.type == "digits" and self.max_digits is not None:
            return f"digits({self.min_digits or self.max_digits}..{self.max_digits})"
        return self.type


class Form(_Listening):
    """Several slots from one sentence; what is missing is asked for by itself."""

    prompt: Prompts
    slots: Annotated[dict[Name, SlotPart], Field(min_length=1, max_length=MAX_QUESTION_SLOTS)]
    examples: Annotated[tuple[Phrase, ...], Field(strict=False)] = ()
    """Whole sentences as callers say them, which together hold every value's words; the
    recogniser writes on in their style."""
    carrier: Annotated[tuple[Phrase, ...], Field(strict=False)] = ()
    """More words that may stand around the slots and mean nothing."""
    read_back: Text | None = None


class MenuItem(Part):
    label: StaticText
    """As it is read out: "For *opening hours*, press 2."."""
    phrases: Annotated[tuple[Phrase, ...], Field(strict=False)] = ()
    key: Key | None = None
    """Without it: the position in the menu."""


class Menu(_Listening):
    slot: Name | None = None
    prompt: Prompts
    items: Annotated[
        dict[Name, Annotated[MenuItem, short("label")]], Field(min_length=1, max_length=9)
    ]


class Knowledge(_Listening):
    """Questions that the articles of a folder answer."""

    prompt: Prompts
    knowledge: Name
    more: StaticText = "Would you like to hear more about that?"
    again: StaticText = "What else would you like to know?"
    done: Phrases = ("no", "that's all", "nothing else", "that was all", "goodbye")


# --- what nodes do -------------------------------------------------------------------------------


class Call(Part):
    endpoint: Name
    values: dict[Name, Value] = Field({}, alias="with")
    save: dict[Name, Annotated[str, Field(max_length=200)]] = {}
    """Slot to fill: JSON path in the answer."""
    while_waiting: StaticText = "One moment, please."


class SecureInput(Ask, Call):
    """An answer that only one HTTP endpoint gets to see."""

    options: dict[Name, Phrases] = Field({}, max_length=0)
    read_back: None = None
    confirm: Literal["never"] = "never"


class LookUp(Part):
    table: Name
    key: Text
    save: dict[Name, str]
    """Slot to fill: field of the record."""


class Consent(_Listening):
    purpose: Name
    """What is allowed or not, for example `recording`."""
    prompt: Text
    allows: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    """What a yes allows: `recording` of the call, `mood` (how the caller sounds). Without it only
    what `purpose` names."""


class Escalate(Part):
    queue: Name | None = None
    skill: Name | None = None
    say: StaticText | None = None
    reason: Annotated[str, Field(max_length=200)] = ""
    """For the person who takes over; not spoken."""
    because: Literal["flow", "vip", "compliance"] = "flow"
    """What kind of reason that is."""
    priority: Annotated[int, Field(ge=0, le=30)] = 0
    """One more counts in the queue like a minute of waiting."""
    callback: Name | None = None
    """The slot with the number to call back: no person now, but a call later."""


class HandBack(Part):
    say: Text | None = None


class End(Part):
    say: Text | None = None
