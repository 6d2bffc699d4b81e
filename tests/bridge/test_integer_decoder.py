"""Integers of any width, order and mask are decoded as a slow reading has them."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.bridge.integer_decoder import (
    WordLayout,
    decode_integers,
    mask_of_range,
)


def encode(events: list[list[int]], bits: tuple[int, ...], *, big: bool) -> bytes:
    """Write events bit by bit, as the standard says; the last byte is filled up."""
    if all(width % 8 == 0 for width in bits):
        order: Literal["big", "little"] = "big" if big else "little"
        return b"".join(
            value.to_bytes(width // 8, order)
            for event in events
            for value, width in zip(event, bits, strict=True)
        )
    stream: list[int] = []
    for event in events:
        for value, width in zip(event, bits, strict=True):
            digits = [value >> place & 1 for place in range(width)]
            stream += reversed(digits) if big else digits
    stream += [0] * (-len(stream) % 8)
    packed = []
    for first in range(0, len(stream), 8):
        digits = stream[first : first + 8]
        packed.append(
            sum(
                digit << place
                for place, digit in enumerate(reversed(digits) if big else digits)
            )
        )
    return bytes(packed)


@st.composite
def written_events(
    draw: st.DrawFn, widths: st.SearchStrategy[int]
) -> tuple[list[list[int]], WordLayout]:
    """Draw events and the way in which they are written."""
    bits = tuple(draw(st.lists(widths, min_size=1, max_size=5)))
    ranges = [draw(st.integers(2, 1 << width)) for width in bits]
    masks = tuple(map(mask_of_range, ranges, bits))
    event = st.tuples(*(st.integers(0, (1 << width) - 1) for width in bits)).map(list)
    events = draw(st.lists(event, min_size=1, max_size=20))
    return events, WordLayout(bits, masks, draw(st.booleans()))


@given(written_events(st.sampled_from([8, 16, 24, 32, 40, 48, 56, 64])))
def test_words_of_whole_bytes_are_decoded(
    written: tuple[list[list[int]], WordLayout],
) -> None:
    events, layout = written
    stored = encode(events, layout.bits, big=layout.is_big_endian)

    decoded = decode_integers(stored, len(events), layout)

    masked = [
        [value & mask for value, mask in zip(event, layout.masks, strict=True)]
        for event in events
    ]
    assert decoded.tolist() == masked


@given(written_events(st.integers(1, 64)))
def test_words_of_any_width_are_decoded_as_one_stream_of_bits(
    written: tuple[list[list[int]], WordLayout],
) -> None:
    events, layout = written
    stored = encode(events, layout.bits, big=layout.is_big_endian)

    decoded = decode_integers(stored, len(events), layout)

    masked = [
        [value & mask for value, mask in zip(event, layout.masks, strict=True)]
        for event in events
    ]
    assert decoded.tolist() == masked


@pytest.mark.parametrize("bits", [16, 10])
def test_blocks_join_without_a_seam(bits: int) -> None:
    # More events than one block holds, and no multiple of it.
    events = np.arange(20_001) % 1021
    layout = WordLayout((bits, bits), (1023, 1023), is_big_endian=True)
    pairs = [[value, 1020 - value] for value in events.tolist()]
    stored = encode(pairs, (bits, bits), big=True)

    decoded = decode_integers(stored, events.size, layout)

    np.testing.assert_array_equal(decoded[:, 0], events)
    np.testing.assert_array_equal(decoded[:, 1], 1020 - events)


def test_the_narrowest_type_that_holds_all_is_chosen() -> None:
    layout = WordLayout((8, 24), (255, (1 << 24) - 1), is_big_endian=False)

    assert decode_integers(bytes(4), 1, layout).dtype == np.uint32


def test_no_events_decode_to_none() -> None:
    layout = WordLayout((16, 16), (1023, 1023), is_big_endian=False)

    assert decode_integers(b"", 0, layout).shape == (0, 2)


@pytest.mark.parametrize(
    ("value_range", "bits", "mask"),
    [
        (1024, 16, 1023),
        (1000, 16, 1023),
        (1025, 16, 2047),
        (262_144, 32, 262_143),
        (1, 16, 0),
        (65_536, 16, 65_535),
        (1e9, 16, 65_535),
        (0, 16, 65_535),
        (-5, 16, 65_535),
        (float("nan"), 8, 255),
        (2.0**64, 64, 2**64 - 1),
    ],
)
def test_a_mask_keeps_the_bits_below_the_next_power_of_two(
    value_range: float, bits: int, mask: int
) -> None:
    assert mask_of_range(value_range, bits) == mask
