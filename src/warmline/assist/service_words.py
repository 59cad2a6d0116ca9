"""The words of service calls that VADER's lexicon rates wrongly or not at all. Pure data.

Trouble is why people call: to name it is no bad mood (`TOPICS`). Some phrases are one though no
word in them is (`PHRASES`). English only.
"""

from typing import Final


def _phrases(valence: float, listed: str) -> dict[str, float]:
    return dict.fromkeys((" ".join(phrase.split()) for phrase in listed.split("|")), valence)


# What callers ask about and how they ask: VADER's words that are frequent in 16,000 calm
# requests (BANKING77, CLINC150), without those that speak of a person's state.
_TOPICS: Final = """
accept accepted accepting accepts accident accidentally active alarm alarms alert allow alright
approved beneficiary benefit benefits best better block blocked broke broken cancel cancelled
cancelling care certain certainly chance charged charges clear cleared clearly cool create created
credit credited damage damaged dead debt definitely delay delayed denied die died disappeared
dispute disputed emergency ensure error errors fail failed failing fails fake favorite fine forget
forgotten fraud fraudulent free freeze friend friends fun hacked help holiday important increase
increased interest interested kidding kill kind like lost low matter miss missed missing mistake
mistakes negative nfc no number odd ok okay original outstanding pay play please popular pressure
pretty prevent problem problems progress reach recommend recommended reject rejected resolve
resolved reward rewards safe save saved secure security share solution solve solved sorry steal
stealing stolen stop stopped strange stuck success successful super support supported sure surely
swift thief top trapped trouble true trust united unsuccessful unsure urgent value violation want
warning weird well wells wish withdrawal worth wrong yeah yep yes
"""
TOPICS: Final = frozenset(_TOPICS.split())
PHRASES: Final = {
    # Valences on VADER's scale, -4 to 4, by likeness to its own ("annoying" -1.7, "unacceptable"
    # -2.0, "pathetic" -2.7). Whoever uses one of these is past asking.
    **_phrases(
        -1.5,
        """still waiting|been waiting|charged twice|charged me twice|second time|how many times|
        how much longer|how long do i have to|keep getting|keeps happening|no one told me|
        nobody told me|never received|already told|told you already|said that already|
        already said that|no help|not helping|doesn't help|cut off|hung up on|passed around|
        get a straight answer|taking forever|getting nowhere""",
    ),
    **_phrases(
        -2.2,
        """third time|fourth time|fifth time|tenth time|waiting forever|on hold for|
        want my money back|speak to a manager|speak to your manager|speak to your supervisor|
        talk to a manager|talk to your manager|talk to a supervisor|talk to your supervisor|
        file a complaint|make a complaint|nobody helps|no one helps|nobody helped|nobody cares|
        no one cares|not good enough|are you kidding|are you serious|you people|had enough|
        what is wrong with you|what's wrong with you|sick of|tired of|over and over|
        worst service""",
    ),
    **_phrases(
        -2.8,
        """fed up|sick and tired|waste of time|waste of my time|waste my time|never again|my lawyer|
        had it with|sue you|rip off|ripped off|screw you|piss off|is a joke|what a joke""",
    ),
    **_phrases(3.0, "thank you so much|you've been great|made my day"),
    **_phrases(1.0, "no problem|no worries|no thank you|no thanks|that works|that helps|all good"),
}
ADDED: Final = {
    **dict.fromkeys(["absurd", "overcharged", "clueless", "unprofessional"], -2.0),
    **dict.fromkeys(["ridiculous", "unbelievable", "nonsense"], -2.2),
    "scammed": -2.7,
}
"""Absent in VADER, or rated for other talk than a complaint (its "unbelievable" is praise)."""
