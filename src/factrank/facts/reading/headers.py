"""Which columns hold key, query and value, by their names, in any order. [ours]"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from factrank.facts.labels import fold

_QUERY = "query predicate pred relation relationship rel property prop attribute attr verb edge"
# words for key, query and value that belong together, the first choice first
FAMILIES = (
    ("key", _QUERY, "value val"),
    ("subject subj", "predicate relation " + _QUERY, "object obj"),
    ("head", "relation predicate " + _QUERY, "tail"),
    ("entity item", _QUERY, "value val"),
    ("source src from", _QUERY, "target tgt to dst destination"),
    ("node1 entity1 e1 arg1", _QUERY, "node2 entity2 e2 arg2"),
)
PLAIN = 3  # families that no table of another kind has
LOOSE = " label type interaction"  # of an edge, where a table has no other column
LETTERS = ("s p o", "s r o", "h r t", "e a v", "k q v")
TELLING = ("query", "predicate", "pred", "relation", "rel")
_OTHER_WORDS = """
key: schlussel cle clave chiave chave sleutel nyckel klucz ключ anahtar avain キー 键 鍵 키
query: anfrage frage requete consulta domanda pergunta クエリ 查询 질의
value: wert valeur valor valore waarde varde verdi wartosc значение hodnota deger arvo 値 値 值 값
subject: subjekt sujet sujeto soggetto sujeito onderwerp podmiot podmet субъект подлежащее підмет
 ozne subjekti subjek alany υποκειμενο נושא مسند_اليه 主語 主语 主體 主体 주어 주체
predicate: pradikat predicat predicato predicado predicaat predykat predikat orzeczenie prisudek
 предикат сказуемое присудок yuklem predikaatti allitmany κατηγορημα נשוא مسند 述語 述语 謂語 谓语
 술어 서술어
object: objekt objet objeto oggetto obiekt dopelnienie predmet объект дополнение додаток nesne
 objekti objek targy αντικειμενο מושא مفعول_به 目的語 客体 客體 賓語 宾语 対象 목적어 객체
relation: beziehung relacion relazione relacao relatie relacja отношение связь iliski suhde σχεση
 関係 關係 关系 관계
head: kopf tete 头实体 頭實體
tail: schwanz queue 尾实体 尾實體
entity: entitat entite entidad entita entidade entiteit сущность エンティティ 实体 實體 개체
attribute: attribut atributo attributo atribuut атрибут 属性 屬性 속성
property: eigenschaft propriete propiedad proprieta propriedade свойство プロパティ
source: quelle fuente fonte bron
target: ziel cible destino doel
"""
_DOUBTFUL = """
question 質問 問い
answer 回答 答え
query predicate pred relation rel
property prop attribute attr indicator variable metric measure field slot feature aspect prompt
value val response content filler completion data opinion
"""
# each of the first three lines alone makes a table doubtful, and so do one of each of the last
ASKED, SAID, TOLD, MEANT, HELD = (frozenset(it.split()) for it in _DOUBTFUL.strip().splitlines())
ALONE = ASKED | SAID | TOLD
# names of a table's first column that no fact begins with, as a rule
_THINGS = frozenset((
    "id", "name", "code", "title", "label", "key", "year", "date", "country", "city", "person",
    "student", "product", "item", "entity",
))  # fmt: skip
_MARKS = frozenset(("id", "label", "name", "uri", "iri", "url", "rdf", "text", "type", "entity"))
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _read_words() -> dict[str, str]:
    """Each word of another language -> the English one."""
    found: dict[str, str] = {}
    english = ""
    for word in _OTHER_WORDS.split():
        if word.endswith(":"):
            english = word[:-1]
        else:
            found[fold(word.replace("_", " "))] = english
    return found


_WORDS = _read_words()


class Named(NamedTuple):
    """The columns of key, query and value; ``sure`` if the names leave no doubt."""

    columns: tuple[int, int, int]
    sure: bool


class _Names:
    """The names of columns as words: as they stand, and without marks as id and label."""

    def __init__(self, names: Sequence[str]) -> None:
        self.whole = [_word(fold(_HUMP.sub(" ", name))) for name in names]
        self.core = [_core(word) for word in self.whole]

    def places(self, part: str) -> list[int]:
        """The columns with a word of that part, the best word first."""
        for words in (self.whole, self.core):
            found = [n for want in part.split() for n, word in enumerate(words) if word == want]
            if found:
                return list(dict.fromkeys(found))
        return []


def _word(folded: str) -> str:
    return _WORDS.get(folded, folded)


def _core(word: str) -> str:
    left = [part for part in word.split() if part not in _MARKS]
    return _word(" ".join(left)) or ("entity" if "entity" in word.split() else word)


def named(names: Sequence[str]) -> Named | None:
    """The three columns of a fact if the names tell them: ``key,query,value`` in any order, and its
    other words, beside other columns too.

    >>> named(["id", "Object", "Subject", "Predicate"])
    Named(columns=(2, 3, 1), sure=True)
    >>> named(["述語", "目的語", "主語"]).columns, named(["name", "capital", "currency"])
    ((2, 0, 1), None)
    """
    read = _Names(names)
    for letters in LETTERS:
        three = letters.split()
        first = read.whole[:3]
        if sorted(first) == sorted(three):
            return Named(_ordered([first.index(x) for x in three]), len(names) == 3)
    for n, (key, query, value) in enumerate(FAMILIES):
        loose = LOOSE if n >= PLAIN and len(names) == 3 else ""
        places = [read.places(part) for part in (key, query + loose, value)]
        if all(places):
            columns = _ordered([place[0] for place in places])
            canonical = [read.whole[c] for c in columns] == ["key", "query", "value"]
            once = all(len(place) == 1 for place in places)
            whole = all(read.whole[c] in _ALL for c in columns)
            plain = len(names) == 3 or (n < PLAIN and whole)
            of_edge = n == PLAIN + 1 and read.whole[columns[1]] in LOOSE.split()
            return Named(columns, canonical or (once and plain and not of_edge))
    return None


def perhaps_named(names: Sequence[str]) -> Named | None:
    """The three columns of a fact if some of three names tell them and the rest follows.

    >>> perhaps_named(["person", "relation", "friend"]).columns
    (0, 1, 2)
    >>> perhaps_named(["answer", "key", "query"]).columns, perhaps_named(["item", "price", "value"])
    ((1, 2, 0), None)
    """
    if len(names) != 3:
        return None
    read = _Names(names)
    key, query, value = (read.places(part) for part in (_KEYS, _QUERY, _VALUES))
    if not query and (pair := _pair(read)):
        key, query, value = [pair[0]], [3 - sum(pair)], [pair[1]]
    if len(query) != 1 or len(key) > 1 or len(value) > 1:
        return None
    if not key and not value:
        if query != [1] or read.core[1] not in TELLING:
            return None
        return Named((0, 1, 2), False)
    k = key[0] if key else 3 - query[0] - value[0]
    return Named((k, query[0], 3 - query[0] - k), False)


def names_a_table(names: Sequence[str]) -> bool:
    """True if the first name is a table's, and none beside it is one of a query or value.

    >>> names_a_table(["name", "capital", "currency"]), names_a_table(["Ann", "likes", "tea"])
    (True, False)
    >>> names_a_table(["country", "indicator", "value"])
    False
    """
    first, *rest = _Names(names).whole
    return first in _THINGS and not _ASKED.intersection(rest)


def could_be_facts(names: Sequence[str]) -> bool:
    """True for the columns of a table of which each line may well be one fact.

    >>> could_be_facts(["city", "query", "answer", "source"]), could_be_facts(["city", "river"])
    (True, False)
    >>> could_be_facts(["country", "year", "indicator", "value"]), could_be_facts(["key", "value"])
    (True, False)
    """
    words = {fold(name) for name in names}
    return len(names) > 2 and bool(ALONE & words or (MEANT & words and HELD & words))


def asked_and_said(names: Sequence[str]) -> tuple[int, int, int] | None:
    """Key, query and value of three columns of which one is the question and one the answer.

    >>> asked_and_said(["Answer", "city", "Question"]), asked_and_said(["city", "query", "answer"])
    ((1, 2, 0), None)
    """
    words = [fold(name) for name in names]
    asked, said = ([n for n, word in enumerate(words) if word in it] for it in (ASKED, SAID))
    if len(words) != 3 or len(asked) != 1 or len(said) != 1:
        return None
    key = 3 - asked[0] - said[0]
    if words[key] in MEANT | {*LOOSE.split()} or perhaps_named(names):
        return None  # the third could be what is asked, of a text
    return key, asked[0], said[0]


def _pair(read: _Names) -> tuple[int, int] | None:
    """Subject and object, or head and tail."""
    for key, _, value in FAMILIES[1:PLAIN]:
        one, other = read.places(key), read.places(value)
        if len(one) == len(other) == 1:
            return one[0], other[0]
    return None


def _ordered(columns: Sequence[int]) -> tuple[int, int, int]:
    key, query, value = columns
    return key, query, value


_KEYS, _VALUES = (
    " ".join(dict.fromkeys(word for family in FAMILIES for word in family[i].split()))
    for i in (0, 2)
)
_ASKED = frozenset(f"{_QUERY} {_VALUES} predicate".split())
_ALL = frozenset(f"{_KEYS} {_QUERY} {_VALUES}{LOOSE}".split())
