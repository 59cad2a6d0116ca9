"""Machines that talk: voicemail greetings, queue announcements, the same recording over and over.

Pure. Knows words and prints of sounds; no turn and no flow. Only what no caller says of
themselves is on these lists: when in doubt the words count.
"""

import re
from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.hearing.soundtrack import alike
from warmline.spoken import words

VOICEMAIL: Final = "voicemail"
ANNOUNCEMENT: Final = "announcement"

_VOICEMAIL: Final = re.compile(
    r"\b(leave|record) (your|a|me a|us a) (\w+ )?(message|name) .*(after|at|following) the "
    r"(tone|beep|signal)\b"
    r"|\bplease (leave|record) (your|me a|us a) (\w+ )?message\b"
    r"|\b(after|at) the (tone|beep) (please )?(leave|record|say)\b"
    r"|\breached (the |my )?(\w+ ){0,3}(voice ?mail|mailbox|voice messaging|answering machine)\b"
    r"|\bforwarded to (an? |the )?(\w+ )?voice ?(mail|message)\b"
    r"|\bmail ?box (is full|cannot accept|can't accept|has not been set up)\b"
    r"|\bwhen (you are )?(done|finished)( recording)?,? (you may )?(hang up|press)\b"
)
_ANNOUNCEMENT: Final = re.compile(
    r"\byour call is (very )?important to us\b"
    r"|\b(all|each) (of )?our (\w+ )?(agents|representatives|operators|advisors|assistants|lines) "
    r"are\b"
    r"|\b(please )?(continue to hold|stay on the line|remain on the line)\b.*"
    r"\b(your call|answered|be with you|agent|representative|operator)\b"
    r"|\byour call will be (answered|taken|connected)\b"
    r"|\bin the order (that )?(it|they) (was|were) received\b"
    r"|^thank you for (holding|your patience|continuing to hold)$"
    r"|\b(you are|your call is) (now )?(the )?(first|next|number \w+) in (line|the queue)\b"
    r"|\bcalls? (may|will) be (recorded|monitored)\b"
)

MIN_PRINT_S: Final = 2.5
"""Shorter recordings are not known again: a word or two may sound the same by chance."""
_SAME: Final = 0.95
_TIMES: Final = 3
"""The same recording counts twice: whoever speaks through a synthesizer may say it again."""
_KEEP: Final = 6


def machine(text: str) -> str:
    """`voicemail` or `announcement` where the words are a machine's, else empty."""
    said = " ".join(words(text))
    if _VOICEMAIL.search(said):
        return VOICEMAIL
    return ANNOUNCEMENT if _ANNOUNCEMENT.search(said) else ""


class Repeats:
    """The prints of a call's last turns. A person never says it the same way three times."""

    def __init__(self) -> None:
        self._prints: deque[npt.NDArray[np.float32]] = deque(maxlen=_KEEP)

    def known(self, heard: npt.NDArray[np.float32], seconds: float) -> bool:
        """Whether this sound of so many seconds was heard often enough before."""
        if seconds < MIN_PRINT_S:
            return False
        return sum(alike(heard, before) >= _SAME for before in self._prints) >= _TIMES - 1

    def remember(self, heard: npt.NDArray[np.float32], seconds: float) -> None:
        """A turn that is over."""
        if seconds >= MIN_PRINT_S:
            self._prints.append(heard)
