"""An anomaly explained, with every figure locked: the writer's words, the data's numbers.

`facts` what may be said, `actions` what may be advised, `rendering` both in the brand's language,
`vocabulary` the sentences there are, `grammar` those that fit some facts, `prompt` what the writer is
asked, `guards` what its text must be, `unlocking` the way from its answer to what people read, or to our own
words from the same facts.
"""

from shared.core.insight.facts import Fact
from shared.core.insight.guards import InsightRefused
from shared.core.insight.prompt import PROMPT_VERSION, Brief, brief
from shared.core.insight.unlocking import fallback, unlock

__all__ = ["PROMPT_VERSION", "Brief", "Fact", "InsightRefused", "brief", "fallback", "unlock"]
