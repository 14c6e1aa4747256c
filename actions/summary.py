"""What a person who takes over reads first: one or two sentences. Pure."""

from dataclasses import dataclass
from typing import Literal

from shop.rules import Stage
from shop.wording import Language

Reason = Literal["asked", "unclear", "rule"]

_WHY: dict[Language, dict[Reason, str]] = {
    "tr": {
        "asked": "Müşteri bir temsilciyle görüşmek istiyor.",
        "unclear": "Asistan müşteriyi art arda iki kez anlayamadı.",
        "rule": "Bu konuya bir temsilcinin bakması gerekiyor.",
    },
    "en": {
        "asked": "The customer wants to talk to a person.",
        "unclear": "The assistant didn't understand the customer twice in a row.",
        "rule": "This needs a person's attention.",
    },
}
_TOPICS: dict[Language, dict[str, str]] = {
    "tr": {
        "track_order": "siparişinin durumu",
        "cancel_order": "sipariş iptali",
        "change_order": "siparişte değişiklik",
        "change_address": "teslimat adresi değişikliği",
        "delivery_problem": "teslimatta bir sorun",
        "return_item": "iade",
        "refund_status": "para iadesi",
        "exchange_item": "ürün değişimi",
        "invoice": "fatura",
        "payment_problem": "ödemede bir sorun",
        "account_problem": "üyelik hesabı",
        "complaint": "şikâyet",
        "shipping_info": "kargo ve teslimat",
        "delivery_time": "teslimat süresi",
        "payment_methods": "ödeme yöntemleri",
        "warranty": "garanti ve onarım",
        "store_contact": "iletişim bilgileri",
        "place_order": "sipariş verme",
        "product_info": "ürün bilgisi",
        "product_availability": "stok durumu",
        "price_campaign": "fiyat ve kampanya",
    },
    "en": {
        "track_order": "the state of an order",
        "cancel_order": "cancelling an order",
        "change_order": "changing an order",
        "change_address": "another delivery address",
        "delivery_problem": "a problem with a delivery",
        "return_item": "a return",
        "refund_status": "a refund",
        "exchange_item": "an exchange",
        "invoice": "an invoice",
        "payment_problem": "a problem with a payment",
        "account_problem": "a customer account",
        "complaint": "a complaint",
        "shipping_info": "shipping and delivery",
        "delivery_time": "delivery time",
        "payment_methods": "ways to pay",
        "warranty": "warranty and repair",
        "store_contact": "contact details",
        "place_order": "placing an order",
        "product_info": "a product",
        "product_availability": "stock",
        "price_campaign": "prices and offers",
    },
}
TOPICS = frozenset(_TOPICS["en"])
"""Intents that say what a customer wants."""
_STAGES: dict[Language, dict[Stage, str]] = {
    "tr": {
        Stage.OPEN: "henüz paketlenmedi",
        Stage.PACKED: "paketlendi",
        Stage.ON_ITS_WAY: "yolda",
        Stage.LATE: "yolda, gecikmiş",
        Stage.RETURNABLE: "teslim edildi, iade süresi içinde",
        Stage.KEPT: "teslim edildi, iade süresi geçmiş",
        Stage.DELIVERED: "teslim edildi, teslim tarihi bilinmiyor",
        Stage.CANCELLED: "iptal edilmiş",
        Stage.RETURNED: "iade depoda, ödeme süresi dolmadı",
        Stage.REFUND_UNCLEAR: "iade depoda, ödeme süresi dolmuş ya da bilinmiyor",
    },
    "en": {
        Stage.OPEN: "not packed yet",
        Stage.PACKED: "packed",
        Stage.ON_ITS_WAY: "on its way",
        Stage.LATE: "on its way, late",
        Stage.RETURNABLE: "delivered, can be returned",
        Stage.KEPT: "delivered, the time for a return is over",
        Stage.DELIVERED: "delivered on an unknown day",
        Stage.CANCELLED: "cancelled",
        Stage.RETURNED: "sent back, the refund is not due yet",
        Stage.REFUND_UNCLEAR: "sent back, the refund is overdue or its day unknown",
    },
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a person takes over."""

    reason: Reason
    topic: str | None
    next_topic: str | None
    """What the customer wants besides."""
    order_number: str | None
    verified: bool
    """Whether the customer proved that this order is theirs."""
    stage: Stage | None
    """What was seen of the order in this turn."""
    failed_proofs: int
    upset: bool
    """Whether the customer showed anger."""
    shop_down: bool = False
    """Whether the assistant could not reach the shop when it was last asked."""
    told: tuple[str, ...] = ()
    """What the customer has told of a change: its reason, another size, an address."""


def summarise(facts: Facts, language: Language) -> str:
    """Return why a person is needed and what the customer wants, as one or two sentences."""
    details = [_TOPICS[language][facts.topic]] if facts.topic in TOPICS else []
    if language == "tr":
        if facts.order_number:
            proof = "doğrulandı" if facts.verified else "doğrulanmadı"
            details.append(f"sipariş {facts.order_number} ({proof})")
        if facts.stage:
            details.append(_STAGES["tr"][facts.stage])
        if facts.failed_proofs:
            details.append(f"verdiği bilgiler {facts.failed_proofs} kez eşleşmedi")
        if facts.next_topic in TOPICS:
            details.append(f"ayrıca {_TOPICS['tr'][facts.next_topic]}")
        if facts.upset:
            details.append("müşteri kızgın")
        if facts.shop_down:
            details.append("mağaza sistemine ulaşılamadı")
        details += facts.told
        lead = "Konu"
    else:
        if facts.order_number:
            proof = "verified" if facts.verified else "not verified"
            details.append(f"order {facts.order_number} ({proof})")
        if facts.stage:
            details.append(_STAGES["en"][facts.stage])
        if facts.failed_proofs:
            times = "once" if facts.failed_proofs == 1 else f"{facts.failed_proofs} times"
            details.append(f"the details given did not match {times}")
        if facts.next_topic in TOPICS:
            details.append(f"also {_TOPICS['en'][facts.next_topic]}")
        if facts.upset:
            details.append("the customer is upset")
        if facts.shop_down:
            details.append("the shop's system could not be reached")
        details += facts.told
        lead = "About"
    why = _WHY[language][facts.reason]
    return f"{why} {lead}: {', '.join(details)}." if details else why
