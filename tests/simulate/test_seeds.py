"""Each key opens a stream of its own."""

from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.simulate.seeds import stream

keys = st.lists(st.text(max_size=5), min_size=1, max_size=3)


def numbers(seed: int, *key: str) -> list[float]:
    return [float(one) for one in stream(seed, *key).random(3)]


@given(st.integers(0, 2**40), keys)
def test_a_key_opens_the_same_stream_again(seed: int, key: list[str]) -> None:
    assert numbers(seed, *key) == numbers(seed, *key)


def test_words_are_not_run_together() -> None:
    assert numbers(1, "S1", "1") != numbers(1, "S11")


@given(st.integers(0, 2**40), keys)
def test_another_seed_opens_another_stream(seed: int, key: list[str]) -> None:
    assert numbers(seed, *key) != numbers(seed + 1, *key)
