"""A token bucket: a burst, then a rate."""

from warmline.gateway.twilio.limits import Bucket


def test_a_burst_then_a_rate() -> None:
    bucket = Bucket(rate=8, burst=3)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(100.125) for _ in range(2)] == [True, False]
    assert [bucket.take(200.0) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_stands_still_or_begins_below_zero() -> None:
    bucket = Bucket(rate=10, burst=1)
    assert bucket.take(-5.0)
    assert not bucket.take(-5.0)
