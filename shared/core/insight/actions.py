"""What a person may be advised to do: a closed list in our words, keyed by the leading driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.explanation import Driver
from shared.core.insight.facts import leading
from shared.core.metric import Metric, Source
from shared.core.sentry.severity import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.core.anomaly import Anomaly
    from shared.core.insight.facts import Fact

ACTIONS: Mapping[str, Mapping[str, str]] = {
    "check_bids": {
        "pt-BR": "Confira se lances, orçamento ou público mudaram e limite o custo por clique.",
        "en": "Check whether bids, budget or audience changed, and cap the cost per click.",
    },
    "check_tracking": {
        "pt-BR": "Verifique o pixel, as tags e a API de conversões antes de mexer nas campanhas.",
        "en": "Verify the pixel, the tags and the conversions API before touching the campaigns.",
    },
    "check_landing_page": {
        "pt-BR": "Abra a página de destino, o carrinho e o pagamento e procure por erros.",
        "en": "Open the landing page, the cart and the checkout and look for errors.",
    },
    "check_delivery": {
        "pt-BR": "Veja se há campanhas pausadas, reprovadas ou sem saldo.",
        "en": "See whether campaigns are paused, rejected or out of funds.",
    },
    "check_prices": {
        "pt-BR": "Confira preços, cupons, frete e quais produtos estão sendo vendidos.",
        "en": "Check prices, coupons, shipping and which products are being sold.",
    },
    "check_site": {
        "pt-BR": "Veja se o site, a busca e as outras fontes de tráfego mudaram.",
        "en": "See whether the site, search and the other sources of traffic changed.",
    },
    "refresh_creative": {
        "pt-BR": "Troque os anúncios com a menor taxa de cliques e revise o público.",
        "en": "Replace the ads with the lowest click rate and review the audience.",
    },
    "hold_budget": {
        "pt-BR": "Segure o orçamento até entender o desvio.",
        "en": "Hold the budget until the deviation is understood.",
    },
    "keep_going": {
        "pt-BR": "Mantenha a campanha e registre o que mudou.",
        "en": "Keep the campaign running and note what changed.",
    },
}

_GOOD_NEWS = ("keep_going", "check_tracking")
_BAD_NEWS = ("check_tracking", "hold_budget")

_BY_METRIC = {
    (Metric.SPEND, True): ("check_bids", "hold_budget"),
    (Metric.SPEND, False): ("check_delivery",),
    (Metric.REVENUE, False): ("check_tracking", "check_landing_page", "hold_budget"),
    (Metric.ROAS, False): ("check_bids", "check_tracking", "hold_budget"),
    (Metric.CAC, True): ("check_bids", "check_landing_page", "check_tracking"),
    (Metric.CTR, False): ("refresh_creative", "check_delivery"),
    (Metric.CPC, True): ("check_bids", "refresh_creative"),
    (Metric.CONVERSIONS, False): ("check_tracking", "check_landing_page"),
}
"""Of a metric that rose (True) or fell, where nobody knows what drove it."""

_BY_DRIVER = {
    (Driver.IMPRESSIONS, True): ("hold_budget", "check_bids"),
    (Driver.IMPRESSIONS, False): ("check_delivery", "hold_budget"),
    (Driver.CTR, True): ("refresh_creative", "check_delivery"),
    (Driver.CTR, False): ("refresh_creative", "check_delivery"),
    (Driver.CPC, True): ("check_bids", "refresh_creative"),
    (Driver.CPC, False): ("check_bids", "check_delivery"),
    (Driver.CONVERSION_RATE, True): ("check_landing_page", "check_tracking"),
    (Driver.CONVERSION_RATE, False): ("check_landing_page", "check_tracking"),
    (Driver.ORDER_VALUE, True): ("check_prices", "check_tracking"),
    (Driver.ORDER_VALUE, False): ("check_prices", "check_tracking"),
}
"""Of what drove a metric up (True) or down, when that is bad."""

_NOTHING_COUNTED = ("check_tracking", "check_landing_page")
"""Of clicks that all of a sudden bring no conversion at all."""

_ORGANIC = ("check_site", "check_tracking")
"""Of what nobody buys."""


def allowed(anomaly: Anomaly, facts: Sequence[Fact]) -> tuple[str, ...]:
    """Return the ids of the actions that fit, the one of our own choice first.

    Good news is kept going whatever drove it. Bad news is answered where it comes from: at the
    leading part's driver, or else at the metric itself.
    """
    rising, first = anomaly.value > anomaly.expected, leading(facts)
    if anomaly.direction is Direction.FAVOURABLE:
        return _GOOD_NEWS
    if first is not None and first.source is Source.ORGANIC:
        return _ORGANIC
    if any(part.driver is Driver.CONVERSION_RATE and not part.after for part in anomaly.parts[:1]):
        return _NOTHING_COUNTED
    if first is not None and first.driver is not None and (first.driver, rising) in _BY_DRIVER:
        return _BY_DRIVER[first.driver, rising]
    return _BY_METRIC.get((anomaly.metric, rising), _BAD_NEWS)
