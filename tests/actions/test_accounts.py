import pytest

from actions.accounts import asks, reports


@pytest.mark.parametrize(
    "text",
    [
        "50 TL altı kupa var mı?",
        "Konut kredisi faizi kaç",
        "KARGO ÜCRETİ NE KADAR",
        "siparişim nerede",
        "bakabilir misiniz",
        "kazağı iade etmek istiyorum",
        "fatura lazım",
        "how much is shipping",
        "and do you sell mugs",
        "I'd like to cancel my order",
        "where is it",
        "hi, is there a warranty",
        "a receipt, please",
    ],
)
def test_a_question_or_a_request_asks(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "kuryeniz çok kaba davrandı",
        "neden kimse cevap vermiyor?",
        "why does nobody reply?",
        "your agent hung up on me",
        "kargo ücreti iki kere alındı",
        "hediye kutusu ezilmişti",
        "",
    ],
)
def test_an_account_asks_for_nothing(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "kargo ücreti iki kere alındı",
        "İPTAL ETTİĞİM SİPARİŞ YİNE GÖNDERİLDİ",
        "sepete ekleyemiyorum",
        "paket ezilmişti",
        "paketi kapıya bırakmış gitmişler",
        "hala cevap yok",
        "the courier never came",
        "it doesn't work",
        "you cancelled my order",
        "the wrong colour",
    ],
)
def test_what_happened_and_what_is_bad_is_reported(text: str) -> None:
    assert reports(text)


@pytest.mark.parametrize(
    "text",
    [
        "Konut kredisi faizi",
        "50 TL altı kupa",
        "kadın gümüş kolye",
        "kargo ücreti",
        "hediye kutusu ve paketi",
        "şimdi yardım",
        "red shoes in size 42",
        "shipping to germany",
        "",
    ],
)
def test_a_thing_named_is_no_report(text: str) -> None:
    assert not reports(text)
