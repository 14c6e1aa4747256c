"""Card numbers, IBANs and identity numbers are hidden however they are written; other numbers stay.

What is generated here is generated from a fixed seed, by the rules of who gives the numbers out and
not by the code under test.
"""

import random
import re
from collections.abc import Callable, Iterator

import pytest

from handoff.masking import Kind, mask

MANY = 10_000

CARD = "4111111111111111"
TCKN = "10000000146"
IBAN = "TR330006100519786457841326"
SHOWN = {CARD: "•••• •••• •••• 1111", TCKN: "•••••••••46", IBAN: "TR•• … 26"}


# What is made up


def digits(rng: random.Random, count: int, first: str = "123456789") -> str:
    return rng.choice(first) + "".join(rng.choice("0123456789") for _ in range(count - 1))


def a_tckn(rng: random.Random) -> str:
    nine = [int(digit) for digit in digits(rng, 9)]
    tenth = (sum(nine[0::2]) * 7 - sum(nine[1::2])) % 10
    return "".join(map(str, [*nine, tenth, (sum(nine) + tenth) % 10]))


NETWORKS = (
    *(("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("9792", 16), ("650", 16)),
    *(("6011", 16), ("34", 15), ("37", 15), ("36", 14), ("38", 14), ("3528", 16), ("62", 16)),
    *(("2200", 16), ("5018", 16), ("6763", 16), ("4", 19), ("62", 19), ("4", 13)),
)


def a_card(rng: random.Random) -> str:
    prefix, length = rng.choice(NETWORKS)
    return with_luhn(prefix + digits(rng, length - len(prefix) - 1, "0123456789"))


def with_luhn(number: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return f"{number}{-total % 10}"


def an_iban(rng: random.Random) -> str:
    account = f"000{digits(rng, 2)}0{digits(rng, 16, '0123456789')}"
    return f"TR{98 - int(account + '292700') % 97:02}{account}"


MAKERS: dict[Kind, Callable[[random.Random], str]] = {
    Kind.CARD: a_card,
    Kind.IBAN: an_iban,
    Kind.TCKN: a_tckn,
}


def in_groups(number: str, size: int, sign: str) -> str:
    return sign.join(number[start : start + size] for start in range(0, len(number), size))


# What must be hidden


@pytest.mark.parametrize("kind", Kind)
def test_ten_thousand_of_each_kind_are_hidden(kind: Kind) -> None:
    rng = random.Random(kind)
    for _ in range(MANY):
        number = MAKERS[kind](rng)
        masked = mask(number)
        assert masked.kinds == (kind,), number
        assert len(re.findall("[0-9]", masked.text)) <= 4
        assert masked.text[-2:] == number[-2:]
        assert not re.search("[0-9]", masked.blind)


SENTENCES = {
    Kind.CARD: (
        "{} bu kartımdan iki kere çekim yapılmış",
        "Kartımın numarası: {}, son kullanma 12/28",
        "I paid with {} yesterday",
        "siparişimi {} ile ödedim",
        "{}'den çekildi",
    ),
    Kind.IBAN: (
        "iademi {} hesabına yatırın",
        "IBAN: {}",
        "please refund to {}, thanks",
        "iban {}'ya",
    ),
    Kind.TCKN: (
        "TC kimlik numaram {}",
        "T.C. no: {} Ayşe Yılmaz",
        "{} benim tc'm",
        "siparişim için tc'm {}",
        "{}",
        "my national id is {}",
        "tc {} sipariş no 10482",
        "sipariş no 10482, kimlik no {}, tel 0532 123 45 67",
    ),
}


@pytest.mark.parametrize("kind", Kind)
def test_they_are_hidden_in_sentences_and_the_sentences_stay(kind: Kind) -> None:
    rng = random.Random(kind)
    for sentence in SENTENCES[kind]:
        for _ in range(200):
            number = MAKERS[kind](rng)
            if len(number) not in (11, 16, 26):
                continue  # what other cards look like is tested by themselves
            shown = mask(sentence.format(number)).text
            before, _, after = sentence.partition("{}")
            assert shown.startswith(before), shown
            assert shown.endswith(after), shown
            assert number not in shown


@pytest.mark.parametrize("sign", [" ", "-", ".", " - ", "\n", "\u00a0", "–", "\u200b", "/", "_"])
@pytest.mark.parametrize("number", [CARD, IBAN, "4242424242424242"])
def test_groups_of_four_are_one_number(number: str, sign: str) -> None:
    written = in_groups(number, 4, sign)
    assert mask(f"numaram {written} dir").text == mask(f"numaram {number} dir").text
    assert mask(written).kinds


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 8])
@pytest.mark.parametrize("sign", [" ", "-", "."])
@pytest.mark.parametrize("number", [CARD, IBAN, TCKN])
def test_groups_of_any_size_are_one_number(number: str, sign: str, size: int) -> None:
    labels = {CARD: "kart", IBAN: "iban", TCKN: "tc kimlik no"}
    written = in_groups(number, size, sign)
    assert mask(f"{labels[number]} {written}").text == f"{labels[number]} {SHOWN[number]}"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("4111 tire 1111 tire 1111 tire 1111", SHOWN[CARD]),
        ("4111 1111 sonra 1111 1111", SHOWN[CARD]),
        ("4111 1111 then 1111 and 1111", SHOWN[CARD]),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", SHOWN[CARD]),
        ("3782 822463 10005", "•••• •••• •••• 0005"),
        ("4111-1111 1111.1111", SHOWN[CARD]),
        ("４１１１ １１１１ １１１１ １１１１", SHOWN[CARD]),
        ("٤١١١١١١١١١١١١١١١", SHOWN[CARD]),
        ("kart4111111111111111", f"kart{SHOWN[CARD]}"),
        ("4111 1111 1111 1111 12/28 123", f"{SHOWN[CARD]} 12/28 123"),
        ("10482 4111 1111 1111 1111", f"10482 {SHOWN[CARD]}"),
        ("tr33 0006 1005 1978 6457 8413 26", SHOWN[IBAN]),
        ("IBANTR330006100519786457841326", f"IBAN{SHOWN[IBAN]}"),
        ("T R 33 0006 1005 1978 6457 8413 26", SHOWN[IBAN]),
        ("33 0006 1005 1978 6457 8413 26", SHOWN[IBAN]),
        ("GB82 WEST 1234 5698 7654 32 is mine", "GB•• … 32 is mine"),
        ("DE89 3704 0044 0532 0130 00", "DE•• … 00"),
        ("100 000 001 46", SHOWN[TCKN]),
        ("1 0 0 0 0 0 0 0 1 4 6", SHOWN[TCKN]),
        ("TC10000000146", f"TC{SHOWN[TCKN]}"),
        ("tckn:10000000146", f"tckn:{SHOWN[TCKN]}"),
        ("10000000146'dır", f"{SHOWN[TCKN]}'dır"),
        ("Ayşe,10000000146,05321234567", f"Ayşe,{SHOWN[TCKN]},05321234567"),
        (f"{CARD} {TCKN} {IBAN}", f"{SHOWN[CARD]} {SHOWN[TCKN]} {SHOWN[IBAN]}"),
    ],
)
def test_unusual_writing_does_not_help(written: str, shown: str) -> None:
    assert mask(written).text == shown


def test_card_of_an_unknown_network_is_one_when_it_is_said_to_be() -> None:
    number = with_luhn("123456789012345")
    assert mask(number).kinds == ()
    assert mask(f"kart numaram {number}").kinds == (Kind.CARD,)
    assert mask(f"{number} is my card").kinds == (Kind.CARD,)


def test_bot_reads_no_digit_of_them() -> None:
    masked = mask(f"kartım {CARD}, siparişim 10482, tc {TCKN}, iban {IBAN}")
    assert masked.blind == (
        "kartım •••• •••• •••• ••••, siparişim 10482, tc •••••••••••, iban TR•• … ••"
    )
    assert masked.kinds == (Kind.CARD, Kind.IBAN, Kind.TCKN)


def test_masking_again_changes_nothing() -> None:
    rng = random.Random(1)
    for _ in range(2_000):
        parts = [f"{MAKERS[kind](rng)} {digits(rng, rng.randint(1, 8))}" for kind in Kind]
        rng.shuffle(parts)
        once = mask(" ".join(parts)).text
        assert mask(once).text == once


def test_ibans_of_the_shop_stay_readable() -> None:
    other = an_iban(random.Random(2))
    written = f"{in_groups(IBAN, 4, ' ')} değil {other}"
    assert mask(written, {IBAN}).text == f"{in_groups(IBAN, 4, ' ')} değil TR•• … {other[-2:]}"
    assert mask(f"iban {IBAN[2:]}", {IBAN}).kinds == ()


# What must stay

PLAIN_FORMS: dict[str, Callable[[random.Random], str]] = {
    "5 digits": lambda rng: digits(rng, 5),
    "8 digits": lambda rng: digits(rng, 8),
    "10 digits": lambda rng: digits(rng, 10),
    "11, said before": lambda rng: f"sipariş no {digits(rng, 11)}",
    "11, said before with an ending": lambda rng: f"Sipariş numaram: {digits(rng, 11)}",
    "11, said behind": lambda rng: f"{digits(rng, 11)} numaralı siparişim nerede kaldı?",
    "11, said behind an apostrophe": lambda rng: f"{digits(rng, 11)}'li siparişi iptal edin",
    "11, in English": lambda rng: f"where is my order {digits(rng, 11)}",
    "11, in English behind": lambda rng: f"{digits(rng, 11)} is my order number",
    "11, a hash": lambda rng: f"#{digits(rng, 11)} ne durumda",
    "11, a prefix": lambda rng: f"DV-{digits(rng, 11)}",
    "11, a glued prefix": lambda rng: f"SIP{digits(rng, 11)}",
    "11, a part": lambda rng: f"{digits(rng, 11)}-{digits(rng, 2)}",
    "11, a parcel": lambda rng: f"kargo takip no {digits(rng, 11)}",
    "11, a post office's": lambda rng: f"KP{digits(rng, 11)}",
    "11, in an address": lambda rng: f"https://shop.example/orders/{digits(rng, 11)}",
    "year and number": lambda rng: f"2026-{digits(rng, 7)}",
    "12 digits": lambda rng: digits(rng, 12),
    "3-7-7": lambda rng: f"{digits(rng, 3)}-{digits(rng, 7)}-{digits(rng, 7)}",
    "17 digits": lambda rng: digits(rng, 17),
    "20 digits": lambda rng: digits(rng, 20),
    "40 digits": lambda rng: digits(rng, 40),
    "a barcode": lambda rng: f"869{digits(rng, 10, '0123456789')}",
    "a parcel of 16": lambda rng: f"7330{digits(rng, 12, '0123456789')}",
    "mobile": lambda rng: f"05{digits(rng, 9, '0345')}",
    "mobile in groups": lambda rng: f"053{digits(rng, 1)} {digits(rng, 3)} {digits(rng, 2)} 47",
    "mobile, spaced zero": lambda rng: f"0 53{digits(rng, 1)} {digits(rng, 3)} {digits(rng, 2)} 47",
    "mobile with country": lambda rng: f"+90 53{digits(rng, 1)} {digits(rng, 3)} {digits(rng, 4)}",
    "mobile with 90": lambda rng: f"905{digits(rng, 9, '0345')}",
    "mobile without zero": lambda rng: f"5{digits(rng, 9, '0345')}",
    "landline": lambda rng: f"0212{digits(rng, 7)}",
    "abroad": lambda rng: f"+1{digits(rng, 10)}",
    "abroad in groups": lambda rng: f"1 {digits(rng, 3)} {digits(rng, 3)} {digits(rng, 4)}",
    "several orders": lambda rng: ", ".join(digits(rng, 5) for _ in range(4)),
    "order, telephone, day": lambda rng: (
        f"sipariş {digits(rng, 6)} tel 05{digits(rng, 9)} tarih 14.11.2026"
    ),
    "amounts": lambda rng: (
        f"12.11.2026 tarihinde 1.{digits(rng, 3)},50 TL yerine {digits(rng, 4)} TL"
    ),
}


@pytest.mark.parametrize("form", PLAIN_FORMS)
def test_ten_thousand_numbers_of_other_kinds_stay(form: str) -> None:
    rng = random.Random(form)
    for _ in range(MANY):
        text = PLAIN_FORMS[form](rng)
        assert mask(text).text == text


# Numbers that nothing tells apart but the checksums: one of 100 passes those of a TCKN and one of
# 10 that of a card. A little more is allowed than the measured share, which docs/decisions.md has.
ALIKE: dict[str, tuple[float, Callable[[random.Random], str]]] = {
    "11 digits alone": (1.3, lambda rng: digits(rng, 11)),
    "11 digits in a sentence": (1.3, lambda rng: f"siparişim nerede {digits(rng, 11)}"),
    "13 digits": (1.3, lambda rng: digits(rng, 13)),
    "14 digits": (0.7, lambda rng: digits(rng, 14)),
    "15 digits": (0.3, lambda rng: digits(rng, 15)),
    "16 digits": (5.0, lambda rng: digits(rng, 16)),
    "19 digits": (4.0, lambda rng: digits(rng, 19)),
    "24 digits": (0.3, lambda rng: digits(rng, 24)),
}


@pytest.mark.parametrize("form", ALIKE)
def test_of_numbers_that_only_checksums_tell_apart_few_are_hidden(form: str) -> None:
    most, make = ALIKE[form]
    rng = random.Random(form)
    hidden = sum(bool(mask(make(rng)).kinds) for _ in range(MANY))
    assert 100 * hidden / MANY <= most


def wrong_checksums(rng: random.Random) -> Iterator[str]:
    """Numbers with one wrong digit at the end."""
    for make in MAKERS.values():
        right = make(rng)
        yield f"{right[:-1]}{(int(right[-1]) + rng.randint(1, 9)) % 10}"


def test_what_fails_its_checksum_stays() -> None:
    rng = random.Random(3)
    for _ in range(300):
        for text in wrong_checksums(rng):
            if not text.startswith("TR"):  # the digits of a wrong IBAN may be those of a card
                assert mask(text).text == text
    assert mask("00000000000").kinds == ()
    assert mask("0000 0000 0000 0000 kartım").kinds == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "merhaba",
        "Siparişlerim 10482 ve 10483, telefonum 0532 123 45 67",
        "sipariş no 10000000146",
        "10000000146 numaralı siparişim",
        "10000000146'nolu kargo",
        "kargo takip numarası 10000000146",
        "tel 10000000146",
        "10000000146-01",
        "10000000146,50 TL",
        "+10000000146",
        "kartuş 5000000000000",
    ],
)
def test_texts_without_a_secret_stay_as_they_are(text: str) -> None:
    masked = mask(text)
    assert (masked.text, masked.blind, masked.kinds) == (text, text, ())


@pytest.mark.parametrize(
    "text", ["4 " * 2000, "kart " + "4 " * 1990, "AA11" * 1000, "1" * 4000, "tr1 1" * 800]
)
def test_long_texts_are_read_to_their_end(text: str) -> None:
    assert mask(f"{text}, kart {CARD}").text.endswith(SHOWN[CARD])
