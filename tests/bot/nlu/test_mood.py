"""What is written in anger, and what only looks like it."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.mood import Mood


def mood(text: str, intent: str = "delivery_problem") -> str | None:
    message = Mood({}).process([Message({"text": text, "intent": {"name": intent}})])[0]
    heard: str | None = message.as_dict(only_output_properties=True).get("mood")
    return heard


@pytest.mark.parametrize(
    "text",
    [
        "rezalet, kargom gelmedi",
        "REZALETSİNİZ",
        "bu ne rezillik böyle",
        "yeter artık",
        "yeterrr",
        "YETER!",
        "bıktım sizden",
        "biktim artik cevap verin",
        "kaç kere yazdım cevap yok",
        "kaçıncı kez soruyorum",
        "dalga mı geçiyorsunuz benimle",
        "şikayetvar'a yazacağım",
        "sikayetvara yazicam",
        "şikayet var sitesine yazacağım",
        "tüketici hakem heyetine başvuracağım",
        "avukatım sizinle görüşecek",
        "dolandırıcı mısınız",
        "aptal mısınız siz",
        "böyle firma mı olur",
        "bir daha sizden alışveriş yapmam",
        "bir daha sipariş vermeyeceğim",
        "i'll leave a bad review",
        "mağdur oldum",
        "sinirlerim bozuldu",
        "kargom gelmedi 😡",
        "this is ridiculous",
        "WHERE THE HELL IS MY ORDER",
        "where the hell is my order",
        "worst service ever",
        "your service is terrible",
        "i'm fed up with this",
        "how many times do i have to ask",
        "are you kidding me",
        "you're useless",
        "i will file a chargeback",
        "I'll report you to the BBB",
        "my lawyer will contact you",
        "this is a scam",
        "wtf",
        "never ordering again",
        "SİPARİŞİM HÂLÂ GELMEDİ NE ZAMAN GELECEK ARTIK",
        "MY ORDER HAS STILL NOT ARRIVED AND NOBODY ANSWERS",
        "KARGOM NEREDE!!!",
        "nerede kaldı bu kargo?!?!?!",
    ],
)
def test_anger_is_heard(text: str) -> None:
    assert mood(text) == "frustrated"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TEŞEKKÜRLER",
        "ÇOK TEŞEKKÜR EDERİM HER ŞEY ÇOK GÜZEL GELDİ ELİNİZE SAĞLIK",
        "teşekkürler!!!",
        "süper!!!!!!!!",
        "merhaba!!!",
        "MERHABA",
        "SİPARİŞİM NEREDE",
        "SİPARİŞ NUMARAM 10482",
        "WHERE IS MY ORDER",
        "kargom nerede???",
        "kargom gelmedi!",
        "iki tane yeter mi",
        "bu kadar yeterli",
        "şikayetim var",
        "şikayet etmek istiyorum",
        "mal iadesi yapmak istiyorum",
        "malları iade edeceğim",
        "davetiye var mı",
        "do you have a dress for a court dinner",
        "hello, I want to return the shell necklace",
        "I'm not sure what to do",
        "iade etmek istiyorum, küçük geldi",
        "lütfen yardımcı olur musunuz",
        "TR12 4567",
        "PTT",
        "bir daha sipariş vermem gerekiyor mu",
        "avukat tavsiyesi",
        "a terrible headache",
        "how many times can I return an item",
        "???",
        "👍",
    ],
)
def test_calm_stays_calm(text: str) -> None:
    assert mood(text) is None


@pytest.mark.parametrize(
    ("text", "heard"),
    [("KREDİ FAİZ ORANLARI BUGÜN NE KADAR OLDU ACABA", None), ("APTAL BOT", "frustrated")],
)
def test_of_what_is_no_business_of_the_shop_only_the_words_count(
    text: str, heard: str | None
) -> None:
    assert mood(text, "out_of_scope") == heard
