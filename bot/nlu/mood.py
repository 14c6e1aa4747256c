"""Whether a message is written in anger: insults, threats, sighs, shouting."""

from __future__ import annotations

import re
from typing import List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import Component, forms_of
from bot.nlu.text import Forms

MOOD = "mood"
FRUSTRATED = "frustrated"
_OUT_OF_SCOPE = "out_of_scope"

# Folded. What carries an ending ends in \w*, what is a word of its own does not.
_TURKISH = r"""
    aptal\w* salak\w* gerizekal\w* geri\ zekal\w* dangalak\w* embesil\w* ahmak\w* beyinsiz\w*
    mal\ m[iu]s[iu]n\w* serefsiz\w* ahlaksiz\w* namussuz\w* haysiyetsiz\w* karaktersiz\w*
    pislik\w* terbiyesiz\w* saygisiz\w* utanmaz\w* vicdansiz\w* insafsiz\w* beceriksiz\w*
    sahtekar\w* hirsiz\w* dolandiri\w* yalanci\w* soyguncu\w* lanet\w* kahrol\w* kahretsin\w*
    allah\ belan\w* amk aq amq amina\w* siktir\w* sike[yr]\w* orospu\w* yavsak\w* \w{0,4}bok\ gibi
    rezalet\w* rezil\w* kepaze\w* berbat\w* igrenc\w* skandal\w* fiyasko\w* yeter\ artik
    artik\ yeter yeter\ (?:be|ya|yahu|ama) yetti\w* biktim\w* biktik\w* biktir\w* usandi[mkr]\w*
    bezdi[mkr]\w* illallah\w* delir(?:di|ec|iy|t)\w* cildir\w* kafayi\ yi?ye\w*
    sinir(?:lend|ler|im|den|leniy)\w* sabrim\w* canima\ tak\w* canimdan\ bez\w*
    (?:dalga|alay)\ m[iu]\ (?:gec|ed)\w* kacinci\ (?:kez|kere|defa|mesaj)\w*
    kac\ (?:kere|kez|defa)(?:dir)?\ (?:yaz|soy|sor|ara|anlat|diy)\w*
    defalarca\ (?:yaz|soy|sor|ara|anlat|mail)\w* ne\ bicim\w* bu\ ne\ rezil\w*
    boyle\ (?:sey|firma|sirket|is|magaza|hizmet|sacmalik|musteri\w*)\ (?:m[iu]\ )?olu?[rm]\w*
    olmaz\ boyle\ \w+ ayip\w* yazik\ size yaziklar\ olsun utanin\w* sacmal[ia]\w*
    bir\ daha\ (?:asla\ )?(?:sizden\ )?\w+\ (?:et|yap|ver|al)m[ea](?:m(?!\ ger|\ laz)|y\w+)
    magdur\w* anlamiyor\ m[iu]s[iu]n\w* hala\ m[iu]\ gelmedi sikayet\ ?var(?!\ m)\w*
    tuketici\ (?:hak|mahkeme|dernek|koruma)\w* hakem\ heyet\w* avukat(?:im|la)\w*
    mahkemeye\ ver\w* mahkemelik\w* dava\ ac(?:ac|ar)\w* davaci\w* savci\w* suc\ duyuru\w*
    cimer\w* bimer\w* ifsa\ ed\w* polise\ (?:gid|sikayet|git)\w*
"""
_ENGLISH = r"""
    stupid\w* idiot\w* moron\w* imbecile\w* dumb useless incompeten\w* pathetic ridiculous
    disgust\w* disgrace\w* appalling outrageous unacceptable
    (?:is|are|was|were|s|so|such\ an?)\ (?:\w+\ )?(?:terrible|horrible|horrendous|awful|atrocious)
    (?:terrible|horrible|horrendous|awful|atrocious)\ (?:service|company|shop|store|experience)
    worst\ (?:company|service|shop|store|website|experience|customer|support|ever|place|\w+\ ever)
    scam\w* fraud\w* rip\ ?off\w* ripping\ me\ off thieves thief liars? lying crooks? robbery
    (?:bull)?shit\w* fuck\w* f\*+\w* wtf ffs goddamn damn crap asshole\w* bastard\w* bitch\w*
    bloody (?:what|where|why|who|how)\ the\ (?:hell|heck) piss(?:ed|ing)\w* fed\ up sick\ of
    sick\ and\ tired had\ enough enough\ is\ enough enough\ already
    how\ many\ (?:more\ )?times\ (?:do|did|must|have|should|will)
    for\ the\ (?:third|fourth|fifth|tenth|hundredth|last|umpteenth|[0-9]{1,3}(?:rd|th))\ time
    (?:are\ )?you.{0,4}\ (?:kidding|joking) (?:is|what|such)\ a\ (?:\w+\ )?joke
    waste\ of\ (?:my\ )?time never\ (?:again|buying|ordering|shopping|shop|order|buy) furious
    angry livid frustrat\w* infuriat\w* annoy\w* (?:losing|lost|out\ of)\ (?:my\ )?patience
    shame\ on\ you ashamed a\ nightmare (?:my|our)\ (?:lawyer|attorney|solicitor)s? sue suing
    legal\ action to\ court small\ claims bbb better\ business\ bureau charge\ ?backs?
    trading\ standards report(?:ing)?\ you consumer\ (?:protection|rights|court|agency)\w*
    ombudsman trustpilot (?:leave|write|post|giv\w*)\ (?:you\ )?(?:a\ )?(?:bad|negative|1|one)\w*
"""


def _any_of(patterns: str) -> str:
    """One expression of patterns divided by white space; a backslash keeps a space."""
    return "|".join(re.split(r"(?<!\\)\s+", patterns.strip()))


_ANGRY = re.compile(rf"\b(?:{_any_of(_TURKISH)}|{_any_of(_ENGLISH)})\b|^yeter\W*$|[😡🤬😠👿💢🖕]")
_FRIENDLY = re.compile(
    r"\b(?:tesekkur\w*|sag ?ol\w*|super\w*|harika\w*|mukemmel\w*|bravo|tebrik\w*|merhaba\w*"
    r"|selam\w*|lutfen|rica|thank\w*|thx|please|pls|great|awesome|amazing|perfect|love|hello|hi|hey"
    r"|congrat\w*|gunaydin|iyi (?:gun|aksam|bayram|sene|yil)\w*|happy)\b"
)
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_MARKS = re.compile(r"[!?]{3,}")
_MANY_MARKS = 6
_CAPITALS = 0.8  # of the letters
_SHOUTED = (12, 2)  # letters and words from which capitals are loud …
_SHOUTED_LONG = (30, 5)  # … and from which they are enough by themselves


def is_angry(text: Forms) -> bool:
    """Whether the words tell anger."""
    return bool(_ANGRY.search(_STRETCHED.sub(r"\1", text.folded)))


def is_loud(text: Forms) -> bool:
    """Whether the way of writing does: a long message in capitals, a short one that also has a row
    of !!! or ???, or many of them. One loud "TEŞEKKÜRLER!!!" is none.
    """
    return not _FRIENDLY.search(text.folded) and _loudness(text.clean) >= 2


def _loudness(text: str) -> int:
    marks = _MARKS.findall(text)
    loud = 1 + any(len(row) >= _MANY_MARKS for row in marks) if marks else 0
    letters = [character for character in text if character.isalpha()]
    size = (len(letters), sum(any(map(str.isalpha, word)) for word in text.split()))
    if sum(map(str.isupper, letters)) < _CAPITALS * len(letters):
        return loud
    return loud + sum(all(map(int.__ge__, size, least)) for least in (_SHOUTED, _SHOUTED_LONG))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Mood(Component):
    """Sets `mood` to "frustrated" or to None. Capitals about no business of ours tell nothing."""

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = forms_of(message)
            outside = (message.get(INTENT) or {}).get("name") == _OUT_OF_SCOPE
            frustrated = is_angry(text) or (not outside and is_loud(text))
            message.set(MOOD, FRUSTRATED if frustrated else None, add_to_output=True)
        return messages
