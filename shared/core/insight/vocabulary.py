"""Every sentence the writer may say, by language; what is not here cannot be said.

A list of what is forbidden is never complete: there is always one more numeral, name, cause or
negation. Nor is a list of allowed words enough: `ended`, `so` and `within` are harmless each by itself
and tell, put together, what nobody knows. So the list is of sentences, and small. Each says what a
fact says, on whatever amounts, and nothing of how a number moved in time (the facts hold no earlier
one), of what is usual (what is expected follows the level of late), of why, or of what comes next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"(?<![{.])\b[^\W\d_]+\b(?![}.])")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The sentences of one language, in the notation of `grammar`.

    `names` stand for what is said in many of them; `up` and `down` for the side that a value is on.
    """

    sentences: tuple[str, ...]
    names: Mapping[str, str]
    up: str
    down: str
    conjunction: str

    @property
    def words(self) -> frozenset[str]:
        return _said(*self.sentences, *self.names.values(), self.up, self.down, self.conjunction)

    def claims(self, *, rising: bool) -> frozenset[str]:
        """Return the words that only one side is called by."""
        up, down = _said(self.up), _said(self.down)
        return up - down if rising else down - up


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _said(*patterns: str) -> frozenset[str]:
    return frozenset(word for each in patterns for word in _WORD.findall(each) if word.islower())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


VOCABULARIES = {
    "en": Vocabulary(
        sentences=_lines("""
            SUBJECT <STOOD|:> {value} HERE [BESIDE]
            SUBJECT was OFF HERE
            SUBJECT <deviated|differed> [by {deviation}] from LEVEL
            {value} <is|was> OFF
            {value} was <measured|recorded> [for {metric}] HERE [BESIDE]
            the [measured|recorded] <value|level|figure> [of {metric}] HERE <was|:> {value} HERE [BESIDE]
            the deviation [of {metric}] HERE <was|:> {deviation} HERE
            there was a deviation of {deviation} [from LEVEL] HERE
            the expected <value|level|figure> [of {metric} | for {metric}] HERE <was|:> {expected}
            {expected} was expected [for {metric}] HERE
            the main part [of the deviation] <is|was|:> FIRST
            FIRST <is|was> the main part [of the deviation]
            SAME <contributed|added> to the deviation
            parts of the deviation : SAME
            OPPOSITE <worked|counted> against the deviation
            also of note : PARTS
        """),
        names={
            "HERE": "[on {source}] [( {when} )]",
            "SUBJECT": "[on {source} [( {when} )] ,] [the] {metric} HERE",
            "STOOD": "came to | stood at | was | was measured at | was recorded at",
            "BESIDE": (
                "[,] <OFF | AGAINST LEVEL> | , which was OFF | : OFF | ( OFF )"
                " | , where {expected} was expected"
            ),
            "OFF": "[{deviation}] SIDE LEVEL",
            "AGAINST": "against | versus | compared with | compared to",
            "LEVEL": (
                "[the] expected [level|value|figure] [{expected} | ( {expected} )]"
                " | [the] expected <level|value|figure> of {expected}"
                " | what was expected [( {expected} )]"
            ),
        },
        up="above | over | higher than | greater than | more than",
        down="below | under | lower than | less than",
        conjunction="and",
    ),
    "pt-BR": Vocabulary(
        sentences=_lines("""
            SUBJECT <STOOD|:> {value} HERE [BESIDE]
            SUBJECT <ficou|ficaram> OFF HERE
            SUBJECT <desviou|desviaram> [{deviation}] do LEVEL
            {value} <é|ficou> OFF
            {value} foi o <valor|nível> <medido|registrado> [de {metric}] HERE [BESIDE]
            o <valor|nível> [medido|registrado] [de {metric}] HERE <foi [de]|ficou em|:> {value} HERE [BESIDE]
            o desvio [de {metric}] HERE <foi [de]|:> {deviation} HERE
            houve desvio de {deviation} [em relação ao LEVEL] HERE
            o [valor|nível] esperado [de {metric} | para {metric}] HERE <WAS|:> {expected}
            a parte principal [do desvio] <é|foi|:> FIRST
            FIRST <é|foi> a parte principal [do desvio]
            SAME <contribuiu|contribuíram> para o desvio
            partes do desvio : SAME
            OPPOSITE <pesou|pesaram> contra o desvio
            também <conta|contam> : PARTS
        """),
        names={
            "HERE": "[em {source}] [( {when} )]",
            "SUBJECT": "[em {source} [( {when} )] ,] [o|a|os|as] {metric} HERE",
            "STOOD": "<ficou|ficaram> em | <chegou|chegaram> a | <foi|foram> de | <marcou|registrou>",
            "BESIDE": (
                "[,] <OFF | AGAINST LEVEL> | , o que foi OFF | : OFF | ( OFF )"
                " | , quando o esperado WAS {expected}"
            ),
            "OFF": "[{deviation}] SIDE LEVEL",
            "AGAINST": (
                "ante o | contra o | frente ao | perante o | em relação ao | em comparação ao"
                " | comparado ao | comparado com o"
            ),
            "LEVEL": "[valor|nível] esperado [( {expected} ) | de {expected} | , que WAS {expected}]",
            "WAS": "<era|foi> [de]",
        },
        up="acima do | maior que o | maior do que o | superior ao",
        down="abaixo do | menor que o | menor do que o | inferior ao",
        conjunction="e",
    ),
}

NUMERALS = _words("""
    zero nil one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred hundreds thousand thousands million millions billion billions trillion dozen dozens score
    half halves halved third thirds quarter quarters fourth fifth tenth tenths
    once twice thrice double doubled doubles doubling triple tripled triples treble quadruple quadrupled
    fold twofold threefold tenfold couple pair both single first second percent percentage pct
    um uma uns umas dois duas três tres quatro cinco seis sete oito nove dez onze doze treze quatorze
    catorze quinze dezesseis dezessete dezoito dezenove vinte trinta quarenta cinquenta sessenta setenta
    oitenta noventa cem cento centos centena centenas duzentos trezentos quinhentos mil milhar milhares
    milhão milhões bilhão bilhões dúzia dúzias dezena dezenas
    metade meio meia dobro dobrou dobraram dobra duplicou duplicaram duplo dupla triplo triplicou
    quádruplo quadruplicou terço terços quarto quartos quinto décimo décimos
    ambos ambas par pares vez vezes primeiro primeira segundo segunda terceiro terceira
    porcento porcentagem percentual percentuais
""")
"""Numbers in words, in either language. None of them is in a vocabulary; met, they are called by name."""
