import pytest
from pydantic import ValidationError

from warmline.dialogue.explain import explain
from warmline.dialogue.flow import FlowFile, Path

GOOD = {"flow": "f", "start": "a", "escape": {"queue": "q"}, "nodes": {"a": {"end": "x"}}}


@pytest.mark.parametrize(
    ("wrong", "path", "message"),
    [
        ({"flow": None}, ("flow",), "expected a text, found nothing"),
        ({"flow": True}, ("flow",), "expected a text, found true"),
        ({"flow": "A b"}, ("flow",), "expected a name of a-z, 0-9 and _, found 'A b'"),
        ({"repair": {"failed": "x" * 2000}}, ("repair", "failed"), f"found {'x' * 40!r}…"),
        ({"repair": {"no_match": []}}, ("repair", "no_match"), "at least 1 item"),
        ({"repair": {"failed": "{s}"}}, ("repair", "failed"), "expected a text without slots"),
        (
            {"repair": {"wrong_length": "{s}"}},
            ("repair", "wrong_length"),
            "expected a text without slots but {needed}",
        ),
        ({"escape": {}}, ("escape", "queue"), "is missing"),
        ({"escape": [1]}, ("escape",), "expected a mapping, found a list"),
        ({"escape": {"queue": "q", "aftr": 1}}, ("escape", "aftr"), "did you mean 'after'?"),
        ({"nodes": {}}, ("nodes",), "found {}"),
        ({"nodes": {"a": {"say": "x"}}}, ("nodes", "a", "then"), "is missing"),
        ({"nodes": {"a": {"end": "x", "bargeIn": True}}}, ("nodes", "a", "bargeIn"), "known: end"),
        ({"nodes": {"a": 1}}, ("nodes", "a"), "expected exactly one of say, ask"),
        ({"nodes": {"say": {"say": 1, "then": "a"}}}, ("nodes", "say", "say"), "expected a text"),
    ],
)
def test_refusals_in_an_authors_words(wrong: dict[str, object], path: Path, message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        FlowFile.model_validate(GOOD | wrong)
    (problem,) = explain(raised.value, known={path[:end] for end in range(len(path))})
    assert problem.path == path
    assert message in problem.message
