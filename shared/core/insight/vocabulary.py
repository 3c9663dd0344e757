"""Every word the writer may use, by language; what is not here cannot be said.

A list of what is forbidden is never complete: there is always one more numeral, name, order or
negation. So the list is of what is allowed, and small. Not in it, on purpose: numerals and words of
quantity, negations (`not falling` would pass for its opposite), metrics, platforms and units (facts
bring them along), causes, predictions, orders, and whatever judges.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one language, by what the guards have to know of them.

    `up` and `down` claim a direction. `first` claim to be the largest. `norm` speak of what was
    expected, `against` compare with it, and `between` may stand between either and a figure.
    `change` announce how far something is off. `plain` claim nothing.
    """

    plain: frozenset[str]
    change: frozenset[str]
    up: frozenset[str]
    down: frozenset[str]
    first: frozenset[str]
    norm: frozenset[str]
    against: frozenset[str]
    between: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        claims = self.change | self.up | self.down | self.first
        return self.plain | claims | self.norm | self.against | self.between


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOCABULARIES = {
    "en": Vocabulary(
        plain=_words("""
            a an this these those and but as also too by for on in into
            been being are has have had having at
            came come comes coming went goes going stood stands ended ends reached reaches reaching
            moving turned
            showed shows show shown showing recorded measured observed registered seen see
            part parts contribution contributions contributed contributes contributing
            account accounts explained explains explain driver driven
            window campaign campaigns ads ad brand data measurement reading readings
            during within while where when there here they them their then so thus now
            note noted worth checking check looking look attention needs deserves
            clearly sharply sharp suddenly sudden notable notably steep steeply
            side direction moment
        """),
        change=_words("""
            deviation deviated deviates difference differed differs gap distance
            change changed changes movement moved move moves
        """),
        up=_words("""
            above over beyond up upward upwards higher high more greater larger bigger exceeds exceeded
            exceeding rose rise rises risen rising increase increases increased increasing
            grew grow grows grown growing growth climbed climb climbs climbing jumped jump jumps
            surpassed surpasses added adds excess lifted lifts soared spiked spike surged surge
        """),
        down=_words("""
            below under beneath down downward downwards lower low less fewer smaller
            fell fall falls fallen falling drop drops dropped dropping decrease decreases decreased
            decreasing decline declines declined declining reduced reduces reduction shrank shrinks
            shrunk dipped dip dips slipped slips sank sinks plunged plunge shortfall
        """),
        first=_words("main mainly mostly largest biggest leading primarily chiefly"),
        norm=_words("expected expectation expectations usual usually typical typically normal normally"),
        against=_words("""
            above over beyond below under beneath higher lower more less greater fewer larger smaller
            against versus than from compared relative off away far
            exceeds exceeded exceeding surpassed surpasses
        """),
        between=_words("""
            the of its it to with which what that is was were be value level figure pattern range
        """),
    ),
    "pt-BR": Vocabulary(
        plain=_words("""
            e mas também já agora então assim aqui lá se este esta esse essa isto isso estes estas
            aquele aquela ele ela eles elas no na nos nas por pelo pela pelos pelas para como
            onde quando enquanto durante dentro entre
            são eram foram está estão estava estavam tem têm tinha teve houve há
            ficou ficaram fica ficam chegou chegaram chega chegam veio vieram vem vêm atingiu atingiram
            alcançou alcançaram marcou marcaram registrou registraram registrado registrada
            mediu medido medida medidos medidas observado observada visto vista
            mostrou mostraram mostra mostram apresentou apresentaram apresenta apontou aponta
            passou passaram saiu saíram
            parte partes contribuição contribuições contribuiu contribuíram contribui contribuem
            explica explicam explicado explicada conta contas vindo vinda vindos vindas
            janela campanha campanhas anúncios anúncio marca dados medição leitura observação
            métrica indicador fatos fato período momento sentido direção lado
            vale conferir olhar atenção merece merecem observar nota destaque
            claramente brusco brusca bruscamente súbito súbita repentino repentina
            nítido nítida
        """),
        change=_words("""
            desvio desviou diferença distância mudança mudou mudaram variação variou variaram
            movimento moveu
        """),
        up=_words("""
            acima subiu subiram sobe sobem subir subindo subida alta alto altos altas
            aumentou aumentaram aumenta aumentam aumento aumentos aumentando
            cresceu cresceram cresce crescem crescimento crescendo elevou elevaram elevado elevada elevação
            mais maior maiores superou superaram supera superam superior superiores excedeu excederam
            excede excesso ultrapassou ultrapassaram ultrapassa salto saltou disparou dispararam
            avançou avançaram avanço acrescentou acrescenta
        """),
        down=_words("""
            abaixo caiu caíram cai caem caindo queda quedas baixa baixo baixos baixas baixou baixaram
            reduziu reduziram reduz reduzem redução reduzido reduzida
            diminuiu diminuíram diminui diminuem diminuição diminuindo recuou recuaram recuo
            menos menor menores inferior inferiores encolheu encolheram retraiu retração
            desceu desceram desce despencou despencaram
        """),
        first=_words("principal principais principalmente sobretudo"),
        norm=_words("""
            esperado esperada esperados esperadas expectativa expectativas habitual habituais
            usual usuais normal normais normalmente típico típica
        """),
        against=_words("""
            acima abaixo mais menos maior menor superior inferior contra ante frente perante
            relação comparado comparada comparação fora longe distante
            superou superaram supera superam excedeu excederam excede ultrapassou ultrapassaram ultrapassa
        """),
        between=_words("""
            o a os as ao à aos às de do da dos das em com seu sua seus suas que qual
            é era foi ser valor valores nível padrão faixa
        """),
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
