"""Which tokens of a Whisper vocabulary a model needs to write the configured languages. Pure.

Two thirds of what a token costs on a CPU are the logits of 51,865 words, most of them of languages that nobody speaks
here. What is left out is never written; everything can still be spelled, because each single byte stays.
"""

from __future__ import annotations

from collections.abc import Sequence

CYRILLIC = frozenset(("ru", "kk"))
"""Languages that need no letters but Cyrillic ones. With any other language the vocabulary stays whole."""
LONGEST_LATIN = 2  # characters; longer Latin words are spelled
_LEADS = range(0xD0, 0xD4)  # first bytes of Cyrillic letters in UTF-8


def needed(tokens: Sequence[str], languages: Sequence[str]) -> list[int]:
    """Ids in order of those ``tokens`` that the model keeps. All of them where too little is known."""
    everything = list(range(len(tokens)))
    if not CYRILLIC.issuperset(languages) or "<|endoftext|>" not in tokens:
        return everything
    special = tokens.index("<|endoftext|>")
    return [number for number in everything if _is_needed(tokens[number], special=number >= special)]


def _is_needed(token: str, *, special: bool) -> bool:
    if special:
        return not token.startswith("<|") or not token[2:3].isdigit()  # times are never asked for
    if any(letter not in _BYTES for letter in token):
        return True  # not of the alphabet that Whisper's tokens are written in
    raw = bytes(_BYTES[letter] for letter in token)
    if len(raw) <= LONGEST_LATIN:
        return True
    try:
        text = raw.decode()
    except UnicodeDecodeError:  # a part of a letter
        return raw.strip()[0] in _LEADS
    letters = [letter for letter in text if letter.isalpha()]
    if not letters:
        return True
    if all("\u0400" <= letter <= "\u04ff" for letter in letters):
        return True
    return text.isascii() and len(text.strip()) <= LONGEST_LATIN


def _byte_alphabet() -> dict[str, int]:
    """The letter that stands for each byte in the files of GPT-2 and Whisper: itself when it can be seen."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in set(seen)]
    return {chr(byte): byte for byte in seen} | {chr(256 + at): byte for at, byte in enumerate(hidden)}


_BYTES = _byte_alphabet()
