"""Our settings as documents for the provider."""

from dataclasses import replace

from warmline.gateway.twilio.calls import Handed, Over, Rescue
from warmline.gateway.twilio.instructions import Instructions
from warmline.gateway.twilio.settings import TwilioSettings

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SORRY = "<Say>We cannot take your call at the moment. Please call again later.</Say><Hangup />"


def test_an_answer_carries_the_flow_in_all_its_urls(settings: TwilioSettings) -> None:
    document = Instructions(settings).answer("9f2c", "+14155550100", "+14155550199", "a&b")
    assert document == (
        f"{HEAD}<Response>"
        '<Connect action="https://voice.example.com/twilio/after-stream?flow=a%26b" method="POST">'
        '<Stream statusCallback="https://voice.example.com/twilio/stream-status" '
        'url="wss://voice.example.com/twilio/media">'
        '<Parameter name="token" value="9f2c" /><Parameter name="from" value="+14155550100" />'
        '<Parameter name="to" value="+14155550199" /><Parameter name="flow" value="a&amp;b" />'
        f"</Stream></Connect>{SORRY}</Response>"
    )


def test_a_rescue_with_people_ends_with_a_sentence_too(settings: TwilioSettings) -> None:
    instructions = Instructions(replace(settings, rescue="default", caller_id="+15550001111"))
    assert instructions.next_step(Rescue(), "") == (
        f'{HEAD}<Response><Dial answerOnBridge="true" callerId="+15550001111" timeout="20">'
        f"<Number>+14155550177</Number></Dial>{SORRY}</Response>"
    )


def test_next_steps(settings: TwilioSettings) -> None:
    instructions = Instructions(settings)
    handed = Handed(destination="sip:a@pbx.example.com", call_id="c1")
    assert instructions.next_step(Over(), "") == f"{HEAD}<Response><Hangup /></Response>"
    assert instructions.next_step(Rescue(), "") == f"{HEAD}<Response>{SORRY}</Response>"
    assert instructions.next_step(handed, "x") == (
        f"{HEAD}<Response>"
        '<Dial action="https://voice.example.com/twilio/after-dial?flow=x" answerOnBridge="true" '
        'timeout="20"><Sip>sip:a@pbx.example.com?X-Call-Id=c1</Sip></Dial></Response>'
    )


def test_the_caller_comes_back(settings: TwilioSettings) -> None:
    document = Instructions(settings).answer_again("9f2c", "", "", "")
    assert document.startswith(f"{HEAD}<Response><Say>Nobody could take your call.")
    assert "<Connect " in document
