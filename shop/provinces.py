"""Turkey's provinces, as WooCommerce numbers them: TR01 to TR81, by their plates."""

from shop.text import fold

_NAMES = (
    "Adana",
    "Adıyaman",
    "Afyonkarahisar",
    "Ağrı",
    "Amasya",
    "Ankara",
    "Antalya",
    "Artvin",
    "Aydın",
    "Balıkesir",
    "Bilecik",
    "Bingöl",
    "Bitlis",
    "Bolu",
    "Burdur",
    "Bursa",
    "Çanakkale",
    "Çankırı",
    "Çorum",
    "Denizli",
    "Diyarbakır",
    "Edirne",
    "Elazığ",
    "Erzincan",
    "Erzurum",
    "Eskişehir",
    "Gaziantep",
    "Giresun",
    "Gümüşhane",
    "Hakkâri",
    "Hatay",
    "Isparta",
    "Mersin",
    "İstanbul",
    "İzmir",
    "Kars",
    "Kastamonu",
    "Kayseri",
    "Kırklareli",
    "Kırşehir",
    "Kocaeli",
    "Konya",
    "Kütahya",
    "Malatya",
    "Manisa",
    "Kahramanmaraş",
    "Mardin",
    "Muğla",
    "Muş",
    "Nevşehir",
    "Niğde",
    "Ordu",
    "Rize",
    "Sakarya",
    "Samsun",
    "Siirt",
    "Sinop",
    "Sivas",
    "Tekirdağ",
    "Tokat",
    "Trabzon",
    "Tunceli",
    "Şanlıurfa",
    "Uşak",
    "Van",
    "Yozgat",
    "Zonguldak",
    "Aksaray",
    "Bayburt",
    "Karaman",
    "Kırıkkale",
    "Batman",
    "Şırnak",
    "Bartın",
    "Ardahan",
    "Iğdır",
    "Yalova",
    "Karabük",
    "Kilis",
    "Osmaniye",
    "Düzce",
)
_BY_CODE = {f"TR{plate:02}": name for plate, name in enumerate(_NAMES, start=1)}
_CODES = {fold(name): code for code, name in _BY_CODE.items()}
_CODES |= {"afyon": "TR03", "icel": "TR33", "izmit": "TR41", "maras": "TR46", "urfa": "TR63"}
_CODES |= {"antep": "TR27", "adapazari": "TR54"}


def province(code: str) -> str:
    """Return the name of a province; `code` itself when it is none of these."""
    return _BY_CODE.get(code, code)


def province_code(name: str) -> str | None:
    """Return the code of the province a customer calls so; None when there is none."""
    return _CODES.get(fold(name).strip())
