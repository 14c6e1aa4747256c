from collections.abc import Callable

import pytest

from actions.grievance import category, tells
from actions.references import reference
from tests.actions.conversation import DOMAIN, Conversation, Heard

Begin = Callable[..., Conversation]

FORM = "complaint_form"


async def told(customer: Conversation, text: str, intent: str = "complaint") -> list[Heard]:
    customer.hears(text, intent)
    return await customer.fills(FORM)


def kept(heard: list[Heard]) -> dict[str, str]:
    """The complaint the service is asked to keep."""
    complaint: dict[str, str] = heard[-1].custom["complaint"]
    return complaint


async def test_a_bare_announcement_is_asked_about(begin: Begin) -> None:
    customer = begin()
    await told(customer, "şikayetim var")
    assert customer.slots["requested_slot"] == "complaint_text"


async def test_what_is_told_at_once_is_not_asked_again(begin: Begin) -> None:
    customer = begin("en")
    heard = await told(customer, "I want to complain, your agent was rude and hung up twice")
    assert customer.slots["requested_slot"] is None
    assert kept(heard)["category"] == "service"


async def test_an_account_of_any_meaning_is_taken_with_its_category(begin: Begin) -> None:
    customer = begin()
    await told(customer, "şikayetim var")
    heard = await told(customer, "kargom iki hafta gecikti kimse aramadı", "delivery_problem")
    assert kept(heard)["text"] == "kargom iki hafta gecikti kimse aramadı"
    assert kept(heard)["category"] == "delivery"
    assert customer.slots["requested_slot"] is None


async def test_a_category_nobody_can_guess_is_chosen_by_button(begin: Begin) -> None:
    customer = begin()
    await told(customer, "şikayetim var")
    await told(customer, "her seferinde aynı şeyi yaşıyorum bıktım usandım")
    assert customer.slots["requested_slot"] == "complaint_category"
    customer.hears(
        '/inform{"complaint_category": "service"}', "inform", complaint_category="service"
    )
    assert kept(await customer.fills(FORM))["category"] == "service"
    assert customer.slots["requested_slot"] is None


@pytest.mark.parametrize(("text", "chosen"), [("kargo", "delivery"), ("hepsi", "other")])
async def test_a_category_can_be_written(begin: Begin, text: str, chosen: str) -> None:
    customer = begin()
    customer.remembers(complaint_text="Çok kötü.")
    customer.asks("complaint_category")
    assert kept(await told(customer, text, "nlu_fallback"))["category"] == chosen


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("50 TL altı kupa var mı?", "nlu_fallback"),
        ("Konut kredisi faizi kaç?", "out_of_scope"),
        ("konut kredisi ödemesi", "out_of_scope"),
        ("param ne zaman yatar", "refund_status"),
        ("vazgeçtim", "deny"),
        ("temsilciye bağla", "ask_human"),
        ("sen robot musun", "bot_challenge"),
        ("siparişim nerede", "track_order"),
        ("/track_order", "track_order"),
    ],
)
async def test_what_is_no_part_of_the_complaint_is_left_to_its_rule(
    begin: Begin, text: str, intent: str
) -> None:
    for slot in ("complaint_text", "complaint_category"):
        customer = begin()
        customer.remembers(complaint_text=None if slot == "complaint_text" else "Çok kötü.")
        customer.asks(slot)
        before = dict(customer.slots)
        assert await told(customer, text, intent) == []
        assert customer.slots == before


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("kargo ücreti iki kere alındı", "shipping_info"),
        ("iptal ettiğim sipariş yine de gönderildi", "cancel_order"),
        ("üç gündür bekliyorum, ürün kutudan kırık çıktı ama kimse aramadı", "ask_human"),
        ("üyeliğimi sildiniz", "account_problem"),
        ("10482 numaralı paketi kapıya bırakıp gitmişler", "inform"),
        ("yırtık", "nlu_fallback"),
    ],
)
async def test_an_account_is_taken_whatever_it_is_about(
    begin: Begin, text: str, intent: str
) -> None:
    customer = begin()
    customer.asks("complaint_text")
    heard = await told(customer, text, intent)
    if asked := customer.slots["requested_slot"]:
        assert asked == "complaint_category"
        customer.hears("/inform", "inform", complaint_category="other")
        heard = await customer.fills(FORM)
    assert kept(heard)["text"] == text


@pytest.mark.parametrize(("text", "intent"), [("10482", "inform"), ("şikayetim var", "complaint")])
@pytest.mark.parametrize("slot", ["complaint_text", "complaint_category"])
async def test_what_tells_nothing_is_asked_again(
    begin: Begin, text: str, intent: str, slot: str
) -> None:
    customer = begin()
    customer.remembers(complaint_text=None if slot == "complaint_text" else "Çok kötü.")
    customer.asks(slot)
    (said,) = await told(customer, text, intent)
    assert said.text == DOMAIN["responses"][f"utter_{slot}_unreadable"][0]["text"]
    assert customer.slots["requested_slot"] == slot


async def test_more_of_what_happened_is_added(begin: Begin) -> None:
    customer = begin()
    customer.remembers(complaint_text="Çok kötüydü.")
    customer.asks("complaint_category")
    complaint = kept(await told(customer, "hiçbir şey yolunda gitmedi, çok üzüldük"))
    assert complaint["text"] == "Çok kötüydü.\nhiçbir şey yolunda gitmedi, çok üzüldük"
    assert complaint["category"] == "other"


async def test_the_complaint_is_kept_under_a_number_and_a_person_offered(begin: Begin) -> None:
    customer = begin()
    await told(customer, "şikayetim var")
    taken, offer, request = await told(customer, "kuryeniz paketi kapıya fırlatıp gitti")
    number = reference("m-2")
    assert taken.text is not None
    assert f"{number} numarasıyla" in taken.text
    assert taken.text.startswith("Bunu bizimle paylaştığınız için teşekkür ederiz.")
    assert [payload for _, payload in offer.buttons] == ["/ask_human", "/deny"]
    assert request.custom == {
        "complaint": {
            "reference": number,
            "category": "delivery",
            "text": "kuryeniz paketi kapıya fırlatıp gitti",
        }
    }


async def test_nothing_of_one_complaint_gets_into_the_next(begin: Begin) -> None:
    customer = begin()
    await told(customer, "şikayetim var")
    customer.remembers(complaint_text="given up", complaint_category="payment")
    customer.remembers(requested_slot=None)
    await told(customer, "şikayetim var")
    assert customer.slots["complaint_text"] is None
    assert customer.slots["complaint_category"] is None
    await told(customer, "kuryeniz paketi kapıya fırlatıp gitti")
    assert customer.slots["complaint_text"] is None
    assert customer.slots["complaint_category"] is None


def test_the_number_is_the_same_each_time_and_another_for_each_message() -> None:
    assert reference("m-1") == reference("m-1")
    assert reference("") == "SWERC8GM"  # the first 35 bits of a known digest
    assert len({reference(f"m-{number}") for number in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kuryeniz çok kaba davrandı, paketi fırlattı", "delivery"),
        ("MÜŞTERİ HİZMETLERİNİZ BERBAT", "service"),
        ("urunun kalitesi rezalet", "product"),
        ("paramı hâlâ iade etmediniz", "payment"),
        ("siteniz sürekli hata veriyor", "website"),
        ("your courier left the parcel in the rain", "delivery"),
        ("the staff were rude", "service"),
        ("the quality is awful", "product"),
        ("you overcharged me", "payment"),
        ("your website is unusable", "website"),
        ("her şey çok kötü", None),
        ("", None),
    ],
)
def test_the_category_is_guessed_from_most_of_the_words(text: str, expected: str | None) -> None:
    assert category(text) == expected


@pytest.mark.parametrize(
    ("text", "telling"),
    [
        ("şikayetim var", False),
        ("sizden şikayetçi olmak istiyorum", False),
        ("I want to make a complaint about you", False),
        ("your service is terrible", False),
        ("kuryeniz çok kaba davrandı paketi fırlattı", True),
        ("the agent hung up on me twice yesterday", True),
    ],
)
def test_an_account_is_told_from_an_announcement(text: str, telling: bool) -> None:
    assert tells(text) is telling
